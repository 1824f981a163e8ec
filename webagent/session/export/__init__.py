"""A session in other forms: a script, a test, a moving picture, its network, training data. Each format is a file here.

No format takes `cookies.json` along.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # `webagent --help` comes through here
    from webagent.session.reader import Session


class Format(StrEnum):
    """What a session can be exported to."""

    SCRIPT = "script"
    PYTEST = "pytest"
    GIF = "gif"
    HAR = "har"
    JSONL = "jsonl"


_ENDINGS = {Format.SCRIPT: ".py", Format.GIF: ".gif", Format.HAR: ".har", Format.JSONL: ".jsonl"}


@dataclass(frozen=True)
class Exported:
    """What was written."""

    path: Path
    notes: list[str] = field(default_factory=list)
    """Sentences for the user."""


def export(session: "Session", to: Format, path: Path | None = None, *, force: bool = False) -> Exported:
    """Write a session in another form.

    Args:
        session: a recorded run.
        to: which form.
        path: the file to write, or an existing folder for it; for `pytest` a folder of tests, or the test file.
            None: a file in the working directory, named as the session; for `pytest` its folder `tests`.
        force: replace what is there.

    Raises:
        ConfigurationError: the session lacks what the form needs, something is there already, or it cannot be written.
    """
    from webagent.session.export.files import write

    if to is Format.PYTEST:
        from webagent.session.export.regression import export_pytest

        return Exported(*export_pytest(session, path or Path("tests"), force=force))
    name = session.folder.resolve().name + _ENDINGS[to]
    file = Path(name) if path is None else path / name if path.is_dir() else path
    if to is Format.SCRIPT:
        from webagent.session.export.script import script

        text, notes = script(session)
        write(file, text, force=force)
    elif to is Format.GIF:
        from webagent.session.export.gif import export_gif

        notes = export_gif(session, file, force=force)
    elif to is Format.HAR:
        from webagent.session.export.har import export_har

        notes = export_har(session, file, force=force)
    else:
        from webagent.session.export.chat import export_chat

        notes = export_chat(session, file, force=force)
    return Exported(file, notes)
