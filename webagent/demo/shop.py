"""A small clothes shop on loopback: the site that the demo command and the tests browse, with no network at all."""

import contextlib
import json
import re
import socket
import socketserver
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, unquote

from webagent.demo.pages import Pages, Request

_MOST_BODY = 64 * 1024  # bytes of a request body; no form of the shop comes near it


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body leave in one packet
    disable_nagle_algorithm = True
    server: "_Server"

    def _serve(self) -> None:
        form = self._form()
        if form is None:
            return
        path, _, query = self.path.partition("?")
        cookies = (one.strip().partition("=") for one in self.headers.get("Cookie", "").split(";"))
        request = Request(
            "POST" if self.command == "POST" else "GET",
            [part for part in unquote(path).split("/") if part],
            dict(parse_qsl(query, keep_blank_values=True)),
            form,
            {name: value for name, _, value in cookies},
        )
        reply = self.server.site.answer(request)
        self.send_response(reply.status)
        for name, value in (("Content-Type", reply.type), ("Cache-Control", "no-store"), *reply.headers):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    do_GET = do_HEAD = do_POST = _serve  # noqa: N815 - the names http.server looks for

    def _form(self) -> dict[str, str] | None:
        """Return the fields of the body, or None when it was no form and the refusal is sent."""
        length = self.headers.get("Content-Length", "0")
        if not re.fullmatch("[0-9]{1,9}", length) or "Transfer-Encoding" in self.headers:
            self.send_error(400)
            return None
        if int(length) > _MOST_BODY:
            self.send_error(413)  # send_error closes the connection, so the unread body is no next request
            return None
        try:
            text = self.rfile.read(int(length)).decode()
            if self.headers.get_content_type() == "application/json":
                return {str(key): str(value) for key, value in dict(json.loads(text)).items()} | {"reply": "json"}
            return dict(parse_qsl(text, keep_blank_values=True))
        except (ValueError, TypeError, RecursionError):
            self.send_error(400)
            return None

    def version_string(self) -> str:
        """Return the name in the Server header."""
        return "MaisonLune"

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the shop shares a terminal with the agent."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int) -> None:
        self.site = Pages()
        self._open: set[Any] = set()
        self._changed = threading.Condition()
        super().__init__(("127.0.0.1", port), _Handler)

    def server_bind(self) -> None:
        """Take the port, without the name server that HTTPServer would ask for this machine's name."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer on a thread of its own, and remember the connection: a browser keeps some open for minutes."""
        with self._changed:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection."""
        super().shutdown_request(request)
        with self._changed:
            self._open.discard(request)
            self._changed.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report a bug of the shop on stderr; a connection that the browser cut is none."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def hang_up(self) -> None:
        """End the connections still open, and wait until their threads have let go of them."""
        with self._changed:
            for request in self._open:
                with contextlib.suppress(OSError):  # the browser may have gone first
                    request.shutdown(socket.SHUT_RDWR)
            self._changed.wait_for(lambda: not self._open, timeout=5)


class Shop:
    """The shop, open between `start()` and `close()` or inside a `with`: `with Shop() as shop: shop.url`.

    Args:
        port: where to listen on 127.0.0.1; 0 takes a free one.
    """

    def __init__(self, port: int = 0) -> None:
        self._port = port
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The address of the home page, such as "http://127.0.0.1:43211/"."""
        if self._server is None:
            raise RuntimeError("the shop is closed")
        return f"http://127.0.0.1:{self._server.server_address[1]}/"

    def start(self) -> Self:
        """Open the shop; it answers when this returns.

        Raises:
            OSError: when the port is taken.
        """
        if self._server is None:
            self._server = _Server(self._port)
            # The default poll of half a second is what close() would wait for.
            self._thread = threading.Thread(
                target=self._server.serve_forever, args=(0.05,), name="demo-shop", daemon=True
            )
            self._thread.start()
        return self

    def close(self) -> None:
        """Close the shop and every connection to it; closing it twice is no error."""
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server.hang_up()
        self._server = self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()
