"""settle.js, where the page meddles with the watch."""

import time
from typing import Any

import pytest
from memory_site import Open
from selenium.webdriver.remote.webdriver import WebDriver

from webagent.browser.scripts import load


def state(driver: WebDriver) -> dict[str, Any]:
    found: dict[str, Any] = driver.execute_script(load("settle"))
    return found


def test_quiet_counts_from_the_last_change(driver: WebDriver, open_page: Open) -> None:
    open_page("<p id=p>x")
    first = state(driver)
    assert (first["ready"], first["moving"]) == (True, False)
    assert first["quiet"] < 20
    time.sleep(0.2)
    assert state(driver)["quiet"] >= 200
    driver.execute_script("p.textContent = 'y'")
    assert state(driver)["quiet"] < 200


@pytest.mark.parametrize("junk", ["1", "'x'", "null", "{}", "{last: 'x'}"])
def test_what_the_page_put_in_its_place_is_replaced_by_a_watch(driver: WebDriver, open_page: Open, junk: str) -> None:
    open_page(f"<p>x<script>document[Symbol.for('webagent.settle')] = {junk}</script>")
    assert state(driver)["quiet"] < 20
    time.sleep(0.1)
    assert state(driver)["quiet"] >= 100


@pytest.mark.parametrize(
    "script",
    [
        "Object.freeze(document)",
        "document[Symbol.for('webagent.settle')] = {get last() { throw 1 }}",
        "Object.defineProperty(document, Symbol.for('webagent.settle'), {value: 1})",
        "Object.defineProperty(document, Symbol.for('webagent.settle'), {get() { throw 1 }})",
    ],
)
def test_where_no_watch_can_be_kept_the_page_is_never_quiet(driver: WebDriver, open_page: Open, script: str) -> None:
    open_page(f"<p>x<script>{script}</script>")
    state(driver)
    time.sleep(0.1)
    again = state(driver)
    assert again["quiet"] < 20
    assert (again["ready"], again["moving"]) == (True, False)
