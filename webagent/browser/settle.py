"""Waiting until the page has come to rest, and no longer."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from selenium.common.exceptions import (
    JavascriptException,
    TimeoutException,
    UnexpectedAlertPresentException,
    WebDriverException,
)
from selenium.webdriver.remote.webdriver import WebDriver

from webagent.browser.scripts import load

CAP = 1.5
"""Seconds after which a page that never rests is taken as it is."""
QUIET = 0.1
"""Seconds without any change and any traffic that count as rest."""
_POLL = 0.02
_LONG_LIVED = {"EventSource", "Media", "Ping", "WebSocket"}  # open or repeated for as long as the page lives

Rest = Literal["rest", "cap", "dialog", "hung"]


def settle(driver: WebDriver, cap: float = CAP) -> Rest:
    """Return as soon as the page rests: document ready, network quiet, no finite animation running, no DOM change.

    The network is seen where the driver was started with the performance log (`goog:loggingPrefs`); what was in
    flight when an earlier call gave up is not waited for again.

    Args:
        driver: any Chromium driver, its focus on the page's top document.
        cap: seconds after which it returns anyway.

    Returns:
        "rest"; "cap": it did not come to rest in time; "dialog": a JavaScript dialog is open;
        "hung": the page's script did not answer within the cap.
    """
    deadline = time.monotonic() + cap
    in_flight: set[str] = set()
    last_traffic = 0.0
    with _script_timeout(driver, cap):
        while True:
            if _drain_network(driver, in_flight):
                last_traffic = time.monotonic()
            try:
                state = driver.execute_script(load("settle"))
            except UnexpectedAlertPresentException:
                return "dialog"
            except TimeoutException:
                return "hung"
            except JavascriptException:
                state = None  # the document went away under the script
            calm = (
                isinstance(state, dict)
                and state["ready"]
                and not state["moving"]
                and state["quiet"] >= QUIET * 1000
                and not in_flight
                and time.monotonic() - last_traffic >= QUIET
            )
            if calm:
                return "rest"
            if time.monotonic() + _POLL >= deadline:
                return "cap"
            time.sleep(_POLL)


@contextmanager
def _script_timeout(driver: WebDriver, seconds: float) -> Iterator[None]:
    before = driver.timeouts.script
    driver.set_script_timeout(seconds)
    try:
        yield
    finally:
        driver.set_script_timeout(before)


def _drain_network(driver: WebDriver, in_flight: set[str]) -> bool:
    """Bring `in_flight` up to date with the performance log; True if there was traffic."""
    try:
        log = driver.execute("getLog", {"type": "performance"})["value"]
    except WebDriverException:
        return False  # started without the log
    traffic = False
    for entry in log:
        message = json.loads(entry["message"])["message"]
        method, params = message["method"], message["params"]
        if method == "Network.requestWillBeSent":
            if params.get("type") not in _LONG_LIVED and not params["request"]["url"].startswith("data:"):
                in_flight.add(params["requestId"])
                traffic = True
        elif method in {"Network.loadingFinished", "Network.loadingFailed"}:
            traffic = params["requestId"] in in_flight or traffic
            in_flight.discard(params["requestId"])
    return traffic
