"""The files of an export: read from the session folder alone, written where nothing is yet."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from webagent.errors import ConfigurationError
from webagent.session.format import StepRecord
from webagent.session.named import NotUsable, load_picture, open_named, read_picture
from webagent.text import one_line

if TYPE_CHECKING:
    from PIL.Image import Image

NEVER = frozenset({"cookies.json"})
"""What no export takes along."""
HOLDS_BODIES = "{} holds what was sent and received, passwords that were typed included: look before you pass it on"
"""Said of a network that leaves the session folder."""


def inside(folder: Path, name: str | None) -> Path | None:
    """Return the file of a session folder that is named there; None where there is none, see `open_named`."""
    if not name or PurePosixPath(name).name in NEVER:
        return None
    try:
        with open_named(folder, name):
            return folder / name
    except NotUsable:
        return None


def has_picture(folder: Path, name: str | None) -> bool:
    """Return whether a session folder holds the picture that is named there."""
    try:
        return bool(name and read_picture(folder, name))
    except NotUsable:
        return False


def pictures_named(steps: Iterable[StepRecord]) -> list[str]:
    """Return the screenshots of steps, each once, in order."""
    return list(dict.fromkeys(step.screenshot for step in steps if step.screenshot))


def load(folder: Path, name: str) -> "Image":
    """Return a picture of a session folder.

    Raises:
        ConfigurationError: it is none.
    """
    try:
        return load_picture(folder, name)
    except NotUsable as error:
        raise ConfigurationError(f"the picture {one_line(folder / name)} {error}") from None


def check_free(path: Path, *, force: bool) -> None:
    """Return if `path` may be written.

    Raises:
        ConfigurationError: something is there already.
    """
    if not force and (path.exists() or path.is_symlink()):
        raise ConfigurationError(f"{path} is there already: name another with -o, or replace it with --force")


def write(path: Path, content: bytes | str, *, force: bool, private: bool = False) -> None:
    """Write a file, whole or not at all; its folder is made.

    Args:
        path: where.
        content: what.
        force: replace what is there.
        private: only the user may read it.

    Raises:
        ConfigurationError: it is there already, or cannot be written.
    """
    data = content.encode() if isinstance(content, str) else content
    with written(path):
        check_free(path, force=force)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}.new")
        try:
            draft.touch(0o600 if private else 0o666, exist_ok=False)
            draft.write_bytes(data)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)


class written:  # noqa: N801 - stands behind `with`
    """Says in a sentence that something could not be written: `with written(path): ...`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        """Raise a ConfigurationError in place of an OSError."""
        if isinstance(error, OSError | shutil.Error):
            why = getattr(error, "strerror", None) or one_line(error, 200)
            raise ConfigurationError(f"{self._path} cannot be written ({why}): name another with -o") from None
