"""Bodies without their compression."""

import zlib

_MOST_MEMBERS = 100  # of gzip; each is copied on, so that many empty ones would take minutes


def unpack(data: bytes, packing: str, limit: int) -> bytes | None:
    """Return `data` unpacked, None where that is more than `limit` bytes. What broke off is unpacked as far as it goes.

    Args:
        data: as it came.
        packing: the value of its content-encoding.
        limit: bytes.

    Raises:
        ValueError: it cannot be unpacked.
    """
    if packing not in ("gzip", "x-gzip", "deflate"):
        raise ValueError(f"packed as {packing}")
    bits = -zlib.MAX_WBITS if packing == "deflate" and data[:1] and data[0] & 0x0F != 8 else zlib.MAX_WBITS | 32
    unpacked = b""
    try:
        for _ in range(_MOST_MEMBERS):
            one = zlib.decompressobj(bits)
            unpacked += one.decompress(data, limit + 1 - len(unpacked))
            if len(unpacked) > limit:
                return None
            data = one.unused_data
            if not one.eof or not data:
                return unpacked
    except zlib.error as error:
        raise ValueError(str(error)) from error
    raise ValueError("too many parts")
