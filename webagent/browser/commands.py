"""The WebDriver commands that may be sent, and what each of them takes. What is not in the table is refused."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from webagent.browser.plain_json import ELEMENT, is_plain

_LONGEST_TEXT = 1_000_000  # characters; what is typed, and the scripts that tools bring
_LONGEST_SELECTOR = 20_000
_MOST_DEVICES = 10
_MOST_ACTIONS = 20_000
_LONGEST_ACTIONS = 20_000  # milliseconds that all of them together may take: the driver does nothing else meanwhile
_FARTHEST = 1_000_000  # pixels
_LONGEST_KEY = 16  # code units: one character as people see it may be several

# In a path it would lead to another command: "../../goog/cdp/execute?" for an element, for example.
_PART_OF_PATH = re.compile(r"(?!\.{1,2}$)[^/\\?#%;\s\x00-\x20\x7f]{1,200}")
_REFERENCE = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,200}")
_STRATEGIES = {"css selector", "link text", "partial link text", "tag name", "xpath"}
_DEVICES = {"none", "key", "pointer", "wheel"}
_POINTERS = {"mouse", "pen", "touch"}
_ORIGINS = {"viewport", "pointer"}
_NUMBERS = {
    *("duration", "x", "y", "deltaX", "deltaY", "button", "width", "height", "pressure", "tangentialPressure"),
    *("tiltX", "tiltY", "twist", "altitudeAngle", "azimuthAngle"),
}
_ACTIONS = {
    "pause": {"duration"},
    "keyDown": {"value"},
    "keyUp": {"value"},
    "pointerDown": _NUMBERS - {"x", "y", "deltaX", "deltaY"},
    "pointerUp": _NUMBERS - {"x", "y", "deltaX", "deltaY"},
    "pointerMove": (_NUMBERS - {"deltaX", "deltaY", "button"}) | {"origin"},
    "pointerCancel": set(),
    "scroll": {"x", "y", "deltaX", "deltaY", "duration", "origin"},
}


@dataclass(frozen=True)
class Parameter:
    """One parameter of a command."""

    fits: Callable[[Any], bool]
    """Whether a value may be sent; never raises, whatever it is given."""
    must_be: str
    """What it must be, worded to follow "it must be"."""
    optional: bool = False


def is_element(value: Any) -> bool:
    """Return whether `value` is WebDriver's reference to an element."""
    return isinstance(value, dict) and len(value) == 1 and _is_reference(value.get(ELEMENT))


def _is_reference(value: Any) -> bool:
    return isinstance(value, str) and _REFERENCE.fullmatch(value) is not None


def _is_part_of_path(value: Any) -> bool:
    return isinstance(value, str) and _PART_OF_PATH.fullmatch(value) is not None


def _is_number(value: Any, largest: float = _FARTHEST) -> bool:
    kind = isinstance(value, int | float) and not isinstance(value, bool)
    return kind and -largest <= value <= largest  # not a number is neither


def _is_frame(value: Any) -> bool:
    index = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 16
    return value is None or index or is_element(value)


def _text(longest: int) -> Parameter:
    return Parameter(
        lambda value: isinstance(value, str) and len(value) <= longest, f"text of at most {longest:,} characters"
    )


def _one_of(names: set[str]) -> Parameter:
    said = ", ".join(map(repr, sorted(names)))
    return Parameter(lambda value: isinstance(value, str) and value in names, f"one of {said}")


def _is_list_of_text(value: Any) -> bool:
    if not (isinstance(value, list) and len(value) <= _LONGEST_TEXT and all(isinstance(one, str) for one in value)):
        return False
    return sum(map(len, value)) <= _LONGEST_TEXT


def _are_actions(value: Any) -> bool:
    if not (isinstance(value, list) and len(value) <= _MOST_DEVICES and all(map(_is_device, value))):
        return False
    actions = [action for device in value for action in device["actions"]]
    return len(actions) <= _MOST_ACTIONS and sum(one.get("duration", 0) for one in actions) <= _LONGEST_ACTIONS


def _is_device(value: Any) -> bool:
    if not isinstance(value, dict) or not {"type", "id", "actions"} <= value.keys() <= _OF_DEVICE:
        return False
    pointer = value.get("parameters", {})
    return (
        _is_among(value["type"], _DEVICES)
        and isinstance(value["id"], str)
        and len(value["id"]) <= 100
        and isinstance(pointer, dict)
        and pointer.keys() <= {"pointerType"}
        and _is_among(pointer.get("pointerType", "mouse"), _POINTERS)
        and isinstance(value["actions"], list)
        and all(map(_is_action, value["actions"]))
    )


def _is_action(value: Any) -> bool:
    if not isinstance(value, dict) or not _is_among(value.get("type"), _ACTIONS):
        return False
    if not value.keys() - {"type"} <= _ACTIONS[value["type"]]:
        return False
    for name, part in value.items():
        if name in _NUMBERS and not _is_number(part):
            return False
        if name == "duration" and part < 0:
            return False
        if name == "value" and not (isinstance(part, str) and 0 < len(part) <= _LONGEST_KEY):
            return False
        if name == "origin" and not (_is_among(part, _ORIGINS) or is_element(part)):
            return False
    return True


def _is_among(value: Any, names: set[str] | dict[str, set[str]]) -> bool:
    return isinstance(value, str) and value in names


