"""A folder put in the place of another, so that a kill in between loses neither."""

from pathlib import Path


def swap(new: Path, old: Path, aside: Path) -> None:
    """Put `new` in the place of `old`, and what was there at `aside`; all on one file system.

    Where that does not come to its end, `old` is what it was.

    Args:
        new: takes the place.
        old: the place; a folder, a file, a link, or nothing yet.
        aside: free.

    Raises:
        OSError: it cannot be done.
    """
    there = old.exists() or old.is_symlink()
    try:
        if there:
            old.rename(aside)
        new.rename(old)
    except BaseException:
        if there and not (old.exists() or old.is_symlink()):
            aside.rename(old)
        raise
