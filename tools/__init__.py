"""The browsing tools, as plain smolagents tools: `CodeAgent(tools=browsing_tools(driver), ...)`."""

from selenium.webdriver.remote.webdriver import WebDriver

from webagent.grid import Grid
from webagent.tools.base import BrowserTool
from webagent.tools.navigation import GoBack
from webagent.tools.pointer import ClickAt
from webagent.tools.popups import ClosePopups
from webagent.tools.search import SearchItemCtrlF

__all__ = ["BrowserTool", "ClickAt", "ClosePopups", "GoBack", "SearchItemCtrlF", "browsing_tools"]


def browsing_tools(driver: WebDriver, grid: Grid | None = None) -> list[BrowserTool]:
    """Return one of each browsing tool, all working on `driver`.

    Args:
        driver: the browser.
        grid: on which the model names points; None: by the pixels of the viewport.
    """
    return [ClickAt(driver, grid), ClosePopups(driver), GoBack(driver), SearchItemCtrlF(driver)]
