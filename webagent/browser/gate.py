"""The one way to the browser: every command of the worker and of the tools passes the judge here."""

import json
import re
from collections.abc import Callable
from contextlib import nullcontext, suppress
from typing import Any

from selenium.common.exceptions import TimeoutException, WebDriverException
from selenium.webdriver.remote.webdriver import WebDriver
from urllib3.exceptions import HTTPError

from webagent.browser.acts import Act, Acts
from webagent.browser.addresses import is_data, parse_url
from webagent.browser.asked import decline
from webagent.browser.attached import AttachedDriver
from webagent.browser.network_errors import NO_PAGE, NOT_OPENED
from webagent.browser.policy import Asker, Policy
from webagent.browser.reach import Refused
from webagent.browser.recover import ANSWER_AT_ONCE, answer_timeout
from webagent.browser.scripts import load
from webagent.browser.settle import of_the_page
from webagent.browser.tabs import MOST_TABS
from webagent.browser.uploads import names_a_path
from webagent.browser.viewport import Viewport
from webagent.text import one_line

_CHANGES_TAB = {"switchToWindow", "newWindow"}
_NEEDS_NO_PAGE = {"w3cGetCurrentWindowHandle", "w3cGetWindowHandles", "switchToWindow", "w3cGetAlertText"}
_LEADS_TO_A_PATH = re.compile(r"^((?:[^\S\n]*/)+[^\S\n]*)", re.MULTILINE)


