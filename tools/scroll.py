"""The tool that turns the mouse wheel at a point of the picture."""

import time
from dataclasses import dataclass
from typing import Any, ClassVar

from selenium.common.exceptions import WebDriverException

from webagent.browser.plain_json import finite_numbers
from webagent.text import one_line
from webagent.tools.frames import Path, enter
from webagent.tools.place import describe_dialog
from webagent.tools.point import POINT, Inputs, PointingTool, Spot, described
from webagent.tools.reading import ask

_DEEPEST = 8  # frames in frames
_FARTHEST = 100_000  # pixels
_POLL = 0.05  # seconds
_BEGINS = 0.3, 8  # seconds, and pictures that are drawn, in which what scrolls begins to
_RESTS = 0.15, 4  # likewise, for which what has come to rest stays in its place
_ENDS = 4.0  # seconds after which it is looked at as it is, moving or not
_LONGEST_NAME = 50
_DIRECTIONS = ("left", "right", "up", "down")


@dataclass(frozen=True)
class _Thing:
    """Something that can be scrolled."""

    said: str
    at: tuple[float, ...]
    """Its place, in CSS pixels to the right and down."""
    left: dict[str, float]
    """How far it can still go in each direction, in CSS pixels; nothing of a direction it never goes in."""
    middle: tuple[float, ...]
    """Of what shows of it, in CSS pixels of its document's viewport."""

    def goes(self, ways: list[str]) -> bool:
        """Return whether it can still be scrolled in one of these directions."""
        return any(self.left.get(way, 0) >= 1 for way in ways)


