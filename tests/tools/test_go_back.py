"""go_back."""

import pytest
from memory_site import Open, Site
from selenium.webdriver.remote.webdriver import WebDriver

from webagent.tools import GoBack


def test_goes_back_and_says_where(driver: WebDriver, open_page: Open) -> None:
    first = open_page("<title>First\u202e page</title>one", "/one")
    open_page("two", "/two")
    assert GoBack(driver)() == f"Went back to 'Test' ({first})."
    assert driver.current_url == first


def test_says_when_there_is_no_earlier_page_and_stays(driver: WebDriver, site: Site, open_page: Open) -> None:
    driver.switch_to.new_window("tab")
    url = open_page("<input id=i>")
    assert GoBack(driver)() == f"There is no earlier page in this tab; still at 'Test' ({url})."
    assert driver.current_url == url


def test_says_so_in_a_tab_whose_history_has_one_page(driver: WebDriver, open_page: Open) -> None:
    url = open_page("<a id=a target=_blank rel=opener href=/index.html>x</a>")
    driver.find_element("id", "a").click()
    driver.switch_to.window(driver.window_handles[-1])
    assert driver.execute_script("return history.length") == 1
    assert "no earlier page" in GoBack(driver)()
    assert driver.current_url == url


def test_says_so_where_the_browser_stands_at_the_start_of_a_longer_history(driver: WebDriver, open_page: Open) -> None:
    url = open_page("<a id=a target=_blank href=/index.html>x</a>")
    driver.find_element("id", "a").click()
    driver.switch_to.window(driver.window_handles[-1])
    open_page("two", "/two")
    assert "Went back" in GoBack(driver)()
    assert GoBack(driver)() == f"There is no earlier page in this tab; still at 'Test' ({url})."


def test_an_entry_with_the_same_address_is_one_to_go_back_to(driver: WebDriver, open_page: Open) -> None:
    url = open_page("<script>history.pushState({page: 2}, '')</script>")
    driver.execute_script("history.pushState({page: 3}, '')")
    assert GoBack(driver)() == f"Went back to 'Test' ({url})."
    assert driver.execute_script("return history.state.page") == 2


def test_a_step_back_inside_a_frame_counts(driver: WebDriver, open_page: Open, site: Site) -> None:
    site.pages["/a"] = "frame a <a id=a href=/b>b</a>"
    site.pages["/b"] = "frame b"
    open_page("<iframe src=/a></iframe>")
    driver.switch_to.frame(0)
    driver.find_element("id", "a").click()
    driver.switch_to.default_content()
    assert "Went back" in GoBack(driver)()


def test_an_open_dialog_is_told(driver: WebDriver, open_page: Open) -> None:
    open_page("one", "/one")
    url = open_page("two")
    driver.execute_script("setTimeout(() => alert('Hello\\nthere'), 0)")
    with pytest.raises(RuntimeError, match=r"^A dialog is open: Hello there; answer it with answer_dialog\("):
        GoBack(driver)()
    driver.switch_to.alert.accept()
    assert driver.current_url == url
