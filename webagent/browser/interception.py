"""Seeing into connections of the browser: to record what crosses them, or to answer in place of the network."""

import asyncio
import logging
import os
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from webagent.browser.certificate import Certificate, verifying_context
from webagent.browser.exchange import Answers, Exchange, Headers, Tap

_LOG = logging.getLogger("webagent")
_TLS = b"\x16"  # the first byte of a TLS handshake
_LATER_SECONDS = 0.05  # less than a page must rest before it is looked at: a step's exchanges are told within it
_MOST_UNTOLD = 100
_UNPACKED_BY_US = b"gzip, deflate"


class Interception:
    """What the proxy needs to see into connections.

    Args:
        certificate: what the browser takes for every server.
        answers: answers in place of the network; None passes requests on.

    Attributes:
        tap: told of each exchange that is over; None while nobody wants to know.
        limit: bytes of a body that an exchange keeps.
    """

    def __init__(self, certificate: Certificate, answers: Answers | None = None) -> None:
        self.server_context = certificate.context
        self.answers = answers
        self.client_context: ssl.SSLContext | None = verifying_context() if answers is None else None
        self.tap: Tap | None = None
        self.limit = 0
        self._open: dict[Exchange, Tap] = {}
        self._over: list[tuple[Exchange, Tap]] = []
        self._timer: asyncio.TimerHandle | None = None

    @contextmanager
    def watched(self, method: str, url: str, headers: Headers) -> Iterator[Exchange | None]:
        """Follow an exchange to its end; None where nobody wants to know."""
        if self.tap is None:
            yield None
            return
        exchange = Exchange(method, url, headers, self.limit)
        self._open[exchange] = self.tap
        try:
            yield exchange
        except BaseException:
            if exchange.failure is None:
                exchange.fail("aborted", "the browser hung up, or the answer broke off")
            raise
        finally:
            if (tap := self._open.pop(exchange, None)) is not None:
                exchange.end()
                self._tell_later(exchange, tap)

    def end(self) -> None:
        """Tell of what is still going on, and then of nothing more. Called in the proxy's thread."""
        self.tap = None
        for exchange, tap in self._open.items():
            exchange.fail("aborted", "it was still going on when the record ended")
            exchange.end()
            self._over.append((exchange, tap))
        self._open.clear()
        self._tell()

    def _tell_later(self, exchange: Exchange, tap: Tap) -> None:
        """Tell when nothing has ended for a moment: writing down would hold up a page that is loading."""
        self._over.append((exchange, tap))
        if self._timer is not None and len(self._over) < _MOST_UNTOLD:
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_LATER_SECONDS, self._tell)

    def _tell(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        over, self._over = self._over, []
        for exchange, tap in over:
            try:
                tap(exchange)
            except Exception:  # noqa: BLE001 - the next may be told all the same
                _LOG.exception("webagent: an exchange with the network could not be recorded")

    def as_asked(self, headers: Headers) -> Headers:
        """Return a request's headers so that its answer comes packed in no way that we could not unpack."""
        if self.tap is None:
            return headers
        return [
            (name, _UNPACKED_BY_US if name == b"accept-encoding" and (b"br" in value or b"zstd" in value) else value)
            for name, value in headers
        ]


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