# From an element to its document and window, where cookies and storage are.
_LEADS_OUT = frozenset(
    "ownerDocument parentNode getRootNode contentDocument contentWindow defaultView view document window self top "
    "parent frames opener cookie localStorage sessionStorage indexedDB caches cookieStore shadowRoot".split()
)
_OF_DEVICE = {"type", "id", "actions", "parameters"}

_ID = Parameter(_is_reference, "an element's id, without slashes and blanks")
_ROOT = Parameter(_is_reference, "a shadow root's id, without slashes and blanks")
_NAME = Parameter(_is_part_of_path, "a name without slashes and blanks")
_PROPERTY = Parameter(
    lambda value: _is_part_of_path(value) and value not in _LEADS_OUT,
    "the name of a property that does not lead out of the element",
)
_FIND = {"using": _one_of(_STRATEGIES), "value": _text(_LONGEST_SELECTOR)}
_KEYS = {
    "text": _text(_LONGEST_TEXT),
    # The same again, character by character, as drivers had it before there was a standard.
    "value": Parameter(_is_list_of_text, "a list of characters", optional=True),
}
SCRIPT = {
    "script": _text(_LONGEST_TEXT),
    "args": Parameter(
        lambda value: isinstance(value, list) and is_plain(value),
        "a list of JSON values, not too long and not too deep",
    ),
    "id": Parameter(_is_reference, "an element's id", optional=True),  # selenium's elements send theirs with everything
}
"""What the commands that run scripts take; which scripts may be run is another question."""

_TABLE: list[tuple[str, Mapping[str, Parameter]]] = [
    ("get", {"url": Parameter(lambda value: isinstance(value, str), "text")}),
    ("goBack goForward refresh", {}),
    ("getTitle getCurrentUrl getPageSource screenshot w3cGetActiveElement", {}),
    ("findElement findElements", _FIND),
    ("findChildElement findChildElements", {"id": _ID, **_FIND}),
    ("findElementFromShadowRoot findElementsFromShadowRoot", {"shadowId": _ROOT, **_FIND}),
    ("getElementText getElementTagName getElementRect getElementAriaRole getElementAriaLabel", {"id": _ID}),
    ("isElementSelected isElementEnabled getShadowRoot elementScreenshot", {"id": _ID}),
    ("getElementAttribute", {"id": _ID, "name": _NAME}),
    ("getElementProperty", {"id": _ID, "name": _PROPERTY}),
    ("getElementValueOfCssProperty", {"id": _ID, "propertyName": _NAME}),
    ("clickElement clearElement", {"id": _ID}),
    ("sendKeysToElement", {"id": _ID, **_KEYS}),
    ("actions", {"actions": Parameter(_are_actions, "a list of input devices with their actions, 20 seconds in all")}),
    ("clearActionState", {}),
    ("w3cGetCurrentWindowHandle w3cGetWindowHandles close", {}),
    ("switchToWindow", {"handle": Parameter(_is_reference, "a tab's handle")}),
    ("newWindow", {"type": Parameter(lambda value: value in (None, "tab", "window"), "'tab'", optional=True)}),
    ("switchToFrame", {"id": Parameter(_is_frame, "a frame's number from 0, an element, or None")}),
    ("switchToParentFrame", {}),
    ("w3cGetAlertText w3cAcceptAlert w3cDismissAlert", {}),
    ("w3cSetAlertValue", _KEYS),
    ("w3cExecuteScript", SCRIPT),
]
COMMANDS: Mapping[str, Mapping[str, Parameter]] = {name: takes for names, takes in _TABLE for name in names.split()}
"""Selenium's name of each command -> its parameters. The session is the run's own and is never among them."""

COMMANDS_OF_TOOLS: Mapping[str, Mapping[str, Parameter]] = {**COMMANDS, "printPage": {}}
"""Those that tools may send; what a page looks like printed comes as megabytes, which are nothing for the worker."""


def what_to_use_instead(command: str) -> str | None:
    """Return the sentence for a command that is not in the table, where there is more to say than that."""
    return next((said for names, said in _INSTEAD if command in names), None)


_INSTEAD: list[tuple[set[str], str]] = [
    (
        {"quit", "newSession", "deleteSession"},
        "The browser belongs to the run: it starts and ends by itself. Use go_to(url) to open a page.",
    ),
    ({"minimizeWindow"}, "The window cannot be minimised: there would be nothing to see."),
    (
        {"setWindowRect", "getWindowRect", "w3cMaximizeWindow", "fullscreenWindow", "setScreenOrientation"},
        "The window keeps its size: the picture shows all of it. Use scroll_down() to see more of the page.",
    ),
    ({"executeCdpCommand"}, "DevTools commands are not available here; use helium's functions and the tools."),
    (
        {"addCookie", "getCookie", "getCookies", "deleteCookie", "deleteAllCookies"},
        "Cookies cannot be read or changed here; use what the page itself offers, such as its sign-in form.",
    ),
    (
        {"setTimeouts", "getTimeouts"},
        "The browser's timeouts belong to the run; use wait_until(condition, timeout_secs=...) to wait for something.",
    ),
    (
        {"uploadFile"},
        "Files are not uploaded to the browser here; use attach_file(path) with a file that the user gave for it.",
    ),
    ({"printPage"}, "Pages are not printed here; read them, or look at the picture."),
]
