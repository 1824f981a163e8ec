"""A tab that shows a PDF: its file, and what stands in it."""

import base64
import binascii
import time

from selenium.webdriver.remote.webdriver import WebDriver

from webagent.pdf import PdfText, UnreadablePdf, read_pdf
from webagent.text import clean, well_formed
from webagent.tools.place import describe_page
from webagent.tools.reading import ask

MOST_BYTES = 20_000_000
"""Bytes that a file may have which is read."""
_PIECE = 3_000_000
_FETCH_SECONDS = 20.0
_NO_TEXT = "(no text: a scan or a picture)"


def document_kind(driver: WebDriver) -> str:
    """Return the content type of the document in focus; "" where the page does not say."""
    kind = ask(driver, "document_kind").get("kind")
    return kind if isinstance(kind, str) else ""


def pdf_part(driver: WebDriver, first: int, start: int, most: int) -> str:
    """Return the text of the PDF in focus from a page on, under a line that says which part it is.

    Args:
        driver: a driver, its focus on a document that is a PDF.
        first: the page to begin at, from 1.
        start: characters of it to pass over.
        most: most characters to return.

    Raises:
        ValueError: there is no such page, or it has fewer characters.
        RuntimeError: the file cannot be had, or cannot be read.
    """
    try:
        found = read_pdf(_file(driver), first, start + most)
    except UnreadablePdf as error:
        raise RuntimeError(f"{error}: the picture is what there is.") from None
    counted = "1 page" if found.pages == 1 else f"{found.pages} pages"
    title = f"PDF {describe_page(driver)} of {counted}"
    if first > found.pages:
        raise ValueError(f"This PDF has {counted}: take page from 1 to {found.pages}.")
    if not any(found.texts.values()):
        last = max(found.texts)
        which = f"page {first} has" if last == first else f"pages {first} to {last} have"
        return (
            f"{title}: {which} no text, so it is a scan, or a picture: look at the screenshot instead. After a "
            "click on the page the key PAGE_DOWN shows more of it."
        )
    return _part(title, found, start, most)


def _part(title: str, found: PdfText, start: int, most: int) -> str:
    text, begins = "", {}
    for page, said in found.texts.items():
        words = "(this page is damaged)" if said is None else _tidy(said) or _NO_TEXT
        begins[page] = len(text)
        text += f"## Page {page}\n\n{words}\n\n"
    text = text.rstrip()
    if start >= len(text):
        raise ValueError(
            f"From that page on {len(text)} characters were read: take a smaller from_char, or a later page."
        )
    end = min(start + most, len(text))
    shown = [page for page, at in begins.items() if at < end]
    since = max(page for page, at in begins.items() if at <= start)
    last, rest = shown[-1], ""
    ends = begins.get(last + 1, len(text) + 2) - 2
    if end < ends:
        rest = f"; the rest: read_page(page={last}, from_char={end - begins[last]})"
    elif last < found.pages:
        rest = f"; the rest: read_page(page={last + 1})"
        if found.slow and last + 1 not in found.texts:
            rest = f"; page {last + 1} takes too long to be read here"
    which = f"page {since}" if since == last else f"pages {since} to {last}"
    return f"{title}, {which}{rest}.\n\n{text[start:end].strip()}"


def _tidy(text: str) -> str:
    lines = [" ".join(line.split()) for line in clean(well_formed(text)).splitlines()]
    return "\n".join(line for line in lines if line)


def _file(driver: WebDriver) -> bytes:
    """Return the file that the document in focus shows; the page itself fetches it, most likely from its cache.

    Raises:
        RuntimeError: it cannot be had, or is too large.
    """
    until = time.monotonic() + _FETCH_SECONDS
    while True:
        found = ask(driver, "document_file", None, MOST_BYTES, _PIECE)
        if found.get("state") != "reading":
            break
        if time.monotonic() > until:
            raise RuntimeError("This PDF has not arrived as yet: wait a little and read it again.")
    size = found.get("size")
    if found.get("state") == "large":
        raise RuntimeError(
            f"This PDF has more than {MOST_BYTES // 1_000_000} MB, which is too large to be read: look at the picture."
        )
    if found.get("state") != "ready" or not isinstance(size, int) or not 0 <= size <= MOST_BYTES:
        raise RuntimeError("This PDF could not be fetched to be read: the picture is what there is.")
    data = bytearray()
    while len(data) < size:
        piece = ask(driver, "document_file", len(data), MOST_BYTES, _PIECE).get("piece")
        try:
            part = base64.b64decode(piece if isinstance(piece, str) else "", validate=True)
        except binascii.Error:
            part = b""
        if not part:
            raise RuntimeError("This PDF could not be fetched to be read: the picture is what there is.")
        data += part
    return bytes(data[:size])
