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


def write(folder: Path, name: str, **values: Any) -> None:
    info = SessionInfo(**{"task": f"task {name}", "model": "openai/m", "started": DAY} | values)
    (folder / name).mkdir()
    (folder / name / "session.json").write_text(info.model_dump_json())


def test_newest_first(tmp_path: Path) -> None:
    write(tmp_path, "a", started=DAY)
    write(tmp_path, "b", started=DAY + datetime.timedelta(days=1), ended=DAY + datetime.timedelta(days=1, seconds=90))
    write(tmp_path, "c", started=DAY.replace(tzinfo=None) - datetime.timedelta(days=3))
    entries, notes = list_sessions(tmp_path)
    assert [entry.folder.name for entry in entries] == ["b", "a", "c"]
    assert [entry.seconds for entry in entries] == [90.0, None, None]
    assert notes == []


def test_unreadable_folders_are_noted(tmp_path: Path) -> None:
    write(tmp_path, "good")
    (tmp_path / "empty").mkdir()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "a file").write_text("")
    bad = {
        "broken": "{",
        "wrong": '{"task": 1}',
        "bytes": "\udcff",
        "early": json.dumps({"task": "t", "model": "m", "started": "0001-01-01T00:00:00+14:00"}),
    }
    for name, text in bad.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "session.json").write_bytes(text.encode(errors="surrogateescape"))
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "session.json").mkdir()
    entries, notes = list_sessions(tmp_path)
    assert [entry.folder.name for entry in entries] == ["good"]
    assert sorted(note.split()[0] for note in notes) == ["broken", "bytes", "early", "empty", "folder", "wrong"]
    assert all(" is skipped: " in note for note in notes)


def test_no_folder_and_no_sessions(tmp_path: Path) -> None:
    assert list_sessions(tmp_path) == ([], [])
    assert list_sessions(tmp_path / "none") == ([], [])


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match="--session-dir"):
        list_sessions(tmp_path / "file")


def test_a_later_versions_session_is_listed(tmp_path: Path) -> None:
    write(tmp_path, "later", format=2, something_new=3)
    assert len(list_sessions(tmp_path)[0]) == 1


def test_as_dict_is_json(tmp_path: Path) -> None:
    write(tmp_path, "a", outcome="answered", steps=3, usage=Usage(input_tokens=5, output_tokens=6))
    entry = list_sessions(tmp_path)[0][0]
    shown = json.loads(json.dumps(entry.as_dict()))
    assert shown["folder"] == str(tmp_path / "a")
    assert datetime.datetime.fromisoformat(shown["started"]) == DAY
    assert (shown["outcome"], shown["steps"], shown["usage"]["output_tokens"]) == ("answered", 3, 6)


def test_table(tmp_path: Path) -> None:
    write(tmp_path, "a", task="buy [red]milk[/red]\x1b[31m\nnow", outcome="answered", steps=3, usage=Usage(input_tokens=5))
    write(tmp_path, "b", task="x" * 500)
    lines = draw(list_sessions(tmp_path)[0], io.StringIO()).splitlines()
    assert len(lines) == 3
    assert lines[0].split() == ["When", "Task", "Model", "Outcome", "Steps", "Tokens", "Time"]
    row = next(line for line in lines if "milk" in line)
    assert "buy [red]milk[/red][31m now" in row
    assert row.split()[-4:] == ["openai/m", "answered", "3", "5+0"]
    assert "\x1b" not in "".join(lines)
    assert "unfinished" in next(line for line in lines if "xxx" in line)
    assert max(map(len, lines)) <= 160
