"""A GGUF file, run by llama.cpp beside this process: it sees, it counts, nobody else gets at it, and it ends."""

import gc
import json
import os
import re
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import chain
from pathlib import Path
from typing import Any, Self
from urllib.error import HTTPError

import psutil
import pytest
from PIL import Image
from processes import ended
from servers import LOOPBACK, Site
from smolagents.models import ChatMessage

from llamacpp import tiny
from webagent import ModelConfigurationError, ModelFailed, Settings, WebAgent
from webagent.errors import PageNotOpened
from webagent.gguf_model import GgufModel
from webagent.gguf_server import IMAGE_MIN_TOKENS, check_gguf, open_ports
from webagent.gguf_use import ServerUse
from webagent.keys import KEY_VARIABLES
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


class Stranger(HTTPServer):
    """Another program that listens on a port, and answers as a model's server does.

    Attributes:
        asked: what it was asked for.
        meanwhile: is called before it answers.
    """

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), Forger)
        self.asked: list[str] = []
        self.meanwhile: Callable[[], object] = lambda: None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self.serve_forever)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class Forger(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Stranger)
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append(self.path)
        self.server.meanwhile()
        message = {"role": "assistant", "content": "forged"}
        choices = [{"index": 0, "message": message, "finish_reason": "stop"}]
        reply = {"id": "1", "object": "chat.completion", "created": 1, "model": "x", "choices": choices}
        body = json.dumps(reply).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def process_of(model: GgufModel) -> psutil.Process:
    return psutil.Process(model.server._process.pid)


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
    assert model.server.address == f"http://127.0.0.1:{model.server.port}"
    listening = {one.laddr.ip for one in process_of(model).net_connections("tcp") if one.status == "LISTEN"}
    assert listening == {"127.0.0.1"}
    words = [*process_of(model).cmdline(), *process_of(model).environ().values()]
    assert not any(model.server.key in word for word in words)


def test_its_process_has_no_keys(files: Path, tmp_path: Path) -> None:
    program = (
        "import sys, psutil\nfrom webagent.gguf_model import GgufModel\n"
        "print(sorted(psutil.Process(GgufModel(sys.argv[1]).server._process.pid).environ()))"
    )
    keys = [*chain(*KEY_VARIABLES.values()), "CUDA_TOKEN", "GGML_PASSWORD", "VK_api_key", "HIP_SECRET"]
    assert any(name.startswith("NVIDIA_") for name in keys)
    told = {**os.environ, **dict.fromkeys(keys, "x"), "HTTP_PROXY": "http://127.0.0.1:9", "NVIDIA_VISIBLE_DEVICES": "0"}
    done = subprocess.run(
        [sys.executable, "-c", program, str(files / "tiny.gguf")],
        env=told, cwd=tmp_path, capture_output=True, text=True, timeout=100, check=True,
    )  # fmt: skip
    for name in (*keys, "HTTP_PROXY"):
        assert f"'{name}'" not in done.stdout
    assert "'PATH'" in done.stdout
    assert "'NVIDIA_VISIBLE_DEVICES'" in done.stdout
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


def test_what_llama_cpp_reads_as_a_sign_is_none_in_a_pages_text(tmp_path: Path) -> None:
    signs = {
        "<end_of_turn>": 1,
        "</s>": 1,
        "[EOT]": 1,
        "<eos>": 5,
        "<tool_call>": 4,
        "[TOOL]": 4,
        "<ctl>": 3,
        "<unk>": 2,
    }
    path = tiny.model(
        tmp_path / "signs.gguf",
        tokenizer__ggml__tokens=[*tiny._letters(), "he", *tiny.SIGNS, *signs],
        tokenizer__ggml__token_type=[*[1] * 257, *[3] * len(tiny.SIGNS), *signs.values()],
    )
    model = GgufModel(path, max_new_tokens=1)
    nothing = tokens(model, asked(text=""))
    for sign in signs:
        assert sign in model.fitting.rules.signs
        assert tokens(model, asked(text=sign * 10)) - nothing == 10 * (len(sign) + 1), (
            sign
        )  # a letter each, and a blank
    model.fitting.rules = replace(model.fitting.rules, signs=())
    for sign in signs:  # else they are one token each: that is what is to be seen to
        assert tokens(model, asked(text=sign * 10)) - nothing == 10, sign


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


