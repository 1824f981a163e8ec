"""What a model's server answers wrongly becomes a sentence. Each error here is one that a real client raised."""

import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from servers import Asked, Reply, ScriptedModel, action
from smolagents.models import ChatMessage

from webagent import ModelConfigurationError, ModelFailed, Settings, WebAgentError
from webagent.families import Rules
from webagent.fitting import Fitting
from webagent.model import load_model
from webagent.model_errors import explain
from webagent.openai_model import OpenAICompatibleModel

ASKED = [{"role": "user", "content": [{"type": "text", "text": "?"}]}]
REPLY: dict[str, Any] = {
    "id": "1", "object": "chat.completion", "created": 0, "model": "m",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hi"}}],
}  # fmt: skip
# litellm filters its own warnings out, and pytest undoes it.
LITELLM = "ignore:Items? .* on TypedDict class:UserWarning"
UPSTREAM = {"error": {"message": "upstream overloaded", "code": 502}}


def answer_of(base: str | None, model: str = "openai/x", **how: Any) -> ChatMessage | WebAgentError:
    """Return a model's reply, or what is said of its failure."""
    try:
        settings = Settings.model_validate({"model": model, "api_base": base, "api_key": "k"})
        if how:  # a client that does not try again
            once = OpenAICompatibleModel(
                fitting=Fitting(Rules(), settings.viewport),
                model_id="x",
                api_base=base,
                api_key="k",
                retry=False,
                client_kwargs=how,
            )
            return once.generate(ASKED)
        return load_model(settings).generate(ASKED)
    except Exception as error:  # noqa: BLE001 - each kind of it is to be explained
        return explain(error, model, base)


@pytest.mark.parametrize(
    ("reply", "kind", "says"),
    [
        ((401, "bad key"), ModelConfigurationError, r"the key for openai/x .* was refused \(401\): .*: bad key"),
        ((403, "not you"), ModelConfigurationError, r"was refused \(403\): .*: not you"),
        ((404, "no such model"), ModelConfigurationError, r"was not found .*\(404\): check --model.*: no such model"),
        ((400, "too long"), ModelFailed, r"did not take the request \(400\): .* pictures\?: too long"),
        ((400, {"detail": "no such model"}), ModelFailed, r"pictures\?: no such"),
        ((422, {"detail": [{"msg": "no text"}, {"msg": "no end"}]}), ModelFailed, r"\?: no text; no end$"),
        ((503, {"error": "the worker is dead"}), ModelFailed, r"try again: the worker is dead$"),
        ((500, "oops"), ModelFailed, r"failed \(500\): look at its log, or try again: oops"),
        ((503, "<html><body>nginx"), ModelFailed, r"failed \(503\): look at its log, or try again$"),
        ((404, "<!doctype html><p>none"), ModelConfigurationError, r"\(404\): check --model and --api-base$"),
        ((200, "<!doctype html><p>Welcome"), ModelConfigurationError, "is no model's server: check --api-base"),
        ((200, {**REPLY, "choices": []}), ModelFailed, "sent a reply without a message: look at its log"),
        ((200, {**REPLY, "choices": None}), ModelFailed, "sent a reply without a message"),
        ((200, UPSTREAM), ModelFailed, "without a message: upstream overloaded: look at its log"),
    ],
)
def test_what_a_server_of_openais_protocol_answers(
    scripted: Callable[..., ScriptedModel], reply: Reply, kind: type[WebAgentError], says: str
) -> None:
    server = scripted(*[reply] * 6)  # after a 500 it is asked again, and not told where to stop
    said = answer_of(server.api_base)
    assert isinstance(said, kind)
    (line,) = str(said).splitlines()
    assert re.search(says, line), line
    assert "<" not in line


def test_too_many_requests(scripted: Callable[..., ScriptedModel]) -> None:
    said = answer_of(scripted((429, "slow down")).api_base, max_retries=0)
    assert isinstance(said, ModelFailed)
    assert "refuses more requests for now (429): wait, or use another model: slow down" in str(said)


