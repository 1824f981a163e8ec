"""Keys as people name them, and strokes of the keyboard."""

import difflib
from collections.abc import Iterable
from contextlib import suppress

from selenium.common.exceptions import UnexpectedAlertPresentException, WebDriverException
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

from webagent.text import one_line
from webagent.tools.opened import what_opened
from webagent.tools.place import describe_dialog

Stroke = tuple[str, ...]
"""Keys that are pressed one after another and let go in reverse: modifiers, and then the key itself."""

MOST_STROKES = 200
_AT_ONCE = 500  # strokes in one command; the driver does nothing else meanwhile
_LISTED = 5


def _plain(name: str) -> str:
    return name.upper().replace("_", "").replace("-", "")


_NAMES: dict[str, str] = {_plain(name): value for name, value in vars(Keys).items() if name.isupper()} | {
    "CTRL": Keys.CONTROL,
    "CTL": Keys.CONTROL,
    "CMD": Keys.META,
    "WIN": Keys.META,
    "WINDOWS": Keys.META,
    "SUPER": Keys.META,
    "OPTION": Keys.ALT,
    "OPT": Keys.ALT,
    "ESC": Keys.ESCAPE,
    "RETURN": Keys.ENTER,
    "DEL": Keys.DELETE,
    "INS": Keys.INSERT,
    "BACK": Keys.BACKSPACE,
    "BKSP": Keys.BACKSPACE,
    "PGUP": Keys.PAGE_UP,
    "PGDN": Keys.PAGE_DOWN,
    "PGDOWN": Keys.PAGE_DOWN,
    "SPACEBAR": Keys.SPACE,
    "PLUS": "+",
    "MINUS": "-",
}
_SHOWN = {
    _plain(name): name
    for name in (
        *("CONTROL", "SHIFT", "ALT", "META", "ENTER", "ESCAPE", "TAB", "SPACE", "BACKSPACE", "DELETE", "INSERT"),
        *("PAGE_UP", "PAGE_DOWN", "HOME", "END", "LEFT", "RIGHT", "UP", "DOWN", "PLUS", "MINUS"),
        *(f"F{number}" for number in range(1, 13)),
    )
}
_MODIFIERS = {Keys.CONTROL, Keys.ALT, Keys.META}


def strokes(text: str) -> list[Stroke]:
    """Return the strokes that a text names: `"CONTROL+A"`, `"DOWN DOWN ENTER"`.

    Args:
        text: strokes with blanks between them, of keys with "+" between them; small letters or capitals; the name of a
            key as helium and selenium have it or as it stands on keyboards, or one character.

    Raises:
        ValueError: there is none, there are too many, or there is no such key: near ones are named.
    """
    words = text.split()
    if not words:
        raise ValueError("There are no keys to press: name them, such as ENTER, CONTROL+A or DOWN DOWN ENTER.")
    if len(words) > MOST_STROKES:
        raise ValueError(f"These are {len(words)} strokes: press at most {MOST_STROKES} at once.")
    return [_stroke(word) for word in words]


def _stroke(word: str) -> Stroke:
    names = word.split("+")
    if names[-1] == "" and len(names) > 1:  # the plus itself: "+" or "CONTROL++"
        names = [*(name for name in names if name), "PLUS"]
    keys = [_key(name, word) for name in names]
    # With CONTROL held, A is the key and no capital.
    return tuple(key.lower() if len(keys) > 1 and _MODIFIERS & set(keys) else key for key in keys)


def _key(name: str, word: str) -> str:
    if len(name) == 1 and name.isprintable():
        return name
    found = _NAMES.get(_plain(name))
    if found is not None:
        return found
    said = one_line(name, 40)
    near = difflib.get_close_matches(_plain(name)[:40], [*_SHOWN], _LISTED, 0.5)
    like = ", ".join(_SHOWN[one] for one in near) or "ENTER, TAB, ESCAPE, DOWN, PAGE_DOWN, CONTROL+A"
    within = f" in {one_line(word, 40)!r}" if name != word else ""
    raise ValueError(f"There is no key {said!r}{within}; there are {like}. Text is typed with type_text(text).")


def typing(text: str) -> list[Stroke]:
    """Return the strokes that type a text: its line breaks as ENTER, its tabs as TAB.

    Raises:
        ValueError: it has characters that WebDriver takes for keys.
    """
    if any("\ue000" <= char <= "\ue05d" for char in text):
        raise ValueError("The text has characters that stand for keys: type the text, and use press_keys for keys.")
    named = {"\n": Keys.ENTER, "\t": Keys.TAB}
    return [(named.get(char, char),) for char in text.replace("\r\n", "\n").replace("\r", "\n")]


def press(driver: WebDriver, presses: Iterable[Stroke]) -> None:
    """Do strokes of the keyboard; they go to whatever is in focus. Nothing is held down afterwards.

    Raises:
        selenium.common.exceptions.WebDriverException: the browser did not take them, or a dialog came up meanwhile.
    """
    waiting = list(presses)
    for start in range(0, len(waiting), _AT_ONCE):
        gesture = ActionBuilder(driver)
        for stroke in waiting[start : start + _AT_ONCE]:
            for key in stroke:
                gesture.key_action.key_down(key)
            for key in reversed(stroke):
                gesture.key_action.key_up(key)
        try:
            gesture.perform()
        except WebDriverException:
            with suppress(WebDriverException):
                gesture.clear_actions()
            raise


def press_and_tell(driver: WebDriver, presses: Iterable[Stroke]) -> str:
    """Press keys; return what they opened or closed, see `what_opened`.

    Raises:
        selenium.common.exceptions.WebDriverException: the browser does not press them.
    """
    tabs = driver.window_handles
    try:
        press(driver, presses)
    except UnexpectedAlertPresentException:
        if describe_dialog(driver) is None:
            raise
    return what_opened(driver, tabs)