def test_a_model_of_a_short_context_is_told_of_and_gets_no_more(tmp_path: Path) -> None:
    path = tiny.model(tmp_path / "short.gguf", qwen2vl__context_length=2_048)
    model = GgufModel(path, max_new_tokens=4)
    assert read(model, "/props", model.server.key)["default_generation_settings"]["n_ctx"] == 2_048
    with pytest.raises(ModelFailed, match=r"trained for 2,048 tokens, so take a model with a longer context$"):
        model.generate(asked(text="x" * 3_000))
    ok, says, _ = check_model(Settings(model=f"gguf/{path}"), {})
    assert ok
    assert "context 2,048 tokens (it was trained for 2,048 tokens of context, and a long page" in says


def test_a_prompt_that_is_too_long_for_a_model_without_eyes_is_said(blind: Path) -> None:
    with pytest.raises(ModelFailed, match=r"longer than the context of blind \(.*\): split the task"):
        GgufModel(blind, max_new_tokens=4).generate(asked(text="x" * 40_000))


def test_no_page_reaches_it(model: GgufModel, tmp_path: Path) -> None:
    settings = Settings(session_dir=tmp_path, allow_host=(*LOOPBACK, f"127.0.0.1:{model.server.port}"))
    with WebAgent(model, settings=settings) as agent:
        for host in ("127.0.0.1", "localhost"):
            with pytest.raises(PageNotOpened, match=f"{host}:{model.server.port} is webagent's own"):
                agent.browser.open(f"http://{host}:{model.server.port}/health")
        with Site({"/": "<title>Mine</title>"}) as site:
            agent.browser.open(site.url)


def test_an_end_in_the_middle_is_said_and_the_next_one_is_started(files: Path, tmp_path: Path) -> None:
    path = tiny.model(tmp_path / "own.gguf")
    model = GgufModel(path, max_new_tokens=4)
    assert model.server.port in open_ports()
    process_of(model).send_signal(signal.SIGSEGV)
    with pytest.raises(ModelFailed, match=r"which ran own, has gone \(it was ended by SIGSEGV\): run it again"):
        model.generate(asked())
    with pytest.raises(ModelFailed, match=r"has gone \(it was ended by SIGSEGV\)"):
        model.generate(asked())
    again = GgufModel(path, max_new_tokens=4)
    assert again.server is not model.server
    assert tokens(again, asked()) > 0
    process_of(again).kill()  # as the system does where memory runs out
    with pytest.raises(ModelFailed, match=r"ended by SIGKILL\): take a file of fewer bits"):
        again.generate(asked())


def test_a_stranger_on_its_port_is_not_asked(tmp_path: Path) -> None:
    model = GgufModel(tiny.model(tmp_path / "own.gguf"), max_new_tokens=4)
    assert tokens(model, asked()) > 0
    process_of(model).send_signal(signal.SIGSEGV)
    model.server._process.wait()
    with Stranger(model.server.port) as stranger:
        with pytest.raises(ModelFailed, match="has gone"):
            model.generate(asked())
        with pytest.raises(ModelFailed, match="has gone"):
            list(model.generate_stream(asked()))
    assert stranger.asked == []


def test_a_reply_does_not_count_where_the_server_has_ended_meanwhile(tmp_path: Path) -> None:
    """It ends after it was looked at: whoever has its port by then is asked, but nothing that he says counts."""
    model = GgufModel(tiny.model(tmp_path / "own.gguf"), max_new_tokens=4)
    other = Stranger(0)
    other.meanwhile = lambda: (process_of(model).kill(), model.server._process.wait())
    with other:
        model.client.base_url = f"http://127.0.0.1:{other.server_port}/v1"
        with pytest.raises(ModelFailed, match="has gone"):
            model.generate(asked())
    assert other.asked == ["/v1/chat/completions"]


def test_an_end_in_the_middle_of_a_reply_in_parts_is_said(tmp_path: Path) -> None:
    path = tiny.model(tmp_path / "own.gguf")
    model = GgufModel(path, max_new_tokens=20_000, extra_body={"ignore_eos": True})
    parts = model.generate_stream(asked())
    next(parts)
    process_of(model).send_signal(signal.SIGSEGV)
    with pytest.raises(ModelFailed, match=r"has gone \(it was ended by SIGSEGV\): run it again"):
        list(parts)


