"""The tools that use the mouse's buttons at points of the picture, or lead the pointer there."""

from typing import ClassVar

from selenium.webdriver.common.actions.mouse_button import MouseButton

from webagent.text import one_line
from webagent.tools.opened import what_opened
from webagent.tools.place import describe_dialog
from webagent.tools.point import POINT, Inputs, PointingTool, Spot

_BUTTONS = {"left": MouseButton.LEFT, "middle": MouseButton.MIDDLE, "right": MouseButton.RIGHT}
_CLICKED = {1: "Clicked", 2: "Double-clicked", 3: "Triple-clicked"}
_MOST_MOVES = 24
_PIXELS_A_MOVE, _FIRST_PIXELS = 20, 6
_HELD_SECONDS = 0.1  # before a drag begins and before it ends: some pages look at the pointer only now and then


class _Clicking(PointingTool):
    """A tool that clicks."""

    output_type = "string"

    def _click(self, x: float, y: float, button: str, times: int, did: str) -> str:
        spot = self._spot(x, y)
        tabs = self._driver.window_handles
        gesture = self._mouse()
        gesture.pointer_action.move_to_location(spot.x, spot.y)  # type: ignore[no-untyped-call]
        for _ in range(times):
            gesture.pointer_action.click(button=_BUTTONS[button])
        self._perform(gesture, spot)
        opened = what_opened(self._driver, tabs, asked=spot.asks_for_tab and button != "right")
        return f"{did} {spot.thing} at {spot.said}.{opened}"


class ClickAt(_Clicking):
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
    inputs: ClassVar[Inputs] = {
        **POINT,
        "button": {"type": "string", "description": "left (default), middle or right.", "nullable": True},
        "clicks": {"type": "integer", "description": "1 (default), 2 or 3.", "nullable": True},
    }

    def forward(self, x: float, y: float, button: str | None = "left", clicks: int | None = 1) -> str:
        """Click at (`x`, `y`), in CSS pixels of the viewport or on the grid; return what was clicked and what opened.

        Args:
            x: see above; None, as `y`: where the pointer is.
            y: see `x`.
            button: "left", "middle" or "right".
            clicks: how often: 1, 2 or 3.

        Raises:
            ValueError: the point is not a pair of numbers, or lies outside of the viewport, whose size the text has; or
                there is no such button, or that is no number of clicks.
            RuntimeError: a JavaScript dialog is open.
        """
        button, clicks = "left" if button is None else button, 1 if clicks is None else clicks
        if not (isinstance(button, str) and button in _BUTTONS):
            raise ValueError(f"There is no mouse button {one_line(repr(button), 40)}: take left, middle or right.")
        if isinstance(clicks, bool) or not isinstance(clicks, int | float) or clicks not in _CLICKED:
            raise ValueError(f"clicks must be 1, 2 or 3, not {one_line(repr(clicks), 40)}.")
        did = _CLICKED[int(clicks)]
        if button != "left":
            did = f"{did} with the {button} button on"
        return self._click(x, y, button, int(clicks), did)


class DoubleClickAt(_Clicking):
    """Double-clicks with the mouse at a point of the viewport. See `ClickAt`."""

    name = "double_click_at"
    description = "Double-clicks at a pixel of the screenshot."
    inputs: ClassVar[Inputs] = POINT

    def forward(self, x: float, y: float) -> str:
        """Double-click at (`x`, `y`); return what was clicked and what opened. Takes and raises what `ClickAt` does."""
        return self._click(x, y, "left", 2, _CLICKED[2])


class RightClickAt(_Clicking):
    """Clicks with the right button of the mouse at a point of the viewport. See `ClickAt`."""

    name = "right_click_at"
    description = "Clicks with the right button at a pixel of the screenshot, for a page's own context menu."
    inputs: ClassVar[Inputs] = POINT

    def forward(self, x: float, y: float) -> str:
        """Right-click at (`x`, `y`); return what was clicked and what opened. Takes and raises what `ClickAt` does."""
        return self._click(x, y, "right", 1, "Right-clicked")


class HoverAt(PointingTool):
    """Leads the pointer to a point of the viewport. See `ClickAt`."""

    name = "hover_at"
    description = "Moves the pointer to a pixel of the screenshot, for menus and hints that open under it."
    inputs: ClassVar[Inputs] = POINT
    output_type = "string"

    def forward(self, x: float, y: float) -> str:
        """Lead the pointer to (`x`, `y`); return what it is over. Takes and raises what `ClickAt` does."""
        spot = self._spot(x, y)
        gesture = self._mouse()
        gesture.pointer_action.move_to_location(spot.x, spot.y)  # type: ignore[no-untyped-call]
        self._perform(gesture, spot)
        dialog = describe_dialog(self._driver)
        opened = f" A dialog opened: {dialog}" if dialog is not None else ""
        return f"The pointer is over {spot.thing} at {spot.said}.{opened}"


class DragAt(PointingTool):
    """Drags from one point of the viewport to another with the left button. See `ClickAt`."""

    name = "drag_at"
    description = "Drags with the mouse from a pixel of the screenshot to another: things, sliders, edges, selections."
    inputs: ClassVar[Inputs] = {
        "from_x": POINT["x"],
        "from_y": POINT["y"],
        "to_x": POINT["x"],
        "to_y": POINT["y"],
    }
    output_type = "string"

    def forward(self, from_x: float, from_y: float, to_x: float, to_y: float) -> str:
        """Drag from one point to the other, in CSS pixels of the viewport or on the grid; return what went where.

        Args:
            from_x: where the button is pressed; None, as `from_y`: where the pointer is.
            from_y: see `from_x`.
            to_x: where it is let go.
            to_y: see `to_x`.

        Raises:
            ValueError: a point is not a pair of numbers, or lies outside of the viewport; the text has its size.
            RuntimeError: a JavaScript dialog is open.
        """
        start = self._spot(from_x, from_y)
        if to_x is None or to_y is None:
            raise ValueError("drag_at needs to_x and to_y, the point to drag to.")
        end = self._spot(to_x, to_y)
        tabs = self._driver.window_handles
        gesture = self._mouse()
        pointer = gesture.pointer_action
        pointer.move_to_location(start.x, start.y).pointer_down().pause(_HELD_SECONDS)  # type: ignore[no-untyped-call]
        for x, y in _way(start, end):
            pointer.move_to_location(x, y)  # type: ignore[no-untyped-call]
        pointer.pause(_HELD_SECONDS).pointer_up()
        self._perform(gesture, end)
        opened = what_opened(self._driver, tabs)
        return f"Dragged {start.thing} from {start.said} to {end.said}, where there was {end.thing}.{opened}"


def _way(start: Spot, end: Spot) -> list[tuple[int, int]]:
    """Return the points that a drag passes.

    Pages take a drag for one when the pointer has moved by a few pixels, and ask where it is only while it moves. So
    the first move is a short one, and over the end there are two.
    """
    across, down = end.x - start.x, end.y - start.y
    distance = max(abs(across), abs(down), 1)
    moves = min(_MOST_MOVES, max(4, distance // _PIXELS_A_MOVE))
    shares = [min(0.2, _FIRST_PIXELS / distance), *(step / moves for step in range(1, moves + 1))]
    way = [(start.x + round(across * share), start.y + round(down * share)) for share in shares]
    before = (end.x + (1 if end.x == 0 else -1), end.y)
    return [*way[:-1], before, (end.x, end.y)]
