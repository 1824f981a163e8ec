"""Serve the whole world, each site on its port: `PYTHONPATH=tests python -m world.serve`, until Ctrl-C.

The last site speaks https. Its authority is new each time, and written to the file that `--authority` names.
"""

import argparse
import contextlib
import signal
import ssl
import threading
from pathlib import Path

import trustme

from webagent.demo.shop import Shop
from world import baths, herald, huts, metals, recipes, sailing
from world.web import Server

SITES = {
    18432: sailing.answer,
    18433: huts.answer,
    18434: herald.answer,
    18435: baths.answer,
    18436: recipes.answer,
}
SHOP, SECURE = 18431, 18437


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--authority", type=Path, help="write the certificate to trust to this file")
    told = parser.parse_args()
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(tls)
    if told.authority is not None:
        authority.cert_pem.write_to_path(str(told.authority))
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    with contextlib.ExitStack() as stack:
        shop = stack.enter_context(Shop(SHOP))
        servers = [Server(answer, port) for port, answer in SITES.items()] + [Server(metals.answer, SECURE, tls)]
        urls = [stack.enter_context(server).url for server in servers]
        print("\n".join([shop.url.rstrip("/"), *urls]), flush=True)
        stop.wait()


if __name__ == "__main__":
    main()
