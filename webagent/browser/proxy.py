"""An HTTP/1.1 proxy on asyncio: tunnels, which are passed on untouched, and plain requests."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

import ada_url
import aiohappyeyeballs
import h11

from webagent.browser.reach import Refused
from webagent.browser.upstream import Upstream

_CONNECT_SECONDS = 15.0  # less than a page is given to load, so that the reason is there before that ends
_NEXT_ADDRESS_SECONDS = 0.25
_CHUNK = 1 << 16
_LONGEST_HEAD = 1 << 18  # bytes; cookies and tokens make long ones
# They concern one connection alone (RFC 9110, 7.6.1).
_HOP_BY_HOP = {
    b"connection", b"keep-alive", b"proxy-connection", b"proxy-authenticate", b"proxy-authorization", b"te", b"trailer",
    b"transfer-encoding", b"upgrade", b"expect",
}  # fmt: skip

Headers = list[tuple[bytes, bytes]]


class Unreachable(Exception):
    """Nothing is to be had from a server; the text says why."""


@dataclass(frozen=True)
class Origin:
    """Where a connection is to go."""

    addresses: list[tuple[str, int]]
    """IP address and port, the best first. Of a proxy where there is one: it may be a name then."""
    upstream: Upstream | None = None


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

    def run(self, loop: asyncio.AbstractEventLoop, listening: socket.socket, ready: Callable[[], object]) -> None:
        """Serve on `listening` until `loop` is stopped; close both.

        Args:
            loop: of this thread alone.
            listening: a listening socket.
            ready: called when `loop` may be stopped.
        """
        asyncio.set_event_loop(loop)
        server = loop.run_until_complete(asyncio.start_server(self._accept, sock=listening))
        loop.call_soon(ready)
        try:
            loop.run_forever()
        finally:
            loop.run_until_complete(self._end(server))
            asyncio.set_event_loop(None)
            loop.close()

    async def _end(self, server: asyncio.Server) -> None:
        server.close()
        await asyncio.sleep(0)  # what has just been accepted comes to hold its connection
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)  # connections are closed in the next round

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = _Peer(h11.Connection(h11.SERVER, _LONGEST_HEAD), reader, writer)
        try:
            while True:
                event = await client.next_event()
                if not isinstance(event, h11.Request):
                    break
                if event.method == b"CONNECT":
                    await self._tunnel(client, event)
                    break
                await self._forward(client, event)
                if (client.http.our_state, client.http.their_state) != (h11.DONE, h11.DONE):
                    break
                client.http.start_next_cycle()
            await client.finish()
        except (OSError, EOFError, h11.ProtocolError):  # one of the two hung up, or spoke no HTTP
            with suppress(OSError, asyncio.CancelledError):
                await client.finish()  # what has come is passed on before it breaks off
        except asyncio.CancelledError:
            pass
        finally:
            client.abort()
            client.leave_server()

    async def _tunnel(self, client: "_Peer", request: h11.Request) -> None:
        try:
            host, port = _host_and_port(request.target)
        except ValueError:
            await client.refuse(400)
            return
        try:
            origin = await self._origin(host, port, tunnel=True)
            server = await _connect(origin, within_tunnel=(host, port))
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

    async def _forward(self, client: "_Peer", request: h11.Request) -> None:
        """Pass one plain request on, and its response back."""
        try:
            url = ada_url.URL(request.target.decode("ascii"))
            if url.protocol != "http:":
                raise ValueError
        except ValueError:
            await client.refuse(400)
            return
        host, port = url.hostname, int(url.port or 80)
        answered = False
        try:
            origin = await self._origin(host, port, tunnel=False)
            if client.server is None or client.server.origin != origin or not client.server.peer.reusable():
                client.leave_server()
                client.server = _Server(await _connect(origin), origin)
            peer = client.server.peer
            target = request.target if origin.upstream else f"{url.pathname}{url.search}".encode()
            headers: Headers = [(b"host", url.host.encode()), *_end_to_end(request.headers, but=b"host")]
            if origin.upstream is not None and origin.upstream.authorization is not None:
                headers.append((b"proxy-authorization", origin.upstream.authorization))
            peer.heard = False
            await peer.send(h11.Request(method=request.method, target=target, headers=headers + _framing(request)))
            sending = asyncio.ensure_future(_pass_on(client, peer))
            try:
                while isinstance(event := await peer.next_event(), h11.InformationalResponse):
                    pass
                if not isinstance(event, h11.Response):
                    raise EOFError
                self._note(host, port, None)
                answered = True
                headers = [*_end_to_end(event.headers), *_framing(event)]
                await client.send(h11.Response(status_code=event.status_code, headers=headers, reason=event.reason))
                await _pass_on(peer, client)
            finally:
                if not sending.done():
                    sending.cancel()
                with suppress(OSError, EOFError, h11.ProtocolError, asyncio.CancelledError):
                    await sending
        except (Refused, Unreachable, h11.RemoteProtocolError, OSError, EOFError) as failure:
            if answered:
                raise
            if isinstance(failure, h11.RemoteProtocolError) and client.server and not client.server.peer.heard:
                failure = EOFError()
            said = failure if isinstance(failure, Refused | Unreachable) else Unreachable(_in_words(failure))
            self._note(host, port, said)
            await client.refuse(403 if isinstance(failure, Refused) else 502)


@dataclass
class _Server:
    peer: "_Peer"
    origin: Origin


class _Peer:
    """One connection and its state in HTTP."""

    def __init__(self, http: Any, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.http, self.reader, self.writer = http, reader, writer
        self.heard = False  # anything, since this was last set
        self.server: _Server | None = None  # where the last plain request of this client went on to

    async def next_event(self) -> Any:
        """Return the next event of h11 that comes from the other side.

        Raises:
            h11.RemoteProtocolError: it speaks no HTTP.
            OSError: the connection broke.
        """
        while (event := self.http.next_event()) is h11.NEED_DATA:
            data = await self.reader.read(_CHUNK)
            self.heard = self.heard or bool(data)
            self.http.receive_data(data)
        return event

    async def send(self, event: Any) -> None:
        """Send an event of h11."""
        if (data := self.http.send(event)) is not None:
            self.writer.write(data)
        await self.writer.drain()

    async def refuse(self, status: int) -> None:
        """Answer with an error. Without a body browsers show a page of their own for it, not one of that server."""
        await self.send(
            h11.Response(status_code=status, headers=[(b"content-length", b"0"), (b"connection", b"close")])
        )
        await self.send(h11.EndOfMessage())
        self.writer.write_eof()
        # What was sent is lost where the other side is still sending when the connection is closed.
        while await self.reader.read(_CHUNK):
            pass

    def reusable(self) -> bool:
        """Return whether another request can be sent, and make ready for it."""
        if self.reader.at_eof() or (self.http.our_state, self.http.their_state) != (h11.DONE, h11.DONE):
            return False
        self.http.start_next_cycle()
        return True

    async def finish(self) -> None:
        """Close when everything has been sent."""
        self.writer.close()
        await self.writer.wait_closed()

    def leave_server(self) -> None:
        """Close the connection to where this client's last plain request went on to."""
        if self.server is not None:
            self.server.peer.abort()
            self.server = None

    def abort(self) -> None:
        """Close at once."""
        transport: Any = self.writer.transport
        transport.abort()


