"""What a model's server answers wrongly, in a sentence."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

from webagent.errors import ModelConfigurationError, ModelFailed, WebAgentError
from webagent.model import REQUEST_TIMEOUT
from webagent.server_words import server_words
from webagent.text import one_line

# Whose errors say the most; what is below them is sockets.
_CLIENTS = {"openai", "litellm", "huggingface_hub", "webagent"}
_LITELLM = re.compile(r"^litellm\.\w+: (?:\w+: )?(?:\w+(?:Exception|Error) - )?")
"""What litellm puts before a server's own words."""
_STATUS_ALONE = re.compile(r"Error code: \d{3}")
"""What OpenAI's client says where the server said nothing that it understands."""


def explain(error: BaseException, model: str, api_base: str | None = None) -> WebAgentError:
    """Return what a failed request to the model means, as an error whose text is one sentence.

    Args:
        error: what smolagents' model raised, or what smolagents made of it.
        model: the model's name.
        api_base: the address it was asked at, if one was given.
    """
    while error.__cause__ is not None and type(error).__module__.partition(".")[0] not in _CLIENTS:
        error = error.__cause__
    if isinstance(error, WebAgentError):
        return error
    status = getattr(error, "status_code", None)
    api_base = re.sub(r"//[^/@]*@", "//", api_base or "")  # a name and password may stand in it
    kind, where = type(error).__name__, f" at {api_base}" if api_base else ""
    said = _said(error)
    if kind == "APITimeoutError" or kind == "Timeout":
        return ModelFailed(
            f"{model}{where} did not reply within {REQUEST_TIMEOUT:.0f} seconds: is its server overloaded?"
        )
    if any(_is_refusal(one) for one in _chain(error)):
        return ModelConfigurationError(
            f"nothing answers for {model}{where}: is the server running, and the --api-base right?"
        )
    if kind == "APIConnectionError" and type(error).__module__.startswith("openai"):
        return ModelFailed(f"the connection to {model}{where} broke off: does its server still run?")
    if kind == "APIConnectionError":
        status = None  # litellm's name, with status 500, for whatever it did not expect
    if status in {401, 403}:
        return ModelConfigurationError(
            f"the key for {model}{where} was refused ({status}): check --api-key or the key's variable{said}"
        )
    if status == 404:
        hint = ""
        if api_base and urlsplit(api_base).path in {"", "/"}:
            hint = f" (most servers' --api-base ends in /v1: {api_base.rstrip('/')}/v1)"
        elif model.startswith("ollama") and api_base.rstrip("/").endswith("/v1"):
            hint = " (Ollama's own ends without /v1; with it, write --model openai/NAME)"
        return ModelConfigurationError(f"{model} was not found{where} (404): check --model and --api-base{hint}{said}")
    if status == 429:
        return ModelFailed(f"{model}{where} refuses more requests for now (429): wait, or use another model{said}")
    if isinstance(status, int) and status >= 500:
        return ModelFailed(f"the server of {model}{where} failed ({status}): look at its log, or try again{said}")
    if isinstance(status, int):
        return ModelFailed(
            f"the server of {model}{where} did not take the request ({status}): does the model take pictures?{said}"
        )
    return ModelFailed(f"{model}{where} gave no usable reply ({kind}){said}")


def _chain(error: BaseException) -> Iterator[BaseException]:
    one: BaseException | None = error
    while one is not None:
        yield one
        one = one.__cause__ or one.__context__


def _is_refusal(error: BaseException) -> bool:
    """Return whether no connection came about. Told by name: what raises these is not imported for it."""
    return isinstance(error, ConnectionRefusedError) or type(error).__name__ in {"ConnectError", "ConnectTimeout"}


def _said(error: BaseException) -> str:
    """Return what the server said, in short; never the whole of a page of HTML."""
    text = _LITELLM.sub("", server_words(error) or str(getattr(error, "message", None) or error)).strip()
    with suppress(ValueError, KeyError, TypeError):  # litellm hands on the server's JSON as it is
        text = str(json.loads(text)["error"]["message"])
    text = "" if _STATUS_ALONE.fullmatch(text) else one_line(text, 160)
    return f": {text}" if text and not text.startswith("<") and "<html" not in text.lower() else ""
