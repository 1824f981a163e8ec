"""The browsing tools, as plain smolagents tools: `CodeAgent(tools=browsing_tools(driver), ...)`."""

from collections.abc import Callable
from pathlib import Path

from selenium.webdriver.remote.webdriver import WebDriver

from webagent.browser.downloads import Download
from webagent.browser.marks import Marks
from webagent.grid import Grid
from webagent.tools.base import BrowserTool
from webagent.tools.dialogs import AnswerDialog
from webagent.tools.files import ListDownloads, SavePagePdf, UploadFile
from webagent.tools.fill import Fill
from webagent.tools.keyboard import PressKeys, TypeText
from webagent.tools.links import FindLinks
from webagent.tools.marks import ClickMark, SelectMark, TypeIntoMark
from webagent.tools.navigation import GoBack
from webagent.tools.options import ReadOptions
from webagent.tools.outline import PageOutline
from webagent.tools.pointer import ClickAt, DoubleClickAt, DragAt, HoverAt, RightClickAt
from webagent.tools.popups import ClosePopups
from webagent.tools.read_page import ReadPage
from webagent.tools.scroll import ScrollAt
from webagent.tools.search import SearchItemCtrlF
from webagent.tools.tables import ReadTable
from webagent.tools.tabs import CloseTab, OpenTab, SwitchTab, Tabs

__all__ = [
    "AnswerDialog",
    "BrowserTool",
    "ClickAt",
    "ClickMark",
    "ClosePopups",
    "CloseTab",
    "DoubleClickAt",
    "DragAt",
    "Fill",
    "FindLinks",
    "GoBack",
    "HoverAt",
    "ListDownloads",
    "OpenTab",
    "PageOutline",
    "PressKeys",
    "ReadOptions",
    "ReadPage",
    "ReadTable",
    "RightClickAt",
    "SavePagePdf",
    "ScrollAt",
    "SearchItemCtrlF",
    "SelectMark",
    "SwitchTab",
    "Tabs",
    "TypeIntoMark",
    "TypeText",
    "UploadFile",
    "browsing_tools",
    "file_tools",
    "mark_tools",
]


def browsing_tools(driver: WebDriver, grid: Grid | None = None) -> list[BrowserTool]:
    """Return one of each browsing tool that needs no more than a driver, all working on `driver`.

    Args:
        driver: the browser.
        grid: on which the model names points; None: by the pixels of the viewport.
    """
    pointing = [ClickAt, DoubleClickAt, RightClickAt, HoverAt, DragAt, ScrollAt]
    typing = [TypeText, PressKeys, Fill]
    reading = [ReadPage, PageOutline, ReadTable, FindLinks, ReadOptions, SearchItemCtrlF]
    pages = [ClosePopups, GoBack, AnswerDialog, Tabs, SwitchTab, OpenTab, CloseTab]
    return [*(tool(driver, grid) for tool in pointing), *(tool(driver) for tool in [*typing, *reading, *pages])]


def mark_tools(driver: WebDriver, marks: Marks) -> list[BrowserTool]:
    """Return the tools that act on the numbered marks of the latest picture.

    Args:
        driver: the browser.
        marks: the holder that whoever draws them fills.
    """
    return [ClickMark(driver, marks), TypeIntoMark(driver, marks), SelectMark(driver, marks)]


def file_tools(
    driver: WebDriver, downloads: Callable[[], list[Download]], folder: Callable[[], Path | None]
) -> list[BrowserTool]:
    """Return the tools for files.

    Args:
        driver: the browser.
        downloads: returns what was downloaded.
        folder: returns the folder for what is saved; None where nothing is kept.
    """
    return [UploadFile(driver), ListDownloads(driver, downloads), SavePagePdf(driver, folder)]