async def _pass_on(source: _Peer, sink: _Peer) -> None:
    """Pass the body of a message on to its end."""
    while True:
        event = await source.next_event()
        if isinstance(event, h11.Data):
            await sink.send(h11.Data(data=event.data))
        elif isinstance(event, h11.EndOfMessage):
            await sink.send(h11.EndOfMessage())
            return
        else:
            raise EOFError


async def _both_ways(one: _Peer, other: _Peer) -> None:
    """Pass bytes on in both directions until both have ended, or one connection breaks."""
    directions = [asyncio.ensure_future(_pour(one, other)), asyncio.ensure_future(_pour(other, one))]
    try:
        await asyncio.gather(*directions)
    finally:
        for direction in directions:
            direction.cancel()


async def _pour(source: _Peer, sink: _Peer) -> None:
    while data := await source.reader.read(_CHUNK):
        sink.writer.write(data)
        await sink.writer.drain()
    sink.writer.write_eof()


async def _connect(origin: Origin, within_tunnel: tuple[str, int] | None = None) -> _Peer:
    """Connect to where a connection is to go, through a tunnel of the proxy in front of it if one is wanted.

    Raises:
        Unreachable: it cannot be had.
    """
    upstream = origin.upstream
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            if upstream is None:
                infos = [_info(address, port) for address, port in origin.addresses]
                connected = await aiohappyeyeballs.start_connection(infos, happy_eyeballs_delay=_NEXT_ADDRESS_SECONDS)
                reader, writer = await asyncio.open_connection(sock=connected, limit=_CHUNK)
            else:
                context = ssl.create_default_context() if upstream.tls else None
                reader, writer = await asyncio.open_connection(upstream.host, upstream.port, ssl=context, limit=_CHUNK)
            peer = _Peer(h11.Connection(h11.CLIENT, _LONGEST_HEAD), reader, writer)
            if upstream is not None and within_tunnel is not None:
                try:
                    await _open_tunnel(peer, upstream, *within_tunnel)
                except BaseException:
                    peer.abort()
                    raise
            return peer
    except TimeoutError as error:
        raise Unreachable("nothing answers there (timed out)") from error
    except (OSError, EOFError, h11.RemoteProtocolError) as error:
        if upstream is not None:
            raise Unreachable(f"the proxy that HTTP_PROXY or HTTPS_PROXY names: {_in_words(error)}") from error
        raise Unreachable(_in_words(error)) from error


