"""The steps of an earlier session done again before the model is asked."""

import ast
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from smolagents.models import ChatMessage, MessageRole, Model
from smolagents.monitoring import TokenUsage

from webagent.callbacks.record import RecordedReply
from webagent.errors import ConfigurationError
from webagent.session.format import PageRecord, Reused, StepRecord, Usage
from webagent.session.reader import Session
from webagent.text import one_line

HOW_IT_BEGAN = (
    "The first of your steps are repeated from an earlier run of such a task, as long as the pages are as they were "
    "then. Their thoughts are of that time: believe the observations and the picture, and answer from these alone."
)
"""Told to the model of a run that begins with steps of an earlier one."""

_BEFORE_ANSWER = "Thought: I do this before I answer.\n<code>\n{}\n</code>"
_BLANK = {"", "about:blank", "data:,"}


@dataclass(frozen=True)
class PlannedStep:
    """A recorded step that can be done again."""

    page: PageRecord | None
    """What was open before it; None where nothing was."""
    reply: str
    usage: Usage
    """What it took when it was recorded."""


def plan(session: Session) -> list[PlannedStep]:
    """Return the steps of a session that are worth doing again.

    Steps that failed are left out. Of the step that answered, what it did before it answered is kept, if it did
    anything: what it answered may be wrong by now.

    Raises:
        ConfigurationError: there are none.
    """
    pages = [session.info.opened, *session.steps]
    planned = []
    for page, step in zip(pages, session.steps, strict=False):
        reply = step.reply
        if step.final:
            acts = acts_before_answer(step.code or "")
            reply = _BEFORE_ANSWER.format(acts) if acts else None
        if reply and reply.strip() and step.code and step.code.strip() and step.error is None:
            planned.append(PlannedStep(page, reply, Usage() if step.final else step.usage))
    if not planned:
        raise ConfigurationError(
            f"the session {session.folder.name} holds no step that could be done again: give another to --reuse"
        )
    return planned


class ReuseModel(Model):
    """Gives recorded replies while the pages are as they were recorded, and asks a model from then on.

    Args:
        session: what was recorded.
        planned: what is done again of it.
        model: the model.
        so_far: returns the page as it is now, which is the latest step's record once there is one.
        gives: called before each recorded reply: its step does not count.
    """

    def __init__(
        self,
        session: Session,
        planned: Sequence[PlannedStep],
        model: Model,
        so_far: Callable[[], PageRecord],
        gives: Callable[[], None],
    ) -> None:
        super().__init__(model_id=getattr(model, "model_id", None))
        self._name, self._plan, self._model, self._so_far = session.folder.name, planned, model, so_far
        self._gives = gives
        self._given = 0
        self._over = False

    def generate(self, messages: list[ChatMessage], *args: Any, **kwargs: Any) -> ChatMessage:
        """Return the next recorded reply; the model's where there is none, or none that fits."""
        now = self._so_far()
        if not self._over and self._given < len(self._plan):
            step = self._plan[self._given]
            if not (isinstance(now, StepRecord) and now.error) and same_page(step.page, now):
                self._given += 1
                self._gives()
                return RecordedReply(role=MessageRole.ASSISTANT, content=step.reply, token_usage=TokenUsage(0, 0))
        self._over = True
        return self._model.generate(messages, *args, **kwargs)

    def reused(self, steps: list[StepRecord]) -> Reused:
        """Return what was saved, where these are the steps of the run.

        A step that failed this time saved nothing.
        """
        done = [
            planned
            for planned, step in zip(self._plan, (step for step in steps if step.reused), strict=False)
            if step.error is None
        ]
        return Reused(session=self._name, steps=len(done), usage=sum((step.usage for step in done), Usage()))


def same_page(recorded: PageRecord | None, now: PageRecord) -> bool:
    """Return whether a page is the recorded one: scheme, host, path, fragment, names in the query, title and dialog."""
    then = recorded or PageRecord()
    if _is_blank(then) or _is_blank(now):
        return _is_blank(then) and _is_blank(now)
    titles = one_line(then.title or "") == one_line(now.title or "")
    return titles and then.dialog == now.dialog and _pattern(then.url) == _pattern(now.url)


def acts_before_answer(code: str) -> str | None:
    """Return the statements of a step's code that come before its `final_answer`; None where they only compute.

    A `final_answer` inside of another statement takes that statement with it.
    """
    try:
        before = []
        for statement in ast.parse(code).body:
            if "final_answer" in _calls(statement):
                break
            before.append(statement)
        if not any(_calls(statement) - {"print"} for statement in before):
            return None
        return "\n".join(ast.unparse(statement) for statement in before)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _calls(statement: ast.stmt) -> set[str]:
    """Return the names of what a statement calls."""
    calls = (node.func for node in ast.walk(statement) if isinstance(node, ast.Call))
    return {re.sub(r"^.*\.", "", ast.unparse(function), flags=re.DOTALL) for function in calls}


def _is_blank(page: PageRecord) -> bool:
    return page.dialog is None and (page.url or "") in _BLANK


def _pattern(url: str | None) -> tuple[str, str, str, str, list[str]]:
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return "", "", url or "", "", []
    names = sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True)})
    return parts.scheme, parts.netloc.lower(), parts.path, parts.fragment, names
