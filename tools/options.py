"""The tool that reads the options of a field."""

from typing import Any, ClassVar

from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.remote.webelement import WebElement

from webagent.browser.page import open_dialog
from webagent.text import one_line
from webagent.tools.base import BrowserTool
from webagent.tools.place import to_top
from webagent.tools.reading import listed, look_through, quoted, words

_LONGEST = 6000  # characters of the answer
_MOST_NAMED = 15
_NAME = 60


class ReadOptions(BrowserTool):
    """Returns the options of a select, of a field with suggestions, or of an open list or menu.

    Args:
        driver: the browser; plain WebDriver commands are enough.
    """

    name = "read_options"
    description = (
        "Returns all options of a drop-down, a field with suggestions, or an open list or menu, with the selected and "
        "disabled ones marked, also those that do not show."
    )
    inputs: ClassVar[dict[str, dict[str, str | bool]]] = {
        "field": {
            "type": "any",
            "description": "The field's label as it stands on the page, or an element such as ComboBox('Country').",
        }
    }
    output_type = "string"

    def forward(self, field: object) -> str:
        """Return the options of a field, one a line, under a line about it.

        Args:
            field: its name, or a selenium element.

        Raises:
            ValueError: there is no such field, or its list is closed; the text names the fields that have options.
            RuntimeError: a JavaScript dialog is open, or the page cannot be read.
        """
        if isinstance(field, WebElement):
            found = self._of_element(field)
            index = found.get("found")
            if not isinstance(index, int) or index < 0:
                raise ValueError(f"That element has no options. {_these(listed(found.get('fields')))}")
            return _answer(found, index, 1)
        if not isinstance(field, str) or not field.strip():
            raise ValueError("There is no field named: give the label of a drop-down, or an element.")
        to_top(self._driver)
        fields = listed(look_through(self._driver, "options", None).get("fields"))
        matches = _matches(fields, field)
        if not matches:
            raise ValueError(f"No field with options is called {quoted(one_line(field, 60))}. {_these(fields)}")
        found = look_through(self._driver, "options", matches[0])
        if found.get("found") != matches[0]:
            raise RuntimeError("The page changed while its options were read: try again.")
        return _answer(found, matches[0], len(matches))

    def _of_element(self, element: WebElement) -> dict[str, Any]:
        """Return what the script finds of an element, which is of the document in focus or of the top document."""
        if open_dialog(self._driver) is None:
            try:
                return look_through(self._driver, "options", element)
            except (StaleElementReferenceException, NoSuchElementException):
                pass
        to_top(self._driver)
        try:
            return look_through(self._driver, "options", element)
        except (StaleElementReferenceException, NoSuchElementException):
            raise ValueError("That element is gone: give the field's label instead, or find it again.") from None


def _names(field: list[Any]) -> list[str]:
    names = field[1] if len(field) > 1 and isinstance(field[1], list) else []
    return [one_line(name, _NAME) for name in names if isinstance(name, str)]


def _matches(fields: list[list[Any]], sought: str) -> list[int]:
    """Return the places of the fields that are called so, by their own names if any are, else by other words."""
    wanted = _fold(sought)
    every = [[_fold(name) for name in _names(field)] for field in fields]
    for fits in (
        lambda names: names[:1] == [wanted],
        lambda names: wanted in names,
        lambda names: any(wanted in name for name in names),
    ):
        places = [place for place, names in enumerate(every) if fits(names)]
        if places:
            return places
    return []


def _fold(name: str) -> str:
    return " ".join(name.casefold().split()).strip(" :*")


def _answer(found: dict[str, Any], index: int, count: int) -> str:
    fields = listed(found.get("fields"))
    field = fields[index] if index < len(fields) else []
    said = _said(field)
    options = listed(found.get("options"))
    if not options:
        raise ValueError(f"The list of {said} is closed, or empty: click the field, then read its options.")
    chosen = [quoted(words(option, 0, _NAME)) for option in options if _is(option, 2)]
    selected = f", selected: {', '.join(chosen[:10])}" if chosen else ""
    more = f" {count} fields are called so; this is the first." if count > 1 else ""
    lines, group, size = [], "", 0
    for place, option in enumerate(options):
        name = words(option, 1, _NAME)
        if name != group:
            group = name
            lines.append(f"{group}:" if group else "(in no group)")
        marks = [mark for at, mark in ((2, "selected"), (3, "disabled")) if _is(option, at)]
        lines.append(f"- {words(option, 0, 80)}" + (f" ({', '.join(marks)})" if marks else ""))
        size += len(lines[-1]) + 1
        if size > _LONGEST:
            lines.append(f"… and {len(options) - place - 1} more, which are not listed here.")
            break
    head = f"{said}: {len(options)} {'option' if len(options) == 1 else 'options'}{selected}.{more}"
    return "\n".join([head[:1].upper() + head[1:], *lines])


def _is(option: list[Any], index: int) -> bool:
    return index < len(option) and option[index] is True


def _said(field: list[Any]) -> str:
    """Return a field as it is named in answers: `combobox 'Country'`."""
    name = next(filter(None, _names(field)), "")
    return " ".join(filter(None, [words(field, 0, 20) or "field", quoted(name)]))


def _these(fields: list[list[Any]]) -> str:
    """Return a sentence that names the fields that have options."""
    if not fields:
        return "No field with options is shown on this page: a list of the page's own must be opened first."
    named = [_said(field) + (" (closed)" if len(field) > 2 and field[2] == -1 else "") for field in fields]
    more = f", and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
    return f"Fields with options: {', '.join(named[:_MOST_NAMED])}{more}."
