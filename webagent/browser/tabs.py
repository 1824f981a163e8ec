"""The open tabs, told by the browser and not by their pages: one that hangs or crashed holds nothing up."""

import json
from contextlib import suppress
from dataclasses import dataclass
from html import unescape
from typing import Any

from selenium.webdriver.remote.webdriver import WebDriver

from webagent.browser.devtools import devtools

MOST_TABS = 20
"""Tabs that may be open; pages would open any number."""


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