class Gate:
    """Runs WebDriver commands on the real driver for others.

    Args:
        driver: the real driver.
        viewport: kept exact in every tab that is switched to.
        policy: the judge.
        why_none: returns why the browser shows an error page of its own; None where it shows a page.

    Attributes:
        tab: handle of the tab that the driver is in, as far as it was led there through here.
    """

    def __init__(
        self, driver: WebDriver, viewport: Viewport, policy: Policy, why_none: Callable[[], str | None] = lambda: None
    ) -> None:
        self._driver = driver
        self._viewport = viewport
        self._policy = policy
        self._why_none = why_none
        self._frames: list[dict[str, Any]] = []
        self._left: object = None
        self._acted = False
        self._acts = Acts(driver, viewport)
        self.tab = driver.current_window_handle
        self.entered: dict[str, Asker] = {self.tab: "tool"}
        self._declining: set[str] = set()
        self._decline()

    def attach(self, asker: Asker) -> AttachedDriver:
        """Return a driver for `asker` whose every command passes this gate."""
        assert self._driver.session_id is not None
        return AttachedDriver(
            lambda command, params: self.execute(command, params, asker), self._driver.session_id, self._driver.caps
        )

    def execute(self, command: str, params: dict[str, Any], asker: Asker) -> dict[str, Any]:
        """Run one command and return the driver's response; what goes wrong is a WebDriver error in the response."""
        try:
            params = self._judged(command, params, asker)
            if command == "close" and len(self._driver.window_handles) < 2:
                raise Refused("This is the last tab and cannot be closed; use go_to(url) to leave the page.")
            if command == "newWindow" and len(self._driver.window_handles) >= MOST_TABS:
                raise Refused(f"No more than {MOST_TABS} tabs can be open: close one, or use go_to(url).")
            doing = self._acts.before(command, params, in_words=asker == "worker")  # tools tell themselves
            if command == "sendKeysToElement":
                response = self._send_keys(params["id"], params["text"])
            else:
                self._acted = True
                before = self._document() if command == "get" else None
                response = self._send(command, params)
        except Refused as refusal:
            return _error("unsupported operation", str(refusal))
        except (TypeError, ValueError, RecursionError) as error:
            return _error(
                "invalid argument", f"{one_line(command, 60)!r} cannot be sent with these parameters: {one_line(error)}"
            )
        except HTTPError:
            return _error("timeout", "The browser does not answer.")
        except WebDriverException as error:
            return _error("unknown error", (error.msg or "The browser does not answer.").partition("\n")[0])
        if _did(response):
            self._acts.keep(doing)
        answered = command == "get" and (not response.get("status") or "net::" in str(response.get("value")))
        if command == "get" and '"timeout"' in str(response.get("value")):
            return _error("unknown error", f"{NOT_OPENED}it took too long to load")
        # The driver knows little of what the proxy refused: it calls one of these pages a failure, another a page.
        if answered and (why := self._why_none()) is not None:
            self._remember_frame(command, params)
            return _error("unknown error", f"{NOT_OPENED}{why}")
        web = answered and params["url"].startswith("http") and "#" not in params["url"]
        if web and before is not None and self._document() == before:
            return _error("unknown error", f"{NOT_OPENED}{NO_PAGE}; the page from before is still there")
        if response.get("status"):
            return _tidied(response)
        self._remember_frame(command, params)
        if command == "switchToWindow":
            self.tab = str(params.get("handle"))
            self.entered.setdefault(self.tab, asker)
        if command in _CHANGES_TAB:
            # It is gone again, a dialog is open in it, or it hangs.
            with suppress(WebDriverException, HTTPError), answer_timeout(self._driver, ANSWER_AT_ONCE):
                self._viewport.apply(self._driver)
            self._decline()
        return dict(response)

    def _judged(self, command: str, params: dict[str, Any], asker: Asker) -> dict[str, Any]:
        """Return `params` as they are to be sent.

        Raises:
            Refused: they are not.
        """
        url = params.get("url") if command == "get" and isinstance(params, dict) else None
        if isinstance(url, str) and is_data(url):
            address = str(parse_url(url).href)
            return {"url": address if self._holds(url, address) else self._policy.judge_url(url)}
        self._policy.judge(command, params, asker)
        if url is not None:
            return {"url": self._policy.judge_url(url)}
        return {name: value for name, value in params.items() if name != "sessionId"}

    def _send(self, command: str, params: dict[str, Any]) -> dict[str, Any]:
        connection: Any = self._driver.command_executor
        with answer_timeout(self._driver, ANSWER_AT_ONCE) if command in _NEEDS_NO_PAGE else nullcontext():
            response: dict[str, Any] = connection.execute(command, {**params, "sessionId": self._driver.session_id})
        return response

    def _send_keys(self, element: str, text: str) -> dict[str, Any]:
        """Send keys to an element; to a file input, the files that they name.

        What the page says of an element may be a lie, and may be another thing a moment later. So a path that has not
        been judged is never sent to an element, which would take the file: the slash that makes it one is typed on the
        keyboard, which gives no files.

        Raises:
            Refused: it is a file input, and they name none that may be given to pages.
        """
        kind = self._send("getElementProperty", {"id": element, "name": "type"})
        if kind.get("status"):
            return kind
        if kind.get("value") == "file":
            text = self._policy.judge_files(text)
            self._acted = True
            return self._send("sendKeysToElement", {"id": element, "text": text})
        self._acted = True
        response: dict[str, Any] = {}
        for part in _LEADS_TO_A_PATH.split(text) if names_a_path(text) else [text]:
            if names_a_path(part):
                response = self._type(element, part)
            elif part or not text:
                response = _without_hints(self._send("sendKeysToElement", {"id": element, "text": part}))
            if response.get("status"):
                break
        return response

    def _type(self, element: str, text: str) -> dict[str, Any]:
        """Type `text` on the keyboard, with `element` in focus."""
        response = _without_hints(self._send("sendKeysToElement", {"id": element, "text": ""}))
        if response.get("status"):
            return response
        strokes = [{"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]
        return self._send("actions", {"actions": [{"type": "key", "id": "typed", "actions": strokes}]})

    def _holds(self, *spellings: str) -> bool:
        """Return whether the document that the driver is in shows or links to an address in one of its spellings."""
        try:
            return self._driver.execute_script(load("holds"), *spellings) is True
        except WebDriverException:
            return False

    def since_last_asked(self) -> bool:
        """Return whether any command has passed since this was last asked."""
        acted, self._acted = self._acted, False
        return acted

    def new_acts(self) -> list[Act]:
        """Return what was done to the page since this was last asked, and where on the last picture: at most 50 acts.

        Ask once a step.
        """
        return self._acts.new()

    def new_deeds(self) -> list[str]:
        """Return in words what code, and not a tool, did to the page since this was last asked."""
        return self._acts.new_deeds()

    def pictured(self, view: tuple[float, ...] | None) -> None:
        """Take note of what the last picture is of, as `PageState.view` has it."""
        self._acts.pictured(view)

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
        self._decline()

    def _decline(self) -> None:
        """Have the current tab ask nobody for what nobody could see."""
        if self.tab not in self._declining:
            with suppress(WebDriverException, HTTPError), answer_timeout(self._driver, ANSWER_AT_ONCE):
                decline(self._driver)
                self._declining.add(self.tab)

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


def _did(response: dict[str, Any]) -> bool:
    """Return whether a command came to act; the scripts that act return false where they could not."""
    # A dialog may be what a click led to; where one stood open before it, nothing could be told of places.
    worked = not response.get("status") or '"unexpected alert open"' in str(response.get("value"))
    return worked and response.get("value") is not False


def _without_hints(response: dict[str, Any]) -> dict[str, Any]:
    """Return a response that does not say whether there is a file of a name: a file input's error would."""
    if response.get("status") and '"invalid argument"' in str(response.get("value")):
        return _error("invalid argument", "That element does not take these keys.")
    return response


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
