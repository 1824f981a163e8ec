"""The judge's words, without a browser."""

import re
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.actions.wheel_input import ScrollOrigin
from selenium.webdriver.remote.command import Command
from selenium.webdriver.remote.webelement import WebElement

from webagent.browser import known_scripts
from webagent.browser.attached import AttachedDriver
from webagent.browser.plain_json import ELEMENT
from webagent.browser.policy import Asker, Policy
from webagent.browser.reach import Reach, Refused
from webagent.browser.scripts import load

ASKERS: list[Asker] = ["worker", "tool"]
EVERY_COMMAND = sorted({value for name, value in vars(Command).items() if name.isupper()})
PLAIN = Policy(Reach())
LOCAL = Policy(Reach(allow_host=["127.0.0.1:8080", "[::1]:8080", "localhost:*"], block_domain=["blocked.example"]))


@pytest.mark.parametrize(
    ("url", "opened"),
    [
        ("http://example.com", "http://example.com/"),
        ("HTTPS://EXAMPLE.COM/a?b#c", "https://example.com/a?b#c"),
        (" http://example.com ", "http://example.com/"),
        ("ht\ntp://exam\tple.com\\a\\b", "http://example.com/a/b"),
        ("http:example.com", "http://example.com/"),
        ("http://exämple.com", "http://xn--exmple-cua.com/"),
        ("http://ｅｘａｍｐｌｅ.com/", "http://example.com/"),
        ("http://93.184.216.34:81/", "http://93.184.216.34:81/"),
        ("http://0x5db8d822/", "http://93.184.216.34/"),
        ("http://[2606:4700::1111]/", "http://[2606:4700::1111]/"),
        ("http://[::1]:8080/", "http://[::1]:8080/"),
        ("http://2130706433:8080/", "http://127.0.0.1:8080/"),
        ("about:blank", "about:blank"),
        ("ABOUT:blank#here", "about:blank#here"),
        ("blob:http://127.0.0.1:8080/0c0ffee0", "blob:http://127.0.0.1:8080/0c0ffee0"),
        ("blob:https://example.com/0c0ffee0", "blob:https://example.com/0c0ffee0"),
        ("example.com", "http://example.com/"),
        ("example.com/?next=http://other.example", "http://example.com/?next=http://other.example"),
        ("example.com:8080/x", "http://example.com:8080/x"),
        ("localhost:8080", "http://localhost:8080/"),
        ("http://example.com/a b?c=ü", "http://example.com/a%20b?c=%C3%BC"),
        ("http://example.com./", "http://example.com./"),
    ],
)
@pytest.mark.parametrize("asker", ASKERS)
def test_an_address_of_the_web_is_opened_as_a_browser_reads_it(url: str, opened: str, asker: Asker) -> None:
    LOCAL.judge("get", {"url": url}, asker)
    assert LOCAL.judge_url(url) == opened
    assert LOCAL.judge_url(opened) == opened


