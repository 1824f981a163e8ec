"""Bodies without their compression."""

import sys
import zlib
from collections.abc import Callable
from typing import Any

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_MOST_PARTS = 100  # of gzip and zstd; each is copied on, so that many empty ones would take minutes


def unpack(data: bytes, packing: str, limit: int) -> bytes | None:
    """Return `data` unpacked, None where that is more than `limit` bytes. What broke off is unpacked as far as it goes.

    Args:
        data: as it came.
        packing: the value of its content-encoding.
        limit: bytes.

    Raises:
        ValueError: it cannot be unpacked.
    """
    try:
        if packing in ("gzip", "x-gzip"):
            return _parts(lambda: zlib.decompressobj(zlib.MAX_WBITS | 32), data, limit)
        if packing == "deflate":  # some leave out the frame that it should have
            bits = zlib.MAX_WBITS if data[:1] and data[0] & 0x0F == 8 else -zlib.MAX_WBITS
            return _parts(lambda: zlib.decompressobj(bits), data, limit)
        if packing == "zstd":
            return _parts(zstd.ZstdDecompressor, data, limit)
        if packing == "br":
            return _brotli(data, limit)
    except (zlib.error, zstd.ZstdError, brotli.error) as error:
        raise ValueError(str(error)) from error
    raise ValueError(f"packed as {packing}")


def _parts(begin: Callable[[], Any], data: bytes, limit: int) -> bytes | None:
    """Return what one part after another says, each read by what `begin` returns."""
    unpacked = b""
    for _ in range(_MOST_PARTS):
        part = begin()
        unpacked += bytes(part.decompress(data, limit + 1 - len(unpacked)))
        if len(unpacked) > limit:
            return None
        data = part.unused_data
        if not part.eof or not data:
            return unpacked
    raise ValueError("too many parts")


def _brotli(data: bytes, limit: int) -> bytes | None:
    whole = brotli.Decompressor()
    unpacked = bytes(whole.process(data, output_buffer_limit=limit + 1))
    while len(unpacked) <= limit and not whole.can_accept_more_data():
        unpacked += bytes(whole.process(b"", output_buffer_limit=limit + 1 - len(unpacked)))
    return None if len(unpacked) > limit else unpacked
