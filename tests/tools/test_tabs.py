"""tabs, switch_tab, close_tab, open_tab."""

import pytest
from memory_site import Open, Site
from selenium.webdriver.remote.webdriver import WebDriver

from webagent.tools.tabs import CloseTab, OpenTab, SwitchTab, Tabs


def test_tabs_are_listed_entered_opened_and_closed(driver: WebDriver, open_page: Open, site: Site) -> None:
    site.pages["/other"] = "<title>\u202eOther <b>&amp;</b>\n\x1b[31m" + "x" * 500 + "</title>"
    site.pages["/third"] = "<title>Third</title>"
    url = open_page("here")
    assert Tabs(driver)().splitlines()[1:] == [f"2: 'Test' ({url}) - you are here"]

    said = OpenTab(driver)(site.url("/other"))
    assert said.startswith("Now in tab 3 of 3: 'Other <b>&</b> [31mxxx")
    assert said.endswith(f"x…' ({site.url('/other')}).")
    assert driver.current_url == site.url("/other")
    driver.find_element("tag name", "html")

    assert SwitchTab(driver)(2) == f"Now in tab 2 of 3: 'Test' ({url})."
    assert driver.current_url == url
    first, second, third = Tabs(driver)().splitlines()
    assert first.startswith("1: ")
    assert second == f"2: 'Test' ({url}) - you are here"
    assert third.startswith("3: 'Other <b>&</b> [31mxxx")
    assert len(third) < 400

    assert OpenTab(driver)(site.url("/third")) == f"Now in tab 4 of 4: 'Third' ({site.url('/third')})."
    SwitchTab(driver)(2)
    said = CloseTab(driver)(3)
    assert said.startswith("Closed tab 3, 'Other ")
    assert said.endswith(f"Now in tab 2 of 3: 'Test' ({url}).")
    said = CloseTab(driver)(2)
    assert said.startswith(f"Closed tab 2, 'Test' ({url}). Now in tab 1 of 2: ")
    assert driver.current_window_handle == driver.window_handles[0]
    SwitchTab(driver)(2)
    assert driver.title == "Third"


@pytest.mark.parametrize("n", [0, 3, -1, 10**9, True, 1.5, "1", None])
def test_a_tab_that_is_not_there_is_an_error_with_those_that_are(driver: WebDriver, n: int) -> None:
    here = driver.current_window_handle
    for tool in (SwitchTab(driver), CloseTab(driver)):
        with pytest.raises(
            ValueError, match=r"^There is no tab .*: the tabs are numbered from 1 to 2; see tabs\(\)\.$"
        ):
            tool(n)
    assert driver.current_window_handle == here
    assert len(driver.window_handles) == 2
