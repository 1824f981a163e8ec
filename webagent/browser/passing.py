"""Passing requests, answers and bytes on between two connections of the proxy."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import h11

from webagent.browser.exchange import Exchange, Headers
from webagent.browser.follower import Follower
from webagent.browser.peer import CHUNK, Origin, Peer, connect, in_words
from webagent.browser.targets import Tunnel

_LINGER_SECONDS = 10.0  # for one direction of a tunnel when the other has ended; browsers end both at once
# They concern one connection alone (RFC 9110, 7.6.1).
_HOP_BY_HOP = {
    b"connection", b"keep-alive", b"proxy-connection", b"proxy-authenticate", b"proxy-authorization", b"te", b"trailer",
    b"transfer-encoding", b"upgrade", b"expect",
}  # fmt: skip


class NoAnswer(Exception):
    """A server answered nothing that HTTP knows."""


class Client(Peer):
    """The browser's side of a connection, and where its last plain request went on to."""

    _server: tuple[Origin, Peer] | None = None
    tunnel: Tunnel | None = None
    """What its requests are within, where that is seen into."""
    exchange: Exchange | None = None
    """The request that is being answered, where somebody wants to know."""

    @property
    def server(self) -> Peer:
        assert self._server is not None
        return self._server[1]

    @property
    def heard_server(self) -> bool:
        return self._server is not None and self._server[1].heard

    async def go_to(self, origin: Origin) -> bool:
        """Have a connection to `origin`; return whether it is one that was kept."""
        if self._server is not None and self._server[0] == origin and self._server[1].reusable():
            return True
        self.leave_server()
        self._server = (origin, await connect(origin))
        return False

    def leave_server(self) -> None:
        if self._server is not None:
            self._server[1].abort()
            self._server = None


async def answer(server: Peer, client: Client) -> None:
    """Pass the answer of a server on.

    Args:
        server: where it comes from.
        client: where it goes.

    Raises:
        NoAnswer: there is none.
        OSError, EOFError, h11.ProtocolError: it broke off, or the client is gone.
    """
    exchange = client.exchange
    event: Any = None
    try:
        while event is None or isinstance(event, h11.InformationalResponse):
            event = await server.next_event()
        if not isinstance(event, h11.Response):
            raise EOFError
    except (OSError, EOFError, h11.RemoteProtocolError) as error:
        silent = isinstance(error, h11.RemoteProtocolError) and not server.heard
        raise NoAnswer(in_words(EOFError() if silent else error)) from error
    headers = [*end_to_end(event.headers), *framing(event.headers)]
    if exchange is not None:
        exchange.answered(event.status_code, event.reason, list(event.headers))
    client.hold(h11.Response(status_code=event.status_code, headers=headers, reason=event.reason))
    try:
        while isinstance(event := await _next_part(server, client), h11.Data):
            if exchange is not None:
                exchange.body.add(bytes(event.data))
            client.hold(h11.Data(data=event.data))
        if not isinstance(event, h11.EndOfMessage):
            raise EOFError
    except (EOFError, h11.RemoteProtocolError) as error:
        if exchange is not None:
            exchange.fail("broken", in_words(error))
        raise
    finally:
        await client.flush()
    await client.send(h11.EndOfMessage())


async def _next_part(server: Peer, client: Client) -> Any:
    """Return the next event of an answer. What is held back for the client is sent before that is waited for."""
    if (event := server.at_hand()) is h11.NEED_DATA:
        await client.flush()
        try:
            event = await server.next_event()
        except OSError as error:
            raise EOFError from error
    return event


async def upload(client: Client, server: Peer) -> None:
    """Pass the body of a request on to its end; return when the client is gone."""
    takes = True
    while isinstance(event := await client.next_event(), h11.Data | h11.EndOfMessage):
        if client.exchange is not None and isinstance(event, h11.Data):
            client.exchange.sent(bytes(event.data))
        try:
            if takes:
                await server.send(h11.Data(data=event.data) if isinstance(event, h11.Data) else h11.EndOfMessage())
        except OSError:
            takes = False  # it may have answered that it wants no more
        if isinstance(event, h11.EndOfMessage):
            await listen(client)
            return


async def listen(client: Peer, server: Peer | None = None) -> None:
    """End the request to `server`, if one is given, and return when the client is gone."""
    if server is not None:
        with suppress(OSError):
            await server.send(h11.EndOfMessage())
    await client.hung_up()
    if not client.reader.at_eof() and client.reader.exception() is None:
        await asyncio.Future()  # the next request is here already, and waits for its turn


async def both_ways(client: Peer, server: Peer, follower: Follower | None = None) -> None:
    """Pass bytes on in both directions until both have ended, or the one that is left has had its time.

    Args:
        client: the browser.
        server: the other one.
        follower: hears what is passed on.
    """
    ways = ((client, server), (server, client))
    directions = {asyncio.ensure_future(_pour(*way, follower, sent=way[0] is client)) for way in ways}
    try:
        done, left = await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
        if left and all(one.exception() is None for one in done):
            await asyncio.wait(left, timeout=_LINGER_SECONDS)
    finally:
        for direction in directions:
            direction.cancel()
        await asyncio.gather(*directions, return_exceptions=True)
        if follower is not None:
            follower.hang_up()


async def _pour(source: Peer, sink: Peer, follower: Follower | None, *, sent: bool) -> None:
    while data := await _part(source, follower, sent=sent):
        sink.writer.write(data)
        await sink.writer.drain()
    if sink.writer.can_write_eof():
        sink.writer.write_eof()
    else:
        sink.writer.close()  # TLS has no half of an end


async def _part(source: Peer, follower: Follower | None, *, sent: bool) -> bytes:
    """Return the next bytes, none where there will be no more, and have them heard."""
    if follower is not None:
        await follower.room()
    try:
        data = await source.reader.read(CHUNK)
    except OSError as error:
        if follower is not None and not sent:
            follower.break_off(error)
        raise
    if follower is not None:
        follower.hear(data, sent=sent)
    return data


def end_to_end(headers: Any, but: bytes = b"", *, keep_length: bool = False) -> Headers:
    """Return the headers that concern more than one connection, without those of framing.

    Args:
        headers: of a message.
        but: one more that is left out.
        keep_length: of a message without a body, where it says how long that would be.
    """
    named = {one.strip().lower() for name, value in headers if name == b"connection" for one in value.split(b",")}
    left_out = _HOP_BY_HOP | named | {b"" if keep_length else b"content-length", but}
    raw = headers.raw_items() if hasattr(headers, "raw_items") else headers
    return [(name, value) for name, value in raw if name.lower() not in left_out]


def framing(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Return the headers that say how long the body of a message is."""
    return [(name, value) for name, value in headers if name in (b"content-length", b"transfer-encoding")]
