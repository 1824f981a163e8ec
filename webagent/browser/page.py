"""What there is to see of a page: its picture, its address, its words."""

import base64
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

from selenium.common.exceptions import (
    NoAlertPresentException,
    NoSuchWindowException,
    TimeoutException,
    UnexpectedAlertPresentException,
    WebDriverException,
)
from selenium.webdriver.remote.webdriver import WebDriver

from webagent.browser.network_errors import NOTHING_SHOWN, network_error
from webagent.browser.plain_json import finite_numbers
from webagent.browser.scripts import load
from webagent.browser.settle import Hear, of_the_page, settle
from webagent.text import normalise, one_line, thing

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True)
class PageState:
    """A page as it was at one moment. All of it but the picture's size comes from the page: it is data."""

    url: str = ""
    title: str = ""
    text: str = ""
    """Normalised visible text."""
    tabs: int = 1
    tab: int = 1
    """Number of the tab in focus, from 1."""
    new_tabs: tuple[int, int] = (0, 0)
    """Tabs that pages opened since this was last told, and those that were too many and closed again."""
    asked: tuple[str, ...] = ()
    """What pages asked of the person at the browser since this was last told, a sentence without its full stop each."""
    dialog: str | None = None
    """Text of the JavaScript dialog that is open; there is no picture then."""
    kind: str = "text/html"
    """The document's content type."""
    picture: "Image | None" = None
    png: bytes | None = None
    """The picture as the browser encoded it; None where it is not from `look`."""
    error: str | None = None
    """Why the browser shows an error page of its own; None where it shows a page."""
    refused: tuple[str, ...] = ()
    """What the page, or those before it, were not let connect to since this was last told."""
    hung: bool = False
    """The page's script did not answer; there is no picture and no text then."""
    view: tuple[float, ...] | None = None
    """What the picture is of: when its document began, and how far that was scrolled right and down in CSS pixels."""
    scroll: tuple[float, ...] | None = None
    """CSS pixels that it can be scrolled to the left, up, to the right and down; None where it shows all it has."""
    pane: bool = False
    """Whether that is of an area in the middle of a page that does not scroll itself."""
    downloads: tuple[str, ...] = ()
    """What came of downloads since this was last told, in words."""
    focus: str = ""
    """Role and name of what is in focus, such as "button 'Save'"; "" for the page as a whole."""


def screenshot(driver: WebDriver) -> bytes:
    """Return what the viewport shows, as a PNG with one pixel a CSS pixel.

    Raises:
        selenium.common.exceptions.WebDriverException: the browser could not take it.
    """
    captured = driver.execute(
        "executeCdpCommand",
        {"cmd": "Page.captureScreenshot", "params": {"format": "png", "optimizeForSpeed": True}},
    )["value"]["data"]
    return base64.b64decode(captured)


def decoded(png: bytes) -> "Image":
    """Return a PNG as an RGB picture."""
    from PIL import Image

    with Image.open(BytesIO(png)) as picture:
        return picture.convert("RGB")


def open_dialog(driver: WebDriver) -> str | None:
    """Return the text of the JavaScript dialog that is open, None if there is none."""
    try:
        return driver.switch_to.alert.text
    except (NoAlertPresentException, NoSuchWindowException):
        return None


def look(driver: WebDriver, cap: float = 1.5, hear: Hear | None = None) -> PageState:
    """Wait until the page rests and return what is to see.

    Args:
        driver: a Chromium driver, its focus on the page's top document.
        cap: seconds that a page which never rests is given.
        hear: as `webagent.browser.settle.settle` has it.

    Raises:
        selenium.common.exceptions.WebDriverException: the browser is gone.
    """
    dialog = open_dialog(driver)
    rest = "dialog" if dialog is not None else settle(driver, cap, hear)
    if rest == "hung" and not _answers(driver):
        return PageState(hung=True)
    if rest == "dialog":
        # Every look at the page would wait for the dialog; its own text can be read.
        return PageState(dialog=dialog if dialog is not None else open_dialog(driver) or "")
    handles = driver.window_handles
    tab = handles.index(driver.current_window_handle) + 1
    try:
        text = _text(driver, load("visible_text"))
        about = _about(driver)
        png = screenshot(driver)
    except WebDriverException:
        if (late := open_dialog(driver)) is not None:
            return PageState(dialog=late)
        raise
    if about.get("error") is not None:
        about["error"] = network_error(text) or one_line(text, 160) or NOTHING_SHOWN
    return PageState(
        url=driver.current_url, text=normalise(text), tabs=len(handles), tab=tab, picture=decoded(png), png=png, **about
    )


def _answers(driver: WebDriver) -> bool:
    """Return whether the page's script comes to answer within the driver's own time for scripts."""
    try:
        driver.execute_script("return 1")
    except UnexpectedAlertPresentException:
        return True
    except WebDriverException as error:
        if isinstance(error, TimeoutException):
            return of_the_page(error)
        if not of_the_page(error):
            raise
    return True


def _about(driver: WebDriver) -> dict[str, Any]:
    """Return what the page says of itself, as the parts of its state; nothing where it has broken what that needs."""
    try:
        told = driver.execute_script(load("about"))
    except WebDriverException as error:
        if isinstance(error, TimeoutException) or not of_the_page(error):
            raise
        return {}
    except (TypeError, ValueError):
        return {}
    if not isinstance(told, dict):
        return {}
    found: dict[str, Any] = {name: told[name] for name in ("title", "kind") if isinstance(told.get(name), str)}
    return found | {
        "view": finite_numbers(told.get("view"), 3),
        "scroll": finite_numbers(told.get("scroll"), 4),
        "pane": told.get("pane") is True,
        "focus": thing(told.get("focus")),
        "error": "" if told.get("error") is True else None,
    }


def _text(driver: WebDriver, script: str) -> str:
    """Return the text that `script` returns; "" where the page has broken what it needs."""
    try:
        found = driver.execute_script(script)
    except WebDriverException as error:
        if isinstance(error, TimeoutException) or not of_the_page(error):
            raise
        return ""
    return found if isinstance(found, str) else ""
