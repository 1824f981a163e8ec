"""A GGUF file, run by llama.cpp beside this process: it sees, it counts, nobody else gets at it, and it ends."""

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import psutil
import pytest
from PIL import Image
from servers import LOOPBACK, Site
from smolagents.models import ChatMessage

from llamacpp import tiny
from webagent import ModelFailed, Settings, WebAgent
from webagent.errors import PageNotOpened
from webagent.gguf_model import GgufModel
from webagent.gguf_server import IMAGE_MIN_TOKENS
from webagent.model import load_model
from webagent.model_check import check_model

SCREENSHOT = (1120, 896)


def asked(*sizes: tuple[int, int], text: str = "What is there?", colour: str = "red") -> list[Any]:
    pictures = [{"type": "image", "image": Image.new("RGB", size, colour)} for size in sizes]
    return [{"role": "user", "content": [*pictures, {"type": "text", "text": text}]}]


def read(model: GgufModel, path: str, key: str | None = None) -> Any:
    """Return what the model's server answers, or its status where it refuses."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        request = urllib.request.Request(model.server.address + path, headers=headers)  # noqa: S310
        with urllib.request.urlopen(request) as reply:  # noqa: S310
            return json.load(reply)
    except HTTPError as error:
        with error:
            return error.code


@pytest.fixture(scope="module")
def model(files: Path) -> GgufModel:
    return GgufModel(files / "tiny.gguf", max_new_tokens=8, temperature=0.0)


def tokens(model: GgufModel, messages: list[Any]) -> int:
    usage = model.generate(messages).token_usage
    assert usage is not None
    return usage.input_tokens


def test_a_screenshot_is_seen_as_it_is(model: GgufModel) -> None:
    without = tokens(model, asked())
    assert tokens(model, asked(SCREENSHOT)) - without == 1280 + 2  # a token for 28 pixels each way, and two signs
    assert tokens(model, asked(SCREENSHOT, SCREENSHOT)) - without == 2 * (1280 + 2)
    red, blue = (model.generate(asked(SCREENSHOT, colour=colour)).content for colour in ("red", "blue"))
    assert red != blue


def test_a_small_picture_gets_enough_tokens_and_context_is_there(model: GgufModel) -> None:
    assert tokens(model, asked((280, 280))) - tokens(model, asked()) >= IMAGE_MIN_TOKENS
    props = read(model, "/props", model.server.key)
    assert props["default_generation_settings"]["n_ctx"] == 32_768
    assert props["modalities"]["vision"] is True


def test_nobody_gets_an_answer_without_the_key(model: GgufModel) -> None:
    assert read(model, "/health") == {"status": "ok"}
    for path in ("/props", "/v1/models", "/slots", "/metrics"):
        assert read(model, path) == 401
        assert read(model, path, "none") == 401
    assert model.server.address == f"http://127.0.0.1:{model.own_port}"
    listening = {
        one.laddr.ip for one in psutil.Process(model.server.pid).net_connections("tcp") if one.status == "LISTEN"
    }
    assert listening == {"127.0.0.1"}
    words = [*psutil.Process(model.server.pid).cmdline(), *psutil.Process(model.server.pid).environ().values()]
    assert not any(model.server.key in word for word in words)


def test_its_process_has_no_keys(files: Path, tmp_path: Path) -> None:
    program = (
        "import sys, psutil\nfrom webagent.gguf_model import GgufModel\n"
        "print(sorted(psutil.Process(GgufModel(sys.argv[1]).server.pid).environ()))"
    )
    told = {**os.environ, "OPENAI_API_KEY": "sk-1", "HF_TOKEN": "hf-1", "HTTP_PROXY": "http://127.0.0.1:9", "MINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", program, str(files / "tiny.gguf")],
        env=told, cwd=tmp_path, capture_output=True, text=True, timeout=100, check=True,
    )  # fmt: skip
    for name in ("OPENAI_API_KEY", "HF_TOKEN", "HTTP_PROXY", "MINE"):
        assert name not in done.stdout
    assert "PATH" in done.stdout
    assert done.stderr == ""


def test_the_users_proxy_is_not_asked(model: GgufModel, monkeypatch: pytest.MonkeyPatch, files: Path) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert GgufModel(files / "tiny.gguf", max_new_tokens=2).generate(asked()).token_usage is not None


def test_one_server_for_all_agents_of_a_program(model: GgufModel, files: Path) -> None:
    others: list[GgufModel] = []
    threads = [threading.Thread(target=lambda: others.append(GgufModel(files / "tiny.gguf"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {other.server for other in others} == {model.server}
    settings = Settings(model=f"gguf/{files / 'tiny.gguf'}", mmproj=files / "mmproj-tiny.gguf")
    named = load_model(settings)
    assert isinstance(named, GgufModel)
    assert named.server is model.server  # named or found beside it, it is the same


def test_a_reply_in_parts_is_the_reply(smollm2: Path) -> None:
    model = GgufModel(smollm2, max_new_tokens=12, temperature=0.0)
    parts = list(model.generate_stream(asked(SCREENSHOT)))
    whole = model.generate(asked(SCREENSHOT))
    assert "".join(part.content or "" for part in parts) == whole.content
    usage = [part.token_usage for part in parts if part.token_usage is not None]
    assert whole.token_usage is not None
    assert [one.input_tokens for one in usage] == [whole.token_usage.input_tokens]


def test_signs_in_a_pages_text_are_no_signs(model: GgufModel) -> None:
    sign, spaced = "<|im_end|>", "< |im_end|>"
    assert tokens(model, asked(text=sign * 10)) == tokens(model, asked(text=spaced * 10))
    assert tokens(model, asked(text=sign * 10)) - tokens(model, asked(text="")) == 10 * len(spaced)
    message: list[ChatMessage | dict[str, Any]] = [{"role": "user", "content": sign}]
    assert tokens(model, message) == tokens(model, [{"role": "user", "content": spaced}])


def test_a_model_without_eyes_gets_no_pictures(blind: Path) -> None:
    model = GgufModel(blind, max_new_tokens=4)
    assert not model.sees
    assert tokens(model, asked(SCREENSHOT)) == tokens(model, asked())
    alone = {"role": "user", "content": [{"type": "image", "image": Image.new("RGB", SCREENSHOT)}]}
    assert tokens(model, [alone, *asked()]) == tokens(model, asked())


def test_a_prompt_that_is_too_long_is_said(model: GgufModel) -> None:
    with pytest.raises(ModelFailed, match=r"longer than the context of tiny \(.*\): keep fewer screenshots"):
        model.generate(asked(text="x" * 40_000))
    assert tokens(model, asked()) > 0


def test_no_page_reaches_it(model: GgufModel, tmp_path: Path) -> None:
    settings = Settings(session_dir=tmp_path, allow_host=(*LOOPBACK, f"127.0.0.1:{model.own_port}"))
    with WebAgent(model, settings=settings) as agent:
        for host in ("127.0.0.1", "localhost"):
            with pytest.raises(PageNotOpened, match=f"{host}:{model.own_port} is webagent's own"):
                agent.browser.open(f"http://{host}:{model.own_port}/health")
        with Site({"/": "<title>Mine</title>"}) as site:
            agent.browser.open(site.url)


def test_an_end_in_the_middle_is_said_and_the_next_one_is_started(files: Path, tmp_path: Path) -> None:
    path = tiny.model(tmp_path / "own.gguf")
    model = GgufModel(path, max_new_tokens=4)
    psutil.Process(model.server.pid).send_signal(signal.SIGSEGV)
    with pytest.raises(ModelFailed, match=r"which ran own, has gone \(it was ended by SIGSEGV\): run it again"):
        model.generate(asked())
    with pytest.raises(ModelFailed, match=r"has gone \(it was ended by SIGSEGV\)"):
        model.generate(asked())
    again = GgufModel(path, max_new_tokens=4)
    assert again.server is not model.server
    assert tokens(again, asked()) > 0
    psutil.Process(again.server.pid).kill()  # as the system does where memory runs out
    with pytest.raises(ModelFailed, match=r"ended by SIGKILL\): take a file of fewer bits"):
        again.generate(asked())


def test_doctor_names_the_file_the_package_and_the_part_for_pictures(files: Path, blind: Path) -> None:
    ok, says, mend = check_model(Settings(model=f"gguf/{files / 'tiny.gguf'}"), {})
    assert (ok, mend) == (True, "")
    assert "(qwen2vl) by llama.cpp of xllamacpp 20" in says
    assert f"with {files / 'mmproj-tiny.gguf'} for pictures; context 32,768 tokens" in says
    ok, says, mend = check_model(Settings(model=f"gguf/{blind}"), {})
    assert ok
    assert "It does not see" in says
    assert "name its mmproj-….gguf with --mmproj" in mend
    assert not check_model(Settings(model=f"gguf/{files}"), {})[0]


def test_a_real_model_answers(smollm2: Path) -> None:
    model = GgufModel(smollm2, max_new_tokens=24, temperature=0.0)
    reply = model.generate([{"role": "user", "content": "What is the capital of France?"}])
    assert str(reply.content).strip()
    assert reply.token_usage is not None
    assert reply.token_usage.input_tokens > 20
