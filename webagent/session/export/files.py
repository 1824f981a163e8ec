"""The files of an export: read from the session folder alone, written where nothing is yet."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from webagent.errors import ConfigurationError
from webagent.session.format import StepRecord
from webagent.text import one_line

if TYPE_CHECKING:
    from PIL.Image import Image

NEVER = frozenset({"cookies.json"})
"""What no export takes along."""


def inside(folder: Path, name: str | None) -> Path | None:
    """Return the file of a session folder that is named there; None where there is none.

    A name that leads out of the folder, by `..` or by a link, names none: a session may come from somebody else.
    """
    if not name or name in NEVER or "\0" in name:
        return None
    path = folder / name
    try:
        found = path.resolve()
        whole = found.is_relative_to(folder.resolve()) and found.name not in NEVER and path.is_file()
    except (OSError, RuntimeError):
        return None
    return path if whole and not path.is_symlink() else None


def pictures_named(steps: Iterable[StepRecord]) -> list[str]:
    """Return the screenshots of steps, each once, in order."""
    return list(dict.fromkeys(step.screenshot for step in steps if step.screenshot))


def load(path: Path) -> "Image":
    """Return a picture.

    Raises:
        ConfigurationError: it is none.
    """
    from PIL import Image

    try:
        with Image.open(path) as picture:
            return picture.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ConfigurationError(f"the picture {path} cannot be read: {one_line(error, 200)}") from None


def check_free(path: Path, *, force: bool) -> None:
    """Return if `path` may be written.

    Raises:
        ConfigurationError: something is there already.
    """
    if not force and (path.exists() or path.is_symlink()):
        raise ConfigurationError(f"{path} is there already: name another with -o, or replace it with --force")


def write(path: Path, content: bytes | str, *, force: bool) -> None:
    """Write a file, whole or not at all; its folder is made.

    Raises:
        ConfigurationError: it is there already, or cannot be written.
    """
    data = content.encode() if isinstance(content, str) else content
    with written(path):
        check_free(path, force=force)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}.new")
        try:
            with draft.open("xb") as out:
                out.write(data)
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
