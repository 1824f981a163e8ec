"""After each step: write the browser's cookies to the session folder, where somebody asked for that."""

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chromium.webdriver import ChromiumDriver
from urllib3.exceptions import HTTPError

from webagent.browser.recover import ANSWER_AT_ONCE, answer_timeout
from webagent.callbacks.screenshot import Screenshot
from webagent.session.recorder import write_whole

if TYPE_CHECKING:
    from smolagents.memory import ActionStep

_LOG = logging.getLogger("webagent")

COOKIES = "cookies.json"
"""The file in a session folder that holds the browser's cookies: for its owner's eyes only, and never copied."""

# What a cookie is, of what the browser tells of one.
_KEPT = {
    "name", "value", "domain", "path", "expires", "httpOnly", "secure", "sameSite", "priority",
    "sourceScheme", "sourcePort", "partitionKey",
}  # fmt: skip


class KeepCookies:
    """Keeps the cookies of the browser in a session folder, so that a run that goes on is still logged in.

    Args:
        driver: the browser's own driver.
        screenshot: the callback before this one; it knows whether a dialog is open, with which nothing can be asked.
    """

    def __init__(self, driver: ChromiumDriver, screenshot: Screenshot) -> None:
        self._driver, self._screenshot = driver, screenshot
        self._folder: Path | None = None

    def begin(self, folder: Path | None) -> None:
        """Begin a run whose cookies are kept in `folder`; None keeps none."""
        self._folder = folder

    def __call__(self, memory_step: "ActionStep | None" = None, agent: object = None) -> None:
        """Write down what cookies there are now; where they cannot be had, those from before stay."""
        if self._folder is None or self._screenshot.latest.dialog is not None or self._screenshot.failure is not None:
            return
        try:
            with answer_timeout(self._driver, ANSWER_AT_ONCE):
                told = self._driver.execute_cdp_cmd("Storage.getCookies", {})["cookies"]
            write_whole(self._folder / COOKIES, json.dumps([_kept(cookie) for cookie in told], indent=1) + "\n")
        except OSError as error:
            _LOG.warning("webagent: the cookies could not be kept: %s", error.strerror or error)
        except (WebDriverException, HTTPError):
            pass  # the browser is gone, or busy: the next step may find it again

    def restore(self, folder: Path) -> None:
        """Give the browser the cookies that a session folder holds, if it holds any."""
        file = folder / COOKIES
        if file.is_symlink() or not file.is_file():
            return
        try:
            told = json.loads(file.read_bytes())
            self._driver.execute_cdp_cmd("Storage.setCookies", {"cookies": [_kept(cookie) for cookie in told]})
        except (OSError, ValueError, TypeError, AttributeError, RecursionError, WebDriverException, HTTPError):
            _LOG.warning("webagent: the session's %s could not be read, and nobody is logged in", COOKIES)


def _kept(cookie: dict[str, Any]) -> dict[str, Any]:
    # A cookie that ends with the browser has -1 for its end, which cannot be set.
    return {name: cookie[name] for name in cookie if name in _KEPT and (name, cookie[name]) != ("expires", -1)}