class ScrollAt(PointingTool):
    """Turns the mouse wheel over a point of the viewport.

    Args:
        driver: the browser; plain WebDriver commands are enough.
        grid: on which the model names points and distances; None: by the pixels of the viewport.
    """

    name = "scroll_at"
    description = (
        "Turns the mouse wheel over a pixel of the screenshot: what is there scrolls, be it a list, a table or the "
        "page. Says what it was and how far it can still go."
    )
    inputs: ClassVar[Inputs] = {
        **POINT,
        "dx": {"type": "number", "description": "How far to the right, in the same measure; negative: to the left."},
        "dy": {"type": "number", "description": "How far down; negative: up."},
    }
    output_type = "string"

    def forward(self, x: float, y: float, dx: float, dy: float) -> str:
        """Scroll what stands at a point, by a real wheel; return what moved, by how much, and how far it can still go.

        Args:
            x: CSS pixels of the viewport, or on the grid; None, as `y`: where the pointer is.
            y: see `x`.
            dx: how far to the right, in the same measure; negative: to the left.
            dy: how far down; negative: up.

        Raises:
            ValueError: these are no numbers, both distances are 0, or the point lies outside of the viewport.
            RuntimeError: a JavaScript dialog is open, or the page cannot be read.
        """
        for value in (dx, dy):
            if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _FARTHEST:
                raise ValueError(f"dx and dy must be numbers of at most {_FARTHEST}, not {one_line(repr(value), 40)}.")
        across, down = (dx, dy) if self._grid is None else self._grid.in_pixels(dx, dy)
        across, down = round(across), round(down)
        if not across and not down:
            raise ValueError("scroll_at needs a distance: dx to the right or dy down, negative for left or up.")
        spot = self._spot(x, y)
        try:
            return self._scroll(spot, across, down)
        finally:
            if describe_dialog(self._driver) is None:
                self._driver.switch_to.default_content()

    def _scroll(self, spot: Spot, across: int, down: int) -> str:
        paths = self._paths(spot)
        before, _ = self._look(paths)
        self._driver.switch_to.default_content()
        gesture = self._mouse()
        gesture.pointer_action.move_to_location(spot.x, spot.y)  # type: ignore[no-untyped-call]
        gesture.wheel_action.pause()  # first the pointer, then the wheel
        gesture.wheel_action.scroll(x=spot.x, y=spot.y, delta_x=across, delta_y=down)  # type: ignore[no-untyped-call]
        self._perform(gesture, spot)
        dialog = describe_dialog(self._driver)
        if dialog is not None:
            return f"The wheel was turned over {spot.thing} at {spot.said}. A dialog opened: {dialog}"
        after = self._rested(paths, before)
        moved = [
            self._moved(old, new)
            for old, new in zip(before, after, strict=False)
            if old is not None and new is not None and _distance(old, new) != (0, 0)
        ]
        if moved:
            return " ".join(moved)
        return self._not_moved(spot, [one for one in after if one is not None], across, down)

    def _paths(self, spot: Spot) -> list[Path]:
        """Return the documents around a point, innermost first; in each, what can be scrolled is kept by its script."""
        paths: list[Path] = []
        path: Path = ()
        x, y = float(spot.x), float(spot.y)
        for _ in range(_DEEPEST):
            try:
                enter(self._driver, path)
                found = ask(self._driver, "scroll", "at", x, y)
            except (WebDriverException, RuntimeError):
                if not path:
                    raise
                break  # the frame has gone, or cannot be read
            paths.insert(0, path)
            point = finite_numbers([found.get("x"), found.get("y")], 2)
            if point is None or found.get("frame") is None:
                break
            path, (x, y) = (*path, found["frame"]), point
        return paths

    def _look(self, paths: list[Path]) -> tuple[list[_Thing | None], int]:
        """Return what was kept in these documents, as it is now, and how often the innermost of them was drawn.

        None stands for what cannot be scrolled any more.
        """
        things: list[_Thing | None] = []
        drawn = 0
        for path in paths:
            try:
                enter(self._driver, path)
                found = ask(self._driver, "scroll", "now")
            except (WebDriverException, RuntimeError):
                continue
            things += [_read(told, framed=bool(path)) for told in _told(found)]
            if path == paths[0] and isinstance(found.get("drawn"), int):
                drawn = found["drawn"]
        return things, drawn

    def _rested(self, paths: list[Path], before: list[_Thing | None]) -> list[_Thing | None]:
        """Return what was kept when it has come to rest."""
        end = time.monotonic() + _ENDS
        last, still = before, (time.monotonic(), self._look(paths)[1])
        while True:
            time.sleep(_POLL)
            seen, drawn = self._look(paths)
            now = time.monotonic()
            if _places(seen) != _places(last):
                last, still = seen, (now, drawn)
            seconds, pictures = _RESTS if _places(seen) != _places(before) else _BEGINS
            if now >= end or (now - still[0] >= seconds and drawn - still[1] >= pictures):
                return seen

    def _moved(self, old: _Thing, new: _Thing) -> str:
        across, down = _distance(old, new)
        parts = [
            f"{self._length(abs(length), way)} {way}"
            for length, way in ((down, "down" if down > 0 else "up"), (across, "right" if across > 0 else "left"))
            if length
        ]
        return f"Scrolled {new.said} {' and '.join(parts)}. Left: {self._left(new)}."

    def _not_moved(self, spot: Spot, things: list[_Thing], across: int, down: int) -> str:
        ways = [
            way for way, wanted in zip(_DIRECTIONS, (across < 0, across > 0, down < 0, down > 0), strict=True) if wanted
        ]
        way = " or ".join(ways)
        if any(thing.left.get(one, 0) >= 1 for thing in things for one in ways):
            return (
                f"The wheel was turned over {spot.thing} at {spot.said}, and nothing there scrolled {way}: the page "
                "may use the wheel for something else. Look at the picture."
            )
        said = f"Nothing at {spot.said} can be scrolled {way}."
        if things:
            said += " There: " + "; ".join(f"{thing.said}, left {self._left(thing)}" for thing in things[:3]) + "."
        self._driver.switch_to.default_content()
        rest = ask(self._driver, "scroll", "rest")
        others = [
            thing for thing in map(_read, _told(rest)) if thing and any(thing.left.get(one, 0) >= 1 for one in ways)
        ]
        if not others:
            return said
        named = [
            thing.said if thing.said == _PAGE else f"{thing.said} at {self._point(thing.middle)}" for thing in others
        ]
        return f"{said} What can be: {', '.join(named)}."

    def _left(self, thing: _Thing) -> str:
        return ", ".join(
            f"{self._length(thing.left[way], way)} {way}"
            for way in ("down", "up", "right", "left")
            if way in thing.left
        )

    def _length(self, pixels: float, way: str) -> int:
        if self._grid is None:
            return round(pixels)
        across, down = self._grid.from_pixels(pixels, pixels)
        return round(across if way in ("left", "right") else down)

    def _point(self, pixels: tuple[float, ...]) -> str:
        x, y = pixels if self._grid is None else self._grid.from_pixels(*pixels)
        return f"({round(x)}, {round(y)})"


_PAGE = "the page"


def _told(found: dict[str, Any]) -> list[Any]:
    things = found.get("things")
    return things if isinstance(things, list) else []


def _read(told: Any, framed: bool = False) -> _Thing | None:
    """Return what a page says of a thing; None where it is not to be understood."""
    if not isinstance(told, dict):
        return None
    at, middle = finite_numbers(told.get("at"), 2), finite_numbers([told.get("x"), told.get("y")], 2)
    left = finite_numbers([told.get(way) for way in _DIRECTIONS], 4)
    if at is None or middle is None or left is None:
        return None
    ways = dict(zip(_DIRECTIONS, left, strict=True))
    for one, other in (("left", "right"), ("up", "down")):
        if not ways[one] and not ways[other]:
            del ways[one], ways[other]
    if told.get("page") is True:
        said = "the page in the frame" if framed else _PAGE
    else:
        said = described(told.get("role"), told.get("name"), told.get("tag"), _LONGEST_NAME)
    return _Thing(said, at, ways, middle)


def _places(things: list[_Thing | None]) -> list[tuple[float, ...] | None]:
    return [None if thing is None else thing.at for thing in things]


def _distance(old: _Thing, new: _Thing) -> tuple[int, int]:
    return round(new.at[0] - old.at[0]), round(new.at[1] - old.at[1])
