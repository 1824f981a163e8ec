"""Start and end of a browser: what it leaves behind, what it is given, and how it is lost."""

import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from servers import LOOPBACK, Site

from webagent.browser import Browser
from webagent.errors import BrowserDied, BrowserNotFound
from webagent.settings import Settings


def until(true: Callable[[], object], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come to be"
        time.sleep(0.02)


def group(number: int) -> list[psutil.Process]:
    """Return what runs in that process group."""
    found = []
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) == number and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.NoSuchProcess, ProcessLookupError):
            continue
    return found


def folder_of(browser: Browser) -> Path:
    return browser.temporary_folder().parent


def main_process(browser: Browser) -> psutil.Process:
    started = psutil.Process(int(browser.driver.capabilities["goog:processID"]))
    return next(iter(started.children()), started) if started.name() == "bwrap" else started


@pytest.fixture
def started() -> Iterator[Browser]:
    browser = Browser(Settings(allow_host=LOOPBACK)).start()
    yield browser
    browser.close()


def test_nothing_is_left_after_it_is_closed(started: Browser) -> None:
    number, folder = started.process_group, folder_of(started)
    names = set()
    for process in group(number):
        with suppress(psutil.NoSuchProcess):  # it has just done what it was started for
            names.add(process.name())
    assert {"chromedriver", "chromium"} <= names
    assert list(folder.rglob("Default")), "the profile lies in it"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    started.close()
    assert not folder.exists()
    until(lambda: not group(number))
    started.close()


def test_it_can_be_closed_before_it_is_started_and_started_again_after_it_is_closed(site: Site) -> None:
    site.pages["/"] = "here"
    browser = Browser(Settings(allow_host=LOOPBACK))
    browser.close()
    for _ in range(2):
        with browser as same:
            assert same is browser
            browser.open(site.url)
            assert browser.look().text == "here"
            assert browser.start() is browser, "it runs already"
            assert browser.look().text == "here"
    assert not hasattr(browser, "driver")


def test_folders_made_before_it_starts_end_with_it() -> None:
    browser = Browser(Settings(allow_host=LOOPBACK))
    one, other = browser.temporary_folder(), browser.temporary_folder()
    assert one != other
    assert list(one.iterdir()) == []
    browser.close()
    assert not one.parent.exists()


def test_no_key_reaches_the_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = {"OPENAI_API_KEY": "secret-1", "HF_TOKEN": "secret-2", "AWS_SECRET_ACCESS_KEY": "secret-3"}
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    with Browser(Settings(allow_host=LOOPBACK)) as browser:
        browser.driver.get("about:blank")
        processes = group(browser.process_group)
        assert len(processes) > 3
        for process in processes:
            try:
                environment = Path(f"/proc/{process.pid}/environ").read_bytes()
                words = process.cmdline()
            except (OSError, psutil.NoSuchProcess):
                continue
            assert b"secret" not in environment
            assert not any("secret" in word for word in words)


def test_a_proxy_in_the_environment_is_not_asked_for_the_driver(monkeypatch: pytest.MonkeyPatch, site: Site) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    site.pages["/"] = "here"
    with Browser(Settings(allow_host=LOOPBACK)) as browser:
        browser.open(site.url)  # nor for this machine's own addresses
        with pytest.raises(WebDriverException):
            browser.driver.execute_cdp_cmd("Page.crash", {})
        assert browser.look().hung
        browser.open(site.url)
        assert browser.look().text == "here"


@pytest.mark.parametrize("victim", ["browser", "driver", "both", "watchdog and driver"])
def test_a_browser_that_was_killed_is_told_and_leaves_nothing(started: Browser, victim: str) -> None:
    number, folder = started.process_group, folder_of(started)
    if victim in {"browser", "both"}:
        main_process(started).kill()
    if victim == "watchdog and driver":
        psutil.Process(number).kill()
    if victim != "browser":
        started.driver.service.process.kill()
    until(lambda: not psutil.pid_exists(number) or victim != "watchdog and driver" or _ended(number))
    with pytest.raises(BrowserDied, match=r"^the browser crashed or was closed: run the task again$"):
        started.look()
    with pytest.raises(BrowserDied):
        started.open("about:blank")
    started.close()
    assert not folder.exists()
    until(lambda: not group(number))


def _ended(number: int) -> bool:
    return psutil.Process(number).status() == psutil.STATUS_ZOMBIE


def test_a_watchdog_that_was_killed_does_not_keep_it_from_closing(started: Browser) -> None:
    number, folder = started.process_group, folder_of(started)
    psutil.Process(number).kill()
    started.close()
    assert not folder.exists()
    until(lambda: not group(number))


def test_a_path_that_is_no_program_is_told(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("no program")
    for path in (tmp_path / "missing", tmp_path, text):
        browser = Browser(Settings(browser_path=path))
        with pytest.raises(BrowserNotFound, match=r"^there is no browser at .*--browser-path$"):
            browser.start()
        assert browser._folder is None
        with pytest.raises(BrowserNotFound, match=r"^there is no driver at "):
            Browser(Settings(driver_path=path)).start()


@pytest.mark.parametrize(
    ("which", "line"),
    [
        ("browser_path", "exit 3"),
        ("browser_path", "echo oops >&2; exit 0"),
        ("browser_path", "kill -9 $$"),
        ("driver_path", "exit 3"),
        ("driver_path", "kill -9 $$"),
    ],
)
def test_a_program_that_ends_at_once_is_told_in_a_sentence(tmp_path: Path, which: str, line: str) -> None:
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\n{line}\n")
    script.chmod(0o755)
    browser = Browser(Settings(**{which: script}))
    with pytest.raises(BrowserDied) as error:
        browser.start()
    said = str(error.value)
    assert said.startswith("the browser could not be started (")
    assert "\n" not in said
    assert "#0 " not in said
    assert len(said) < 400
    assert browser._folder is None


def test_two_browsers_do_not_meet(site: Site, started: Browser) -> None:
    site.pages["/set"] = (200, {"Set-Cookie": "a=1"}, "set")
    with Browser(Settings(allow_host=LOOPBACK)) as other:
        assert isinstance(other.driver, webdriver.Chrome)
        started.open(site.url + "/set")
        other.open(site.url + "/set")
        other.driver.delete_all_cookies()
        assert len(started.driver.get_cookies()) == 1
    assert started.look().text == "set"
