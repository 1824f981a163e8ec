"""A recorded session through the real agent again."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from smolagents.models import ChatMessage, MessageRole, Model
from smolagents.monitoring import TokenUsage

from webagent.errors import SessionExhausted
from webagent.session.format import StepRecord
from webagent.session.reader import Session
from webagent.text import one_line

_ALL = 1 << 30  # no limit that a page's text could reach


class ReplayModel(Model):
    """Gives the replies of a recorded session, in order. Runs out loudly.

    Args:
        session: what was recorded.

    Attributes:
        given: how many replies have been given.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(model_id=f"recorded {session.info.model}")
        self._session = session
        self._steps = [step for step in session.steps if step.reply is not None]
        self.given = 0

    def generate(self, messages: list[ChatMessage], *_: Any, **__: Any) -> ChatMessage:
        """Return the next reply, with the tokens it took when it was recorded.

        Raises:
            SessionExhausted: there is none left.
        """
        if self.given >= len(self._steps):
            raise SessionExhausted(
                f"the session {self._session.folder.name} holds {len(self._steps)} replies, and one more was asked "
                "for: the run went another way than the recorded one, or that one did not end; record it anew"
            )
        step = self._steps[self.given]
        self.given += 1
        return ChatMessage(
            role=MessageRole.ASSISTANT,
            content=step.reply,
            token_usage=TokenUsage(step.usage.input_tokens, step.usage.output_tokens),
        )


def differences(recorded: Sequence[StepRecord], replayed: Sequence[StepRecord]) -> list[str]:
    """Return in words where a replay left the recorded path; empty where it did not.

    Compared step by step: error, path of the url, title, visible text. The host is left out, a replayed site may have
    another; so is the answer, which is a literal in a recorded reply and proves nothing.
    """
    found = []
    if len(recorded) != len(replayed):
        found.append(f"{len(recorded)} steps were recorded, {len(replayed)} were done")
    for one, other in zip(recorded, replayed, strict=False):
        for what, was, now in (
            ("error", one.error, other.error),
            ("page", _path(one.url), _path(other.url)),
            ("title", one.title, other.title),
            ("text", one.text, other.text),
        ):
            if was != now:
                was, now = _from_where_they_part(one_line(was, _ALL), one_line(now, _ALL))
                found.append(f"step {one.step}: {what} was {one_line(was, 80)!r} and is {one_line(now, 80)!r}")
                break  # what follows from it says nothing new
    return found


def _from_where_they_part(one: str, other: str) -> tuple[str, str]:
    """Return both from a little before their first difference on, if that is not near the beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    alike = next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))
    if alike < 60:
        return one, other
    return "…" + one[alike - 20 :], "…" + other[alike - 20 :]


def _path(url: str | None) -> str:
    parts = urlsplit(url or "")
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
