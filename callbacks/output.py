"""After each step, first: what the action printed and returned, in few words and fenced."""

from typing import TYPE_CHECKING

from webagent.fence import Fence
from webagent.text import NOTES_FOLLOW, well_formed

if TYPE_CHECKING:
    from smolagents import CodeAgent
    from smolagents.memory import ActionStep

_LOGS = "Execution logs:\n"
_OUTPUT = "Last output from code snippet:\n"


class TidyOutput:
    """Shortens what smolagents says an action printed and returned. It names an empty output, too.

    To run before what adds to the observation: all that is there by then comes from the action.

    Args:
        fence: puts it between marks, as it may come from a page; None leaves it as it is.
    """

    def __init__(self, fence: Fence | None = None) -> None:
        self._fence = fence

    def __call__(self, memory_step: "ActionStep", agent: "CodeAgent") -> None:
        """Tidy this step's observation."""
        said = well_formed(_shorter(memory_step.observations or ""))
        memory_step.observations = self._fence.around(said) if self._fence is not None else said


def _shorter(observation: str) -> str:
    before, found, output = observation.rpartition(_OUTPUT)
    if not found:
        before, output = observation, "None"
    printed, _, notes = before.removeprefix(_LOGS).partition(NOTES_FOLLOW)
    printed = printed.strip("\n")
    parts = [f"Printed:\n{printed}" if observation.startswith(_LOGS) and printed else printed, notes.strip("\n")]
    if output.strip("\n") != "None":
        parts.append(f"Value: {output}".rstrip("\n"))
    return "\n".join(part for part in parts if part)
