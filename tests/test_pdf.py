"""read_pdf: the text of a stranger's PDF, and what it does with one that is up to no good."""

import io
import time
import zlib

import pytest
from pdfs import from_objects, pdf
from pypdf import PdfReader, PdfWriter

from webagent.pdf import UnreadablePdf, read_pdf


def test_pages_are_read_from_one_on_until_there_is_enough() -> None:
    data = pdf(["First page\nsecond line", "Second page", "", "Last page"])
    found = read_pdf(data)
    assert (found.pages, found.slow) == (4, False)
    assert {page: (said or "").split() for page, said in found.texts.items()} == {
        1: ["First", "page", "second", "line"],
        2: ["Second", "page"],
        3: [],
        4: ["Last", "page"],
    }
    assert list(read_pdf(data, first=2, chars=5).texts) == [2]
    assert list(read_pdf(data, first=4).texts) == [4]
    beyond = read_pdf(data, first=5)
    assert (beyond.pages, beyond.texts) == (4, {})


def test_a_scan_is_not_searched_for_text_to_its_end() -> None:
    assert list(read_pdf(pdf([""] * 50)).texts) == list(range(1, 21))


def locked(password: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf(["Secret words"]))))
    writer.encrypt(user_password=password, owner_password="owner", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_a_locked_file_is_read_where_it_opens_without_a_password() -> None:
    with pytest.raises(UnreadablePdf, match="locked with a password"):
        read_pdf(locked("user"))
    assert (read_pdf(locked("")).texts[1] or "").strip() == "Secret words"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"<html>not one", "is no PDF"),
        (b"", "is no PDF"),
        (b"%PDF-1.7\nnothing else", "damaged"),
        (pdf(["words"])[:200], "damaged"),
        (from_objects(["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [2 0 R] /Count 1 >>"]), "damaged"),
    ],
)
def test_what_is_no_pdf_or_broken_is_said_in_a_sentence(data: bytes, why: str) -> None:
    with pytest.raises(UnreadablePdf, match=why):
        read_pdf(data)


def test_a_damaged_page_leaves_the_others() -> None:
    data = pdf(["One", "Two"]).replace(b"/Contents 4 0 R", b"/Contents (no)")
    texts = read_pdf(data).texts
    assert (texts[2] or "").strip() == "Two"
    assert not (texts[1] or "").strip()


@pytest.mark.slow
def test_a_page_that_takes_for_ever_or_all_memory_is_given_up_and_those_before_it_kept() -> None:
    drawn = zlib.compress(b"BT /F1 24 Tf " + b"(a) Tj 1 0 0 1 5 5 Tm [(b) -500 (c)] TJ\n" * 700_000 + b"ET", 9)
    body = pdf(["One", "PLACE", "Three"]).decode("latin-1")
    stream = f"<< /Length {len(drawn)} /Filter /FlateDecode >>\nstream\n{drawn.decode('latin-1')}\nendstream"
    start = body.index("<<", body.index("6 0 obj"))
    data = (body[:start] + stream + body[body.index("endstream", start) + len("endstream") :]).encode("latin-1")
    began = time.monotonic()
    found = read_pdf(data, chars=100_000, seconds=2)
    assert time.monotonic() - began < 15
    assert (found.texts[1] or "").strip() == "One"
    assert 2 not in found.texts or found.texts[2] is None
    with pytest.raises(UnreadablePdf, match=r"too long|too much memory|damaged"):
        read_pdf(data, first=2, seconds=2)
