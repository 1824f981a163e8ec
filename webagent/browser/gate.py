"""The one way to the browser: every command of the worker and of the tools passes the judge here."""

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

from selenium.common.exceptions import TimeoutException, WebDriverException
from selenium.webdriver.remote.remote_connection import RemoteConnection
from selenium.webdriver.remote.webdriver import WebDriver
from urllib3.exceptions import HTTPError

from webagent.browser.attached import AttachedDriver
from webagent.browser.policy import Asker, Refused, judge
from webagent.browser.settle import of_the_page
from webagent.browser.viewport import Viewport

_CHANGES_TAB = {"switchToWindow", "newWindow"}
_IN_PATH = re.compile(r"\$(\w+)")
_PART_OF_PATH = re.compile(r"(?!\.{1,2}$)[^/\\?#%\s\x00-\x1f]+")


class Gate:
    """Runs WebDriver commands on the real driver for others.

    Args:
        driver: the real driver.
        viewport: kept exact in every tab that is switched to.

    Attributes:
        tab: handle of the tab that the driver is in, as far as it was led there through here.
    """

    def __init__(self, driver: WebDriver, viewport: Viewport) -> None:
        self._driver = driver
        self._viewport = viewport
        self._frames: list[dict[str, Any]] = []
        self._left: object = None
        self._acted = False
        self.tab = driver.current_window_handle

    def attach(self, asker: Asker) -> AttachedDriver:
        """Return a driver for `asker` whose every command passes this gate."""
        assert self._driver.session_id is not None
        return AttachedDriver(
            lambda command, params: self.execute(command, params, asker), self._driver.session_id, self._driver.caps
        )

    def execute(self, command: str, params: dict[str, Any], asker: Asker) -> dict[str, Any]:
        """Run one command and return the driver's response; what goes wrong is a WebDriver error in the response."""
        connection: Any = self._driver.command_executor
        try:
            judge(command, params, asker)
            _judge_path(connection, command, params)
            if command == "close" and len(self._driver.window_handles) < 2:
                raise Refused("This is the last tab and cannot be closed; use go_to(url) to leave the page.")
            if command == "sendKeysToElement" and asker == "worker" and self._gives_a_file(connection, params):
                raise Refused("Files of this machine cannot be given to pages.")
            self._acted = True
            response = connection.execute(command, {**params, "sessionId": self._driver.session_id})
        except Refused as refusal:
            return _error("unsupported operation", str(refusal))
        except (TypeError, ValueError, RecursionError) as error:
            return _error("invalid argument", f"{command[:60]!r} cannot be sent with these parameters: {error}")
        except HTTPError:
            return _error("timeout", "The browser does not answer.")
        except WebDriverException as error:
            return _error("unknown error", (error.msg or "The browser does not answer.").partition("\n")[0])
        if response.get("status"):
            return _tidied(response)
        self._remember_frame(command, params)
        if command == "switchToWindow":
            self.tab = str(params.get("handle"))
        if command in _CHANGES_TAB:
            with suppress(WebDriverException, HTTPError):  # it is gone again, or a dialog is open in it
                self._viewport.apply(self._driver)
        return dict(response)

    def _gives_a_file(self, connection: Any, params: dict[str, Any]) -> bool:
        """Return whether the keys are a path that the element, being a file input, would take the file of."""
        if not any(Path(line).is_file() for line in str(params.get("text", "")).split("\n") if line.startswith("/")):
            return False
        asked = {"id": params["id"], "name": "type", "sessionId": self._driver.session_id}
        return bool(connection.execute("getElementProperty", asked).get("value") == "file")

    def since_last_asked(self) -> bool:
        """Return whether any command has passed since this was last asked."""
        acted, self._acted = self._acted, False
        return acted

    def leave_frame(self) -> bool:
        """Go to the top document, so that the page as a whole can be looked at; True if a frame was left."""
        if not self._frames:
            return False
        if self._document("window === top ? null : ") is None:
            self._frames = []  # it went with its page; the next page's frame of that number is another one
        self._driver.switch_to.default_content()
        self._left = self._document()
        return bool(self._frames)

    def moved(self, tab: str) -> None:
        """Take note that the driver was led to the top document of `tab` past this gate."""
        self.tab, self._frames = tab, []

    def return_to_frame(self) -> None:
        """Go back into the frame that `leave_frame` left, as far as it still exists."""
        if self._left is None or self._document() != self._left:
            self._frames = []
        connection: Any = self._driver.command_executor
        for params in self._frames:
            response = connection.execute("switchToFrame", {**params, "sessionId": self._driver.session_id})
            if response.get("status"):
                self._frames = []
                return

    def _document(self, condition: str = "") -> object:
        """Return what tells the document that the driver is in from others; None where there is none."""
        try:
            return self._driver.execute_script(f"return {condition}performance.timeOrigin")
        except WebDriverException as error:
            if isinstance(error, TimeoutException) and not of_the_page(error):
                raise
            return None

    def _remember_frame(self, command: str, params: dict[str, Any]) -> None:
        if command == "switchToFrame" and params.get("id") is not None:
            self._frames.append(params)
        elif command == "switchToParentFrame":
            self._frames = self._frames[:-1]
        elif command in {"switchToFrame", "switchToWindow", "get", "refresh", "goBack", "goForward", "close"}:
            self._frames = []


def _judge_path(connection: RemoteConnection, command: str, params: dict[str, Any]) -> None:
    """Return if `params` fill the command's path with what stays in its place.

    Raises:
        Refused: there is no such command, or one of them is missing or would lead to another command.
    """
    known = connection.get_command(command)
    if known is None:
        raise Refused(f"There is no WebDriver command {command[:60]!r}.")
    for name in _IN_PATH.findall(known[1]):
        # An element called "../../goog/cdp/execute?" would have an allowed command become another one.
        value = params.get(name)
        if name != "sessionId" and not (isinstance(value, str) and _PART_OF_PATH.fullmatch(value)):
            raise Refused(f"The command {command!r} needs {name!r}, without slashes and blanks.")


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