ELSEWHERE = [
    *("file:///etc/passwd", "FILE:///etc/passwd", " file:///etc/passwd", "\x01file:///etc/passwd"),
    *("fi\nle:///etc/passwd", "file\t:///etc/passwd", "chrome://version", "chrome:quit"),
    *(
        "view-source:http://example.com",
        "view-source:file:///etc/passwd",
        "javascript:alert(1)",
        "java\nscript:alert(1)",
    ),
    *("devtools://devtools/bundled/inspector.html", "chrome-extension://x/y", "ftp://example.com", "ws://example.com"),
    *("filesystem:http://example.com/temporary/", "about:settings", "about:crash", "about:quit", "ABOUT:Version"),
    *("about:blank.evil", "about:BLANK", "about:blank/x", "data:text/html,<p>x", " DATA:,x", "da\nta:,x"),
    *(
        "blob:null/0c0ffee0",
        "blob:file:///etc/passwd",
        "blob:blob:http://example.com/x",
        "blob:",
        "mailto:a@example.com",
    ),
]
NOT_VALID = [
    *("", "   ", "\n", "//example.com", "/etc/passwd", "\\\\example.com\\share", "http://", "http://[", "http://a b/"),
    *("http://example.com:99999/", "https://exa\u2100mple.com", "http://256.256.256.256/", "\ud800", "http://\ud800/"),
    *("http://example.com\x00.org/", "http://1.2.3.4.5/", "x" * 3_000_000, "http://" + "x" * 3_000_000),
]
NOT_PUBLIC = [
    *("http://127.0.0.1/", "http://127.1/", "http://2130706433/", "http://0x7f.1/", "http://017700000001/"),
    *("http://127.0.0.1./", "http://１２７.0.0.1/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://0/"),
    *("http://[::ffff:7f00:1]/", "http://[64:ff9b::7f00:1]/", "http://10.0.0.1/", "http://192.168.1.1:8080"),
    *(
        "http://169.254.169.254/latest/meta-data/",
        "http://[fe80::1]/",
        "http://[fd00:ec2::254]/",
        "http:\\\\127.0.0.1\\",
    ),
    *("http://127.0.0.1:8081/", "blob:http://127.0.0.1/x", "http://%31%32%37.0.0.1/", "127.0.0.1", "127.0.0.1:81/x"),
    *("http://blocked.example/", "http://WWW.Blocked.Example./", "https://ｂlocked.example"),
]
TELLING = [
    "http://user@example.com/",
    "http://user:pw@example.com/",
    "http://:pw@example.com",
    "http://a@b@example.com",
]


@pytest.mark.parametrize("url", [*ELSEWHERE, *NOT_VALID, *NOT_PUBLIC, *TELLING])
@pytest.mark.parametrize("asker", ASKERS)
def test_any_other_address_is_refused_with_a_sentence(url: str, asker: Asker) -> None:
    with pytest.raises(Refused, match=r"^\S.*\.$") as refused:
        LOCAL.judge("get", {"url": url}, asker)
    assert len(str(refused.value)) < 250
    assert "\n" not in str(refused.value)
    assert "''" not in str(refused.value)
    str(refused.value).encode()


@pytest.mark.parametrize("url", NOT_PUBLIC[:-3])
def test_an_address_that_is_not_public_is_told_with_what_the_user_can_do(url: str) -> None:
    with pytest.raises(Refused, match=r"--allow-host"):
        LOCAL.judge_url(url)


@pytest.mark.parametrize("params", [{}, {"url": None}, {"url": 5}, {"url": ["http://example.com"]}, {"url": {}}])
@pytest.mark.parametrize("asker", ASKERS)
def test_an_address_that_is_no_text_is_refused(params: dict[str, object], asker: Asker) -> None:
    with pytest.raises(Refused):
        PLAIN.judge("get", params, asker)


ALLOWED = set(
    """get goBack goForward refresh getTitle getCurrentUrl getPageSource screenshot findElement findElements
    findChildElement findChildElements findElementFromShadowRoot findElementsFromShadowRoot w3cGetActiveElement
    getShadowRoot getElementText getElementTagName getElementRect elementScreenshot isElementSelected isElementEnabled
    getElementAriaRole getElementAriaLabel getElementAttribute getElementProperty getElementValueOfCssProperty
    clickElement clearElement sendKeysToElement actions clearActionState w3cGetCurrentWindowHandle w3cGetWindowHandles
    switchToWindow newWindow close switchToFrame switchToParentFrame w3cGetAlertText w3cAcceptAlert w3cDismissAlert
    w3cSetAlertValue w3cExecuteScript""".split()
)
CHROMEDRIVERS = [
    *("executeCdpCommand", "launchApp", "setPermissions", "setNetworkConditions", "getNetworkConditions"),
    *("deleteNetworkConditions", "getSinks", "getIssueMessage", "setSinkToUse", "startDesktopMirroring", "stopCasting"),
    *("goog:cdp", "no such command", "", "__class__", "x" * 10_000, "GET", "get ", "findelement", "deleteSession"),
]


