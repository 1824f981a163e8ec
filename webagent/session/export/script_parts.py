"""What every exported script holds beside its steps: `script.py` copies the source of these into the file.

They are read and kept by people who adopt the file, so they are plain and need helium alone. The constants are written
into the file with the session's own values.
"""

import os
import re
import shutil
import signal
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import helium
from selenium.common.exceptions import TimeoutException, UnexpectedAlertPresentException, WebDriverException
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

VIEWPORT = (1120, 896)
EXPECTED: tuple[str, ...] = ()
LAST_PAGE = ("", "")


class RunFailed(Exception):
    """A step failed, or the answer does not stand on the last page."""


def start() -> None:
    """Start Chromium without a window."""
    options = ChromeOptions()
    options.page_load_strategy = "eager"
    options.unhandled_prompt_behavior = "ignore"
    options.add_argument("--disable-dev-shm-usage")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # Chromium's own does not work for root
    if browser := shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome"):
        options.binary_location = browser
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the browser is closed then, too
    options.add_argument("--headless")
    driver = Service(shutil.which("chromedriver"))  # None: selenium fetches one
    helium.set_driver(Chrome(options=options, service=driver))
    let_page_rest()


def let_page_rest() -> None:
    """Wait until the page is loaded and its text stays as it is, 5 seconds at most."""
    browser = helium.get_driver()
    seen: list[tuple[str, str]] = []

    def rests() -> bool:
        try:
            loaded = browser.execute_script("return document.readyState") == "complete"
            seen.append((browser.current_url, page_text()))
        except UnexpectedAlertPresentException:
            return True
        except WebDriverException:  # between two pages
            return False
        return loaded and seen[-1:] == seen[-2:-1]

    width, height = VIEWPORT
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    with suppress(TimeoutException, UnexpectedAlertPresentException):
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)  # each tab has its own
        helium.wait_until(rests, timeout_secs=5, interval_secs=0.25)


@contextmanager
def recorded_step(number: int) -> Iterator[None]:
    """Let the page rest after a step, and say which one it was that failed."""
    try:
        yield
        let_page_rest()
    except Exception as error:
        raise RunFailed(f"step {number} failed: {said(error)}") from error


def said(error: Exception) -> str:
    """Return on one line what an exception says, without what a terminal would obey."""
    line = str(error).strip().partition("\nStacktrace")[0].partition("\n  (Session info")[0]
    return f"{type(error).__name__}: {''.join(one if one.isprintable() else ' ' for one in line)[:300]}"


def page_text() -> str:
    """Return the text that the page shows, what its fields hold, and what its frames and open shadow roots show."""
    read_all = """
    const read = (root) => [root.innerText, ...[...root.querySelectorAll("*")].map((one) =>
      one.shadowRoot ? [...one.shadowRoot.children].map(read).join(" ")
        : one.contentDocument?.body ? read(one.contentDocument.body)
        : one.matches("input:not([type=hidden], [type=password]), textarea") ? one.value : "")].join(" ");
    return document.body ? read(document.body) : "";
    """
    helium.get_driver().switch_to.default_content()
    return plain(helium.get_driver().execute_script(read_all))


def plain(text: str) -> str:
    """Return text in a form that compares: lower case, and all white space as single blanks."""
    return " ".join(unicodedata.normalize("NFC", text).split()).casefold()


def stands(piece: str, text: str) -> bool:
    """Return whether words or numbers stand in a `plain` text by themselves: "24.50" does not in "124.50"."""
    letter = r"[^\W\u2e80-\u9fff]"  # Chinese and Japanese words stand side by side
    alone = rf"(?<!{letter})(?<!\d[.,]){re.escape(plain(piece))}(?![.,]?\d)(?!{letter})"
    return re.search(alone, text) is not None


def check_answer() -> None:
    """Raise `RunFailed` where the last page does not show what it showed of the answer."""

    def missing() -> list[str]:
        text = page_text()
        return [piece for piece in EXPECTED if not stands(piece, text)]

    with suppress(TimeoutException):
        helium.wait_until(lambda: not missing(), timeout_secs=3)
    if gone := missing():
        raise RunFailed(f"the answer does not stand on the last page any more: missing {', '.join(map(repr, gone))}")


def check_page() -> None:
    """Raise `RunFailed` where the last page is another one: nothing of the answer stood there to be looked for."""
    path, title = helium.get_driver().execute_script("return [location.pathname, document.title]")
    if (path, title) != LAST_PAGE:
        raise RunFailed(f"the last page is {title!r} at {path!r}, and was {LAST_PAGE[1]!r} at {LAST_PAGE[0]!r}")
