"""`webagent TASK` as a whole: a real program, a real browser, a model over HTTP."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from cases import first
from servers import ScriptedModel, Site, action

SITE = {
    "/": '<title>Start</title><h1>Start</h1><a href="/list">The list</a>',
    "/list": '<title>List</title><h1>List</h1><p><a href="/item">Blue lamp</a></p><p><a href="/other">Other</a></p>',
    "/item": "<title>Blue lamp</title><h1>Blue lamp</h1><p>Price: 42 EUR</p><button>Buy</button>",
}


def steps(site: Site) -> list[str]:
    return [
        action(f"go_to({site.url + '/'!r})"),
        action('click("The list")'),
        action('print(Text("Blue lamp").exists())'),
        action('click("Blue lamp")'),
        action('print(search_item_ctrl_f("price"))'),
        action('final_answer("42 EUR")'),
    ]


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder with a short path, so that a browser's temporary files can lie in it; processes are known by it."""
    with tempfile.TemporaryDirectory(prefix="wa-") as folder:
        yield Path(folder)


def command(tmp_path: Path, *args: str) -> list[str]:
    return [sys.executable, "-m", "webagent", *args, "--session-dir", str(tmp_path / "sessions")]


def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "tmp").mkdir(exist_ok=True)
    return {**os.environ, "TMPDIR": str(tmp_path / "tmp"), "PYTHONWARNINGS": "error::ResourceWarning"}


