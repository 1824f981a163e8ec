"""What a run is about to do: a task from its beginning, or with steps of an earlier run first, or where one stopped."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from webagent.errors import ConfigurationError
from webagent.session.format import StepRecord
from webagent.session.reader import Session
from webagent.session.restore import task_pictures
from webagent.session.reuse import PlannedStep, plan
from webagent.task import Task, as_task, named_url, web_url


@dataclass
class Job:
    """One run, before it begins.

    Attributes:
        task: what to do.
        url: page to open first, with a scheme.
        pictures: those of the task, loaded.
        reset: begin with a fresh memory.
        max_steps: steps of the whole run, those that are reused not counted.
        named: the user has named `url`: a private host is meant. A session has not, which may be another's.
        session: the session that is resumed.
        reused: the session whose steps are done again first, and
        planned: these steps.
    """

    task: Task
    url: str | None
    pictures: list[Any]
    reset: bool = True
    max_steps: int = 0
    named: bool = True
    session: Session | None = None
    reused: Session | None = None
    planned: Sequence[PlannedStep] = field(default_factory=tuple)

    def __post_init__(self) -> None:
        self.url = web_url(self.url) if self.url else None

    @property
    def before(self) -> list[StepRecord]:
        """The steps that were done before."""
        return self.session.steps if self.session is not None else []

    @property
    def done(self) -> int:
        """The number of the last of them."""
        return self.before[-1].step if self.before else 0

    def reuse(self, session: Session) -> None:
        """Do the steps of `session` again first.

        Raises:
            ConfigurationError: none of them could be done again.
        """
        self.reused, self.planned = session, plan(session)
        if self.url is None and named_url(self.task.text) is None:
            # It comes from a file, which may come from anybody: a private host needs to be named by the user.
            self.url, self.named = _began_at(session), False


def _began_at(session: Session) -> str | None:
    """Return the address of the page that a recorded run began on; None where there was none."""
    info = session.info
    if info.url:
        return web_url(info.url)
    if (told := named_url(info.task)) is not None:
        return told
    with suppress(ConfigurationError):  # a page of the browser's own
        if info.opened is not None and info.opened.url:
            return web_url(info.opened.url)
    return None


def resumed_job(session: Session, max_steps: int | None) -> Job:
    """Return what is left to do of a recorded run.

    Raises:
        ConfigurationError: no step is left, or its task is not whole.
    """
    info = session.info
    job = Job(as_task(info.task, info.url, None), info.url, task_pictures(session), named=False, session=session)
    job.max_steps = steps_allowed(session, max_steps)
    return job


def steps_allowed(session: Session, max_steps: int | None) -> int:
    """Return after how many steps, those that are done included, a run that goes on ends.

    Args:
        session: what was recorded.
        max_steps: what the user wants. None: as recorded, or as many again where these are spent.

    Raises:
        ConfigurationError: they are spent already.
    """
    done = session.steps[-1].step if session.steps else 0
    if max_steps is not None:
        if max_steps <= done:
            raise ConfigurationError(
                f"{done} steps of the session are done already, and --max-steps counts these: give more than {done}"
            )
        return max_steps
    told = session.info.settings.get("max_steps")
    recorded = told if isinstance(told, int) and not isinstance(told, bool) and told > 0 else 20
    return recorded if recorded > done else done + recorded
