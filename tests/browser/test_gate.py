"""The gate: what passes, what is refused, and that no command makes it raise."""

import json
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from selenium.common.exceptions import NoSuchElementException, UnexpectedAlertPresentException, WebDriverException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.remote.webdriver import WebDriver
from servers import Site

from browser.conftest import Open
from webagent.browser import Browser
from webagent.browser.gate import Gate
from webagent.browser.options import PAGE_LOAD_TIMEOUT
from webagent.browser.policy import Asker, Policy
from webagent.browser.reach import Reach
from webagent.browser.viewport import Viewport

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
    "url",
    ["file:///etc/passwd", "chrome://version", "about:quit", "view-source:http://a/", "javascript:alert(1)", "/x"],
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


@pytest.mark.parametrize("asker", ASKERS)
def test_devtools_cookies_and_the_window_are_refused(one_tab: Browser, asker: Asker) -> None:
    for command, params, says in (
        ("executeCdpCommand", {"cmd": "Browser.getVersion", "params": {}}, "DevTools"),
        ("getCookies", {}, "Cookies"),
        ("addCookie", {"cookie": {"name": "a", "value": "b"}}, "Cookies"),
        ("setTimeouts", {"script": 1}, "timeouts"),
        ("setWindowRect", {"width": 1, "height": 1}, "window"),
        ("getLog", {"type": "performance"}, "not available"),
        ("uploadFile", {"file": "x"}, "attach_file"),
    ):
        assert says in refusal(one_tab, command, params, asker)


def test_a_command_that_is_added_to_selenium_is_refused_all_the_same(driver: WebDriver, one_tab: Browser) -> None:
    connection: Any = driver.command_executor
    connection._commands["crash"] = ("POST", "/session/$sessionId/goog/cdp/execute")
    with pytest.raises(WebDriverException, match="not available here"):
        driver.execute("crash", {"cmd": "Browser.close", "params": {}})
    assert one_tab.driver.window_handles


@pytest.mark.parametrize("command", ["clickElement", "sendKeysToElement", "getElementProperty"])
def test_a_parameter_cannot_lead_a_command_to_another_path(one_tab: Browser, command: str) -> None:
    for name in ("../../../../session?x=", "x/../../goog/cdp/execute?", "..", "%2e%2e%2f", "", None, 5, ["../.."]):
        params = {"id": name, "name": name, "text": "x"}
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
    assert "not too deep" in refusal(one_tab, "w3cExecuteScript", {"script": "", "args": endless})


@pytest.mark.parametrize("params", [None, [], "x", 5])
@pytest.mark.parametrize("command", ["get", "findElement", "close", None, 5, [], {}])
def test_what_is_no_command_is_an_error(one_tab: Browser, command: Any, params: Any) -> None:
    assert refusal(one_tab, command, params)


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


FORM = """<input id=text><textarea id=area></textarea><div id=free contenteditable></div><input type=file id=file>
<input type=FILE id=more multiple><iframe srcdoc="<input id=framed><input type=file id=other>"></iframe>"""


def chosen(driver: WebDriver, name: str) -> list[str]:
    """Return the names of the files that a file input holds; asked past the gate."""
    script = "return [...document.getElementById(arguments[0]).files].map(file => file.name)"
    return list(driver.execute_script(script, name))


@pytest.mark.parametrize("name", ["text", "area", "free"])
@pytest.mark.parametrize(
    "text",
    [
        __file__,
        "/home",
        "/",
        "/etc/passwd and more",
        " /etc/hostname ",
        "/ /etc/hostname",
        "a /b",
        "Ada",
        "\u00e9\U0001f600/",
    ],
)
def test_typing_the_path_of_a_file_types_it(
    driver: WebDriver, one_tab: Browser, open_page: Open, name: str, text: str
) -> None:
    open_page(FORM)
    field = driver.find_element("id", name)
    field.send_keys(text)
    field.send_keys("!")
    script = "const at = document.getElementById(arguments[0]); return at.value ?? at.textContent"
    assert one_tab.driver.execute_script(script, name).replace("\xa0", " ") == text + "!"


def test_lines_that_begin_with_a_slash_are_typed_as_lines(driver: WebDriver, one_tab: Browser, open_page: Open) -> None:
    open_page(FORM + "<form onsubmit='document.title = \"sent\"; return false'><input id=sends></form>")
    driver.find_element("id", "area").send_keys("one\n/two\n//three")
    assert driver.find_element("id", "area").get_property("value") == "one\n/two\n//three"
    driver.find_element("id", "sends").send_keys("/path\n")
    assert driver.title == "sent"


