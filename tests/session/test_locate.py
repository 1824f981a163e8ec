"""Which session a person means by a word or a path."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from webagent import ConfigurationError
from webagent.session.format import SessionInfo
from webagent.session.locate import find_session

NEW, OLD = "20260304-120000-buy-a-lamp-beef", "20260303-120000-buy-a-chair-cafe"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two sessions and a hidden one; the working directory is another, and empty."""
    made = tmp_path / "sessions"
    for days, name in enumerate((OLD, NEW, ".webagent-record-1-beef")):
        (made / name).mkdir(parents=True)
        started = datetime(2026, 3, 3, 12, tzinfo=UTC) + timedelta(days=days)
        info = SessionInfo(task="t", model="openai/m", started=started)
        (made / name / "session.json").write_text(info.model_dump_json())
    (made / "notes-beef").write_text("a file is no session")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return made


@pytest.mark.parametrize(
    ("named", "found"), [(NEW, NEW), ("20260303", OLD), ("cafe", OLD), ("lamp-beef", NEW), ("beef", NEW), ("last", NEW)]
)
def test_a_name_its_beginning_its_end_and_the_newest(folder: Path, named: str, found: str) -> None:
    assert find_session(named, folder) == folder / found


def test_a_path_of_the_folder_or_of_a_file_in_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_session(str(folder / OLD), folder) == folder / OLD
    assert find_session(str(folder / OLD / "session.json"), folder) == folder / OLD
    assert find_session(str(folder / ".webagent-record-1-beef"), folder).name == ".webagent-record-1-beef"
    monkeypatch.setenv("HOME", str(folder))
    assert find_session(f"~/{OLD}", folder) == folder / OLD


def test_a_whole_name_is_not_half_of_another(folder: Path) -> None:
    (folder / f"{NEW}-more").mkdir()
    assert find_session(NEW, folder) == folder / NEW


def test_a_folder_named_last_is_named_as_a_path(folder: Path) -> None:
    Path("last").mkdir()
    assert find_session("last", folder) == folder / NEW
    assert find_session("./last", folder) == Path("last")


def test_a_folder_may_be_called_as_no_user_is(folder: Path) -> None:
    Path("~nosuchuser").mkdir()
    assert find_session("~nosuchuser", folder) == Path("~nosuchuser").absolute()


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ("2026", "'2026' means 2 of the sessions in .*: give more of the name"),
        ("sofa", "there is no session 'sofa', neither as a folder nor in"),
        (".webagent", "there is no session '.webagent'"),
        ("notes-beef", "there is no session 'notes-beef'"),
        ("~nosuchuser/x", "there is no session '~nosuchuser/x'"),
        ("a\0b", "there is no session 'ab'"),
        ("x" * 5000, "there is no session 'xxx"),
        ("\x1b[31m\nred", r"there is no session '\[31m red'"),
    ],
)
def test_what_means_none_or_several_is_said(folder: Path, named: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        find_session(named, folder)


def test_where_there_are_no_sessions_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there are no sessions in"):
        find_session("last", tmp_path / "none")
    with pytest.raises(ConfigurationError, match="there is no session 'lamp'"):
        find_session("lamp", tmp_path / "none")
