"""What pages ask of the person at a browser, where no picture shows it: a file, another program, a sign-in."""

from typing import Any

from selenium.webdriver.remote.webdriver import WebDriver

from webagent.browser.addresses import parse_url
from webagent.browser.reach import Refused
from webagent.text import one_line

_OF_THE_WEB = {"http:", "https:", "about:", "data:", "blob:", "javascript:", "chrome-error:"}
_MOST = 5  # things that are kept between two looks; a page may ask for any number


def decline(driver: WebDriver) -> None:
    """Have the current tab asked for no file and no passkey: the dialogs would be in no picture and take every click.

    Args:
        driver: a Chromium driver.

    Raises:
        selenium.common.exceptions.WebDriverException: a dialog is open, or the tab is gone.
    """
    for command, params in (
        ("Page.setInterceptFileChooserDialog", {"enabled": True}),
        ("WebAuthn.enable", {"enableUI": False}),  # with no passkey to be had
    ):
        driver.execute("executeCdpCommand", {"cmd": command, "params": params})


class Asked:
    """Keeps what pages asked for, as the browser's log tells it, until it is asked for."""

    def __init__(self) -> None:
        self._kept: list[str] = []
        self._blocked = 0

    def hear(self, method: str, params: dict[str, Any]) -> None:
        """Take note of an event of the DevTools protocol, where it is of such a thing."""
        if method == "Page.fileChooserOpened":
            some = "files" if params.get("mode") == "selectMultiple" else "a file"
            self._keep(f"The page asks for {some}: give it with upload_file(name, into)")
        elif (
            method in {"Page.frameRequestedNavigation", "Page.windowOpen"}
            and (scheme := _scheme(str(params.get("url")))) not in _OF_THE_WEB
        ):
            self._keep(f"The page asked another program to open a {scheme} address, which is not done here")
        elif method == "Network.responseReceived" and params.get("type") == "Document":
            if params.get("response", {}).get("status") == 401:
                self._keep("The page asks for a user name and a password in a dialog of the browser, which is declined")
        elif method == "Page.windowOpen" and params.get("userGesture") is False:
            self._blocked += 1

    def news(self) -> tuple[str, ...]:
        """Return what pages asked for since this was last asked, a sentence without its full stop for each."""
        kept, self._kept = self._kept, []
        if self._blocked:
            many = "a pop-up" if self._blocked == 1 else f"{self._blocked} pop-ups"
            kept.append(f"The page wanted to open {many} that no click asked for: blocked")
        self._blocked = 0
        return tuple(kept)

    def _keep(self, said: str) -> None:
        if len(self._kept) < _MOST and said not in self._kept:
            self._kept.append(said)


def _scheme(url: str) -> str:
    try:
        return one_line(parse_url(url).protocol, 30)
    except Refused:
        return "about:"  # as a pop-up without an address has it
