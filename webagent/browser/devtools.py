"""The browser's own address: it answers for every tab, past the driver, whatever a page or a dialog holds up."""

import urllib.request

from selenium.webdriver.remote.webdriver import WebDriver

_TIMEOUT = 5.0


def devtools(driver: WebDriver, method: str, path: str) -> bytes:
    """Return what the browser of `driver` answers.

    Args:
        driver: a Chromium driver of this machine.
        method: HTTP's.
        path: below `/json/`: `list`, `new?about:blank`, `close/<id>`.

    Raises:
        OSError, ValueError: it does not answer, or not with that.
        KeyError: the driver's browser has no such address.
    """
    address = driver.capabilities["goog:chromeOptions"]["debuggerAddress"]
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # it is on this machine
    request = urllib.request.Request(f"http://{address}/json/{path}", method=method)
    with opener.open(request, timeout=_TIMEOUT) as reply:
        return bytes(reply.read())
