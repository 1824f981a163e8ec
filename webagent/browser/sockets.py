"""WebSockets through the proxy, where somebody wants to know what they say, or says it in the place of a server."""

import asyncio
import base64
import hashlib
from collections.abc import Iterable
from contextlib import suppress

import h11
from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, TextMessage
from wsproto.extensions import Extension, PerMessageDeflate
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from webagent.browser import exchange as exchanges
from webagent.browser.exchange import Answer, Exchange
from webagent.browser.peer import CHUNK, Peer

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3
_EACH = 100  # bytes that a part costs beside what it says; empty ones would never come to a limit


def is_socket(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Return whether a request's headers ask for a WebSocket."""
    return any(name == b"upgrade" and value.lower() == b"websocket" for name, value in headers)


class Listener:
    """Reads one direction of a WebSocket as it passes.

    Args:
        sent: whether this direction comes from the page.
        exchange: what is told; past its limit messages are only counted.
    """

    def __init__(self, sent: bool, exchange: Exchange) -> None:
        kind = ConnectionType.SERVER if sent else ConnectionType.CLIENT
        self._connection = Connection(kind, extensions=_agreed(exchange.answer_headers))
        self._sent, self._exchange = sent, exchange
        self._parts: list[str | bytes] = []
        self._size = 0
        self._deaf = False

    def hear(self, data: bytes) -> None:
        """Read bytes. What is no WebSocket ends the listening, not the connection."""
        if self._deaf:
            return
        try:
            self._connection.receive_data(data)
            for event in self._connection.events():
                if isinstance(event, TextMessage | BytesMessage):
                    self._part(event)
                elif isinstance(event, CloseConnection) and not self._sent:
                    self._exchange.closed = int(event.code)
        except (LocalProtocolError, RemoteProtocolError):
            self._deaf = True

    def _part(self, event: TextMessage | BytesMessage) -> None:
        exchange = self._exchange
        self._size += len(event.data) + _EACH
        if exchange.heard + self._size <= exchange.body.limit:
            self._parts.append(event.data if isinstance(event, TextMessage) else bytes(event.data))
        else:
            self._parts.clear()  # a message of any length is none of ours to keep
        if not event.message_finished:
            return
        if exchange.heard + self._size <= exchange.body.limit:
            empty: str | bytes = "" if isinstance(event, TextMessage) else b""
            exchange.messages.append(exchanges.Message(self._sent, empty.join(self._parts), exchange.moment()))  # type: ignore[arg-type]
            exchange.heard += self._size
        else:
            exchange.left_out += 1
        self._parts, self._size = [], 0


def _agreed(headers: exchanges.Headers) -> list[Extension]:
    """Return how messages are compressed, by the answer of the server; empty where they are not."""
    found: list[Extension] = []
    for name, value in headers:
        if name == b"sec-websocket-extensions" and value.strip().lower().startswith(b"permessage-deflate"):
            deflate = PerMessageDeflate()
            with suppress(ValueError, IndexError):  # the browser will not have it either
                deflate.finalize(value.decode("latin-1"))
                found.append(deflate)
    return found


def listeners(exchange: Exchange) -> tuple[Listener, Listener]:
    """Return who listens to the page and who to the server, for an exchange."""
    return Listener(True, exchange), Listener(False, exchange)


async def play(client: Peer, key: bytes, answer: Answer) -> None:
    """Be the server of a recorded WebSocket: say what it said, in answer to as many messages as it had heard then.

    Args:
        client: whose request for a WebSocket has been read.
        key: its `Sec-WebSocket-Key`.
        answer: the recorded one.
    """
    accept = base64.b64encode(hashlib.sha1(key + _MAGIC, usedforsecurity=False).digest())
    headers = [(b"upgrade", b"websocket"), (b"connection", b"Upgrade"), (b"sec-websocket-accept", accept)]
    headers += [(name, value) for name, value in answer.headers if name == b"sec-websocket-protocol"]
    await client.send(h11.InformationalResponse(status_code=101, headers=headers, reason=b"Switching Protocols"))
    connection = Connection(ConnectionType.SERVER, trailing_data=client.http.trailing_data[0])
    left = list(answer.messages or [])
    # wsproto knows by the member alone that no code is to be sent; the number, 1005, it sends as 1000.
    no_code = CloseReason.NO_STATUS_RCVD
    closed = no_code if answer.closed == no_code else answer.closed
    heard = 0
    while True:
        while left and (not left[0].sent or heard):
            message = left.pop(0)
            if message.sent:
                heard -= 1
            else:
                client.writer.write(connection.send(_as_event(message.data)))
        if not left and closed is not None and connection.state is ConnectionState.OPEN:
            client.writer.write(connection.send(CloseConnection(code=closed)))
        await client.writer.drain()
        data = await client.reader.read(CHUNK)
        connection.receive_data(data or None)
        with suppress(RemoteProtocolError, LocalProtocolError):
            for event in connection.events():
                if isinstance(event, TextMessage | BytesMessage) and event.message_finished:
                    heard += 1
                elif isinstance(event, Ping):
                    client.writer.write(connection.send(event.response()))
                elif isinstance(event, CloseConnection):
                    if connection.state is ConnectionState.REMOTE_CLOSING:
                        client.writer.write(connection.send(event.response()))
                    data = b""
        if not data:
            with suppress(OSError, asyncio.CancelledError):
                await client.writer.drain()
            return


def _as_event(data: str | bytes) -> TextMessage | BytesMessage:
    return TextMessage(data=data) if isinstance(data, str) else BytesMessage(data=data)
