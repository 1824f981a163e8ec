"""What is asked (`Task`) and what came of it (`RunResult`)."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from webagent.errors import ConfigurationError
from webagent.session.format import Reused, StepRecord, Usage
from webagent.text import one_line, well_formed

Outcome = Literal["answered", "max_steps", "failed", "interrupted"]
"""Why a run ended: the model answered; its steps were spent; something broke; somebody stopped it."""

Check = Callable[[Any], object]
"""Judges an answer. True, or anything true but a text, accepts it; a text says what is wrong with it and sends the
model back to work, as do False and None."""


# Ends of names that are sites when they stand without a scheme in a sentence. Not md, py, sh, zip: those are files.
_SITES = (
    "com|org|net|edu|gov|info|io|dev|ai|app|shop|eu|uk|fr|de|es|it|nl|be|ch|at|se|no|dk|fi|pl|pt|us|ca|au|nz|jp|in|br"
)
_NAMED = re.compile(
    rf"""https?://[^\s<>"'`]+
       | (?<![\w@./-]) (?: (?:[a-z0-9-]+\.)+ (?:{_SITES}) | localhost:\d+ | \d+(?:\.\d+){{3}}:\d+ )
         (?![\w@-]|\.\w) (?:/[^\s<>"'`]*)?""",
    re.IGNORECASE | re.VERBOSE,
)


def named_url(text: str) -> str | None:
    """Return the one url that a task's text names, None if it names none or several.

    `example.com/men` counts as well as `https://example.com/men`; a file's name and a mail address do not.
    """
    found = {match.group().rstrip(".,;:!?)]}") for match in _NAMED.finditer(text)}
    if len(found) != 1:
        return None
    try:
        return web_url(found.pop())
    except ConfigurationError:
        return None


def web_url(url: str) -> str:
    """Return `url` with a scheme: https where it has none, http for this machine and for bare addresses.

    Raises:
        ConfigurationError: it is no address of a page.
    """
    url = url.strip()
    if not re.match(r"[a-z][a-z0-9+.-]*:(?!\d)", url, re.IGNORECASE):
        local = re.match(r"(localhost|\d+(\.\d+){3}|\[[0-9a-f:]+\])(:\d+)?(/|$)", url, re.IGNORECASE)
        url = f"{'http' if local else 'https'}://{url}"
    wrong = f"{one_line(url, 120)!r} is no address of a page: write it like https://example.com/page"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ConfigurationError(wrong) from error
    if parts.scheme.lower() == "about" and parts.path == "blank":
        return url
    if parts.scheme.lower() not in {"http", "https"} or not host or re.search(r"[\s\x00-\x1f\ud800-\udfff]", url):
        raise ConfigurationError(wrong)
    return url


class Task(BaseModel):
    """One thing to do on the web.

    The command, batches and evaluations all run tasks; a custom task is a `Task` with tools and checks of its own.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    text: str
    """What to do, in words."""
    url: str | None = None
    """Page opened before the first step. Without it, the one url that `text` names, if it names exactly one."""
    images: list[Any] = Field(default_factory=list)
    """Pictures (PIL images, or paths of picture files) given once, with the task."""
    tools: list[Any] = Field(default_factory=list)
    """smolagents tools this task needs beside the browsing ones. They run in this process, never in the worker."""
    checks: list[Check] = Field(default_factory=list)
    """Each is called with an answer before it is accepted."""

    @field_validator("text")
    @classmethod
    def _not_empty(cls, text: str) -> str:
        if not text.strip():
            raise ValueError("the task is empty: say in words what to do")
        return well_formed(text.strip())


class RecordedTask(Task):
    """A task from a session, which may be a stranger's: its url opens no private host, unless the settings allow it."""

    @classmethod
    def of(cls, task: Task) -> Self:
        """Return such a task like `task`."""
        return cls.model_construct(**dict(task))


class RunResult(BaseModel):
    """What came of a run."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    answer: Any = None
    """What the model passed to `final_answer`; None where it did not get there."""
    outcome: Outcome
    reason: str | None = None
    """One sentence on why there is no answer; None where there is one."""
    error: Exception | None = Field(default=None, exclude=True)
    """The `WebAgentError` behind `reason`, where there is one; its `exit_code` is 2 for configuration, else 1."""
    steps: list[StepRecord] = Field(default_factory=list)
    usage: Usage = Field(default_factory=Usage)
    seconds: float = 0.0
    """Wall-clock seconds from the call of `run` to its return."""
    session: Path | None = None
    """The session folder; None where nothing was recorded."""
    reused: Reused | None = None
    """What was taken from an earlier session; None where that was not asked for."""


def as_task(task: str | Task, url: str | None, images: Sequence[Any] | None) -> Task:
    """Return what is asked as a `Task`; `url` and `images` come before those that a `Task` has.

    Raises:
        ConfigurationError: it is no task, an empty one for example.
    """
    if isinstance(task, Task):
        changes = {name: value for name, value in (("url", url), ("images", images)) if value is not None}
        return task.model_copy(update=changes)
    try:
        return Task(text=task, url=url, images=list(images or []))
    except ValidationError as error:
        raise ConfigurationError(str(error.errors()[0]["msg"]).removeprefix("Value error, ")) from error


def as_final_answer_check(check: Check) -> Callable[..., bool]:
    """Return `check` as smolagents calls those of final answers."""

    def final_answer_check(answer: Any, memory: Any, agent: Any) -> bool:
        verdict = check(answer)
        if isinstance(verdict, str) or not verdict:
            raise ValueError(verdict or "this answer is not accepted")
        return True

    final_answer_check.__name__ = getattr(check, "__name__", "of the answer")
    return final_answer_check