def test_a_path_is_typed_in_a_frame_as_well(driver: WebDriver, open_page: Open) -> None:
    open_page(FORM)
    driver.switch_to.frame(0)
    driver.find_element("id", "framed").send_keys(__file__)
    assert driver.find_element("id", "framed").get_property("value") == __file__
    with pytest.raises(WebDriverException, match="--upload-dir"):
        driver.find_element("id", "other").send_keys(__file__)


@pytest.mark.parametrize("name", ["file", "more"])
def test_no_file_is_given_to_a_page_and_none_is_told_from_another(
    driver: WebDriver, one_tab: Browser, open_page: Open, name: str
) -> None:
    open_page(FORM)
    said = set()
    for text in (
        __file__,
        f" {__file__}",
        f"{__file__}\n/etc/passwd",
        "/no/such",
        "pyproject.toml",
        "no-such",
        "/etc",
        "",
    ):
        with pytest.raises(WebDriverException) as error:
            driver.find_element("id", name).send_keys(text)
        said.add(error.value.msg)
    assert said == {"Files of this machine cannot be given to pages; the user may name folders for it (--upload-dir)."}
    assert chosen(one_tab.driver, name) == []


LIES = """<script>
const file = document.getElementById('file');
Object.defineProperty(file, 'type', {get: () => window.says ?? 'text', set: () => 0});
Object.defineProperty(HTMLInputElement.prototype, 'type', {get: () => 'text', configurable: true});
HTMLElement.prototype.matches = () => false;
</script>"""


def test_a_page_that_hides_its_file_input_gets_no_file(driver: WebDriver, one_tab: Browser, open_page: Open) -> None:
    open_page(FORM + LIES)
    for text in (__file__, f"\t{__file__}", f"\x0b{__file__}", f"x\n{__file__}", "/etc"):
        with suppress(WebDriverException):
            driver.find_element("id", "file").send_keys(text)
        assert chosen(one_tab.driver, "file") == []


def test_a_field_that_becomes_a_file_input_while_it_is_asked_gets_no_file(
    driver: WebDriver, one_tab: Browser, open_page: Open
) -> None:
    open_page("""<input id=file><script>
    const field = document.getElementById('file');
    const type = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'type');
    Object.defineProperty(field, 'type', {get() { setTimeout(() => type.set.call(field, 'file')); return 'text' }});
    </script>""")
    said = set()
    for text in (__file__, "/", "pyproject.toml", "no-such", "../main", "/no/such"):
        driver.refresh()
        try:
            driver.find_element("id", "file").send_keys(text)
        except WebDriverException as error:
            said.add(error.msg)
        assert chosen(one_tab.driver, "file") == []
    assert driver.find_element("id", "file").get_dom_attribute("type") == "file"
    for hint in ("found", "absolute", "canonical", "directory"):
        assert not any(hint in str(one) for one in said), "what is there cannot be told from what is not"


