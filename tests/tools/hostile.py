"""Pages that break what they are read with, and a driver on which a page says whatever it likes."""

from typing import Any

from selenium.webdriver.remote.webdriver import WebDriver

from webagent.browser.attached import AttachedDriver

BREAKS = {
    "prototypes": "Array.prototype.map = Array.prototype.forEach = String.prototype.includes = () => { throw 1 };"
    "Object.defineProperty(Array.prototype, 'toJSON', {value: () => 'spoilt'});",
    "getters": "for (const [type, name] of [[Node, 'textContent'], [HTMLInputElement, 'value'],"
    "[HTMLInputElement, 'type'], [HTMLAnchorElement, 'href'], [HTMLSelectElement, 'options'],"
    "[HTMLTableElement, 'rows'], [Node, 'ownerDocument']])"
    "Object.defineProperty(type.prototype, name, {get() { throw 1 }});",
    "styles": "window.getComputedStyle = () => { throw new Error('no') };",
    "results": "Array.prototype.push = () => { throw 1 };",
    "natives": "Object.getOwnPropertyDescriptor = () => { throw 1 };",
    "clock": "performance.now = () => { throw 1 };",
    # As deep as Chromium itself survives: shown, ten thousand levels end its tab.
    "deep": "const nest = (at, levels, tags) => { for (let i = 0; i < levels; i++) at = at.appendChild("
    "document.createElement(tags[i % tags.length])); at.append('bottom'); };"
    "const unseen = document.body.appendChild(document.createElement('div')); unseen.hidden = true;"
    "nest(unseen, 10000, ['div']); nest(document.body, 3000, ['i']);"
    "nest(document.body, 500, ['div', 'ul', 'li', 'a', 'blockquote', 'i']);",
}
"""Scripts of pages, by what they break."""

HOPELESS = {"styles", "natives", "results"}
"""Those after which nothing of the page can be found out; the driver itself needs `push`."""

CLOBBERED = "<form><input name=localName><input name=parentNode><input name=assignedSlot><b>in form</b></form>"
"""A form whose fields stand in for properties of its own."""

LIES: list[Any] = [None, 5, "text", [], {"tables": 5}, {"links": "x", "lines": {}, "fields": None, "html": 7}, {}]
"""What a script may return where the page has its say, none of it what it should be."""


def liar(driver: WebDriver, *answers: Any) -> AttachedDriver:
    """Return a driver of the same session whose scripts return these answers, one after the other."""
    left = list(answers)

    def send(command: str, params: dict[str, Any]) -> dict[str, Any]:
        if command == "w3cExecuteScript":
            return {"value": left.pop(0)}
        response: dict[str, Any] = driver.command_executor.execute(command, {**params, "sessionId": driver.session_id})
        return response

    return AttachedDriver(send, str(driver.session_id), driver.capabilities)
