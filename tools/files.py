"""The tools for files: those that pages are given, and those that come of pages."""

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement

from webagent.browser.downloads import Download, file_name, free_name
from webagent.browser.scripts import load
from webagent.text import one_line
from webagent.tools import frames
from webagent.tools.base import BrowserTool
from webagent.tools.place import to_top

_LISTED = 10
_MOST_FRAMES = 10


class UploadFile(BrowserTool):
    """Gives a file to a page's file field, also to one that is hidden behind a button of the page's own.

    Args:
        driver: the browser; whether the file may be given is judged on its way.
    """

    name = "upload_file"
    description = "Gives a file, from the folders that the user named for it, to a file field of the page."
    inputs: ClassVar[dict[str, dict[str, str | bool]]] = {
        "name": {"type": "string", "description": "The file's name or path."},
        "into": {"type": "string", "description": "Label of the field, where there are several.", "nullable": True},
    }
    output_type = "string"

    def forward(self, name: str, into: str | None = None) -> str:
        """Give the file `name` to the field labelled `into`; return which field holds it now.

        Raises:
            ValueError: no such field is there, or several are; the text names those that there are.
            selenium.common.exceptions.WebDriverException: the file may not be given, or is not there.
            RuntimeError: a JavaScript dialog is open.
        """
        if not isinstance(name, str) or not name.strip():
            raise ValueError("Name a file: upload_file('cv.pdf').")
        if not isinstance(into, str | None):
            raise ValueError("into= takes the label of a file field, as text.")
        to_top(self._driver)
        seen: list[str] = []
        try:
            for fields in self._fields():
                labels = [one_line(one, 80) for one in self._driver.execute_script(load("labels"), fields)]
                seen += labels
                fits = _fitting(labels, into)
                if len(fits) == 1:
                    return self._give(fields[fits[0]], labels[fits[0]], name.strip())
                if fits:
                    raise ValueError(f"Several file fields fit: {_listed([labels[one] for one in fits])}. Name one.")
        finally:
            self._driver.switch_to.default_content()
        there = f" There are {_listed(seen)}." if seen else " It may appear after a click."
        raise ValueError(f"There is no such file field on this page.{there}")

    def _fields(self) -> Iterator[list[WebElement]]:
        """Yield the file fields of the page and of its frames, a document at a time, the driver in it."""
        inside = self._driver.find_elements(By.CSS_SELECTOR, "iframe, frame")[:_MOST_FRAMES]
        for path in ((), *((frame,) for frame in inside)):
            try:
                frames.enter(self._driver, path)
                fields = self._driver.find_elements(By.CSS_SELECTOR, "input[type=file]")
            except WebDriverException:  # the frame is gone
                continue
            if fields:
                yield fields

    def _give(self, field: WebElement, label: str, name: str) -> str:
        field.send_keys(name)
        given = str(field.get_property("value")).rpartition("\\")[2]
        return f"The file field {label!r} holds {one_line(given, 80)!r} now."


class ListDownloads(BrowserTool):
    """Lists what pages have had the browser download.

    Args:
        driver: the browser.
        downloads: returns them.
    """

    name = "downloads"
    description = "Lists the files that were downloaded, with their sizes."
    inputs: ClassVar[dict[str, dict[str, str | bool]]] = {}
    output_type = "string"

    def __init__(self, driver: WebDriver, downloads: Callable[[], list[Download]]) -> None:
        self._downloads = downloads
        super().__init__(driver)

    def forward(self) -> str:
        """Return the downloads of this run, one a line."""
        return "\n".join(map(str, self._downloads())) or "Nothing was downloaded."


class SavePagePdf(BrowserTool):
    """Saves the page as a PDF.

    Args:
        driver: the browser.
        folder: returns the folder for it; None where nothing is kept.
    """

    name = "save_page_pdf"
    description = "Saves the page, as it would be printed, as a PDF for the user."
    inputs: ClassVar[dict[str, dict[str, str | bool]]] = {}
    output_type = "string"

    def __init__(self, driver: WebDriver, folder: Callable[[], Path | None]) -> None:
        self._folder = folder
        super().__init__(driver)

    def forward(self) -> str:
        """Save the page and return under which name.

        Raises:
            RuntimeError: nothing is kept of this run, or a JavaScript dialog is open.
            OSError: it cannot be written.
        """
        to_top(self._driver)
        folder = self._folder()
        if folder is None:
            raise RuntimeError("Nothing can be saved: this run keeps no files.")
        printed = base64.b64decode(self._driver.print_page())
        folder.mkdir(mode=0o700, exist_ok=True)
        name = free_name(f"{file_name(self._driver.title or 'page')}.pdf", {one.name for one in folder.iterdir()})
        (folder / name).write_bytes(printed)
        return f"Saved as {name} ({len(printed):,} bytes)."


def _fitting(labels: list[str], into: str | None) -> list[int]:
    """Return the places of the labels that are meant: the very one where there is one, else those that hold it."""
    sought = (into or "").casefold().strip()
    very = [place for place, label in enumerate(labels) if label.casefold() == sought]
    return very[:1] if sought and very else [place for place, label in enumerate(labels) if sought in label.casefold()]


def _listed(labels: list[str]) -> str:
    return ", ".join(repr(label or "(no label)") for label in labels[:_LISTED])
