"""A folder in the place of another, also where that does not come to its end."""

from pathlib import Path, PosixPath
from typing import Any

import pytest

from webagent.session.swap import swap


class Interrupted(PosixPath):
    """A folder whose renaming is interrupted."""

    def rename(self, target: Any) -> Any:
        raise KeyboardInterrupt


@pytest.fixture
def new(tmp_path: Path) -> Path:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "file").write_text("new")
    return tmp_path / "new"


@pytest.fixture
def old(tmp_path: Path) -> Path:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "file").write_text("old")
    return tmp_path / "old"


def test_one_takes_the_place_and_the_other_is_aside(new: Path, old: Path, tmp_path: Path) -> None:
    swap(new, old, tmp_path / "aside")
    assert ((old / "file").read_text(), (tmp_path / "aside" / "file").read_text()) == ("new", "old")
    assert not new.exists()
    swap(old, tmp_path / "free", tmp_path / "aside-2")
    assert {one.name for one in tmp_path.iterdir()} >= {"free", "aside"}
    assert not (tmp_path / "aside-2").exists()


def test_a_link_gives_way_itself(new: Path, old: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    swap(new, tmp_path / "link", tmp_path / "aside")
    assert (tmp_path / "link" / "file").read_text() == "new"
    assert (tmp_path / "aside").is_symlink()


def test_what_was_there_comes_back(new: Path, old: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        swap(Interrupted(new), old, tmp_path / "aside")
    with pytest.raises(OSError, match="No such file"):
        swap(tmp_path / "none", old, tmp_path / "aside")
    assert (old / "file").read_text() == "old"
    assert not (tmp_path / "aside").exists()
