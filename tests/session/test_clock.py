"""Pages whose clock stands still, in a real browser and under strict policies of their own."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from selenium.webdriver.common.by import By
from servers import LOOPBACK, Site

from webagent.browser import Browser
from webagent.session.clock import frozen
from webagent.settings import Settings

AT = datetime(2026, 3, 1, 12, 34, 56, 789_000, tzinfo=UTC)
LOOK = """
const now = new Date();
return [now.getTime(), Date.now(), new Date(0).getTime(), Date.UTC(1970, 0, 1), Date.parse('1970-01-01'),
        now instanceof Date, now.constructor === Date, Object.prototype.toString.call(now), typeof Date(),
        new (class Day extends Date {})().getTime(), document.scripts.length, document.compatMode,
        document.characterSet, document.title, document.documentElement.lang];
"""
PAGE = "<!doctype html><html lang=de><head><meta charset=utf-8><title>Grüße</title></head><body>Hi</body></html>"


@pytest.fixture(scope="module")
def world() -> Iterator[tuple[Browser, Site]]:
    with Site({}) as site, Browser(Settings(allow_host=LOOPBACK)) as browser:
        yield browser, site


@pytest.mark.parametrize(
    "policy",
    [
        "",
        "script-src 'none'",
        "default-src 'self'; script-src 'nonce-x' 'strict-dynamic'",
        "default-src 'none'",
        "script-src 'self' 'unsafe-inline'",
        "img-src *, default-src 'self'",
        "script-src-elem https://a.test",
    ],
)
def test_the_clock_stands_still_under_each_policy(world: tuple[Browser, Site], policy: str) -> None:
    browser, site = world
    headers = [(b"content-type", b"text/html")]
    if policy:
        headers.append((b"content-security-policy", policy.encode()))
    body, sent = frozen(PAGE.encode(), headers, AT)
    site.pages["/"] = (200, {name.decode().title(): value.decode() for name, value in sent}, body)
    browser.open(site.url + "/")
    now = int(AT.timestamp() * 1000)
    assert browser.driver.execute_script(LOOK) == [
        now, now, 0, 0, 0, True, True, "[object Date]", "string", now, 0, "CSS1Compat", "UTF-8", "Grüße", "de",
    ]  # fmt: skip


def test_timers_go_on_and_what_the_page_forbids_stays_forbidden(world: tuple[Browser, Site]) -> None:
    browser, site = world
    page = PAGE.replace("Hi", "<p id=p></p><script>document.title = 'ran'</script>")
    body, sent = frozen(page.encode(), [(b"content-security-policy", b"script-src 'none'")], AT)
    site.pages["/"] = (200, {name.decode().title(): value.decode() for name, value in sent}, body)
    browser.open(site.url + "/")
    assert browser.driver.title == "Grüße"
    assert browser.driver.execute_async_script("setTimeout(arguments[0], 5, 'went')") == "went"
    assert browser.driver.find_element(By.ID, "p").text == ""


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"{}", b"application/json"), (b"<svg/>", b"image/svg+xml"), ("\ufeff<p>".encode("utf-16"), b"text/html")],
)
def test_what_is_no_html_stays_as_it_is(body: bytes, kind: bytes) -> None:
    headers = [(b"content-type", kind)]
    assert frozen(body, headers, AT) == (body, headers)


def test_a_page_without_a_doctype_stays_in_quirks_mode(world: tuple[Browser, Site]) -> None:
    browser, site = world
    body, _ = frozen(b"<title>Old</title>", [], AT)
    site.pages["/"] = (200, {}, body)
    browser.open(site.url + "/")
    assert browser.driver.execute_script("return [document.compatMode, document.title]") == ["BackCompat", "Old"]


@pytest.mark.parametrize("doctype", [b"", b"<!doctype html>"])
def test_many_comments_at_the_beginning_are_no_long_work(doctype: bytes) -> None:
    comments = b"<!-- a --> " * 100_000
    body, _ = frozen(comments + doctype + b"<p>Hi", [], AT)
    assert body.startswith(comments + doctype + b"<script>" if doctype else b"<script>")
