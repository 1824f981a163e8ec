"""Getting the driver back from a tab that hangs, past the driver: it waits for the tab for as long as that is there."""

import json
import time
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from selenium.common.exceptions import UnexpectedAlertPresentException, WebDriverException
from selenium.webdriver.remote.webdriver import WebDriver
from urllib3.exceptions import HTTPError, ReadTimeoutError

from webagent.browser.devtools import devtools

ANSWER_AT_ONCE = 5.0
"""Seconds within which chromedriver answers what it needs no page for."""
_CLOSES = 5.0  # seconds that a tab is given to close


def recover(driver: WebDriver, tab: str, known: set[str]) -> bool:
    """Bring the driver back to a tab that answers, over the browser's own address.

    Args:
        driver: a Chromium driver.
        tab: handle of the tab it is in.
        known: handles of the tabs that were there when it last answered.

    Returns:
        True if closing tabs that are not known freed it, and it still is in its tab; else that tab is closed, and the
        driver is in an empty one.

    Raises:
        OSError, WebDriverException, HTTPError, ValueError: the browser or its driver is gone.
    """
    # A new tab that greets with a dialog holds up the driver itself, whichever tab that is in, and the page that opened
    # it, too.
    pages = [one["id"] for one in json.loads(devtools(driver, "GET", "list")) if one["type"] == "page"]
    for new in [page for page in pages if page not in known and page != tab]:
        _close(driver, new)
        if _answers(driver):
            return True
    fresh = json.loads(devtools(driver, "PUT", "new?about:blank"))["id"]
    _close(driver, tab)
    deadline = time.monotonic() + _CLOSES
    while tab in (_handles(driver) or [tab]) and time.monotonic() < deadline:
        time.sleep(0.02)
    driver.switch_to.window(fresh)
    return False


def refresh_contexts(driver: WebDriver) -> None:
    """Have chromedriver learn anew where scripts run: it misses that of a tab which greeted with a dialog, for ever."""
    with suppress(WebDriverException, HTTPError):
        for command in ("Runtime.disable", "Runtime.enable"):
            driver.execute("executeCdpCommand", {"cmd": command, "params": {}})


@contextmanager
def answer_timeout(driver: WebDriver, seconds: float) -> Iterator[None]:
    """Wait at most `seconds` for each answer of the driver."""
    config: Any = driver.command_executor.client_config  # type: ignore[union-attr]
    before, config.timeout = config.timeout, min(seconds, config.timeout)
    try:
        yield
    finally:
        config.timeout = before


def _handles(driver: WebDriver) -> list[str]:
    """Return the handles of the tabs; none where the driver does not answer."""
    try:
        with answer_timeout(driver, ANSWER_AT_ONCE):
            return driver.window_handles
    except (WebDriverException, ReadTimeoutError):
        return []


def _answers(driver: WebDriver) -> bool:
    """Return whether the tab that the driver is in answers."""
    try:
        with answer_timeout(driver, ANSWER_AT_ONCE):
            driver.execute_script("return 1")
    except UnexpectedAlertPresentException:
        return True
    except (WebDriverException, HTTPError):
        return False
    return True


def _close(driver: WebDriver, tab: str) -> None:
    try:
        devtools(driver, "GET", f"close/{tab}")
    except urllib.error.HTTPError as gone:  # by itself
        gone.close()
