"""How a run ended."""

from dataclasses import dataclass
from typing import Any, Self

from webagent.errors import WebAgentError
from webagent.task import Outcome


@dataclass(frozen=True)
class Ending:
    """How a run ended, with its answer, or with what kept it from one.

    Attributes:
        outcome: why it ended.
        answer: what the model answered.
        reason: one sentence on why there is no answer.
        error: what was raised.
    """

    outcome: Outcome
    answer: Any = None
    reason: str | None = None
    error: BaseException | None = None

    @classmethod
    def by(cls, error: BaseException) -> Self:
        """Return the end of a run in which this was raised."""
        if isinstance(error, KeyboardInterrupt):
            return cls("interrupted", reason="interrupted", error=error)
        said = str(error) if isinstance(error, WebAgentError) else f"{type(error).__name__}: {error}"
        return cls("failed", reason=said, error=error)

    @classmethod
    def by_steps(cls, spent: int) -> Self:
        """Return the end of a run whose steps were spent."""
        steps = "1 step" if spent == 1 else f"{spent} steps"
        said = f"no answer after {steps}: allow more with --max-steps, or ask for less at once"
        return cls("max_steps", reason=said)
