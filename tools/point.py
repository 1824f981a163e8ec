"""What the pointing tools have in common: the points that they take, and what stands there."""

from dataclasses import dataclass
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

from selenium.common.exceptions import JavascriptException, MoveTargetOutOfBoundsException
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.remote.webdriver import WebDriver

from webagent.browser.scripts import load
from webagent.grid import Grid
from webagent.text import one_line
from webagent.tools.base import BrowserTool
from webagent.tools.place import to_top

Inputs = dict[str, dict[str, str | bool]]
"""What smolagents is told of a tool's arguments."""

_FROM_LEFT, _FROM_TOP = "Pixels from the left edge of the screenshot", "Pixels from the top edge of the screenshot"
POINT: Inputs = {
    "x": {"type": "number", "description": f"{_FROM_LEFT}."},
    "y": {"type": "number", "description": f"{_FROM_TOP}."},
}
"""The arguments of a tool that takes one point."""

_MOVE_MS = 20
_FARTHEST = 1e6  # beyond it, a number is not worth repeating

# A pointer stays where it was led, whichever tool did that.
_POINTERS: WeakKeyDictionary[WebDriver, tuple[int, int]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Spot:
    """A point of the page in view, and what stands there."""

    x: int
    """CSS pixels from the left edge of the viewport."""
    y: int
    """CSS pixels from its top edge."""
    said: str
    """The point as the model names it: `(12, 40)`."""
    thing: str
    """What stands there: `button 'Save'`, `div`, `nothing`."""
    asks_for_tab: bool
    """Whether it is a link that opens another tab."""


class PointingTool(BrowserTool):
    """A tool that takes points of the picture, and leads the pointer there.

    None for both numbers of a point is where the pointer is: not said in prompts, as it helps only those who translate
    from other ways of acting.

    Args:
        driver: the browser; plain WebDriver commands are enough.
        grid: on which the model names points; None: by the pixels of the viewport, whatever size it says it has.
    """

    description: str
    inputs: ClassVar[Inputs]

    def __init__(self, driver: WebDriver, grid: Grid | None = None) -> None:
        self._grid = grid
        if grid is not None and not grid.is_pixels:
            across, down = grid.size
            self.description = self.description.replace("a pixel", "a point")
            on_grid = {
                _FROM_LEFT: f"From 0, the left edge of the screenshot, to {across}",
                _FROM_TOP: f"From 0, the top edge of the screenshot, to {down}",
            }
            self.inputs = {  # type: ignore[misc]  # smolagents reads what the instance has
                name: {**told, "description": _replaced(str(told["description"]), on_grid)}
                for name, told in self.inputs.items()
            }
        super().__init__(driver)

    def _spot(self, x: float | None, y: float | None) -> Spot:
        """Return the point (`x`, `y`), in CSS pixels of the viewport or on the grid, and what stands there.

        The driver is in the top document afterwards. A point by the edge of the picture is moved onto it.

        Args:
            x: None, as `y`: where the pointer is.
            y: see `x`.

        Raises:
            ValueError: the point is not a pair of numbers, or lies outside of the picture; the text has its size.
            RuntimeError: a JavaScript dialog is open.
        """
        driver, grid = self._driver, self._grid
        if x is None and y is None:
            if driver not in _POINTERS:
                raise ValueError(f"{self.name} needs a point, x and y: the pointer has not been anywhere yet.")
            at = _POINTERS[driver]
            x, y = at if grid is None else grid.from_pixels(*at)
        for value in (x, y):
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ValueError(f"{self.name} takes numbers for x and y, not {one_line(repr(value), 40)}.")
        assert x is not None
        assert y is not None
        to_top(driver)
        if grid is None:
            grid = self._as_large_as_it_says()
        pixel = grid.to_pixel(x, y)
        if pixel is None:
            raise ValueError(_outside(x, y, grid))
        across, down = pixel if grid.is_pixels else (min(max(x, 0), grid.size[0]), min(max(y, 0), grid.size[1]))
        hit = self._hit(pixel)
        return Spot(*pixel, f"({across:g}, {down:g})", _thing(hit), hit.get("new_tab") is True)

    def _mouse(self) -> ActionBuilder:
        """Return what gestures are put together with."""
        return ActionBuilder(self._driver, duration=_MOVE_MS)

    def _perform(self, gesture: ActionBuilder, spot: Spot) -> None:
        """Do a gesture that ends with the pointer at `spot`.

        Raises:
            RuntimeError: the page breaks what the driver itself needs, or the browser shows less than the grid covers.
        """
        _POINTERS[self._driver] = (spot.x, spot.y)
        try:
            gesture.perform()
        except JavascriptException:
            raise RuntimeError("This page breaks what clicks need: leave it with go_back() or go_to(url).") from None
        except MoveTargetOutOfBoundsException:
            raise RuntimeError(f"The browser shows less of the page than {spot.said}: take another point.") from None

    def _hit(self, pixel: tuple[int, int]) -> dict[str, Any]:
        try:
            hit = self._driver.execute_script(load("hit"), *pixel)
        except JavascriptException:  # the page has broken what it needs
            hit = None
        return hit if isinstance(hit, dict) else {}

    def _as_large_as_it_says(self) -> Grid:
        """Return the pixels of the viewport, by what the page says.

        Raises:
            RuntimeError: it says nothing of use.
        """
        hit = self._hit((0, 0))
        width, height = hit.get("width"), hit.get("height")
        if type(width) is not int or type(height) is not int or width < 1 or height < 1:
            raise RuntimeError("The page does not tell where its points are: use helium's functions, or go_back().")
        return Grid((width, height), (width, height))


def described(role: object, name: object, tag: object, longest: int = 80) -> str:
    """Return the words for a thing of a page: `button 'Save'`, `div`, `nothing`.

    Args:
        role: its role, or "".
        name: its name, or "".
        tag: its tag, which stands in where there is no role.
        longest: characters of the name.
    """
    kind, called = one_line(role or tag or "", 30), one_line(name or "", longest)
    return f"{kind} {called!r}" if kind and called else kind or "nothing"


def _thing(hit: dict[str, Any]) -> str:
    return described(hit["role"], hit["name"], hit["tag"]) if {"role", "name", "tag"} <= hit.keys() else "something"


def _outside(x: float, y: float, grid: Grid) -> str:
    point = ", ".join(f"{value:g}" if abs(value) < _FARTHEST else "very far" for value in (x, y))
    said = f"({point}) is outside of the picture"
    across, down = grid.size
    if not grid.is_pixels:
        return f"{said}: take x from 0 to {across} and y from 0 to {down}, or scroll first."
    return (
        f"{said}, which is {across} pixels wide and {down} high: take x from 0 to {across - 1} and y from 0 to "
        f"{down - 1}, or scroll first."
    )


def _replaced(text: str, words: dict[str, str]) -> str:
    for old, new in words.items():
        text = text.replace(old, new)
    return text