@pytest.mark.parametrize("command", [name for name in EVERY_COMMAND if name not in ALLOWED] + CHROMEDRIVERS)
@pytest.mark.parametrize("asker", ASKERS)
def test_every_command_that_is_not_listed_is_refused(command: str, asker: Asker) -> None:
    for params in (
        {},
        {"cmd": "Page.crash", "params": {}},
        {"script": "return 1", "args": []},
        {"id": "a", "name": "b"},
    ):
        if (command, asker, params) == ("printPage", "tool", {}):
            PLAIN.judge(command, params, asker)  # what the page looks like as a PDF; the worker gets none
            continue
        with pytest.raises(Refused, match=r"^[A-Z].*\.$") as refused:
            PLAIN.judge(command, params, asker)
        assert len(str(refused.value)) < 200


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("quit", "belongs to the run"),
        ("newSession", "belongs to the run"),
        ("minimizeWindow", "minimised"),
        ("setWindowRect", "keeps its size"),
        ("executeCdpCommand", "DevTools commands are not available here"),
        ("getCookies", "Cookies cannot be read"),
        ("setTimeouts", "wait_until"),
        ("uploadFile", "attach_file"),
        ("getLog", "'getLog' is not available here; use helium's functions and the tools"),
    ],
)
def test_a_refusal_says_what_to_do_instead(command: str, says: str) -> None:
    with pytest.raises(Refused, match=says):
        PLAIN.judge(command, {}, "worker")


ONE = {ELEMENT: "f.A.d.B.e.7"}
POINTER = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}}


@pytest.mark.parametrize(
    ("command", "params"),
    [
        ("findElement", {"using": "css selector", "value": "a"}),
        ("findElements", {"using": "xpath", "value": "//a", "sessionId": "any"}),
        ("findChildElement", {"id": "f.A.d.B.e.7", "using": "link text", "value": ""}),
        ("findElementFromShadowRoot", {"shadowId": "f.A.d.B.e.8", "using": "tag name", "value": "a"}),
        ("getElementAttribute", {"id": "e", "name": "xlink:href"}),
        ("getElementProperty", {"id": "e", "name": "größe"}),
        ("getElementValueOfCssProperty", {"id": "e", "propertyName": "--my-colour"}),
        ("sendKeysToElement", {"id": "e", "text": "/home", "value": list("/home")}),
        ("sendKeysToElement", {"id": "e", "text": "\ue007"}),
        ("switchToFrame", {"id": None}),
        ("switchToFrame", {"id": 3}),
        ("switchToFrame", {"id": ONE}),
        ("switchToWindow", {"handle": "A1B2"}),
        ("newWindow", {"type": "tab"}),
        ("newWindow", {"type": None}),
        ("newWindow", {}),
        ("actions", {"actions": []}),
        ("actions", {"actions": [POINTER | {"actions": [{"type": "pointerMove", "x": 1, "y": -2.5, "origin": ONE}]}]}),
        ("w3cSetAlertValue", {"text": "x", "value": ["x"]}),
        ("w3cExecuteScript", {"script": "return document.elementFromPoint(3, 4.5);", "args": []}),
        ("w3cExecuteScript", {"script": "return document.elementFromPoint(-3, 1e+16);", "args": []}),
        ("w3cExecuteScript", {"script": "window.scrollBy(arguments[0], arguments[1]);", "args": [0, 100]}),
        ("w3cExecuteScript", {"script": "return window.name", "args": []}),
        ("w3cExecuteScript", {"script": known_scripts.CORNER, "args": [ONE]}),
    ],
)
@pytest.mark.parametrize("asker", ASKERS)
def test_what_helium_and_selenium_send_passes(command: str, params: dict[str, Any], asker: Asker) -> None:
    PLAIN.judge(command, params, asker)


ENDLESS: list[Any] = []
ENDLESS.append(ENDLESS)
DEEP: Any = 1
for _ in range(10_000):
    DEEP = [DEEP]
MOVE = {"type": "pointerMove", "x": 1, "y": 1}


