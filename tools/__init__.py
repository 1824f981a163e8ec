"""The browsing tools, as plain smolagents tools: `CodeAgent(tools=browsing_tools(driver), ...)`."""

from selenium.webdriver.remote.webdriver import WebDriver

from webagent.tools.base import BrowserTool
from webagent.tools.navigation import GoBack
from webagent.tools.pointer import ClickAt
from webagent.tools.popups import ClosePopups
from webagent.tools.search import SearchItemCtrlF

__all__ = ["BrowserTool", "ClickAt", "ClosePopups", "GoBack", "SearchItemCtrlF", "browsing_tools"]


def browsing_tools(driver: WebDriver) -> list[BrowserTool]:
    """Return one of each browsing tool, all working on `driver`."""
    return [ClickAt(driver), ClosePopups(driver), GoBack(driver), SearchItemCtrlF(driver)]
