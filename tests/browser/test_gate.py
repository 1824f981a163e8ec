"""The gate: what passes, what is refused, and that no command makes it raise."""

import json
from typing import Any

import pytest
from selenium.common.exceptions import NoSuchElementException, UnexpectedAlertPresentException, WebDriverException
from selenium.webdriver.remote.webdriver import WebDriver

from browser.conftest import Open
from webagent.browser import Browser
from webagent.browser.policy import Asker

ASKERS: list[Asker] = ["worker", "tool"]


@pytest.fixture
def driver(one_tab: Browser) -> WebDriver:
    return one_tab.gate.attach("worker")


def refusal(browser: Browser, command: str, params: Any, asker: Asker = "worker") -> str:
    """Return the error's message."""
    response = browser.gate.execute(command, params, asker)
    assert response.get("status", 0) >= 400, (command, params, response)
    value = json.loads(response["value"])["value"]
    assert value["stacktrace"] == ""
    return str(value["message"])


@pytest.mark.parametrize("asker", ASKERS)
@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "chrome://version", "about:quit", "view-source:http://a/", "javascript:alert(1)", "x"]
)
def test_an_address_outside_of_the_web_is_refused_and_the_page_stays(
    one_tab: Browser, open_page: Open, asker: Asker, url: str
) -> None:
    address = open_page("<p>here")
    with pytest.raises(WebDriverException, match="http"):
        one_tab.gate.attach(asker).get(url)
    assert one_tab.driver.current_url == address


@pytest.mark.parametrize("asker", ASKERS)
def test_the_browser_cannot_be_ended_by_a_driver_behind_the_gate(one_tab: Browser, asker: Asker) -> None:
    driver = one_tab.gate.attach(asker)
    with pytest.raises(WebDriverException, match="belongs to the run"):
        driver.quit()
    with pytest.raises(WebDriverException, match="last tab"):
        driver.close()
    assert len(driver.window_handles) == 1, "the driver works after both"


def test_a_tab_that_is_not_the_last_can_be_closed(driver: WebDriver) -> None:
    driver.switch_to.new_window("tab")
    driver.close()
    assert len(driver.window_handles) == 1


def test_devtools_are_refused_to_the_worker_and_given_to_the_tools(one_tab: Browser) -> None:
    message = refusal(one_tab, "executeCdpCommand", {"cmd": "Browser.getVersion", "params": {}})
    assert "not available" in message
    answer = one_tab.gate.execute("executeCdpCommand", {"cmd": "Browser.getVersion", "params": {}}, "tool")
    assert "product" in answer["value"]


@pytest.mark.parametrize("command", ["clickElement", "sendKeysToElement", "deleteCookie", "getElementProperty"])
def test_a_parameter_cannot_lead_a_command_to_another_path(one_tab: Browser, command: str) -> None:
    for name in (
        "../../../../session?x=",
        "x/../../goog/cdp/execute?",
        "..",
        ".",
        "a/b",
        "a?b",
        "a#b",
        "%2e%2e%2f",
        "a\\b",
        "a b",
        "a\n",
        "",
        None,
        5,
        ["../.."],
        {"a": "/"},
    ):
        params = {"id": name, "name": name, "cmd": "Browser.close", "params": {}, "text": "x", "value": ["x"]}
        assert "needs" in refusal(one_tab, command, params)
    assert one_tab.driver.window_handles


MALFORMED: list[tuple[str, dict[str, Any]]] = [
    ("no such command", {}),
    ("", {}),
    ("x" * 100_000, {}),
    ("__class__", {}),
    ("clickElement", {}),
    ("clickElement", {"id": "no-such-element"}),
    ("clickElement", {"id": 5}),
    ("findElement", {}),
    ("findElement", {"using": 5, "value": {}}),
    ("findElement", {"using": "css selector", "value": "a["}),
    ("switchToFrame", {"id": "x"}),
    ("switchToFrame", {"id": -1}),
    ("switchToFrame", {"id": {"no": "element"}}),
    ("switchToWindow", {"handle": "gone"}),
    ("switchToWindow", {}),
    ("actions", {"actions": 5}),
    ("setTimeouts", {"script": "soon"}),
    ("w3cExecuteScript", {"script": "throw new Error('no')", "args": []}),
    ("w3cExecuteScript", {"script": "return 1", "args": 5}),
    ("w3cExecuteScript", {"script": 5}),
    ("newWindow", {"type": 5}),
    ("getLog", {"type": "none"}),
    ("addCookie", {"cookie": 5}),
    ("get", {"url": "http://["}),
    ("findElement", {"using": "css selector", "value": {1, 2}}),
    ("findElement", {"using": "css selector", "value": float("nan")}),
    ("w3cExecuteScript", {"script": "return '\ud800'", "args": [object()]}),
]


@pytest.mark.parametrize("asker", ASKERS)
def test_whatever_is_asked_the_answer_is_an_error_in_words(one_tab: Browser, open_page: Open, asker: Asker) -> None:
    open_page("<p>here")
    for command, params in MALFORMED:
        message = refusal(one_tab, command, params, asker)
        assert 0 < len(message) < 1000
        assert "Session info" not in message
        assert "Stacktrace" not in message
        assert "#0 0x" not in message
    assert one_tab.look().title == "Test"


def test_parameters_that_refer_to_themselves_are_an_error(one_tab: Browser) -> None:
    endless: list[Any] = []
    endless.append(endless)
    assert "cannot be sent" in refusal(one_tab, "w3cExecuteScript", {"script": "", "args": endless})


def test_the_session_named_in_the_parameters_is_not_taken(one_tab: Browser) -> None:
    params = {"sessionId": "another/../..", "using": "css selector", "value": "html"}
    response = one_tab.gate.execute("findElements", params, "worker")
    assert len(response["value"]) == 1


def test_an_error_keeps_the_browsers_first_words_alone(driver: WebDriver) -> None:
    with pytest.raises(NoSuchElementException) as error:
        driver.find_element("css selector", "#none")
    assert error.value.msg is not None
    assert error.value.msg.partition(";")[0].startswith("no such element: Unable to locate element")
    assert "Session info" not in str(error.value)
    assert not error.value.stacktrace


def test_the_text_of_a_dialog_in_the_way_is_kept(driver: WebDriver, open_page: Open) -> None:
    open_page("<script>setTimeout(() => alert('Read me\\nStacktrace: no'))</script>")
    with pytest.raises(UnexpectedAlertPresentException) as error:
        for _ in range(100):
            driver.find_elements("css selector", "p")
    assert error.value.alert_text == "Read me\nStacktrace: no"


def test_it_tells_whether_anything_was_done(one_tab: Browser) -> None:
    gate = one_tab.gate
    assert not gate.since_last_asked()
    refusal(one_tab, "quit", {})
    assert not gate.since_last_asked(), "what is refused does nothing"
    one_tab.look()
    assert not gate.since_last_asked(), "looking does nothing"
    gate.execute("getCurrentUrl", {}, "worker")
    assert gate.since_last_asked()
    assert not gate.since_last_asked()


def test_typing_the_path_of_a_file_types_it(driver: WebDriver, open_page: Open) -> None:
    open_page("<input id=i>")
    driver.find_element("id", "i").send_keys(__file__)
    assert driver.find_element("id", "i").get_property("value") == __file__
