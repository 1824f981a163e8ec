"""What a run that goes on remembers: a session's steps as smolagents has them in memory."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from smolagents.memory import ActionStep
from smolagents.monitoring import AgentLogger, LogLevel, Timing
from smolagents.utils import AgentExecutionError

from webagent.callbacks.memory import kept_reply
from webagent.errors import ConfigurationError
from webagent.fence import Fence
from webagent.pictures import load_picture
from webagent.session import named
from webagent.session.format import PageRecord, StepRecord
from webagent.session.named import NotUsable
from webagent.session.reader import Session
from webagent.text import one_line

if TYPE_CHECKING:
    from PIL.Image import Image

_PICTURE = re.compile(r"(screenshots/[0-9]{4,9}|image-[0-9]{1,4})\.png")
_SILENT = AgentLogger(level=LogLevel.OFF)


def remembered(session: Session, *, keep_screenshots: int, fence: Fence) -> list[ActionStep]:
    """Return the page that was opened first and the steps of a session, as the agent that did them had them in memory.

    Args:
        session: what was recorded.
        keep_screenshots: how many of the latest pictures are attached.
        fence: its marks are put in place of the recorded ones.
    """
    steps = [_opened(session.info.opened, session, fence)] if session.info.opened else []
    steps += [_remembered(step, fence) for step in session.steps]
    shown = [session.info.opened, *session.steps] if session.info.opened else [*session.steps]
    fresh: list[tuple[ActionStep, str | None]] = []
    before = None
    for step, record in zip(steps, shown, strict=True):
        if record.screenshot != before:
            fresh.append((step, record.screenshot))
        before = record.screenshot or before
    for step, name in reversed(fresh):  # unpacked, the pictures of a long run may be more than memory holds
        if keep_screenshots and (picture := _screenshot(session.folder, name)) is not None:
            step.observations_images = [picture]
            keep_screenshots -= 1
    return steps


def task_pictures(session: Session) -> "list[Image]":
    """Return the pictures that were given with the task.

    Raises:
        ConfigurationError: one of them is gone, or is no picture that was recorded.
    """
    pictures = []
    for name in session.info.images:
        try:
            if not _PICTURE.fullmatch(name):
                raise NotUsable("has no name of one")
            pictures.append(load_picture(named.load_picture(session.folder, name)))
        except NotUsable as error:
            raise ConfigurationError(
                f"{one_line(name, 80)} of the session {one_line(session.folder.name)}, a picture of its task, {error}"
            ) from error
    return pictures


def _opened(page: PageRecord, session: Session, fence: Fence) -> ActionStep:
    shown = one_line(f"{one_line(page.title, 100) or 'no title'}, {one_line(page.url, 300)}", 500)
    steps = f"\nSteps left: {told}." if isinstance(told := session.info.settings.get("max_steps"), int) else ""
    return ActionStep(step_number=0, timing=Timing(0.0, 0.0), observations=f"Page: {fence.around(shown)}{steps}")


def _remembered(step: StepRecord, fence: Fence) -> ActionStep:
    return ActionStep(
        step_number=step.step,
        timing=Timing(0.0, step.seconds),
        model_output=kept_reply(step.reply or ""),
        code_action=step.code,
        observations=fence.marked(step.observation or ""),
        error=AgentExecutionError(fence.marked(step.error), _SILENT) if step.error else None,
    )


def _screenshot(folder: Path, name: str | None) -> "Image | None":
    """Return a recorded picture; None where there is none, or half of one, for the run was killed."""
    if not name or not _PICTURE.fullmatch(name):
        return None
    try:
        return named.load_picture(folder, name)
    except NotUsable:
        return None
