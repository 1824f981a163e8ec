"""What goes to stdout and to stderr after a run."""

import datetime
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from webagent.errors import ModelConfigurationError, ModelFailed
from webagent.printing import answer_text, as_json, exit_code, finish, say, write_path
from webagent.session.format import Reused, StepRecord, Usage
from webagent.task import RunResult

STARTED = datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)
ANSWERED = RunResult(
    answer="4.20 €",
    outcome="answered",
    steps=[StepRecord(step=1, started=STARTED, seconds=1.0), StepRecord(step=2, started=STARTED, seconds=1.0)],
    usage=Usage(input_tokens=10, output_tokens=2),
    seconds=2.34567,
    session=Path("/tmp/sessions/a"),
)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("as it\tis\n", "as it\tis\n"),
        ("\x1b]0;title\x07red\u202e", "]0;titlered"),
        ({"price": 4.2, "name": "Tür"}, '{"price": 4.2, "name": "Tür"}'),
        ([1, "a\x1b", None], '[1, "a\\u001b", null]'),
        (None, "None"),
        (True, "True"),
        (4.5, "4.5"),
        ({"a": float("nan")}, '{"a": "nan"}'),
        ({(1, 2): 3}, '{"(1, 2)": 3}'),
    ],
)
def test_answers(answer: Any, text: str) -> None:
    assert answer_text(answer) == text


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("/tmp/two  blanks é😀.har", "/tmp/two  blanks é😀.har\n"),
        ("/tmp/\x1b]0;title\x07\x1b[2Jx\r\n\ty\u202e", "/tmp/]0;title[2Jx  y\n"),
    ],
)
def test_paths(path: str, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert write_path(Path(path)) == 0
    assert capsys.readouterr().out == line


def test_json_hides_nothing_and_sends_no_controls() -> None:
    nasty = "\x00\x1b\x7f\x9b\u202e\u200b\ufeff\ud800\U000e0041é😀"
    text = as_json({"answer": nasty}, encoding="utf-8")
    whole = nasty.replace("\ud800", "\ufffd")  # half a character is no JSON that others read
    assert json.loads(text) == {"answer": whole}
    assert text == '{"answer": "\\u0000\\u001b\\u007f\\u009b\\u202e\\u200b\\ufeff\ufffd\\udb40\\udc41é😀"}'
    assert json.loads(as_json(nasty, encoding="ascii")) == whole
    assert as_json(nasty, encoding="ascii").isascii()


def test_rings_are_no_endless_loop() -> None:
    ring: list[Any] = []
    ring.append(ring)
    assert as_json(ring) == '"[[...]]"'


def test_exit_codes() -> None:
    assert exit_code(ANSWERED) == 0
    assert exit_code(RunResult(outcome="max_steps")) == 1
    assert exit_code(RunResult(outcome="failed")) == 1
    assert exit_code(RunResult(outcome="failed", error=ModelFailed("x"))) == 1
    assert exit_code(RunResult(outcome="failed", error=ModelConfigurationError("x"))) == 2
    assert exit_code(RunResult(outcome="failed", error=ValueError("x"))) == 1
    assert exit_code(RunResult(outcome="interrupted")) == 130


def test_an_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert finish(ANSWERED, model="m", json_wanted=False, quiet=False) == 0
    assert capsys.readouterr() == ("4.20 €\n", "Session: /tmp/sessions/a\n")
    assert finish(ANSWERED, model="m", json_wanted=False, quiet=True) == 0
    assert capsys.readouterr() == ("4.20 €\n", "")


def test_an_answer_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert finish(ANSWERED, model="openai/m", json_wanted=True, quiet=True) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.count("\n") == 1
    assert json.loads(out) == {
        "answer": "4.20 €",
        "outcome": "answered",
        "reason": None,
        "error": None,
        "steps": 2,
        "usage": {"input_tokens": 10, "output_tokens": 2},
        "seconds": 2.346,
        "session": "/tmp/sessions/a",
        "model": "openai/m",
        "reused": None,
    }


def test_what_was_reused_is_said_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    reused = Reused(session="a\x1b\nb", steps=3, usage=Usage(input_tokens=4000, output_tokens=20))
    result = ANSWERED.model_copy(update={"reused": reused})
    finish(result, model=None, json_wanted=True, quiet=False)
    out, err = capsys.readouterr()
    assert json.loads(out)["reused"] == {
        "session": "a\x1b\nb", "steps": 3, "usage": {"input_tokens": 4000, "output_tokens": 20},
    }  # fmt: skip
    assert err.splitlines()[0] == "Reused: 3 steps of a b without the model, which saved 4,020 tokens"
    finish(result, model=None, json_wanted=True, quiet=True)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("outcome", ["max_steps", "failed", "interrupted"])
def test_no_answer(outcome: Any, capsys: pytest.CaptureFixture[str]) -> None:
    result = RunResult(outcome=outcome, reason="it\nbroke \x1b[31m")
    code = finish(result, model=None, json_wanted=False, quiet=True)
    assert code == (130 if outcome == "interrupted" else 1)
    assert capsys.readouterr() == ("", "webagent: it broke [31m\n")
    assert finish(result, model=None, json_wanted=True, quiet=True) == code
    printed = json.loads(capsys.readouterr().out)
    assert (printed["outcome"], printed["reason"]) == (outcome, "it\nbroke \x1b[31m")
    assert printed["error"] == {"type": None, "message": "it\nbroke \x1b[31m"}


def test_the_error_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    result = RunResult(outcome="failed", reason="the server failed", error=ModelFailed("the server failed"))
    finish(result, model=None, json_wanted=True, quiet=True)
    assert json.loads(capsys.readouterr().out)["error"] == {"type": "ModelFailed", "message": "the server failed"}
    finish(RunResult(outcome="max_steps"), model=None, json_wanted=True, quiet=True)
    printed = json.loads(capsys.readouterr().out)["error"]
    assert printed == {"type": None, "message": "there is no answer: max_steps"}


def test_configuration_leaves_stdout_empty(capsys: pytest.CaptureFixture[str]) -> None:
    result = RunResult(outcome="failed", reason="no such model", error=ModelConfigurationError("no such model"))
    assert finish(result, model="m", json_wanted=True, quiet=False) == 2
    assert capsys.readouterr() == ("", "webagent: no such model\n")


def test_every_failure_has_a_reason(capsys: pytest.CaptureFixture[str]) -> None:
    finish(RunResult(outcome="max_steps"), model=None, json_wanted=False, quiet=True)
    assert capsys.readouterr().err == "webagent: there is no answer: max_steps\n"


def test_say_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    say("one\ntwo\r\x07\ud800")
    assert capsys.readouterr().err == "webagent: one two ?\n"


PROGRAM = """
from webagent.printing import finish
from webagent.task import RunResult
raise SystemExit(finish(RunResult(outcome="answered", answer="x" * 100_000), model=None, json_wanted=False, quiet=True))
"""


def test_a_reader_that_went_away_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as out:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], stdout=out, stderr=subprocess.PIPE, timeout=30, check=False
        )
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_said_in_one_sentence() -> None:
    with Path("/dev/full").open("wb") as out:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], stdout=out, stderr=subprocess.PIPE, timeout=30, check=False
        )
    assert done.returncode == 1
    assert done.stderr.startswith(b"webagent: the answer could not be written to stdout (")
    assert done.stderr.count(b"\n") == 1
