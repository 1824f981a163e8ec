"""Where the browser is, in words, and whether a JavaScript dialog keeps it from answering."""

from selenium.webdriver.remote.webdriver import WebDriver

from webagent.browser.page import open_dialog
from webagent.text import one_line

HOW_TO_ANSWER = "answer_dialog(accept=True) or answer_dialog(accept=False)"


def describe_dialog(driver: WebDriver) -> str | None:
    """Return what the open JavaScript dialog says, on one line, and how to answer it; None where none is open."""
    text = open_dialog(driver)
    if text is None:
        return None
    return f"{one_line(text) or '(without text)'}; answer it with {HOW_TO_ANSWER} first."


def to_top(driver: WebDriver) -> None:
    """Turn the driver to the page's top document.

    Raises:
        RuntimeError: a JavaScript dialog is open; its text says how to answer it.
    """
    dialog = describe_dialog(driver)
    if dialog is not None:
        raise RuntimeError(f"A dialog is open: {dialog}")
    driver.switch_to.default_content()


def describe_page(driver: WebDriver) -> str:
    """Return title and address of the page, as `'Title' (address)`, cleaned and cut."""
    return f"{one_line(driver.title, 100)!r} ({one_line(driver.current_url)})"