def test_files_of_a_folder_that_was_named_can_be_given(one_tab: Browser, open_page: Open, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("in/a.txt", "in/b.txt", "out.txt"):
        (tmp_path / name).write_text(name)
    (tmp_path / "in" / "link.txt").symlink_to(tmp_path / "in" / "a.txt")
    (tmp_path / "in" / "out.txt").symlink_to(tmp_path / "out.txt")
    policy = Policy(Reach(allow_host=["127.0.0.1:*"]), upload_dirs=[tmp_path / "in"])
    driver = Gate(one_tab.driver, Viewport(1120, 896), policy).attach("worker")
    open_page(FORM)
    driver.find_element("id", "file").send_keys(str(tmp_path / "in" / "link.txt"))
    assert chosen(one_tab.driver, "file") == ["a.txt"], "what is sent is where the link leads"
    driver.find_element("id", "more").send_keys(f"a.txt\n{tmp_path}/in/b.txt")
    assert chosen(one_tab.driver, "more") == ["a.txt", "b.txt"]
    for text in (
        f"{tmp_path}/out.txt",
        f"{tmp_path}/in/out.txt",
        "../out.txt",
        f"{tmp_path}/in/none",
        f"{tmp_path}/in",
    ):
        driver.refresh()
        with pytest.raises(WebDriverException, match="no such file in the folders"):
            driver.find_element("id", "file").send_keys(text)
        assert chosen(one_tab.driver, "file") == []
    driver.find_element("id", "text").send_keys(f"{tmp_path}/in/link.txt")
    assert driver.find_element("id", "text").get_property("value") == f"{tmp_path}/in/link.txt"


def test_the_keyboard_gives_no_file_to_a_page(driver: WebDriver, one_tab: Browser, open_page: Open) -> None:
    open_page(FORM)
    field = driver.find_element("id", "file")
    ActionChains(driver).move_to_element(field).click().send_keys(f"{__file__}\ue007").perform()
    assert chosen(one_tab.driver, "file") == []


DATA = "data:text/html,<title>Held</title>held"


@pytest.mark.parametrize(
    "page",
    [f"<a href='{DATA}'>x</a>", f"<iframe src='{DATA}'></iframe>", f"<img src=' {DATA} '>", f"<embed src='{DATA}'>"],
)
@pytest.mark.parametrize("asker", ASKERS)
def test_a_page_in_an_address_is_opened_where_the_page_at_hand_has_it(
    one_tab: Browser, open_page: Open, page: str, asker: Asker
) -> None:
    open_page(page)
    driver = one_tab.gate.attach(asker)
    driver.get(DATA)
    assert driver.title == "Held"


@pytest.mark.parametrize("url", [DATA, " Data:text/html,x", "da\nta:text/html,x", "data:" + "x" * 3_000_000])
@pytest.mark.parametrize("asker", ASKERS)
def test_a_page_in_an_address_of_ones_own_is_not(one_tab: Browser, open_page: Open, asker: Asker, url: str) -> None:
    address = open_page(f"{DATA} <p title='{DATA}'>x</p><a href='{DATA}x'>y</a>")
    assert refusal(one_tab, "get", {"url": url}, asker)
    assert one_tab.driver.current_url == address


def test_what_is_no_page_is_told_and_the_page_from_before_stays(
    driver: WebDriver, one_tab: Browser, site: Site, open_page: Open
) -> None:
    url = open_page("here")
    attachment = {"Content-Type": "application/zip", "Content-Disposition": "attachment"}
    site.pages |= {"/file": (200, attachment, b"PK"), "/nothing": (204, {}, b"")}
    for path in ("/file", "/nothing"):
        with pytest.raises(WebDriverException, match="The page did not open: it is a download or an empty reply"):
            driver.get(site.url + path)
    assert driver.current_url == url
    driver.get(f"{url}#part")  # no new document, and none is expected
    driver.get(url)


def test_a_page_that_takes_too_long_is_told(driver: WebDriver, one_tab: Browser, site: Site, open_page: Open) -> None:
    url = open_page("here")
    gone = threading.Event()
    site.pages["/slow"] = lambda _: (gone.wait(30), "late")[1]
    one_tab.driver.set_page_load_timeout(1)
    try:
        with pytest.raises(WebDriverException, match="The page did not open: it took too long to load"):
            driver.get(site.url + "/slow")
        assert driver.current_url == url
    finally:
        gone.set()
        one_tab.driver.set_page_load_timeout(PAGE_LOAD_TIMEOUT)


def test_what_asks_for_a_password_is_told(driver: WebDriver, site: Site) -> None:
    site.pages["/auth"] = (401, {"WWW-Authenticate": "Basic realm=x"}, "no")
    with pytest.raises(WebDriverException, match="may ask for a name and a password"):
        driver.get(site.url + "/auth")


def test_what_is_opened_is_what_was_judged(driver: WebDriver, open_page: Open) -> None:
    address = open_page("<p>here")
    port = address.rpartition(":")[2].strip("/")
    for url in (
        f" http://0x7f.1:{port}\\",
        f"http://2130706433:{port}/",
        f"127.0.0.1:{port}",
        f"ht\ntp://127.0.0.1:{port}",
    ):
        driver.get("about:blank")
        driver.get(url)
        assert driver.current_url == address
    driver.get(f"127.0.0.1:{port}/?next=http://example.com")
    assert driver.current_url == f"{address}?next=http://example.com"


def test_a_script_of_ones_own_runs_where_the_user_allows_it(one_tab: Browser, open_page: Open) -> None:
    open_page("<p>here")
    for asker in ASKERS:
        for run in (one_tab.gate.attach(asker).execute_script, one_tab.gate.attach(asker).execute_async_script):
            with pytest.raises(WebDriverException, match="--allow-scripts"):
                run("return document.title")
    policy = Policy(Reach(), allow_scripts=True)
    driver = Gate(one_tab.driver, Viewport(1120, 896), policy).attach("worker")
    assert driver.execute_script("return document.title") == "Test"
    assert driver.execute_async_script("arguments[0](document.title)") == "Test"
    with pytest.raises(WebDriverException, match="DevTools"):
        driver.execute("executeCdpCommand", {"cmd": "Browser.close", "params": {}})
