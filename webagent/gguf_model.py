"""A GGUF file as a smolagents model: llama.cpp's server runs it beside this process, asked over OpenAI's protocol."""

import weakref
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import openai
from smolagents import Tool
from smolagents.models import ChatMessage, ChatMessageStreamDelta

from webagent.errors import ModelFailed
from webagent.families import Rules, rules_for
from webagent.fitting import Fitting
from webagent.gguf_server import LEAST_CONTEXT, SMALLER, check_gguf, header_of
from webagent.gguf_use import ServerUse
from webagent.openai_model import OpenAICompatibleModel
from webagent.server_words import server_words
from webagent.text import one_line

MAX_NEW_TOKENS = 2048
"""Tokens of a reply at most: a thought and a few lines of code have some hundred."""
_AGAIN = "run it again, with a newer xllamacpp if that fails too"
_SHORTER = "keep fewer screenshots (--keep-screenshots 1), or take a smaller --viewport"
_SECONDS = 3600.0  # a reply may take: the server is our own, and how fast it is is this machine's matter


class GgufModel(OpenAICompatibleModel):
    """A smolagents `Model` of a GGUF file, run by llama.cpp in a process of its own.

    Models of the same files share it: it ends with the last of them, at the latest with the program. Without a part for
    pictures it is blind: pictures are left out of what it is sent.

    Args:
        path: the GGUF file; of a model in several, the first.
        mmproj: the GGUF file of its part for pictures; None takes the one `mmproj*.gguf` beside it, where there is one.
        max_new_tokens: tokens of a reply at most.
        view: width and height of pictures of the page, see `Fitting`.
        rules: what it wants to be given; None: as the file's name and header say.
        kwargs: for the requests, for example `temperature=0.0`.

    Attributes:
        server: what it is asked at.
        kind: its architecture, as llama.cpp names it.
        sees: whether it has a part for pictures.

    Raises:
        ModelConfigurationError: it cannot be loaded; the text says why and how to mend it.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        mmproj: str | Path | None = None,
        max_new_tokens: int = MAX_NEW_TOKENS,
        view: tuple[int, int] = (1120, 896),
        rules: Rules | None = None,
        **kwargs: Any,
    ) -> None:
        wanted = check_gguf(str(path), Path(mmproj).expanduser() if mmproj is not None else None)
        use = ServerUse(wanted)
        self._end = weakref.finalize(self, use.end)
        self.server = use.load()
        self.sees = wanted.mmproj is not None
        # On this machine, whatever proxy the environment names: it would get the key as well.
        client = openai.DefaultHttpxClient(trust_env=False, timeout=_SECONDS)
        weakref.finalize(self, client.close)
        header = header_of(wanted)
        self.kind, self._trained = header.architecture, header.context
        rules = rules or rules_for(wanted.model.stem, kind=self.kind)
        rules = replace(
            rules,
            signs=(*rules.signs, *header.signs),
            most_pictures=rules.most_pictures if self.sees else 0,  # its server would refuse the request
        )
        super().__init__(
            fitting=Fitting(rules, view),
            model_id=wanted.model.stem,
            api_base=f"{self.server.address}/v1",
            api_key=self.server.key,
            client_kwargs={"max_retries": 0, "http_client": client},
            retry=False,
            **{"max_tokens": max_new_tokens, **kwargs},
        )

    def close(self) -> None:
        """Be done with it: the server ends where no other model uses it. May be called twice."""
        self._end()

    def generate(
        self,
        messages: list[ChatMessage | dict[str, Any]],
        stop_sequences: list[str] | None = None,
        response_format: dict[str, str] | None = None,
        tools_to_call_from: list[Tool] | None = None,
        **kwargs: Any,
    ) -> ChatMessage:
        """Return the reply to these messages.

        Raises:
            ModelFailed: the server has ended or gives no reply, or the prompt is longer than its context.
        """
        with self._explained():
            return super().generate(
                messages,
                stop_sequences,
                response_format=response_format,
                tools_to_call_from=tools_to_call_from,
                **kwargs,
            )

    def generate_stream(
        self,
        messages: list[ChatMessage | dict[str, Any]],
        stop_sequences: list[str] | None = None,
        response_format: dict[str, str] | None = None,
        tools_to_call_from: list[Tool] | None = None,
        **kwargs: Any,
    ) -> Generator[ChatMessageStreamDelta]:
        """Yield the reply part by part.

        Raises:
            ModelFailed: as `generate`.
        """
        with self._explained():
            yield from super().generate_stream(messages, stop_sequences, response_format, tools_to_call_from, **kwargs)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        # Where it has ended, another process may have taken its port: that is neither asked, nor is its reply one.
        self._check_there()
        try:
            yield
            self._check_there()
        except openai.APIConnectionError as error:
            if (how := self.server.ended()) is None:
                raise
            raise self._gone(how) from error
        except openai.APIStatusError as error:
            said = one_line(server_words(error) or error, 160)
            if error.status_code == 400 and "context" in said:
                raise ModelFailed(
                    f"the prompt is longer than the context of {one_line(self.model_id)} ({said}): {self._fits()}"
                ) from error
            raise ModelFailed(
                f"llama.cpp gave no reply of {one_line(self.model_id)} ({error.status_code}: {said}): {_AGAIN}"
            ) from error

    def _check_there(self) -> None:
        if not self.server.alive:
            raise self._gone(self.server.ended() or "it was ended")

    def _gone(self, how: str) -> ModelFailed:
        mend = SMALLER if self.server.out_of_memory() else "load it again" if self.server.was_left else _AGAIN
        return ModelFailed(f"llama.cpp, which ran {one_line(self.model_id)}, has gone ({how}): {mend}")

    def _fits(self) -> str:
        """Return what helps against a prompt that is too long, worded to follow a colon."""
        if 0 < self._trained < LEAST_CONTEXT:
            return f"it was trained for {self._trained:,} tokens, so take a model with a longer context"
        return _SHORTER if self.sees else "split the task, so that each part takes fewer steps"