@pytest.mark.parametrize(
    ("command", "params"),
    [
        ("findElement", {}),
        ("findElement", {"using": "css selector"}),
        ("findElement", {"using": "css selector", "value": 5}),
        ("findElement", {"using": "css selector", "value": "a" * 30_000}),
        ("findElement", {"using": "id", "value": "a"}),
        ("findElement", {"using": [], "value": "a"}),
        ("findElement", {"using": "xpath", "value": "a", "more": 1}),
        ("findElement", {"using": "xpath", "value": "a", 5: 1}),
        ("findElement", []),
        ("findElement", None),
        ("getTitle", {"id": "e"}),
        ("getElementText", {"id": ONE}),
        ("switchToFrame", {"id": "name"}),
        ("switchToFrame", {"id": -1}),
        ("switchToFrame", {"id": 1 << 16}),
        ("switchToFrame", {"id": True}),
        ("switchToFrame", {"id": 1.5}),
        ("switchToFrame", {"id": {ELEMENT: "../x"}}),
        ("switchToFrame", {"id": ONE | {"more": 1}}),
        ("newWindow", {"type": "popup"}),
        ("newWindow", {"type": ["tab"]}),
        ("sendKeysToElement", {"id": "e", "text": "x" * 1_000_001}),
        ("sendKeysToElement", {"id": "e", "value": ["x"]}),
        ("sendKeysToElement", {"id": "e", "text": "x", "value": [1]}),
        ("sendKeysToElement", {"id": "e", "text": "x", "value": "x"}),
        ("w3cSetAlertValue", {"text": ["x"]}),
        ("actions", {"actions": 5}),
        ("actions", {"actions": [5]}),
        ("actions", {"actions": [POINTER]}),
        ("actions", {"actions": [POINTER | {"actions": [5]}]}),
        ("actions", {"actions": [POINTER | {"actions": [{"type": "pointerMove", "x": float("nan")}]}]}),
        ("actions", {"actions": [POINTER | {"actions": [{"type": "pointerMove", "x": 10**400}]}]}),
        ("actions", {"actions": [POINTER | {"actions": [{"type": []}]}]}),
        ("actions", {"actions": [POINTER | {"actions": [MOVE | {"duration": 20_001}]}]}),
        ("actions", {"actions": [POINTER | {"actions": [MOVE | {"duration": -1}]}]}),
        ("actions", {"actions": [POINTER | {"actions": [MOVE | {"duration": 2_000}] * 11}]}),
        ("actions", {"actions": [POINTER | {"actions": [MOVE | {"origin": "elsewhere"}]}]}),
        ("actions", {"actions": [POINTER | {"actions": [MOVE | {"files": ["/etc/passwd"]}]}]}),
        ("actions", {"actions": [POINTER | {"actions": [], "files": ["/etc/passwd"]}]}),
        ("actions", {"actions": [POINTER | {"actions": [], "id": 5}]}),
        ("actions", {"actions": [POINTER | {"actions": [], "parameters": {"pointerType": "brain"}}]}),
        ("actions", {"actions": [POINTER | {"actions": []}] * 11}),
        ("actions", {"actions": [{"type": "key", "id": "k", "actions": [{"type": "keyDown", "value": "x" * 17}]}]}),
        ("w3cExecuteScript", {"script": "return window.name"}),
        ("w3cExecuteScript", {"script": "return window.name", "args": {}}),
        ("w3cExecuteScript", {"script": "return window.name", "args": [1]}),
        ("w3cExecuteScript", {"script": known_scripts.CORNER, "args": ENDLESS}),
        ("w3cExecuteScript", {"script": known_scripts.CORNER, "args": [DEEP]}),
        ("w3cExecuteScript", {"script": known_scripts.CORNER, "args": [{1, 2}]}),
        ("w3cExecuteScript", {"script": known_scripts.CORNER, "args": ["x" * 1_000_000]}),
        ("w3cExecuteScript", {"script": known_scripts.CORNER, "args": [{1: 2}]}),
    ],
)
@pytest.mark.parametrize("asker", ASKERS)
def test_what_does_not_fit_a_command_is_refused(command: str, params: Any, asker: Asker) -> None:
    with pytest.raises(Refused, match=r"^[A-Z].*\.$"):
        PLAIN.judge(command, params, asker)


