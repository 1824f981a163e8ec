"""The tool that clicks at a point of the picture."""

import math
from typing import Any, ClassVar

from selenium.common.exceptions import TimeoutException
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.wait import WebDriverWait

from webagent.browser.scripts import load
from webagent.grid import Grid
from webagent.text import one_line
from webagent.tools.base import BrowserTool
from webagent.tools.place import describe_dialog, describe_page, to_top

_MOVE_MS = 20
_FARTHEST = 1e6  # pixels; beyond it, and of nan, nothing needs to be asked
# A tab opened by script shows up a moment after the click; a link that asks for one may take longer.
_TAB_SECONDS = 0.25
_ASKED_TAB_SECONDS = 3.0


class ClickAt(BrowserTool):
    """Clicks with the mouse at a point of the viewport.

    Args:
        driver: the browser; plain WebDriver commands are enough.
        grid: on which the model names points; None: by the pixels of the viewport, whatever size it has.
    """

    name = "click_at"
    description = (
        "Clicks with the mouse at a pixel of the screenshot. Use it for what has no text to click by, "
        "such as icons, maps and canvases. Says what stood there."
    )
    inputs: ClassVar[dict[str, dict[str, str | bool]]] = {
        "x": {"type": "number", "description": "Pixels from the left edge of the screenshot."},
        "y": {"type": "number", "description": "Pixels from the top edge of the screenshot."},
    }
    output_type = "string"

    def __init__(self, driver: WebDriver, grid: Grid | None = None) -> None:
        self._grid = grid if grid is not None and not grid.is_pixels else None
        if self._grid is not None:
            across, down = self._grid.size
            self.description = self.description.replace("a pixel", "a point")
            self.inputs = {  # type: ignore[misc]  # smolagents reads what the instance has
                "x": {"type": "number", "description": f"From 0, the left edge of the screenshot, to {across}."},
                "y": {"type": "number", "description": f"From 0, the top edge of the screenshot, to {down}."},
            }
        super().__init__(driver)

    def forward(self, x: float, y: float) -> str:
        """Click at (`x`, `y`), in CSS pixels of the viewport or on the grid; return what was clicked and what opened.

        Raises:
            ValueError: the point is not a pair of numbers, or lies outside of the viewport; the text has its size.
            RuntimeError: a JavaScript dialog is open.
        """
        for value in (x, y):
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ValueError(f"click_at takes two numbers, x and y, not {one_line(repr(value), 40)}.")
        # The pixel that the point lies in; nan and infinity, which JSON has no words for, lie in none.
        point = [math.floor(value) if abs(value) < _FARTHEST else -1 for value in (x, y)]
        if self._grid is not None:
            point = list(self._grid.to_pixel(x, y) or (-1, -1))
        driver = self._driver
        to_top(driver)
        hit: dict[str, Any] = driver.execute_script(load("hit"), *point)
        width, height = hit["width"], hit["height"]
        if self._grid is not None and point[0] < 0:
            across, down = self._grid.size
            raise ValueError(
                f"({_written(x)}, {_written(y)}) is outside of the picture: take x from 0 to {across} and y from 0 to "
                f"{down}, or scroll first."
            )
        if not (0 <= point[0] < width and 0 <= point[1] < height):
            raise ValueError(
                f"({_written(x)}, {_written(y)}) is outside of the picture, which is {width} pixels wide and {height} "
                f"high: take x from 0 to {width - 1} and y from 0 to {height - 1}, or scroll first."
            )
        tabs = driver.window_handles
        actions = ActionBuilder(driver, duration=_MOVE_MS)
        actions.pointer_action.move_to_location(*point).click()  # type: ignore[no-untyped-call]
        actions.perform()
        at = f"({point[0]}, {point[1]})" if self._grid is None else f"({_written(x)}, {_written(y)})"
        return f"Clicked {_name(hit)} at {at}.{self._opened(tabs, hit['new_tab'])}"

    def _opened(self, tabs: list[str], asked: bool) -> str:
        """Return what opened or closed since `tabs` were all there were, and turn to the newest tab; "" for nothing."""
        driver = self._driver
        dialog = describe_dialog(driver)
        if dialog is not None:
            return f" A dialog opened: {dialog}"
        wait = WebDriverWait(driver, _ASKED_TAB_SECONDS if asked else _TAB_SECONDS, poll_frequency=0.05)
        try:
            wait.until(lambda found: set(found.window_handles) != set(tabs))
        except TimeoutException:
            return ""
        now = driver.window_handles
        new = [handle for handle in now if handle not in tabs]
        if new:
            driver.switch_to.window(new[-1])
            return f" A new tab opened; now in it: {describe_page(driver)}."
        if driver.session_id and now:
            driver.switch_to.window(now[-1])
            return f" The tab closed; now in {describe_page(driver)}."
        return ""


def _written(value: float) -> str:
    return f"{value:g}" if abs(value) < _FARTHEST else "very far"


def _name(hit: dict[str, Any]) -> str:
    """Return the words for what `hit.js` found: `button 'Save'`, `div`, `nothing`."""
    kind = one_line(hit["role"] or hit["tag"], 30)
    name = one_line(hit["name"], 80)
    return f"{kind} {name!r}" if kind and name else kind or "nothing"
