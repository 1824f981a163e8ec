"""The model of a replay: it gives the replies that were recorded."""

from typing import Any

from smolagents.models import ChatMessage, MessageRole, Model
from smolagents.monitoring import TokenUsage

from webagent.errors import SessionExhausted
from webagent.session.reader import Session


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
