"""The session format, version 1: what `session.json` and each line of `steps.jsonl` hold."""

import re
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

FORMAT_VERSION = 1
STEPS_LEFT = re.compile(r"\nSteps left: ([0-9]{1,6})\.[^\n]*\Z")
"""The last line of an observation, which `webagent.callbacks.TidyMemory` writes."""


OUT_OF_VIEW = re.compile(r"\nOut of view[^\n]*")
"""The line of an observation that says how far the page can be scrolled: it depends on the machine's fonts."""

MOST_TOKENS = 10**15
"""A stranger's session may hold a number of thousands of digits, of which Python prints no sum."""


class Usage(BaseModel):
    """Tokens as the model's server counted them, pictures included."""

    input_tokens: int = Field(default=0, ge=0, le=MOST_TOKENS)
    output_tokens: int = Field(default=0, ge=0, le=MOST_TOKENS)

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            input_tokens=min(MOST_TOKENS, self.input_tokens + other.input_tokens),
            output_tokens=min(MOST_TOKENS, self.output_tokens + other.output_tokens),
        )


class PageRecord(BaseModel):
    """The page as the agent found it."""

    url: str | None = None
    title: str | None = None
    text: str | None = None
    """The page's normalised visible text (`webagent.text.normalise`)."""
    screenshot: str | None = None
    """Path of the picture, relative to the session folder. An unchanged page names the earlier picture."""
    dialog: str | None = None
    """Text of the JavaScript dialog that stood open."""


class Act(BaseModel):
    """Something done to the page, and where: a box in CSS pixels of the viewport as it was before the act."""

    kind: str
    """What was done: "click", "type", "drag" or "move"; a hover is a move."""
    x: float
    """Left edge of the element, or of the point."""
    y: float
    """Top edge."""
    width: float = 0.0
    """0 for a bare point."""
    height: float = 0.0


class Reused(BaseModel):
    """What a run took from an earlier session instead of asking the model."""

    session: str
    """Name of the session's folder."""
    steps: int = 0
    """Recorded steps that were done again."""
    usage: Usage = Field(default_factory=Usage)
    """Tokens that these steps took when they were recorded."""


class StepRecord(PageRecord):
    """One step: a reply of the model, and what came of it. One line of `steps.jsonl`."""

    step: int
    """1 for the first."""
    started: datetime
    seconds: float
    """From the request to the model to the end of the action."""
    reply: str | None = None
    """The model's reply, whole."""
    code: str | None = None
    """The code found in it."""
    observation: str | None = None
    error: str | None = None
    final: bool = False
    acts: list[Act] = Field(default_factory=list)
    """What was done to the page and where, in order; it is to be drawn on the picture of the step before."""
    reused: bool = False
    """The reply is of an earlier session (`webagent run --reuse`)."""
    usage: Usage = Field(default_factory=Usage)


class SessionInfo(BaseModel):
    """`session.json`: everything about a run but its steps. Written at the start, and anew at the end."""

    model_config = ConfigDict(extra="allow")  # a later version's files stay readable

    format: int = FORMAT_VERSION
    task: str
    url: str | None = None
    images: list[str] = Field(default_factory=list)
    """Task pictures, relative to the session folder."""
    model: str
    settings: dict[str, Any] = Field(default_factory=dict)
    """What the run was told, without secrets."""
    versions: dict[str, str] = Field(default_factory=dict)
    started: datetime
    ended: datetime | None = None
    """None while the run goes on, and where it was killed."""
    resumed: list[datetime] = Field(default_factory=list)
    """When `webagent resume` went on with it."""
    reused: Reused | None = None
    opened: PageRecord | None = None
    """The page opened before the first step."""
    outcome: str | None = None
    reason: str | None = None
    answer: Any = None
    steps: int = 0
    usage: Usage = Field(default_factory=Usage)


def two_numbers(value: Any) -> tuple[int, int] | None:
    """Return a recorded width and height; None where there are none."""
    if not isinstance(value, list | tuple) or len(value) != 2 or not all(type(one) is int and one > 0 for one in value):
        return None
    return value[0], value[1]
