"""An HTTP/1.1 proxy on asyncio: tunnels, which are passed on untouched, and plain requests."""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any, Protocol

import ada_url
import h11

from webagent.browser.peer import CHUNK, Origin, Peer, Unreachable, connect, in_words
from webagent.browser.reach import Refused

_MOST_CLIENTS = 400  # a browser opens 32 to a proxy, WebSockets up to 255 more; each may hold two descriptors
_LINGER_SECONDS = 10.0  # for one direction of a tunnel when the other has ended; browsers end both at once
# They concern one connection alone (RFC 9110, 7.6.1).
_HOP_BY_HOP = {
    b"connection", b"keep-alive", b"proxy-connection", b"proxy-authenticate", b"proxy-authorization", b"te", b"trailer",
    b"transfer-encoding", b"upgrade", b"expect",
}  # fmt: skip
_SAFE = {b"GET", b"HEAD", b"OPTIONS"}
_TARGET = re.compile(rb"http://([^/?#\\@\s]+)(/[^#\s]*|\?[^#\s]*)?", re.IGNORECASE)

Headers = list[tuple[bytes, bytes]]


class FindOrigin(Protocol):
    """Judges a host and says where it is; raises `Refused` or `Unreachable`."""

    def __call__(self, host: str, port: int, *, tunnel: bool) -> Awaitable[Origin]: ...


Note = Callable[[str, int, Refused | Unreachable | None], None]
"""Told how a connection went: host, port, and what failed."""


class Proxy:
    """Serves connections of a browser.

    Args:
        origin: asked where each connection is to go.
        note: told how it went.
    """

    def __init__(self, origin: FindOrigin, note: Note) -> None:
        self._origin, self._note = origin, note
        self._clients: set[asyncio.Task[None]] = set()  # asyncio itself would let them be collected
        self._ending = False

    def run(self, loop: asyncio.AbstractEventLoop, listening: socket.socket, ready: Callable[[], object]) -> None:
        """Serve on `listening` until `loop` is stopped; close both.

        Args:
            loop: of this thread alone.
            listening: a listening socket.
            ready: called when `loop` may be stopped.
        """
        asyncio.set_event_loop(loop)
        try:
            server = loop.run_until_complete(asyncio.start_server(self._accept, sock=listening))
            loop.call_soon(ready)
            loop.run_forever()
            loop.run_until_complete(self._end(server))
        finally:
            ready()
            asyncio.set_event_loop(None)
            loop.close()

    async def _end(self, server: asyncio.Server) -> None:
        server.close()
        self._ending = True  # for connections that were accepted just now, whose tasks have not begun
        for client in self._clients:
            client.cancel()
        await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()}, return_exceptions=True)
        await asyncio.sleep(0)  # connections are closed in the next round

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        client = _Client(h11.SERVER, reader, writer)
        if self._ending or len(self._clients) >= _MOST_CLIENTS:
            client.abort()
            return
        self._clients.add(task)
        try:
            while isinstance(event := await client.next_event(), h11.Request):
                if event.method == b"CONNECT":
                    await self._tunnel(client, event)
                    break
                await self._forward(client, event)
                if (client.http.our_state, client.http.their_state) != (h11.DONE, h11.DONE):
                    break
                client.http.start_next_cycle()
            await client.finish()
        except (OSError, EOFError, h11.ProtocolError):  # one of the two hung up, or spoke no HTTP
            with suppress(asyncio.CancelledError):
                await client.finish()  # what has come is passed on before it breaks off
        except asyncio.CancelledError:
            pass
        finally:
            self._clients.discard(task)
            client.abort()
            client.leave_server()

    async def _tunnel(self, client: "_Client", request: h11.Request) -> None:
        try:
            host, port = _host_and_port(request.target)
        except ValueError:
            await client.refuse(400)
            return
        try:
            origin = await self._origin(host, port, tunnel=True)
            server = await connect(origin, (host, port))
        except (Refused, Unreachable) as failure:
            self._note(host, port, failure)
            await client.refuse(403 if isinstance(failure, Refused) else 502)
            return
        self._note(host, port, None)
        try:
            await client.send(h11.Response(status_code=200, headers=[], reason=b"Connection established"))
            early, _ = client.http.trailing_data
            server.writer.write(early)
            first, _ = server.http.trailing_data
            client.writer.write(first)
            await _both_ways(client, server)
            await server.finish()
        finally:
            server.abort()

    async def _forward(self, client: "_Client", request: h11.Request) -> None:
        """Pass one plain request on, and its response back."""
        try:
            host, port, authority, path = _split(request.target)
        except ValueError:
            await client.refuse(400)
            return
        try:
            origin = await self._origin(host, port, tunnel=False)
            upstream = origin.upstream
            target = path if upstream is None else b"http://" + authority + path
            headers: Headers = [(b"host", authority), *_end_to_end(request.headers, but=b"host")]
            if upstream is not None and upstream.authorization is not None:
                headers.append((b"proxy-authorization", upstream.authorization))
            asked = h11.Request(method=request.method, target=target, headers=headers + _framing(request.headers))
            await self._ask(client, asked, origin)
            self._note(host, port, None)
        except (Refused, Unreachable) as failure:
            self._note(host, port, failure)
            await client.refuse(403 if isinstance(failure, Refused) else 502)

    async def _ask(self, client: "_Client", asked: h11.Request, origin: Origin) -> None:
        """Send a request to a server and its answer to the client.

        Raises:
            Unreachable: nothing was answered.
            OSError, EOFError, h11.ProtocolError: the client is gone, or the answer broke off.
        """
        reused = await client.go_to(origin)
        try:
            await self._exchange(client, asked)
        except _NoAnswer as failure:
            # A server may close a connection that it kept at the very moment it is used again.
            if reused and not client.heard_server and asked.method in _SAFE and not _framing(asked.headers):
                client.leave_server()
                await client.go_to(origin)
                try:
                    await self._exchange(client, asked, again=True)
                except _NoAnswer as again:
                    raise Unreachable(str(again)) from again
                return
            raise Unreachable(str(failure)) from failure

    async def _exchange(self, client: "_Client", asked: h11.Request, *, again: bool = False) -> None:
        server = client.server
        server.heard = False
        try:
            await server.send(asked)
        except OSError as error:
            raise _NoAnswer(in_words(error)) from error
        answering = asyncio.ensure_future(_answer(server, client))
        listening = asyncio.ensure_future(_listen(client, server) if again else _upload(client, server))
        try:
            await asyncio.wait({answering, listening}, return_when=asyncio.FIRST_COMPLETED)
            if not answering.done():
                raise EOFError  # nobody waits for the answer any more
            await answering
        finally:
            for one in (answering, listening):
                one.cancel()
            await asyncio.gather(answering, listening, return_exceptions=True)


