"""Whole runs over pages that open dialogs and tabs, and ask for what nobody is there to give."""

import re
import time
from collections.abc import Callable, Iterator

import pytest
from servers import Asked, ScriptedModel, Site, action

from webagent import WebAgent

Ask = Callable[..., Asked]

DIALOGS = """<title>Dialogs</title>
<button onclick="alert('Saved')">Alert</button>
<button onclick="document.title = confirm('Sure?')">Confirm</button>
<button onclick="document.title = prompt('Your name?', 'Ada')">Prompt</button>
<button onclick="confirm('First?'); document.title = prompt('Second?')">Chain</button>"""
TABS = """<title>Tabs</title>
<a href=/next target=_blank>Link</a>
<button onclick="window.open('/next')">Script</button>
<button onclick="setTimeout(() => window.open('/next'), 300)">Late</button>
<button onclick="for (let i = 0; i < 50; i++) window.open('/next?' + i)">Many</button>
<button onclick="setInterval(() => window.open('/next'), 0)">Ever more</button>"""
UNSAVED = """<title>Unsaved</title><input id=i placeholder=Name><a href=/next>On</a>
<script>onbeforeunload = (event) => { event.preventDefault(); return 'Really?'; };</script>"""
# Each of these is asked for by a click; the last button counts whether clicks still arrive.
ASKS = {
    "place": "navigator.geolocation.getCurrentPosition(() => answer('given'), () => answer('denied'))",
    "news": "Notification.requestPermission().then(answer)",
    "clipboard": "navigator.clipboard.readText().then(() => answer('given'), () => answer('denied'))",
    "camera": "navigator.mediaDevices.getUserMedia({video: true}).then(() => answer('given'), () => answer('denied'))",
    "screen": "navigator.mediaDevices.getDisplayMedia().then(() => answer('given'), () => answer('denied'))",
    "device": "navigator.usb.requestDevice({filters: []}).then(() => answer('given'), () => answer('denied'))",
    "paper": "print(); answer('denied')",
    "passkey": "navigator.credentials.get({publicKey: {challenge: new Uint8Array(16)}}); answer('denied')",
    "file": "file.click(); answer('denied')",
    "mail": "location = 'mailto:a@b.example'; answer('denied')",
    "phone": "location = 'tel:112'; answer('denied')",
    "program": "location = 'some-app://open'; answer('denied')",
}
ASKING = (
    "<title>0</title><input type=file id=file>"
    "<script>const answer = (it) => { document.body.dataset.got = it; }</script>"
    + "".join(f'<button onclick="{code}">{name}</button>' for name, code in ASKS.items())
    + "<button id=count onclick='document.title = +document.title + 1'>count</button>"
)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    pages = {
        "/": DIALOGS,
        "/tabs": TABS,
        "/next": "<title>Next</title>next",
        "/unsaved": UNSAVED,
        "/asking": ASKING,
        "/endless": "<title>Endless</title><button onclick=\"for (;;) alert('Again!')\">Go</button>",
        "/greets": "<title>Greets</title><script>alert('Welcome')</script>",
        "/sign-in": (401, {"WWW-Authenticate": 'Basic realm="Staff"'}, "no"),
    }
    with Site(pages) as site:  # type: ignore[arg-type]
        yield site


@pytest.fixture(autouse=True)
def one_tab(ask: Ask, shared_agent: tuple[WebAgent, ScriptedModel]) -> None:
    """Begin in one tab, whatever the run before has left."""
    driver = shared_agent[0].browser.driver
    first, *others = driver.window_handles
    for handle in others:
        driver.switch_to.window(handle)
        driver.close()
    driver.switch_to.window(first)


def said(asked: Asked) -> list[str]:
    """Return the steps' observations and errors."""
    return [f"{step.observation or ''}\n{step.error or ''}" for step in asked.result.steps]


