"""`webagent resume`, `run --reuse` and `run --no-record` as whole programs, and what they say of bad sessions."""

import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from servers import ScriptedModel, Site, action

from webagent.cli import start
from webagent.demo.run import SESSION

PAGES = {
    "/": '<title>Start</title><a href="/list">The list</a>',
    "/list": '<title>List</title><a href="/item">Blue lamp</a>',
    "/item": "<title>Blue lamp</title><p>42 EUR</p>",
}


def webagent(tmp_path: Path, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "webagent", *args, "--session-dir", str(tmp_path / "sessions")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
        env={**os.environ, "PYTHONWARNINGS": "error::ResourceWarning"},
    )  # fmt: skip


@pytest.mark.slow
def test_a_killed_run_goes_on_to_its_answer_and_is_reused(
    tmp_path: Path, scripted: Callable[..., ScriptedModel]
) -> None:
    with Site(dict(PAGES)) as site:

        def kill(_: object) -> str:
            program.send_signal(signal.SIGKILL)
            return action("click('Blue lamp')")

        model = scripted(action("click('The list')"), kill)
        host = ["--allow-host", f"127.0.0.1:{site.port}", "--api-base", model.api_base]
        program = webagent(
            tmp_path, "What does it cost?", "--url", site.url, "--model", "openai/scripted", "--viewport", "640x480",
            "--keep-cookies", *host,
        )  # fmt: skip
        program.communicate(timeout=90)
        (folder,) = (tmp_path / "sessions").iterdir()
        with (folder / "steps.jsonl").open("ab") as lines:
            lines.write(b'{"step": 2, "st')  # as if it had been killed in the middle of a line

        model.requests.clear()
        model.replies[:] = [action("click('Blue lamp')"), action("final_answer('42 EUR')")]
        program = webagent(tmp_path, "resume", "last", *host)
        out, err = program.communicate(timeout=90)
        assert (program.returncode, out) == (0, "42 EUR\n"), err
        assert "the last step of the session was half written" in err
        assert err.splitlines()[-1] == f"Session: {folder}"
        assert len(model.requests) == 2
        assert "click('The list')" in model.requests[0].text
        assert [picture.size for picture in model.requests[0].pictures] == [(640, 480)]
        assert list((tmp_path / "sessions").iterdir()) == [folder]
        steps = [json.loads(line) for line in (folder / "steps.jsonl").read_text().splitlines()]
        assert [(step["step"], step["title"]) for step in steps] == [(1, "List"), (2, "Blue lamp"), (3, "Blue lamp")]
        info = json.loads((folder / "session.json").read_text())
        assert (info["outcome"], info["steps"], info["usage"]["input_tokens"]) == ("answered", 3, 3001)
        assert (folder / "cookies.json").stat().st_mode & 0o777 == 0o600

        model.requests.clear()
        model.replies[:] = [action("final_answer('42 EUR')")]
        program = webagent(
            tmp_path, "What does it cost?", "--url", site.url, "--model", "openai/scripted", "--viewport", "640x480",
            "--reuse", "last", "--json", *host,
        )  # fmt: skip
        out, err = program.communicate(timeout=90)
        assert program.returncode == 0, err
        assert (json.loads(out)["answer"], json.loads(out)["steps"]) == ("42 EUR", 3)
        assert json.loads(out)["reused"] == {
            "session": folder.name, "steps": 2, "usage": {"input_tokens": 2000, "output_tokens": 20},
        }  # fmt: skip
        assert f"Reused: 2 steps of {folder.name} without the model, which saved 2,020 tokens" in err
        assert len(model.requests) == 1


@pytest.mark.slow
def test_without_a_record_everything_else_works(tmp_path: Path, scripted: Callable[..., ScriptedModel]) -> None:
    model = scripted(action("1 / 0"), action("final_answer(1)"))
    program = webagent(
        tmp_path, "What?", "--model", "openai/x", "--api-base", model.api_base, "--no-record", "--json"
    )  # fmt: skip
    out, err = program.communicate(timeout=90)
    assert program.returncode == 0, err
    answer = json.loads(out)
    assert (answer["answer"], answer["session"], answer["steps"], answer["reused"]) == (1, None, 2, None)
    assert answer["usage"]["input_tokens"] == 2001
    assert "Session:" not in err
    assert not (tmp_path / "sessions").exists()


@pytest.fixture
def session(tmp_path: Path) -> Path:
    """A recorded session whose run was killed."""
    folder = tmp_path / "sessions" / "20260102-030405-killed"
    shutil.copytree(SESSION, folder)
    change(folder, outcome=None, ended=None)
    return folder


def change(folder: Path, **what: object) -> None:
    info = json.loads((folder / "session.json").read_text())
    (folder / "session.json").write_text(json.dumps({**info, **what}))


def refused(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    """Return the sentence with which a command ends at once, with exit code 2."""
    assert start(args) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    return err


def test_resume_says_what_is_wrong_with_a_session(
    session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = ("--model", "openai/x", "--api-base", "http://127.0.0.1:9/v1")
    assert "there is no session 'nosuch'" in refused(capsys, "resume", "nosuch", *model)
    assert "is no session folder" in refused(capsys, "resume", str(tmp_path), *model)
    assert "give more than 7" in refused(capsys, "resume", str(session), "--max-steps", "3", *model)
    with (session / "steps.jsonl").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert "another run is at work on the session" in refused(capsys, "resume", str(session), *model)
    change(session, settings={"viewport": "large"})
    assert "viewport in the session 20260102-030405-killed" in refused(capsys, "resume", str(session), *model)
    change(session, settings={}, outcome="answered")
    assert "has its answer already" in refused(capsys, "resume", str(session), *model)
    change(session, format=2)
    assert "has format 2, and this webagent reads up to 1: update it" in refused(capsys, "resume", str(session), *model)
    (session / "steps.jsonl").write_text("no step\n")
    change(session, format=1)
    assert "line 1 of" in refused(capsys, "resume", str(session), *model)
    (session / "session.json").write_text("{")
    assert "is damaged" in refused(capsys, "resume", str(session), *model)


def test_the_help_of_resume_says_whose_settings_count(capsys: pytest.CaptureFixture[str]) -> None:
    assert start(["resume", "--help"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert told.count("[default: the session's]") == 3
    assert "[default: 1" not in told
    assert "is from your own flags, environment and files" in told


def test_reuse_says_what_is_wrong_with_a_session(
    session: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = ("run", "What?", "--model", "openai/x", "--api-base", "http://127.0.0.1:9/v1", "--reuse")
    assert "there is no session 'nosuch'" in refused(capsys, *run, "nosuch")
    assert "is no session folder" in refused(capsys, *run, str(tmp_path))
    (session / "steps.jsonl").write_text("")
    assert "holds no step that could be done again" in refused(capsys, *run, str(session))


def test_no_record_and_what_is_recorded_contradict_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    for flag in ("--record-network", "--keep-cookies"):
        assert "leave one of them out" in refused(capsys, "run", "What?", "--no-record", flag)
