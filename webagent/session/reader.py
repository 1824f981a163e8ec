"""Reads session folders back."""

import json
from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from webagent.errors import ConfigurationError
from webagent.session.format import FORMAT_VERSION, SessionInfo, StepRecord
from webagent.session.plain_file import read_plain
from webagent.text import one_line


@dataclass(frozen=True)
class Session:
    """A recorded run."""

    folder: Path
    info: SessionInfo
    steps: list[StepRecord]
    cut: bool = False
    """The last line of steps.jsonl was half written, and left out: the run was killed."""


def read_session(folder: Path) -> Session:
    """Return the session in `folder`.

    Raises:
        ConfigurationError: there is none, or it cannot be read.
    """
    try:
        told = json.loads(read_plain(folder / "session.json"))
        # Asked first: another format's file may look quite different.
        if isinstance(told, dict) and isinstance(told.get("format"), int) and told["format"] > FORMAT_VERSION:
            raise ConfigurationError(
                f"the session in {folder} has format {one_line(told['format'], 20)}, and this webagent reads up to "
                f"{FORMAT_VERSION}: update it"
            )
        info = SessionInfo.model_validate(told)
        lines = read_plain(folder / "steps.jsonl").split(b"\n")
    except FileNotFoundError as error:
        raise ConfigurationError(f"{folder} is no session folder: it has no {Path(error.filename).name}") from error
    except OSError as error:
        name = Path(error.filename).name if error.filename else "a file"
        raise ConfigurationError(
            f"the session in {folder} cannot be read ({name}: {error.strerror}): give another"
        ) from error
    except (ValueError, RecursionError) as error:  # what is no JSON and no UTF-8 is a ValueError, and so is pydantic's
        raise ConfigurationError(
            f"session.json in {folder} is damaged ({what_is_wrong(error)}): give another session, or mend it"
        ) from error
    # A line is whole when a line end follows it.
    whole, rest = lines[:-1], lines[-1]
    steps = []
    for number, line in enumerate(whole, 1):
        try:
            steps.append(StepRecord.model_validate(json.loads(line)))
        except (ValueError, RecursionError) as error:
            raise ConfigurationError(
                f"line {number} of {folder / 'steps.jsonl'} is no step ({what_is_wrong(error)}): give another session, "
                "or take the line out"
            ) from error
    return Session(folder, info, steps, cut=bool(rest))


def as_drawn(session: Session) -> list[StepRecord]:
    """Return the steps with those of their acts that belong on the picture of the step before.

    The first step after a resume acted on a page that was opened anew, and of which there is no picture.
    """
    resumed = sorted(map(_seconds, session.info.resumed))
    before = [bisect_right(resumed, _seconds(step.started)) for step in session.steps]  # resumes before each step
    return [
        step.model_copy(update={"acts": []}) if place and before[place] > before[place - 1] else step
        for place, step in enumerate(session.steps)
    ]


def _seconds(moment: datetime) -> float:
    try:
        return moment.timestamp()
    except (OverflowError, ValueError):  # of a stranger's session
        return 0.0


def what_is_wrong(error: Exception) -> str:
    """Return in a few words why a file could not be understood."""
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        return one_line(f"{where}: {first['msg']}" if where else first["msg"], 120).lower()
    if isinstance(error, RecursionError):
        return "nested too deep"
    return one_line(error, 120)
