"""Two small servers on loopback for the tests: a model that says what it is told to say, and a site."""

import base64
import json
import ssl
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import TYPE_CHECKING, Any, Self

from PIL import Image

if TYPE_CHECKING:
    from webagent import RunResult, WebAgent


LOOPBACK = ("127.0.0.1:*", "localhost:*")
"""Where the tests' own servers are, for `allow_host`: without being named they could not be reached."""


class _Quiet(ThreadingHTTPServer):
    """A server that takes it for granted that a browser or a client may hang up."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError | ssl.SSLError):
            super().handle_error(request, client_address)


class _Server:
    """A threading HTTP server that begins with `with` and is gone after it."""

    host = "127.0.0.1"
    at = 0

    def __enter__(self) -> Self:
        self._server = _Quiet((self.host, self.at), self._handler())
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        raise NotImplementedError


@dataclass
class Request:
    """One request to the model."""

    body: dict[str, Any]
    headers: Message
    """Their names are the same in small letters and large ones: clients differ in how they write them."""

    @property
    def parts(self) -> list[dict[str, Any]]:
        found = []
        for message in self.body["messages"]:
            content = message["content"]
            found += [{"type": "text", "text": content}] if isinstance(content, str) else content
        return found

    @property
    def text(self) -> str:
        """All the text of the request."""
        return "\n".join(part["text"] for part in self.parts if part["type"] == "text")

    @property
    def pictures(self) -> list[Image.Image]:
        urls = [part["image_url"]["url"] for part in self.parts if part["type"] == "image_url"]
        return [Image.open(BytesIO(base64.b64decode(url.partition(",")[2]))) for url in urls]


Reply = str | None | tuple[int, str | dict[str, Any]] | Callable[[Request], str]


@dataclass
class ScriptedModel(_Server):
    """An OpenAI-compatible model server.

    Each reply is a text (None: a reply whose content is null), a function that returns one, or a status with what goes
    with it: an error's message, a whole body as a dict, a page where it begins with "<".
    Asked for more than it holds, it answers 500 and says so.
    """

    replies: list[Reply]
    requests: list[Request] = field(default_factory=list)
    name: str = "scripted"

    @property
    def api_base(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        model, lock = self, threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None: ...

            def answer(self, status: int, body: dict[str, Any] | str) -> None:
                data = (body if isinstance(body, str) else json.dumps(body)).encode()
                self.send_response(status)
                self.send_header("Content-Type", "text/html" if isinstance(body, str) else "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def do_GET(self) -> None:
                self.answer(200, {"object": "list", "data": [{"id": model.name, "object": "model"}]})

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path != "/v1/chat/completions":
                    return self.answer(404, {"error": {"message": f"no such path {self.path}"}})
                request = Request(json.loads(raw), self.headers)
                with lock:
                    turn = len(model.requests)
                    model.requests.append(request)
                reply = model.replies[turn] if turn < len(model.replies) else (500, f"there is no reply {turn + 1}")
                if isinstance(reply, tuple):
                    status, said = reply
                    whole = isinstance(said, dict) or said.startswith("<")
                    error = {"error": {"message": said, "type": "scripted", "code": status}}
                    return self.answer(status, said if whole else error)
                text = reply(request) if callable(reply) else reply
                for stop in request.body.get("stop") or []:
                    text = text and text.split(stop)[0]
                self.answer(
                    200,
                    {
                        "id": f"turn-{turn}",
                        "object": "chat.completion",
                        "created": 0,
                        "model": "scripted",
                        "choices": [
                            {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
                        ],
                        "usage": {"prompt_tokens": 1000 + turn, "completion_tokens": 10, "total_tokens": 1010 + turn},
                    },
                )

        return Handler


@dataclass
class Asked:
    """What came of a run: the agent that did it, its result, and the requests that its model got."""

    agent: "WebAgent"
    result: "RunResult"
    requests: list[Request]


Page = str | tuple[int, dict[str, str], str | bytes]


@dataclass
class Site(_Server):
    """Pages by path: HTML, or status, headers and body. A page may be a function of the query string."""

    pages: dict[str, Page | Callable[[str], Page]]
    seen: list[str] = field(default_factory=list)
    host: str = "127.0.0.1"
    at: int = 0
    """The port; 0: any that is free."""
    tls: ssl.SSLContext | None = None
    """With it, https."""

    def __enter__(self) -> Self:
        super().__enter__()
        if self.tls is not None:
            self._server.socket = self.tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        return self

    @property
    def url(self) -> str:
        return f"{'http' if self.tls is None else 'https'}://127.0.0.1:{self.port}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None: ...

            def do_GET(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"] or 0))  # or the next request would begin with it
                path, _, query = self.path.partition("?")
                site.seen.append(self.path)
                page = site.pages.get(path, (404, {}, "<title>Not found</title>There is no such page."))
                page = page(query) if callable(page) else page
                status, headers, body = (200, {}, page) if isinstance(page, str) else page
                data = body.encode() if isinstance(body, str) else body
                self.send_response(status)
                for name, value in {"Content-Type": "text/html; charset=utf-8", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_POST = do_GET

        return Handler


def action(code: str, thought: str = "Next.") -> str:
    """Return a reply as a model writes it."""
    return f"Thought: {thought}\n<code>\n{code}\n</code>"
