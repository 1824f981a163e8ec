"""A model's name becomes a smolagents `Model`."""

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from webagent.errors import ModelConfigurationError
from webagent.families import Rules, rules_for
from webagent.gguf_server import GgufWanted, check_gguf, header_of, short_context
from webagent.gguf_use import ServerUse
from webagent.keys import KEY_VARIABLES, key_from_environment
from webagent.local_weights import Wanted, check_local, kind_of, load_weights
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
LOCAL = "local"
"""What a model in this process is called before its name: `local/Qwen/Qwen2.5-VL-7B-Instruct`."""
GGUF = "gguf"
"""What a GGUF file, run by llama.cpp beside this process, is called before its path: `gguf/models/qwen.gguf`."""
REQUEST_TIMEOUT = 300.0
"""Seconds a model may take for one reply; a large one on a small machine is slow, and not broken."""

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


def speaks_openai(settings: Settings) -> bool:
    """Return whether the model of `settings` is reached through OpenAI's own protocol, and LiteLLM is not needed."""
    prefix, _, _ = (settings.model or "").partition("/")
    if prefix in (LOCAL, GGUF):
        return False
    return prefix in _OPENAI_PREFIXES or (settings.api_base is not None and prefix not in _OWN_PROTOCOL)


def preload(settings: Settings) -> Callable[[], None]:
    """Begin in a thread to load what the model needs, so that it is there when the browser has started.

    Returns:
        What lets go of it, to be called when the model is there, or is not wanted any more.
    """
    if (file := file_of(settings)) is not None:
        use = ServerUse(file)
        threading.Thread(target=_load_ahead, args=(use.load,), daemon=True).start()
        return use.end
    if (weights := weights_of(settings)) is not None:
        threading.Thread(target=_load_ahead, args=(lambda: load_weights(weights),), daemon=True).start()
        return lambda: None
    heavy = "openai" if speaks_openai(settings) else "litellm"
    _tame_litellm()
    threading.Thread(target=__import__, args=(heavy,), daemon=True).start()
    return lambda: None


def _load_ahead(load: Callable[[], object]) -> None:
    with suppress(Exception):  # it is said when the model is needed
        load()


def runs_here(settings: Settings) -> bool:
    """Return whether the model of `settings` is loaded by webagent itself, and no server of another is asked."""
    return (settings.model or "").partition("/")[0] in (LOCAL, GGUF)


def weights_of(settings: Settings) -> Wanted | None:
    """Return what weights are to be loaded into this process; None where the model is elsewhere."""
    prefix, _, name = (settings.model or "").partition("/")
    return Wanted(name, settings.device, settings.quantize) if prefix == LOCAL else None


def file_of(settings: Settings) -> GgufWanted | None:
    """Return what GGUF file is to be served beside this process; None where the model is elsewhere.

    Raises:
        ModelConfigurationError: it cannot be, as far as is seen without loading it.
    """
    prefix, _, name = (settings.model or "").partition("/")
    return check_gguf(name, settings.mmproj) if prefix == GGUF else None


def how_it_is_loaded(settings: Settings) -> tuple[str, str]:
    """Return what is loaded, in words that follow "loading", and what the user must be warned of; empty: of nothing."""
    name = one_line(settings.model, 300)
    file = file_of(settings)
    if file is None:
        return f"{name} into this process", ""
    short = short_context(header_of(file))
    if file.mmproj is not None:
        warning = f"{name}: {short}" if short else ""
        return f"{name} into llama.cpp, with {one_line(file.mmproj.name, 100)}", warning
    warning = (
        f"{name} does not see pages, it only reads what is said of them: no mmproj-….gguf is named with --mmproj, and "
        "none alone that fits lies beside it"
    )
    return f"{name} into llama.cpp", f"{warning}; {short}" if short else warning


def _tame_litellm() -> None:
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # or importing it waits on the network
    # Or importing it reads every .env above it, a cloned repository's with addresses and proxies in it too.
    os.environ.setdefault("LITELLM_MODE", "PRODUCTION")


