"""The pop-ups that are open in a page and its frames, with the buttons that may be clicked to be rid of them."""

from dataclasses import dataclass, field
from typing import Any

from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement

from webagent.browser.scripts import load
from webagent.text import one_line
from webagent.tools.frames import Path, enter
from webagent.tools.popup_words import Deed, asks_consent, deed_of

_ORDER: tuple[Deed, ...] = ("refuse", "close", "accept", "read")
_MOST_FRAMES = 12


@dataclass(frozen=True)
class Button:
    """A button that may be clicked: it follows no link, and sends no form but one that refuses consent."""

    path: Path
    element: WebElement
    name: str
    deed: Deed


@dataclass
class Popup:
    """A pop-up that is open."""

    path: Path
    root: WebElement
    words: str
    """What it is, to be read after "the": `cookie banner`, `dialog 'Sign in'`."""
    buttons: list[Button] = field(default_factory=list)
    """Best first."""


def open_popups(driver: WebDriver) -> list[Popup]:
    """Return the open pop-ups, the topmost first; the driver is in the top document afterwards."""
    found: list[Popup] = []
    try:
        _look(driver, (), found, [_MOST_FRAMES])
    finally:
        driver.switch_to.default_content()
    return found


def _look(driver: WebDriver, path: Path, found: list[Popup], left: list[int]) -> None:
    try:
        enter(driver, path)
        page: dict[str, Any] = driver.execute_script(load("popups"), False)
        for one in page["popups"]:
            try:
                popup = _judge(driver, path, one, left)
            except StaleElementReferenceException:
                # It went away between the two looks, alone or with its document.
                popup = None
            if popup is not None:
                found.append(popup)
            enter(driver, path)
    except WebDriverException:
        # The top document must answer; a frame may go while it is looked at.
        if not path:
            raise
        return
    for frame in page["frames"]:
        if left[0] > 0 and len(path) < 3:
            left[0] -= 1
            _look(driver, (*path, frame), found, left)


def _judge(driver: WebDriver, path: Path, one: dict[str, Any], left: list[int]) -> Popup | None:
    """Return the pop-up for an entry of `popups.js`; None where it only looks like one."""
    facts: dict[str, Any] = driver.execute_script(load("popup"), one["root"], one["scope"], one["nested"])
    offers = [(path, offer) for offer in facts["buttons"]]
    text = f"{facts['name']} {facts['text']}"
    for frame in facts["frames"]:
        if left[0] > 0:
            left[0] -= 1
            inside = _inside(driver, (*path, frame))
            text += " " + str(inside["text"])
            offers += [((*path, frame), offer) for offer in inside["buttons"]]
    consent = asks_consent(text)
    buttons = []
    for where, offer in offers:
        deed = deed_of(offer["name"], offer["text"], offer["hint"], consent)
        # Many consent pages refuse by sending a form of their own; any other form is not ours to send.
        sends = offer["submits"] and not (consent and deed == "refuse")
        if deed and not offer["navigates"] and not sends:
            buttons.append(Button(where, offer["element"], one_line(offer["name"] or offer["text"], 60), deed))
    # "OK" is harmless as the one thing that can be said, not as one of two answers.
    if len(offers) > 1 or any(button.deed == "close" for button in buttons):
        buttons = [button for button in buttons if button.deed != "read"]
    buttons.sort(key=lambda button: _ORDER.index(button.deed))
    if not _is_popup(one, consent, buttons):
        return None
    if consent and any(button.deed != "close" for button in buttons):
        words = "cookie banner"
    else:
        kind = "dialog" if one["kind"] == "dialog" else "pop-up"
        name = one_line(facts["name"], 60)
        words = f"{kind} {name!r}" if name else kind
    return Popup(path, one["root"], words, buttons)


def _is_popup(one: dict[str, Any], consent: bool, buttons: list[Button]) -> bool:
    """Return whether something is a pop-up, where the page itself does not say so: told by what it offers to click."""
    deeds = {button.deed for button in buttons}
    if one["kind"] in ("dialog", "popover"):
        return True
    if one["kind"] == "overlay":
        return bool(deeds)
    if consent and deeds & {"refuse", "accept"}:
        return True
    # A bar at the edge with a cross is a pop-up if it floats high over the page, not if it is the page's own header.
    return bool(one["kind"] == "bar" and one["z"] >= 100 and "close" in deeds)


def _inside(driver: WebDriver, path: Path) -> dict[str, Any]:
    """Return text and buttons of a frame that a pop-up shows; empty where the frame is gone."""
    out: dict[str, Any] = {"text": "", "buttons": []}
    try:
        enter(driver, path)
        for one in driver.execute_script(load("popups"), True)["popups"]:
            facts = driver.execute_script(load("popup"), one["root"], one["scope"], one["nested"])
            out["text"] += f" {facts['name']} {facts['text']}"
            out["buttons"] += facts["buttons"]
        enter(driver, path[:-1])
    except WebDriverException:
        enter(driver, path[:-1])
    return out
