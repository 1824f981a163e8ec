"""A real browser for the tests of the tools."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from memory_site import HEIGHT, WIDTH, Attach, Open, Site
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from webagent.browser.attached import AttachedDriver
from webagent.browser.find import find_browser, find_driver


@pytest.fixture(scope="session")
def shared_site() -> Iterator[Site]:
    site = Site()
    yield site
    site.close()


@pytest.fixture
def site(shared_site: Site) -> Site:
    shared_site.pages.clear()
    shared_site.asked.clear()
    return shared_site


@pytest.fixture(scope="session")
def browser(shared_site: Site) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.binary_location = str(find_browser())
    options.set_capability("unhandledPromptBehavior", "ignore")
    driver = webdriver.Chrome(options=options, service=Service(str(find_driver())))
    yield driver
    driver.quit()


@pytest.fixture
def driver(browser: webdriver.Chrome) -> Iterator[webdriver.Chrome]:
    """The browser, in a new tab of its own of 1120 x 896 pixels; all tabs but the first are closed afterwards."""
    first = browser.window_handles[0]
    browser.switch_to.new_window("tab")
    size = {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    yield browser
    for handle in browser.window_handles:
        if handle != first:
            browser.switch_to.window(handle)
            browser.close()
    browser.switch_to.window(first)


@pytest.fixture
def attach(driver: webdriver.Chrome) -> Attach:
    def attach_it(before: Callable[[str, dict[str, Any]], None]) -> AttachedDriver:
        def send(command: str, params: dict[str, Any]) -> dict[str, Any]:
            before(command, params)
            answer: dict[str, Any] = driver.command_executor.execute(
                command, {**params, "sessionId": driver.session_id}
            )
            return answer

        return AttachedDriver(send, str(driver.session_id), driver.capabilities)

    return attach_it


@pytest.fixture
def open_page(driver: webdriver.Chrome, site: Site) -> Open:
    def open_it(body: str, path: str = "/index.html", host: str = "127.0.0.1") -> str:
        site.pages[path] = f"<!doctype html><html lang=en><title>Test</title><body>{body}"
        driver.get(site.url(path, host))
        return site.url(path, host)

    return open_it
