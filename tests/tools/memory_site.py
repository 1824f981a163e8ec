"""A loopback server for pages that a test writes."""

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from webagent.browser.attached import AttachedDriver

WIDTH, HEIGHT = 1120, 896

Open = Callable[..., str]
"""Serves html (as `/index.html` unless `path` says otherwise), opens it, and returns its address."""

Attach = Callable[[Callable[[str, dict[str, Any]], None]], AttachedDriver]
"""Returns a driver of the same session; what it is given is called with each command's name and parameters before."""


class Site:
    """Pages served from memory on 127.0.0.1, which also answers as localhost: another site to the browser."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        self.asked: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = urlsplit(self.path).path
                site.asked.append(path)
                page = site.pages.get(path)
                body = (page or "<title>elsewhere</title>").encode()
                self.send_response(404 if path == "/favicon.ico" else 200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.server.server_port}{path}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
