"""Browser.open(): what opens, and in words why the rest does not."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from selenium.common.exceptions import TimeoutException, WebDriverException
from servers import Site

from webagent.browser import Browser
from webagent.browser.network_errors import network_error, why_not_opened
from webagent.browser.options import PAGE_LOAD_TIMEOUT
from webagent.errors import PageNotOpened


def why(browser: Browser, url: str) -> str:
    with pytest.raises(PageNotOpened) as error:
        browser.open(url)
    said = str(error.value)
    assert "\n" not in said
    assert "Session info" not in said
    assert "net::" not in said
    assert "Exception" not in said
    assert len(said) < 400
    return said


@pytest.fixture
def raw() -> Iterator[Callable[[bytes], str]]:
    """Start a server which answers every connection with these bytes and closes it."""
    sockets: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def start(answer: bytes) -> str:
        listening = socket.create_server(("127.0.0.1", 0))
        sockets.append(listening)

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection, suppress(OSError):
                    connection.settimeout(1)  # browsers open connections that they do not use
                    connection.recv(4096)
                    connection.sendall(answer)

        threads.append(threading.Thread(target=serve))
        threads[-1].start()
        return f"127.0.0.1:{listening.getsockname()[1]}"

    yield start
    for one in sockets:
        one.shutdown(socket.SHUT_RDWR)
        one.close()
    for thread in threads:
        thread.join()


def test_a_page_opens(one_tab: Browser, site: Site) -> None:
    site.pages["/"] = "<title>T</title>here"
    assert one_tab.is_blank()
    one_tab.open(site.url)
    assert not one_tab.is_blank()
    assert one_tab.look().text == "here"


@pytest.mark.parametrize("status", [404, 500])
def test_a_page_that_says_it_is_an_error_is_a_page(one_tab: Browser, site: Site, status: int) -> None:
    site.pages["/"] = (status, {}, "no such thing")
    one_tab.open(site.url)
    assert one_tab.look().text == "no such thing"


def test_the_same_page_opens_again_at_another_place_too(one_tab: Browser, site: Site) -> None:
    site.pages["/"] = "<h1 id=there>here</h1>"
    for url in (site.url, site.url, site.url + "/#there", site.url + "/#there", "about:blank", "about:blank"):
        one_tab.open(url)


def test_a_page_that_greets_with_a_dialog_opens(one_tab: Browser, site: Site) -> None:
    site.pages["/"] = "<script>alert('welcome')</script>here"
    one_tab.open(site.url)
    assert one_tab.is_blank() is False
    assert one_tab.look().dialog == "welcome"
    one_tab.dismiss_dialog()
    assert one_tab.look().text == "here"


def test_a_dialog_that_is_open_does_not_keep_the_next_page_from_opening(one_tab: Browser, site: Site) -> None:
    site.pages["/"] = "<script>setTimeout(() => prompt('name?'))</script>"
    site.pages["/next"] = "next"
    one_tab.open(site.url)
    while one_tab.look().dialog is None:
        pass
    one_tab.open(site.url + "/next")
    assert one_tab.look().text == "next"


def test_a_frame_that_the_worker_was_in_is_left(one_tab: Browser, site: Site) -> None:
    site.pages["/"] = "<iframe src=/next></iframe>"
    site.pages["/next"] = "next<iframe></iframe>"
    one_tab.open(site.url)
    driver = one_tab.gate.attach("worker")
    driver.switch_to.frame(0)
    one_tab.open(site.url + "/next")
    one_tab.look()
    assert driver.find_element("tag name", "body").text == "next"


def test_a_slow_page_is_taken_as_far_as_it_came(one_tab: Browser, site: Site) -> None:
    gate = threading.Event()
    site.pages["/"] = "here<script src=/never></script>there"
    site.pages["/never"] = lambda _: (gate.wait(60), "")[1]
    one_tab.driver.set_page_load_timeout(1)
    try:
        one_tab.open(site.url)
        assert "here" in one_tab.look().text
    finally:
        gate.set()
        one_tab.driver.set_page_load_timeout(PAGE_LOAD_TIMEOUT)


def test_a_server_that_does_not_answer_is_told(one_tab: Browser, site: Site) -> None:
    gate = threading.Event()
    site.pages["/"] = "here"
    site.pages["/never"] = lambda _: (gate.wait(60), "")[1]
    try:
        for before in ("about:blank", site.url):
            one_tab.driver.get(before)
            one_tab.driver.set_page_load_timeout(1)
            assert why(one_tab, site.url + "/never").endswith("was not opened: it took too long to load")
            one_tab.driver.set_page_load_timeout(PAGE_LOAD_TIMEOUT)
    finally:
        gate.set()
        one_tab.driver.set_page_load_timeout(PAGE_LOAD_TIMEOUT)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://no-such-host.invalid/", "there is no host of that name"),
        ("http://127.0.0.1:9/", "browsers refuse that port"),
        ("http://", "no valid address"),
        ("http://exa mple.invalid/", "no valid address"),
        ("http://[", "no valid address"),
        ("http://127.0.0.1:99999/", "no valid address"),
        ("file:///etc/passwd", "Only pages of the web can be opened"),
        ("chrome://version", "Only pages of the web can be opened"),
        ("about:crash", "Only pages of the web can be opened"),
        ("view-source:http://127.0.0.1", "Only pages of the web can be opened"),
        ("javascript:alert(1)", "Only pages of the web can be opened"),
        ("\x1b[31mexample.com", "no valid address"),
    ],
)
def test_what_does_not_open_is_told_in_words(one_tab: Browser, url: str, said: str) -> None:
    assert said in why(one_tab, url)
    assert one_tab.look().picture is not None


def test_a_server_that_refuses_is_told(one_tab: Browser) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert "refused" in why(one_tab, f"http://127.0.0.1:{port}/")


def test_servers_that_are_none_are_told(one_tab: Browser, raw: Callable[[bytes], str]) -> None:
    assert "answered nothing" in why(one_tab, f"http://{raw(b'')}/")
    assert "not secure" in why(one_tab, f"https://{raw(b'HTTP/1.1 400 no' + bytes(20))}/")
    redis = raw(b"HTTP/9.9 \x00\x00\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc")
    assert "no web server" in why(one_tab, f"http://{redis}/")


def test_a_circle_of_redirects_is_told(one_tab: Browser, site: Site) -> None:
    site.pages["/a"] = (302, {"Location": "/b"}, "")
    site.pages["/b"] = (302, {"Location": "/a"}, "")
    assert why(one_tab, site.url + "/a").endswith("it redirects in a circle")


@pytest.mark.parametrize("before", ["about:blank", "/"])
@pytest.mark.parametrize(
    "page",
    [
        (200, {"Content-Disposition": "attachment; filename=a.zip", "Content-Type": "application/zip"}, b"PK"),
        (200, {"Content-Type": "application/octet-stream"}, b"\x00\x01"),
        (204, {}, b""),
    ],
)
def test_what_is_no_page_is_told_and_what_was_open_stays(
    one_tab: Browser, site: Site, before: str, page: tuple[int, dict[str, str], bytes]
) -> None:
    site.pages["/"] = "here"
    site.pages["/file"] = page
    one_tab.open(before if before == "about:blank" else site.url)
    assert why(one_tab, site.url + "/file").endswith("it is a download or an empty reply, not a page")
    assert one_tab.look().text == ("" if before == "about:blank" else "here")


def test_an_error_page_of_the_browsers_own_is_told_in_its_words(one_tab: Browser, site: Site) -> None:
    site.pages["/"] = (500, {}, b"")
    assert "500" in why(one_tab, site.url)


def test_an_error_without_a_reason_has_a_sentence_too() -> None:
    assert why_not_opened(WebDriverException()) == "the browser gave no reason"
    assert why_not_opened(TimeoutException()) == "it took too long to load"
    assert why_not_opened(WebDriverException("unknown\nStacktrace:\n#0")) == "unknown"
    assert network_error("nothing known") is None
    assert network_error("x net::ERR_CERT_DATE_INVALID y") == "its certificate is not valid"
