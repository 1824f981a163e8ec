"""settle(): what it waits for, and what it does not wait for."""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest
from selenium import webdriver
from servers import LOOPBACK, Site
from urllib3.exceptions import HTTPError

from browser.conftest import Open
from webagent.browser import Browser
from webagent.browser.find import find_browser, find_driver
from webagent.browser.options import PAGE_LOAD_TIMEOUT
from webagent.browser.settle import settle
from webagent.settings import Settings

MOST = 5.0
"""Seconds within which any call must return on a busy machine; the cap itself is 1.5."""


def timed(browser: Browser) -> tuple[str, float]:
    since = time.monotonic()
    return browser.settle(), time.monotonic() - since


def shown(browser: Browser) -> str:
    return str(browser.driver.execute_script("return document.body.innerText")).strip()


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Set at the end of a test at the latest, so that no request waits for ever."""
    event = threading.Event()
    yield event
    event.set()


def test_a_static_page_is_at_rest_before_the_cap(one_tab: Browser, open_page: Open) -> None:
    open_page("<p>here")
    assert one_tab.settle(cap=60) == "rest"


def test_a_fetch_in_flight_is_waited_for(one_tab: Browser, site: Site, open_page: Open) -> None:
    site.pages["/slow"] = lambda _: (time.sleep(0.5), "arrived")[1]  # type: ignore[func-returns-value]
    open_page("<p id=p>waiting<script>fetch('/slow').then(r => r.text()).then(t => p.textContent = t)</script>")
    assert one_tab.settle(cap=20) == "rest"
    assert shown(one_tab) == "arrived"


def test_a_fetch_that_a_fetch_leads_to_is_waited_for(one_tab: Browser, site: Site, open_page: Open) -> None:
    site.pages["/slow"] = lambda _: (time.sleep(0.3), "arrived")[1]  # type: ignore[func-returns-value]
    open_page(
        "<p id=p>waiting<script>fetch('/slow').then(r => r.text()).then(() => fetch('/slow?2'))"
        ".then(r => r.text()).then(t => p.textContent = t + ' twice')</script>"
    )
    assert one_tab.settle(cap=20) == "rest"
    assert shown(one_tab) == "arrived twice"


def test_a_slow_picture_and_the_document_that_waits_for_it_are_waited_for(
    one_tab: Browser, site: Site, open_page: Open
) -> None:
    site.pages["/slow.svg"] = lambda _: (
        time.sleep(0.4),
        (200, {"Content-Type": "image/svg+xml"}, "<svg xmlns='http://www.w3.org/2000/svg' width='50' height='50'/>"),
    )[1]  # type: ignore[func-returns-value]
    open_page("<img id=i src=/slow.svg>")
    assert one_tab.settle(cap=20) == "rest"
    assert one_tab.driver.execute_script("return [document.readyState, i.naturalWidth]") == ["complete", 50]


def test_a_finite_transition_is_waited_for(one_tab: Browser, open_page: Open) -> None:
    open_page("<style>#d{transition:margin-left .6s linear;margin-left:0}</style><div id=d>x</div>")
    one_tab.settle()
    one_tab.driver.execute_script("d.style.marginLeft = '300px'")
    assert one_tab.settle(cap=20) == "rest"
    assert one_tab.driver.execute_script("return getComputedStyle(d).marginLeft") == "300px"


def test_a_finite_animation_is_waited_for_in_a_frame_too(one_tab: Browser, site: Site, open_page: Open) -> None:
    site.pages["/in"] = "<style>@keyframes k{to{opacity:.5}}#d{animation:k .6s 2 forwards}</style><p id=d>x</p>"
    open_page("<iframe id=f src=/in></iframe>")
    assert one_tab.settle(cap=20) == "rest"
    found = one_tab.driver.execute_script("return f.contentDocument.getAnimations().map(a => a.playState)")
    assert found == ["finished"]


def test_changes_of_the_document_are_waited_for(one_tab: Browser, open_page: Open) -> None:
    open_page(
        "<p id=p>0<script>let n = 0; const t = setInterval(() => "
        "{ p.textContent = ++n; if (n === 12) clearInterval(t) }, 40)</script>"
    )
    assert one_tab.settle(cap=20) == "rest"
    assert shown(one_tab) == "12"


def test_an_endless_animation_is_not_waited_for(one_tab: Browser, open_page: Open) -> None:
    open_page("<style>@keyframes k{to{rotate:360deg}}#d{animation:k 1s infinite}</style><div id=d>x</div>")
    assert one_tab.settle(cap=60) == "rest"


@pytest.mark.parametrize(
    "script",
    [
        "setInterval(() => { p.textContent = Math.random() }, 20)",
        "(async () => { for (;;) await fetch('/poll') })()",
        "fetch('/never')",
        "const s = document.createElement('script'); s.src = '/never'; document.body.append(s)",
    ],
    ids=["changes", "polls", "waits", "loads"],
)
def test_a_page_that_never_rests_costs_the_cap_at_most(
    one_tab: Browser, site: Site, open_page: Open, gate: threading.Event, script: str
) -> None:
    site.pages["/poll"] = "x"
    site.pages["/never"] = lambda _: (gate.wait(60), "")[1]
    open_page(f"<p id=p>x</p><script>addEventListener('DOMContentLoaded', () => {{ {script} }})</script>")
    rest, seconds = timed(one_tab)
    assert rest == "cap"
    assert seconds < MOST


def test_connections_that_stay_open_are_not_waited_for(
    one_tab: Browser, site: Site, open_page: Open, gate: threading.Event
) -> None:
    site.pages["/never"] = lambda _: (gate.wait(60), "")[1]
    open_page(
        "<p>x</p><script>new EventSource('/never'); new WebSocket(`ws://${location.host}/never`);"
        "navigator.sendBeacon('/never')</script>"
    )
    assert one_tab.settle(cap=60) == "rest"


def test_another_tab_that_polls_is_not_waited_for(one_tab: Browser, site: Site, open_page: Open) -> None:
    site.pages["/poll"] = "x"
    open_page("<script>(async () => { for (;;) await fetch('/poll') })()</script>")
    one_tab.driver.switch_to.new_window("tab")
    one_tab.driver.get(site.url + "/poll")
    assert one_tab.settle(cap=60) == "rest"


def test_what_the_page_before_had_asked_for_is_not_waited_for(
    one_tab: Browser, site: Site, open_page: Open, gate: threading.Event
) -> None:
    site.pages["/never"] = lambda _: (gate.wait(60), "")[1]
    site.pages["/next"] = "next"
    open_page("<script>fetch('/never'); for (let i = 0; i < 3; i++) new Image().src = '/never?' + i</script>")
    one_tab.driver.get(site.url.replace("127.0.0.1", "localhost") + "/next")
    assert one_tab.settle(cap=60) == "rest"


def test_the_first_page_of_a_browser_rests_at_once(site: Site) -> None:
    site.pages["/"] = "here"
    with Browser(Settings(allow_host=LOOPBACK)) as browser:
        browser.driver.get(site.url)
        assert browser.settle(cap=60) == "rest"


def test_a_dialog_ends_the_wait(one_tab: Browser, open_page: Open) -> None:
    open_page("<script>setTimeout(() => alert('hello'), 100); setInterval(() => document.title += 'x', 20)</script>")
    assert one_tab.settle(cap=60) == "dialog"
    assert one_tab.dismiss_dialog() == "hello"


@pytest.mark.slow
def test_a_script_that_does_not_end_is_a_hung_page(one_tab: Browser, open_page: Open) -> None:
    open_page("<script>setTimeout(() => { while (true) {} }, 50)</script>")
    driver = one_tab.driver
    driver.set_page_load_timeout(2)  # what chromedriver gives a page before any command; 20 s else
    deadline = time.monotonic() + 20
    rest = ""
    with suppress(HTTPError):  # now and then the driver hangs with the page; a look gets out of that as well
        while (rest := one_tab.settle()) != "hung" and time.monotonic() < deadline:
            pass
        assert rest == "hung"
    assert one_tab.look().hung
    driver.set_page_load_timeout(PAGE_LOAD_TIMEOUT)
    while (rest := one_tab.settle()) != "rest" and time.monotonic() < deadline + 40:  # the old tab may still be busy
        pass
    assert rest == "rest"


def test_what_was_in_flight_when_it_gave_up_is_not_waited_for_again(
    one_tab: Browser, site: Site, open_page: Open, gate: threading.Event
) -> None:
    site.pages["/never"] = lambda _: (gate.wait(60), "")[1]
    open_page("<script>addEventListener('load', () => fetch('/never'))</script>")
    assert one_tab.settle(cap=0.5) == "cap"
    assert one_tab.settle(cap=60) == "rest"


@pytest.mark.parametrize(
    "hostile",
    [
        "performance.now = () => 'soon'",
        "performance.now = () => { throw 1 }",
        "Object.defineProperty = () => { throw 1 }",
        "Math.min = () => ({})",
        "MutationObserver = null",
        "Array.prototype.map = () => null; Array.prototype.some = () => 'yes'",
        "document[Symbol.for('webagent.settle')] = 5",
        "Object.defineProperty(document, Symbol.for('webagent.settle'), {get() { throw 1 }})",
        "Object.prototype.toJSON = () => 'x'",
        "Array.prototype.toJSON = () => 'x'",
    ],
)
def test_a_page_that_breaks_javascript_costs_the_cap_at_most(one_tab: Browser, open_page: Open, hostile: str) -> None:
    open_page(f"<p>x<script>{hostile}</script>")
    assert one_tab.settle(cap=0.3) in {"rest", "cap"}


def test_names_on_the_page_do_not_stand_in_for_the_documents_own(one_tab: Browser, open_page: Open) -> None:
    open_page("<img name=readyState><img name=querySelectorAll><img name=getAnimations><form name=body></form>")
    assert one_tab.settle(cap=60) == "rest"


def test_the_watch_cannot_be_seen_by_the_page(one_tab: Browser, open_page: Open) -> None:
    open_page("<p>x")
    one_tab.settle()
    keys = "return [Object.keys(document), Object.keys(window).filter(k => /webagent|settle/i.test(k))]"
    own, named = one_tab.driver.execute_script(keys)
    assert own == ["location"]
    assert named == []


def test_the_scripts_time_is_put_back(one_tab: Browser, open_page: Open) -> None:
    open_page("<p>x")
    before = one_tab.driver.timeouts.script
    one_tab.settle(cap=0.4)
    assert one_tab.driver.timeouts.script == before


def test_a_driver_without_the_performance_log_will_do(site: Site) -> None:
    site.pages["/"] = (
        "<style>@keyframes k{to{opacity:.5}}#d{animation:k .5s}</style><p id=d>x</p>"
        "<script>setTimeout(() => d.textContent = 'y', 200)</script>"
    )
    options = webdriver.ChromeOptions()
    options.binary_location = str(find_browser())
    for flag in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage"):
        options.add_argument(flag)
    with webdriver.Chrome(options=options, service=webdriver.ChromeService(str(find_driver()))) as driver:
        driver.get(site.url)
        assert settle(driver, cap=20) == "rest"
        assert driver.find_element("id", "d").text == "y"