class _NoAnswer(Exception):
    """A server answered nothing that HTTP knows."""


class _Client(Peer):
    """The browser's side of a connection, and where its last plain request went on to."""

    _server: tuple[Origin, Peer] | None = None

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


async def _answer(server: Peer, client: Peer) -> None:
    try:
        while isinstance(event := await server.next_event(), h11.InformationalResponse):
            pass
        if not isinstance(event, h11.Response):
            raise EOFError
    except (OSError, EOFError, h11.RemoteProtocolError) as error:
        silent = isinstance(error, h11.RemoteProtocolError) and not server.heard
        raise _NoAnswer(in_words(EOFError() if silent else error)) from error
    headers = [*_end_to_end(event.headers), *_framing(event.headers)]
    await client.send(h11.Response(status_code=event.status_code, headers=headers, reason=event.reason))
    while isinstance(event := await server.next_event(), h11.Data):
        await client.send(h11.Data(data=event.data))
    if not isinstance(event, h11.EndOfMessage):
        raise EOFError
    await client.send(h11.EndOfMessage())


async def _upload(client: Peer, server: Peer) -> None:
    """Pass the body of a request on to its end; return when the client is gone."""
    takes = True
    while isinstance(event := await client.next_event(), h11.Data | h11.EndOfMessage):
        try:
            if takes:
                await server.send(h11.Data(data=event.data) if isinstance(event, h11.Data) else h11.EndOfMessage())
        except OSError:
            takes = False  # it may have answered that it wants no more
        if isinstance(event, h11.EndOfMessage):
            await _listen(client)
            return


async def _listen(client: Peer, server: Peer | None = None) -> None:
    """End the request to `server`, if one is given, and return when the client is gone."""
    if server is not None:
        with suppress(OSError):
            await server.send(h11.EndOfMessage())
    await client.hung_up()
    if not client.reader.at_eof() and client.reader.exception() is None:
        await asyncio.Future()  # the next request is here already, and waits for its turn


async def _both_ways(client: Peer, server: Peer) -> None:
    """Pass bytes on in both directions until both have ended, or the one that is left has had its time."""
    directions = {asyncio.ensure_future(_pour(client, server)), asyncio.ensure_future(_pour(server, client))}
    try:
        done, left = await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
        if left and all(one.exception() is None for one in done):
            await asyncio.wait(left, timeout=_LINGER_SECONDS)
    finally:
        for direction in directions:
            direction.cancel()
        await asyncio.gather(*directions, return_exceptions=True)


async def _pour(source: Peer, sink: Peer) -> None:
    while data := await source.reader.read(CHUNK):
        sink.writer.write(data)
        await sink.writer.drain()
    sink.writer.write_eof()


def _host_and_port(authority: bytes) -> tuple[str, int]:
    """Return host and port of CONNECT's target.

    Raises:
        ValueError: it is none.
    """
    host, colon, port = authority.decode("ascii").rpartition(":")
    if not colon or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError("not HOST:PORT")
    return str(ada_url.URL(f"http://{host}/").hostname).strip("[]"), int(port)


def _split(target: bytes) -> tuple[str, int, bytes, bytes]:
    """Return host, port, authority and path of a plain request's target; the path is left as it was written.

    Raises:
        ValueError: it is none.
    """
    found = _TARGET.fullmatch(target)
    if found is None:
        raise ValueError("not an http address")
    url = ada_url.URL(f"http://{found[1].decode('ascii')}/")
    path = found[2] or b"/"
    return url.hostname, int(url.port or 80), url.host.encode(), path if path[:1] == b"/" else b"/" + path


def _end_to_end(headers: Any, but: bytes = b"") -> Headers:
    """Return the headers that concern more than one connection, without those of framing."""
    named = {one.strip().lower() for name, value in headers if name == b"connection" for one in value.split(b",")}
    left_out = _HOP_BY_HOP | named | {b"content-length", but}
    return [(name, value) for name, value in headers.raw_items() if name.lower() not in left_out]


def _framing(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Return the headers that say how long the body of a message is."""
    return [(name, value) for name, value in headers if name in (b"content-length", b"transfer-encoding")]
