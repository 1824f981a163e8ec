"""What holds for all of the tools."""

from typing import Any

from memory_site import Attach, Open
from selenium.webdriver.remote.command import Command
from selenium.webdriver.remote.webdriver import WebDriver

import webagent.tools
from webagent.tools import browsing_tools


def test_one_of_each_and_names_sorted(driver: WebDriver) -> None:
    tools = browsing_tools(driver)
    assert [tool.name for tool in tools] == ["click_at", "close_popups", "go_back", "search_item_ctrl_f"]
    assert webagent.tools.__all__ == sorted(webagent.tools.__all__, key=lambda name: (name[0].islower(), name))
    for tool in tools:
        assert 1 <= tool.description.count(".") <= 3
        tool.to_code_prompt()


def test_plain_webdriver_commands_are_enough(attach: Attach, open_page: Open) -> None:
    open_page("one", "/one")
    open_page(
        "<div role=dialog style='position:fixed'>needle<button onclick='this.parentNode.remove()'>Close</button></div>"
    )

    def refuse(command: str, params: dict[str, Any]) -> None:
        plain = command in vars(Command).values() and command not in (Command.GET_LOG, Command.GET_AVAILABLE_LOG_TYPES)
        assert plain, f"{command} is not a plain WebDriver command"

    click_at, close_popups, go_back, search = browsing_tools(attach(refuse))
    assert "1 match" in search("needle")
    assert "clicked 'Close'" in close_popups()
    assert "Clicked" in click_at(5, 5)
    assert "Went back" in go_back()
