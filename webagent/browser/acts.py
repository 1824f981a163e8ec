"""What is done to a page and where, as it can be drawn on the picture that came before.

The answers come from the page, which may say of its elements what it likes: a box is numbers and nothing else, and
never reaches beyond the picture. Wherever no place can be told there is no act, and no error either.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from selenium.common.exceptions import WebDriverException
from selenium.webdriver.remote.webdriver import WebDriver
from urllib3.exceptions import HTTPError

from webagent.browser.plain_json import ELEMENT, finite_numbers
from webagent.browser.recover import answer_timeout
from webagent.browser.scripts import load
from webagent.browser.viewport import Viewport
from webagent.text import thing

MOST_ACTS = 50
"""Acts that are kept of a step; a drawing of more would show nothing."""
MOST_DEEDS = 6
"""Acts that are told in words of a step."""
_ANSWERS = 0.5  # seconds that a page is given to say where its elements are
_DID = {"click": "clicked", "type": "typed into", "drag": "dragged", "move": "hovered over"}
_ELEMENTS = {"clickElement": "click", "sendKeysToElement": "type"}
_HELIUMS_DRAG = ("dragHelper.createEvent('dragstart')", "dragHelper.createEvent('drop')")


@dataclass(frozen=True)
class Act:
    """Something done to the page, and where: a box in CSS pixels of the last picture."""

    kind: str
    """"click", "type", "drag" (one act where it was taken up, one where it was let go) or "move", which a hover is."""
    x: float
    """Left edge of the element, or of the point."""
    y: float
    """Top edge."""
    width: float = 0.0
    """0 for a bare point."""
    height: float = 0.0


@dataclass(frozen=True)
class Doing:
    """What a command is about to do."""

    acts: list[Act]
    deeds: list[str]
    """The same in words, also of what has no place in the picture; what they name is from the page."""


NOTHING = Doing([], [])


@dataclass(frozen=True)
class _Place:
    """An element, or a point: from an element's middle, or from the corner of the viewport."""

    element: str | None
    x: float = 0.0
    y: float = 0.0


