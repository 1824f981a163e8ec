"""WebSockets through the proxy, where somebody wants to know what they say, or says it in the place of a server."""

import asyncio
import base64
import hashlib
import zlib
from collections.abc import Iterable
from contextlib import suppress

import h11
from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, TextMessage
from wsproto.extensions import Extension
from wsproto.frame_protocol import CloseReason, FrameDecoder, FrameProtocol, Opcode, RsvBits
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from webagent.browser import exchange as exchanges
from webagent.browser.exchange import Answer, Exchange
from webagent.browser.peer import CHUNK, Peer

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3
_AT_ONCE = 1 << 20  # bytes that are unpacked
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
        self._connection = Connection(kind, extensions=_agreed(exchange))
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
                elif isinstance(event, CloseConnection) and self._connection.state is ConnectionState.OPEN:
                    self._go_deaf()  # by this wsproto says that it cannot read on
                elif isinstance(event, CloseConnection) and not self._sent:
                    self._exchange.closed = int(event.code)
        except (LocalProtocolError, RemoteProtocolError):
            self._go_deaf()

    def _go_deaf(self) -> None:
        self._deaf = True
        self._exchange.left_out += 1

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


class _Inflate(Extension):
    """Compression of messages (RFC 7692), read and never written: whatever was agreed on, the widest window reads it.

    wsproto's own takes a ping between two parts of a message for the end of it, and unpacks without a limit.

    Args:
        limit: bytes of a part that anybody wants; what is more is read and dropped.
    """

    name = "permessage-deflate"

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._begin()
        self._compressed = self._control = False

    def _begin(self) -> None:
        self._inflate, self._fresh = zlib.decompressobj(-zlib.MAX_WBITS), True

    def enabled(self) -> bool:
        """Return that messages may be compressed."""
        return True

    def offer(self) -> bool | str:
        """Return that none is asked for: the browser has asked."""
        return False

    def frame_inbound_header(
        self, proto: FrameDecoder | FrameProtocol, opcode: Opcode, rsv: RsvBits, payload_length: int
    ) -> CloseReason | RsvBits:
        """Note whether the message is compressed: its first part says so."""
        self._control = opcode.iscontrol()
        if not self._control and opcode is not Opcode.CONTINUATION:
            self._compressed = rsv.rsv1
        return RsvBits(True, False, False)

    def frame_inbound_payload_data(self, proto: FrameDecoder | FrameProtocol, data: bytes) -> bytes | CloseReason:
        """Return what a part says."""
        return self._unpacked(bytes(data)) if self._compressed and not self._control else data

    def frame_inbound_complete(self, proto: FrameDecoder | FrameProtocol, fin: bool) -> bytes | CloseReason | None:
        """Return what is left of a message."""
        if not fin or not self._compressed or self._control or self._fresh:  # the last: it has ended by itself
            return None
        return self._unpacked(b"\x00\x00\xff\xff")

    def _unpacked(self, data: bytes) -> bytes | CloseReason:
        kept, part = bytearray(), b""
        try:
            while data or len(part) == _AT_ONCE:  # what did not find room is held back
                part, self._fresh = self._inflate.decompress(data, _AT_ONCE), False
                kept += part[: max(0, self._limit + 1 - len(kept))]
                data = self._inflate.unconsumed_tail
                if self._inflate.eof:
                    data = self._inflate.unused_data
                    self._begin()
        except zlib.error:
            return CloseReason.INVALID_FRAME_PAYLOAD_DATA
        return bytes(kept)


def _agreed(exchange: Exchange) -> list[Extension]:
    """Return how messages are compressed, by the answer of the server; empty where they are not."""
    said = [value.strip().lower() for name, value in exchange.answer_headers if name == b"sec-websocket-extensions"]
    return [_Inflate(exchange.body.limit)] if any(b"permessage-deflate" in one for one in said) else []


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
