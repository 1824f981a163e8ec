"""Text searched in a page and all of its frames, in the order in which a reader meets it."""

from dataclasses import dataclass, field
from typing import Any

from selenium.common.exceptions import WebDriverException
from selenium.webdriver.remote.webdriver import WebDriver

from webagent.browser.scripts import load
from webagent.tools.frames import Path, enter

Around = list[str]
"""A match with what stands around it: the text before, the match as the page writes it, the text after."""

_MOST_FRAMES = 50
_DEEPEST = 8


@dataclass
class Found:
    """The matches of a page."""

    listed: int
    """Of how many matches the text around is kept."""
    count: int = 0
    around: list[Around] = field(default_factory=list)
    runs: list[tuple[Path, int]] = field(default_factory=list)
    """In reading order: a document, and how many matches follow one another in it."""
    documents: int = 0

    def place(self, number: int) -> tuple[Path, int]:
        """Return the document of match `number`, from 1, and its index among that document's matches, from 0.

        Raises:
            LookupError: there are fewer matches.
        """
        passed: dict[Path, int] = {}
        left = number
        for path, count in self.runs:
            if left <= count:
                return path, passed.get(path, 0) + left - 1
            left -= count
            passed[path] = passed.get(path, 0) + count
        raise LookupError(f"there is no match {number}")


def search_page(driver: WebDriver, text: str, listed: int) -> Found:
    """Return where `text` stands in the page, its frames included; the driver is in the top document afterwards.

    Args:
        driver: a driver, no JavaScript dialog open.
        text: what to find; case, accents, quote marks and white space do not matter.
        listed: of how many matches to keep the text around.
    """
    found = Found(listed)
    try:
        _search(driver, text, (), found)
    finally:
        driver.switch_to.default_content()
    return found


def show(driver: WebDriver, text: str, path: Path, index: int) -> Around | None:
    """Mark a match and scroll it to the middle of the window; the driver is in the top document afterwards.

    Args:
        driver: a driver, no JavaScript dialog open.
        text: what `search_page` was asked for.
        path: the match's document.
        index: its place among the matches of that document, from 0.

    Returns:
        The text around it; None when the page changed and the match is gone.
    """
    try:
        enter(driver, path)
        at: dict[str, Any] | None = driver.execute_script(load("search"), text, index, 0)["at"]
        if at is None:
            return None
        point = driver.execute_script(load("centre"), at["element"], at["x"], at["y"])
        for depth in range(len(path), 0, -1):
            if point is None:
                break
            enter(driver, path[: depth - 1])
            point = driver.execute_script(load("centre"), path[depth - 1], *point)
        around: Around = at["around"]
    except WebDriverException:
        return None
    finally:
        driver.switch_to.default_content()
    return around


def _search(driver: WebDriver, text: str, path: Path, found: Found) -> None:
    if found.documents >= _MOST_FRAMES or len(path) > _DEEPEST:
        return
    found.documents += 1
    try:
        enter(driver, path)
        parts: list[dict[str, Any]] = driver.execute_script(load("search"), text, None, found.listed)["parts"]
    except WebDriverException:
        # The top document must answer; a frame may go while the page is read.
        if not path:
            raise
        return
    for part in parts:
        if "frame" in part:
            _search(driver, text, (*path, part["frame"]), found)
        else:
            found.count += part["count"]
            found.around += part["around"][: found.listed - len(found.around)]
            found.runs.append((path, part["count"]))
