"""What pages ask of a person, as the browser's log tells it."""

import json
import time

from servers import Site

from browser.conftest import Open
from webagent.browser import Browser
from webagent.browser.asked import Asked

PAGE = """<title>0</title><input type=file id=i multiple>
<button id=file onclick="document.getElementById('i').click()">file</button>
<a id=mail href=mailto:a@b.example>mail</a> <a id=program target=_blank href=Some-App://x>program</a>
<a id=in href=/sign-in>in</a> <iframe srcdoc=x></iframe>
<button id=tabs onclick="for (let i = 0; i < 5; i++) window.open('/pop')">tabs</button>"""


def asked(browser: Browser, element: str) -> tuple[str, ...]:
    """Return what the page asked for when an element was clicked, as soon as that was anything."""
    driver, found = browser.driver, Asked()
    driver.find_element("id", element).click()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        for entry in driver.execute("getLog", {"type": "performance"})["value"]:
            event = json.loads(entry["message"])["message"]
            found.hear(event["method"], event["params"])
        if told := found.news():
            return told
    raise AssertionError(f"nothing was heard of {element}")


def test_what_a_page_asks_of_a_person_is_heard(one_tab: Browser, site: Site, open_page: Open) -> None:
    site.pages["/sign-in"] = (401, {"WWW-Authenticate": "Basic realm=x"}, "no")
    for element, says in (
        ("file", "The page asks for files: give it with upload_file(name, into)"),
        ("mail", "The page asked another program to open a mailto: address, which is not done here"),
        ("program", "The page asked another program to open a some-app: address, which is not done here"),
        ("in", "The page asks for a user name and a password in a dialog of the browser, which is declined"),
        ("tabs", "The page wanted to open 4 pop-ups that no click asked for: blocked"),
    ):
        open_page(PAGE)
        one_tab.driver.execute("getLog", {"type": "performance"})
        assert asked(one_tab, element) == (says,)


def test_few_things_are_kept_and_each_once() -> None:
    asked = Asked()
    for number in range(100):
        for method, params in (
            ("Page.frameRequestedNavigation", {"url": f"app{number // 50}{'x' * 1000}:x"}),
            ("Page.frameRequestedNavigation", {"url": "https://example.org/"}),
            ("Page.frameRequestedNavigation", {}),
            ("Page.fileChooserOpened", {"mode": "selectSingle"}),
            ("Page.windowOpen", {"url": "", "userGesture": False}),
            ("Network.responseReceived", {"type": "Document", "response": {"status": 200}}),
            ("Network.responseReceived", {"type": "Document"}),
        ):
            asked.hear(method, params)
    news = asked.news()
    assert len(news) == 4
    assert max(map(len, news)) < 120
    assert "The page asks for a file: give it with upload_file(name, into)" in news
    assert news[-1] == "The page wanted to open 100 pop-ups that no click asked for: blocked"
    assert asked.news() == ()