class Acts:
    """Keeps what commands do to the page until it is asked for.

    An act is kept where it can be drawn: on the page of the last picture, as far as it was scrolled there.
    What is done to a page that came up since, out of the picture, or in a frame of another site leaves none.

    Args:
        driver: the real driver.
        viewport: the size of the picture.
    """

    def __init__(self, driver: WebDriver, viewport: Viewport) -> None:
        self._driver = driver
        self._viewport = viewport
        self._kept: list[Act] = []
        self._deeds: list[str] = []
        self._view: tuple[float, ...] | None = None
        self._silent = False
        self._held = False

    def before(self, command: str, params: dict[str, Any], *, in_words: bool) -> Doing:
        """Return what a command is about to do, for `keep` once it is done. At most one question to the page.

        Args:
            command: selenium's name for it.
            params: its parameters.
            in_words: whether it is to be told in words as well.
        """
        if self._silent or len(self._kept) >= MOST_ACTS:
            return NOTHING
        gestures = list(self._gestures(command, params))[:MOST_ACTS]
        if not gestures:
            return NOTHING
        boxes, things = self._ask([place for _, place in gestures], in_words)
        acts = [
            Act(kind, *box)
            for (kind, place), found in zip(gestures, boxes, strict=False)
            if (box := self._in_picture(found, place)) is not None
        ]
        named = zip((kind for kind, _ in gestures), things, strict=False)
        return Doing(acts, [f"{_DID[kind]} {what}" for kind, what in named if what])

    def keep(self, doing: Doing) -> None:
        """Keep what was done."""
        self._kept += doing.acts[: MOST_ACTS - len(self._kept)]
        for deed in doing.deeds:
            if self._deeds[-1:] != [deed] and len(self._deeds) <= MOST_DEEDS:
                self._deeds.append(deed)

    def new(self) -> list[Act]:
        """Return what was kept since this was last asked."""
        kept, self._kept = self._kept, []
        self._silent = False
        return kept

    def new_deeds(self) -> list[str]:
        """Return what was done since this was last asked, in words: at most MOST_DEEDS, and an ellipsis for more."""
        deeds, self._deeds = self._deeds, []
        return deeds if len(deeds) <= MOST_DEEDS else [*deeds[:MOST_DEEDS], "…"]

    def pictured(self, view: tuple[float, ...] | None) -> None:
        """Take note of what the picture is of that acts are drawn on from now on; None where it cannot be told."""
        self._view = view

    def _gestures(self, command: str, params: dict[str, Any]) -> Iterator[tuple[str, _Place]]:
        """Yield what a command does and where."""
        if command in _ELEMENTS:
            yield _ELEMENTS[command], _Place(params["id"])
        elif command == "actions":
            last = None
            for gesture in self._pointers(params["actions"]):
                if gesture != last or gesture[0] == "drag":  # a double click is one click
                    yield gesture
                last = gesture
        elif command == "w3cExecuteScript" and (element := _first_element(params["args"])) is not None:
            if params["script"] == load("press"):
                yield "click", _Place(element)
            elif any(part in params["script"] for part in _HELIUMS_DRAG):
                yield "drag", _Place(element)

    def _pointers(self, devices: list[dict[str, Any]]) -> Iterator[tuple[str, _Place]]:
        """Yield what pointers do; a press goes on past the command that began it."""
        for device in devices:
            if device["type"] != "pointer":
                continue
            at, down = None, None
            hovers = not self._held
            for action in device["actions"]:
                if action["type"] == "pointerMove":
                    at = _moved(at, action)
                elif action["type"] == "pointerDown":
                    self._held, hovers, down = True, False, at
                elif action["type"] == "pointerUp":
                    if down is not None and down == at:
                        yield "click", down
                    else:
                        yield from (("drag", end) for end in (down, at) if end is not None and self._held)
                    self._held, down = False, None
            if down is not None:
                yield "drag", down
            elif hovers and at is not None:
                yield "move", at

    def _ask(self, places: list[_Place], in_words: bool) -> tuple[list[list[float] | None], list[str]]:
        """Return the boxes of places as the picture has them, None where there is none; and what stands there."""
        asked = [[one.x, one.y] if one.element is None else {ELEMENT: one.element} for one in places]
        try:
            with answer_timeout(self._driver, _ANSWERS):
                told = self._driver.execute_script(load("places"), asked, in_words)
        except HTTPError:
            self._silent = True  # one wait a step is enough
            return [], []
        except (WebDriverException, TypeError, ValueError, RecursionError):
            return [], []
        if not (isinstance(told, dict) and all(isinstance(told.get(name), list) for name in ("boxes", "things"))):
            return [], []
        things = [thing(one) for one in told["things"][: len(places)]]
        view = finite_numbers(told.get("view"), 3)
        if view is None or self._view is None or view[0] != self._view[0]:
            return [], things
        scrolled = view[1] - self._view[1], view[2] - self._view[2]
        return [_shifted(box, *scrolled) for box in told["boxes"][: len(places)]], things

    def _in_picture(self, box: list[float] | None, place: _Place) -> tuple[float, float, float, float] | None:
        if box is None:
            return None
        left, top = max(0.0, box[0]), max(0.0, box[1])
        width = min(box[0] + box[2], self._viewport.width) - left
        height = min(box[1] + box[3], self._viewport.height) - top
        if place.element is not None and (place.x or place.y):  # WebDriver counts from the middle of what is in view
            left, top, width, height = left + width / 2 + place.x, top + height / 2 + place.y, 0, 0
        elif place.element is not None and not (width > 0 and height > 0):
            return None
        inside = 0 <= left < self._viewport.width and 0 <= top < self._viewport.height and width >= 0 and height >= 0
        return (round(left, 1), round(top, 1), round(width, 1), round(height, 1)) if inside else None


def _moved(at: _Place | None, action: dict[str, Any]) -> _Place | None:
    """Return where a pointer is after a move; None where that cannot be told."""
    x, y, origin = action.get("x", 0), action.get("y", 0), action.get("origin", "viewport")
    if isinstance(origin, dict):
        return _Place(origin[ELEMENT], x, y)
    if origin == "pointer":
        return at and _Place(at.element, at.x + x, at.y + y)
    return _Place(None, x, y)


def _first_element(args: list[Any]) -> str | None:
    first = args[0] if args else None
    return first.get(ELEMENT) if isinstance(first, dict) else None


def _shifted(box: Any, x: float, y: float) -> list[float] | None:
    """Return a box that a page told of, moved unless it is fixed; None where it is none."""
    numbers = finite_numbers(box[:4], 4) if isinstance(box, list) and len(box) == 5 else None
    if numbers is None:
        return None
    left, top, width, height = numbers
    if width < 0 or height < 0:
        return None
    return [left, top, width, height] if box[4] is True else [left + x, top + y, width, height]
