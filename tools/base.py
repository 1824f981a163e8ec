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

    @property
    def brief(self) -> str:
        """The call and what it does, on one line, for a prompt that is sent with every step."""
        takes = [f"{name}=None" if one.get("nullable") else name for name, one in self.inputs.items()]
        return f"{self.name}({', '.join(takes)})   # {self.description}"
