"""One connection of the proxy: to the browser, to a server, or to the user's own proxy."""

import asyncio
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import aiohappyeyeballs
import h11

from webagent.browser.upstream import Upstream
from webagent.text import one_line

CHUNK = 1 << 16
"""Bytes that are read at once."""
LONGEST_HEAD = 1 << 18
"""Bytes that the head of a message may have; cookies and tokens make long ones."""

_CONNECT_SECONDS = 15.0  # less than a page is given to load, so that the reason is there before that ends
_NEXT_ADDRESS_SECONDS = 0.25
_LAST_WORDS_SECONDS = 5.0  # for the other side to take what it was sent


class Unreachable(Exception):
    """Nothing is to be had from a server; the text says why."""


class NotAsked(Unreachable):
    """Neither a page nor a person wanted it."""


@dataclass(frozen=True)
class Origin:
    """Where a connection is to go."""

    addresses: list[tuple[str, int]]
    """IP address and port, the best first. Of a proxy where there is one: it may be a name then."""
    upstream: Upstream | None = None
    tunnel_to: tuple[str, int] | None = None
    """Host and port that a tunnel of the upstream proxy is wanted to; without such a proxy it changes nothing."""


class Peer:
    """A connection and its state in HTTP.

    Args:
        role: `h11.SERVER` towards a browser, `h11.CLIENT` towards a server.
        reader: of the connection.
        writer: likewise.

    Attributes:
        http: the state.
        heard: whether anything has come since this was last set to False.
    """

    def __init__(self, role: Any, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.http = h11.Connection(role, LONGEST_HEAD)
        self.reader, self.writer = reader, writer
        self.heard = False
        self._held: list[bytes] = []

    async def next_event(self) -> Any:
        """Return the next event of h11 that comes from the other side.

        Raises:
            h11.RemoteProtocolError: it speaks no HTTP.
            OSError: the connection broke.
        """
        while (event := self.http.next_event()) is h11.NEED_DATA:
            data = await self.reader.read(CHUNK)
            self.heard = self.heard or bool(data)
            self.http.receive_data(data)
        return event

    def at_hand(self) -> Any:
        """Return the next event of h11 if it has come already, else `h11.NEED_DATA`.

        Raises:
            h11.RemoteProtocolError: the other side speaks no HTTP.
        """
        return self.http.next_event()

    def hold(self, event: Any) -> None:
        """Send an event of h11 together with what is sent next."""
        if (data := self.http.send(event)) is not None:
            self._held.append(data)

    async def flush(self) -> None:
        """Send what is held."""
        if self._held:
            self.writer.write(b"".join(self._held))
            self._held.clear()
            await self.writer.drain()

    async def send(self, event: Any) -> None:
        """Send an event of h11."""
        self.hold(event)
        await self.flush()

    async def refuse(self, status: int) -> None:
        """Answer with an error. Without a body browsers show a page of their own for it, not one of that server."""
        headers = [(b"content-length", b"0"), (b"connection", b"close")]
        await self.send(h11.Response(status_code=status, headers=headers))
        await self.send(h11.EndOfMessage())
        if self.writer.can_write_eof():
            self.writer.write_eof()
        # What was sent is lost where the other side is still sending when the connection is closed.
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORDS_SECONDS):
                while await self.reader.read(CHUNK):
                    pass

    async def hung_up(self) -> None:
        """Return when the other side is gone, or has sent what is not awaited yet."""
        with suppress(OSError):
            self.http.receive_data(await self.reader.read(CHUNK))

    def reusable(self) -> bool:
        """Return whether another request can be sent, and make ready for it."""
        broken = self.reader.at_eof() or self.reader.exception() is not None or self.writer.is_closing()
        states = (self.http.our_state, self.http.their_state)
        if broken or states not in ((h11.IDLE, h11.IDLE), (h11.DONE, h11.DONE)):
            return False
        if states == (h11.DONE, h11.DONE):
            self.http.start_next_cycle()
        return True

    @property
    def transport(self) -> Any:
        """What `writer` writes to; it changes when TLS begins."""
        return self.writer.transport

    async def begin_tls(self, context: ssl.SSLContext, server: str | None = None) -> None:
        """Go on in TLS, and in a new state of HTTP.

        Args:
            context: for this side of it.
            server: name or address of the other side, where that is a server.

        Raises:
            OSError: it did not come about.
        """
        await self.writer.start_tls(context, server_hostname=server)
        self.begin_anew()

    async def begin_tls_with(self, context: ssl.SSLContext, server: str) -> None:
        """Go on in TLS with the server that a tunnel leads to, and verify it.

        Args:
            context: to verify it with.
            server: its name or address.

        Raises:
            Unreachable: it is not that server, or there is no TLS to be had.
        """
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                await self.begin_tls(context, server)
        except TimeoutError as error:
            raise Unreachable("no secure connection: nothing answers there (timed out)") from error
        except (OSError, UnicodeError) as error:  # the latter: no name that a certificate could have
            said = _of_tls(error) if isinstance(error, ssl.SSLError) else in_words(error)
            raise Unreachable(f"no secure connection: {said}") from error

    def begin_anew(self) -> None:
        """Begin a new state of HTTP: what follows is another conversation."""
        self.http = h11.Connection(self.http.our_role, LONGEST_HEAD)

    async def finish(self) -> None:
        """Close when everything has been taken that was sent, or the other side does not take it."""
        self.writer.close()
        with suppress(OSError):
            async with asyncio.timeout(_LAST_WORDS_SECONDS):
                await self.writer.wait_closed()

    def abort(self) -> None:
        """Close at once."""
        self.transport.abort()


async def connect(origin: Origin) -> Peer:
    """Return a connection to `origin`, through a tunnel of the proxy in front of it if one is wanted.

    Raises:
        Unreachable: it cannot be had.
    """
    upstream = origin.upstream
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            if upstream is None:
                infos = [_info(address, port) for address, port in origin.addresses]
                connected = await aiohappyeyeballs.start_connection(infos, happy_eyeballs_delay=_NEXT_ADDRESS_SECONDS)
                reader, writer = await asyncio.open_connection(sock=connected, limit=CHUNK)
            else:
                context = ssl.create_default_context() if upstream.tls else None
                reader, writer = await asyncio.open_connection(upstream.host, upstream.port, ssl=context, limit=CHUNK)
            peer = Peer(h11.CLIENT, reader, writer)
            try:
                if upstream is not None and origin.tunnel_to is not None:
                    await _open_tunnel(peer, upstream, *origin.tunnel_to)
            except BaseException:
                peer.abort()
                raise
            return peer
    except TimeoutError as error:
        raise Unreachable("nothing answers there (timed out)") from error
    except (OSError, EOFError, h11.RemoteProtocolError) as error:
        if upstream is not None:
            raise Unreachable(f"the proxy that HTTP_PROXY or HTTPS_PROXY names: {in_words(error)}") from error
        raise Unreachable(in_words(error)) from error


def _of_tls(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is not valid ({one_line(error.verify_message, 120)})"
    return one_line(error.reason or "the server ended it", 120).lower().replace("_", " ")


def in_words(error: BaseException) -> str:
    """Return what an error of a connection means."""
    if isinstance(error, ConnectionRefusedError):
        return "nothing answers there (connection refused)"
    if isinstance(error, h11.RemoteProtocolError):
        return "what answers there is no web server"
    if isinstance(error, EOFError):
        return "the server answered nothing"
    if isinstance(error, ConnectionError | ssl.SSLError):
        return "the server cut the connection"
    return "its address cannot be reached"


async def _open_tunnel(peer: Peer, upstream: Upstream, host: str, port: int) -> None:
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
