"""A model's name becomes a model: through which library, with which key, and what is said where it cannot be."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from servers import ScriptedModel, Site, _Server, action

from webagent import ModelConfigurationError, Settings, WebAgent
from webagent.model import check_named, load_model, speaks_openai

# litellm filters its own warnings out, and pytest undoes it.
LITELLM = "ignore:Items? .* on TypedDict class:UserWarning"
BASE = "http://127.0.0.1:9/v1"


@pytest.mark.parametrize(
    ("model", "api_base", "is_so"),
    [
        ("openai/gpt-4o", None, True),
        ("openai/gpt-4o", BASE, True),
        ("hosted_vllm/Qwen/Q", BASE, True),
        ("Qwen/Qwen2.5-VL-7B-Instruct", BASE, True),
        ("q", BASE, True),
        ("huggingface/Qwen/Q", None, False),
        ("fireworks_ai/x", None, False),
        ("ollama/qwen2.5vl", None, False),
        ("ollama/qwen2.5vl", BASE, False),
        ("anthropic/claude", BASE, False),
        ("gpt-4o", None, False),
    ],
)
def test_what_speaks_openais_protocol(model: str, api_base: str | None, is_so: bool) -> None:
    assert speaks_openai(Settings(model=model, api_base=api_base)) is is_so


@pytest.mark.slow
def test_only_what_needs_litellm_imports_it() -> None:
    program = f"""
import sys
from webagent.model import load_model
from webagent.settings import Settings
for name in ("openai/x", "hosted_vllm/Qwen/Q", "Qwen/Q", "lm_studio/q"):
    model = load_model(Settings(model=name, api_base={BASE!r}))
    print(type(model).__name__, model.model_id, "litellm" in sys.modules)
model = load_model(Settings(model="fireworks_ai/q", api_key="k"))
print(type(model).__name__, model.model_id, "litellm" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=90, check=False)
    assert done.stdout.splitlines() == [
        "OpenAICompatibleModel x False",
        "OpenAICompatibleModel Qwen/Q False",
        "OpenAICompatibleModel Qwen/Q False",
        "OpenAICompatibleModel q False",
        "FittedLiteLLMModel fireworks_ai/q True",
    ], done.stderr


def test_openais_key_stays_with_openai(scripted: Callable[..., ScriptedModel], monkeypatch: pytest.MonkeyPatch) -> None:
    server = scripted("hi", "hi", "hi")
    asked = [{"role": "user", "content": [{"type": "text", "text": "?"}]}]
    own = Settings(model="openai/x", api_base=server.api_base)
    load_model(own).generate(asked)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-environment")
    load_model(own).generate(asked)
    load_model(Settings.model_validate({**dict(own), "api_key": "sk-given"})).generate(asked)
    sent = [request.headers["Authorization"] for request in server.requests]
    assert sent == ["Bearer none", "Bearer none", "Bearer sk-given"]
    assert load_model(Settings(model="openai/gpt-4o")).client.api_key == "sk-environment"
    assert load_model(Settings(model="openai/x", api_base="https://h.example/v1")).client.api_key == "sk-environment"
    assert load_model(Settings(model="Qwen/Q", api_base="https://h.example/v1")).client.api_key == "none"


@pytest.mark.filterwarnings(LITELLM)
@pytest.mark.parametrize("variable", ["HF_TOKEN", "HUGGINGFACE_API_KEY"])
def test_a_providers_own_variable_is_its_key(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "hf-key")
    assert load_model(Settings(model="huggingface/Qwen/Qwen2.5-VL-72B-Instruct")).api_key == "hf-key"


@pytest.mark.slow
@pytest.mark.parametrize("package", ["litellm", "smolagents"])
def test_no_package_reads_a_dotenv_file_by_itself(tmp_path: Path, package: str) -> None:
    # They look for one from their own folder upwards, and a virtual environment may lie in a cloned repository.
    (tmp_path / ".env").write_text("HF_API_BASE=https://elsewhere.example\nHTTPS_PROXY=http://elsewhere.example\n")
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages" / package).symlink_to(Path(import_module(package).__file__ or "").parent)
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'packages')!r})\n"
        "import os\nfrom webagent import Settings, WebAgent\nfrom webagent.model import load_model\n"
        "load_model(Settings(model='fireworks_ai/q', api_key='k'))\n"
        "print(*map(os.environ.get, ('HF_API_BASE', 'HTTPS_PROXY', 'PYTHON_DOTENV_DISABLED')))\n"
        f"print(sys.modules[{package!r}].__file__)"
    )
    environment = {name: value for name, value in os.environ.items() if "PROXY" not in name.upper()}
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True, text=True, timeout=90, check=True, cwd=tmp_path / "packages", env=environment,
    )  # fmt: skip
    assert done.stdout.split()[:3] == ["None", "None", "None"]
    assert str(tmp_path) in done.stdout