def test_each_kind_of_dialog_is_told_answered_and_what_follows_is_told(ask: Ask, site: Site) -> None:
    code = [
        "click('Prompt')",
        "print(answer_dialog(text='Grace'))",
        "click('Confirm')",
        "print(answer_dialog(accept=False))",
        "click('Chain')",
        "print(answer_dialog())",
        "print(answer_dialog(text='Two'))\nanswer_dialog()",
    ]
    asked = ask([*map(action, code), action("final_answer(1)")], url=site.url)
    one = said(asked)
    assert "A dialog is open and covers the page" in one[0]
    assert "Accepted the dialog 'Your name?' with 'Grace'." in one[1]
    assert "Dismissed the dialog 'Sure?'." in one[3]
    assert "Accepted the dialog 'First?'. Another dialog opened: Second?; answer it with answer_dialog(" in one[5]
    assert "Accepted the dialog 'Second?' with 'Two'." in one[6]
    assert "No dialog is open: there is nothing to answer." in one[6]
    dialogs = [step.dialog for step in asked.result.steps[:7]]
    assert dialogs == ["Your name?", None, "Sure?", None, "First?", "Second?", None]
    assert [asked.result.steps[at].title for at in (1, 3, 6)] == ["Grace", "false", "Two"]


def test_each_kind_of_dialog_that_nobody_answers_is_dismissed_and_said(ask: Ask, site: Site) -> None:
    code = ["click('Alert')", "x = 1", "click('Confirm')", "x = 2", "click('Prompt')", "x = 3"]
    asked = ask([*map(action, code), action("final_answer(1)")], url=site.url)
    for at, text in ((1, "Saved"), (3, "Sure?"), (5, "Your name?")):
        assert asked.result.steps[at - 1].dialog == text
        assert f"{text}</page" in said(asked)[at]
        assert "was not answered, or came back, and has been dismissed." in said(asked)[at]
    assert [asked.result.steps[at].title for at in (1, 3, 5)] == ["Dialogs", "false", "null"]


def test_alerts_without_end_do_not_hold_up_a_run(ask: Ask, site: Site) -> None:
    code = ["click('Go')", "print(answer_dialog())", "x = 1", f"go_to('{site.url}')"]
    asked = ask([*map(action, code), action("final_answer(1)")], url=site.url + "/endless")
    assert asked.result.outcome == "answered"
    assert "Another dialog opened: Again!" in said(asked)[1]
    assert "dismissed" in said(asked)[2]
    assert asked.result.seconds < 60
    asked.agent.close()  # such a page cannot be left yet: the next test gets another browser


def test_a_question_whether_to_leave_a_page_holds_nothing_up(ask: Ask, site: Site) -> None:
    fill = "write('Ada', into='Name')\n"
    code = [
        f"{fill}go_to('{site.url}')",
        f"go_to('{site.url}/unsaved')\n{fill}refresh()",
        f"{fill}click('On')",
        f"open_tab('{site.url}/unsaved')\n{fill}print(close_tab(2))",
    ]
    asked = ask([*map(action, code), action("final_answer(1)")], url=site.url + "/unsaved")
    assert [step.title for step in asked.result.steps[:4]] == ["Dialogs", "Unsaved", "Next", "Next"]
    assert [step.error for step in asked.result.steps[:4]] == [None] * 4
    assert f"Closed tab 2, 'Unsaved' ({site.url}/unsaved). Now in tab 1 of 1: 'Next'" in said(asked)[3]
    assert asked.result.seconds < 60


def test_a_tab_that_a_click_opens_is_followed_and_said(ask: Ask, site: Site) -> None:
    code = [
        "click('Link')",
        "print(close_tab(2))\nclick('Script')",
        "print(close_tab(2))\nclick('Late')",
        "wait_until(lambda: len(tabs().splitlines()) == 2)",
    ]
    asked = ask(
        [*map(action, code), action("print(tabs())\nprint(switch_tab(1))"), action("final_answer(1)")],
        url=site.url + "/tabs",
    )
    one = said(asked)
    for at in (0, 1, 3):
        assert asked.result.steps[at].title == "Next", one[at]
        assert "The page opened a new tab." in one[at]
        assert "(tab 2 of 2)" in one[at]
    assert asked.result.steps[2].title in {"Tabs", "Next"}
    assert f"1: 'Tabs' ({site.url}/tabs)\n2: 'Next' ({site.url}/next) - you are here\n" in one[4]
    assert f"Now in tab 1 of 2: 'Tabs' ({site.url}/tabs)." in one[4]
    assert asked.result.steps[4].title == "Tabs"


