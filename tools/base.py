"""What the browsing tools have in common."""

from selenium.webdriver.remote.webdriver import WebDriver
from smolagents.tools import Tool


class BrowserTool(Tool):
    """A smolagents tool that works on a browser.

    Args:
        driver: the browser; plain WebDriver commands are enough.
    """

    def __init__(self, driver: WebDriver) -> None:
        super().__init__()
        self._driver = driver
