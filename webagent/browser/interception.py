"""Seeing into connections of the browser: to record what crosses them, or to answer in place of the network."""

import asyncio
import logging
import os
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from webagent.browser.certificate import Certificate, verifying_context
from webagent.browser.exchange import Answers, Exchange, Headers, Tap

_LOG = logging.getLogger("webagent")
_TLS = b"\x16"  # the first byte of a TLS handshake
_LATER_SECONDS = 0.05  # less than a page must rest before it is looked at: a step's exchanges are told within it
_AT_LAST_SECONDS = 1.0  # where it never rests
_MOST_UNREAD = 4_000_000  # bytes; the connections wait while it is more
_SLICE_SECONDS = 0.01  # of reading and telling, until the connections get their turn
_END_SECONDS = 3.0  # for what is unread when the record ends


class Behind(Protocol):
    """Somebody who has heard what it has not read yet."""

    @property
    def is_behind(self) -> bool:
        """Whether there is more to read."""

    def catch_up(self, until: float) -> int:
        """Read, until it is late; return how many bytes were read."""

    def give_up(self) -> None:
        """Read no more."""


class Interception:
    """What the proxy needs to see into connections.

    Args:
        certificate: what the browser takes for every server.
        answers: answers in place of the network; None passes requests on.

    Attributes:
        tap: told of each exchange that is over; None while nobody wants to know.
        limit: bytes of a body that an exchange keeps.
        unread: connections of which not all could be read since the record began.
    """

    def __init__(self, certificate: Certificate, answers: Answers | None = None) -> None:
        self.server_context = certificate.context
        self.answers = answers
        self.client_context: ssl.SSLContext | None = verifying_context() if answers is None else None
        self.tap: Tap | None = None
        self.limit = self.unread = 0
        self._open: dict[Exchange, Tap] = {}
        self._over: deque[tuple[Exchange, Tap]] = deque()
        self._behind: dict[Behind, None] = {}
        self._unread = 0
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._working = False
        self._timer: asyncio.TimerHandle | None = None
        self._first = self._latest = 0.0

    @contextmanager
    def watched(self, method: str, url: str, headers: Headers) -> Iterator[Exchange | None]:
        """Follow an exchange to its end; None where nobody wants to know."""
        exchange = self.begin(method, url, headers)
        try:
            yield exchange
        except BaseException:
            if exchange is not None and exchange.failure is None:
                exchange.fail("aborted", "the browser hung up, or the answer broke off")
            raise
        finally:
            if exchange is not None:
                self.over(exchange)

    def begin(
        self, method: str, url: str, headers: Headers, clock: Callable[[], float] = time.monotonic
    ) -> Exchange | None:
        """Return an exchange that begins, which must be told to be over or forgotten; None where nobody wants to know.

        Args:
            method: see `Exchange`.
            url: likewise.
            headers: likewise.
            clock: likewise.
        """
        if self.tap is None:
            return None
        exchange = Exchange(method, url, headers, self.limit, clock)
        self._open[exchange] = self.tap
        return exchange

    def over(self, exchange: Exchange) -> None:
        """Tell of it when the page rests, unless the record has ended before: writing would hold up one that loads."""
        if (tap := self._open.pop(exchange, None)) is not None:
            exchange.end()
            self._over.append((exchange, tap))
            self._rest()

    def forget(self, exchange: Exchange) -> None:
        """Tell nothing of it."""
        self._open.pop(exchange, None)

    def behind(self, one: Behind, size: int) -> None:
        """Have somebody catch up when the page rests, or when too much is unread.

        Args:
            one: who it is.
            size: bytes that it has heard now.
        """
        self._behind[one] = None
        self._unread += size
        if self._unread > _MOST_UNREAD:
            self._has_room.clear()
            self._work_soon()
        self._rest()

    async def room(self) -> None:
        """Return when no more is unread than may be."""
        await self._has_room.wait()

    def begin_record(self, tap: Tap, limit: int) -> None:
        """Tell of each exchange that begins from now on. Called in the proxy's thread.

        Args:
            tap: see `Tap`.
            limit: bytes of a body that an exchange keeps.
        """
        self._catch_up(time.monotonic() + _END_SECONDS)
        self.unread = 0
        self.tap, self.limit = tap, limit

    def end(self) -> None:
        """Tell of what is still going on, and then of nothing more. Called in the proxy's thread."""
        self._catch_up(time.monotonic() + _END_SECONDS)
        for one in self._behind:
            one.give_up()
        self.tap = None
        for exchange, tap in self._open.items():
            exchange.fail("aborted", "it was still going on when the record ended")
            exchange.end(time.monotonic())
            self._over.append((exchange, tap))
        self._open.clear()
        self._tell(float("inf"))

    def _catch_up(self, until: float) -> None:
        for one in list(self._behind):
            self._unread -= one.catch_up(until)
            if one.is_behind:
                break
            del self._behind[one]
        if not self._behind:
            self._unread = 0
        if self._unread <= _MOST_UNREAD:
            self._has_room.set()

    def _rest(self) -> None:
        """Read and tell when nothing has crossed for a moment."""
        self._latest = time.monotonic()
        if self._timer is None:
            self._first = self._latest
            self._timer = asyncio.get_running_loop().call_later(_LATER_SECONDS, self._work_if_rested)

    def _work_if_rested(self) -> None:
        now = time.monotonic()
        rested = now - self._latest
        if rested < _LATER_SECONDS and now - self._first < _AT_LAST_SECONDS:
            self._timer = asyncio.get_running_loop().call_later(_LATER_SECONDS - rested, self._work_if_rested)
        else:
            self._timer = None
            self._work_soon()

    def _work_soon(self) -> None:
        if not self._working:
            self._working = True
            asyncio.get_running_loop().call_soon(self._work)

    def _work(self) -> None:
        """Read and tell for a moment, and again after the connections had their turn, until all is done."""
        self._working = False
        until = time.monotonic() + _SLICE_SECONDS
        self._catch_up(until)
        self._tell(until)
        if self._behind or self._over:
            self._work_soon()

    def _tell(self, until: float) -> None:
        while self._over and time.monotonic() < until:
            exchange, tap = self._over.popleft()
            try:
                tap(exchange)
            except Exception:  # noqa: BLE001 - the next may be told all the same
                _LOG.exception("webagent: an exchange with the network could not be recorded")


async def begins_tls(transport: asyncio.WriteTransport) -> bool:
    """Return whether what a browser sends first is TLS, and leave it there to be read. Its reading is paused."""
    inner: Any = transport.get_extra_info("socket")
    loop = asyncio.get_running_loop()
    with socket.socket(fileno=os.dup(inner.fileno())) as sock:
        sock.setblocking(False)
        while True:
            readable = asyncio.Event()
            loop.add_reader(sock.fileno(), readable.set)
            try:
                await readable.wait()
            finally:
                loop.remove_reader(sock.fileno())
            try:
                return sock.recv(1, socket.MSG_PEEK) == _TLS
            except BlockingIOError:
                continue
