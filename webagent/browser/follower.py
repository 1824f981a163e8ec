"""What crosses a tunnel, read after it has been passed on: a page does not wait for who wants to know of it."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import h11

from webagent.browser.exchange import Exchange, Failure
from webagent.browser.interception import Interception
from webagent.browser.peer import LONGEST_HEAD, in_words
from webagent.browser.sockets import Listener, is_socket, listeners
from webagent.browser.targets import Tunnel


class Follower:
    """Reads the requests of one connection and their answers from the bytes of both directions.

    What is no HTTP ends the reading, not the connection.

    Args:
        tunnel: what the bytes cross.
        seen: told of the exchanges; it says when to catch up.
    """

    def __init__(self, tunnel: Tunnel, seen: Interception) -> None:
        self._tunnel, self._seen = tunnel, seen
        self._heard: list[tuple[Callable[[], None], float]] = []
        self._at = 0.0
        self._exchange: Exchange | None = None
        self._listeners: tuple[Listener, Listener] | None = None
        self._answered = 0  # requests, on this connection
        self._over = False
        self._begin_anew(b"", b"")

    def hear(self, data: bytes, *, sent: bool) -> None:
        """Hear bytes, to be read later.

        Args:
            data: bytes; none where that side has ended.
            sent: whether they come from the browser.
        """
        self._later(lambda: self._read(data, sent=sent), len(data))

    def break_off(self, error: OSError) -> None:
        """Hear that the connection to the server broke."""
        self._later(lambda: self._end("broken", error), 0)

    def hang_up(self) -> None:
        """Hear that the browser is gone, or is sent away."""
        self._later(lambda: self._end("aborted", "the browser hung up, or the answer broke off"), 0)

    def catch_up(self) -> None:
        """Read what was heard."""
        heard, self._heard = self._heard, []
        for read, self._at in heard:
            if self._over:
                return
            try:
                read()
            except (h11.ProtocolError, ValueError) as error:
                self._end("broken", error)

    def _later(self, read: Callable[[], None], size: int) -> None:
        if not self._over:
            self._heard.append((read, time.monotonic()))
            self._seen.behind(self, size)

    def _begin_anew(self, from_browser: bytes, from_server: bytes) -> None:
        self._browser = h11.Connection(h11.SERVER, LONGEST_HEAD)
        self._server = h11.Connection(h11.CLIENT, LONGEST_HEAD)
        for connection, data in ((self._browser, from_browser), (self._server, from_server)):
            if data:  # none would be the end
                connection.receive_data(data)

    def _read(self, data: bytes, *, sent: bool) -> None:
        if not data and sent:
            self._end("aborted", "the browser hung up, or the answer broke off")
        elif self._listeners is not None:
            if data:
                self._listeners[not sent].hear(data)
            else:
                self._end(None)
        else:
            (self._browser if sent else self._server).receive_data(data)
            if data:
                self._read_events()
            else:
                self._end_of_server()

    def _read_events(self) -> None:
        while self._next_of_browser() or self._next_of_server():
            pass

    def _end_of_server(self) -> None:
        with suppress(h11.RemoteProtocolError):  # it was in the midst of something
            self._read_events()
        half = self._exchange is not None and self._exchange.status
        self._end("broken", ConnectionError() if half else EOFError())

    def _next_of_browser(self) -> bool:
        """Read one event of the request; return whether there was one."""
        event = self._browser.next_event()
        if isinstance(event, h11.Request):
            url = self._tunnel.target(event).url(socket=is_socket(event.headers))
            headers = list(event.headers)
            self._exchange = self._seen.begin(event.method.decode(), url, headers, lambda: self._at)
        elif isinstance(event, h11.Data):
            if self._exchange is not None:
                self._exchange.sent(bytes(event.data))
        elif not isinstance(event, h11.EndOfMessage):
            return False
        self._server.send(event)  # what the answer means depends on what was asked
        return True

    def _next_of_server(self) -> bool:
        """Read one event of the answer; return whether there was one."""
        if self._server.our_state is h11.IDLE:
            return False
        asked = self._browser.their_state not in (h11.IDLE, h11.SEND_BODY)
        if asked and self._server.their_state in (h11.DONE, h11.MUST_CLOSE, h11.CLOSED):
            self._begin_anew(self._browser.trailing_data[0], self._server.trailing_data[0])
            return True
        event: Any = self._server.next_event()
        exchange = self._exchange
        if isinstance(event, h11.Response):
            self._answered += 1
            if exchange is not None:
                exchange.answered(event.status_code, event.reason, list(event.headers))
        elif isinstance(event, h11.InformationalResponse):
            if event.status_code == 101:
                self._go_on_as_socket(event)
                return False
        elif isinstance(event, h11.Data):
            if exchange is not None:
                exchange.body.add(bytes(event.data))
        elif isinstance(event, h11.EndOfMessage):
            self._tell()
        else:
            return False
        return True

    def _go_on_as_socket(self, event: h11.InformationalResponse) -> None:
        if self._exchange is None:
            self._over = True
            return
        self._exchange.answered(101, event.reason, list(event.headers))
        self._listeners = listeners(self._exchange)
        for listener, connection in zip(self._listeners, (self._browser, self._server), strict=True):
            listener.hear(connection.trailing_data[0])

    def _end(self, failure: Failure | None, why: object = "") -> None:
        self._over = True
        exchange = self._exchange
        if exchange is None:
            return
        if failure == "broken" and not exchange.status and self._answered:
            # Who asks on a connection that the server was about to close asks again on another, and is told of there.
            self._seen.forget(exchange)
            return
        if failure is not None:
            exchange.fail(failure, in_words(why) if isinstance(why, BaseException) else why)
        self._tell()

    def _tell(self) -> None:
        if self._exchange is not None:
            self._seen.over(self._exchange)
            self._exchange = None