@pytest.mark.parametrize(
    ("model", "api_base", "says"),
    [
        (None, None, "no model is named; three ways to get one"),
        (None, BASE, "no model is named"),
        ("openai/gpt-4o", None, "there is no key for openai/gpt-4o: set OPENAI_API_KEY"),
        ("openai/", BASE, "names no model: write openai/NAME"),
        ("hosted_vllm/q", None, "is a server of your own, and its address is missing: give --api-base"),
        ("local/./nowhere", None, "needs torch.* not installed here: pip install|there is no model in nowhere: "),
        ("local/./nowhere", BASE, "needs torch.* not installed here: pip install|there is no model in nowhere: "),
        ("gguf/qwen", BASE, "there is no file qwen: give the path of a GGUF file"),
        ("nonsense", None, "names no provider that is known"),
        ("Qwen/Qwen2.5-VL-7B-Instruct", None, "names no provider that is known"),
        ("groq/llama", None, "there is no key for groq/llama: set GROQ_API_KEY"),
        ("huggingface/Qwen/Q", None, "there is no key for huggingface/Qwen/Q"),
        ("fireworks_ai/q", None, "there is no key for fireworks_ai/q"),
    ],
)
def test_a_model_that_cannot_be_loaded_is_said_in_one_sentence(
    model: str | None, api_base: str | None, says: str
) -> None:
    with pytest.raises(ModelConfigurationError, match=says) as caught:
        load_model(Settings(model=model, api_base=api_base))
    assert "\n" not in str(caught.value)


def test_a_name_is_checked_before_anything_is_imported() -> None:
    program = """
import sys
from webagent.model import check_named
from webagent.settings import Settings
check_named(Settings(model="openai/x"))
print({"smolagents", "openai", "litellm"} & set(sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "set()\n"
    assert check_named(Settings(model="anything/else")) == "anything/else"


def test_a_key_never_shows(settings: Settings) -> None:
    told = Settings.model_validate({**dict(settings), "model": "openai/x", "api_key": "sk-secret"})
    assert "sk-secret" not in repr(told) + str(told.public())


class Ollama(_Server):
    """A server of Ollama's own protocol that gives these replies."""

    def __init__(self, *replies: str) -> None:
        self.replies = list(replies)
        self.seen: list[tuple[str, dict[str, Any]]] = []

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None: ...

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                answer: dict[str, Any] = {"model": "q", "created_at": "2026-01-01T00:00:00Z", "done": True}
                answer |= {"done_reason": "stop", "prompt_eval_count": 700, "eval_count": 7}
                if self.path in {"/api/chat", "/api/generate"}:
                    server.seen.append((self.path, body))
                    text = server.replies[len(server.seen) - 1]
                    answer |= {"message": {"role": "assistant", "content": text}, "response": text}
                data = json.dumps(answer).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        return Handler


@pytest.mark.filterwarnings(LITELLM)
@pytest.mark.parametrize(("model", "path"), [("ollama/qwen2.5vl", "/api/generate"), ("ollama_chat/q", "/api/chat")])
def test_a_run_through_litellm_sends_pictures(settings: Settings, model: str, path: str) -> None:
    with (
        Site({"/": "<title>Lamp</title><body style='background:#05f'>42 EUR"}) as site,
        Ollama(action("print(1)"), action("final_answer('42 EUR')")) as server,
        WebAgent(model, settings=settings, api_base=f"http://127.0.0.1:{server.port}") as agent,
    ):
        result = agent.run("What does it cost?", url=site.url)
    assert result.answer == "42 EUR", result.reason
    assert result.usage.model_dump() == {"input_tokens": 1400, "output_tokens": 14}
    assert [seen for seen, _ in server.seen] == [path] * 2
    for _, body in server.seen:
        pictures = body.get("images") or [one for message in body["messages"] for one in message["images"]]
        (picture,) = [Image.open(BytesIO(base64.b64decode(one))) for one in pictures]
        assert (picture.size, picture.getpixel((500, 500))) == ((1120, 896), (0, 85, 255))
        assert body["options"]["num_ctx"] == 16_384
