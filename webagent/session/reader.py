"""Reads session folders back."""

import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

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
        info = SessionInfo.model_validate_json((folder / "session.json").read_text(encoding="utf-8"))
        lines = (folder / "steps.jsonl").read_text(encoding="utf-8").split("\n")
    except FileNotFoundError as error:
        raise ConfigurationError(f"{folder} is no session folder: it has no {Path(error.filename).name}") from error
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise ConfigurationError(f"the session in {folder} cannot be read: {one_line(error)}") from error
    if info.format > FORMAT_VERSION:
        raise ConfigurationError(
            f"the session in {folder} has format {info.format}, and this webagent reads up to {FORMAT_VERSION}: update it"
        )
    # A line is whole when a line end follows it.
    whole, rest = lines[:-1], lines[-1]
    steps = []
    for number, line in enumerate(whole, 1):
        try:
            steps.append(StepRecord.model_validate(json.loads(line)))
        except (ValueError, ValidationError) as error:
            raise ConfigurationError(
                f"line {number} of {folder / 'steps.jsonl'} is no step: {one_line(error)}"
            ) from error
    return Session(folder, info, steps, cut=bool(rest))
