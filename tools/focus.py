"""What the keys go to."""

from dataclasses import dataclass
from typing import Any

from selenium.common.exceptions import WebDriverException
from selenium.webdriver.remote.webdriver import WebDriver

from webagent.text import one_line
from webagent.tools.frames import Path, enter
from webagent.tools.point import described
from webagent.tools.reading import ask

_DEEPEST = 8  # frames in frames


@dataclass(frozen=True)
class Focus:
    """What is in focus. All of it comes from the page."""

    said: str
    """Its role and name."""
    takes: str
    """"text", "value" (a date or the like), "choice", "keys" (what only its page knows) or ""."""
    locked: str
    """"read-only", "disabled" or ""."""
    secret: bool
    """Whether what it holds is not to be shown."""
    holds: str | None
    """None where that is secret or cannot be told."""
    marked: bool
    """Whether all of it was marked, as was asked."""


def focus(driver: WebDriver, *, mark: bool = False) -> Focus:
    """Return what is in focus, frames gone through; the driver is in the top document afterwards.

    Args:
        driver: a driver, no JavaScript dialog open.
        mark: also mark all that it holds, for the next key to take its place.

    Raises:
        RuntimeError: the page cannot be read.
    """
    path: Path = ()
    told: dict[str, Any] = {}
    try:
        for _ in range(_DEEPEST):
            enter(driver, path)
            told = ask(driver, "focused", mark)
            if told.get("frame") is None:
                break
            path = (*path, told["frame"])
    except (WebDriverException, RuntimeError):
        if not path:
            raise
        told = {}  # the frame has gone, or cannot be read
    finally:
        driver.switch_to.default_content()
    holds = told.get("holds")
    return Focus(
        said=described(told.get("role"), told.get("name"), told.get("tag"), 60),
        takes=str(told.get("takes") or ""),
        locked=one_line(told.get("locked") or "", 20),
        secret=told.get("secret") is not False,
        holds=holds if isinstance(holds, str) else None,
        marked=told.get("marked") is True,
    )
