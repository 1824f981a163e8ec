"""A model's name becomes a smolagents `Model`; what a model's server answers wrongly becomes a sentence."""

import json
import os
import re
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from webagent.errors import ModelConfigurationError, ModelFailed, WebAgentError
from webagent.settings import Settings
from webagent.text import one_line

if TYPE_CHECKING:
    from smolagents import Model

NO_MODEL = (
    "no model is named; three ways to get one: "
    "--model openai/gpt-4o with OPENAI_API_KEY set; "
    "--model huggingface/Qwen/Qwen2.5-VL-72B-Instruct with HF_TOKEN set; "
    "or your own server of Qwen2.5-VL (vLLM, llama.cpp, Ollama, LM Studio) with "
    "--model Qwen/Qwen2.5-VL-7B-Instruct --api-base http://localhost:8000/v1. "
    "`webagent demo` runs without any"
)
OLLAMA_CONTEXT = 16_384
"""Tokens of context asked of Ollama: its default of 4,096 overflows with one picture."""
REQUEST_TIMEOUT = 300.0
"""Seconds a model may take for one reply; a large one on a small machine is slow, and not broken."""

_CLIENTS = {
    "openai",
    "litellm",
    "huggingface_hub",
    "webagent",
}  # whose errors say the most; what is below them is sockets

# Prefixes of LiteLLM's whose servers speak OpenAI's protocol; the rest of the name is the server's own.
_OPENAI_PREFIXES = {
    "openai",
    "hosted_vllm",
    "vllm",
    "lm_studio",
    "llamafile",
    "llamacpp",
    "openai_like",
    "custom_openai",
}
# Those that speak another, also at an address of one's own.
_OWN_PROTOCOL = {
    "anthropic", "azure", "azure_ai", "bedrock", "cohere", "databricks", "fireworks_ai", "gemini", "groq",
    "huggingface", "mistral", "ollama", "ollama_chat", "openrouter", "replicate", "sagemaker", "together_ai",
    "vertex_ai", "watsonx",
}  # fmt: skip

_LITELLM = re.compile(r"^litellm\.\w+: (?:\w+: )?(?:\w+(?:Exception|Error) - )?")
"""What litellm puts before a server's own words."""


def speaks_openai(settings: Settings) -> bool:
    """Return whether the model of `settings` is reached through OpenAI's own protocol, and LiteLLM is not needed."""
    prefix, _, _ = (settings.model or "").partition("/")
    return prefix in _OPENAI_PREFIXES or (settings.api_base is not None and prefix not in _OWN_PROTOCOL)


def preload(settings: Settings) -> None:
    """Begin in a thread to import what the model needs, so that it is there when the browser has started."""
    heavy = "openai" if speaks_openai(settings) else "litellm"
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # or importing it waits on the network
    threading.Thread(target=__import__, args=(heavy,), daemon=True).start()


def check_named(settings: Settings) -> str:
    """Return the model's name.

    Raises:
        ModelConfigurationError: none is named, or its kind is not known here.
    """
    if not settings.model:
        raise ModelConfigurationError(NO_MODEL)
    prefix, _, name = settings.model.partition("/")
    if prefix in {"local", "gguf"}:
        raise ModelConfigurationError(
            f"models in this process ({prefix}/…) are not in this version: serve it with vLLM, llama.cpp or Ollama and "
            "give its --api-base"
        )
    if prefix in _OPENAI_PREFIXES - {"openai"} and settings.api_base is None:
        raise ModelConfigurationError(
            f"{settings.model} is a server of your own, and its address is missing: give --api-base, for example "
            "http://localhost:8000/v1"
        )
    if prefix in _OPENAI_PREFIXES and not name:
        raise ModelConfigurationError(f"--model {settings.model} names no model: write {prefix}/NAME")
    return settings.model


def load_model(settings: Settings) -> "Model":
    """Return the smolagents model that `settings` name.

    A model in this process (`local/…`) will get its branch here.

    Raises:
        ModelConfigurationError: no model, an unknown provider, or no key for it.
    """
    check_named(settings)
    return _openai_model(settings) if speaks_openai(settings) else _litellm_model(settings)


def _openai_model(settings: Settings) -> "Model":
    from webagent.openai_model import OpenAICompatibleModel

    prefix, _, name = (settings.model or "").partition("/")
    key = settings.api_key.get_secret_value() if settings.api_key else os.environ.get("OPENAI_API_KEY")
    if not key:
        if settings.api_base is None:
            raise ModelConfigurationError(
                f"there is no key for {settings.model}: set OPENAI_API_KEY, or give --api-key, or give the --api-base "
                "of a server of your own"
            )
        key = "none"  # the client insists on one; servers of one's own mostly do not
    return OpenAICompatibleModel(
        model_id=name if prefix in _OPENAI_PREFIXES else settings.model,
        api_base=settings.api_base,
        api_key=key,
        client_kwargs={"timeout": REQUEST_TIMEOUT},
        retry=False,  # the client tries again, after what the server asks for; smolagents waits minutes, in silence
    )


def _litellm_model(settings: Settings) -> "Model":
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    import litellm
    from smolagents import LiteLLMModel

    litellm.suppress_debug_info = True  # it prints advice to stdout, where the answer belongs
    litellm.telemetry = False
    key = settings.api_key.get_secret_value() if settings.api_key else None
    try:
        _, provider, _, _ = litellm.get_llm_provider(settings.model, api_base=settings.api_base)
    except Exception as error:
        raise ModelConfigurationError(
            f"{one_line(settings.model)!r} names no provider that is known: write PROVIDER/NAME, for example "
            "openai/gpt-4o or huggingface/Qwen/Qwen2.5-VL-72B-Instruct, or give the --api-base of a server of your own"
        ) from error
    missing = litellm.validate_environment(settings.model, api_base=settings.api_base)
    if key is None and not missing["keys_in_environment"] and missing["missing_keys"]:
        names = [name for name in missing["missing_keys"] if "KEY" in name or "TOKEN" in name]
        if names:
            raise ModelConfigurationError(
                f"there is no key for {settings.model}: set {' and '.join(names)}, or give --api-key"
            )
    extra: dict[str, Any] = {"num_ctx": OLLAMA_CONTEXT} if provider.startswith("ollama") else {}
    return LiteLLMModel(
        model_id=settings.model,
        api_base=settings.api_base,
        api_key=key,
        flatten_messages_as_text=False,  # smolagents flattens for some providers, and refuses pictures then
        timeout=REQUEST_TIMEOUT,
        **extra,
    )


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
    body = getattr(error, "body", None)
    message = body.get("message") if isinstance(body, dict) else None
    text = _LITELLM.sub("", str(message or getattr(error, "message", None) or error)).strip()
    with suppress(ValueError, KeyError, TypeError):  # litellm hands on the server's JSON as it is
        text = str(json.loads(text)["error"]["message"])
    text = one_line(text, 160)
    return f": {text}" if text and not text.startswith("<") and "<html" not in text.lower() else ""
