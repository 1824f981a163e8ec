"""What is asked (`Task`) and what came of it (`RunResult`)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from webagent.session.format import StepRecord, Usage

Outcome = Literal["answered", "max_steps", "failed", "interrupted"]
"""Why a run ended: the model answered; its steps were spent; something broke; somebody stopped it."""

Check = Callable[[Any], bool | str | None]
"""Judges an answer. True or None accepts it; False or a sentence sends the model back to work, with the sentence."""


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
        return text.strip()


class RunResult(BaseModel):
    """What came of a run."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    answer: Any = None
    """What the model passed to `final_answer`; None where it did not get there."""
    outcome: Outcome
    reason: str | None = None
    """One sentence on why there is no answer; None where there is one."""
    error: Exception | None = Field(default=None, exclude=True)
    """The `WebAgentError` behind `reason`, where there is one: its `exit_code` tells configuration (2) from task (1)."""
    steps: list[StepRecord] = Field(default_factory=list)
    usage: Usage = Field(default_factory=Usage)
    seconds: float = 0.0
    """Wall-clock seconds from the call of `run` to its return."""
    session: Path | None = None
    """The session folder; None where nothing was recorded."""
