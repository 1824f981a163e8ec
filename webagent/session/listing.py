"""The sessions in a folder, as a list: what `webagent sessions` shows."""

import json
import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from webagent.errors import ConfigurationError
from webagent.session.format import SessionInfo
from webagent.session.plain_file import read_plain
from webagent.session.reader import read_session
from webagent.session.recorder import usage_of
from webagent.text import one_line

_GIVEN_BY_US = re.compile(r"\d{8}-\d{6}-.*-[0-9a-f]{4}", re.DOTALL)
_ENDING = 4  # characters at the end of such a name, made by chance


@dataclass(frozen=True)
class Entry:
    """One session folder."""

    folder: Path
    name: str
    """What the commands take for it: how the folder's name ends where no other does, else the whole name."""
    info: SessionInfo
    started: datetime
    """With a time zone, the local one."""
    seconds: float | None
    """From start to end; None where it has not ended, or was killed."""

    def as_dict(self) -> dict[str, Any]:
        """Return what `webagent sessions --json` prints of it, JSON values only."""
        return {
            "name": self.name,
            "folder": str(self.folder),
            "started": self.started.isoformat(timespec="seconds"),
            "task": self.info.task,
            "model": self.info.model,
            "outcome": self.info.outcome,
            "steps": self.info.steps,
            "usage": self.info.usage.model_dump(),
            "seconds": self.seconds,
        }


def list_sessions(folder: Path) -> tuple[list[Entry], list[str]]:
    """Return the sessions in a folder, newest first, and a sentence for each folder in it that cannot be read.

    A folder that does not exist holds none.

    Raises:
        ConfigurationError: the folder is no folder, or may not be read.
    """
    try:
        inside = sorted(one for one in folder.iterdir() if not one.name.startswith(".") and one.is_dir())
    except FileNotFoundError:
        return [], []
    except OSError as error:
        raise ConfigurationError(
            f"the sessions in {folder} cannot be read ({error.strerror}): give another --session-dir"
        ) from None
    entries: list[Entry] = []
    notes: list[str] = []
    for one in inside:
        try:
            entries.append(_entry(one))
        except FileNotFoundError:
            notes.append(f"{one.name} is skipped: it holds no session.json")
        except OSError as error:
            notes.append(f"{one.name} is skipped: its session.json cannot be read ({error.strerror})")
        except RecursionError:
            notes.append(f"{one.name} is skipped: its session.json is not valid")
        except (ValueError, OverflowError) as error:  # pydantic's errors are ValueErrors; dates can be out of range
            kind = "holds a date that is out of range" if isinstance(error, OverflowError) else "is not valid"
            notes.append(f"{one.name} is skipped: its session.json {kind}")
    endings = Counter(entry.folder.name[-_ENDING:] for entry in entries)
    entries = [
        replace(entry, name=entry.folder.name[-_ENDING:])
        if _GIVEN_BY_US.fullmatch(entry.folder.name) and endings[entry.folder.name[-_ENDING:]] == 1
        else entry
        for entry in entries
    ]
    entries.sort(key=lambda entry: entry.started.timestamp(), reverse=True)
    return entries, [one_line(note) for note in notes]


def _entry(folder: Path) -> Entry:
    info = SessionInfo.model_validate(json.loads(read_plain(folder / "session.json")))
    if info.ended is None:  # it was killed, or goes on: how far it got stands in its steps alone
        with suppress(ConfigurationError):
            steps = read_session(folder).steps
            info.steps, info.usage = len(steps), usage_of(steps)
    started = info.started.astimezone()
    started.timestamp()
    seconds = None if info.ended is None else round(info.ended.astimezone().timestamp() - started.timestamp(), 3)
    return Entry(folder, folder.name, info, started, seconds)
