"""`webagent show` as a program: what it cannot write."""

import pytest

from webagent.cli import start
from webagent.demo.run import SESSION


def test_a_home_of_nobody_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert start(["show", str(SESSION), "--no-open", "-o", "~nosuchuser/x.html"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "~nosuchuser/x.html is in the home folder of a user that there is not: name another with -o" in err
