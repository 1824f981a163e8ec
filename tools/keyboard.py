"""The tools that use the keyboard: what they type goes to what is in focus."""

from typing import ClassVar

from selenium.webdriver.common.keys import Keys

from webagent.text import one_line
from webagent.tools.base import BrowserTool
from webagent.tools.focus import Focus, focus
from webagent.tools.keys import press_and_tell, strokes, typing
from webagent.tools.place import to_top
from webagent.tools.point import Inputs

LONGEST = 20_000
"""Characters that are typed at once."""
_SHOWN = 60


class TypeText(BrowserTool):
    """Types text into what is in focus.

    Args:
        driver: the browser; plain WebDriver commands are enough.
    """

    name = "type_text"
    description = "Types on the keyboard into the field that is in focus; click it first. Says what it holds then."
    inputs: ClassVar[Inputs] = {
        "text": {"type": "string", "description": "The text to type."},
        "clear": {"type": "boolean", "description": "Empty the field first (default: False).", "nullable": True},
        "press_enter": {"type": "boolean", "description": "Press ENTER afterwards.", "nullable": True},
    }
    output_type = "string"

    def forward(self, text: str, clear: bool | None = False, press_enter: bool | None = False) -> str:
        """Type `text`; return into what, what that holds then, and what opened. What is secret is not returned.

        Args:
            text: what to type; a line break in it is the ENTER key, a tab the TAB key.
            clear: whether to empty the field before.
            press_enter: whether to press ENTER afterwards.

        Raises:
            ValueError: nothing that takes text is in focus, or it is read-only or disabled; or `text` is none, is too
                long, or has characters that stand for keys.
            RuntimeError: a JavaScript dialog is open.
        """
        if not isinstance(text, str):
            raise ValueError(f"type_text takes a text, not {one_line(repr(text), 40)}.")
        if len(text) > LONGEST:
            raise ValueError(f"That text is too long to type: at most {LONGEST:,} characters at once.")
        presses = typing(text)
        to_top(self._driver)
        into = focus(self._driver, mark=bool(clear))
        if not into.takes:
            raise ValueError(f"Nothing that takes text is in focus ({into.said} is): click a field first.")
        if into.locked:
            raise ValueError(f"The {into.said} in focus is {into.locked}: it takes no text.")
        if clear and into.takes == "value":
            raise ValueError(f"The {into.said} in focus holds a value that is not typed over: use fill(field, text).")
        if into.marked:
            presses.insert(0, (Keys.BACKSPACE,))
        if press_enter:
            presses.append((Keys.ENTER,))
        opened = press_and_tell(self._driver, presses)
        entered = " and pressed ENTER" if press_enter else ""
        count = "" if into.secret else f" {len(text)} character{'' if len(text) == 1 else 's'}"
        said = f"Typed{count} into {into.said}{entered}"
        if opened:
            return f"{said}.{opened}"
        return f"{said}{self._after(into)}."

    def _after(self, into: Focus) -> str:
        now = focus(self._driver)
        if now.said != into.said:
            return f"; in focus is now {now.said}"
        if now.secret or now.holds is None or now.takes not in ("text", "value", "choice"):
            return ""
        return f"; it now holds {one_line(now.holds, _SHOWN)!r}"


class PressKeys(BrowserTool):
    """Presses keys.

    Args:
        driver: the browser; plain WebDriver commands are enough.
    """

    name = "press_keys"
    description = "Presses keys, such as ENTER, CONTROL+A, SHIFT+TAB or DOWN DOWN ENTER. Says what was in focus."
    inputs: ClassVar[Inputs] = {
        "keys": {"type": "string", "description": "Names or characters; + holds a key down, a blank begins the next."}
    }
    output_type = "string"

    def forward(self, keys: str) -> str:
        """Press `keys`; return what was in focus and what opened.

        Args:
            keys: as `webagent.tools.keys.strokes` reads them.

        Raises:
            ValueError: there is no such key; near ones are named.
            RuntimeError: a JavaScript dialog is open.
        """
        if not isinstance(keys, str):
            raise ValueError(f"press_keys takes a text such as 'CONTROL+A', not {one_line(repr(keys), 40)}.")
        presses = strokes(keys)
        to_top(self._driver)
        into = focus(self._driver)
        opened = press_and_tell(self._driver, presses)
        where = "" if into.said in ("body", "html", "nothing") else f" on {into.said}"
        return f"Pressed {one_line(keys, 80)}{where}.{opened}"
