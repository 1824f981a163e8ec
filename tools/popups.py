"""The tool that closes pop-ups."""

import math
import time
from typing import ClassVar

from selenium.common.exceptions import (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    NoSuchFrameException,
    StaleElementReferenceException,
    WebDriverException,
)
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

from webagent.browser.page import open_dialog
from webagent.browser.scripts import load
from webagent.tools.base import BrowserTool
from webagent.tools.frames import enter
from webagent.tools.place import describe_dialog, describe_page, to_top
from webagent.tools.popup_page import Button, Popup, open_popups

NONE_OPEN = "No pop-up is open."
# Clicks in one call: stacked pop-ups are few, a page that opens ever new ones is left alone.
_TRIES = 10
_POLL_SECONDS = 0.05
# Longer than the fading of a dialog, shorter than a page's patience. Few pages heed Escape: where nothing
# changes soon, no more is waited for.
_ESCAPE_SECONDS = 0.5
_HEED_SECONDS = 0.2
_CLICK_SECONDS = 1.5


class ClosePopups(BrowserTool):
    """Closes what lies over the page: dialogs, overlays, consent banners, stacked ones too.

    It refuses consent where it can, follows no link, sends no form but one that refuses consent, and clicks nothing
    that buys, deletes or confirms.

    Args:
        driver: the browser; plain WebDriver commands are enough.
    """

    name = "close_popups"
    description = (
        "Closes pop-ups, dialogs and cookie banners (refusing cookies where it can) and says exactly what it did. "
        "Use it whenever something lies over the page."
    )
    inputs: ClassVar[dict[str, dict[str, str | bool]]] = {}
    output_type = "string"

    def forward(self) -> str:
        """Close the open pop-ups; return what was done, and what is open still.

        Raises:
            RuntimeError: a JavaScript dialog is open.
        """
        driver = self._driver
        to_top(driver)
        address = _address(driver)
        shown = open_popups(driver)
        if not shown:
            return NONE_OPEN
        done = [self._escape(shown)]
        tried: set[Button] = set()
        while len(tried) < _TRIES and open_dialog(driver) is None and _address(driver) == address:
            step = _next(open_popups(driver), tried)
            if step is None:
                break
            tried.add(step[1])
            done.append(self._click(*step))
        return "; ".join(done) + self._rest(address)

    def _escape(self, shown: list[Popup]) -> str:
        """Press Escape; return the words for what came of it."""
        self._stirs()  # from here on changes are watched
        ActionChains(self._driver).send_keys(Keys.ESCAPE).perform()
        gone = self._gone(shown, _ESCAPE_SECONDS, _HEED_SECONDS)
        return "Pressed Escape" + (f", which closed {_list(gone)}" if gone else "")

    def _click(self, popup: Popup, button: Button) -> str:
        """Click a button; return the words for what came of it."""
        driver = self._driver
        try:
            enter(driver, button.path)
            try:
                button.element.click()
            except (ElementClickInterceptedException, ElementNotInteractableException):
                driver.execute_script(load("press"), button.element)
        except (NoSuchFrameException, StaleElementReferenceException):
            # Gone between the look and the click: by a timer of the page, or with the pop-up below it.
            return f"the {popup.words} went away by itself"
        said = f"clicked {button.name!r}" if button.name else "clicked the close button"
        said += f" in the {popup.words}"
        if button.deed == "accept":
            said += ", as nothing else in it closes it"
        return said if self._gone([popup], _CLICK_SECONDS) else f"{said}, which did not close it"

    def _gone(self, popups: list[Popup], seconds: float, patience: float = math.inf) -> list[Popup]:
        """Return which of the pop-ups are closed, as soon as all of them are.

        Args:
            popups: the pop-ups.
            seconds: after so many it returns at the latest.
            patience: after so many it returns if nothing in the page changes or moves.
        """
        driver = self._driver
        start = time.monotonic()
        while True:
            if open_dialog(driver) is not None:
                return []
            now = [popup.root for popup in open_popups(driver)]
            gone = [popup for popup in popups if popup.root not in now]
            waited = time.monotonic() - start
            if len(gone) == len(popups) or waited >= seconds or (waited >= patience and not self._stirs()):
                return gone
            time.sleep(_POLL_SECONDS)

    def _stirs(self) -> bool:
        """Return whether something in the page moves or has just changed."""
        try:
            state = self._driver.execute_script(load("settle"))
        except WebDriverException:  # the page broke what the script needs, or just opened a dialog
            return True
        quiet = state.get("quiet") if isinstance(state, dict) and state.get("moving") is False else None
        return not isinstance(quiet, int | float) or quiet < _HEED_SECONDS * 1000

    def _rest(self, address: str) -> str:
        """Return the end of the report: what is left open, or what came up instead."""
        driver = self._driver
        dialog = describe_dialog(driver)
        if dialog is not None:
            return f". A dialog opened: {dialog}"
        driver.switch_to.default_content()
        moved = f". The page is now {describe_page(driver)}" if _address(driver) != address else ""
        left = open_popups(driver)
        if not left:
            return f"{moved}."
        return f"{moved}. Still open: {_list(left)}; no button there that only closes it: click the one you want."


def _address(driver: WebDriver) -> str:
    """Return the page's address without its fragment: links to "#" may close a pop-up."""
    return driver.current_url.partition("#")[0]


def _next(popups: list[Popup], tried: set[Button]) -> tuple[Popup, Button] | None:
    """Return the best button that was not tried yet, of the topmost pop-up that has one."""
    return next(((popup, button) for popup in popups for button in popup.buttons if button not in tried), None)


def _list(popups: list[Popup]) -> str:
    return ", ".join(f"the {popup.words}" for popup in popups)
