"""Waiting until the page has come to rest, and no longer."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

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

Hear = Callable[[str, dict[str, Any]], None]
Rest = Literal["rest", "cap", "dialog", "hung"]


def settle(driver: WebDriver, cap: float = CAP, hear: Hear | None = None) -> Rest:
    """Return as soon as the page rests: document ready, network quiet, no finite animation running, no DOM change.

    The network is seen where the driver was started with the performance log (`goog:loggingPrefs`); what was in
    flight when an earlier call gave up is not waited for again.

    Args:
        driver: any Chromium driver, its focus on the page's top document.
        cap: seconds after which it returns anyway.
        hear: told of each event that the performance log holds: its method and its parameters.

    Returns:
        "rest"; "cap": it did not come to rest in time; "dialog": a JavaScript dialog is open;
        "hung": the page's script did not answer within the cap.
    """
    deadline = time.monotonic() + cap
    in_flight: dict[str, str] = {}
    last_traffic = 0.0
    others = set(driver.window_handles) - {driver.current_window_handle}
    with _script_timeout(driver, cap):
        while True:
            try:
                state = driver.execute_script(load("settle"))
            except UnexpectedAlertPresentException:
                return "dialog"
            except WebDriverException as error:
                if not of_the_page(error):
                    if isinstance(error, TimeoutException):
                        return "hung"
                    raise
                state = None
            # After the script: the log of a page whose script hangs cannot be had, and asking would never end.
            if _drain_network(driver, in_flight, others, hear):
                last_traffic = time.monotonic()
            if _still(state) and not in_flight and time.monotonic() - last_traffic >= QUIET:
                return "rest"
            if time.monotonic() + _POLL >= deadline:
                return "cap"
            time.sleep(_POLL)


def of_the_page(error: WebDriverException) -> bool:
    """Return whether `error` is the page's alone: its document went away, or it has broken JavaScript for itself."""
    # Chromedriver calls it a timeout when a document is just being replaced by the next.
    between = isinstance(error, TimeoutException) and "execution context" in (error.msg or "")
    return between or isinstance(error, JavascriptException) or type(error) is WebDriverException


@contextmanager
def _script_timeout(driver: WebDriver, seconds: float) -> Iterator[None]:
    before = driver.timeouts.script
    driver.set_script_timeout(seconds)
    try:
        yield
    finally:
        driver.set_script_timeout(before)


def _still(state: Any) -> bool:
    """Return whether settle.js found the page at rest. It runs among what the page has made of JavaScript."""
    if not isinstance(state, dict):
        return False
    quiet = state.get("quiet")
    enough = isinstance(quiet, int | float) and quiet >= QUIET * 1000
    return enough and state.get("ready") is True and state.get("moving") is False


def _drain_network(driver: WebDriver, in_flight: dict[str, str], others: set[str], hear: Hear | None) -> bool:
    """Bring `in_flight` up to date with the performance log; True if there was traffic.

    Args:
        driver: whose log it is; reading it empties it.
        in_flight: requests that have not ended, each with the loader it belongs to.
        others: tabs whose requests are left out.
        hear: told of each event.
    """
    try:
        log = driver.execute("getLog", {"type": "performance"})["value"]
    except WebDriverException:
        return False  # started without the log
    traffic = False
    for entry in log:
        logged = json.loads(entry["message"])
        tab = logged.get("webview")
        method, params = logged["message"]["method"], logged["message"]["params"]
        if hear is not None:
            hear(method, params)
        if tab in others:
            continue
        if method == "Network.requestWillBeSent":
            if params.get("type") not in _LONG_LIVED and not params["request"]["url"].startswith("data:"):
                in_flight[params["requestId"]] = params.get("loaderId", "")
                traffic = True
        elif method in {"Network.loadingFinished", "Network.loadingFailed"}:
            traffic = in_flight.pop(params["requestId"], None) is not None or traffic
        elif method == "Network.responseReceived" and params.get("type") == "Document" and params.get("frameId") == tab:
            # What the page before it had asked for is not heard of again.
            for request in [one for one, loader in in_flight.items() if loader != params.get("loaderId")]:
                del in_flight[request]
    return traffic
