"""After each step: keep the memory, which is sent anew with every request, small."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from smolagents.memory import ActionStep
from smolagents.utils import AgentParsingError, truncate_content

from webagent.fence import Fence
from webagent.text import well_formed

if TYPE_CHECKING:
    from smolagents import CodeAgent

# Characters that are kept of what would be sent again with every request.
_MOST_OF_REPLY = 20_000
_MOST_OF_ERROR = 4_000
_NO_CODE = "There was no code in your reply. Write a short thought, then one block: <code> ... </code>"

_OF_THE_PAGE = ("Marks", "Text")
"""How lines begin that tell of the page as it is; page text follows, between marks."""

_CUT_OFF = f"Your reply was too long and was cut off before its end. Be shorter. {_NO_CODE}"


class TidyMemory:
    """Shortens what smolagents remembers of a step, drops old pictures, and says how many steps are left.

    smolagents keeps the code twice: in the reply, and as a tool call.

    Args:
        keep_screenshots: how many of the latest pictures stay in memory.
        at_most: pictures that may be in memory before it is cut down to those; None: as many. What is taken out of a
            prompt has all that follows computed anew, by a model that keeps what it has computed: it is done seldom.
        fence: put around the errors of actions, which may quote a page; None leaves them as they are.
    """

    def __init__(self, keep_screenshots: int = 1, *, at_most: int | None = None, fence: Fence | None = None) -> None:
        self._keep, self._at_most, self._fence = keep_screenshots, at_most, fence

    def __call__(self, memory_step: ActionStep, agent: "CodeAgent") -> None:
        """Tidy this step and those before it."""
        memory_step.tool_calls = None
        memory_step.model_input_messages = None  # each step would hold every request before it, pictures and all
        memory_step.observations = well_formed(memory_step.observations or "")
        # A message without text is refused by some servers, and one that is no UTF-8 cannot be sent.
        reply = memory_step.model_output
        if isinstance(reply, str):
            memory_step.model_output = kept_reply(reply)
        if memory_step.code_action is not None and not memory_step.code_action.strip():
            memory_step.observations = "\n".join([_no_code(memory_step), *filter(None, [memory_step.observations])])
        if (error := memory_step.error) is not None:
            message = _no_code(memory_step) if isinstance(error, AgentParsingError) else well_formed(error.message)
            error.message = truncate_content(message, _MOST_OF_ERROR)
            if self._fence is not None and not isinstance(error, AgentParsingError):
                error.message = self._fence.around(error.message)
            error.args = (error.message,)
        if not memory_step.is_final_answer:
            left = agent.max_steps - memory_step.step_number
            last = " Give your final_answer in it." if left == 1 else ""
            memory_step.observations += f"\nSteps left: {left}.{last}"
        if self._fence is not None:
            self._drop_outdated(memory_step, agent.memory.steps, self._fence)
        drop_pictures([*agent.memory.steps, memory_step], self._keep, self._at_most)

    def _drop_outdated(self, now: ActionStep, steps: Sequence[object], fence: Fence) -> None:
        """Take out of earlier steps what this one tells anew of the page: its marks, its text."""
        for what in _OF_THE_PAGE:
            told = re.compile(rf"^{what}: <{re.escape(fence.name)}>.*?</{re.escape(fence.name)}>$", re.DOTALL | re.M)
            if not told.search(now.observations or ""):
                continue
            for step in steps:
                if isinstance(step, ActionStep) and step is not now and step.observations:
                    step.observations = told.sub(f"{what}: of the page as it was then.", step.observations)


def _no_code(step: ActionStep) -> str:
    """Return what to say of a reply without code; a server may have cut it off before there was any."""
    raw = getattr(step.model_output_message, "raw", None)
    if isinstance(raw, dict):  # of a model in this process
        return _CUT_OFF if raw.get("finish_reason") == "length" else _NO_CODE
    choices = getattr(raw, "choices", None) or [None]
    return _CUT_OFF if getattr(choices[0], "finish_reason", None) == "length" else _NO_CODE


def kept_reply(reply: str) -> str | None:
    """Return a reply as it is kept in memory; None where it is empty."""
    return truncate_content(well_formed(reply), _MOST_OF_REPLY) if reply.strip() else None


def drop_pictures(steps: Sequence[object], keep: int, at_most: int | None = None) -> None:
    """Take the pictures out of these steps of a memory, but for the last `keep` that have any; 1 or more.

    Args:
        steps: of the memory.
        keep: how many stay.
        at_most: how many there may be before any is taken out; None: `keep`.
    """
    with_pictures = [step for step in steps if isinstance(step, ActionStep) and step.observations_images]
    if at_most is not None and len(with_pictures) <= at_most:
        return
    for step in with_pictures[:-keep]:
        step.observations_images = None
