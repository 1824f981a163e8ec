"""A site whose pages a test sets, and the module's browser set back before each test."""

from collections.abc import Callable, Iterator

import pytest
from selenium.common.exceptions import WebDriverException
from servers import Page, Site
from urllib3.exceptions import HTTPError

from webagent.browser import Browser

Open = Callable[..., str]
"""Serves a page (as `/` unless `path` says otherwise), opens it past every judge, and returns its address."""


@pytest.fixture(scope="module")
def shared_site() -> Iterator[Site]:
    with Site({}) as site:
        yield site


@pytest.fixture
def site(shared_site: Site) -> Site:
    shared_site.pages.clear()
    shared_site.pages["/favicon.ico"] = (204, {}, b"")
    shared_site.seen.clear()
    return shared_site


@pytest.fixture
def one_tab(browser: Browser) -> Browser:
    """The module's browser with one tab, which is empty."""
    try:
        _ = browser.driver.window_handles
    except (WebDriverException, HTTPError):  # an earlier test has been the end of it
        browser.close()
        browser.start()
    driver = browser.driver
    while browser.dismiss_dialog() is not None:
        pass
    first, *others = driver.window_handles
    for handle in others:
        driver.switch_to.window(handle)
        driver.close()
    driver.switch_to.window(first)
    browser.gate.execute("get", {"url": "about:blank"}, "tool")  # leaves the frame as well
    browser.gate.since_last_asked()
    return browser


@pytest.fixture
def open_page(one_tab: Browser, site: Site) -> Open:
    def open_it(page: Page, path: str = "/") -> str:
        site.pages[path] = f"<!doctype html><title>Test</title>{page}" if isinstance(page, str) else page
        try:
            one_tab.driver.get(site.url + path)
        except WebDriverException as error:
            raise AssertionError(error.msg) from error
        return site.url + path

    return open_it
