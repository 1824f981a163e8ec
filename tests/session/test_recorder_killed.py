"""A run that is killed, between whichever two writes: its session is read back, with all but the step in hand."""

import json
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pictures import png
from PIL import Image

from webagent import ConfigurationError, Session, StepRecord, read_session
from webagent.session.recorder import Recorder
from webagent.session.resumed import ResumedRecorder


def check(folder: Path, finished: list[object]) -> Session | None:
    """Check that everything that was finished is there, and at most one step more; return the session."""
    made = [one for one in folder.iterdir() if one.is_dir()] if folder.is_dir() else []
    if "made" not in finished:
        try:
            return read_session(made[0]) if made else None
        except ConfigurationError:  # there was no step yet that could be lost
            return None
    session = read_session(made[0])
    steps = [step.step for step in session.steps]
    done = [one for one in finished if isinstance(one, int)]
    assert steps in (done, [*done, len(done) + 1])
    for step in session.steps:
        assert len(step.reply or "") == 30_000
        with Image.open(session.folder / str(step.screenshot)) as shown:
            shown.load()
    for name in session.info.images:
        with Image.open(session.folder / name) as shown:
            shown.load()
    if "answered" in finished:
        assert (session.info.outcome, session.info.answer) == ("answered", 42)
    elif "ended" in finished:
        assert session.info.outcome in ("failed", None, "answered")
    return session


@pytest.mark.slow
def test_killed_between_any_two_writes_a_run_loses_at_most_the_step_in_hand(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "session.killed", str(tmp_path)],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    runs = [json.loads(line) for line in done.stdout.splitlines()]
    assert [run["status"] for run in runs] == [signal.SIGKILL] * (len(runs) - 1) + [0], done.stderr
    assert len(runs) > 60  # one for each call that could write
    assert {json.dumps(run["finished"]) for run in runs} >= {"[]", '["made", 1]', '["made", 1, 2, "ended", 3]'}
    resumed = 0
    for run in runs:
        session = check(tmp_path / str(run["turn"]), run["finished"])
        if session is None or session.info.outcome == "answered":
            continue
        before = len(session.steps)
        recorder = ResumedRecorder(session.folder)
        recorder.begin(model="m", settings={})
        recorder.step(StepRecord(step=before + 1, started=datetime.now(UTC), seconds=1), png())
        recorder.close(outcome="answered", reason=None, answer=1)
        again = read_session(session.folder)
        assert ([step.step for step in again.steps], again.cut) == (list(range(1, before + 2)), False)
        assert (again.info.steps, again.info.outcome) == (before + 1, "answered")
        assert again.info.usage.input_tokens == 10 * before
        resumed += 1
    assert resumed > 40


def test_a_line_cut_off_anywhere_is_left_out_and_removed_when_the_run_goes_on(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, task="Find a lamp.", model="openai/x", settings={})
    recorder.step(StepRecord(step=1, started=datetime.now(UTC), seconds=1, reply="é"), None)
    recorder.release()
    lines = recorder.folder / "steps.jsonl"
    whole = lines.read_bytes()
    for cut in range(1, len(whole)):
        lines.write_bytes(whole + whole[:cut])
        session = read_session(recorder.folder)
        assert (len(session.steps), session.cut) == (1, True)
    again = ResumedRecorder(recorder.folder)
    assert again.session.cut
    assert lines.read_bytes() != whole  # nothing is written before the run begins
    again.begin(model="m", settings={})
    assert lines.read_bytes() == whole
    again.release()


def test_two_runs_are_never_at_work_on_one_folder(tmp_path: Path) -> None:
    first = Recorder(tmp_path, task="Find a lamp.", model="openai/x", settings={})
    with pytest.raises(ConfigurationError, match=r"another run is at work on the session .*: wait until it has ended"):
        ResumedRecorder(first.folder)
    first.close(outcome="failed", reason="broken", answer=None)
    second = ResumedRecorder(first.folder)
    with pytest.raises(ConfigurationError, match="another run is at work"):
        ResumedRecorder(first.folder)
    second.release()
    ResumedRecorder(first.folder).release()


def test_a_session_with_its_answer_is_not_gone_on_with(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, task="Find a lamp.", model="openai/x", settings={})
    recorder.close(outcome="answered", reason=None, answer=1)
    with pytest.raises(ConfigurationError, match="has its answer already: run its task anew"):
        ResumedRecorder(recorder.folder)


@pytest.mark.parametrize("name", ["session.json", "steps.jsonl", "screenshots"])
def test_nothing_is_written_through_a_link_in_a_strangers_session(tmp_path: Path, name: str) -> None:
    recorder = Recorder(tmp_path / "sessions", task="Find a lamp.", model="openai/x", settings={})
    recorder.close(outcome="failed", reason="broken", answer=None)
    real = recorder.folder / name
    real.rename(tmp_path / "elsewhere")
    real.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigurationError, match="is a link"):
        ResumedRecorder(recorder.folder)


def test_what_stands_where_a_file_is_written_is_replaced_and_never_followed(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.write_text("mine")
    recorder = Recorder(tmp_path / "sessions", task="Find a lamp.", model="openai/x", settings={})
    recorder.close(outcome="failed", reason="broken", answer=None)
    for name in ("session.json.new", "screenshots/0001.png"):
        (recorder.folder / name).symlink_to(mine)
    again = ResumedRecorder(recorder.folder)
    again.begin(model="m", settings={})
    again.step(StepRecord(step=1, started=datetime.now(UTC), seconds=1), png())
    again.close(outcome="answered", reason=None, answer=1)
    assert mine.read_text() == "mine"
    assert read_session(recorder.folder).info.outcome == "answered"