def check_named(settings: Settings) -> str:
    """Return the model's name.

    Raises:
        ModelConfigurationError: none is named, or its kind is not known here.
    """
    if not settings.model:
        raise ModelConfigurationError(NO_MODEL)
    prefix, _, name = settings.model.partition("/")
    if settings.mmproj is not None and prefix != GGUF:
        raise ModelConfigurationError(
            f"--mmproj is for a GGUF file, and {one_line(settings.model, 100)} is none: leave it out, or write --model "
            "gguf/PATH"
        )
    if prefix == LOCAL:
        check_local(name)
        return settings.model
    if settings.device is not None or settings.quantize is not None:
        raise ModelConfigurationError(
            f"--device and --quantize are for models in this process, and {one_line(settings.model, 100)} is none: "
            "leave them out, or write --model local/NAME"
        )
    if prefix == GGUF:
        check_gguf(name, settings.mmproj)
        return settings.model
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

    Raises:
        ModelConfigurationError: no model, an unknown provider, no key for it, or no weights to be had.
    """
    check_named(settings)
    if (file := file_of(settings)) is not None:
        from webagent.gguf_model import GgufModel

        return GgufModel(file.model, mmproj=file.mmproj, view=settings.viewport, rules=rules_of(settings))
    if (wanted := weights_of(settings)) is not None:
        from webagent.fitting import Fitting
        from webagent.local_model import LocalModel

        fitting = Fitting(rules_of(settings), settings.viewport)
        width, height = fitting.screen
        return LocalModel(
            wanted.name,
            device=wanted.device,
            quantize=wanted.quantize,
            max_pixels=width * height,
            fitting=fitting,
        )
    return _openai_model(settings) if speaks_openai(settings) else _litellm_model(settings)


def rules_of(settings: Settings) -> Rules:
    """Return what the model of `settings` wants to be given."""
    name, kind = settings.model or "", ""
    if (wanted := weights_of(settings)) is not None:
        kind = kind_of(wanted.name)
    elif (file := file_of(settings)) is not None:
        name, kind = file.model.stem, header_of(file).architecture
    rules = rules_for(name, settings.api_base, kind)
    if settings.coordinates not in (None, settings.viewport, rules.grid(settings.viewport)):
        return replace(rules, coordinates="thousandths")  # on whichever grid: not by pixels
    return rules


def _openai_model(settings: Settings) -> "Model":
    from webagent.fitting import Fitting
    from webagent.openai_model import OpenAICompatibleModel

    prefix, _, name = (settings.model or "").partition("/")
    key = settings.api_key.get_secret_value() if settings.api_key else None
    if key is None and takes_openais_key(settings):
        key = key_from_environment("openai", os.environ)
    if not key:
        if settings.api_base is None:
            raise ModelConfigurationError(
                f"there is no key for {settings.model}: set OPENAI_API_KEY, or give --api-key, or give the --api-base "
                "of a server of your own"
            )
        key = "none"  # the client insists on one; servers of one's own mostly do not
    return OpenAICompatibleModel(
        fitting=Fitting(rules_of(settings), settings.viewport),
        model_id=name if prefix in _OPENAI_PREFIXES else settings.model,
        api_base=settings.api_base,
        api_key=key,
        client_kwargs={"timeout": REQUEST_TIMEOUT},
        retry=False,  # the client tries again, after what the server asks for; smolagents waits minutes, in silence
    )


def takes_openais_key(settings: Settings) -> bool:
    """Return whether OPENAI_API_KEY belongs where the model is: at OpenAI, or where `openai/…` says so over https."""
    prefix, _, _ = (settings.model or "").partition("/")
    return settings.api_base is None or (prefix == "openai" and urlsplit(settings.api_base).scheme == "https")


def _litellm_model(settings: Settings) -> "Model":
    _tame_litellm()
    import litellm

    from webagent.fitting import Fitting
    from webagent.litellm_model import FittedLiteLLMModel

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
    key = key or key_from_environment(provider, os.environ)
    if key is None and provider in KEY_VARIABLES:
        names = " or ".join(KEY_VARIABLES[provider])
        raise ModelConfigurationError(f"there is no key for {settings.model}: set {names}, or give --api-key")
    rules = rules_of(settings)
    return FittedLiteLLMModel(
        fitting=Fitting(rules, settings.viewport),
        model_id=settings.model,
        api_base=settings.api_base,
        api_key=key,
        flatten_messages_as_text=False,  # smolagents flattens for some providers, and refuses pictures then
        timeout=REQUEST_TIMEOUT,
        retry=False,
        **rules.extra,
    )
