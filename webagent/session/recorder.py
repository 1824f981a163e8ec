"""Writes a session folder as the run goes."""

import fcntl
import os
import re
import secrets
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from webagent.errors import ConfigurationError
from webagent.session.format import PageRecord, SessionInfo, StepRecord, Usage
from webagent.text import json_value, well_formed

if TYPE_CHECKING:
    from PIL.Image import Image

NETWORK = "network.har"
"""The file in a session folder that holds what pages asked for and got."""

DOWNLOADS = "downloads"
"""The folder in a session folder for what pages had the browser download."""

_VERSIONS_OF = ("webagent", "smolagents", "helium", "selenium")


class Recorder:
    """The folder of one run, private to its owner, with every finished step on disk as soon as it is finished.

    Args:
        folder: where session folders are kept; made if missing.
        task: what was asked.
        model: the model's name.
        settings: what the run was told, without secrets.
        url: the page asked for.
        images: task pictures.
        versions: versions beside those of the packages.

    Attributes:
        folder: the folder of this run.
        info: what its session.json says.

    Raises:
        ConfigurationError: the folder cannot be written.
    """

    folder: Path
    info: SessionInfo
    _lines: TextIO
    _screenshot: str | None = None

    def __init__(
        self,
        folder: Path,
        *,
        task: str,
        model: str,
        settings: dict[str, Any],
        url: str | None = None,
        images: "list[Image] | None" = None,
        versions: dict[str, str] | None = None,
    ) -> None:
        started = datetime.now(UTC)
        words = re.sub(r"[^a-z0-9]+", "-", task.lower()).strip("-")[:40].strip("-")
        name = f"{started:%Y%m%d-%H%M%S}-{words or 'task'}-{secrets.token_hex(2)}"
        self.folder = folder.expanduser().resolve() / name
        try:
            self.folder.mkdir(mode=0o700, parents=True)
            (self.folder / "screenshots").mkdir()
            self._lines = open_lines(self.folder)
            try:
                self.info = SessionInfo(
                    task=task,
                    url=url,
                    images=[self._save(as_png(image), f"image-{i}.png") for i, image in enumerate(images or [], 1)],
                    model=model,
                    settings=settings,
                    versions=versions_now(versions),
                    started=started,
                )
                self._write_info()  # last: where there is a session.json, the rest is there
            except BaseException:
                self.release()
                raise
        except OSError as error:
            raise ConfigurationError(
                f"the session folder {folder} cannot be written ({error.strerror}): choose another with --session-dir"
            ) from error

    def opened(self, page: PageRecord, picture: bytes | None) -> None:
        """Record the page that was opened before the first step."""
        page.screenshot = self._picture(0, picture, unchanged=False)
        self.info.opened = page
        self._write_info()

    def step(self, record: StepRecord, picture: bytes | None, *, unchanged: bool = False) -> StepRecord:
        """Record a finished step and return it with its picture's file named.

        Args:
            record: the step.
            picture: what the page showed, as a PNG; None where there is none.
            unchanged: the page shows what it showed before; the earlier picture is named again.
        """
        record.screenshot = self._picture(record.step, picture, unchanged=unchanged)
        self._lines.write(record.model_dump_json() + "\n")
        self._lines.flush()
        os.fsync(self._lines.fileno())
        self.info.steps = record.step
        self.info.usage += record.usage
        return record

    def close(self, *, outcome: str, reason: str | None, answer: Any) -> None:
        """Record how the run ended.

        Raises:
            OSError: it cannot be written any more.
        """
        self.info.ended = datetime.now(UTC)
        self.info.outcome, self.info.answer = outcome, json_value(answer)
        self.info.reason = None if reason is None else well_formed(reason)  # it may quote a page
        try:
            self._write_info()
        finally:
            self.release()

    def release(self) -> None:
        """Let go of the folder without recording an end. May be called twice."""
        self._lines.close()

    def _picture(self, number: int, picture: bytes | None, *, unchanged: bool) -> str | None:
        if picture is None:
            return None
        if not unchanged or self._screenshot is None:
            self._screenshot = self._save(picture, f"screenshots/{number:04d}.png")
        return self._screenshot

    def _save(self, picture: bytes, name: str) -> str:
        file = self.folder / name
        file.unlink(missing_ok=True)  # of a step in which a run was killed; or a link, which would be followed
        try:
            file.write_bytes(picture)
        except OSError:  # the disk is full; half a picture is none
            with suppress(OSError):
                file.unlink()
            raise
        return name

    def _write_info(self) -> None:
        write_whole(self.folder / "session.json", self.info.model_dump_json(indent=2) + "\n")


def as_png(picture: "Image") -> bytes:
    """Return a picture encoded, quickly rather than small."""
    written = BytesIO()
    picture.save(written, format="PNG", compress_level=1)
    return written.getvalue()


def open_lines(folder: Path) -> TextIO:
    """Return the open steps.jsonl of a folder, to be added to by nobody else as long as it is open.

    Raises:
        ConfigurationError: another run writes it.
        OSError: it cannot be written.
    """
    file = os.open(folder / "steps.jsonl", os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    lines = os.fdopen(file, "a", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lines.close()
        raise ConfigurationError(
            f"another run is at work on the session {folder}: wait until it has ended, or stop it"
        ) from None
    except OSError:
        pass  # a file system without locks
    return lines


def write_whole(file: Path, text: str) -> None:
    """Replace the text of a file, for its owner's eyes only; who is killed here leaves the old text or the new one.

    Raises:
        OSError: it cannot be written.
    """
    draft = file.with_name(file.name + ".new")
    draft.unlink(missing_ok=True)
    with open(draft, "x", encoding="utf-8", opener=lambda path, flags: os.open(path, flags, 0o600)) as out:
        out.write(text)
    draft.replace(file)


def usage_of(steps: list[StepRecord]) -> Usage:
    """Return the tokens of all these steps together."""
    return sum((step.usage for step in steps), Usage())


def versions_now(others: dict[str, str] | None = None) -> dict[str, str]:
    """Return the versions of the packages that matter to a run, and `others` beside them."""
    return {name: _version(name) for name in _VERSIONS_OF} | (others or {})


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
