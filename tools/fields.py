"""The fields of a page and its frames, and the one that a person means by a name."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from selenium.common.exceptions import WebDriverException
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement

from webagent.text import one_line
from webagent.tools.frames import Path, enter
from webagent.tools.point import described
from webagent.tools.reading import ask

_MOST_FIELDS = 500
_MOST_DOCUMENTS = 50
_DEEPEST = 8
GONE = "The field is gone: the page has changed. Look at it anew."
"""What is said of a field that was there a moment ago."""
_GLUE = re.compile(r"[\W_]+")
_KIND = re.compile(r" (?:field|box|input|textbox|text box|area|textarea|drop ?down|combobox|select)$")


@dataclass(frozen=True)
class Field:
    """A field of a page. All that it says of itself comes from the page."""

    number: int
    """Its place among those of its document."""
    path: Path
    """Its document."""
    names: tuple[str, ...]
    """What it may be called, the likeliest first."""
    role: str
    locked: str
    """"read-only", "disabled" or ""."""

    @property
    def said(self) -> str:
        """Its role and the likeliest of its names."""
        return described(self.role, self.names[0] if self.names else "", "field", 60)


def fields(driver: WebDriver) -> list[Field]:
    """Return the fields of the page, in reading order, and then those of its frames.

    The driver is in the top document afterwards.

    Args:
        driver: a driver, no JavaScript dialog open.

    Raises:
        RuntimeError: the page cannot be read.
    """
    found: list[Field] = []
    waiting: list[Path] = [()]
    asked = 0
    try:
        while waiting and asked < _MOST_DOCUMENTS and len(found) < _MOST_FIELDS:
            path = waiting.pop(0)
            asked += 1
            try:
                enter(driver, path)
                told = ask(driver, "fields", None).get("fields")
            except (WebDriverException, RuntimeError):
                if not path:
                    raise
                continue  # the frame has gone, or cannot be read
            for number, one in enumerate(told if isinstance(told, list) else []):
                if not isinstance(one, dict):
                    continue
                if isinstance(one.get("frame"), WebElement) and len(path) < _DEEPEST:
                    waiting.append((*path, one["frame"]))
                elif isinstance(one.get("names"), list):
                    found.append(_field(one, number, path))
    finally:
        driver.switch_to.default_content()
    return found


def _field(told: dict[str, Any], number: int, path: Path) -> Field:
    return Field(
        number,
        path,
        tuple(str(name) for name in told["names"][:20]),
        str(told.get("role") or ""),
        one_line(told.get("locked") or "", 20),
    )


def enter_field(driver: WebDriver, field: Field) -> WebElement:
    """Turn the driver to the document of a field that `fields` found last, and return the field.

    Raises:
        RuntimeError: it is gone.
    """
    try:
        enter(driver, field.path)
        element = ask(driver, "fields", field.number).get("element")
    except WebDriverException:
        element = None
    if not isinstance(element, WebElement):
        raise RuntimeError(GONE)
    return element


def matching(found: Sequence[Field], name: str) -> list[Field]:
    """Return the fields that `name` fits as well as any: those it fits whole before those it fits in part.

    Args:
        found: the fields, in the order in which they are returned.
        name: as a person says it; case, accents and marks do not matter, nor does a "field" or the like at its end.
    """
    said = _folded(name)
    for sought in dict.fromkeys((said, _KIND.sub("", said))):
        ranks = [min((_rank(sought, _folded(one)) for one in field.names), default=_NONE) for field in found]
        best = min(ranks, default=_NONE)
        if sought and best < _NONE:
            return [field for field, rank in zip(found, ranks, strict=True) if rank == best]
    return []


_NONE = 3


def _rank(sought: str, name: str) -> int:
    if name.replace(" ", "") == sought.replace(" ", ""):  # E-mail is email
        return 0
    if f" {name} ".startswith(f" {sought} "):
        return 1
    return 2 if sought in name else _NONE


def _folded(text: str) -> str:
    """Return text as it is compared: `First_name: *` is `first name`."""
    plain = unicodedata.normalize("NFKD", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)).casefold()
    bare = "".join(char for char in plain if not unicodedata.combining(char))
    return _GLUE.sub(" ", bare).strip()
