"""The folder of a run that did not come to its answer, opened to be written on."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from webagent.errors import ConfigurationError
from webagent.session.format import PageRecord
from webagent.session.reader import Session, read_session
from webagent.session.recorder import Recorder, open_lines, usage_of

if TYPE_CHECKING:
    from PIL.Image import Image


class ResumedRecorder(Recorder):
    """Goes on with a recorded run, in its folder. Nothing is written before `begin`.

    Args:
        folder: the session's folder.

    Attributes:
        session: what it held. Where `session.cut`, `begin` removes the half-written line at its end.

    Raises:
        ConfigurationError: there is no session, another run is at work on it, it has its answer, or it cannot be
            written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.expanduser().resolve()
        check_resumable(read_session(self.folder))
        # A session may come from somebody else, and what it links to is not a part of it.
        for name in ("session.json", "steps.jsonl", "screenshots"):
            if (self.folder / name).is_symlink():
                raise ConfigurationError(f"{self.folder / name} is a link: put what it links to in its place")
        try:
            self._lines = open_lines(self.folder)
        except OSError as error:
            raise _unwritable(self.folder, error) from error
        try:
            self.session = check_resumable(read_session(self.folder))  # as it is now that nobody else writes it
        except BaseException:
            self.release()
            raise
        self.info = self.session.info

    def begin(self) -> None:
        """Write down that the run goes on.

        Raises:
            ConfigurationError: the folder cannot be written.
        """
        info, steps = self.info, self.session.steps
        info.resumed.append(datetime.now(UTC))
        info.ended = info.outcome = info.reason = info.answer = None
        info.steps, info.usage = (steps[-1].step if steps else 0), usage_of(steps)
        try:
            (self.folder / "screenshots").mkdir(exist_ok=True)
            if self.session.cut:
                whole = (self.folder / "steps.jsonl").read_bytes().rfind(b"\n") + 1
                os.ftruncate(self._lines.fileno(), whole)
            self._write_info()
        except OSError as error:
            raise _unwritable(self.folder, error) from error

    def opened(self, page: PageRecord, picture: "Image | None") -> None:
        """Record the page that was opened first, if the run had not come to its first step."""
        if not self.session.steps:
            super().opened(page, picture)


def check_resumable(session: Session) -> Session:
    """Return the session if there is something left to do in it.

    Raises:
        ConfigurationError: it has its answer.
    """
    if session.info.outcome == "answered":
        raise ConfigurationError(
            f"the session {session.folder.name} has its answer already: run its task anew to have it done again"
        )
    return session


def _unwritable(folder: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"the session {folder} cannot be written ({error.strerror}): give yourself the right to, or copy it"
    )
