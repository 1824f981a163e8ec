"""Files that may be given to pages: those in the folders that the user named for it."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from webagent.browser.reach import Refused


def names_a_path(text: str) -> bool:
    """Return whether a file input that is sent `text` could take a file: only full paths, one a line, name files."""
    return any(Path(line.strip()).is_absolute() for line in text.split("\n"))


def resolve_files(text: str, folders: Sequence[Path]) -> str:
    """Return the keys that give a file input the files that `text` names, one a line, links followed.

    Args:
        text: the paths, one a line; those that are not full ones are looked for in each of the folders.
        folders: where files may be, links followed.

    Raises:
        Refused: one is not there, no file, or not in any of the folders: which of these is not said.
    """
    if not folders:
        raise Refused(
            "Files of this machine cannot be given to pages; the user may name folders for it (--upload-dir)."
        )
    lines = [line for line in map(str.strip, text.split("\n")) if line]
    if not lines:
        raise Refused("A file input takes the path of a file.")
    return "\n".join(_resolve(line, folders) for line in lines)


def _resolve(line: str, folders: Sequence[Path]) -> str:
    for path in _candidates(line, folders):
        try:
            real = path.resolve(strict=True)
            inside = any(real.is_relative_to(folder.resolve(strict=True)) for folder in folders)
            # A line break in a name would be the end of it.
            if inside and real.is_file() and "\n" not in str(real) and str(real) == str(real).strip():
                return str(real)
        except (OSError, ValueError, RuntimeError):
            continue
    raise Refused("There is no such file in the folders whose files may be given to pages (--upload-dir).")


def _candidates(line: str, folders: Sequence[Path]) -> Iterable[Path]:
    return [Path(line)] if Path(line).is_absolute() else [folder / line for folder in folders]
