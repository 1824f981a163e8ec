"""Writes a session folder as the run goes."""

import os
import re
import secrets
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from webagent.errors import ConfigurationError
from webagent.session.format import PageRecord, SessionInfo, StepRecord, Usage
from webagent.text import json_value

if TYPE_CHECKING:
    from PIL.Image import Image

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

    Raises:
        ConfigurationError: the folder cannot be written.
    """

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
            self._screenshot: str | None = None
            self.info = SessionInfo(
                task=task,
                url=url,
                images=[self._save(image, f"image-{i}.png") for i, image in enumerate(images or [], 1)],
                model=model,
                settings=settings,
                versions={name: _version(name) for name in _VERSIONS_OF} | (versions or {}),
                started=started,
            )
            self._write_info()
            self._lines = (self.folder / "steps.jsonl").open("a", encoding="utf-8")
        except OSError as error:
            raise ConfigurationError(
                f"the session folder {folder} cannot be written ({error.strerror}): choose another with --session-dir"
            ) from error

    def opened(self, page: PageRecord, picture: "Image | None") -> None:
        """Record the page that was opened before the first step."""
        page.screenshot = self._picture(0, picture, unchanged=False)
        self.info.opened = page
        self._write_info()

    def step(self, record: StepRecord, picture: "Image | None", *, unchanged: bool = False) -> StepRecord:
        """Record a finished step and return it with its picture's file named.

        Args:
            record: the step.
            picture: what the page showed; None where there is none.
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
        self.info.outcome, self.info.reason, self.info.answer = outcome, reason, json_value(answer)
        try:
            self._write_info()
        finally:
            self._lines.close()

    def _picture(self, number: int, picture: "Image | None", *, unchanged: bool) -> str | None:
        if picture is None:
            return None
        if not unchanged or self._screenshot is None:
            self._screenshot = self._save(picture, f"screenshots/{number:04d}.png")
        return self._screenshot

    def _save(self, picture: "Image", name: str) -> str:
        picture.save(self.folder / name, format="PNG", compress_level=1)
        return name

    def _write_info(self) -> None:
        # Replaced whole: a run that is killed leaves either the old text or the new one.
        draft = self.folder / "session.json.new"
        draft.write_text(self.info.model_dump_json(indent=2) + "\n", encoding="utf-8")
        draft.replace(self.folder / "session.json")


def usage_of(steps: list[StepRecord]) -> Usage:
    """Return the tokens of all these steps together."""
    return sum((step.usage for step in steps), Usage())


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
