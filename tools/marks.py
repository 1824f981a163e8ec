"""The tools that act on the numbered marks of the picture."""

from contextlib import suppress
from typing import Any, ClassVar

from selenium.common.exceptions import TimeoutException
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.wait import WebDriverWait

from webagent.browser.marks import Mark, Marks, enter, find_marks
from webagent.browser.scripts import load
from webagent.text import one_line
from webagent.tools.fill import Fill
from webagent.tools.focus import focus
from webagent.tools.keys import press_and_tell, typing
from webagent.tools.opened import what_opened
from webagent.tools.place import to_top
from webagent.tools.point import Inputs, PointingTool, Spot

_LONGEST = 20_000  # characters
_MOST_SEEN = 1000  # marks among which an entry of a list is looked for
_DEEPEST = 8  # frames in frames
_LIST_SECONDS = 2.0
_LISTED = 15
_SHOWN = 60
_NUMBER: dict[str, str | bool] = {"type": "integer", "description": "The mark's number in the last picture."}


class _MarkTool(PointingTool):
    """A tool that acts on a mark.

    Args:
        driver: the browser; plain WebDriver commands are enough.
        marks: the marks of the latest picture.
    """

    output_type = "string"

    def __init__(self, driver: WebDriver, marks: Marks) -> None:
        super().__init__(driver)
        self._marks = marks

    def _click(self, mark: Mark) -> str:
        """Click a mark; return what opened or closed."""
        driver, (x, y) = self._driver, mark.point
        tabs = driver.window_handles
        spot = Spot(x, y, f"({x}, {y})", mark.words, mark.opens_tab)
        gesture = self._mouse()
        gesture.pointer_action.move_to_location(x, y).click()  # type: ignore[no-untyped-call]
        self._perform(gesture, spot)
        return what_opened(driver, tabs, asked=spot.asks_for_tab)

    def _fill(self, mark: Mark, text: str) -> str:
        """Have the field of a mark hold `text`, or choose it there; return what came of it.

        Raises:
            ValueError: it does not take that.
            RuntimeError: it is gone.
        """
        enter(self._driver, mark.frames)
        found = self._ask("mark_element", mark.id)
        for _ in range(_DEEPEST):
            if found.get("frame") is None:
                break
            self._driver.switch_to.frame(found["frame"])
            found = self._ask("mark_element", mark.id)
        if found.get("element") is None:
            self._driver.switch_to.default_content()
            raise RuntimeError(f"Mark {mark.number}, {mark.words}, is gone: look at the next picture.")
        return f"Mark {mark.number}: {Fill(self._driver)(found['element'], text)}"

    def _ask(self, script: str, *given: object) -> dict[str, Any]:
        said = self._driver.execute_script(load(script), *given)
        return said if isinstance(said, dict) else {}


class ClickMark(_MarkTool):
    """Clicks a mark. See `_MarkTool` for what it takes."""

    name = "click_mark"
    description = "Clicks the thing that has this number in the last picture. Says what it was."
    inputs: ClassVar[Inputs] = {"n": _NUMBER}

    def forward(self, n: int) -> str:
        """Click mark `n`; return what was clicked and what opened.

        Raises:
            ValueError: there is no such mark, or the page has changed: it is another thing now, or no longer in view.
            RuntimeError: a JavaScript dialog is open.
        """
        to_top(self._driver)
        mark = self._marks.again(self._driver, n)
        return f"Clicked {mark.number}, {mark.words}.{self._click(mark)}"


