"""An HTTP/1.1 proxy on asyncio: tunnels, which are passed on untouched, and plain requests."""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Protocol

import ada_url
import h11

from webagent.browser.exchange import Asked, Exchange, Headers
from webagent.browser.interception import Interception, begins_tls
from webagent.browser.peer import CHUNK, NotAsked, Origin, Peer, Unreachable, connect, in_words
from webagent.browser.reach import Refused
from webagent.browser.sockets import Listener, handshake, is_socket, listeners, play

_MOST_CLIENTS = 400  # a browser opens 32 to a proxy, WebSockets up to 255 more; each may hold two descriptors
_LINGER_SECONDS = 10.0  # for one direction of a tunnel when the other has ended; browsers end both at once
# They concern one connection alone (RFC 9110, 7.6.1).
_HOP_BY_HOP = {
    b"connection", b"keep-alive", b"proxy-connection", b"proxy-authenticate", b"proxy-authorization", b"te", b"trailer",
    b"transfer-encoding", b"upgrade", b"expect",
}  # fmt: skip
_SAFE = {b"GET", b"HEAD", b"OPTIONS"}
_TARGET = re.compile(rb"http://([^/?#\\@\s]+)(/[^#\s]*|\?[^#\s]*)?", re.IGNORECASE)


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
        interception: with it, what is encrypted is seen into: to be recorded, or answered without a network.
    """

    def __init__(self, origin: FindOrigin, note: Note, interception: Interception | None = None) -> None:
        self._origin, self._note = origin, note
        self._interception = interception
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
            await self._serve(client)
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

    async def _serve(self, client: "_Client") -> None:
        """Serve requests until there are no more."""
        while isinstance(event := await client.next_event(), h11.Request):
            if event.method == b"CONNECT" and client.tunnel is None:
                await self._tunnel(client, event)
                break
            await self._forward(client, event)
            if (client.http.our_state, client.http.their_state) != (h11.DONE, h11.DONE):
                break
            client.http.start_next_cycle()

    async def _tunnel(self, client: "_Client", request: h11.Request) -> None:
        try:
            host, port = _host_and_port(request.target)
        except ValueError:
            await client.refuse(400)
            return
        seen = self._interception
        try:
            origin = replace(await self._origin(host, port, tunnel=True), tunnel_to=(host, port))
            server = await connect(origin) if seen is None or seen.answers is None else None
        except (Refused, Unreachable) as failure:
            self._no_tunnel(host, port, failure)
            await client.refuse(403 if isinstance(failure, Refused) else 502)
            return
        self._note(host, port, None)
        try:
            if seen is not None:
                client.transport.pause_reading()  # how it begins is looked at before it is read
            await client.send(h11.Response(status_code=200, headers=[], reason=b"Connection established"))
            if seen is not None:
                await self._see_into(client, origin, server, seen)
                return
            assert server is not None
            early, _ = client.http.trailing_data
            server.writer.write(early)
            first, _ = server.http.trailing_data
            client.writer.write(first)
            await _both_ways(client, server)
            await server.finish()
        finally:
            if server is not None:
                server.abort()

    async def _see_into(self, client: "_Client", origin: Origin, server: Peer | None, seen: Interception) -> None:
        """Serve the requests within a tunnel. What is not TLS in it is the handshake of a WebSocket."""
        assert origin.tunnel_to is not None
        host, port = origin.tunnel_to
        secure = await begins_tls(client.writer.transport)
        if secure:
            if server is not None and seen.client_context is not None:
                origin = replace(origin, tls=seen.client_context)
                try:
                    await server.begin_tls_with(origin)
                except Unreachable as failure:
                    self._no_tunnel(host, port, failure)
                    return
            await client.begin_tls(seen.server_context)
        else:
            client.transport.resume_reading()
            client.begin_anew()
        client.tunnel = _Tunnel(origin, host, port, secure=secure)
        client.keep(origin, server)
        await self._serve(client)

    def _no_tunnel(self, host: str, port: int, failure: Refused | Unreachable) -> None:
        self._note(host, port, failure)
        if self._interception is not None and not isinstance(failure, NotAsked):
            with self._interception.watched("CONNECT", f"https://{_authority(host, port, 443)}", []) as exchange:
                _failed(exchange, failure)

    async def _forward(self, client: "_Client", request: h11.Request) -> None:
        """Pass one request on, and its response back."""
        try:
            tunnel = client.tunnel
            target = _split(request.target) if tunnel is None else tunnel.target(request)
        except ValueError:
            await client.refuse(400)
            return
        seen = self._interception
        if seen is None:
            await self._answer_request(client, request, target)
            return
        socket = is_socket(request.headers)
        with seen.watched(request.method.decode(), target.url(socket), list(request.headers)) as client.exchange:
            await self._answer_request(client, request, target, socket=socket)

    async def _answer_request(
        self, client: "_Client", request: h11.Request, target: "_Target", *, socket: bool = False
    ) -> None:
        seen = self._interception
        try:
            if seen is not None and seen.answers is not None:
                if client.tunnel is None:
                    await self._origin(target.host, target.port, tunnel=False)
                await _answer_from(seen, client, request, target, socket=socket)
            elif socket and client.tunnel is not None:
                await self._pass_socket(client, request)
            else:
                await self._pass_on(client, request, target)
            self._note(target.host, target.port, None)
        except (Refused, Unreachable) as failure:
            self._note(target.host, target.port, failure)
            _failed(client.exchange, failure)
            await client.refuse(403 if isinstance(failure, Refused) else 502)

    async def _pass_on(self, client: "_Client", request: h11.Request, target: "_Target") -> None:
        if client.tunnel is None:
            origin = await self._origin(target.host, target.port, tunnel=False)
        else:
            origin = client.tunnel.origin
        upstream = origin.upstream if client.tunnel is None else None
        asked = target.path if upstream is None else b"http://" + target.authority + target.path
        headers: Headers = [(b"host", target.authority), *_end_to_end(request.headers, but=b"host")]
        if upstream is not None and upstream.authorization is not None:
            headers.append((b"proxy-authorization", upstream.authorization))
        if self._interception is not None:
            headers = self._interception.as_asked(headers)
        headers += _framing(request.headers)
        await self._ask(client, h11.Request(method=request.method, target=asked, headers=headers), origin)

    async def _pass_socket(self, client: "_Client", request: h11.Request) -> None:
        """Pass the request for a WebSocket on, and what is said on it both ways."""
        assert client.tunnel is not None
        await client.go_to(client.tunnel.origin)
        server, exchange = client.server, client.exchange
        await server.send(h11.Request(method=request.method, target=request.target, headers=handshake(request.headers)))
        await server.send(h11.EndOfMessage())
        while isinstance(await client.next_event(), h11.Data):
            pass
        try:
            event = await server.next_event()
        except (OSError, h11.RemoteProtocolError) as error:
            raise Unreachable(in_words(error)) from error
        if not isinstance(event, h11.InformationalResponse) or event.status_code != 101:
            await _answer(server, client, event)
            return
        await client.send(event)
        if exchange is not None:
            exchange.answered(101, event.reason, list(event.headers))
        from_page, from_server = listeners(exchange) if exchange is not None else (None, None)
        for listener, source, sink in ((from_page, client, server), (from_server, server, client)):
            data, _ = source.http.trailing_data
            sink.writer.write(data)
            if listener is not None:
                listener.hear(data)
        await _both_ways(client, server, from_page, from_server)

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
    tunnel: "_Tunnel | None" = None
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

    def keep(self, origin: Origin, server: Peer | None) -> None:
        """Use a connection that there is already for the next request."""
        if server is not None:
            self._server = (origin, server)

    def leave_server(self) -> None:
        if self._server is not None:
            self._server[1].abort()
            self._server = None


@dataclass(frozen=True)
class _Target:
    """What a request asks for."""

    scheme: str
    host: str
    port: int
    authority: bytes
    path: bytes

    def url(self, socket: bool = False) -> str:
        scheme = self.scheme.replace("http", "ws") if socket else self.scheme
        authority = _authority(self.host, self.port, 443 if self.scheme == "https" else 80)
        return f"{scheme}://{authority}{self.path.decode('latin-1')}"


@dataclass(frozen=True)
class _Tunnel:
    """A tunnel that is seen into."""

    origin: Origin
    host: str
    port: int
    secure: bool

    def target(self, request: h11.Request) -> _Target:
        """Return what a request within it asks for.

        Raises:
            ValueError: it asks for something elsewhere.
        """
        if not request.target.startswith(b"/"):
            raise ValueError("not a path")
        authority = next((value for name, value in request.headers if name == b"host"), self.host.encode())
        return _Target("https" if self.secure else "http", self.host, self.port, authority, request.target)


def _failed(exchange: Exchange | None, failure: Refused | Unreachable) -> None:
    if exchange is not None:
        exchange.fail("refused" if isinstance(failure, Refused) else "unreachable", failure)


async def _answer_from(
    seen: Interception, client: "_Client", request: h11.Request, target: _Target, *, socket: bool
) -> None:
    """Answer a request in the place of a network."""
    body = b""
    while isinstance(event := await client.next_event(), h11.Data):
        body += event.data
    assert seen.answers is not None
    headers = list(request.headers)
    answer = seen.answers.answer(Asked(request.method.decode(), target.url(socket), headers, body))
    if answer.messages is not None:
        key = next((value for name, value in headers if name == b"sec-websocket-key"), b"")
        await play(client, key, answer.messages)
        return
    bare = request.method == b"HEAD" or answer.status in (204, 304)
    framing = [] if bare else [(b"content-length", str(len(answer.body)).encode())]
    sent = [*_end_to_end(answer.headers), *framing]
    await client.send(h11.Response(status_code=answer.status, headers=sent, reason=answer.reason.encode("latin-1")))
    if not bare:
        await client.send(h11.Data(data=answer.body))
    await client.send(h11.EndOfMessage())


async def _answer(server: Peer, client: "_Client", event: Any = None) -> None:
    exchange = client.exchange
    try:
        while event is None or isinstance(event, h11.InformationalResponse):
            event = await server.next_event()
        if not isinstance(event, h11.Response):
            raise EOFError
    except (OSError, EOFError, h11.RemoteProtocolError) as error:
        silent = isinstance(error, h11.RemoteProtocolError) and not server.heard
        raise _NoAnswer(in_words(EOFError() if silent else error)) from error
    headers = [*_end_to_end(event.headers), *_framing(event.headers)]
    if exchange is not None:
        exchange.answered(event.status_code, event.reason, list(event.headers))
    await client.send(h11.Response(status_code=event.status_code, headers=headers, reason=event.reason))
    while isinstance(event := await server.next_event(), h11.Data):
        if exchange is not None:
            exchange.body.add(bytes(event.data))
        await client.send(h11.Data(data=event.data))
    if not isinstance(event, h11.EndOfMessage):
        raise EOFError
    await client.send(h11.EndOfMessage())


async def _upload(client: "_Client", server: Peer) -> None:
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


async def _both_ways(
    client: Peer, server: Peer, to_server: Listener | None = None, to_client: Listener | None = None
) -> None:
    """Pass bytes on in both directions until both have ended, or the one that is left has had its time."""
    ways = ((client, server, to_server), (server, client, to_client))
    directions = {asyncio.ensure_future(_pour(*way)) for way in ways}
    try:
        done, left = await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
        if left and all(one.exception() is None for one in done):
            await asyncio.wait(left, timeout=_LINGER_SECONDS)
    finally:
        for direction in directions:
            direction.cancel()
        await asyncio.gather(*directions, return_exceptions=True)


async def _pour(source: Peer, sink: Peer, listener: Listener | None) -> None:
    while data := await source.reader.read(CHUNK):
        if listener is not None:
            listener.hear(data)
        sink.writer.write(data)
        await sink.writer.drain()
    if sink.writer.can_write_eof():
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


def _authority(host: str, port: int, usual: int) -> str:
    """Return host and port as a url has them."""
    host = f"[{host}]" if ":" in host else host
    return host if port == usual else f"{host}:{port}"


def _split(target: bytes) -> _Target:
    """Return what a plain request's target asks for; the path is left as it was written.

    Raises:
        ValueError: it is none.
    """
    found = _TARGET.fullmatch(target)
    if found is None:
        raise ValueError("not an http address")
    url = ada_url.URL(f"http://{found[1].decode('ascii')}/")
    path = found[2] or b"/"
    path = path if path[:1] == b"/" else b"/" + path
    return _Target("http", url.hostname.strip("[]"), int(url.port or 80), url.host.encode(), path)


def _end_to_end(headers: Any, but: bytes = b"") -> Headers:
    """Return the headers that concern more than one connection, without those of framing."""
    named = {one.strip().lower() for name, value in headers if name == b"connection" for one in value.split(b",")}
    left_out = _HOP_BY_HOP | named | {b"content-length", but}
    raw = headers.raw_items() if hasattr(headers, "raw_items") else headers
    return [(name, value) for name, value in raw if name.lower() not in left_out]


def _framing(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Return the headers that say how long the body of a message is."""
    return [(name, value) for name, value in headers if name in (b"content-length", b"transfer-encoding")]
