"""Where the browser is, in words, and whether a JavaScript dialog keeps it from answering."""

from selenium.common.exceptions import NoAlertPresentException, NoSuchWindowException
from selenium.webdriver.remote.webdriver import WebDriver

from webagent.text import one_line

ANSWER_IT = "answer it with Alert().accept() or Alert().dismiss() first"


def open_dialog(driver: WebDriver) -> str | None:
    """Return the text of the JavaScript dialog that is open, on one line; it may be empty.

    None where no dialog is open, or the tab is closed.
    """
    try:
        return one_line(driver.switch_to.alert.text)
    except (NoAlertPresentException, NoSuchWindowException):
        return None


def to_top(driver: WebDriver) -> None:
    """Turn the driver to the page's top document.

    Raises:
        RuntimeError: a JavaScript dialog is open; its text says how to answer it.
    """
    text = open_dialog(driver)
    if text is not None:
        raise RuntimeError(f"A dialog is open: {text or '(without text)'}; {ANSWER_IT}.")
    driver.switch_to.default_content()


def describe_page(driver: WebDriver) -> str:
    """Return title and address of the page, as `'Title' (address)`, cleaned and cut."""
    return f"{one_line(driver.title, 100)!r} ({one_line(driver.current_url)})"
