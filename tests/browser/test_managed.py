"""Policies of ours over the browser's own, and the browser with them."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from webagent.browser import Browser
from webagent.browser.managed import with_policies


def test_the_browser_itself_refuses_what_is_not_of_the_web(one_tab: Browser) -> None:
    """Past the judge: what the wire lets through by mistake is refused here."""
    if not one_tab.managed:
        pytest.skip("bubblewrap cannot bind over the browser's policies here")
    driver = one_tab.driver
    for address in ("file:///etc/passwd", "chrome://version", "view-source:file:///etc/passwd"):
        driver.get(address)
        assert driver.execute_script("return document.URL").startswith("chrome-error:"), address
        assert "root:" not in driver.page_source
    assert len(driver.window_handles) == 1


def test_parts_of_the_browsers_own_window_are_no_tabs(browser: Browser) -> None:
    assert len(browser.driver.window_handles) == 1
    assert browser.look().tabs == 1


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """A system's folder of policies, which the test fills."""
    folder = tmp_path / "etc" / "chromium"
    (folder / "policies" / "managed").mkdir(parents=True)
    return folder


def _bound(tmp_path: Path, theirs: Path) -> str:
    """Return what a program sees that is started as the browser would be."""
    program = tmp_path / "looks"
    program.write_text(f'#!/bin/sh\ncat {theirs}/policies/managed/*.json "$@"\n')
    program.chmod(0o700)
    (tmp_path / "ours").mkdir()
    started = with_policies(program, tmp_path / "ours", [theirs])
    if started is None:
        pytest.skip("bubblewrap does not work here")
    argument = tmp_path / "a file; touch $HOME"
    argument.write_text("argument")
    return subprocess.run([started, argument], capture_output=True, text=True, check=True).stdout


def test_the_systems_policies_stay_and_its_lists_grow(tmp_path: Path, theirs: Path) -> None:
    (theirs / "policies" / "managed" / "admin.json").write_text(
        json.dumps({"HomepageLocation": "https://intra", "URLBlocklist": ["games.example"]})
    )
    (theirs / "policies" / "managed" / "broken.json").write_text("{")
    seen = _bound(tmp_path, theirs)
    assert "https://intra" in seen
    assert seen.endswith("argument")
    ours = json.loads((tmp_path / "ours/0/policies/managed/zz-webagent.json").read_text())
    assert {"file://*", "chrome://*", "games.example"} <= set(ours["URLBlocklist"])
    assert not (theirs / "policies" / "managed" / "zz-webagent.json").exists()


def test_without_bubblewrap_or_a_folder_there_are_none(
    tmp_path: Path, theirs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(theirs)
    assert with_policies(Path("/bin/true"), tmp_path, [theirs]) is None
    theirs.mkdir()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert with_policies(Path("/bin/true"), tmp_path, [theirs]) is None