async def _open_tunnel(peer: _Peer, upstream: Upstream, host: str, port: int) -> None:
    authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    headers = [(b"host", authority.encode())]
    if upstream.authorization is not None:
        headers.append((b"proxy-authorization", upstream.authorization))
    await peer.send(h11.Request(method=b"CONNECT", target=authority.encode(), headers=headers))
    while isinstance(event := await peer.next_event(), h11.InformationalResponse):
        pass
    status = getattr(event, "status_code", 0)
    if not 200 <= status < 300:
        raise Unreachable(f"the proxy that HTTP_PROXY or HTTPS_PROXY names refused the connection ({status})")


def _info(address: str, port: int) -> Any:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port)


def _host_and_port(authority: bytes) -> tuple[str, int]:
    """Return host and port of CONNECT's target.

    Raises:
        ValueError: it is none.
    """
    host, colon, port = authority.decode("ascii").rpartition(":")
    if not colon or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError("not HOST:PORT")
    return str(ada_url.URL(f"http://{host}/").hostname).strip("[]"), int(port)


def _end_to_end(headers: Any, but: bytes = b"") -> Headers:
    """Return the headers that concern more than one connection, without those of framing."""
    named = {one.strip().lower() for name, value in headers if name == b"connection" for one in value.split(b",")}
    left_out = _HOP_BY_HOP | named | {b"content-length", but}
    return [(name, value) for name, value in headers.raw_items() if name.lower() not in left_out]


def _framing(message: Any) -> Headers:
    """Return the headers that say how long the body of a message is."""
    kept = (b"content-length", b"transfer-encoding")
    return [(name, value) for name, value in message.headers if name in kept]


def _in_words(error: BaseException) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "nothing answers there (connection refused)"
    if isinstance(error, h11.RemoteProtocolError):
        return "what answers there is no web server"
    if isinstance(error, EOFError):
        return "the server answered nothing"
    if isinstance(error, ConnectionError):
        return "the server cut the connection"
    return "its address cannot be reached"