class TypeIntoMark(_MarkTool):
    """Types into a mark. See `_MarkTool` for what it takes."""

    name = "type_into_mark"
    description = "Types text into the field that has this number in the last picture, in place of what it holds."
    inputs: ClassVar[Inputs] = {
        "n": _NUMBER,
        "text": {"type": "string", "description": "The text; for a date 2026-03-05, for a time 14:30."},
    }

    def forward(self, n: int, text: str) -> str:
        """Click mark `n`, clear it, and type `text`; return what it holds then, unless that is secret.

        Args:
            n: the mark's number.
            text: what to type; a line break in it is the ENTER key, a tab the TAB key; "" only clears the field.

        Raises:
            ValueError: there is no such mark, the page has changed, or it takes no text; or `text` is no text, is too
                long, or has characters that stand for keys.
            RuntimeError: a JavaScript dialog is open, or the field is gone.
        """
        if isinstance(text, int | float) and not isinstance(text, bool):
            text = str(text)
        if not isinstance(text, str):
            raise ValueError(f"type_into_mark takes a text, not {one_line(repr(text), 40)}.")
        if len(text) > _LONGEST:
            raise ValueError(f"That text is too long to type: at most {_LONGEST:,} characters at once.")
        presses = typing(text)
        to_top(self._driver)
        mark = self._marks.again(self._driver, n)
        if mark.field == "select":
            raise ValueError(f"Mark {mark.number}, {mark.words}, is chosen in: use select_mark({mark.number}, option).")
        if mark.field == "value":
            return self._fill(mark, text)
        before = focus(self._driver)
        opened = self._click(mark)
        if opened:
            return f"Clicked {mark.number}, {mark.words}, and typed nothing.{opened}"
        into = focus(self._driver, mark=True)
        # What takes no focus leaves it where it was, which is another field.
        if into.takes not in ("text", "keys") or (not mark.field and into.said == before.said):
            raise ValueError(
                f"Mark {mark.number}, {mark.words}, was clicked, and takes no text: look at the next picture for "
                "the field."
            )
        if into.locked:
            raise ValueError(f"Mark {mark.number}, {mark.words}, is {into.locked}: it takes no text.")
        if into.marked:
            presses.insert(0, (Keys.BACKSPACE,))
        opened = press_and_tell(self._driver, presses)
        secret = into.secret or mark.field == "secret"
        typed = "the text" if secret else repr(one_line(text, _SHOWN))
        said = f"Typed {typed} into {mark.number}, {mark.words}." if text else f"Cleared {mark.number}, {mark.words}."
        return said + (opened or ("" if secret else self._held(into.said, text)))

    def _held(self, said: str, text: str) -> str:
        """Return what the field in focus holds, where that is not `text`; "" where another thing is in focus."""
        now = focus(self._driver)
        if now.said != said or now.secret or now.holds is None or now.takes != "text":
            return ""
        same = " ".join(now.holds.split()) == " ".join(text.split())
        return "" if same else f" It now holds {one_line(now.holds, _SHOWN)!r}."


class SelectMark(_MarkTool):
    """Chooses in the list of a mark. See `_MarkTool` for what it takes."""

    name = "select_mark"
    description = "Chooses an option of the drop-down or list that has this number in the last picture."
    inputs: ClassVar[Inputs] = {
        "n": _NUMBER,
        "option": {"type": "string", "description": "The option's text."},
    }

    def forward(self, n: int, option: str) -> str:
        """Choose `option` in mark `n`; return what was chosen.

        A list that the page drew is opened by a click where it is not open, and the option in it clicked.

        Raises:
            ValueError: there is no such mark, the page has changed, or there is no such option; the text has those that
                there are.
            RuntimeError: a JavaScript dialog is open, or the field is gone.
        """
        if isinstance(option, int | float) and not isinstance(option, bool):
            option = str(option)
        if not isinstance(option, str) or not option.strip():
            raise ValueError(f"select_mark takes the text of an option, not {one_line(repr(option), 40)}.")
        driver = self._driver
        to_top(driver)
        mark = self._marks.again(driver, n)
        if mark.field in ("select", "value"):
            return self._fill(mark, option)
        entry, there = self._entry(mark, option)
        if not there:
            opened = self._click(mark)
            if opened:
                return f"Clicked {mark.number}, {mark.words}, and chose nothing.{opened}"
            entry, there = self._opened(mark, option)
        sought = repr(one_line(option, _SHOWN))
        if not entry:
            listed = ", ".join(repr(one) for one in there[:_LISTED])
            more = f" and {len(there) - _LISTED} more" if len(there) > _LISTED else ""
            has = (
                f"it has {listed}{more}" if there else "it opened no list whose options are known: look at the picture"
            )
            raise ValueError(f"Mark {mark.number}, {mark.words}, has no option {sought}; {has}.")
        found = next((one for one in find_marks(driver, _MOST_SEEN).marks if one.id == entry), None)
        if found is None:
            raise ValueError(f"The option {sought} is there and cannot be clicked: look at the next picture.")
        return f"Clicked {found.words} for {mark.number}, {mark.words}.{self._click(found)}"

    def _entry(self, mark: Mark, option: str) -> tuple[str, list[str]]:
        """Return the id of an entry of the mark's open list, "" where there is none, and the texts of all entries."""
        enter(self._driver, mark.frames)
        try:
            said = self._ask("mark_entry", mark.id, option)
        finally:
            self._driver.switch_to.default_content()
        entries = said.get("entries")
        return one_line(said.get("id") or "", 60), [
            one_line(one, 40) for one in (entries if isinstance(entries, list) else [])
        ]

    def _opened(self, mark: Mark, option: str) -> tuple[str, list[str]]:
        """Return what `_entry` does as soon as the list is there."""
        found: tuple[str, list[str]] = ("", [])

        def look(_: WebDriver) -> bool:
            nonlocal found
            found = self._entry(mark, option)
            return bool(found[0])

        with suppress(TimeoutException):
            WebDriverWait(self._driver, _LIST_SECONDS, poll_frequency=0.05).until(look)
        return found
