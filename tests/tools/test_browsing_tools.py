"""What holds for all of the tools."""

from typing import Any

from memory_site import Attach, Open
from selenium.webdriver.remote.command import Command
from selenium.webdriver.remote.webdriver import WebDriver

import webagent.tools
from webagent.browser.marks import Marks
from webagent.tools import browsing_tools, file_tools, mark_tools


def test_one_of_each_and_names_sorted(driver: WebDriver) -> None:
    tools = [*browsing_tools(driver), *mark_tools(driver, Marks()), *file_tools(driver, list, lambda: None)]
    assert {type(tool).__name__ for tool in tools} == {name for name in webagent.tools.__all__ if name[0].isupper()} - {
        "BrowserTool"
    }
    assert len({tool.name for tool in tools}) == len(tools)
    assert webagent.tools.__all__ == sorted(webagent.tools.__all__, key=lambda name: (name[0].islower(), name))
    for tool in tools:
        assert tool.description.endswith(".")
        assert "\n" not in tool.brief
        assert len(tool.brief) < 300
        tool.to_code_prompt()


def test_plain_webdriver_commands_are_enough(attach: Attach, open_page: Open) -> None:
    open_page("one", "/one")
    open_page(
        "<div role=dialog style='position:fixed'>needle<button onclick='this.parentNode.remove()'>Close</button></div>"
    )

    def refuse(command: str, params: dict[str, Any]) -> None:
        plain = command in vars(Command).values() and command not in (Command.GET_LOG, Command.GET_AVAILABLE_LOG_TYPES)
        assert plain, f"{command} is not a plain WebDriver command"

    tools = {tool.name: tool for tool in browsing_tools(attach(refuse))}
    assert "1 match" in tools["search_item_ctrl_f"]("needle")
    assert "clicked 'Close'" in tools["close_popups"]()
    assert "Clicked" in tools["click_at"](5, 5)
    assert "needle" not in tools["read_page"]()
    assert "Went back" in tools["go_back"]()
