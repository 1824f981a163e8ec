"""The documents of a page, and the way into them."""

from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement

Path = tuple[WebElement, ...]
"""The frames to enter, from the top document on."""


def enter(driver: WebDriver, path: Path) -> None:
    """Turn the driver to a document.

    Raises:
        selenium.common.exceptions.WebDriverException: a frame on the way is gone.
    """
    driver.switch_to.default_content()
    for frame in path:
        driver.switch_to.frame(frame)
