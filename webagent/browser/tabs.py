"""The open tabs, told by the browser and not by their pages: one that hangs or crashed holds nothing up."""

import json
import time
from contextlib import suppress
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, Any

from selenium.webdriver.remote.webdriver import WebDriver

from webagent.browser.devtools import devtools
from webagent.browser.page import open_dialog
from webagent.browser.recover import ANSWER_AT_ONCE, answer_timeout

if TYPE_CHECKING:
    from webagent.browser.gate import Gate

MOST_TABS = 20
"""Tabs that may be open; a page opens one for each click, if it likes."""
_CLOSES = 5.0  # seconds that tabs are given to close


@dataclass(frozen=True)
class Tab:
    """A tab. Its title and address come from the page: they are data."""

    handle: str
    title: str
    url: str


def open_tabs(driver: WebDriver) -> list[Tab]:
    """Return the open tabs, in the order in which they opened.

    Titles and addresses are empty where the browser cannot be asked past its driver.

    Raises:
        selenium.common.exceptions.WebDriverException: the driver does not answer.
    """
    pages: dict[str, Any] = {}
    with suppress(OSError, ValueError, KeyError, TypeError):
        pages = {one["id"]: one for one in json.loads(devtools(driver, "GET", "list"))}
    return [
        Tab(handle, *(unescape(str(pages.get(handle, {}).get(name, ""))) for name in ("title", "url")))
        for handle in driver.window_handles
    ]


class NewTabs:
    """Follows the tab that a page opened, and closes those that are too many.

    Args:
        driver: the real driver, of a Chromium of this machine.
        gate: told where the driver was led.
    """

    def __init__(self, driver: WebDriver, gate: "Gate") -> None:
        self._driver, self._gate = driver, gate
        self._known: set[str] = set()
        self._last = ""
        self._opened = self._closed = 0

    def follow(self, tab: str) -> str:
        """Close the newest tabs past `MOST_TABS`; go to the one that a page opened where nobody has turned elsewhere.

        Several that opened at once are left alone: which of them is meant cannot be told. So is all while a dialog is
        open: it would be out of sight.

        Args:
            tab: handle of the tab that the driver is in.

        Returns:
            Handle of the tab that it is in now.

        Raises:
            selenium.common.exceptions.WebDriverException, urllib3.exceptions.HTTPError: the driver does not answer.
        """
        with answer_timeout(self._driver, ANSWER_AT_ONCE):  # one that greets with a dialog may hold the driver up
            return tab if open_dialog(self._driver) is not None else self._follow(tab)

    def _follow(self, tab: str) -> str:
        handles = self._driver.window_handles
        new = [one for one in handles if self._known and one not in self._known]
        self._closed += self._close_surplus(handles, tab)
        self._known = set(self._driver.window_handles)
        opened = [one for one in new if self._gate.entered.get(one) != "tool"]  # tools tell themselves
        self._opened += len(opened)
        if len(opened) == 1 and opened[0] in self._known - set(self._gate.entered) and tab == self._last:
            tab = opened[0]
            self._driver.switch_to.window(tab)
            self._gate.moved(tab)
        self._last = tab
        return tab

    def news(self) -> tuple[int, int]:
        """Return how many tabs pages opened since this was last asked, and how many were too many and closed."""
        found, self._opened, self._closed = (self._opened, self._closed), 0, 0
        return found

    def _close_surplus(self, handles: list[str], keep: str) -> int:
        surplus = set([one for one in handles if one != keep][MOST_TABS - 1 :])
        for handle in surplus:
            with suppress(OSError):  # it has closed by itself
                devtools(self._driver, "GET", f"close/{handle}")
        deadline = time.monotonic() + _CLOSES
        while surplus.intersection(self._driver.window_handles) and time.monotonic() < deadline:
            time.sleep(0.02)
        return len(surplus)