@pytest.mark.parametrize("name", ["../x", "..", ".", "a/b", "a?b", "a#b", "%2e", "a\\b", "a b", "a\n", "", None, 5, {}])
def test_no_parameter_leads_to_another_path(name: object) -> None:
    for command, params in (
        ("clickElement", {"id": name}),
        ("getElementAttribute", {"id": "e", "name": name}),
        ("getElementValueOfCssProperty", {"id": "e", "propertyName": name}),
        ("findElementFromShadowRoot", {"shadowId": name, "using": "xpath", "value": "//a"}),
    ):
        with pytest.raises(Refused, match="needs"):
            PLAIN.judge(command, params, "tool")


UNKNOWN = [
    "return 1",
    "",
    " return window.name",
    "return window.name;alert(1)",
    "return document.elementFromPoint(1, 2);alert(1)",
    "return document.elementFromPoint(1, 2, 3);",
    "return document.elementFromPoint(alert(1), 2);",
    "return document.elementFromPoint(1, 2); ",
    "return document.elementFromPoint(1, 2);\n",
    "return document.elementFromPoint(1,2);",
    "return document.elementFromPoint(%r, %r);",
    "return document.elementFromPoint(١, 2);",
    "return document.elementFromPoint(nan, inf);",
    "return document.elementFromPoint(1_0, 2);",
    "return document.elementFromPoint('1', 2);",
    "/* isDisplayed */return (alert).apply(null, arguments);",
    "arguments[0].parentNode.removeChild(arguments[0]);",
    known_scripts.CORNER + "alert(1)",
]


@pytest.mark.parametrize("script", UNKNOWN)
@pytest.mark.parametrize("asker", ASKERS)
@pytest.mark.parametrize("command", ["w3cExecuteScript", "w3cExecuteScriptAsync", "executeAsyncScript"])
def test_a_script_that_is_not_known_is_for_the_user_to_allow(script: str, asker: Asker, command: str) -> None:
    params = {"script": script, "args": []}
    with pytest.raises(Refused, match="--allow-scripts" if command != "executeAsyncScript" else "not available"):
        PLAIN.judge(command, params, asker)
    if command != "executeAsyncScript":
        Policy(Reach(), allow_scripts=True).judge(command, params, asker)


@pytest.mark.parametrize("name", ["visible_text", "search", "popups", "press", "settle", "holds", "hit", "candidates"])
def test_our_scripts_are_for_our_tools(name: str) -> None:
    params = {"script": load(name), "args": [ONE, {"deep": [ONE]}, None, "text"]}
    PLAIN.judge("w3cExecuteScript", params, "tool")
    with pytest.raises(Refused, match="--allow-scripts"):
        PLAIN.judge("w3cExecuteScript", params, "worker")


def test_what_selenium_really_sends_passes() -> None:
    sent: list[str] = []

    def send(command: str, params: dict[str, Any]) -> dict[str, Any]:
        PLAIN.judge(command, params, "worker")
        sent.append(command)
        values: dict[str, Any] = {
            "getElementRect": dict.fromkeys(("x", "y", "width", "height"), 0),
            "getShadowRoot": None,
        }
        return {"value": values.get(command, {"handle": "h", "x": 0, "y": 0})}

    driver = AttachedDriver(send, "session", {})
    element = WebElement(driver, "f.A.d.B.e.7")
    for ask in (
        element.is_displayed,
        element.submit,
        element.click,
        element.clear,
        lambda: element.get_attribute("value"),
        lambda: element.get_property("value"),
        lambda: element.send_keys("a", "\ue007", 5),
        lambda: element.location_once_scrolled_into_view,
        lambda: element.size,
        lambda: element.value_of_css_property("color"),
        lambda: element.find_elements("id", "a b"),
        lambda: driver.find_element("name", "n"),
        lambda: driver.find_elements("class name", "c"),
        lambda: driver.switch_to.new_window("tab"),
        lambda: driver.switch_to.frame(element),
        lambda: driver.switch_to.default_content(),
        lambda: driver.switch_to.alert.send_keys("text"),
        driver.switch_to.parent_frame,
        lambda: driver.get("https://example.com"),
        driver.refresh,
        driver.back,
        ActionChains(driver).move_to_element(element).double_click().context_click().key_down("\ue008").perform,
        ActionChains(driver).move_to_element_with_offset(element, 1.5, 2).click_and_hold().release().perform,
        ActionChains(driver).drag_and_drop_by_offset(element, 5, 5).pause(0.5).perform,
        ActionChains(driver).scroll_from_origin(ScrollOrigin.from_element(element), 0, 100).perform,
        ActionChains(driver).scroll_by_amount(0, 100).send_keys("/a\n").perform,
        ActionChains(driver).reset_actions,
        ActionBuilder(driver).clear_actions,
    ):
        ask()
    assert {"w3cExecuteScript", "actions", "clearActionState", "sendKeysToElement"} <= set(sent)