def test_an_address_without_v1_is_hinted_at(scripted: Callable[..., ScriptedModel]) -> None:
    base = scripted("hi").api_base.removesuffix("/v1")
    assert f"most servers' --api-base ends in /v1: {base}/v1" in str(answer_of(base))


def test_a_server_that_is_not_there() -> None:
    for base in ("http://127.0.0.1:9/v1", "http://no-such-host.invalid/v1"):
        said = answer_of(base, max_retries=0)
        assert isinstance(said, ModelConfigurationError)
        assert str(said).startswith(f"nothing answers for openai/x at {base}: is the server running")


def test_a_server_that_breaks_off_is_no_matter_of_configuration(scripted: Callable[..., ScriptedModel]) -> None:
    def leave(_: object) -> str:
        raise ConnectionError  # the connection closes without a word

    said = answer_of(scripted(leave).api_base, max_retries=0)
    assert isinstance(said, ModelFailed)
    assert "broke off" in str(said)


def test_a_server_that_takes_too_long(scripted: Callable[..., ScriptedModel]) -> None:
    over = threading.Event()

    def think(_: object) -> str:
        over.wait(30)
        return "hi"

    said = answer_of(scripted(think).api_base, max_retries=0, timeout=0.2)
    over.set()
    assert isinstance(said, ModelFailed)
    assert "did not reply within" in str(said)


@pytest.mark.parametrize("reply", [REPLY, {**REPLY, "usage": None}])
def test_a_reply_without_usage_is_a_reply(scripted: Callable[..., ScriptedModel], reply: dict[str, Any]) -> None:
    said = answer_of(scripted((200, reply)).api_base)
    assert isinstance(said, ChatMessage)
    assert (said.content, said.token_usage.input_tokens, said.token_usage.output_tokens) == ("hi", 0, 0)


def test_a_run_on_a_server_that_counts_no_tokens(ask: Callable[..., Asked]) -> None:
    message = {"role": "assistant", "content": action("final_answer(1)")}
    asked = ask([(200, {**REPLY, "choices": [{**REPLY["choices"][0], "message": message}]})])
    assert (asked.result.answer, asked.result.usage.input_tokens) == (1, 0)


@pytest.mark.filterwarnings(LITELLM)
@pytest.mark.parametrize(
    ("reply", "kind", "says"),
    [
        ((401, "bad key"), ModelConfigurationError, "(401): check --api-key or the key's variable: bad key"),
        ((404, "no such model"), ModelConfigurationError, "(404): check --model and --api-base: no such model"),
        ((500, "oops"), ModelFailed, "failed (500): look at its log, or try again: oops"),
        ((200, "<p>Welcome"), ModelFailed, "gave no usable reply"),
    ],
)
def test_what_litellm_makes_of_a_server_is_said_in_the_servers_words(
    scripted: Callable[..., ScriptedModel], reply: Reply, kind: type[WebAgentError], says: str
) -> None:
    said = answer_of(scripted(*[reply] * 5).api_base, "mistral/x")
    assert isinstance(said, kind)
    assert says in str(said)
    assert "litellm" not in str(said)


@pytest.mark.filterwarnings(LITELLM)
def test_a_server_that_is_not_there_through_litellm() -> None:
    for model in ("mistral/x", "ollama/x", "huggingface/x"):
        said = answer_of("http://127.0.0.1:9", model)
        assert isinstance(said, ModelConfigurationError)
        assert str(said).startswith(f"nothing answers for {model} at http://127.0.0.1:9")


@pytest.mark.filterwarnings(LITELLM)
def test_ollamas_own_address_has_no_v1(scripted: Callable[..., ScriptedModel]) -> None:
    assert "Ollama's own ends without /v1" in str(answer_of(scripted("hi").api_base, "ollama/q"))


def test_a_name_and_password_in_the_address_are_not_repeated(scripted: Callable[..., ScriptedModel]) -> None:
    base = scripted((404, "gone")).api_base.replace("//", "//ada:secret@")
    assert "secret" not in str(answer_of(base))
