"""After each step: write it to the session folder."""

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from smolagents.models import ChatMessage

from webagent.browser.page import PageState
from webagent.callbacks.screenshot import Screenshot
from webagent.fence import Fence
from webagent.session.format import MOST_TOKENS, Act, PageRecord, StepRecord, Usage
from webagent.session.recorder import Recorder, as_png
from webagent.text import well_formed

if TYPE_CHECKING:
    from smolagents import CodeAgent
    from smolagents.memory import ActionStep


_LOG = logging.getLogger("webagent")


class RecordedReply(ChatMessage):
    """A reply that no model was asked for in this run: it is from an earlier session."""


class Record:
    """Keeps a `StepRecord` of each finished step, and has it written down.

    Args:
        screenshot: the callback before this one; it knows the page.
        fence: whose marks are written in a form that is the same for each run.
        acts: returns what was done to the page since it was last asked; each has the attributes of an `Act`.

    Attributes:
        steps: the records so far, those of the part before where a run is resumed.
    """

    def __init__(
        self,
        screenshot: Screenshot,
        *,
        fence: Fence | None = None,
        acts: Callable[[], Sequence[object]] = tuple,
    ) -> None:
        self._screenshot, self._acts = screenshot, acts
        self._plain: Callable[[str], str] = fence.plain if fence is not None else str
        self._recorder: Recorder | None = None
        self.steps: list[StepRecord] = []
        self._before = 0

    def begin(self, recorder: Recorder | None, before: Sequence[StepRecord] = ()) -> None:
        """Begin a run that `recorder` writes down; None keeps its records in memory alone.

        Args:
            recorder: writes them down.
            before: steps that were done and written before, where a run is resumed.
        """
        self._recorder = recorder
        self.steps = [*before]
        self._before = len(before)
        self._acts()  # what was done before the run is none of its acts

    @property
    def fresh(self) -> list[StepRecord]:
        """The steps that the model was asked for since `begin`."""
        return [step for step in self.steps[self._before :] if not step.reused]

    def __call__(self, memory_step: "ActionStep", agent: "CodeAgent") -> None:
        """Record this step. A step cut short, by a signal or because the model failed, is no finished step."""
        if self._screenshot.stopped:
            return
        page = self._screenshot.latest
        usage = memory_step.token_usage
        record = StepRecord(
            **page_record(page).model_dump(),
            step=memory_step.step_number,
            started=datetime.fromtimestamp(memory_step.timing.start_time, UTC),
            seconds=round(memory_step.timing.duration or 0.0, 3),
            reply=well_formed(str(getattr(memory_step.model_output_message, "content", None) or "")),
            code=well_formed(memory_step.code_action) if memory_step.code_action is not None else None,
            observation=self._plain(memory_step.observations or ""),
            error=self._plain(str(memory_step.error)) if memory_step.error else None,
            final=memory_step.is_final_answer,
            reused=isinstance(memory_step.model_output_message, RecordedReply),
            acts=[Act.model_validate(act, from_attributes=True) for act in self._acts()],
            usage=Usage(input_tokens=_possible(usage.input_tokens), output_tokens=_possible(usage.output_tokens))
            if usage
            else Usage(),
        )
        if self._recorder is not None:
            try:
                self._recorder.step(record, picture_of(page), unchanged=self._screenshot.unchanged)
            except OSError as error:
                _LOG.warning("webagent: step %s could not be recorded: %s", record.step, error.strerror or error)
        self.steps.append(record)


def _possible(tokens: int | None) -> int:
    """Return tokens as a record may hold them; a server may say anything, and the run goes on."""
    return max(0, min(MOST_TOKENS, tokens or 0))


def picture_of(page: PageState) -> bytes | None:
    """Return the picture of a page as it is kept; None where there is none."""
    return page.png or (as_png(page.picture) if page.picture is not None else None)


def page_record(page: PageState) -> PageRecord:
    """Return what is kept of a page; its picture's file is named by the recorder."""
    return PageRecord(url=page.url, title=page.title, text=page.text, dialog=page.dialog)
