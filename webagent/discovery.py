"""Which model to ask when nobody has named one: that of a key in the environment, else of a server on this machine."""

import json
import os
import re
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from queue import Empty, SimpleQueue

from webagent.errors import ModelConfigurationError
from webagent.families import FAMILIES, family_of
from webagent.model import NO_MODEL
from webagent.settings import Settings
from webagent.text import one_line

SECONDS = 0.3
"""Time in which the servers must answer, all of them together."""

OF_KEYS = (
    ("HF_TOKEN", "huggingface/Qwen/Qwen2.5-VL-72B-Instruct"),
    ("OPENAI_API_KEY", "openai/gpt-4o"),
)
"""Keys, and the model that each stands for, the first that is set."""

_MOST_BODY = 1_000_000
_MOST_NAMES = 200
_DO_NOT = ("embed", "rerank", "transcribe", "tts", "mmproj", "gemma31b", "gemma3270m", "gemma3n")  # nor do they answer
_SAY_THAT_THEY_SEE = re.compile(r"(?:^|[^a-z])(?:vl|vlm|vision)(?:[^a-z]|$)")


@dataclass(frozen=True)
class Place:
    """Where a kind of server listens unless it is told otherwise."""

    name: str
    port: int


PLACES = (Place("Ollama", 11434), Place("llama.cpp", 8080), Place("vLLM", 8000), Place("LM Studio", 1234))
"""Asked by default, all on 127.0.0.1."""


@dataclass(frozen=True)
class Server:
    """A model server that answered."""

    place: Place
    models: tuple[str, ...]
    """Names, as it lists them."""

    def __str__(self) -> str:
        names = ", ".join(one_line(name, 60) for name in self.models[:4]) + (", …" if len(self.models) > 4 else "")
        return f"{self.place.name} on port {self.place.port} ({names or 'no model'})"


def with_model(
    settings: Settings, environ: Mapping[str, str] | None = None, places: Sequence[Place] = PLACES
) -> tuple[Settings, str]:
    """Return settings that name a model, and in a line which one was chosen and why; empty where one was named.

    What is chosen here gets no `api_key`: it was given for another.

    Args:
        settings: a run's.
        environ: where keys are looked for; default `os.environ`.
        places: where servers are looked for.

    Raises:
        ModelConfigurationError: there is none to be had.
    """
    if settings.model or settings.api_base or not settings.discover:
        return settings, ""
    environ = os.environ if environ is None else environ
    for variable, model in OF_KEYS:
        if environ.get(variable):
            line = f"Model: {model}, for {variable} is set (--model names another)"
            return settings.model_copy(update={"model": model, "api_key": None, "mmproj": None}), line
    servers = find_servers(places)
    if (choice := choose(servers)) is not None:
        server, model = choice
        line = (
            f"Model: {one_line(model, 100)} of {server.place.name} on port {server.place.port} (--model names another)"
        )
        return Settings(**{**dict(settings), **_reached(server, model), "api_key": None, "mmproj": None}), line
    if not servers:
        raise ModelConfigurationError(NO_MODEL)
    raise ModelConfigurationError(
        "no model is named, and of those that are served on this machine none is known to look at pictures: "
        f"{'; '.join(map(str, servers))}. Name one with --model and --api-base, or serve Qwen2.5-VL "
        "(`ollama pull qwen2.5vl`)"
    )


def choose(servers: Sequence[Server]) -> tuple[Server, str] | None:
    """Return the model to ask: the first Qwen2.5-VL, else the first that is known to look at pictures."""
    ranked = [
        (rank, server, model) for server in servers for model in server.models if (rank := _rank(model)) is not None
    ]
    return min(ranked, key=lambda one: one[0])[1:] if ranked else None


def _rank(model: str) -> int | None:
    if not model.isprintable() or any(part in re.sub(r"[^a-z0-9]", "", model.lower()) for part in _DO_NOT):
        return None
    family = family_of(model)
    if family is FAMILIES[0]:
        return 0
    return 1 if (family is not None and not family.closed) or _SAY_THAT_THEY_SEE.search(model.lower()) else None


def _reached(server: Server, model: str) -> dict[str, str]:
    """Return the settings with which a model of a server is asked."""
    base = f"http://127.0.0.1:{server.place.port}"
    if server.place.name == "Ollama":  # by its own protocol: with OpenAI's, no context can be asked for
        return {"model": f"ollama_chat/{model}", "api_base": base}
    return {"model": f"openai/{model}", "api_base": f"{base}/v1"}


def find_servers(places: Sequence[Place] = PLACES, seconds: float = SECONDS) -> list[Server]:
    """Return the model servers that answer in time, in the order of `places`; all are asked at once.

    Args:
        places: where to ask.
        seconds: for all of them together.
    """
    answers: SimpleQueue[Server | None] = SimpleQueue()
    for place in places:
        threading.Thread(target=lambda place=place: answers.put(_ask(place, seconds)), daemon=True).start()
    found: list[Server] = []
    deadline = time.monotonic() + seconds
    for _ in places:
        try:
            answer = answers.get(timeout=max(0.0, deadline - time.monotonic()))
        except Empty:
            break
        if answer is not None:
            found.append(answer)
    return sorted(found, key=lambda server: places.index(server.place))


def _ask(place: Place, seconds: float) -> Server | None:
    """Return what a server lists; None where there is none, or what answers lists no models."""
    connection = HTTPConnection("127.0.0.1", place.port, timeout=seconds)
    try:
        connection.request("GET", "/v1/models", headers={"Accept": "application/json", "User-Agent": "webagent"})
        reply = connection.getresponse()
        if reply.status != 200:
            return None
        listed = json.loads(reply.read(_MOST_BODY))["data"]
        names = [one["id"] for one in listed[:_MOST_NAMES]]
    except (OSError, HTTPException, ValueError, KeyError, TypeError, RecursionError):
        return None
    finally:
        connection.close()
    return Server(place, tuple(name for name in names if isinstance(name, str) and name.strip()))