def alive(tmp_path: Path, known: set[psutil.Process] = frozenset()) -> list[str]:  # type: ignore[assignment]
    """Return what still runs of a program that was given this folder as its temporary one."""
    found = []
    for process in {*known, *psutil.process_iter()}:
        try:
            if process.status() == psutil.STATUS_ZOMBIE or process.pid == os.getpid():
                continue
            words = [*process.cmdline(), *process.environ().values()]
            if process in known or any(str(tmp_path) in word for word in words):
                found.append(f"{process.pid} {' '.join(process.cmdline())[:120]}")
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def wait_until_gone(tmp_path: Path, known: set[psutil.Process], seconds: float) -> list[str]:
    deadline = time.monotonic() + seconds
    while (left := alive(tmp_path, known)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def recorded(tmp_path: Path) -> tuple[dict[str, object], list[dict[str, object]]]:
    (folder,) = (tmp_path / "sessions").iterdir()
    info = json.loads((folder / "session.json").read_text())
    return info, [json.loads(line) for line in (folder / "steps.jsonl").read_text().splitlines()]


def test_six_steps_end_in_the_answer(tmp_path: Path, scripted: Callable[..., ScriptedModel]) -> None:
    with Site(dict(SITE)) as site:
        model = scripted(*steps(site))
        done = subprocess.run(
            command(
                tmp_path, "What does the blue lamp cost?", "--model", "openai/operator",
                "--api-base", model.api_base, "--allow-host", f"127.0.0.1:{site.port}",
            ),
            capture_output=True, text=True, env=environment(tmp_path), timeout=90, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "42 EUR\n"), done.stderr
    assert len(model.requests) == 6
    assert len(model.requests[0].text) <= 7000
    assert model.requests[0].pictures == []
    assert [[picture.size for picture in request.pictures] for request in model.requests[1:]] == [[(1120, 896)]] * 5
    info, lines = recorded(tmp_path)
    assert (info["outcome"], info["answer"], info["steps"]) == ("answered", "42 EUR", 6)
    assert [line["step"] for line in lines] == [1, 2, 3, 4, 5, 6]
    assert lines[3]["url"] == site.url + "/item"
    assert "Price: 42 EUR" in str(lines[3]["text"])
    assert wait_until_gone(tmp_path, set(), 2) == []
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize("number", first(1, [signal.SIGINT, signal.SIGKILL, signal.SIGTERM, signal.SIGHUP]))
def test_nothing_is_left_after_a_signal(
    tmp_path: Path, scripted: Callable[..., ScriptedModel], number: signal.Signals
) -> None:
    with Site(dict(SITE)) as site:
        children: set[psutil.Process] = set()

        def interrupt(_: object) -> str:
            children.update(psutil.Process(program.pid).children(recursive=True))
            program.send_signal(number)
            return action('click("Blue lamp")')

        model = scripted(*steps(site)[:2], interrupt, *[action("print(1)")] * 20)
        program = subprocess.Popen(
            command(tmp_path, "What does the lamp cost?", "--model", "openai/operator", "--api-base", model.api_base),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(tmp_path),
        )  # fmt: skip
        out, err = program.communicate(timeout=90)
    assert len(children) > 3  # driver, browser, watchdog, worker
    assert wait_until_gone(tmp_path, children, 5 if number == signal.SIGKILL else 2) == []
    assert out == ""
    info, lines = recorded(tmp_path)
    assert [line["step"] for line in lines] == [1, 2]
    if number == signal.SIGKILL:
        assert info["outcome"] is None
        assert wait_until_gone(tmp_path, set(), 5) == []
    else:
        assert program.returncode == 128 + number
        assert "Traceback" not in err
        assert info["outcome"] == "interrupted"
        assert list((tmp_path / "tmp").iterdir()) == []


def test_json_has_everything_in_one_object(tmp_path: Path, scripted: Callable[..., ScriptedModel]) -> None:
    with Site(dict(SITE)) as site:
        model = scripted(action('final_answer({"price": 42, "seen": [1, 2]})'))
        done = subprocess.run(
            command(
                tmp_path, "What?", "--url", site.url, "--model", "openai/x", "--api-base", model.api_base, "--json"
            ),
            capture_output=True, text=True, env=environment(tmp_path), timeout=90, check=False,
        )  # fmt: skip
    answer = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert answer["answer"] == {"price": 42, "seen": [1, 2]}
    assert (answer["outcome"], answer["steps"]) == ("answered", 1)
    assert answer["usage"] == {"input_tokens": 1000, "output_tokens": 10}
    assert Path(answer["session"]).is_dir()
    assert [picture.size for picture in model.requests[0].pictures] == [(1120, 896)]  # the start page


@pytest.mark.slow
def test_steps_spent_is_exit_1_and_asks_the_model_no_more(
    tmp_path: Path, scripted: Callable[..., ScriptedModel]
) -> None:
    model = scripted(action("print(1)"), action("print(2)"))
    done = subprocess.run(
        command(tmp_path, "What?", "--model", "openai/x", "--api-base", model.api_base, "--max-steps", "2"),
        capture_output=True, text=True, env=environment(tmp_path), timeout=90, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert re.search(r"no answer after 2 steps.*--max-steps", done.stderr)
    assert len(model.requests) == 2
    assert "final_answer in it" in model.requests[1].text


WRONG_MODELS = {
    "refused": (["--api-base", "http://127.0.0.1:9/v1"], 2, "nothing answers"),
    "no key": (["--model", "openai/gpt-4o"], 2, "OPENAI_API_KEY"),
    "no model": ([], 2, "no model is named"),
    "unknown provider": (["--model", "nonsense"], 2, "provider"),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", WRONG_MODELS)
def test_a_model_that_cannot_be_reached_is_exit_2(tmp_path: Path, case: str) -> None:
    args, code, says = WRONG_MODELS[case]
    if "--api-base" in args:
        args = ["--model", "openai/x", *args]
    done = subprocess.run(
        command(tmp_path, "What?", *args),
        capture_output=True, text=True, env=environment(tmp_path), timeout=90, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (code, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert wait_until_gone(tmp_path, set(), 2) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("status", "code", "says"), [(401, 2, "key"), (404, 2, "--api-base"), (500, 1, "failed (500)")]
)
def test_what_a_model_server_refuses_is_said_in_one_sentence(
    tmp_path: Path, scripted: Callable[..., ScriptedModel], status: int, code: int, says: str
) -> None:
    model = scripted(*[(status, "that did not go well")] * 5)
    done = subprocess.run(
        command(tmp_path, "What?", "--model", "openai/x", "--api-base", model.api_base, "--quiet"),
        capture_output=True, text=True, env=environment(tmp_path), timeout=90, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (code, "")
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    info, _ = recorded(tmp_path)
    assert info["outcome"] == "failed"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("http://no-such-host.invalid/", "no host of that name"),
        ("http://127.0.0.1:9/", "was not opened"),
        ("SITE/file.bin", "download"),
    ],
)
def test_a_start_page_that_is_no_page_is_exit_1(
    tmp_path: Path, scripted: Callable[..., ScriptedModel], path: str, says: str
) -> None:
    pages = {
        "/file.bin": (200, {"Content-Type": "application/octet-stream", "Content-Disposition": "attachment"}, b"x"),
    }
    model = scripted(action("final_answer(1)"))
    with Site(pages) as site:  # type: ignore[arg-type]
        url = path.replace("SITE", site.url)
        done = subprocess.run(
            command(tmp_path, "What?", "--model", "openai/x", "--api-base", model.api_base, "--quiet", "--url", url),
            capture_output=True, text=True, env=environment(tmp_path), timeout=90, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert model.requests == []
