"""Heads of answers, as browsers read them: h11 refuses much that they forgive."""

import re

_END = re.compile(rb"\n\r?\n")
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.1
_NO_VALUE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


def end_of_head(data: bytes | bytearray) -> int:
    """Return where the head ends with which `data` begins; 0 where it goes on."""
    found = _END.search(data)
    return found.end() if found else 0


def plain_head(head: bytes) -> bytes:
    """Return the head of an answer without what no browser heeds: lines that are no header, and lengths that are none.

    Args:
        head: from the status to the empty line.
    """
    status, *lines = [line.removesuffix(b"\r") for line in head.split(b"\n")]
    version, _, code = status.partition(b" ")
    kept, names = [status], set()
    for line in lines:
        name, colon, value = line.partition(b":")
        name, value = name.lower(), value.strip(b" \t")
        if not colon or not _NAME.fullmatch(name) or _NO_VALUE.search(value):
            continue
        if name == b"transfer-encoding":
            if version == b"HTTP/1.0" or not value.lower().endswith(b"chunked"):
                continue
            value = b"chunked"
        if name == b"content-length" and not value.isdigit():
            continue
        names.add(name)
        kept.append(name + b": " + value)
    if code.startswith(b"205") and not names & {b"content-length", b"transfer-encoding"}:
        kept.append(b"content-length: 0")  # a body it has not; h11 would wait for the end of the connection
    return b"\r\n".join([*kept, b"", b""])
