"""An HTTP/1.1 proxy on asyncio: tunnels, which are passed on untouched, and plain requests."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Protocol

import h11

from webagent.browser.exchange import Answers, Asked, Exchange, Headers
from webagent.browser.follower import Follower
from webagent.browser.interception import Interception, begins_tls
from webagent.browser.passing import Client, NoAnswer, answer, both_ways, end_to_end, framing, listen, upload
from webagent.browser.peer import NotAsked, Origin, Peer, Unreachable, connect, in_words
from webagent.browser.reach import Refused
from webagent.browser.sockets import is_socket, play
from webagent.browser.targets import Target, Tunnel, authority_of, host_and_port, split
from webagent.text import one_line

_MOST_CLIENTS = 400  # a browser opens 32 to a proxy, WebSockets up to 255 more; each may hold two descriptors
_LONGEST_BODY = 100_000_000  # bytes of a request that is answered from a recording
_SAFE = {b"GET", b"HEAD", b"OPTIONS"}


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
        if self._interception is not None:
            self._interception.end()
        await asyncio.sleep(0)  # connections are closed in the next round

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        client = Client(h11.SERVER, reader, writer)
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

    async def _serve(self, client: Client) -> None:
        """Serve requests until there are no more."""
        while isinstance(event := await client.next_event(), h11.Request):
            if event.method == b"CONNECT" and client.tunnel is None:
                await self._tunnel(client, event)
                break
            await self._forward(client, event)
            if (client.http.our_state, client.http.their_state) != (h11.DONE, h11.DONE):
                break
            client.http.start_next_cycle()

    async def _tunnel(self, client: Client, request: h11.Request) -> None:
        try:
            host, port = host_and_port(request.target)
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
        if seen is None:
            self._note(host, port, None)  # else it is the requests within that tell
        try:
            if seen is not None:
                client.transport.pause_reading()  # how it begins is looked at before it is read
            await client.send(h11.Response(status_code=200, headers=[], reason=b"Connection established"))
            if seen is not None:
                await self._see_into(client, host, port, server, seen)
                return
            assert server is not None
            early, _ = client.http.trailing_data
            server.writer.write(early)
            first, _ = server.http.trailing_data
            client.writer.write(first)
            await both_ways(client, server)
            await server.finish()
        finally:
            if server is not None:
                server.abort()

    async def _see_into(self, client: Client, host: str, port: int, server: Peer | None, seen: Interception) -> None:
        """Serve the requests within a tunnel. What is not TLS in it is the handshake of a WebSocket."""
        secure, failure = await begins_tls(client.writer.transport), None
        if not secure:
            client.transport.resume_reading()
            client.begin_anew()
        elif server is None or seen.client_context is None:
            await client.begin_tls(seen.server_context)
        else:
            there = asyncio.ensure_future(server.begin_tls_with(seen.client_context, host))
            try:
                await client.begin_tls(seen.server_context)
                await there
            except Unreachable as error:
                server, failure = None, error  # told in answer to each request, where a browser can show it
            finally:
                there.cancel()
        tunnel = Tunnel(host, port, secure, failure)
        if server is None:
            client.tunnel = tunnel
            await self._serve(client)
            return
        self._note(host, port, None)
        await both_ways(client, server, Follower(tunnel, seen))
        await server.finish()

    def _no_tunnel(self, host: str, port: int, failure: Refused | Unreachable) -> None:
        self._note(host, port, failure)
        if self._interception is not None and not isinstance(failure, NotAsked):
            with self._interception.watched("CONNECT", f"https://{authority_of(host, port, 443)}", []) as exchange:
                _failed(exchange, failure)

    async def _forward(self, client: Client, request: h11.Request) -> None:
        """Pass one request on, and its response back."""
        try:
            tunnel = client.tunnel
            target = split(request.target) if tunnel is None else tunnel.target(request)
        except ValueError:
            await client.refuse(400)
            return
        seen = self._interception
        if seen is None:
            await self._answer_request(client, request, target)
            return
        socket = is_socket(request.headers)
        with seen.watched(request.method.decode(), target.url(socket=socket), list(request.headers)) as client.exchange:
            await self._answer_request(client, request, target, socket=socket)

    async def _answer_request(
        self, client: Client, request: h11.Request, target: Target, *, socket: bool = False
    ) -> None:
        seen = self._interception
        try:
            if seen is not None and seen.answers is not None:
                if client.tunnel is None:
                    await self._origin(target.host, target.port, tunnel=False)
                await _answer_from(seen.answers, client, request, target.url(socket=socket))
            elif client.tunnel is not None and client.tunnel.failure is not None:
                raise client.tunnel.failure
            else:
                await self._pass_on(client, request, target)
            self._note(target.host, target.port, None)
        except (Refused, Unreachable) as failure:
            self._note(target.host, target.port, failure)
            _failed(client.exchange, failure)
            await client.refuse(403 if isinstance(failure, Refused) else 502)

    async def _pass_on(self, client: Client, request: h11.Request, target: Target) -> None:
        origin = await self._origin(target.host, target.port, tunnel=False)
        upstream = origin.upstream
        asked = target.path if upstream is None else b"http://" + target.authority + target.path
        headers: Headers = [(b"host", target.authority), *end_to_end(request.headers, but=b"host")]
        if upstream is not None and upstream.authorization is not None:
            headers.append((b"proxy-authorization", upstream.authorization))
        headers += framing(request.headers)
        await self._ask(client, h11.Request(method=request.method, target=asked, headers=headers), origin)

    async def _ask(self, client: Client, asked: h11.Request, origin: Origin) -> None:
        """Send a request to a server and its answer to the client.

        Raises:
            Unreachable: nothing was answered.
            OSError, EOFError, h11.ProtocolError: the client is gone, or the answer broke off.
        """
        reused = await client.go_to(origin)
        try:
            await self._exchange(client, asked)
        except NoAnswer as failure:
            # A server may close a connection that it kept at the very moment it is used again.
            if not reused or client.heard_server:
                raise Unreachable(str(failure)) from failure
            if asked.method not in _SAFE or framing(asked.headers):
                raise EOFError from failure  # the browser knows when to send such a request again: it hears as little
            client.leave_server()
            await client.go_to(origin)
            try:
                await self._exchange(client, asked, again=True)
            except NoAnswer as again:
                raise Unreachable(str(again)) from again

    async def _exchange(self, client: Client, asked: h11.Request, *, again: bool = False) -> None:
        server = client.server
        server.heard = False
        try:
            await server.send(asked)
        except OSError as error:
            raise NoAnswer(in_words(error)) from error
        answering = asyncio.ensure_future(answer(server, client))
        listening = asyncio.ensure_future(listen(client, server) if again else upload(client, server))
        try:
            await asyncio.wait({answering, listening}, return_when=asyncio.FIRST_COMPLETED)
            if not answering.done():
                raise EOFError  # nobody waits for the answer any more
            await answering
        finally:
            for one in (answering, listening):
                one.cancel()
            await asyncio.gather(answering, listening, return_exceptions=True)


def _failed(exchange: Exchange | None, failure: Refused | Unreachable) -> None:
    if exchange is not None:
        exchange.fail("refused" if isinstance(failure, Refused) else "unreachable", failure)


async def _answer_from(answers: Answers, client: Client, request: h11.Request, url: str) -> None:
    """Answer a request in the place of a network."""
    parts, size = list[bytes](), 0
    while isinstance(event := await client.next_event(), h11.Data):
        parts.append(bytes(event.data))
        size += len(event.data)
        if size > _LONGEST_BODY:
            raise Unreachable("more was sent than a recording can hold")
    headers = list(request.headers)
    try:
        found = answers.answer(Asked(request.method.decode(), url, headers, b"".join(parts)))
    except (Refused, Unreachable):
        raise
    except Exception as error:
        raise Unreachable(f"the recorded answer cannot be used: {one_line(error, 100)}") from error
    if found.messages is not None:
        key = next((value for name, value in headers if name == b"sec-websocket-key"), b"")
        await play(client, key, found)
        return
    if found.status:
        bare = request.method == b"HEAD" or found.status in (204, 304)
        length = [] if bare or found.end != "whole" else [(b"content-length", str(len(found.body)).encode())]
        sent = [*end_to_end(found.headers, keep_length=bare), *length]
        client.hold(h11.Response(status_code=found.status, headers=sent, reason=found.reason.encode("ascii")))
        if not bare:
            client.hold(h11.Data(data=found.body))
        await client.flush()
        if found.end == "whole":
            await client.send(h11.EndOfMessage())
            return
    if found.end == "broken":
        raise EOFError
    await client.hung_up()  # a stream, or an answer that the page did not wait for: it never ends