def test_it_ends_with_the_last_that_uses_it(tmp_path: Path) -> None:
    path = tiny.model(tmp_path / "own.gguf")
    model, other = GgufModel(path, max_new_tokens=4), GgufModel(path, max_new_tokens=4)
    process, port = process_of(model), model.server.port
    assert process_of(other) == process
    model.close()
    model.close()
    assert tokens(other, asked()) > 0
    del other
    gc.collect()
    assert ended([process])
    assert port not in open_ports()
    with pytest.raises(ModelFailed, match=r"has gone \(it was closed\): load it again$"):
        model.generate(asked())
    again = GgufModel(path, max_new_tokens=4)
    assert tokens(again, asked()) > 0


def test_one_that_nobody_comes_for_ends(tmp_path: Path) -> None:
    wanted = check_gguf(str(tiny.model(tmp_path / "own.gguf")), None)
    use = ServerUse(wanted)
    process = psutil.Process(use.load()._process.pid)
    model = GgufModel(wanted.model, max_new_tokens=4)  # it comes
    use.end()
    use.end()
    assert tokens(model, asked()) > 0
    model.close()
    assert ended([process])
    early = ServerUse(wanted)
    early.end()  # as where a run ends before the thread that loads ahead has begun
    with pytest.raises(ModelConfigurationError, match="was given up before it was done: load it again"):
        early.load()


def test_one_that_is_given_up_while_it_is_loaded_ends(smollm2: Path) -> None:
    use, waits = ServerUse(check_gguf(str(smollm2), None)), ServerUse(check_gguf(str(smollm2), None))
    said: list[str] = []

    def load(one: ServerUse) -> None:
        try:
            one.load()
        except ModelConfigurationError as error:
            said.append(str(error))

    threads = [threading.Thread(target=load, args=(one,)) for one in (use, waits)]
    for thread in threads:
        thread.start()
    use.end()
    waits.end()
    for thread in threads:
        thread.join(60)
    assert len(said) == 2
    for sentence in said:
        assert re.search(r"loading .* was given up before it was done: load it again", sentence)


def test_an_interrupt_is_for_the_thread_that_loads(blind: Path, tmp_path: Path) -> None:
    """The other ones that wait are told in a sentence."""
    program = """
import _thread, sys, threading, time
from pathlib import Path
from webagent.gguf_server import check_gguf
from webagent.gguf_use import ServerUse
from webagent import ModelConfigurationError
wanted = check_gguf(sys.argv[1], None)
first, second = ServerUse(wanted), ServerUse(wanted)
def wait():
    while not first._shared.loading:
        time.sleep(0.001)
    threading.Thread(target=_thread.interrupt_main).start()
    try:
        second.load()
    except ModelConfigurationError as error:
        print("told", error)
other = threading.Thread(target=wait)
other.start()
try:
    first.load()
except KeyboardInterrupt:
    print("interrupted")
other.join()
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(blind)], capture_output=True, text=True, timeout=100, check=True
    )
    assert "interrupted" in done.stdout
    assert "was given up before it was done: load it again" in done.stdout


def test_a_forked_child_leaves_its_parents_server_alone(model: GgufModel, files: Path) -> None:
    program = """
import os, sys
from webagent.errors import ModelFailed
from webagent.gguf_model import GgufModel
from webagent.gguf_server import end_servers, open_ports
model = GgufModel(sys.argv[1], max_new_tokens=2)
ask = [{"role": "user", "content": "Hi."}]
if (child := os.fork()) == 0:
    assert not open_ports()
    end_servers()
    model.close()
    try:
        model.generate(ask)
    except ModelFailed as error:
        print(error, flush=True)
    assert GgufModel(sys.argv[1], max_new_tokens=2).generate(ask).token_usage  # one of its own
    sys.exit()
_, status = os.waitpid(child, 0)
assert status == 0 and model.server.alive
print(model.generate(ask).token_usage is not None)
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, str(files / "tiny.gguf")],
        capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told, answered = done.stdout.splitlines()
    assert "has gone (it belongs to the process that this one was forked from): load it again" in told
    assert answered == "True"


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
