"""helium as the model's code gets it: quick, honest about what it took, and with errors that say what to try.

Changes helium in this process only, which is the worker's and runs nothing else.
"""

from collections.abc import Callable, Iterator
from functools import wraps
from itertools import islice
from typing import Any

import helium
from helium._impl import (
    AlertImpl,
    APIImpl,
    GUIElementImpl,
    WindowImpl,
    handle_unexpected_alert,
    might_spawn_window,
)
from helium._impl.selenium_wrappers import FrameIterator, WebDriverWrapper, WebElementWrapper
from selenium.common.exceptions import (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    InvalidSelectorException,
    NoSuchWindowException,
    StaleElementReferenceException,
    TimeoutException,
    UnexpectedAlertPresentException,
    WebDriverException,
)
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.remote.webdriver import WebDriver

from webagent.browser.known_scripts import SCROLLED
from webagent.browser.network_errors import NOT_OPENED, network_error
from webagent.grid import Grid
from webagent.sandbox.points import aim_at_the_picture
from webagent.sandbox.wire import WireError
from webagent.text import one_line

POINTER_MOVE = 20
"""Milliseconds a pointer takes to its target; selenium's own 250 are most of the time of a click."""
MOST_COUNTED = 10
"""Matches of a lookup that are counted, to say that one was taken of several."""

_REFUSED = dict.fromkeys(
    ("start_chrome", "start_firefox", "kill_browser", "set_driver"),
    "the browser is already open and ends with the run. Use go_to(url).",
) | {"drag_file": "files are not dragged into pages here. Use attach_file(path) on the page's file input."}
_ACTS = (
    "click doubleclick rightclick hover drag press_mouse_on release_mouse_over write select highlight attach_file"
).split()


