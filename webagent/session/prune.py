"""Old sessions removed, by age and by size."""

import time
from collections.abc import Collection
from pathlib import Path

from webagent.errors import ConfigurationError
from webagent.session.listing import Entry, list_sessions
from webagent.session.remove import BeingWritten, bytes_of, is_session, remove_session

_DAY = 86_400
_MB = 1_000_000


def prune(folder: Path, *, max_days: float | None, max_mb: int | None, keep: Collection[Path] = ()) -> list[Path]:
    """Remove sessions that are too old, then the oldest until the rest is small enough; return what was removed.

    A session that a run is writing stays, as does what cannot be removed or read. What is no session is left alone.

    Args:
        folder: where sessions are kept.
        max_days: age in days since the end of a session (of one without an end: since its start); None: any.
        max_mb: megabytes (of 1,000,000 bytes) that all of them together may have; None: any.
        keep: sessions that stay in any case.
    """
    if max_days is None and max_mb is None:
        return []
    left = oldest_first(folder)
    kept = {one.resolve() for one in keep}
    removed: list[Path] = []

    def take(entry: Entry) -> bool:
        if entry.folder.resolve() in kept:
            return False
        try:
            remove_session(entry.folder)
        except (BeingWritten, OSError):
            return False
        removed.append(entry.folder)
        return True

    if max_days is not None:
        before = time.time() - max_days * _DAY
        left = [entry for entry in left if not (last_used(entry) < before and take(entry))]
    if max_mb is not None:
        sizes = {entry.folder: bytes_of(entry.folder) for entry in left}
        total = sum(sizes.values())
        for entry in left:
            if total <= max_mb * _MB:
                break
            if take(entry):
                total -= sizes[entry.folder]
    return removed


def oldest_first(folder: Path) -> list[Entry]:
    """Return the sessions in a folder that can be read, the one that ended longest ago first."""
    try:
        entries, _ = list_sessions(folder)
    except ConfigurationError:
        return []
    return sorted((entry for entry in entries if is_session(entry.folder)), key=last_used)


def last_used(entry: Entry) -> float:
    """Return when a session ended, or else began, in seconds since 1970."""
    return entry.started.timestamp() + (entry.seconds or 0.0)
