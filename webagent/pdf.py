"""The text of a PDF, read by pypdf in a process of its own that is limited in memory and time.

PDFium finds words a little better, but it is C++ and has its share of memory errors; the browser keeps it in a sandbox.
pypdf is Python: the worst that a file can have it do is to take for ever, or all the memory it is given.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_GRACE = 2.0  # seconds
_ENDED = {
    "locked": "This PDF is locked with a password, so its text cannot be read",
    "damaged": "This PDF is damaged and cannot be read",
    "memory": "This PDF takes too much memory to be read here",
    "slow": "This PDF takes too long to be read here",
}


class UnreadablePdf(Exception):
    """A file whose text cannot be had; the text says why, without a full stop."""


@dataclass(frozen=True)
class PdfText:
    """Some pages of a PDF. All of it comes from the file: it is data."""

    pages: int
    """How many the whole file has."""
    texts: dict[int, str | None]
    """By the page's number, from 1, in a row: what it says, "" for nothing; None where that page is damaged."""
    slow: bool
    """The page after these took too long."""


def read_pdf(data: bytes, first: int = 1, chars: int = 10_000, seconds: float = 8.0) -> PdfText:
    """Return what pages of a PDF say, from `first` on.

    Args:
        data: the file.
        first: number of the first page to read, from 1.
        chars: after so many characters no further page is read.
        seconds: nor after so many; a page that has been begun may take 2 more.

    Raises:
        UnreadablePdf: it is no PDF, or is damaged, locked, too large or too slow.
    """
    if b"%PDF-" not in data[:1024]:
        raise UnreadablePdf("This file is no PDF, whatever it is called")
    where = find_spec("pypdf")
    assert where is not None and where.origin is not None
    told = {"first": first, "chars": chars, "seconds": seconds, "packages": str(Path(where.origin).parent.parent)}
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-X", "utf8", str(Path(__file__).with_name("pdf_child.py"))],
            input=json.dumps(told).encode() + b"\n" + data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds + _GRACE,
            check=False,
            env={},
            cwd="/",
        )
        said, ended = done.stdout, None if done.returncode == 0 else "damaged"
    except subprocess.TimeoutExpired as late:
        said, ended = late.output or b"", "slow"
    return _text_of(said, ended, first)


def _text_of(said: bytes, ended: str | None, first: int) -> PdfText:
    """Return what the process said; `ended` is why it did not come to its end."""
    pages: int | None = None
    texts: dict[int, str | None] = {}
    for line in said.split(b"\n"):
        message = _message(line)
        if "pages" in message:
            pages = message["pages"]
        elif "page" in message:
            texts[message["page"]] = message["text"]
        elif "error" in message:
            ended = message["error"]
    if pages is None or (ended and not texts and first <= pages):
        raise UnreadablePdf(_ENDED[ended or "damaged"])
    return PdfText(pages, texts, slow=ended is not None)


def _message(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except ValueError:  # it was ended in the middle of it
        return {}
    return message if isinstance(message, dict) else {}