class Hands:
    """Sets helium up on a driver.

    Args:
        driver: what helium is to drive.
        nearest: asked with what was sought in vain, returns a sentence that names the nearest visible candidates.
        grid: on which points of the page in view are named.
        implicit_wait: seconds that helium looks for an element.

    Attributes:
        notes: what the model should know of the lookups of the current action; the owner clears it.
    """

    def __init__(self, driver: WebDriver, nearest: Callable[[str], str], grid: Grid, implicit_wait: float) -> None:
        self.notes: list[str] = []
        self._nearest = nearest
        self._grid = grid
        helium.set_driver(driver)
        helium.Config.implicit_wait_secs = implicit_wait
        WebDriverWrapper.action = lambda wrapper: ActionChains(wrapper.target, duration=POINTER_MOVE)
        WebDriverWrapper.get_distance_to_last_manipulated = _distance_to_last
        # What is found as a button and as a text is one element; helium stops looking where it meets one twice.
        WebElementWrapper.__eq__ = lambda one, other: one.target == getattr(other, "target", None)
        WebElementWrapper.__hash__ = lambda wrapper: hash(wrapper.target)
        aim_at_the_picture(grid)
        GUIElementImpl._perform_no_wait = self._counting(GUIElementImpl._perform_no_wait)
        AlertImpl.perform = _or_not_found(AlertImpl.perform, _no_dialog)
        WindowImpl.perform = _or_not_found(WindowImpl.perform, _no_such_tab)
        WindowImpl.iter_all_occurrences = _tabs_titled
        APIImpl.go_to_impl = might_spawn_window(handle_unexpected_alert(_go_to))
        for name, why in _REFUSED.items():
            setattr(helium, name, _refusal(name, why))
        for name in _ACTS:
            setattr(helium, name, self._friendly(getattr(helium, name)))

    def explain(self, error: BaseException) -> str:
        """Return in one or two lines what went wrong and what to try."""
        if type(error) is LookupError:  # helium's own, of a property such as Text("x").value
            return self._nearest(str(error))
        if isinstance(error, UnexpectedAlertPresentException):
            text = error.alert_text or getattr(error.__context__, "alert_text", None)  # helium raises its own over it
            said = f': "{one_line(text)}"' if text else ""
            how = "answer_dialog(accept=True) or answer_dialog(accept=False)"
            return f"A dialog is open{said}. Answer it with {how} first."
        if isinstance(error, WireError):
            return f"That value is too large: {error}."
        if isinstance(error, StaleElementReferenceException):
            return "The element is gone: the page has changed since it was found. Find it again."
        if isinstance(error, ElementClickInterceptedException):
            return "Something lies over that element and would take the click. Close what covers it, or scroll."
        if isinstance(error, ElementNotInteractableException):
            return "That element cannot be used as it is (hidden, or disabled). Bring it into view or open its section."
        if isinstance(error, InvalidSelectorException):
            return f"That selector is not valid: {_first_line(error)}"
        if isinstance(error, NoSuchWindowException):
            return "That tab is closed."
        if isinstance(error, TimeoutException) and not (error.msg or "").strip():  # wait_until's own
            return "What was waited for did not come about in time."
        if isinstance(error, TimeoutException):
            return f"The browser took too long: {_first_line(error)}"
        if isinstance(error, WebDriverException) and (error.msg or "").startswith(NOT_OPENED):
            return f"{_first_line(error)}."
        if isinstance(error, WebDriverException) and (why := network_error(error.msg or "")):
            return f"The page did not open: {why}."
        if isinstance(error, WebDriverException):
            return f"The browser refused: {_first_line(error)}"
        text = "\n".join(str(error).strip().splitlines()[-3:])
        # smolagents' own sentences need no name; another exception's kind is half of what it says.
        return (
            text
            if type(error).__name__ in {"InterpreterError", "ToolFailed", "NotFound", "Refusal"}
            else (f"{type(error).__name__}: {text}" if text else type(error).__name__)
        )

    def _friendly(self, act: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(act)
        def friendly(*args: Any, **kwargs: Any) -> Any:
            for value in (*args, *kwargs.values()):
                if isinstance(value, helium.Point):
                    self._check_inside(value)
            try:
                return act(*args, **kwargs)
            except LookupError as error:
                raise NotFound(self._nearest(str(error))) from None

        return friendly

    def _check_inside(self, point: Any) -> None:
        if self._grid.to_pixel(point.x, point.y) is None:
            raise NotFound(f"Point({point.x}, {point.y}) lies outside the picture, which is {self._grid}.")

    def _counting(self, perform: Callable[..., Any]) -> Callable[..., Any]:
        """Return helium's "act on the first match that lets itself be acted on", noting where there were several."""

        def perform_no_wait(element: Any, action: Callable[[Any], Any]) -> Any:
            if not hasattr(element, "find_anywhere_in_curr_frame"):
                return perform(element, action)
            if element._is_bound():
                if (frame := element.first_occurrence.frame_index) is not None:
                    FrameIterator(element._driver).switch_to_frame(frame)
                return perform(element, action)
            found = [one.first_occurrence for one in islice(element.iter_all(ignore_frame_changes=True), MOST_COUNTED)]
            # Listing them all has led through every frame; each is to be acted on in its own.
            in_frames = any(occurrence.frame_index for occurrence in found)
            for place, occurrence in enumerate(found):
                if in_frames:
                    FrameIterator(element._driver).switch_to_frame(occurrence.frame_index or [])
                said = _said(occurrence, self._grid) if len(found) > 1 else ""
                try:
                    action(occurrence)
                except Exception as error:
                    if not element.should_ignore_exception(error):
                        raise
                    continue
                element._bound_occurrence = occurrence
                if said:
                    many = f"{len(found)} or more" if len(found) == MOST_COUNTED else str(len(found))
                    self.notes.append(f"{many} elements matched; number {place + 1} was taken: {said}.")
                return occurrence
            return perform(element, action) if len(found) == MOST_COUNTED else None

        return perform_no_wait


class NotFound(LookupError):
    """Nothing on the page fits what was asked for."""


class Refusal(Exception):
    """A function of helium that the run does not allow."""


def _refusal(name: str, why: str) -> Callable[..., None]:
    def refuse(*_: Any, **__: Any) -> None:
        raise Refusal(f"{name}() is not available: {why}")

    refuse.__name__ = name
    return refuse


def _go_to(api: Any, url: str) -> None:
    # As it is written: helium would take "://" in a query for that of a scheme, and knows no scheme without slashes.
    api.require_driver().get(url)


def _or_not_found(perform: Callable[..., Any], say: Callable[[Any], str]) -> Callable[..., Any]:
    def perform_or_say(element: Any, action: Callable[[Any], Any]) -> Any:
        try:
            return perform(element, action)
        except LookupError:
            raise NotFound(say(element)) from None

    return perform_or_say


def _no_dialog(alert: Any) -> str:
    text = f" that begins with {one_line(alert.search_text, 80)!r}" if alert.search_text else ""
    return f"No dialog{text} is open."


def _no_such_tab(window: Any) -> str:
    titles = [repr(one_line(tab.title, 60)) for tab in islice(WindowImpl(window._driver).iter_all(), MOST_COUNTED)]
    return f"There is no tab titled {one_line(window.search_title, 80)!r}; there are {', '.join(titles)}."


def _tabs_titled(window: Any) -> Iterator[Any]:
    """Yield the tabs whose title holds what is sought, ignoring case: those that begin with it first."""
    sought = (window.search_title or "").casefold()
    found = []
    for handle in window._driver.window_handles:
        tab = WindowImpl.SeleniumWindow(window._driver, handle)
        title = tab.title.casefold() if sought else ""
        if sought in title:
            found.append((not title.startswith(sought), len(title), tab))
    yield from (tab for _, _, tab in sorted(found, key=lambda one: one[:2]))


def _distance_to_last(driver: Any, element: Any) -> Any:
    """Return how far `element` is from what was last acted on; helium takes the nearest of its matches."""
    last = driver.last_manipulated_element
    # In another document there is no such distance, and helium, asking for it, would go astray between the frames.
    if not isinstance(last, WebElementWrapper) or _document(last) != _document(element):
        return 0
    try:
        place = last.location
    except WebDriverException:
        return 0
    return place.distance_to(element.location)


def _document(element: Any) -> str:
    return str(element.target.id).rpartition(".e.")[0]  # as chromedriver names elements; "" is no harm


def _said(occurrence: Any, grid: Grid) -> str:
    try:
        text = occurrence.text or occurrence.get_attribute("aria-label") or occurrence.get_attribute("value") or ""
        said = f"<{occurrence.tag_name}> {one_line(text, 60)!r}"
        if occurrence.frame_index:
            return f"{said} in a frame"
        box, (left, top) = occurrence.location, occurrence.target.parent.execute_script(SCROLLED)
        x, y = grid.from_pixels(box.left + box.width / 2 - left, box.top + box.height / 2 - top)
        return f"{said} at ({round(x)}, {round(y)})"
    except WebDriverException:
        return "one that has changed since"


def _first_line(error: WebDriverException) -> str:
    line = (error.msg or "").strip().partition("\n")[0]
    return one_line(line.partition("; For documentation")[0], 300)
