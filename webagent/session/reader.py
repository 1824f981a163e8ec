"""Reads session folders back."""

import json
from dataclasses import dataclass
from pathlib import Path

from webagent.errors import ConfigurationError
from webagent.session.format import FORMAT_VERSION, SessionInfo, StepRecord
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
        told = json.loads((folder / "session.json").read_bytes())
        # Asked first: another format's file may look quite different.
        if isinstance(told, dict) and isinstance(told.get("format"), int) and told["format"] > FORMAT_VERSION:
            raise ConfigurationError(
                f"the session in {folder} has format {told['format']}, and this webagent reads up to {FORMAT_VERSION}: "
                "update it"
            )
        info = SessionInfo.model_validate(told)
        lines = (folder / "steps.jsonl").read_bytes().split(b"\n")
    except FileNotFoundError as error:
        raise ConfigurationError(f"{folder} is no session folder: it has no {Path(error.filename).name}") from error
    except (OSError, ValueError) as error:  # what is no JSON and no UTF-8 is a ValueError, and so is pydantic's
        raise ConfigurationError(f"the session in {folder} cannot be read: {one_line(error)}") from error
    # A line is whole when a line end follows it.
    whole, rest = lines[:-1], lines[-1]
    steps = []
    for number, line in enumerate(whole, 1):
        try:
            steps.append(StepRecord.model_validate(json.loads(line)))
        except ValueError as error:
            raise ConfigurationError(
                f"line {number} of {folder / 'steps.jsonl'} is no step: {one_line(error)}"
            ) from error
    return Session(folder, info, steps, cut=bool(rest))
