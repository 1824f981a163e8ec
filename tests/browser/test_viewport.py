"""The page has exactly the size it should have, in every tab."""

import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.remote.webdriver import WebDriver
from servers import LOOPBACK, Site

from browser.conftest import Open
from webagent.browser import Browser
from webagent.settings import Settings

SIZE = "return [innerWidth, innerHeight, devicePixelRatio]"


def exact(browser: Browser, size: tuple[int, int] = (1120, 896)) -> None:
    # So it is before any look, as the worker's next line may ask for it.
    assert browser.driver.execute_script(SIZE) == [*size, 1]
    state = browser.look()
    assert state.picture is not None
    assert state.picture.size == size
    assert browser.screenshot().size == size
    assert browser.driver.execute_script(SIZE) == [*size, 1]


@pytest.fixture
def driver(one_tab: Browser) -> WebDriver:
    return one_tab.gate.attach("worker")


def newest(driver: WebDriver) -> None:
    driver.switch_to.window(driver.window_handles[-1])


def test_it_is_exact_in_the_first_tab(one_tab: Browser, driver: WebDriver, open_page: Open) -> None:
    exact(one_tab)
    open_page("<div style='width:5000px;height:5000px'>scrolls both ways</div>")
    exact(one_tab)


def test_it_is_exact_in_a_tab_that_a_link_opened(
    one_tab: Browser, driver: WebDriver, site: Site, open_page: Open
) -> None:
    site.pages["/next"] = "next"
    open_page("<a id=a href=/next target=_blank>x</a>")
    driver.find_element("id", "a").click()
    newest(driver)
    exact(one_tab)


def test_it_is_exact_in_a_pop_up_with_a_size_of_its_own(one_tab: Browser, driver: WebDriver, open_page: Open) -> None:
    open_page("<button id=b onclick=\"open('/', '', 'popup,width=300,height=200')\">x</button>")
    driver.find_element("id", "b").click()
    newest(driver)
    exact(one_tab)
    driver.get(driver.current_url)
    exact(one_tab)


def test_it_is_exact_in_a_tab_that_was_left_and_entered_again(one_tab: Browser, driver: WebDriver) -> None:
    driver.switch_to.new_window("window")
    newest(driver)
    driver.switch_to.window(driver.window_handles[0])
    exact(one_tab)
    newest(driver)
    exact(one_tab)


def test_it_is_exact_on_another_site(one_tab: Browser, driver: WebDriver, site: Site, open_page: Open) -> None:
    open_page("here")
    driver.get(site.url.replace("127.0.0.1", "localhost"))  # another process shows it
    exact(one_tab)


def test_it_is_exact_in_the_tab_that_takes_a_crashed_ones_place(
    one_tab: Browser, driver: WebDriver, open_page: Open
) -> None:
    with pytest.raises(WebDriverException):
        one_tab.driver.execute_cdp_cmd("Page.crash", {})
    assert one_tab.look().hung
    exact(one_tab)
    open_page("here")
    exact(one_tab)


def test_a_look_mends_it_where_a_tool_has_changed_it(one_tab: Browser, driver: WebDriver) -> None:
    small = {"width": 300, "height": 200, "deviceScaleFactor": 2, "mobile": True}
    one_tab.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", small)
    one_tab.look()
    exact(one_tab)


@pytest.mark.parametrize("size", [(200, 200), (1600, 1203)])
def test_it_is_what_the_settings_say(site: Site, size: tuple[int, int]) -> None:
    site.pages["/"] = "<a id=a href=/ target=_blank>x</a>"
    with Browser(Settings(viewport=size, allow_host=LOOPBACK)) as browser:
        driver = browser.gate.attach("worker")
        driver.get(site.url)
        exact(browser, size)
        driver.find_element("id", "a").click()
        newest(driver)
        exact(browser, size)
