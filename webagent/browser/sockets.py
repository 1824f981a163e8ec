"""WebSockets through the proxy, where somebody wants to know what they say, or says it in the place of a server."""

import asyncio
import base64
import hashlib
import time
from collections.abc import Callable, Iterable
from contextlib import suppress

import h11
from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, TextMessage
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from webagent.browser import exchange as exchanges
from webagent.browser.exchange import Exchange, Headers
from webagent.browser.peer import CHUNK, Peer

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3


def is_socket(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Return whether a request's headers ask for a WebSocket."""
    return any(name == b"upgrade" and value.lower() == b"websocket" for name, value in headers)


def handshake(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Return a request's headers without its wish to compress: what is said is read on its way."""
    return [(name, value) for name, value in headers if name != b"sec-websocket-extensions"]


class Listener:
    """Reads one direction of a WebSocket as it passes.

    Args:
        sent: whether this direction comes from the page.
        tell: given each message.
    """

    def __init__(self, sent: bool, tell: Callable[[exchanges.Message], None]) -> None:
        self._connection = Connection(ConnectionType.SERVER if sent else ConnectionType.CLIENT)
        self._sent, self._tell = sent, tell
        self._text, self._bytes = "", b""
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
        except (LocalProtocolError, RemoteProtocolError):
            self._deaf = True

    def _part(self, event: TextMessage | BytesMessage) -> None:
        if isinstance(event, TextMessage):
            self._text += event.data
        else:
            self._bytes += bytes(event.data)
        if event.message_finished:
            whole = self._text if isinstance(event, TextMessage) else self._bytes
            self._tell(exchanges.Message(self._sent, whole, time.time()))
            self._text, self._bytes = "", b""


def listeners(exchange: Exchange) -> tuple[Listener, Listener]:
    """Return who listens to the page and who to the server, for an exchange; past its limit neither does."""
    heard = 0

    def tell(message: exchanges.Message) -> None:
        nonlocal heard
        heard += len(message.data)
        if heard <= exchange.body.limit:
            exchange.messages.append(message)

    return Listener(True, tell), Listener(False, tell)


async def play(client: Peer, key: bytes, messages: list[exchanges.Message]) -> None:
    """Be the server of a recorded WebSocket: say what it said, in answer to as many messages as it had heard then.

    Args:
        client: whose request for a WebSocket has been read.
        key: its `Sec-WebSocket-Key`.
        messages: the recorded ones.
    """
    accept = base64.b64encode(hashlib.sha1(key + _MAGIC, usedforsecurity=False).digest())
    headers = [(b"upgrade", b"websocket"), (b"connection", b"Upgrade"), (b"sec-websocket-accept", accept)]
    await client.send(h11.InformationalResponse(status_code=101, headers=headers, reason=b"Switching Protocols"))
    connection = Connection(ConnectionType.SERVER, trailing_data=client.http.trailing_data[0])
    left = list(messages)
    heard = 0
    while True:
        while left and (not left[0].sent or heard):
            message = left.pop(0)
            if message.sent:
                heard -= 1
            else:
                client.writer.write(connection.send(_as_event(message.data)))
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
                    client.writer.write(connection.send(event.response()))
                    data = b""
        if not data:
            with suppress(OSError, asyncio.CancelledError):
                await client.writer.drain()
            return


def _as_event(data: str | bytes) -> TextMessage | BytesMessage:
    return TextMessage(data=data) if isinstance(data, str) else BytesMessage(data=data)
