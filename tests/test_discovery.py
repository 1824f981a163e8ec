"""Which model is asked when none is named."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from servers import ScriptedModel, Site, action

from webagent import ModelConfigurationError, Settings, WebAgent
from webagent.discovery import Place, Server, choose, find_servers, with_model
from webagent.model import NO_MODEL

Serve = Callable[..., Place]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve a list of models: `serve("Ollama", "qwen2.5vl:7b")`."""
    with ExitStack() as stack:

        def start(kind: str, *models: Any, page: object = None) -> Place:
            body = json.dumps({"object": "list", "data": [{"id": model} for model in models]})
            site = Site({"/v1/models": page or (200, {"Content-Type": "application/json"}, body)})  # type: ignore[dict-item]
            return Place(kind, stack.enter_context(site).port)

        yield start


def nowhere() -> Place:
    """Return a place where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return Place("vLLM", taken.getsockname()[1])


def test_a_qwen_is_preferred_wherever_it_is_served(serve: Serve) -> None:
    places = [
        serve("Ollama", "llama3.2:3b", "llava:7b"),
        serve("llama.cpp", "gemma-3-4b-it"),
        serve("vLLM", "Qwen/Qwen2.5-VL-7B-Instruct"),
        serve("LM Studio", "qwen2.5-vl-7b-instruct", "text-embedding-nomic"),
    ]
    settings, line = with_model(Settings(api_key="sk-mine"), {}, places)
    assert settings.model == "openai/Qwen/Qwen2.5-VL-7B-Instruct"
    assert settings.api_base == f"http://127.0.0.1:{places[2].port}/v1"
    assert settings.api_key is None  # it was not given for whoever listens there
    assert line == f"Model: Qwen/Qwen2.5-VL-7B-Instruct of vLLM on port {places[2].port} (--model names another)"
    settings, _ = with_model(Settings(), {}, places[:2])
    assert (settings.model, settings.api_base) == ("ollama_chat/llava:7b", f"http://127.0.0.1:{places[0].port}")


@pytest.mark.parametrize(
    ("model", "chosen"),
    [
        ("qwen2.5vl:latest", True), ("Qwen2.5-VL-3B-Instruct-Q4_K_M.gguf", True), ("qwen2_5_vl", True),
        ("Qwen/Qwen3-VL-8B-Instruct", True), ("llama3.2-vision", True), ("deepseek-vl", True), ("gemma-3-27b-it", True),
        ("qwen2.5:7b", False), ("llama3.2", False), ("gemma3:1b", False), ("revival", False), ("", False),
        ("nomic-embed-vision-v1.5", False),
        ("gemma3", True), ("Qwen3-VL-Reranker-2B", False), ("gpt-4o-transcribe", False), ("mmproj-Qwen2.5-VL", False),
        ("qwen2.5vl\x1b[31m", False),
    ],
)  # fmt: skip
def test_what_is_known_to_see(model: str, chosen: bool) -> None:
    assert (choose([Server(Place("vLLM", 1), (model,))]) is not None) is chosen


def test_no_server_is_three_ways_to_get_one() -> None:
    with pytest.raises(ModelConfigurationError) as refused:
        with_model(Settings(), {}, [nowhere(), nowhere()])
    assert str(refused.value) == NO_MODEL
    assert NO_MODEL.count("--model ") == 3


def test_models_without_eyes_are_named_and_not_asked(serve: Serve) -> None:
    place = serve("Ollama", "llama3.2:3b", "a\x1b]0;b")
    with pytest.raises(ModelConfigurationError, match="none is known to look at pictures: Ollama on port") as refused:
        with_model(Settings(), {}, [place])
    assert "llama3.2:3b" in str(refused.value)
    assert "\x1b" not in str(refused.value)


@pytest.mark.parametrize(
    "page",
    [
        "<h1>A site of mine</h1>",
        (404, {}, "not here"),
        (200, {}, "[]"),
        (200, {}, '{"data": 5}'),
        (200, {}, '{"data": [{"name": "qwen2.5vl"}]}'),
        (200, {}, "[" * 100_000),
        (302, {"Location": "http://127.0.0.1:9/v1/models"}, ""),
    ],
)
def test_what_is_no_model_server_is_none(serve: Serve, page: object) -> None:
    assert find_servers([serve("vLLM", page=page)]) == []


def test_a_server_that_is_slow_holds_nothing_up(serve: Serve) -> None:
    answer = threading.Event()

    def late(_: str) -> str:
        answer.wait(20)
        return "{}"

    slow, quick = serve("vLLM", page=late), serve("LM Studio", "qwen2.5-vl")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        found = find_servers([slow, Place("llama.cpp", silent.getsockname()[1]), quick])
        assert time.monotonic() - began < 10  # it is given 0.3 s
    answer.set()
    assert [server.place for server in found] == [quick]


def test_a_key_comes_before_a_server_and_a_name_before_both(serve: Serve) -> None:
    place = serve("vLLM", "qwen2.5-vl")
    keys = {"OPENAI_API_KEY": "sk-1"}
    settings, line = with_model(Settings(), keys, [place])
    assert (settings.model, settings.api_base) == ("openai/gpt-4o", None)
    assert line == "Model: openai/gpt-4o, for OPENAI_API_KEY is set (--model names another)"
    assert with_model(Settings(), keys | {"HF_TOKEN": "hf_1"})[0].model == "huggingface/Qwen/Qwen2.5-VL-72B-Instruct"
    for named in (Settings(model="openai/x"), Settings(api_base="http://h/v1"), Settings(discover=False)):
        assert with_model(named, keys, [place]) == (named, "")


def test_what_is_found_is_asked(settings: Settings) -> None:
    with ScriptedModel([action("final_answer('hi')")], name="qwen2.5-vl") as model:
        found, _ = with_model(settings, {}, [Place("vLLM", model.port)])
        with WebAgent(settings=found) as agent:
            assert agent.run("Say hi.").answer == "hi"
    (request,) = model.requests
    assert request.body["model"] == "qwen2.5-vl"
    assert request.headers["Authorization"] == "Bearer none"
