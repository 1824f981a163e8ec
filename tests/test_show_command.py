"""`webagent show` as a program: what it cannot write, and what else gets to its stdout."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from webagent.cli import start
from webagent.demo.run import SESSION


def test_a_home_of_nobody_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert start(["show", str(SESSION), "--no-open", "-o", "~nosuchuser/x.html"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "~nosuchuser/x.html is in the home folder of a user that there is not: name another with -o" in err


def test_what_the_browser_says_is_not_on_stdout(tmp_path: Path) -> None:
    viewer = tmp_path / "viewer"
    viewer.write_text("#!/bin/sh\necho Opening in existing browser session.\n")
    viewer.chmod(0o700)
    done = subprocess.run(
        [sys.executable, "-m", "webagent", "show", str(SESSION), "-o", str(tmp_path / "report.html")],
        env={**os.environ, "DISPLAY": ":9", "BROWSER": f"{viewer} %s"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == f"{tmp_path / 'report.html'}\n"
