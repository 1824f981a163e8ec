"""What crosses a tunnel, read after it has been passed on: a page does not wait for who wants to know of it."""

import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import h11

from webagent.browser.exchange import Exchange, Failure
from webagent.browser.heads import end_of_head, plain_head
from webagent.browser.interception import Interception
from webagent.browser.peer import LONGEST_HEAD, in_words
from webagent.browser.sockets import Listener, is_socket, listeners
from webagent.browser.targets import Tunnel

_ASKING = (h11.IDLE, h11.SEND_BODY)
_HUNG_UP = "the browser hung up, or the answer broke off"


class Follower:
    """Reads the requests of one connection and their answers from the bytes of both directions.

    What cannot be read ends the reading, not the connection; `Interception.unread` counts it.

    Args:
        tunnel: what the bytes cross.
        seen: told of the exchanges; it says when to catch up.
    """

    def __init__(self, tunnel: Tunnel, seen: Interception) -> None:
        self._tunnel, self._seen = tunnel, seen
        self._heard: deque[tuple[Callable[[], None], int, float]] = deque()
        self._at = 0.0
        self._exchange: Exchange | None = None
        self._listeners: tuple[Listener, Listener] | None = None
        self._answers = 0  # on this connection
        self._over = False
        self._asked_ahead, self._answer = bytearray(), bytearray()  # what h11 is not given yet
        self._begin_anew()

    def hear(self, data: bytes, *, sent: bool) -> None:
        """Hear bytes, to be read later.

        Args:
            data: bytes; none where that side has ended.
            sent: whether they come from the browser.
        """
        self._later(lambda: self._read(data, sent=sent), len(data))

    def break_off(self, error: OSError) -> None:
        """Hear that the connection to the server broke."""
        self._later(lambda: self._end_of_server(error), 0)

    def hang_up(self) -> None:
        """Hear that the browser is gone, or is sent away."""
        self._later(lambda: self._end("aborted", _HUNG_UP), 0)

    async def room(self) -> None:
        """Return when more may be heard."""
        if not self._over:
            await self._seen.room()

    def catch_up(self, until: float) -> int:
        """Read what was heard, and go on until it is late.

        Args:
            until: as `time.monotonic` has it.

        Returns:
            Bytes that were read.
        """
        done = 0
        while self._heard and time.monotonic() < until:
            read, size, self._at = self._heard.popleft()
            done += size
            if not self._over:
                try:
                    read()
                except (h11.ProtocolError, ValueError):
                    self.give_up()
        return done

    @property
    def is_behind(self) -> bool:
        """Whether there is more to read."""
        return bool(self._heard)

    def give_up(self) -> None:
        """Read no more of this connection."""
        self._heard.clear()
        if not self._over:
            self._seen.unread += 1
            self._end("broken", "it could not be read")

    def _later(self, read: Callable[[], None], size: int) -> None:
        if not self._over:
            self._heard.append((read, size, time.monotonic()))
            self._seen.behind(self, size)

    def _begin_anew(self) -> None:
        """Be ready for the next request."""
        self._browser = h11.Connection(h11.SERVER, LONGEST_HEAD)
        self._server = h11.Connection(h11.CLIENT, LONGEST_HEAD)
        if self._asked_ahead:  # nothing would mean its end
            self._browser.receive_data(bytes(self._asked_ahead))
            self._asked_ahead.clear()

    def _read(self, data: bytes, *, sent: bool) -> None:
        if self._listeners is not None:
            if data:
                self._listeners[not sent].hear(data)
            else:
                self._end()
        elif not data and sent:
            self._end("aborted", _HUNG_UP)
        elif not data:
            self._end_of_server(None)
        else:
            if not sent:
                self._answer += data
            elif self._browser.their_state in _ASKING:
                self._browser.receive_data(data)
            else:
                self._asked_ahead += data
            while self._next_of_browser() or self._next_of_server():
                pass
            if max(len(self._asked_ahead), len(self._answer)) > LONGEST_HEAD:  # of an answer that nobody asked for
                raise ValueError("too much at once")

    def _next_of_browser(self) -> bool:
        """Read one event of the request; return whether there was one."""
        if self._browser.their_state not in _ASKING:
            return False
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
        if self._server.their_state in (h11.DONE, h11.MUST_CLOSE, h11.CLOSED):
            if self._browser.their_state in _ASKING:
                return False
            self._asked_ahead[:0] = self._browser.trailing_data[0]
            self._answer[:0] = self._server.trailing_data[0]
            self._begin_anew()
            return True
        if self._server.their_state is h11.SEND_RESPONSE:
            if not (end := end_of_head(self._answer)):
                return False
            self._server.receive_data(plain_head(bytes(self._answer[:end])))
            del self._answer[:end]
        elif self._answer:
            self._server.receive_data(bytes(self._answer))
            self._answer.clear()
        return self._take(self._server.next_event())

    def _take(self, event: Any) -> bool:
        """Write down an event of the answer; return whether more may follow at once."""
        exchange = self._exchange
        if isinstance(event, h11.Response):
            self._answers += 1
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
        said = [self._browser.trailing_data[0] + self._asked_ahead, self._server.trailing_data[0] + self._answer]
        self._asked_ahead.clear()
        self._answer.clear()
        if self._exchange is None:
            self._over = True
            return
        self._exchange.answered(101, event.reason, list(event.headers))
        self._listeners = listeners(self._exchange)
        for listener, first in zip(self._listeners, said, strict=True):
            listener.hear(bytes(first))

    def _end_of_server(self, error: OSError | None) -> None:
        """The server has ended the connection, or it broke."""
        exchange = self._exchange
        if exchange is None:
            self._end()
        elif not exchange.status and not self._answer:
            if self._answers:
                # Who asked where the server was about to close asks again on another connection, and is told of there.
                self._seen.forget(exchange)
                self._exchange = None
            self._end("broken", in_words(error or EOFError()))
        else:
            if error is None and self._server.their_state is h11.SEND_BODY:
                self._server.receive_data(b"")
                with suppress(h11.RemoteProtocolError):  # it was in the midst of something
                    while self._take(self._server.next_event()):
                        pass
            self._end("broken", in_words(error or ConnectionError()))

    def _end(self, failure: Failure | None = None, why: str = "") -> None:
        self._over = True
        if self._exchange is not None and failure is not None and self._listeners is None:
            self._exchange.fail(failure, why)
        self._tell()

    def _tell(self) -> None:
        if self._exchange is not None:
            self._seen.over(self._exchange)
            self._exchange = None
