"""What the tools that read have in common: they ask a page's script, and take nothing that comes back on trust."""

from typing import Any

from selenium.common.exceptions import TimeoutException, UnexpectedAlertPresentException, WebDriverException
from selenium.webdriver.remote.webdriver import WebDriver

from webagent.browser.scripts import load
from webagent.browser.settle import of_the_page
from webagent.text import one_line
from webagent.tools.place import describe_dialog

BROKEN = "This page cannot be read, as it breaks what it is read with: look at the picture instead."
"""What is said of a page that nothing can be found out about."""
_LARGEST = 10**9


def ask(driver: WebDriver, script: str, *args: Any) -> dict[str, Any]:
    """Return the object that a packaged script returns. It ran among what the page has made of JavaScript.

    Args:
        driver: a driver, its focus on the document to read.
        script: the script's name.
        args: what it takes.

    Raises:
        RuntimeError: the page did not answer, or a JavaScript dialog is open; the text says what to do instead.
        selenium.common.exceptions.WebDriverException: an element or frame is gone, or the browser is.
    """
    try:
        found = driver.execute_script(load(script), *args)
    except UnexpectedAlertPresentException:
        raise RuntimeError(f"A dialog is open: {describe_dialog(driver) or 'answer it first.'}") from None
    except WebDriverException as error:
        if isinstance(error, TimeoutException):
            raise RuntimeError(
                "The page is too busy or too large to be read: wait a little and try again, or look at the picture."
            ) from None
        if not of_the_page(error):
            raise
        found = None
    if not isinstance(found, dict):
        raise RuntimeError(BROKEN)
    return found


def look_through(driver: WebDriver, script: str, *args: Any) -> dict[str, Any]:
    """Return what a script that goes through the whole page finds; `whole` in it tells whether that is all there is.

    Args, and what it raises, are as those of `ask`.
    """
    found = ask(driver, script, *args)
    if not isinstance(found.get("whole"), bool):
        raise RuntimeError(BROKEN)
    return found


def listed(value: Any) -> list[list[Any]]:
    """Return those entries of a list that a script returned which are lists themselves."""
    return [one for one in value if isinstance(one, list)] if isinstance(value, list) else []


def words(entry: list[Any], index: int, limit: int) -> str:
    """Return a text of an entry, cleaned, on one line, of at most `limit` characters; "" where there is none."""
    value = entry[index] if index < len(entry) else None
    return one_line(value[: 4 * limit], limit) if isinstance(value, str) else ""


def number(entry: list[Any], index: int) -> int:
    """Return a whole number of an entry, at least 0; 0 where there is none."""
    value = entry[index] if index < len(entry) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LARGEST:
        return 0
    return int(value)


def whole_number(value: object, name: str, least: int, most: int) -> int:
    """Return an argument of a tool as the whole number that it must be.

    Args:
        value: what the model gave.
        name: the argument's name.
        least: the smallest that it may be.
        most: the largest.

    Raises:
        ValueError: it is none; the text says what it must be.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1 or not least <= value:
        raise ValueError(f"{name} must be a whole number from {least}, not {one_line(repr(value), 40)}.")
    if value > most:
        raise ValueError(f"{name} may be {most:,} at most.")
    return int(value)


def quoted(text: str) -> str:
    """Return a name as it stands in a tool's answer; "" for no name."""
    return f"'{text}'" if text else ""
