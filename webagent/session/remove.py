"""Session folders removed: never one that a run is writing, never what a link leads to."""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_JUST_BEGUN = 60.0  # seconds in which a folder without steps.jsonl may be one that a run is about to write


class BeingWritten(Exception):
    """A run is writing that session."""


def is_session(folder: Path) -> bool:
    """Return whether `folder` is a folder, not a link to one, that holds a session.json."""
    try:
        return not folder.is_symlink() and folder.is_dir() and (folder / "session.json").is_file()
    except OSError:
        return False


def remove_session(folder: Path) -> None:
    """Remove a session folder with all that is in it; links in it are removed, not followed.

    Raises:
        BeingWritten: a run is writing it.
        OSError: it is no session folder, or cannot be removed.
    """
    if not is_session(folder):
        raise NotADirectoryError(f"{folder} is no session folder")
    with _held(folder):
        shutil.rmtree(folder)


def bytes_of(folder: Path) -> int:
    """Return the size of all files in a folder, in bytes; links count for themselves."""
    total = 0
    for inside, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(inside) / name).lstat().st_size
            except OSError:  # gone meanwhile
                continue
    return total


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Keep runs from beginning to write the session."""
    try:
        lines = os.open(folder / "steps.jsonl", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        if time.time() - folder.stat().st_mtime < _JUST_BEGUN:
            raise BeingWritten from None
        yield
        return
    except OSError:  # a link, or not to be read: no run writes that
        yield
        return
    try:
        try:
            fcntl.flock(lines, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BeingWritten from None
        except OSError:
            pass  # a file system without locks
        yield
    finally:
        os.close(lines)
