"""The pipe between this process and the worker: JSON messages, each with its length before it."""

import json
import socket
import struct
from typing import Any

LIMIT = 32 * 1024 * 1024
"""Bytes a message may have; a longer one is not sent, and not read."""

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
    """

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock

    def send(self, message: Message) -> None:
        """Send one message.

        Raises:
            WireError: it is longer than the limit.
            WireClosed: the other side is gone.
        """
        try:
            data = json.dumps(message).encode()
        except RecursionError as error:
            raise WireError("a message that is nested too deeply") from error
        if len(data) > LIMIT:
            raise WireError(f"a message of {len(data)} bytes is over the limit of {LIMIT}")
        self._socket.settimeout(None)
        try:
            self._socket.sendall(_HEAD.pack(len(data)) + data)
        except OSError as error:
            raise WireClosed("the other side is gone") from error

    def receive(self, timeout: float | None = None) -> Message:
        """Return the next message.

        Args:
            timeout: seconds to wait for it to begin, and for each part of it; None waits for ever.

        Raises:
            TimeoutError: none came in time. The wire cannot be used any more if part of one had come.
            WireError: what came is no message.
            WireClosed: the other side is gone.
        """
        self._socket.settimeout(timeout)
        (length,) = _HEAD.unpack(self._read(_HEAD.size))
        if length > LIMIT:
            raise WireError(f"a message of {length} bytes is over the limit of {LIMIT}")
        try:
            message = json.loads(self._read(length))
        except (ValueError, RecursionError) as error:
            raise WireError(f"not JSON: {error}") from error
        if not isinstance(message, dict):
            raise WireError("a message is a JSON object")
        return message

    def close(self) -> None:
        """Close this end."""
        self._socket.close()

    def _read(self, size: int) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            try:
                part = self._socket.recv(min(size - len(parts), 1 << 20))
            except TimeoutError:
                raise
            except OSError as error:
                raise WireClosed("the other side is gone") from error
            if not part:
                raise WireClosed("the other side is gone")
            parts += part
        return bytes(parts)
