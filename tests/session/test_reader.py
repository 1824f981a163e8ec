"""Session folders read back, the broken ones too."""

import json
import os
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from webagent import ConfigurationError, StepRecord, read_session
from webagent.demo.run import SESSION
from webagent.session.format import Act
from webagent.session.listing import list_sessions
from webagent.session.reader import as_drawn
from webagent.session.recorder import Recorder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    recorder = Recorder(tmp_path, task="Find a lamp.", model="openai/x", settings={})
    for number in (1, 2, 3):
        recorder.step(StepRecord(step=number, started=datetime.now(UTC), seconds=1, reply="Line\u2028one\x85."), None)
    recorder.close(outcome="answered", reason=None, answer="Lamp")
    return recorder.folder


def change(file: Path, before: str, after: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")


def test_what_was_written_is_read(folder: Path) -> None:
    session = read_session(folder)
    assert (session.info.task, session.info.answer, session.cut) == ("Find a lamp.", "Lamp", False)
    assert [step.step for step in session.steps] == [1, 2, 3]
    assert session.steps[0].reply == "Line\u2028one\x85."  # no line ends in JSON lines


def test_a_last_line_that_is_half_written_is_left_out(folder: Path) -> None:
    steps = folder / "steps.jsonl"
    whole = steps.read_bytes()
    for cut in (1, 7, 40):
        steps.write_bytes(whole[:-cut])
        session = read_session(folder)
        assert session.cut
        assert [step.step for step in session.steps] == [1, 2]


def test_a_line_cut_within_a_character_is_left_out_too(folder: Path) -> None:
    steps = folder / "steps.jsonl"
    steps.write_bytes(steps.read_bytes() + '{"step": 4, "reply": "é'.encode()[:-1])
    session = read_session(folder)
    assert session.cut
    assert len(session.steps) == 3


def test_a_session_that_was_killed_has_no_end(folder: Path) -> None:
    info = json.loads((folder / "session.json").read_text())
    (folder / "session.json").write_text(json.dumps({**info, "ended": None, "outcome": None, "answer": None}))
    assert read_session(folder).info.ended is None


def test_a_newer_format_is_refused(folder: Path) -> None:
    change(folder / "session.json", '"format": 1', '"format": 2')
    with pytest.raises(ConfigurationError, match="has format 2, and this webagent reads up to 1: update it"):
        read_session(folder)


def test_a_newer_format_of_another_shape_is_refused_as_well(folder: Path) -> None:
    (folder / "session.json").write_text('{"format": 7, "tasks": ["a", "b"]}')
    with pytest.raises(ConfigurationError, match="has format 7"):
        read_session(folder)


def test_fields_that_a_later_version_adds_are_kept(folder: Path) -> None:
    change(folder / "session.json", '"format": 1', '"format": 1, "weather": "fine"')
    assert read_session(folder).info.model_extra == {"weather": "fine"}


@pytest.mark.parametrize("line", ["no json", "[]", '{"step": "one"}', "", "null"])
def test_a_broken_line_in_the_middle_is_named(folder: Path, line: str) -> None:
    steps = folder / "steps.jsonl"
    first, _, third, _ = steps.read_text().split("\n")
    steps.write_text("\n".join([first, line, third, ""]))
    with pytest.raises(ConfigurationError, match=r"line 2 of .*steps\.jsonl is no step") as caught:
        read_session(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("tokens", ["9" * 4300, "-1"])
def test_tokens_that_cannot_be_are_damage_and_do_not_end_the_list(folder: Path, tokens: str) -> None:
    info, steps = json.loads((folder / "session.json").read_text()), folder / "steps.jsonl"
    (folder / "session.json").write_text(json.dumps(info | {"ended": None, "outcome": None}))
    steps.write_text(re.sub(r'"input_tokens":\d+', f'"input_tokens":{tokens}', steps.read_text()))
    with pytest.raises(ConfigurationError, match=r"line 1 .* is no step \(usage\.input_tokens: ") as caught:
        read_session(folder)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400
    assert [entry.folder for entry in list_sessions(folder.parent)[0]] == [folder]
    change(folder / "session.json", '"input_tokens": 0', f'"input_tokens": {tokens}')
    entries, notes = list_sessions(folder.parent)
    assert (entries, notes[0]) == ([], f"{folder.name} is skipped: its session.json is not valid")


def test_acts_of_the_first_step_after_a_resume_are_on_no_picture(folder: Path) -> None:
    session = read_session(folder)
    session.info.resumed = [datetime(2026, 1, 1, hour, tzinfo=UTC) for hour in (1, 4, 6)]
    for step, hour in zip(session.steps, (2, 3, 5), strict=True):
        step.started = datetime(2026, 1, 1, hour, tzinfo=UTC)
        step.acts = [Act(kind="click", x=1, y=1)]
    assert [len(step.acts) for step in as_drawn(session)] == [1, 1, 0]
    assert [len(step.acts) for step in session.steps] == [1, 1, 1]
    session.info.resumed[0] = datetime.min  # no moment in some time zones
    assert [len(step.acts) for step in as_drawn(session)] == [1, 1, 0]


@pytest.mark.parametrize("missing", ["session.json", "steps.jsonl"])
def test_a_folder_without_a_file_is_no_session(folder: Path, missing: str) -> None:
    (folder / missing).unlink()
    with pytest.raises(ConfigurationError, match=f"is no session folder: it has no {missing}"):
        read_session(folder)


def test_what_is_no_folder_is_no_session(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "gone", tmp_path / "file"):
        with pytest.raises(ConfigurationError, match="session"):
            read_session(folder)


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b"\xff\xfe", b'{"format": "new"}', b"[" * 100_000, b'{"format": 1' + b"0" * 400 + b"}"],
)
def test_a_broken_session_json_is_said_in_one_sentence(folder: Path, content: bytes) -> None:
    (folder / "session.json").write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"damaged|update it") as caught:
        read_session(folder)
    assert "\n" not in str(caught.value)
    assert "pydantic" not in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("name", ["session.json", "steps.jsonl"])
@pytest.mark.parametrize("kind", ["pipe", "device", "link", "folder"])
def test_what_is_no_plain_file_is_neither_waited_for_nor_followed(folder: Path, name: str, kind: str) -> None:
    (folder / name).unlink()
    if kind == "pipe":
        os.mkfifo(folder / name)
    elif kind == "folder":
        (folder / name).mkdir()
    else:
        (folder / name).symlink_to("/dev/zero" if kind == "device" else "/etc/passwd")
    with pytest.raises(ConfigurationError, match=f"{name}: "):
        read_session(folder)
    if name == "session.json":
        entries, notes = list_sessions(folder.parent)
        assert entries == []
        assert any(folder.name in note for note in notes)


def test_the_session_that_ships_is_whole(tmp_path: Path) -> None:
    session = read_session(SESSION)
    assert session.info.outcome == "answered"
    assert len(session.steps) == session.info.steps == 7
    assert not session.cut
    copy = shutil.copytree(SESSION, tmp_path / "copy")
    assert read_session(copy).steps == session.steps
