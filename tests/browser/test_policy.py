"""The judge's words, without a browser."""

import re

import pytest

from webagent.browser.policy import Asker, Refused, judge, judge_url

ASKERS: list[Asker] = ["worker", "tool"]


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "HTTPS://EXAMPLE.COM/a?b#c",
        " http://example.com ",
        "http://[::1]:8080/",
        "about:blank",
        "about:blank#here",
        "data:text/html,<p>x",
        "blob:http://127.0.0.1:1/0c0ffee0",
        "http://[",  # not valid, but of the web: the browser says so itself
        "https://exa\u2100mple.com",
    ],
)
def test_an_address_of_the_web_may_be_opened(url: str) -> None:
    judge_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "FILE:///etc/passwd",
        " file:///etc/passwd",
        "\x01file:///etc/passwd",
        "fi\nle:///etc/passwd",
        "file\t:///etc/passwd",
        "chrome://version",
        "chrome:quit",
        "view-source:http://example.com",
        "view-source:file:///etc/passwd",
        "javascript:alert(1)",
        "java\nscript:alert(1)",
        "devtools://devtools/bundled/inspector.html",
        "chrome-extension://x/y",
        "filesystem:http://example.com/temporary/",
        "ftp://example.com",
        "about:settings",
        "about:crash",
        "about:quit",
        "ABOUT:Version",
        "about:blank.evil",
        "",
        "   ",
        "example.com",
        "//example.com",
        "/etc/passwd",
    ],
)
@pytest.mark.parametrize("asker", ASKERS)
def test_any_other_address_is_refused_with_a_sentence(url: str, asker: Asker) -> None:
    with pytest.raises(Refused, match=r"^[A-Z].*\.$") as refused:
        judge("get", {"url": url}, asker)
    assert len(str(refused.value)) < 200
    assert "\n" not in str(refused.value)
    assert "''" not in str(refused.value)


@pytest.mark.parametrize("params", [{}, {"url": None}, {"url": 5}, {"url": ["http://example.com"]}, {"url": {}}])
@pytest.mark.parametrize("asker", ASKERS)
def test_an_address_that_is_no_text_is_refused(params: dict[str, object], asker: Asker) -> None:
    with pytest.raises(Refused):
        judge("get", params, asker)


@pytest.mark.parametrize("command", ["quit", "newSession", "deleteSession"])
@pytest.mark.parametrize("asker", ASKERS)
def test_nobody_may_end_the_run(command: str, asker: Asker) -> None:
    with pytest.raises(Refused, match="belongs to the run"):
        judge(command, {}, asker)


def test_devtools_are_for_the_tools_alone() -> None:
    judge("executeCdpCommand", {"cmd": "Page.crash", "params": {}}, "tool")
    with pytest.raises(Refused, match="not available here"):
        judge("executeCdpCommand", {"cmd": "Page.crash", "params": {}}, "worker")


def test_a_refused_address_is_not_repeated_at_length() -> None:
    with pytest.raises(Refused) as refused:
        judge_url("x" * 100_000 + ":y")
    assert re.fullmatch(r".{1,200}", str(refused.value))


@pytest.mark.parametrize("command", ["findElements", "clickElement", "actions", "executeScript", "no such command", ""])
@pytest.mark.parametrize("asker", ASKERS)
def test_ordinary_commands_are_allowed(command: str, asker: Asker) -> None:
    judge(command, {"using": "css selector", "value": "a"}, asker)


@pytest.mark.parametrize("asker", ASKERS)
def test_a_window_that_shows_nothing_is_refused(asker: Asker) -> None:
    with pytest.raises(Refused, match="minimised"):  # a picture of it would never come
        judge("minimizeWindow", {}, asker)
