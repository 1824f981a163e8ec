"""Messages as a model and its server take them: the rules of `webagent.families`, and those that the server tells."""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from smolagents.models import ChatMessage, MessageRole, remove_content_after_stop_sequences

from webagent.computer_use import as_code
from webagent.families import Rules, multiple
from webagent.server_words import server_words

if TYPE_CHECKING:
    from PIL.Image import Image

_LOG = logging.getLogger("webagent")
_SIGN = re.compile(r"<(?=[|｜][^<>|｜\s]{1,60}[|｜]?>|[^<>|｜\s]{1,60}[|｜]>)")
_MOST_PICTURES = re.compile(r"at most (\d+) image", re.IGNORECASE)  # vLLM
_NO_SYSTEM = re.compile(r"system role not supported|roles must alternate", re.IGNORECASE)  # chat templates
_STOP = re.compile(r"\bstop(?:_sequences)?\b", re.IGNORECASE)
_LEFT_OUT = "[a picture, left out]"

Message: TypeAlias = ChatMessage | Mapping[str, Any]


class Fitting:
    """Fits messages to rules.

    Args:
        rules: of the model.
        view: width and height of pictures of the page: of them no pixel may move.

    Attributes:
        screen: width and height of such a picture when it has been fitted.
        stop: whether the server is told where to stop; else a reply is cut when it is there.
    """

    def __init__(self, rules: Rules, view: tuple[int, int]) -> None:
        self.rules, self._system, self.stop = rules, True, True
        self._warned = False
        self.look_at(view)

    def fit(self, messages: Sequence[Message]) -> list[ChatMessage]:
        """Return messages that the model takes; those given stay as they are."""
        given = [one if isinstance(one, ChatMessage) else ChatMessage.from_dict(dict(one)) for one in messages]
        pictures = sum(part["type"] == "image" for one in given for part in _parts(one))
        too_many = max(0, pictures - self.rules.most_pictures) if self.rules.most_pictures is not None else 0
        if too_many and self.rules.most_pictures and not self._warned:
            self._warned = True
            _LOG.warning(
                "webagent: the model's server takes %s a request: earlier ones, and the task's first, are left out",
                "one picture" if self.rules.most_pictures == 1 else f"{self.rules.most_pictures} pictures",
            )
        fitted = []
        for one in given:
            parts: list[dict[str, Any]] = []
            for part in _parts(one):
                if part["type"] == "text":
                    parts.append({**part, "text": without_signs(part["text"], self.rules.signs)})
                elif part["type"] == "image" and too_many:
                    too_many -= 1
                    if self.rules.most_pictures:  # else it sees none, and need not be told each time
                        parts.append({"type": "text", "text": _LEFT_OUT})
                elif part["type"] == "image":
                    parts.append({**part, "image": self._fitted(part["image"])})
                else:
                    parts.append(part)
            if one.content and not parts:  # it was a picture alone
                continue
            role = MessageRole.USER if one.role == MessageRole.SYSTEM and not self._system else one.role
            fitted.append(replace(one, role=role, content=None if one.content is None else parts))
        return fitted

    def learn(self, error: Exception, *, told_to_stop: bool) -> bool:
        """Learn from what a server refused; return whether the request is worth another try.

        Args:
            error: what came of the request.
            told_to_stop: whether the request said where to stop.
        """
        status = getattr(error, "status_code", None)
        if status not in (400, 422, 500) or re.search("Connection|Timeout", type(error).__name__):
            return False
        said = (server_words(error) or str(getattr(error, "message", "") or error))[:300]
        if (found := _MOST_PICTURES.search(said)) and (most := int(found[1][:6])) > 0:
            known = self.rules.most_pictures
            self.rules = replace(self.rules, most_pictures=most if known is None else min(most, known))
            return self.rules.most_pictures != known
        if _NO_SYSTEM.search(said):
            self._system, learnt = False, self._system
            return learnt
        named = _STOP.search(said) or "'stop'" in str(getattr(error, "body", ""))  # the latter of FastAPI, as its place
        if told_to_stop and (status == 500 or named):  # some refuse, or fail, where they are told where to stop
            self.stop, learnt = False, self.stop
            return learnt
        return False

    def cut(self, reply: str | None, stop_sequences: Sequence[str] | None) -> str | None:
        """Return a reply up to where the server would have stopped, had it been told."""
        if self.stop or reply is None:
            return reply
        return str(remove_content_after_stop_sequences(reply, [one for one in stop_sequences or [] if one]))

    def _fitted(self, picture: "Image") -> "Image":
        """Return a picture that nobody has to make smaller, nor one of the page to stretch."""
        if picture.size != self._view:
            size = self.rules.shrunk(picture.size)
            return picture if size == picture.size else picture.resize(size)
        if self.rules.coordinates != "pixels":  # thousandths stay where they are when it is stretched
            return picture if picture.size == self.screen else picture.resize(self.screen)
        size = self.rules.scaled(picture.size)
        if size != picture.size:
            picture = picture.resize(size)
        if size == self.screen:
            return picture
        from PIL import Image

        ground = Image.new("RGB", self.screen, "gray")
        ground.paste(picture.convert("RGB"))
        return ground

    def look_at(self, view: tuple[int, int]) -> None:
        """Expect pictures of the page of this width and height."""
        self._view = view
        self.screen = multiple(self.rules.scaled(view), self.rules.patch or 1)


class Fitted:
    """What a smolagents `Model` that asks a server must have before it to fit its messages. Set `fitting` first.

    A stream is fitted as well, but nothing is learnt from it.
    """

    fitting: Fitting

    def _prepare_completion_kwargs(
        self, messages: Sequence[Message], stop_sequences: list[str] | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        stop = stop_sequences if self.fitting.stop else None
        prepare: Any = super()._prepare_completion_kwargs  # type: ignore[misc]
        prepared: dict[str, Any] = prepare(self.fitting.fit(messages), stop, **kwargs)
        return prepared

    def generate(
        self, messages: list[ChatMessage | dict[str, Any]], stop_sequences: list[str] | None = None, **kwargs: Any
    ) -> ChatMessage:
        """Return the reply to these messages; what a server says that it does not take is done without."""
        ask: Any = super().generate  # type: ignore[misc]
        fitting, without = self.fitting, False
        while True:
            told = bool(stop_sequences) and fitting.stop
            try:
                reply: ChatMessage = ask(messages, stop_sequences, **kwargs)
            except Exception as error:
                if fitting.learn(error, told_to_stop=told):
                    without = without or (told and not fitting.stop)
                    continue
                if without:  # it was not that
                    fitting.stop = True
                raise
            reply.content = _with_code(fitting.cut(reply.content, stop_sequences))
            return reply


def _with_code(reply: str | None) -> str | None:
    """Return a reply; where it acts in the way that Qwen was trained on, with code of ours that does the same."""
    code = as_code(reply) if reply else None
    return reply if code is None else f"{reply}\n<code>\n{code}\n</code>"


def without_signs(text: str, signs: Sequence[str]) -> str:
    """Return a text, which may be a page's, in which nothing is read as a sign: the end of a turn, a picture's place.

    Args:
        text: of a message.
        signs: of the model, beside `<|…|>`.
    """
    text = _SIGN.sub("< ", text)
    for sign in signs:
        text = text.replace(sign, f"{sign[0]} {sign[1:]}")
    return text


def _parts(message: ChatMessage) -> list[dict[str, Any]]:
    content = message.content
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content or [])
