"""The server of a GGUF file ends with the run, however that ends, and so does all that was started beside it."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from processes import ended, family, lines_until, started
from servers import Site

CHILD = "gguf_child.py"


def command(model: Path, folder: Path, *flags: str) -> list[str]:
    return [
        sys.executable, "-m", "webagent", "Read the page.", "--model", f"gguf/{model}", "--session-dir", str(folder),
        *flags,
    ]  # fmt: skip


def server_of(process: subprocess.Popen[str]) -> psutil.Process:
    """Return the server of llama.cpp, once it is there."""
    for _ in range(600):
        for child in psutil.Process(process.pid).children(recursive=True):
            with suppress(psutil.Error):  # it has ended
                if any(word.endswith(CHILD) for word in child.cmdline()):
                    return child
        time.sleep(0.05)
    raise AssertionError("no server was started")


def test_a_run_ends_in_order(files: Path, tmp_path: Path) -> None:
    with Site({"/": "<title>Page</title><h1>Page</h1>"}) as site:
        words = command(files / "tiny.gguf", tmp_path, "--url", site.url, "--max-steps", "2", "--json")
        with started(words) as process:
            server = server_of(process)
            out, told = process.communicate(timeout=110)
    assert process.returncode == 1, told
    assert "Traceback" not in told
    assert f"loading gguf/{files}/tiny.gguf into llama.cpp, with mmproj-tiny.gguf" in told
    assert "does not see" not in told
    answer = json.loads(out)
    assert (answer["outcome"], answer["steps"]) == ("max_steps", 2)
    assert answer["usage"]["input_tokens"] > 2 * 1280
    assert answer["usage"]["output_tokens"] > 0
    session = json.loads((Path(answer["session"]) / "session.json").read_text())
    assert session["settings"]["model"] == f"gguf/{files}/tiny.gguf"
    assert session["outcome"] == "max_steps"
    assert ended([server])


def test_a_run_with_a_real_model_ends_in_order(smollm2: Path, tmp_path: Path) -> None:
    """It will not do the task: it is blind, and small. Its replies are short here, for it is slow as well."""
    program = """
import sys
from webagent import Settings, WebAgent
from webagent.gguf_model import GgufModel
settings = Settings(session_dir=sys.argv[2], max_steps=1)
with WebAgent(GgufModel(sys.argv[1], max_new_tokens=40), settings=settings) as agent:
    print(agent.run("Read the page.").model_dump_json(include={"outcome", "usage", "session", "reason"}))
"""
    with started([sys.executable, "-c", program, str(smollm2), str(tmp_path)]) as process:
        server = server_of(process)
        out, told = process.communicate(timeout=110)
    assert process.returncode == 0, told
    result = json.loads(out)
    assert result["outcome"] in ("answered", "max_steps"), result
    assert result["usage"]["input_tokens"] > 500
    assert result["usage"]["output_tokens"] > 0
    assert json.loads((Path(result["session"]) / "session.json").read_text())["outcome"] == result["outcome"]
    assert ended([server])


def test_a_model_without_eyes_is_warned_of(blind: Path, tmp_path: Path) -> None:
    with started(command(blind, tmp_path, "--max-steps", "1")) as process:
        _, told = process.communicate(timeout=110)
    warning = f"webagent: gguf/{blind} does not see pages, it only reads what is said of them: no mmproj"
    assert [line.startswith(warning) for line in told.splitlines()].count(True) == 1, told
    assert process.returncode == 1


@pytest.mark.parametrize(
    ("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_a_run_that_is_stopped_leaves_nothing(files: Path, tmp_path: Path, signum: int, code: int) -> None:
    with started(command(files / "tiny.gguf", tmp_path, "--max-steps", "1000")) as process:
        server = server_of(process)
        lines_until(process, "step 1/1000")
        everything = family(process)
        assert server in everything
        began = time.monotonic()
        process.send_signal(signum)
        _, told = process.communicate(timeout=30)
        assert ended(everything)
        assert time.monotonic() - began < 10  # mostly it is well under a second
    assert process.returncode == code
    assert "Traceback" not in told


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_stopped_while_the_model_is_loaded_leaves_nothing(
    smollm2: Path, tmp_path: Path, signum: int
) -> None:
    with started(command(smollm2, tmp_path)) as process:
        lines_until(process, "loading gguf/")
        server_of(process)
        everything = family(process)
        process.send_signal(signum)
        _, told = process.communicate(timeout=30)
        assert ended(everything)
    assert "Traceback" not in told


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGKILL])
def test_a_long_reply_holds_nothing_up(files: Path, signum: int) -> None:
    program = (
        "import sys\nfrom webagent.gguf_model import GgufModel\n"
        "model = GgufModel(sys.argv[1], max_new_tokens=30_000, extra_body={'ignore_eos': True})\n"
        "print('asking', file=sys.stderr, flush=True)\n"
        "model.generate([{'role': 'user', 'content': 'Count.'}])"
    )
    with started([sys.executable, "-c", program, str(files / "tiny.gguf")]) as process:
        lines_until(process, "asking")
        server = server_of(process)
        before = server.cpu_times().user
        for _ in range(600):
            if server.cpu_times().user > before + 0.2:  # it is at work
                break
            time.sleep(0.05)
        everything = family(process)
        began = time.monotonic()
        os.kill(process.pid, signum)
        process.communicate(timeout=30)
        assert ended(everything)
        assert time.monotonic() - began < 10
