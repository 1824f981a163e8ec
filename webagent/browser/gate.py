"""The one way to the browser: every command of the worker and of the tools passes the judge here."""

import json
import re
from typing import Any

from selenium.webdriver.remote.webdriver import WebDriver
from urllib3.exceptions import HTTPError

from webagent.browser.attached import AttachedDriver
from webagent.browser.policy import Asker, Refused, judge
from webagent.browser.viewport import Viewport

_CHANGES_TAB = {"switchToWindow", "newWindow"}


class Gate:
    """Runs WebDriver commands on the real driver for others.

    Args:
        driver: the real driver.
        viewport: kept exact in every tab that is switched to.
    """

    def __init__(self, driver: WebDriver, viewport: Viewport) -> None:
        self._driver = driver
        self._viewport = viewport
        self._frames: list[dict[str, Any]] = []
        self._acted = False

    def attach(self, asker: Asker) -> AttachedDriver:
        """Return a driver for `asker` whose every command passes this gate."""
        assert self._driver.session_id is not None
        return AttachedDriver(
            lambda command, params: self.execute(command, params, asker), self._driver.session_id, self._driver.caps
        )

    def execute(self, command: str, params: dict[str, Any], asker: Asker) -> dict[str, Any]:
        """Run one command and return the driver's response; what goes wrong is a WebDriver error in the response."""
        try:
            judge(command, params, asker)
            if command == "close" and len(self._driver.window_handles) < 2:
                raise Refused("This is the last tab and cannot be closed; use go_to(url) to leave the page.")
        except Refused as refusal:
            return _error("unsupported operation", str(refusal))
        self._acted = True
        try:
            response = self._driver.command_executor.execute(  # type: ignore[union-attr]
                command, {**params, "sessionId": self._driver.session_id}
            )
        except (AssertionError, KeyError):
            return _error("unknown command", f"There is no WebDriver command {command[:60]!r}.")
        except HTTPError:
            return _error("timeout", "The browser does not answer.")
        if response.get("status"):
            return _tidied(response)
        self._remember_frame(command, params)
        if command in _CHANGES_TAB:
            self._viewport.apply(self._driver)
        return dict(response)

    def since_last_asked(self) -> bool:
        """Return whether any command has passed since this was last asked."""
        acted, self._acted = self._acted, False
        return acted

    def leave_frame(self) -> bool:
        """Go to the top document, so that the page as a whole can be looked at; True if a frame was left."""
        if self._frames:
            self._driver.switch_to.default_content()
        return bool(self._frames)

    def return_to_frame(self) -> None:
        """Go back into the frame that `leave_frame` left, as far as it still exists."""
        for params in self._frames:
            response = self._driver.command_executor.execute(  # type: ignore[union-attr]
                "switchToFrame", {**params, "sessionId": self._driver.session_id}
            )
            if response.get("status"):
                self._frames = []
                return

    def _remember_frame(self, command: str, params: dict[str, Any]) -> None:
        if command == "switchToFrame" and params.get("id") is not None:
            self._frames.append(params)
        elif command == "switchToParentFrame":
            self._frames = self._frames[:-1]
        elif command in {"switchToFrame", "switchToWindow", "get", "refresh", "goBack", "goForward", "close"}:
            self._frames = []


def _error(kind: str, message: str) -> dict[str, Any]:
    value = {"error": kind, "message": message, "stacktrace": ""}
    return {"status": 500, "value": json.dumps({"value": value})}


def _tidied(response: dict[str, Any]) -> dict[str, Any]:
    """Return an error response without the stack trace and the session's particulars: they help nobody here."""
    try:
        value = json.loads(response["value"])["value"]
        kind, message = str(value["error"]), str(value["message"])
    except (ValueError, KeyError, TypeError):
        return _error("unknown error", str(response.get("value"))[:500])
    tidy = json.loads(_error(kind, re.split(r"\n\s*\(Session info|\n\s*Stacktrace", message)[0].strip())["value"])
    if "data" in value:  # the text of an open dialog
        tidy["value"]["data"] = value["data"]
    return {"status": response["status"], "value": json.dumps(tidy)}
