"""look(): what is to see of a page, whatever state the page, its frames and its tab are in."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from servers import Site

from browser.conftest import Open
from webagent.browser import Browser
from webagent.browser.options import PAGE_LOAD_TIMEOUT
from webagent.browser.page import PageState, look
from webagent.browser.recover import answer_timeout

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj"


def until(true: Callable[[], object], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come to be"


def test_a_page_has_its_address_title_text_and_picture(one_tab: Browser, open_page: Open) -> None:
    html = "<title>Ti\u202etle</title><style>body{margin:0;background:#00f}</style><p>one <b>two</b></p><p hidden>no"
    url = open_page((200, {}, "<!doctype html>" + html))
    state = one_tab.look()
    assert (state.url, state.title, state.text) == (url, "Ti\u202etle", "one two")
    assert (state.tab, state.tabs, state.dialog, state.kind, state.hung) == (1, 1, None, "text/html", False)
    assert state.picture is not None
    assert (state.picture.mode, state.picture.size) == ("RGB", (1120, 896))
    assert state.picture.getpixel((1119, 895)) == (0, 0, 255)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/pdf", PDF),
        ("image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg'><text y='20'>hello</text></svg>"),
        ("application/json", '{"a": "hello"}'),
        ("application/xml", "<a><b>hello</b></a>"),
        ("text/plain", "hello"),
    ],
)
def test_the_kind_of_a_document_is_told(one_tab: Browser, open_page: Open, kind: str, body: str) -> None:
    open_page((200, {"Content-Type": kind}, body))
    state = one_tab.look()
    assert state.kind == kind
    assert state.picture is not None
    assert "hello" in state.text or kind == "application/pdf"


def test_an_empty_tab_can_be_seen(one_tab: Browser) -> None:
    state = one_tab.look()
    assert (state.url, state.text) == ("about:blank", "")
    assert state.picture is not None
    assert one_tab.is_blank()


def test_a_tab_that_was_closed_is_left_for_the_last(one_tab: Browser, open_page: Open) -> None:
    url = open_page("here")
    driver = one_tab.gate.attach("worker")
    driver.switch_to.new_window("tab")
    driver.close()
    assert one_tab.look().url == url
    assert driver.current_url == url


def test_a_tab_that_closes_itself_while_it_is_looked_at_is_left(one_tab: Browser, site: Site, open_page: Open) -> None:
    go = threading.Event()
    site.pages["/go"] = lambda _: (go.wait(20), "")[1]
    site.pages["/self"] = (
        "<script>fetch('/go').then(() => setTimeout(() => close(), 150));"
        "setInterval(() => document.title += 1, 10)</script>"
    )
    url = open_page("<button onclick=\"window.open('/self')\"></button>here")
    driver = one_tab.gate.attach("worker")
    driver.find_element("tag name", "button").click()
    until(lambda: len(driver.window_handles) == 2)
    driver.switch_to.window(driver.window_handles[1])
    go.set()
    assert one_tab.look().url == url


def test_which_tab_it_is_and_how_many_there_are_is_told(one_tab: Browser) -> None:
    one_tab.gate.attach("worker").switch_to.new_window("tab")
    state = one_tab.look()
    assert (state.tab, state.tabs) == (2, 2)


def test_a_dialog_has_its_text_and_no_picture(one_tab: Browser, open_page: Open) -> None:
    open_page("<script>setTimeout(() => confirm('Sure?'))</script>")
    until(lambda: one_tab.look().dialog)
    state = one_tab.look()
    assert (state.dialog, state.picture, state.hung, state.tabs) == ("Sure?", None, False, 1)
    assert one_tab.dismiss_dialog() == "Sure?"
    assert one_tab.dismiss_dialog() is None
    assert one_tab.look().title == "Test"


def test_a_dialog_without_words_is_a_dialog(one_tab: Browser, open_page: Open) -> None:
    open_page("<script>setTimeout(() => alert(''))</script>")
    until(lambda: one_tab.look().dialog is not None)
    assert one_tab.dismiss_dialog() == ""


def test_a_dialog_that_opens_while_the_page_is_looked_at_is_seen(one_tab: Browser, open_page: Open) -> None:
    for delay in (0, 30, 60, 90, 110, 120, 130, 140):
        url = open_page(f"<script>setTimeout(() => alert('late'), {delay})</script>")
        state = one_tab.look()
        assert not state.hung
        assert (state.dialog, state.picture) == ("late", None) or state.url == url
        until(lambda: one_tab.dismiss_dialog() == "late")


@pytest.mark.slow
@pytest.mark.parametrize(
    "opener",
    [
        "<a id=a href=/greets target=_blank>x</a>",
        # One process shows both: a dialog of the one holds up the other.
        "<button id=a onclick=\"window.open('/greets')\">x</button>",
    ],
)
def test_a_new_tab_that_greets_with_a_dialog_does_not_hold_up_the_run(
    one_tab: Browser, site: Site, open_page: Open, opener: str
) -> None:
    # On some of these, chromedriver stops answering altogether for as long as the tab is there.
    site.pages["/greets"] = "<script>alert('welcome')</script>there"
    driver = one_tab.gate.attach("worker")
    for _ in range(2):
        url = open_page(f"{opener}here")
        one_tab.look()
        with answer_timeout(one_tab.driver, 2), suppress(WebDriverException):
            driver.find_element("id", "a").click()
            until(lambda: len(driver.window_handles) == 2)
            driver.switch_to.window(driver.window_handles[1])
        state = one_tab.look()
        assert not state.hung
        assert state.dialog == "welcome" or state.url == url
        until(lambda: one_tab.dismiss_dialog() is None)
        state = one_tab.look()
        assert state.picture is not None
        assert state.picture.size == (1120, 896)
        assert state.text in {"there", "xhere", "x here"}
        if len(driver.window_handles) == 2:
            driver.close()
            driver.switch_to.window(driver.window_handles[0])


def test_a_dialog_opened_from_within_a_frame_is_seen(one_tab: Browser, site: Site, open_page: Open) -> None:
    site.pages["/in"] = "<button onclick=\"alert('from within')\">x</button>"
    open_page("<iframe src=/in></iframe>")
    driver = one_tab.gate.attach("worker")
    driver.switch_to.frame(0)
    driver.find_element("tag name", "button").click()
    assert one_tab.look().dialog == "from within"
    one_tab.dismiss_dialog()
    assert one_tab.look().title == "Test"


def test_the_frame_that_the_worker_is_in_is_left_and_entered_again(
    one_tab: Browser, site: Site, open_page: Open
) -> None:
    site.pages["/in"] = "<iframe src=/deep></iframe>"
    site.pages["/deep"] = "<input id=i>"
    open_page("<h1>outside</h1><iframe></iframe><iframe src=/in></iframe>")
    driver = one_tab.gate.attach("worker")
    driver.switch_to.frame(1)
    driver.switch_to.frame(driver.find_element("tag name", "iframe"))
    driver.find_element("id", "i").click()
    state = one_tab.look()
    assert "outside" in state.text
    assert state.url.endswith("/")
    driver.switch_to.active_element.send_keys("typed")
    assert driver.find_element("id", "i").get_property("value") == "typed"


def test_a_frame_that_went_with_its_page_is_not_looked_for_in_the_next(
    one_tab: Browser, site: Site, open_page: Open
) -> None:
    site.pages["/in"] = "<a id=a href=/next target=_top>next</a>"
    site.pages["/next"] = "<h1 id=h>next</h1><input id=top autofocus><iframe src=/other></iframe>"
    site.pages["/other"] = "<input>"
    open_page("<iframe src=/in></iframe>")
    driver = one_tab.gate.attach("worker")
    driver.switch_to.frame(0)
    driver.find_element("id", "a").click()
    until(lambda: one_tab.look().url.endswith("/next"))
    assert driver.find_element("id", "h").text == "next"


def test_a_frame_of_a_closed_tab_is_not_looked_for_in_another(one_tab: Browser, site: Site, open_page: Open) -> None:
    site.pages["/in"] = "<p>inside</p>"
    open_page("<h1 id=h>outside</h1><iframe src=/in></iframe>")
    driver = one_tab.gate.attach("worker")
    driver.switch_to.new_window("tab")
    driver.get(site.url)
    driver.switch_to.frame(0)
    one_tab.driver.execute_cdp_cmd("Target.closeTarget", {"targetId": one_tab.driver.current_window_handle})
    until(lambda: len(driver.window_handles) == 1)
    one_tab.look()
    assert driver.find_element("id", "h").text == "outside"


def test_a_crashed_tab_is_replaced_by_an_empty_one(one_tab: Browser, open_page: Open) -> None:
    open_page("here")
    with pytest.raises(WebDriverException):
        one_tab.driver.execute_cdp_cmd("Page.crash", {})
    state = one_tab.look()
    assert (state.hung, state.picture, state.url, state.tabs) == (True, None, "about:blank", 1)
    assert (w := one_tab.look().picture) is not None
    assert w.size == (1120, 896)
    open_page("there")
    assert one_tab.look().text == "there"


@pytest.mark.slow
def test_a_hung_tab_is_replaced_and_the_others_stay(one_tab: Browser, site: Site, open_page: Open) -> None:
    site.pages["/hangs"] = "<script>setTimeout(() => { while (true) {} }, 100)</script>"
    url = open_page("here")
    driver = one_tab.gate.attach("worker")
    driver.switch_to.new_window("tab")
    one_tab.driver.set_page_load_timeout(2)
    driver.get(site.url + "/hangs")
    states: list[PageState] = []
    until(lambda: states.append(one_tab.look()) or states[-1].hung, 30)
    assert (states[-1].url, states[-1].tabs, states[-1].picture) == ("about:blank", 2, None)
    one_tab.driver.set_page_load_timeout(PAGE_LOAD_TIMEOUT)
    size = one_tab.driver.execute_script("return [innerWidth, innerHeight, devicePixelRatio]")
    assert size == [1120, 896, 1]
    driver.switch_to.window(driver.window_handles[0])
    assert driver.current_url == url


@pytest.mark.slow
def test_a_driver_stuck_on_a_hung_tab_is_freed(one_tab: Browser, open_page: Open) -> None:
    open_page("<script>setTimeout(() => { while (true) {} }, 100)</script>")
    settings = one_tab.driver.command_executor.client_config  # type: ignore[union-attr]
    before, settings.timeout = settings.timeout, 2.0
    try:
        until(lambda: "does not answer" in str(one_tab.gate.execute("getPageSource", {}, "worker")))
        assert one_tab.look().hung
    finally:
        settings.timeout = before
    open_page("there")
    assert one_tab.look().text == "there"


def test_a_page_that_is_busy_for_a_while_keeps_its_tab(one_tab: Browser, open_page: Open) -> None:
    open_page(
        "<p id=p>x<script>setTimeout(() => { const end = Date.now() + 3000; while (Date.now() < end) {}"
        " p.textContent = 'done' }, 120)</script>"
    )
    state = one_tab.look()
    assert not state.hung
    until(lambda: one_tab.look().text == "done")


@pytest.mark.parametrize(
    "page",
    [
        "<form name=title></form><form name=contentType></form><form name=body></form><p>text",
        "<p>text<script>Array.prototype.toJSON = () => { throw 1 }</script>",
        "<p>text<script>Document.prototype.querySelectorAll = window.getComputedStyle = null</script>",
        "<p>text<script>document.documentElement.remove()</script>",
        "<p>text<script>document.open(); document.close()</script>",
        "<p>text<script>print()</script>",
        "<p>text<script>for (let i = 0; i < 500; i++) history.pushState({}, '', '#' + i)</script>",
        "<p>\ud800 text".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
    ],
)
def test_a_page_that_breaks_its_own_document_is_still_seen(one_tab: Browser, open_page: Open, page: str) -> None:
    url = open_page(page)
    state = one_tab.look()
    assert not state.hung
    assert state.url.startswith(url)
    assert state.picture is not None
    assert isinstance(state.title, str)
    assert isinstance(state.text, str)
    assert state.kind == "text/html"


@pytest.mark.parametrize("do", ["maximize_window", "fullscreen_window"])
def test_the_size_of_the_window_does_not_matter(one_tab: Browser, open_page: Open, do: str) -> None:
    open_page("here")
    getattr(one_tab.driver, do)()
    state = one_tab.look()
    assert state.picture is not None
    assert state.picture.size == (1120, 896)
    one_tab.driver.set_window_rect(0, 0, 1120, 1039)


def test_a_plain_driver_can_be_looked_at(one_tab: Browser, open_page: Open) -> None:
    url = open_page("here")
    state = look(one_tab.driver)
    assert (state.url, state.text, state.hung) == (url, "here", False)
    assert one_tab.driver.find_elements(By.TAG_NAME, "body")


def test_a_link_to_a_server_that_does_not_answer_leaves_the_page(one_tab: Browser, site: Site, open_page: Open) -> None:
    gate = threading.Event()
    site.pages["/never"] = lambda _: (gate.wait(60), "late")[1]
    url = open_page("<a id=a href=/never>x</a>here")
    one_tab.driver.set_page_load_timeout(1.5)
    try:
        driver = one_tab.gate.attach("worker")
        with pytest.raises(WebDriverException):
            driver.find_element("id", "a").click()
            driver.find_element("id", "a")
        state = one_tab.look()
        assert (state.url, state.text, state.hung) == (url, "xhere", False)
    finally:
        one_tab.driver.set_page_load_timeout(PAGE_LOAD_TIMEOUT)
        gate.set()
