"""The tool that reads a page."""

import time
from typing import Any, ClassVar

from selenium.common.exceptions import WebDriverException
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement

from webagent.text import clean, well_formed
from webagent.tools.base import BrowserTool
from webagent.tools.frames import Path, enter
from webagent.tools.pdf_page import document_kind, pdf_part
from webagent.tools.place import describe_page, to_top
from webagent.tools.reading import BROKEN, look_through, whole_number

_MOST = 15_000
_FARTHEST = 10_000_000
_MOST_HTML = 300_000  # characters; what lies beyond takes too long to be put into Markdown
_SECONDS = 5.0  # after so many no further frame is read
_MOST_FRAMES = 10
_DEEPEST = 3


class ReadPage(BrowserTool):
    """Returns what the page says, as Markdown, and the text of PDF files.

    Args:
        driver: the browser; plain WebDriver commands are enough.
    """

    name = "read_page"
    description = (
        "Returns the text of the whole page, in view or not, as Markdown with headings, links, tables; of a PDF, too. "
        "The first line says how much there is and how to get the rest."
    )
    inputs: ClassVar[dict[str, dict[str, str | bool]]] = {
        "max_chars": {
            "type": "integer",
            "description": f"Most characters to return, up to {_MOST} (default: 4000).",
            "nullable": True,
        },
        "from_char": {
            "type": "integer",
            "description": "How many characters to pass over first (default: 0).",
            "nullable": True,
        },
        "page": {
            "type": "integer",
            "description": "Of a PDF: the page to begin at, from 1 (default: 1).",
            "nullable": True,
        },
    }
    output_type = "string"

    def forward(self, max_chars: int | None = None, from_char: int | None = None, page: int | None = None) -> str:
        """Return a part of the page's text under a line that says which part it is.

        Args:
            max_chars: most characters of it.
            from_char: characters to pass over; of a PDF, of the page that is begun at.
            page: of a PDF, the page to begin at, from 1.

        Raises:
            ValueError: there is no such part; the text says how much there is.
            RuntimeError: a JavaScript dialog is open, or the page cannot be read; the text says why.
        """
        most = whole_number(4000 if max_chars is None else max_chars, "max_chars", 1, _MOST)
        start = whole_number(0 if from_char is None else from_char, "from_char", 0, _FARTHEST)
        driver = self._driver
        to_top(driver)
        if document_kind(driver) == "application/pdf":
            first = whole_number(1 if page is None else page, "page", 1, _FARTHEST)
            return pdf_part(driver, first, start, most)
        if page is not None:
            raise ValueError("This page is no PDF and has no numbered pages: leave `page` out and take from_char.")
        text, whole = page_text(driver)
        if not text:
            return (
                f"{describe_page(driver)} has no text that is shown{'' if whole else ', as far as it could be read'}."
            )
        if start >= len(text):
            raise ValueError(f"The page has {len(text):,} characters: take from_char from 0 to {len(text) - 1}.")
        end = _end(text, start, most)
        said = f"Text of {describe_page(driver)}"
        if start or end < len(text):
            said += f", characters {start} to {end} of {'' if whole else 'more than '}{len(text)}"
        if end < len(text):
            said += f"; the rest: read_page(from_char={end})"
        elif not whole:
            said += "; there is more than could be read"
        return f"{said}.\n\n{text[start:end].strip()}"


def page_text(driver: WebDriver) -> tuple[str, bool]:
    """Return what a page says as Markdown, its frames after it, and whether that is all; the driver is at the top then.

    Args:
        driver: a driver, its focus on the page's top document, no JavaScript dialog open.

    Raises:
        RuntimeError: the page cannot be read.
    """
    until = time.monotonic() + _SECONDS
    found = look_through(driver, "readable", _MOST_HTML)
    parts = [_markdown(found)]
    whole = found.get("whole") is True
    waiting: list[Path] = [(frame,) for frame in _frames(found)]
    read = 0
    try:
        while waiting:
            path = waiting.pop(0)
            if read == _MOST_FRAMES or time.monotonic() > until:
                whole = False
                break
            read += 1
            try:
                enter(driver, path)
                inside = look_through(driver, "readable", _MOST_HTML // _MOST_FRAMES)
            except (WebDriverException, RuntimeError):  # it went, or cannot be read; the page can
                continue
            text = _markdown(inside)
            whole = whole and inside.get("whole") is True
            if text:
                parts.append(f"[frame {read}, of another site:]\n\n{text}")
            if len(path) < _DEEPEST:
                waiting += [(*path, frame) for frame in _frames(inside)]
    finally:
        driver.switch_to.default_content()
    return "\n\n".join(filter(None, parts)), whole


def _frames(found: dict[str, Any]) -> list[WebElement]:
    frames = found.get("frames")
    return [frame for frame in frames if isinstance(frame, WebElement)] if isinstance(frames, list) else []


def _markdown(found: dict[str, Any]) -> str:
    """Return the Markdown of what readable.js found."""
    html = found.get("html")
    if not isinstance(html, str) or not html:
        return ""
    from webagent.tools.markdown import to_markdown  # what it needs takes a while to import

    try:
        return to_markdown(clean(well_formed(html[: 2 * _MOST_HTML])))
    except RecursionError:  # not what readable.js makes: the page had its hand in it
        raise RuntimeError(BROKEN) from None


def _end(text: str, start: int, most: int) -> int:
    """Return where a part of at most `most` characters ends, between two lines where there is such a place."""
    end = start + most
    if end >= len(text):
        return len(text)
    line = text.rfind("\n", start + most // 2, end)
    return line + 1 if line > 0 else end
