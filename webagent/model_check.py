"""Whether a model can be asked, as far as that is seen without loading a model library or spending tokens."""

import json
import urllib.request
from base64 import b64encode
from collections.abc import Mapping
from contextlib import suppress
from http.client import HTTPException
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlsplit, urlunsplit

from webagent.errors import ModelConfigurationError
from webagent.gguf_file import find_gguf
from webagent.gguf_server import GgufWanted, context_for, short_context
from webagent.keys import KEY_VARIABLES, key_from_environment
from webagent.local_weights import Wanted, check_device, folder_of
from webagent.model import check_named, file_of, speaks_openai, takes_openais_key, weights_of
from webagent.text import one_line

if TYPE_CHECKING:
    from webagent.settings import Settings

TIMEOUT = 3.0
"""Seconds a model's server may take to answer."""

OLLAMA = frozenset({"ollama", "ollama_chat"})
"""Providers that are Ollama, whose address is known and which needs no key."""

_BARE = {"gpt-": "openai", "chatgpt-": "openai", "o1": "openai", "o3": "openai", "o4": "openai", "claude-": "anthropic"}


def provider_of(model: str) -> str | None:
    """Return the provider in a model's name as litellm reads it; None where it cannot be told."""
    if "/" in model:
        return model.split("/", 1)[0]
    return next((provider for start, provider in _BARE.items() if model.startswith(start)), None)


def check_model(settings: "Settings", environ: Mapping[str, str]) -> tuple[bool, str, str]:
    """Return whether the model can be asked, what was found, and how to mend it (empty: nothing to mend)."""
    try:
        name = check_named(settings)
    except ModelConfigurationError as error:  # its sentence says how to mend it
        return False, str(error), ""
    if (weights := weights_of(settings)) is not None:
        return _check_local(name, weights)
    if (file := file_of(settings)) is not None:
        return _check_gguf(name, file)
    provider = provider_of(name)
    base = settings.api_base
    if base is None and provider in OLLAMA:
        base = environ.get("OLLAMA_API_BASE") or "http://localhost:11434"
    if base is not None:
        return check_server(base, name, _key(settings, environ))
    if settings.api_key is not None:
        return True, f"{name} at {provider or 'its provider'}, with the key given to webagent.", ""
    if provider is None:
        return False, f"{name} names no provider.", "write PROVIDER/NAME, as in openai/gpt-4o, or give an --api-base."
    variables = KEY_VARIABLES.get(provider, ())
    if not variables:
        return True, f"{name} is configured; which key it needs is not known here, so it was not checked.", ""
    if found := next((variable for variable in variables if environ.get(variable)), None):
        return True, f"{name} at {provider}, with the key in {found}; the key itself was not tried.", ""
    return (
        False,
        f"{name} at {provider} has no key.",
        f"set {' or '.join(variables)} in the environment or in .env.",
    )


def _check_local(name: str, wanted: Wanted) -> tuple[bool, str, str]:
    """Return what is known of a model in this process without loading it. That its packages are there is known."""
    import torch

    try:
        where = check_device(wanted)
    except ModelConfigurationError as error:
        return False, str(error), ""
    if where == "cuda":
        where = f"cuda ({one_line(torch.cuda.get_device_name(), 60)})"
    elif where == "cpu":
        where = "cpu, which takes minutes a step for a model of 7B"
    folder = folder_of(wanted.name)
    found = (
        f"in {folder}"
        if folder is not None
        else "from the Hugging Face hub when it is first used, which was not asked now"
    )
    return True, f"{name} in this process, {found}; torch {torch.__version__} computes on {where}.", ""


