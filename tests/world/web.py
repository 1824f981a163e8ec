"""What the sites have in common: a request, a reply, a server, pictures, and the frame of a page."""

import random
import ssl
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from PIL import Image, ImageDraw

HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Request:
    method: str
    host: str
    path: str
    query: dict[str, str]
    form: dict[str, str]
    cookies: dict[str, str]


@dataclass(frozen=True)
class Reply:
    body: str | bytes = ""
    status: int = 200
    type: str = HTML
    headers: tuple[tuple[str, str], ...] = ()


Answer = Callable[[Request], Reply]


def go(url: str, status: int = 303) -> Reply:
    """Return a redirect."""
    return Reply(status=status, headers=(("Location", url),))


def page(title: str, body: str, *, css: str, head: str = "") -> str:
    """Return a document."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_CSS}{css}</style>{head}</head>'
        f"<body>{body}</body></html>"
    )


_CSS = """
*{box-sizing:border-box}body{margin:0;font:17px/1.5 "DejaVu Sans",sans-serif;color:#222;background:#fff}
header{display:flex;gap:28px;align-items:center;padding:16px 40px}header b{font-size:24px;margin-right:auto}
main{max-width:960px;margin:0 auto;padding:24px 40px}footer{padding:24px 40px;margin-top:40px;font-size:14px}
h1{font-size:34px;line-height:1.2;margin:8px 0 16px}h2{font-size:22px;margin:24px 0 8px}img{display:block}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:8px 10px;border-bottom:1px solid #ccc}
input,select,textarea,button{font:inherit;padding:7px 10px}.grid{display:grid;gap:20px}
"""


def scene(seed: int, sky: str, land: list[str], size: tuple[int, int] = (560, 220)) -> bytes:
    """Return a PNG of ridges under a sky: flat colours, so that it and every picture of it stay small."""
    width, height = size
    drawn = Image.new("RGB", size, sky)
    draw = ImageDraw.Draw(drawn)
    dice = random.Random(seed)
    for row, colour in enumerate(land):
        base = height * (0.35 + 0.6 * row / len(land))
        ridge = [(x, base + dice.uniform(-0.12, 0.12) * height) for x in range(0, width + 70, 70)]
        draw.polygon([*ridge, (width, height), (0, height)], fill=colour)
    data = BytesIO()
    drawn.quantize(16).save(data, "PNG", optimize=True)
    return data.getvalue()


def picture(seed: int, sky: str, *land: str) -> Reply:
    """Return a scene as a reply."""
    return Reply(scene(seed, sky, list(land)), type="image/png", headers=(("Cache-Control", "max-age=3600"),))


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError | ssl.SSLError):
            super().handle_error(request, client_address)


class Server:
    """One site on a port of 127.0.0.1, from `with` to its end; port 0 is any that is free."""

    def __init__(self, answer: Answer, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        self._server = _Quiet(("127.0.0.1", port), _handler(answer))
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        scheme = "http" if tls is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(answer: Answer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "world"
        sys_version = ""

        def log_message(self, *_: Any) -> None: ...

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
            parts = urlsplit(self.path)
            cookies = {name: one.value for name, one in SimpleCookie(self.headers["Cookie"] or "").items()}
            query, form = (dict(parse_qsl(text, keep_blank_values=True)) for text in (parts.query, body))
            reply = answer(Request(self.command, self.headers["Host"] or "", parts.path, query, form, cookies))
            data = reply.body.encode() if isinstance(reply.body, str) else reply.body
            self.send_response(reply.status)
            for name, value in (("Content-Type", reply.type), *reply.headers):
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_GET

    return Handler
