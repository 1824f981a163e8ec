"""The pipe between this process and the worker: JSON messages, each with its length before it."""

import json
import socket
import struct
import time
from typing import Any

from webagent.text import well_formed

LIMIT = 32 * 1024 * 1024
"""Bytes a message may have; a longer one is not sent, and not read."""
UP_LIMIT = 2 * 1024 * 1024
"""The same for messages of the worker: what JSON is written in takes up to sixty times as much when it is read."""
PRINT_LIMIT = 20_000
"""Characters of printed and of returned text that the worker sends up, and that are taken from it."""

_HEAD = struct.Struct(">I")

Message = dict[str, Any]


class WireError(Exception):
    """The other side sent what is no message, or one over the limit."""


class WireClosed(WireError):
    """The other side is gone."""


class Wire:
    """One end of the pipe.

    Args:
        sock: a connected stream socket; it is closed with the wire.
        sends: bytes that a message may have which is sent.
        receives: bytes that one may have which is read.
    """

    def __init__(self, sock: socket.socket, *, sends: int = LIMIT, receives: int = LIMIT) -> None:
        self._socket, self._sends, self._receives = sock, sends, receives

    def send(self, message: Message, timeout: float | None = None) -> None:
        """Send one message.

        Args:
            message: what JSON can hold.
            timeout: seconds within which the other side must have taken it; None waits for ever.

        Raises:
            TimeoutError: it was not taken in time. The wire cannot be used any more.
            WireError: it is longer than the limit, or JSON cannot hold it. Nothing was sent.
            WireClosed: the other side is gone.
        """
        try:
            data = json.dumps(message).encode()
        except (TypeError, ValueError, RecursionError) as error:
            raise WireError(f"not JSON: {error}") from error
        if len(data) > self._sends:
            raise WireError(f"a message of {len(data)} bytes is over the limit of {self._sends}")
        self._socket.settimeout(timeout)
        try:
            self._socket.sendall(_HEAD.pack(len(data)) + data)
        except TimeoutError:
            raise
        except OSError as error:
            raise WireClosed("the other side is gone") from error

    def receive(self, timeout: float | None = None) -> Message:
        """Return the next message.

        Args:
            timeout: seconds within which it must be here; None waits for ever.

        Raises:
            TimeoutError: it was not. The wire cannot be used any more if part of it was.
            WireError: what came is no message.
            WireClosed: the other side is gone.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        (length,) = _HEAD.unpack(self._read(_HEAD.size, deadline))
        if length > self._receives:
            raise WireError(f"a message of {length} bytes is over the limit of {self._receives}")
        data = self._read(length, deadline)
        try:
            # As text: from bytes json would guess the encoding, and let half characters through in UTF-8's guise.
            message = json.loads(data.decode())
            if rb"\ud" in data.lower():  # half a character, perhaps, which neither a file nor a server takes
                message = json.loads(well_formed(json.dumps(message, ensure_ascii=False)))
        except (ValueError, RecursionError) as error:
            raise WireError(f"not JSON: {error}") from error
        if not isinstance(message, dict):
            raise WireError("a message is a JSON object")
        return message

    def close(self) -> None:
        """Close this end."""
        self._socket.close()

    def _read(self, size: int, deadline: float | None) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            if deadline is None:
                self._socket.settimeout(None)
            else:  # for all the parts together: one that comes in drops would never be late
                self._socket.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                part = self._socket.recv(min(size - len(parts), 1 << 20))
            except TimeoutError:
                raise
            except OSError as error:
                raise WireClosed("the other side is gone") from error
            if not part:
                raise WireClosed("the other side is gone")
            parts += part
            if deadline is not None and len(parts) < size and time.monotonic() > deadline:
                raise TimeoutError
        return bytes(parts)