def _check_gguf(name: str, file: GgufWanted) -> tuple[bool, str, str]:
    """Return what is known of a GGUF file without loading it. That it is one, and xllamacpp installed, is known."""
    model = find_gguf(file.model)
    number = ""
    with suppress(PackageNotFoundError):  # removed in part
        number = f" {version('xllamacpp')}"
    runs = f"{one_line(name, 300)} ({one_line(model.architecture, 40)}) by llama.cpp of xllamacpp{number}"
    context = f"context {context_for(model):,} tokens"
    if short := short_context(model):
        context += f" ({short})"
    if file.mmproj is not None:
        return True, f"{runs}, with {one_line(file.mmproj, 300)} for pictures; {context}.", ""
    mend = "name its mmproj-….gguf with --mmproj, or lay it beside the file as the only one that fits."
    return True, f"{runs}; {context}. It does not see: there is no part for pictures.", mend


def _key(settings: "Settings", environ: Mapping[str, str]) -> str | None:
    """Return the key that a run would send to the address in `settings`."""
    if settings.api_key is not None:
        return settings.api_key.get_secret_value()
    if speaks_openai(settings):
        return key_from_environment("openai", environ) if takes_openais_key(settings) else None
    return key_from_environment(provider_of(settings.model or "") or "", environ)


def check_server(base: str, model: str, key: str | None = None, timeout: float = TIMEOUT) -> tuple[bool, str, str]:
    """Ask a model's server for its list of models, and return as `check_model` does.

    Args:
        base: the server's address, http or https.
        model: the model's name, with its provider.
        key: sent as bearer token, to this address only.
        timeout: seconds for each answer of the network.
    """
    try:
        parts = urlsplit(base.rstrip("/"))
    except ValueError:
        return False, f"{one_line(base.rpartition('@')[2])} is no address.", "correct --api-base."
    who, _, netloc = parts.netloc.rpartition("@")
    shown = urlunsplit((parts.scheme, netloc, parts.path, "", ""))
    is_ollama = provider_of(model) in OLLAMA
    headers = {"Accept": "application/json", "User-Agent": "webagent-doctor"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    elif who:
        headers["Authorization"] = "Basic " + b64encode(unquote(who).encode()).decode()
    try:
        request = urllib.request.Request(shown + ("/api/tags" if is_ollama else "/models"), headers=headers)  # noqa: S310
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=timeout) as reply:
            body = reply.read(1_000_000)
    except HTTPError as error:
        with error:
            return _refused(error.code, shown)
    except (OSError, HTTPException, ValueError) as error:
        reason = error.reason if isinstance(error, URLError) else error
        text = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
        says = f"No model's server answers at {shown} ({one_line(text)})."
        return False, says, "start the server, or correct --api-base."
    names = _names(body)
    name = model.split("/", 1)[-1]
    if names and not any(one in (name, model) or one.removesuffix(":latest") == name for one in names):
        some = ", ".join(one_line(one, 60) for one in names[:5]) + (", ..." if len(names) > 5 else "")
        return True, f"The server at {shown} answers, but does not list {name}; it lists {some}.", ""
    return True, f"The server at {shown} answers.", ""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """urllib would send the key along to wherever the server points."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _refused(status: int, shown: str) -> tuple[bool, str, str]:
    if status in (401, 403):
        mend = "set the right key as WEBAGENT_API_KEY."
        return False, f"The server at {shown} is there, but refuses the key ({status}).", mend
    if status in (404, 405):
        mend = "if runs fail, check the address: it mostly ends in /v1."
        return True, f"The server at {shown} is there, but keeps no list of models ({status}).", mend
    if 300 <= status < 400:
        mend = "give the address it points to as --api-base."
        return False, f"The server at {shown} points elsewhere ({status}).", mend
    says = f"The server at {shown} is there, but answers with an error ({status})."
    return False, says, "look into the server's log."


def _names(body: bytes) -> list[str]:
    """Return the models' names in an answer of OpenAI's or Ollama's form; none where it has another form."""
    try:
        answer = json.loads(body)
        listed = answer.get("data") or answer.get("models") or []
        return [str(one.get("id") or one.get("name")) for one in listed]
    except (ValueError, AttributeError, TypeError, RecursionError):
        return []
