"""The tools for tabs: which there are, going to one, opening and closing them."""

from contextlib import suppress
from typing import ClassVar

from selenium.common.exceptions import UnexpectedAlertPresentException, WebDriverException
from selenium.webdriver.remote.webdriver import WebDriver
from urllib3.exceptions import HTTPError

from webagent.browser.network_errors import NOT_OPENED, why_not_opened
from webagent.browser.tabs import MOST_TABS, Tab, open_tabs
from webagent.text import one_line
from webagent.tools.base import BrowserTool
from webagent.tools.place import describe_dialog

_NUMBER: dict[str, str | bool] = {
    "type": "integer",
    "description": "The tab's number, as tabs() has it: 1 is the first.",
}
_LISTED = 50  # tabs that are named; a page may have opened more before they are closed again


class Tabs(BrowserTool):
    """Lists the open tabs.

    Args:
        driver: the browser; plain WebDriver commands are enough, but a Chromium of this machine tells more.
    """

    name = "tabs"
    description = "Lists the open tabs with their numbers, titles and addresses, and says which one you are in."
    inputs: ClassVar[dict[str, dict[str, str | bool]]] = {}
    output_type = "string"

    def forward(self) -> str:
        """Return a line for each tab, numbered from 1 in the order in which they opened."""
        here = self._driver.current_window_handle
        found = open_tabs(self._driver)
        lines = [
            f"{number}: {_said(tab)}{' - you are here' if tab.handle == here else ''}"
            for number, tab in enumerate(found[:_LISTED], 1)
        ]
        return "\n".join([*lines, *([f"and {len(found) - _LISTED} more"] if len(found) > _LISTED else [])])


class SwitchTab(BrowserTool):
    """Goes to another tab.

    Args:
        driver: the browser; plain WebDriver commands are enough, but a Chromium of this machine tells more.
    """

    name = "switch_tab"
    description = "Goes to the tab with this number, and says which page that is."
    inputs: ClassVar[dict[str, dict[str, str | bool]]] = {"n": _NUMBER}
    output_type = "string"

    def forward(self, n: int) -> str:
        """Go to tab `n`; return which page it shows.

        Raises:
            ValueError: there is no tab of that number; the text says how many there are.
        """
        tab = _numbered(self._driver, n)
        self._driver.switch_to.window(tab.handle)
        return f"{_now_in(self._driver)}.{_greeting(self._driver)}"


class CloseTab(BrowserTool):
    """Closes a tab.

    Args:
        driver: the browser; plain WebDriver commands are enough, but a Chromium of this machine tells more.
    """

    name = "close_tab"
    description = "Closes the tab with this number, and says which one you are in then. The last tab cannot be closed."
    inputs: ClassVar[dict[str, dict[str, str | bool]]] = {"n": _NUMBER}
    output_type = "string"

    def forward(self, n: int) -> str:
        """Close tab `n`; return where the browser is then: where it was, or in the tab before the one that was closed.

        Raises:
            ValueError: there is no tab of that number; the text says how many there are.
            RuntimeError: it is the only one, or it asks whether to leave it.
        """
        driver = self._driver
        tab = _numbered(driver, n)
        others = [handle for handle in driver.window_handles if handle != tab.handle]
        if not others:
            raise RuntimeError("This is the only tab and cannot be closed; use go_to(url) to leave the page.")
        here = driver.current_window_handle
        if tab.handle != here:
            driver.switch_to.window(tab.handle)
        driver.close()
        driver.switch_to.window(here if here in others else others[max(n - 2, 0)])
        return f"Closed tab {n}, {_said(tab)}. {_now_in(driver)}."


class OpenTab(BrowserTool):
    """Opens a page in a new tab.

    Args:
        driver: the browser; plain WebDriver commands are enough, but a Chromium of this machine tells more.
    """

    name = "open_tab"
    description = "Opens a page in a new tab, goes there, and says which page that is."
    inputs: ClassVar[dict[str, dict[str, str | bool]]] = {
        "url": {"type": "string", "description": "The page's address, as go_to takes it."},
    }
    output_type = "string"

    def forward(self, url: str) -> str:
        """Open `url` in a new tab, wait for its document and return which page that is.

        Raises:
            ValueError: `url` is no text.
            RuntimeError: there are 20 tabs already, a dialog is open, or no page opened: nothing has changed.
        """
        if not isinstance(url, str):
            raise ValueError(f"open_tab takes an address, as go_to does, not {one_line(repr(url), 40)}.")
        driver = self._driver
        tabs = len(driver.window_handles)
        if tabs >= MOST_TABS:
            raise RuntimeError(
                f"There are {tabs} tabs, and no more than {MOST_TABS} can be open: close one with close_tab(n), or use "
                "go_to(url)."
            )
        dialog = describe_dialog(driver)
        if dialog is not None:
            raise RuntimeError(f"A dialog is open: {dialog}")
        here = driver.current_window_handle
        driver.switch_to.new_window("tab")
        try:
            driver.get(url)
        except UnexpectedAlertPresentException:
            pass  # the page greets with a dialog
        except WebDriverException as error:
            said = (error.msg or "").partition("\n")[0]
            why = said.removesuffix(".") if said.startswith(NOT_OPENED) else f"{NOT_OPENED}{why_not_opened(error)}"
            with suppress(WebDriverException):
                driver.close()
            driver.switch_to.window(here)
            raise RuntimeError(f"{one_line(why, 300).removesuffix('.')}. {_now_in(driver)}.") from None
        return f"{_now_in(driver)}.{_greeting(driver)}"


def _numbered(driver: WebDriver, n: int) -> Tab:
    """Return the tab of a number.

    Raises:
        ValueError: there is none.
    """
    found = open_tabs(driver)
    if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= len(found):
        there = "there is one tab, number 1" if len(found) == 1 else f"the tabs are numbered from 1 to {len(found)}"
        raise ValueError(f"There is no tab {one_line(repr(n), 40)}: {there}; see tabs().")
    return found[n - 1]


def _now_in(driver: WebDriver) -> str:
    here, found = driver.current_window_handle, open_tabs(driver)
    number = next((number for number, tab in enumerate(found, 1) if tab.handle == here), 0)
    return f"Now in tab {number} of {len(found)}: {_said(found[number - 1])}"


def _greeting(driver: WebDriver) -> str:
    try:
        dialog = describe_dialog(driver)
    except (WebDriverException, HTTPError):
        return ""  # the tab crashed or hangs: the next look says so
    return f" A dialog is open there: {dialog}" if dialog is not None else ""


def _said(tab: Tab) -> str:
    """Return a tab's title and address, cleaned and cut."""
    return f"{one_line(tab.title, 100)!r} ({one_line(tab.url)})"
