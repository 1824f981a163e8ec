"""The folder of a run that did not come to its answer, opened to be written on."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from webagent.errors import ConfigurationError
from webagent.session.format import PageRecord
from webagent.session.reader import Session, read_session
from webagent.session.recorder import NETWORK, Recorder, open_lines, usage_of
from webagent.settings import Settings


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

    def begin(self, *, model: str, settings: Mapping[str, Any]) -> None:
        """Write down that the run goes on.

        Args:
            model: the model's name from now on.
            settings: what the run is told from now on, without secrets.

        Raises:
            ConfigurationError: the folder cannot be written.
        """
        info, steps = self.info, self.session.steps
        info.resumed.append(datetime.now(UTC))
        info.model, info.settings = model, _of_the_whole(info.settings, settings, begun=bool(steps))
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

    def opened(self, page: PageRecord, picture: bytes | None) -> None:
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


def check_network(session: Session, settings: Settings) -> None:
    """Return if the network can be recorded from now on as the settings say: from where it was, or from the beginning.

    Raises:
        ConfigurationError: it cannot.
    """
    if not (settings.record and settings.record_network):
        return
    har = session.folder / NETWORK
    if not har.is_file():
        if session.steps:  # a replay would miss what they asked for
            raise ConfigurationError(
                f"the steps of the session {session.folder.name} have no record of their network, and one cannot begin "
                "halfway: leave --record-network out, or run the task anew with it"
            )
        return
    from webagent.session.har_reader import read_har

    try:
        read_har(har)
    except ConfigurationError as error:
        raise ConfigurationError(
            f"{har} cannot be read as a HAR, so nothing can be added to it: move it away to go on without the record"
        ) from error


def _of_the_whole(before: Mapping[str, Any], now: Mapping[str, Any], *, begun: bool) -> dict[str, Any]:
    """Return the settings of a session of two parts as a replay needs them, which is one run: the last part's, mostly.

    What the model was told of the first steps stays true of them; and what either part could reach is reached again.
    """
    whole = dict(now)
    names = ("max_steps", "viewport") if begun else ("max_steps",)
    whole |= {name: before[name] for name in names if name in before}
    if begun:
        whole["coordinates"] = before.get("coordinates") or before.get("viewport")
    if begun and before.get("allow_scripts") is True:
        whole["allow_scripts"] = True
    hosts = before.get("allow_host")
    if begun and isinstance(hosts, list):
        whole["allow_host"] = [*hosts, *(host for host in now.get("allow_host", ()) if host not in hosts)]
    return whole


def _unwritable(folder: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"the session {folder} cannot be written ({error.strerror}): give yourself the right to, or copy it"
    )