def test_pages_that_open_tabs_without_end_are_held_to_one_a_click(ask: Ask, site: Site) -> None:
    code = ["click('Many')", "switch_tab(1)\nclick('Ever more')", "switch_tab(1)", "print(tabs())"]
    asked = ask([*map(action, code), action("final_answer(1)")], url=site.url + "/tabs")
    assert [step.error for step in asked.result.steps[:4]] == [None] * 4
    assert "(tab 2 of 2)" in said(asked)[0]
    assert said(asked)[3].count("'Next'") == 2
    assert asked.result.seconds < 60


@pytest.mark.slow
def test_there_are_twenty_tabs_at_most_and_no_more_is_said(ask: Ask, site: Site) -> None:
    code = [
        "for _ in range(19):\n    open_tab('about:blank')\nprint(len(tabs().splitlines()))",
        "open_tab('about:blank')",
        "get_driver().switch_to.new_window('tab')",
        "switch_tab(1)\nclick('Script')",
        "print(tabs())",
    ]
    asked = ask([*map(action, code), action("final_answer(1)")], url=site.url + "/tabs")
    one = said(asked)
    assert "20" in one[0]
    assert "There are 20 tabs, and no more than 20 can be open: close one with close_tab(n)" in one[1]
    assert "No more than 20 tabs can be open: close one, or use go_to(url)." in one[2]
    assert "The page opened a new tab." in one[3]
    assert "Of the newest tabs 1 was closed: 20 can be open." in one[3]
    assert len(re.findall(r"\d+: 'about:blank'", one[4])) == 18
    assert "20: 'Next'" in one[4]


def test_what_no_tab_can_be_opened_for_is_said_and_the_tab_is_gone(ask: Ask, site: Site) -> None:
    code = [
        "open_tab('file:///etc/passwd')",
        f"open_tab('{site.url}/sign-in')",
        f"print(open_tab('{site.url}/greets'))",
        "print(answer_dialog())\nprint(tabs())",
        f"go_to('{site.url}/sign-in')",
    ]
    asked = ask([*map(action, code), action("final_answer(1)")], url=site.url)
    one = said(asked)
    assert "Only pages of the web can be opened (http, https), not 'file:' addresses. Now in tab 1 of 1:" in one[0]
    assert "it may ask for a name and a password. Now in tab 1 of 1: 'Dialogs'" in one[1]
    assert "Now in tab 2 of 2: 'Greets'" in one[2]
    assert "A dialog is open there: Welcome; answer it with answer_dialog(" in one[2]
    assert "Accepted the dialog 'Welcome'." in one[3]
    assert "2: 'Greets'" in one[3]
    assert "it may ask for a name and a password" in one[4]
    assert asked.result.seconds < 60


def test_nothing_that_a_page_asks_of_a_person_takes_the_clicks(ask: Ask, site: Site) -> None:
    browser = ask([action("final_answer(1)")], url=site.url).agent.browser
    driver = browser.driver
    driver.get(site.url.replace("127.0.0.1", "localhost") + "/asking")  # which has passkeys
    for number, name in enumerate(ASKS, 1):
        driver.find_element("xpath", f"//button[. = '{name}']").click()
        deadline = time.monotonic() + 10
        while driver.execute_script("return document.body.dataset.got ?? ''") != "denied":
            assert time.monotonic() < deadline, name
        state = browser.look()
        driver.find_element("id", "count").click()
        assert (state.dialog, state.hung, state.tabs, driver.title) == (None, False, 1, str(number)), name
        driver.execute_script("delete document.body.dataset.got")
