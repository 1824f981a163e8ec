"""What crosses the proxy, where somebody wants to know: requests with their answers, and messages of WebSockets."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Protocol

Headers = list[tuple[bytes, bytes]]

Failure = Literal["refused", "unreachable", "aborted", "broken"]
"""Why there is no whole answer: the walls refused the server, nothing was to be had from it, the browser hung up (or
the record ended first), or the server did."""


Ending = Literal["whole", "broken", "open"]
"""How the body of an answer ends: as it should, by a connection that breaks, or never."""


class Body:
    """Bytes as they come, kept up to a limit.

    Args:
        limit: bytes that are kept; one more, and none are.
    """

    def __init__(self, limit: int) -> None:
        self.limit, self._parts = limit, list[bytes]()
        self.size = 0
        """Bytes that came."""

    def add(self, data: bytes) -> None:
        """Add bytes."""
        self.size += len(data)
        if self.size <= self.limit:
            self._parts.append(data)
        else:
            self._parts.clear()

    @property
    def data(self) -> bytes | None:
        """What came; None where it was more than the limit."""
        return b"".join(self._parts) if self.size <= self.limit else None


@dataclass
class Message:
    """One message of a WebSocket."""

    sent: bool
    """By the page."""
    data: str | bytes
    at: float
    """Seconds since 1970."""


class Exchange:
    """One request and what came of it, filled while it goes on. A tunnel that could not be had is one, too: CONNECT.

    Args:
        method: of the request.
        url: absolute; of a WebSocket it begins with ws: or wss:.
        headers: of the request, as the browser sent them.
        limit: bytes of a body that are kept.
        clock: when what it is told of has happened, as `time.monotonic` has it.
    """

    def __init__(
        self, method: str, url: str, headers: Headers, limit: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.method, self.url, self.headers = method, url, headers
        self._clock, self._began = clock, clock()
        self.started = datetime.now(UTC) - timedelta(seconds=time.monotonic() - self._began)
        self.sent_body, self.body = Body(limit), Body(limit)
        self.messages: list[Message] = []
        self.heard = 0
        """Bytes and characters of them, and what it takes to keep each."""
        self.left_out = 0
        """Messages that are over the limit."""
        self.closed: int | None = None
        """The code with which the server closed the WebSocket."""
        self.status = 0
        self.reason = ""
        self.answer_headers: Headers = []
        self.failure: Failure | None = None
        self.why = ""
        self.sent_seconds = self.waited_seconds = self.seconds = 0.0

    def moment(self) -> float:
        """Return when what it is told of has happened, in seconds since 1970."""
        return self.started.timestamp() + self._since()

    def _since(self) -> float:
        return self._clock() - self._began

    def sent(self, data: bytes) -> None:
        """A part of the request's body has been sent."""
        self.sent_body.add(data)
        self.sent_seconds = self._since()

    def answered(self, status: int, reason: bytes, headers: Headers) -> None:
        """The head of the answer has come."""
        self.status, self.reason, self.answer_headers = status, reason.decode("latin-1"), headers
        self.body = Body(self.body.limit)
        self.waited_seconds = self._since() - self.sent_seconds

    def fail(self, failure: Failure, why: object) -> None:
        """There is no answer, or it broke off."""
        self.failure, self.why = failure, str(why)

    def end(self, at: float | None = None) -> None:
        """It is over, `at` then; None: now, by the clock."""
        self.seconds = self._since() if at is None else at - self._began


Tap = Callable[[Exchange], None]
"""Told of each exchange that is over, in the proxy's thread."""


@dataclass
class Asked:
    """A request that is to be answered without a network."""

    method: str
    url: str
    headers: Headers
    body: bytes


@dataclass
class Answer:
    """What a request gets."""

    status: int
    """0: nothing is ever answered."""
    reason: str = ""
    headers: Headers = field(default_factory=list)
    """Without those that say how long the body is, or how it is packed."""
    body: bytes = b""
    messages: list[Message] | None = None
    """Of a WebSocket; None where it is none."""
    closed: int | None = None
    """The code with which the server closes the WebSocket after all of them; None: it leaves that to the page."""
    end: Ending = "whole"


class Answers(Protocol):
    """Answers in place of the network. Asked in the proxy's thread."""

    about: Mapping[str, Any]
    """What the browser of the recording was like: `seed`, `timezone`, `language`, as far as it is known."""

    def connect(self, host: str, port: int) -> None:
        """Return if a tunnel to this server may be opened; raise `Refused` or `Unreachable` if it may not."""

    def answer(self, asked: Asked) -> Answer:
        """Return the answer; raise `Refused` or `Unreachable` where there is none."""
