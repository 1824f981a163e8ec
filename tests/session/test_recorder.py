"""What a session folder holds while a run goes on, and afterwards."""

import json
import os
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pictures import png
from PIL import Image

from webagent import ConfigurationError, StepRecord, Usage, read_session
from webagent.session.format import PageRecord
from webagent.session.recorder import Recorder, usage_of


def recorder(folder: Path, **how: Any) -> Recorder:
    return Recorder(folder, **{"task": "Find a lamp.", "model": "openai/x", "settings": {"max_steps": 3}, **how})


def step(number: int, **what: Any) -> StepRecord:
    usage = Usage(input_tokens=10, output_tokens=number)
    return StepRecord(step=number, started=datetime.now(UTC), seconds=1.5, reply="Thought.", usage=usage, **what)


def picture(colour: str = "red") -> Image.Image:
    return Image.new("RGB", (8, 6), colour)


def test_a_folder_belongs_to_its_owner_alone_whatever_the_umask_says(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        one = recorder(tmp_path / "a" / "b")
    finally:
        os.umask(before)
    assert stat.S_IMODE(one.folder.stat().st_mode) == 0o700
    assert one.folder.parent == tmp_path / "a" / "b"
    one.close(outcome="answered", reason=None, answer=1)


def test_every_finished_step_is_on_disk_while_the_run_goes_on(tmp_path: Path) -> None:
    one = recorder(tmp_path)
    assert read_session(one.folder).info.task == "Find a lamp."
    one.opened(PageRecord(url="https://a/"), png())
    for number in (1, 2):
        one.step(step(number), png("blue"))
        session = read_session(one.folder)
        assert [line.step for line in session.steps] == list(range(1, number + 1))
        assert (one.folder / str(session.steps[-1].screenshot)).is_file()
    assert session.info.opened == PageRecord(url="https://a/", screenshot="screenshots/0000.png")
    assert (session.info.ended, session.info.outcome) == (None, None)
    one.close(outcome="answered", reason=None, answer={"price": 42})
    info = read_session(one.folder).info
    assert (info.outcome, info.answer, info.steps, info.usage.model_dump()) == (
        "answered", {"price": 42}, 2, {"input_tokens": 20, "output_tokens": 3},
    )  # fmt: skip
    assert info.ended is not None
    assert info.ended >= info.started


def test_a_page_that_did_not_change_names_the_earlier_picture(tmp_path: Path) -> None:
    one = recorder(tmp_path)
    named = [
        one.step(step(1), png()).screenshot,
        one.step(step(2), png(), unchanged=True).screenshot,
        one.step(step(3), None).screenshot,
        one.step(step(4), png(), unchanged=True).screenshot,
        one.step(step(5), png("blue")).screenshot,
    ]
    first, last = "screenshots/0001.png", "screenshots/0005.png"
    assert named == [first, first, None, first, last]
    assert sorted(file.name for file in (one.folder / "screenshots").iterdir()) == ["0001.png", "0005.png"]
    one.close(outcome="max_steps", reason="spent", answer=None)


def test_pictures_of_the_task_are_kept(tmp_path: Path) -> None:
    one = recorder(tmp_path, images=[picture(), picture("blue")])
    assert one.info.images == ["image-1.png", "image-2.png"]
    with Image.open(one.folder / "image-2.png") as kept:
        assert kept.convert("RGB").getpixel((0, 0)) == (0, 0, 255)
    one.close(outcome="answered", reason=None, answer=1)


@pytest.mark.parametrize(
    ("task", "words"),
    [("Find a LAMP, please!", "find-a-lamp-please"), ("ランプ", "task"), ("../../etc", "etc"), ("x" * 90, "x" * 40)],
)
def test_a_folder_is_named_by_time_and_words_and_no_two_are_alike(tmp_path: Path, task: str, words: str) -> None:
    both = [recorder(tmp_path, task=task) for _ in range(2)]
    for one in both:
        assert one.folder.parent == tmp_path
        assert one.folder.name[15:-5] == f"-{words}"
        one.close(outcome="answered", reason=None, answer=1)
    assert both[0].folder != both[1].folder


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", Path("/proc/webagent")):
        with pytest.raises(ConfigurationError, match=r"cannot be written .*--session-dir"):
            recorder(folder)


def test_an_answer_of_any_kind_is_kept_as_json(tmp_path: Path) -> None:
    one = recorder(tmp_path)
    answer = {"list": (1, 2.5, None, True), 3: {4}, "picture": picture(), "half": "\ud83d", "\ude00": float("nan")}
    one.close(outcome="answered", reason=None, answer=answer)
    kept = json.loads((one.folder / "session.json").read_text())["answer"]
    assert kept["list"] == [1, 2.5, None, True]
    assert (kept["3"], kept["half"], kept["\ufffd"]) == ([4], "\ufffd", "nan")
    assert "PIL" in kept["picture"]


def test_half_a_character_in_the_reason_does_not_lose_the_end(tmp_path: Path) -> None:
    recording = recorder(tmp_path)
    recording.close(outcome="failed", reason="no '\ud83d'", answer=None)
    assert read_session(recording.folder).info.reason == "no '\ufffd'"


def test_session_json_is_never_half_written(tmp_path: Path) -> None:
    one = recorder(tmp_path)
    one.close(outcome="answered", reason=None, answer="x")
    assert sorted(file.name for file in one.folder.iterdir()) == ["screenshots", "session.json", "steps.jsonl"]


def test_usage_adds_up() -> None:
    assert usage_of([]) == Usage()
    assert usage_of([step(1), step(2)]) == Usage(input_tokens=20, output_tokens=3)