def test_helium_has_its_scripts_known_but_those_for_files() -> None:
    import inspect

    from helium import _impl

    sources = [inspect.getsource(part) for part in (_impl.APIImpl, _impl.DragHelper)]
    calls = sum(len(re.findall(r"execute_script\(\s*['\"]", source)) for source in sources)
    whole, templates = known_scripts._sent()
    ours = {known_scripts.CORNER, known_scripts.ELEMENT_AT, known_scripts.SCROLLED}
    helium = [one for one in whole - ours if len(one) < 1000 and re.search("helium|scrollBy|'style'", one)]
    assert len(helium) + len(templates) == calls
    assert not any("input" in one or "dataTransfer = {\tfiles" in one for one in whole if "/*" not in one)


def test_a_refused_address_is_not_repeated_at_length() -> None:
    with pytest.raises(Refused) as refused:
        PLAIN.judge_url("x" * 100_000 + ":y")
    assert re.fullmatch(r".{1,200}", str(refused.value))


def test_files_are_judged_by_where_they_really_are(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    (inside / "sub").mkdir(parents=True)
    outside.mkdir()
    for file in (inside / "a.txt", inside / "sub" / "b.txt", outside / "secret.txt", tmp_path / "inside2.txt"):
        file.write_text("x")
    (inside / "out").symlink_to(outside)
    (inside / "link.txt").symlink_to(outside / "secret.txt")
    (inside / "loop").symlink_to(inside / "loop")
    (inside / "within.txt").symlink_to(inside / "a.txt")
    (outside / "back").symlink_to(inside)
    policy = Policy(Reach(), upload_dirs=[inside])
    for given, sent in (
        (f"{inside}/a.txt", f"{inside}/a.txt"),
        (f"  {inside}/sub/../a.txt \n", f"{inside}/a.txt"),
        (f"{inside}/within.txt", f"{inside}/a.txt"),
        (f"{outside}/back/a.txt", f"{inside}/a.txt"),
        ("a.txt", f"{inside}/a.txt"),
        ("sub/b.txt\na.txt", f"{inside}/sub/b.txt\n{inside}/a.txt"),
    ):
        assert policy.judge_files(given) == sent
    said = set()
    for given in (
        *(f"{outside}/secret.txt", f"{inside}/link.txt", f"{inside}/out/secret.txt", f"{inside}/../outside/secret.txt"),
        *(
            f"{inside}",
            f"{inside}/sub",
            f"{inside}/none.txt",
            f"{inside}/loop",
            f"{tmp_path}/inside2.txt",
            "/etc/passwd",
        ),
        *("../outside/secret.txt", "none", ".", f"{inside}/a.txt\n/etc/passwd", "/etc/passwd\x00", "~/x", "a\x00b"),
        *("/" + "x" * 5000, "/dev/null", f"{inside}/a.txt\n/no/such"),
    ):
        with pytest.raises(Refused) as refused:
            policy.judge_files(given)
        said.add(str(refused.value))
    assert len(said) == 1, "what is there cannot be told from what is not"
    for given in ("", "\n \n"):
        with pytest.raises(Refused, match="takes the path"):
            policy.judge_files(given)
    with pytest.raises(Refused, match="--upload-dir"):
        PLAIN.judge_files(f"{inside}/a.txt")
