"""The tool that fills a field."""

from typing import Any, ClassVar

from selenium.common.exceptions import UnexpectedAlertPresentException, WebDriverException
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from webagent.text import one_line
from webagent.tools.base import BrowserTool
from webagent.tools.fields import GONE, Field, enter_field, fields, matching
from webagent.tools.keys import Stroke, press, typing
from webagent.tools.place import describe_dialog, to_top
from webagent.tools.point import Inputs, described
from webagent.tools.reading import ask

_LONGEST = 20_000  # characters
_TYPED = 1000  # characters; a longer text is put in at once
_LISTED = 15
_SHOWN = 80
_LONGEST_NAME = 200
_FORMS = {
    "date": "2026-03-05",
    "time": "14:30",
    "datetime-local": "2026-03-05T14:30",
    "month": "2026-03",
    "week": "2026-W10",
    "color": "#3366cc",
    "range": "a number",
    "number": "a number",
}


class Fill(BrowserTool):
    """Fills a field: what it held before is gone.

    Args:
        driver: the browser; plain WebDriver commands are enough.
    """

    name = "fill"
    description = (
        "Puts text into a field of the page, in place of what it holds; for a date 2026-03-05, for a time 14:30, for a "
        "drop-down one of its options. Says what the field holds then."
    )
    inputs: ClassVar[Inputs] = {
        "field": {"type": "any", "description": "Its label, placeholder or name; or an element."},
        "text": {"type": "string", "description": "What it is to hold."},
    }
    output_type = "string"

    def forward(self, field: Any, text: str) -> str:
        """Have a field hold `text`; return what it holds then, unless that is secret, and whether it is that.

        It is typed on the keyboard where the field takes that, and else given at once; the page hears of both.

        Args:
            field: what a person calls it, or an element of the document that the driver is in.
            text: what it is to hold; "" empties it.

        Raises:
            ValueError: there is no such field (those that there are are named), it is read-only or disabled, or it has
                no such option; or `text` is no text or too long.
            RuntimeError: a JavaScript dialog is open, the element is gone, or the page cannot be read.
        """
        if isinstance(text, int | float) and not isinstance(text, bool):
            text = str(text)
        if not isinstance(text, str):
            raise ValueError(f"fill takes a text, not {one_line(repr(text), 40)}.")
        if len(text) > _LONGEST:
            raise ValueError(f"That text is too long: fill takes at most {_LONGEST:,} characters.")
        dialog = describe_dialog(self._driver)
        if dialog is not None:
            raise RuntimeError(f"A dialog is open: {dialog}")
        element = getattr(field, "web_element", field)  # helium's elements hold selenium's
        note = ""
        if not isinstance(element, WebElement):
            if not isinstance(field, str) or not field.strip():
                raise ValueError("fill takes a field's label, placeholder or name, or an element.")
            to_top(self._driver)
            found, note = self._find(field)
            element = enter_field(self._driver, found)
        try:
            said = self._fill(element, text)
        finally:
            if describe_dialog(self._driver) is None:
                self._driver.switch_to.default_content()
        return f"{said}{note}"

    def _find(self, name: str) -> tuple[Field, str]:
        found = fields(self._driver)
        matches = matching(found, name[:_LONGEST_NAME])
        if not matches:
            sought = repr(one_line(name, 60))
            if not found:
                raise ValueError(f"There is no field {sought}: the page shows no fields at all.")
            there = list(dict.fromkeys(field.said for field in found))
            more = f" and {len(there) - _LISTED} more" if len(there) > _LISTED else ""
            raise ValueError(f"There is no field {sought}. There are: {', '.join(there[:_LISTED])}{more}.")
        free = [field for field in matches if not field.locked]
        taken = (free or matches)[0]
        if len(matches) == 1:
            return taken, ""
        number = matches.index(taken) + 1
        return taken, f" {len(matches)} fields match {one_line(name, 60)!r}; number {number} was taken."

    def _fill(self, element: WebElement, text: str) -> str:
        state = self._ask(element, "tell")
        said = described(state["role"], state["name"], "field", 60)
        kind = state["kind"]
        if kind == "":
            raise ValueError(f"{said} is no field to write into.")
        if state["locked"]:
            locked = one_line(state["locked"], 20)
            raise ValueError(f"{said} is {locked}. If it opens something to choose from, click it, and choose there.")
        if kind == "choice":
            return self._choose(element, said, state["options"], text)
        if kind == "value":
            # A date and time are often written with a blank between them.
            value = text.strip().replace(" ", "T", 1) if state["type"] == "datetime-local" else text.strip()
            return self._outcome(said, self._ask(element, "set", value), value)
        wanted = text.replace("\r\n", "\n").replace("\r", "\n")
        if kind == "text" and state["type"] != "textarea":
            wanted = " ".join(wanted.split("\n"))  # such a field has one line, and ENTER would send its form
        by_keyboard = len(wanted) <= _TYPED and "\t" not in wanted
        if by_keyboard:
            state = self._ask(element, "enter")
        if by_keyboard and state["focused"]:
            dialog = self._type(wanted, clear=state["marked"])
            if dialog:
                return f"Typed into {said}.{dialog}"
            held = self._ask(element, "done")
            # What refused the keys may still take the value.
            if held["holds"] != state["holds"] or _same(held["holds"], wanted):
                return self._outcome(said, held, wanted)
        return self._outcome(said, self._ask(element, "set", wanted), wanted)

    def _type(self, text: str, *, clear: bool) -> str:
        """Type a text; return what dialog that opened."""
        presses: list[Stroke] = [(Keys.BACKSPACE,)] if clear else []
        # ENTER alone sends many a form and message.
        presses += [(Keys.SHIFT, *stroke) if stroke == (Keys.ENTER,) else stroke for stroke in typing(text)]
        try:
            press(self._driver, presses)
        except UnexpectedAlertPresentException:
            if describe_dialog(self._driver) is None:
                raise
        dialog = describe_dialog(self._driver)
        return f" A dialog opened: {dialog}" if dialog is not None else ""

    def _choose(self, element: WebElement, said: str, options: list[Any], text: str) -> str:
        labels = [
            (number, str(one[0]), str(one[1]))
            for number, one in enumerate(options)
            if isinstance(one, list) and len(one) == 2 and one[0] is not None
        ]
        sought = " ".join(text.split()).casefold()
        for fits in (
            lambda label, value: label.casefold() == sought,
            lambda label, value: value.casefold() == sought,
            lambda label, value: bool(sought) and label.casefold().startswith(sought),
            lambda label, value: bool(sought) and sought in label.casefold(),
        ):
            found = [(number, label) for number, label, value in labels if fits(label, value)]
            if found:
                number, label = found[0]
                outcome = self._outcome(said, self._ask(element, "choose", number), label)
                others = "" if len(found) == 1 else f" {len(found)} options match; the first was taken."
                return f"{outcome}{others}"
        there = ", ".join(repr(one_line(label, 40)) for _, label, _ in labels[:_LISTED])
        more = f" and {len(labels) - _LISTED} more" if len(labels) > _LISTED else ""
        raise ValueError(f"{said} has no option {one_line(text, 60)!r}; it has {there or 'none'}{more}.")

    def _outcome(self, said: str, state: dict[str, Any], wanted: str) -> str:
        dialog = describe_dialog(self._driver)
        if dialog is not None:
            return f"Filled {said}. A dialog opened: {dialog}"
        # The page may write the value anew once it has heard of it.
        holds = state["holds"]
        same = _same(holds, wanted)
        fault = f" The page will not take it as it is: {one_line(state['fault'], 120)}" if state["fault"] else ""
        if state["secret"]:
            return f"{said} now holds {'what was given' if same else 'something else than was given'}.{fault}"
        if same:
            return f"{said} now {f'holds {one_line(holds, _SHOWN)!r}' if holds else 'is empty'}.{fault}"
        form = _FORMS.get(state["type"])
        hint = f" It takes values such as {form}." if form and not holds else ""
        now = f"holds {one_line(holds, _SHOWN)!r}" if holds else "is empty"
        return f"{said} now {now} and not what was given: the page changed or refused it.{hint}{fault}"

    def _ask(self, element: WebElement, what: str, *given: object) -> dict[str, Any]:
        """Do something with a field, and return how it is then."""
        words = ("kind", "type", "role", "name", "locked", "holds", "fault")
        state: dict[str, Any] = dict.fromkeys(words, "")
        state |= {"secret": True, "focused": False, "marked": False, "options": []}
        try:
            told = ask(self._driver, "fill", element, what, *given)
        except WebDriverException as error:
            raise RuntimeError(GONE) from error
        except RuntimeError:
            if describe_dialog(self._driver) is None:
                raise
            return state  # the page answered with a dialog, which is told of
        return state | {name: value for name, value in told.items() if type(value) is type(state.get(name))}


def _same(holds: str, wanted: str) -> bool:
    return " ".join(holds.split()) == " ".join(wanted.split())
