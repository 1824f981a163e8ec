"""tabs, switch_tab, close_tab, open_tab."""

import time

import pytest
from memory_site import Open, Site
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.remote.webdriver import WebDriver

from webagent.browser.devtools import devtools
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


def test_a_tab_that_hangs_or_crashed_holds_nothing_up(driver: WebDriver, open_page: Open, site: Site) -> None:
    site.pages["/hangs"] = "<title>Hangs</title>"
    site.pages["/crashes"] = "<title>Crashes</title>"
    url = open_page("here")
    OpenTab(driver)(site.url("/crashes", "localhost"))
    with pytest.raises(WebDriverException):
        driver.execute_cdp_cmd("Page.crash", {})  # type: ignore[attr-defined]
    SwitchTab(driver)(2)
    OpenTab(driver)(site.url("/hangs"))
    driver.execute_script("onpagehide = document.onvisibilitychange = () => { while (true) {} }")
    began = time.monotonic()
    SwitchTab(driver)(2)  # hidden, the page begins to hang
    assert Tabs(driver)().splitlines()[1:] == [
        f"2: 'Test' ({url}) - you are here",
        f"3: 'Crashes' ({site.url('/crashes', 'localhost')})",
        f"4: 'Hangs' ({site.url('/hangs')})",
    ]
    assert SwitchTab(driver)(3).startswith("Now in tab 3 of 4: 'Crashes'")
    assert CloseTab(driver)(3).endswith(f"Now in tab 2 of 3: 'Test' ({url}).")
    assert Tabs(driver)().endswith(f"3: 'Hangs' ({site.url('/hangs')})")
    assert time.monotonic() - began < 20
    assert driver.current_url == url
    devtools(driver, "GET", f"close/{driver.window_handles[2]}")  # chromedriver would wait for it


def test_a_page_that_does_not_open_leaves_no_tab_and_a_dialog_is_told(driver: WebDriver, open_page: Open) -> None:
    url = open_page("<button onclick=\"alert('Sure?')\">x</button>")
    for address in ("http://nowhere.invalid/", "http://["):
        with pytest.raises(RuntimeError, match=r"^The page did not open: .+\. Now in tab 2 of 2: 'Test' \(.+\)\.$"):
            OpenTab(driver)(address)
    with pytest.raises(ValueError, match=r"^open_tab takes an address, as go_to does, not 5\.$"):
        OpenTab(driver)(5)  # type: ignore[arg-type]
    driver.find_element("tag name", "button").click()
    with pytest.raises(RuntimeError, match=r"^A dialog is open: Sure\?; answer it with answer_dialog\("):
        OpenTab(driver)(url)
    assert Tabs(driver)().endswith(f"2: 'Test' ({url}) - you are here")
    assert SwitchTab(driver)(1).startswith("Now in tab 1 of 2")
    said = SwitchTab(driver)(2)
    assert f"Now in tab 2 of 2: 'Test' ({url}). A dialog is open there: Sure?; answer it with" in said
    driver.switch_to.alert.accept()
    assert driver.current_url == url
