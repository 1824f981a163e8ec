"""The list of sessions, from folders written here."""

import datetime
import io
import json
from pathlib import Path
from typing import Any

import pytest

from webagent.errors import ConfigurationError
from webagent.session.format import SessionInfo, Usage
from webagent.session.listing import list_sessions
from webagent.session.table import draw

DAY = datetime.datetime(2026, 3, 4, 12, 0, tzinfo=datetime.UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for sessions, with none in it."""
    made = tmp_path / "sessions"
    made.mkdir()
    return made


def write(folder: Path, name: str, **values: Any) -> None:
    given: dict[str, Any] = {"task": f"task {name}", "model": "openai/m", "started": DAY}
    info = SessionInfo(**given | values)
    (folder / name).mkdir()
    (folder / name / "session.json").write_text(info.model_dump_json())


def test_newest_first(folder: Path) -> None:
    write(folder, "a", started=DAY)
    write(folder, "b", started=DAY + datetime.timedelta(days=1), ended=DAY + datetime.timedelta(days=1, seconds=90))
    write(folder, "c", started=DAY.replace(tzinfo=None) - datetime.timedelta(days=3))
    entries, notes = list_sessions(folder)
    assert [entry.folder.name for entry in entries] == ["b", "a", "c"]
    assert [entry.seconds for entry in entries] == [90.0, None, None]
    assert notes == []


def test_unreadable_folders_are_noted(folder: Path) -> None:
    write(folder, "good")
    (folder / "empty").mkdir()
    (folder / ".hidden").mkdir()
    (folder / "a file").write_text("")
    bad = {
        "broken": "{",
        "wrong": '{"task": 1}',
        "bytes": "\udcff",
        "early": json.dumps({"task": "t", "model": "m", "started": "0001-01-01T00:00:00+14:00"}),
    }
    for name, text in bad.items():
        (folder / name).mkdir()
        (folder / name / "session.json").write_bytes(text.encode(errors="surrogateescape"))
    (folder / "folder").mkdir()
    (folder / "folder" / "session.json").mkdir()
    entries, notes = list_sessions(folder)
    assert [entry.folder.name for entry in entries] == ["good"]
    assert sorted(note.split()[0] for note in notes) == ["broken", "bytes", "early", "empty", "folder", "wrong"]
    assert all(" is skipped: " in note for note in notes)


def test_no_folder_and_no_sessions(folder: Path) -> None:
    assert list_sessions(folder) == ([], [])
    assert list_sessions(folder / "none") == ([], [])


def test_a_file_is_no_folder(folder: Path) -> None:
    (folder / "file").write_text("")
    with pytest.raises(ConfigurationError, match="--session-dir"):
        list_sessions(folder / "file")


def test_a_later_versions_session_is_listed(folder: Path) -> None:
    write(folder, "later", format=2, something_new=3)
    assert len(list_sessions(folder)[0]) == 1


def test_as_dict_is_json(folder: Path) -> None:
    write(folder, "a", outcome="answered", steps=3, usage=Usage(input_tokens=5, output_tokens=6))
    entry = list_sessions(folder)[0][0]
    shown = json.loads(json.dumps(entry.as_dict()))
    assert shown["folder"] == str(folder / "a")
    assert datetime.datetime.fromisoformat(shown["started"]) == DAY
    assert (shown["outcome"], shown["steps"], shown["usage"]["output_tokens"]) == ("answered", 3, 6)


def test_table(folder: Path) -> None:
    write(
        folder, "a", task="buy [red]milk[/red]\x1b[31m\nnow", outcome="answered", steps=3, usage=Usage(input_tokens=5)
    )
    write(folder, "b", task="x" * 500)
    lines = draw(list_sessions(folder)[0], io.StringIO()).splitlines()
    assert len(lines) == 3
    assert lines[0].split() == ["Name", "When", "Task", "Model", "Outcome", "Steps", "Tokens", "Time"]
    row = next(line for line in lines if "milk" in line)
    assert "buy [red]milk[/red][31m now" in row
    assert row.split()[-4:] == ["openai/m", "answered", "3", "5+0"]
    assert "\x1b" not in "".join(lines)
    assert "unfinished" in next(line for line in lines if "xxx" in line)
    assert max(map(len, lines)) <= 160
