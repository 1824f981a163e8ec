"""`--to pytest`: a copy of the session, and a test that replays it.

`-o tests` (the default) makes `tests/test_NAME.py` and `tests/sessions/NAME`, NAME being made of the task's words;
`-o tests/test_sale.py` names them.
"""

import keyword
import re
import tempfile
from contextlib import suppress
from pathlib import Path

from webagent.errors import ConfigurationError
from webagent.session.export.files import HOLDS_BODIES, check_free, inside, pictures_named, write, written
from webagent.session.export.har import whole_har
from webagent.session.export.script import literal
from webagent.session.named import NotUsable, open_named, read_picture
from webagent.session.reader import Session
from webagent.session.recorder import NETWORK
from webagent.session.remove import is_session
from webagent.session.swap import swap
from webagent.text import one_line, well_formed

_FILES = ("session.json", "steps.jsonl", "replay.toml")
_ROOTS = ("pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")
_TEST = '''"""Replays a recorded session of webagent: the same steps, without a model."""

import pytest


# {task}
@pytest.mark.webagent_session({session})
def test_{name}(replay):
    assert replay.ok, str(replay)
'''


def export_pytest(session: Session, path: Path, *, force: bool) -> tuple[Path, list[str]]:
    """Write the test and copy the session; return the test's path and what a person should know of it.

    Args:
        session: what is replayed.
        path: folder of tests, or the test file.
        force: replace what is there.

    Raises:
        ConfigurationError: the session has no replies, something is there already, or cannot be written.
    """
    if not any(step.reply for step in session.steps):
        raise ConfigurationError("the session holds no replies of a model: there is nothing to replay in a test")
    if path.suffix == ".py":
        test, name = path, slug(path.stem.removeprefix("test_"))
    else:
        name = name_of(session)
        test = path / f"test_{name}.py"
    copy = test.parent / "sessions" / name.replace("_", "-")
    check_free(test, force=force)
    check_free(copy, force=force)
    if session.folder.resolve().is_relative_to(copy.resolve()):
        raise ConfigurationError(f"the session is {copy} itself: name another test with -o")
    if copy.is_dir() and not copy.is_symlink() and not is_session(copy):
        raise ConfigurationError(f"{copy} is there and is no session, so it is not replaced: name another test with -o")
    with written(copy):
        network = _copy(session, copy)
    text = _TEST.format(task=_comment(session.info.task), session=literal(_from_rootdir(copy)), name=name)
    write(test, text, force=force)
    notes = []
    if network:
        notes.append(HOLDS_BODIES.format(f"{copy.name}/{NETWORK}"))
    else:
        notes.append(
            f"the session holds no {NETWORK}, so the test goes to the live web: "
            "record the task again with --record-network for one that needs no network"
        )
    if session.info.outcome != "answered":
        notes.append(f"the session has no answer ({one_line(session.info.outcome or 'unfinished', 40)})")
    return test, notes


def name_of(session: Session) -> str:
    """Return the session's name without date and number, as Python names things."""
    folder = session.folder.resolve().name
    found = re.fullmatch(r"\d{8}-\d{6}-(.+)-[0-9a-f]{4}", folder)
    return slug(found[1] if found else folder)


def slug(name: str) -> str:
    """Return a name of a to z, 0 to 9 and _ alone."""
    words = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:60].strip("_") or "session"
    return f"{words}_" if keyword.iskeyword(words) else words


def _copy(session: Session, copy: Path) -> bool:
    """Copy a session, in the place of what is there; return whether its network went along."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    # Hidden and beside it: when it is whole it takes the place at once.
    with tempfile.TemporaryDirectory(prefix=".webagent-export-", dir=copy.parent) as beside:
        new = Path(beside) / "new"
        new.mkdir(0o700)
        for name in _FILES:
            if inside(session.folder, name) is not None:
                with open_named(session.folder, name) as file:
                    data = file.read()
                _put(new / name, data[: data.rfind(b"\n") + 1] if name == "steps.jsonl" and session.cut else data)
        network = whole_har(session)
        if network is not None:
            _put(new / NETWORK, network)
        opened = [session.info.opened.screenshot] if session.info.opened and session.info.opened.screenshot else []
        for name in dict.fromkeys([*session.info.images, *opened, *pictures_named(session.steps)]):
            with suppress(NotUsable):
                _put(new / name, read_picture(session.folder, name))
        swap(new, copy, Path(beside) / "old")
    return network is not None


def _put(file: Path, data: bytes) -> None:
    """Write a file that the user alone may read, as those of a session."""
    file.parent.mkdir(0o700, parents=True, exist_ok=True)
    file.touch(0o600)
    file.write_bytes(data)


def _from_rootdir(copy: Path) -> str:
    """Return the path from pytest's rootdir on; the whole path where none is seen."""
    whole = copy.resolve()
    marked = (one for one in whole.parents if any((one / name).is_file() for name in _ROOTS))
    root = next(marked, Path.cwd())
    return whole.relative_to(root).as_posix() if whole.is_relative_to(root) else str(whole)


def _comment(text: str) -> str:
    return "".join(one if one.isprintable() else " " for one in well_formed(one_line(text, 110))) or "A task."
