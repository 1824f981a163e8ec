"""Old sessions removed: by hand, by age, by size."""

import fcntl
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from webagent.cli import start
from webagent.session.format import SessionInfo
from webagent.session.prune import prune
from webagent.session.remove import BeingWritten, bytes_of, remove_session

NOW = datetime.now(UTC)


def write(folder: Path, name: str, *, days: float, kilobytes: int = 0, ended: bool = True) -> Path:
    """Write a session that ended so many days ago; it began 100 days before, if it has an end."""
    made = folder / name
    (made / "screenshots").mkdir(parents=True)
    end = NOW - timedelta(days=days)
    started = end - timedelta(days=100) if ended else end
    info = SessionInfo(task=name, model="m", started=started, ended=end if ended else None)
    (made / "session.json").write_text(info.model_dump_json())
    (made / "steps.jsonl").write_text("")
    (made / "screenshots" / "0001.png").write_bytes(b"x" * kilobytes * 1000)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Sessions of 5, 3 and 1 days of age, and what is no session."""
    made = tmp_path / "sessions"
    write(made, "c-old", days=5, kilobytes=600)
    write(made, "a-middle", days=3, kilobytes=600, ended=False)
    write(made, "b-new", days=1, kilobytes=600)
    (made / "notes").mkdir()
    (made / "notes" / "mine.txt").write_text("mine")
    (made / "file").write_text("mine")
    write(tmp_path, "elsewhere", days=900)
    (made / "link").symlink_to(tmp_path / "elsewhere")
    return made


def names(folder: Path) -> set[str]:
    return {one.name for one in folder.iterdir()} - {"notes", "file", "link"}


@pytest.mark.parametrize(
    ("max_days", "max_mb", "left"),
    [
        (None, None, {"c-old", "a-middle", "b-new"}),
        (6, None, {"c-old", "a-middle", "b-new"}),
        (4, None, {"a-middle", "b-new"}),
        (2.5, 5, {"b-new"}),
        (0.5, None, set()),
        (None, 2, {"c-old", "a-middle", "b-new"}),
        (None, 1, {"b-new"}),
        (4, 1, {"b-new"}),
    ],
)
def test_by_age_of_the_end_and_by_size_the_oldest_first(
    folder: Path, max_days: float | None, max_mb: int | None, left: set[str]
) -> None:
    removed = prune(folder, max_days=max_days, max_mb=max_mb)
    assert names(folder) == left
    assert {one.name for one in removed} == {"c-old", "a-middle", "b-new"} - left
    assert (folder / "notes" / "mine.txt").is_file()
    assert (folder / "link" / "session.json").is_file()


def test_what_is_kept_or_written_or_damaged_stays(folder: Path) -> None:
    (folder / "damaged").mkdir()
    (folder / "damaged" / "session.json").write_text("{")
    with (folder / "c-old" / "steps.jsonl").open() as lines:
        fcntl.flock(lines, fcntl.LOCK_EX)
        removed = prune(folder, max_days=0.1, max_mb=1, keep=[folder / "a-middle"])
        assert [one.name for one in removed] == ["b-new"]
        with pytest.raises(BeingWritten):
            remove_session(folder / "c-old")
    assert names(folder) == {"c-old", "a-middle", "damaged"}
    assert [one.name for one in prune(folder, max_days=0.1, max_mb=None)] == ["c-old", "a-middle"]


def test_a_session_that_is_just_being_made_stays(folder: Path) -> None:
    (folder / "c-old" / "steps.jsonl").unlink()
    with pytest.raises(BeingWritten):
        remove_session(folder / "c-old")
    os.utime(folder / "c-old", (1, 1))
    remove_session(folder / "c-old")
    assert names(folder) == {"a-middle", "b-new"}


def test_links_in_a_session_are_not_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "file").write_bytes(b"x" * 5_000_000)
    (folder / "c-old" / "screenshots" / "up").symlink_to(tmp_path / "precious")
    (folder / "c-old" / "big").symlink_to(tmp_path / "precious" / "file")
    assert bytes_of(folder / "c-old") < 1_000_000
    remove_session(folder / "c-old")
    assert (tmp_path / "precious" / "file").is_file()
    with pytest.raises(NotADirectoryError):
        remove_session(folder / "link")


def test_no_folder_is_pruned_quietly(tmp_path: Path) -> None:
    assert prune(tmp_path / "none", max_days=1, max_mb=1) == []
    (tmp_path / "file").write_text("")
    assert prune(tmp_path / "file", max_days=1, max_mb=1) == []


# The command


def rm(folder: Path, *args: str) -> int:
    return start(["sessions", "rm", *args, "--session-dir", str(folder)])


def test_named_sessions_are_removed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert rm(folder, "c-old", "a-mid", "--yes") == 0
    assert capsys.readouterr().out == f"{folder / 'c-old'}\n{folder / 'a-middle'}\n"
    assert names(folder) == {"b-new"}
    assert start(["sessions", "--session-dir", str(folder), "rm", "last", "--yes"]) == 0
    assert names(folder) == set()


def test_old_ones_or_all_are_removed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert rm(folder, "--older-than", "2.5", "-y") == 0
    assert names(folder) == {"b-new"}
    assert rm(folder, "--older-than", "2.5", "-y") == 0
    assert "there are no such sessions" in capsys.readouterr().err
    assert rm(folder, "--all", "-y") == 0
    assert names(folder) == set()
    assert (folder / "notes" / "mine.txt").is_file()
    assert (folder / "link" / "session.json").is_file()


def test_one_that_is_being_written_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (folder / "c-old" / "steps.jsonl").open() as lines:
        fcntl.flock(lines, fcntl.LOCK_EX)
        assert rm(folder, "--all", "-y") == 1
    assert "c-old is being written by a run, and stays" in capsys.readouterr().err
    assert names(folder) == {"c-old"}


@pytest.mark.parametrize(
    ("args", "says"),
    [
        ([], "what to remove is not clear"),
        (["--all", "--older-than", "3"], "what to remove is not clear"),
        (["c-old", "--all"], "what to remove is not clear"),
        (["none", "-y"], "there is no session 'none'"),
        (["notes", "-y"], "is no session folder, or a link to one, and is not removed"),
        (["link", "-y"], "is no session folder, or a link to one, and is not removed"),
        (["c-old", "nowhere", "-y"], "there is no session 'nowhere'"),
        (["--older-than", "many", "-y"], "give a number of days"),
        (["--older-than", "nan", "-y"], "give a number of days"),
        (["--older-than=-1", "-y"], "give a number of days"),
        (["c-old"], "1 session would be removed, and nobody is there to ask: add --yes"),
    ],
)
def test_what_is_not_removed_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str], args: list[str], says: str
) -> None:
    assert rm(folder, *args) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert says in err
    assert err.count("\n") == 1
    assert names(folder) == {"c-old", "a-middle", "b-new"}


def test_a_folder_elsewhere_must_be_a_session_in_full(folder: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "session.json").write_text(json.dumps({"windows": []}))
    (project / "work.txt").write_text("mine")
    assert rm(folder, str(project), "-y") == 2
    assert (project / "work.txt").is_file()
    assert rm(folder, str(tmp_path / "elsewhere"), "-y") == 0
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(("says", "gone"), [(b"y\n", True), (b"n\n", False), (b"\n", False), (b"\x04", False)])
def test_a_person_at_a_terminal_is_asked(folder: Path, says: bytes, gone: bool) -> None:
    ours, theirs = os.openpty()
    os.write(ours, says)
    done = subprocess.run(
        [sys.executable, "-m", "webagent", "sessions", "rm", "c-old", "--session-dir", str(folder)],
        stdin=theirs, stderr=theirs, stdout=subprocess.PIPE, timeout=60, check=False,
    )  # fmt: skip
    os.close(theirs)
    shown = os.read(ours, 10_000)
    os.close(ours)
    assert b"Remove 1 session?" in shown
    assert b"Traceback" not in shown
    assert done.returncode == (0 if gone else 1)
    assert (folder / "c-old").exists() is not gone


def test_the_list_stays_as_it_was(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert start(["sessions", "--session-dir", str(folder), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 4
    assert start(["sessions", "typo"]) == 2
    assert capsys.readouterr().err == "webagent: No such command 'typo': see \"webagent sessions --help\"\n"
    assert start(["sessions", "--json", "rm", "--all"]) == 2
