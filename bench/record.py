"""What recording costs: of a step, without the network, and of a page load, with it.

    .venv/bin/python bench/record.py [ROUNDS]

Each figure is a median of 20, taken in turns with and without recording, on an idle machine; of several rounds, whose
figures differ by some percent, the last line has their medians. The page has 24 style sheets of 20 kB each, over http
and over https, from a server on loopback; its load is timed by the page itself, from navigation to the load event. Not
part of the package, and never imported by it.
"""

import base64
import hashlib
import os
import signal
import ssl
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Semaphore
from types import SimpleNamespace

sys.path.append(str(Path(__file__).parent.parent / "tests"))

import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from selenium.webdriver.support.wait import WebDriverWait
from servers import LOOPBACK, ScriptedModel, Site, action

from webagent import WebAgent
from webagent.browser import Browser
from webagent.session.har import record_network
from webagent.settings import Settings

TIMES = 20
BUTTON = (
    """<button onclick="this.previousSibling.textContent = ++number">Next</button><script>let number = 0</script>"""
)
LOADED = "const t = performance.getEntriesByType('navigation')[0]; return t.loadEventEnd ? t.loadEventEnd : null"


def pages() -> dict[str, object]:
    parts = {f"/{number}.css": (200, {"Content-Type": "text/css"}, os.urandom(10_000).hex()) for number in range(24)}
    links = "".join(f'<link rel=stylesheet href="{path}">' for path in parts)
    links_page = f"<!doctype html><title>Page</title>{links}<p>0</p>{BUTTON}"
    fresh = {
        path: (status, headers | {"Cache-Control": "no-store"}, body) for path, (status, headers, body) in parts.items()
    }
    return {"/": (200, {"Cache-Control": "no-store"}, links_page), **fresh}


@contextmanager
def served(tls: ssl.SSLContext | None) -> Iterator[str]:
    """Serve the page from a process of its own, as sites are; give its url."""
    at, ready = os.pipe()
    if (child := os.fork()) == 0:
        with Site(pages(), tls=tls) as site:  # type: ignore[arg-type]
            os.write(ready, site.url.encode())
            signal.pause()
    try:
        yield os.read(at, 100).decode() + "/"
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def load(browser: Browser, url: str) -> float:
    """Return the milliseconds that the page took to load."""
    browser.open(url)
    return float(
        WebDriverWait(browser.driver, 20, poll_frequency=0.02).until(lambda driver: driver.execute_script(LOADED))
    )


def page_loads(scheme: str, folder: Path) -> tuple[list[float], list[float]]:
    """Return the milliseconds of page loads, without and with the network recorded."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "authority.pem")
    os.environ["SSL_CERT_FILE"] = str(folder / "authority.pem")
    tls, spki = None, ""
    if scheme == "https":
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        issued = authority.issue_cert("127.0.0.1")
        issued.configure_cert(tls)
        key = x509.load_pem_x509_certificate(issued.cert_chain_pems[0].bytes()).public_key()
        public = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        spki = base64.b64encode(hashlib.sha256(public).digest()).decode()
    with ExitStack() as stack:
        url = stack.enter_context(served(tls))
        plain = Browser(Settings(allow_host=LOOPBACK))
        plain._certificate = SimpleNamespace(spki=spki)  # type: ignore[assignment]  # it must take the site's itself
        recording = Browser(Settings(allow_host=LOOPBACK, record_network=True))
        for browser in (plain, recording):
            stack.enter_context(browser)
        end: Callable[[], None] = record_network(recording, folder / f"{scheme}.har", 10)
        stack.callback(end)
        load(plain, url), load(recording, url)
        without, with_it = [], []
        for turn in range(TIMES):  # who goes first alternates: what the one leaves to do, the other waits for
            for browser in (plain, recording) if turn % 2 else (recording, plain):
                (without if browser is plain else with_it).append(load(browser, url))
    return without, with_it


def steps(folder: Path, first: int) -> tuple[list[float], list[float]]:
    """Return the milliseconds of steps that click a button which changes the page, without and with recording.

    Two agents take turns: while the one has its step done, the other's model keeps it waiting. `first` begins; its
    first step is left out, beside which the other's browser may still be starting.
    """
    turns = Semaphore(first == 0), Semaphore(first == 1)
    times: tuple[list[float], list[float]] = [], []
    began: list[float | None] = [None, None]

    def reply(which: int) -> Callable[[object], str]:
        def answer(_: object) -> str:
            if (then := began[which]) is not None:
                times[which].append(1000 * (time.perf_counter() - then))
                turns[1 - which].release()
            assert turns[which].acquire(timeout=60)
            began[which] = time.perf_counter()
            return action('click("Next")')

        return answer

    def run(which: int) -> None:
        with ScriptedModel([reply(which)] * (TIMES + 1)) as model:
            settings = Settings(
                model="openai/x",
                api_base=model.api_base,
                session_dir=folder,
                record=which == 1,
                max_steps=TIMES + 1,
                allow_host=LOOPBACK,
            )
            try:
                with WebAgent(settings=settings) as agent:
                    agent.run("Click.", url=url + "/")
            finally:
                turns[1 - which].release()

    with Site(pages()) as site, ThreadPoolExecutor(2) as both:  # type: ignore[arg-type]
        url = site.url
        list(both.map(run, (0, 1)))
    times[first].pop(0)
    return times


def main(rounds: int) -> None:
    """Measure and print."""
    cost: dict[str, list[float]] = {"a step, ms": [], "a page over http, %": [], "a page over https, %": []}
    with tempfile.TemporaryDirectory() as name:
        for turn in range(rounds):
            folder = Path(name) / str(turn)
            folder.mkdir()
            without, with_it = steps(folder, turn % 2)
            before, after = statistics.median(without), statistics.median(with_it)
            cost["a step, ms"].append(after - before)
            print(
                f"a step: {before:.0f} ms, recorded {after:.0f} ms: {after - before:+.1f} ms (of {len(without)} each)"
            )
            for scheme in ("http", "https"):
                without, with_it = page_loads(scheme, folder)
                before, after = statistics.median(without), statistics.median(with_it)
                more = 100 * (after / before - 1)
                cost[f"a page over {scheme}, %"].append(more)
                print(f"a page over {scheme}: {before:.1f} ms, recorded {after:.1f} ms: {more:+.1f}%", flush=True)
    print(f"medians of {rounds}:", "; ".join(f"{what} {statistics.median(all_):+.1f}" for what, all_ in cost.items()))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
