"""The command in processes of its own: help, usage errors, exit codes. Runs with a browser are tested elsewhere."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from cases import first

from webagent.cli import check_no_command, route, start
from webagent.errors import ConfigurationError
from webagent.inputs import make_task
from webagent.smolagents_flags import MODEL_TYPES, model_from_flags

HEAVY = ("smolagents", "litellm", "selenium", "helium", "PIL", "openai", "torch", "transformers")
COMMANDS = ("run", "demo", "doctor", "sessions")

Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WEBAGENT_", "XDG_"))}
    folders = {f"XDG_{kind}_HOME": str(tmp_path / kind.lower()) for kind in ("CONFIG", "DATA", "CACHE")}
    return kept | folders | {"PYTHONWARNINGS": "error", "WEBAGENT_DISCOVER": "false"}


@pytest.fixture
def command(tmp_path: Path, environ: dict[str, str]) -> Command:
    (tmp_path / "work").mkdir()

    def run_it(*args: str, stdin: bytes = b"", **more: str) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(
            [sys.executable, "-m", "webagent", *args],
            input=stdin,
            capture_output=True,
            cwd=tmp_path / "work",
            env=environ | more,
            timeout=60,
            check=False,
        )
        out, err = done.stdout.decode(), done.stderr.decode()
        assert "Traceback" not in err
        return subprocess.CompletedProcess(done.args, done.returncode, out, err)

    return run_it


def refused(done: "subprocess.CompletedProcess[str]") -> str:
    """Return the sentence of a command that ended with exit code 2, as every such command must."""
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("webagent: ")
    assert done.stderr.count("\n") == 1
    return done.stderr


@pytest.mark.parametrize("args", [[], ["--help"], ["-h"]])
def test_help(command: Command, args: list[str]) -> None:
    done = command(*args)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Usage: webagent ")
    assert all(name in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command(command: Command, name: str) -> None:
    done = command(name, "-h")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Usage: webagent {name} " in done.stdout
    if name == "run":
        assert "..." not in done.stdout.splitlines()[0]  # one task, not several


def test_version(command: Command) -> None:
    done = command("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("webagent 0.")
    assert done.stdout.count("\n") == 1


@pytest.mark.parametrize(
    "args",
    [["--help"], ["run", "--help"], ["--version"], ["run", ""], ["--max-steps", "0", "x"], ["sessions", "--json"]],
)
def test_nothing_heavy_is_imported(args: list[str], tmp_path: Path, environ: dict[str, str]) -> None:
    code = (
        f"import sys; sys.argv = ['webagent', *{args!r}]\n"
        "from webagent.__main__ import main\n"
        "main()\n"
        f"print('LOADED', sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, env=environ, timeout=60, check=False
    )
    assert done.stderr.splitlines()[-1] == "LOADED []"


def test_the_installed_script_is_ours() -> None:
    script = Path(sys.executable).with_name("webagent")
    assert script.exists(), "install the package (pip install -e .): the suite runs with its script"
    assert "webagent.__main__" in script.read_text(), "pip install --force-reinstall --no-deps -e . mends it"


def test_the_installed_script_runs() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("webagent"), "--version"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("webagent ")


# Usage


USAGE_ERRORS: list[tuple[list[str], str]] = [
    (["sesions"], 'did you mean "webagent sessions"?'),
    (["sesions", "--json"], 'did you mean "webagent sessions"?'),
    (["-q", "sesions"], 'did you mean "webagent sessions"?'),
    (["--headed", "--url", "http://a/", "docter"], 'did you mean "webagent doctor"?'),
    (["sesions", "-q"], 'did you mean "webagent sessions"?'),
    (["-q", "demo"], '"demo" is a command and comes before its flags'),
    (["-q", "run", "buy milk"], 'as in "webagent run --help"'),
    (["docter"], 'did you mean "webagent doctor"?'),
    (["--no-such-flag", "task"], "--no-such-flag"),
    (["run", "task", "--max-stepz", "3"], "--max-steps"),
    (["run"], "TASK"),
    (["--url", "http://a/"], "TASK"),
    (["--url"], "--url"),
    (["-q", "buy", "milk"], 'put it in quotes, as in webagent "buy milk"'),
    (["run", "-q", "sesions", "--max-steps", "0"], "--max-steps in the command line"),  # typed out: it is a task
    (["buy", "milk"], 'put it in quotes, as in webagent "buy milk"'),
    ([""], "the task is empty"),
    (["run", " \n"], "the task is empty"),
    (["-"], "standard input held no task"),
    (["--url", "", "task"], "--url is empty"),
    (["--url", "http://me:word@a/", "task"], "leave that part out"),
    (["--allow-host", "localhost", "task"], "('localhost') is not understood"),
    (["--allow-domain", "a b", "--allow-domain", "http://x", "task"], "('a b, http://x') is not understood"),
    (["--upload-dir", "/no/such", "task"], "must be the path of a folder that exists"),
    (["--action-timeout", "1e300", "task"], "at most a day"),
    (["--url", "file:///etc/passwd", "task"], "no address of a page"),
    (["--max-steps", "0", "task"], "--max-steps in the command line ('0')"),
    (["--max-steps", "many", "task"], "a whole number of at least 1"),
    (["--viewport", "10x10", "task"], "--viewport in the command line"),
    (["--api-base", "nowhere", "task"], "http://"),
    (["--allow-host", "a:1", "--allow-host", "b", "task"], "HOST:PORT"),
    (["--image", "/no/such.png", "task"], "there is no picture at /no/such.png"),
    (["--image", "/", "task"], "there is no picture at /"),
    (["--quiet", "--verbose", "task"], "--quiet and --verbose"),
    (["--model", "a", "--model-id", "b", "task"], "--model is the whole name"),
    (["--model", "openai/a", "--device", "cpu", "task"], "openai/a is none: leave them out"),
    (["--model", "gguf/./nowhere.gguf", "task"], "there is no file nowhere.gguf: give the path of a GGUF file"),
    (["--model", "gguf/x", "--device", "cpu", "task"], "gguf/x is none: leave them out"),
    (["--model", "openai/a", "--mmproj", "b.gguf", "task"], "--mmproj is for a GGUF file, and openai/a is none"),
    (["--device", "tpu", "task"], "it must be cuda, mps or cpu"),
    (["--model", "local/./b", "--quantize", "8bit", "task"], "it must be 4bit"),
    (["demo", "extra"], "extra"),
    (["sessions", "--session-dir", "/dev/null"], "--session-dir"),
    (["--url", "a\x1b[31m", "task", "x"], "in quotes"),
]


@pytest.mark.parametrize(("args", "says"), first(12, USAGE_ERRORS))
def test_usage_errors_are_one_sentence(command: Command, args: list[str], says: str) -> None:
    sentence = refused(command(*args))
    assert says in sentence
    assert "\x1b" not in sentence


@pytest.mark.parametrize(
    ("args", "says"), [one for one in USAGE_ERRORS if one[0][0] not in ("docter", "--url", "sesions", "-")]
)
def test_usage_errors_are_the_same_sentence_with_json(
    args: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert start([*args, "--json"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert says in err


def test_a_setting_in_the_environment_is_blamed(command: Command) -> None:
    assert "WEBAGENT_MAX_STEPS in the environment" in refused(command("task", WEBAGENT_MAX_STEPS="many"))
    assert "did you mean WEBAGENT_MODEL?" in refused(command("task", WEBAGENT_MODLE="m"))


def test_a_working_directorys_file_is_blamed(command: Command, tmp_path: Path) -> None:
    (tmp_path / "work" / "webagent.toml").write_text("api_base = 'http://evil/v1'")
    assert "cloned repository" in refused(command("task"))


@pytest.mark.parametrize("args", [["replay"], ["show"], ["export", "--to", "gif"], ["resume"], ["sessions", "rm", "-y"],
    ["run", "What?", "--model", "openai/x", "--reuse"]])  # fmt: skip
def test_a_session_in_the_home_of_nobody_is_said(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert start([*args, "~nosuchuser"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "there is no session '~nosuchuser'" in err


def test_bytes_that_are_no_text(command: Command) -> None:
    assert "UTF-8" in refused(command("-", stdin=b"\xff\xfe"))
    assert "UTF-8" in refused(command(os.fsdecode(b"caf\xe9")))


def test_a_fault_of_ours_is_one_sentence_and_a_traceback_for_developers_alone(environ: dict[str, str]) -> None:
    code = (
        "import sys\nfrom webagent.cli import app, start\n@app.command()\ndef broken() -> None:\n    {}['x']\n"
        "sys.exit(start(['broken']))"
    )
    users = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environ, check=False)
    assert (users.returncode, users.stdout) == (1, "")
    assert users.stderr.startswith("webagent: webagent itself failed (KeyError: 'x'): please report it")
    assert users.stderr.count("\n") == 1
    theirs = [sys.executable, "-X", "dev", "-W", "ignore", "-c", code]
    ours = subprocess.run(theirs, capture_output=True, text=True, env=environ, check=False)
    assert "Traceback" in ours.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device")
@pytest.mark.parametrize("args", [["run", "--help"], ["sessions"], ["sessions", "--json"]])
def test_a_full_disk_behind_stdout_is_said(args: list[str], environ: dict[str, str]) -> None:
    command = [sys.executable, "-m", "webagent", *args]
    told = environ | {"WEBAGENT_SESSION_DIR": str(Path(__file__).parent / "sessions")}
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env=told, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("webagent: the answer could not be written to stdout (No space left on device)")
    assert done.stderr.count("\n") == 1


def test_errors_of_click_name_the_help(command: Command) -> None:
    assert 'see "webagent run --help"' in refused(command("--no-such-flag"))


# Sessions


def test_no_sessions(command: Command, tmp_path: Path) -> None:
    done = command("sessions")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"webagent: there are no sessions in {tmp_path / 'data' / 'webagent' / 'sessions'}\n"
    done = command("sessions", "--json")
    assert (done.returncode, done.stdout, done.stderr) == (0, "[]\n", "")


def test_sessions(command: Command, tmp_path: Path) -> None:
    (tmp_path / "s" / "one").mkdir(parents=True)
    (tmp_path / "s" / "bad").mkdir()
    info = {
        "task": "look at \x1b[31mthis",
        "model": "openai/m",
        "started": "2026-03-04T12:00:00Z",
        "outcome": "answered",
    }
    (tmp_path / "s" / "one" / "session.json").write_text(json.dumps(info))
    done = command("sessions", "--session-dir", str(tmp_path / "s"))
    assert done.returncode == 0
    assert "look at [31mthis" in done.stdout
    assert done.stderr == "webagent: bad is skipped: it holds no session.json\n"
    done = command("sessions", "--json", WEBAGENT_SESSION_DIR=str(tmp_path / "s"))
    assert [one["model"] for one in json.loads(done.stdout)] == ["openai/m"]


# Ctrl-C while it starts


@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_interrupted_while_it_waits_for_the_task(tmp_path: Path, environ: dict[str, str], flags: list[str]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        running = subprocess.Popen(
            [sys.executable, "-m", "webagent", "-", *flags],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environ | {"PYTHONVERBOSE": "1", "PYTHONWARNINGS": ""},  # says on stderr when a module is there
            cwd=tmp_path,
        )
        assert running.stderr is not None
        for line in running.stderr:
            if line.startswith(b"import 'webagent.smolagents_flags'"):  # stdin is about to be read
                break
        running.send_signal(number)
        out, err = running.communicate(timeout=60)
        assert running.returncode == 128 + number
        assert b"Traceback" not in err
        assert b"webagent: interrupted\n" in err
        if not flags:
            assert out == b""
            continue
        printed = json.loads(out)
        assert (printed["outcome"], printed["answer"], printed["steps"]) == ("interrupted", None, 0)
        assert printed["error"] == {"type": None, "message": "interrupted"}


@pytest.mark.parametrize("args", [["run", "task", "--json"], ["demo", "--json"]])
def test_interrupted_while_settings_load(
    args: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def load_settings(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("webagent.sources.load_settings", load_settings)
    assert start(args) == 130
    out, err = capsys.readouterr()
    assert json.loads(out)["outcome"] == "interrupted"
    assert err == "webagent: interrupted\n"


# Pure parts


@pytest.mark.parametrize(
    ("args", "routed"),
    [
        ([], []),
        (["run", "x"], ["run", "x"]),
        (["demo"], ["demo"]),
        (["--version"], ["--version"]),
        (["buy milk"], ["run", "buy milk"]),
        (["milk"], ["run", "milk"]),
        (["-"], ["run", "-"]),
        (["--", "-5"], ["run", "--", "-5"]),
        (["--url", "u", "x"], ["run", "--url", "u", "x"]),
        (["-q", "x"], ["run", "-q", "x"]),
        (["run", "sesions"], ["run", "sesions"]),
        (["run sessions please"], ["run", "run sessions please"]),
    ],
)
def test_route(args: list[str], routed: list[str]) -> None:
    assert route(args, COMMANDS, {"--help", "-h", "--version"}) == routed


def test_check_no_command() -> None:
    for words in ([], ["milk"], ["sesions please"], ["sesions", "please"], ["-"]):
        check_no_command(words, COMMANDS)
    check_no_command(["sesions"], ())  # `run` was typed out


def test_route_suggests() -> None:
    with pytest.raises(ConfigurationError, match='write "webagent run session"'):
        route(["session"], COMMANDS, set())


@pytest.mark.parametrize(
    ("model", "model_type", "model_id", "provider", "name"),
    [
        (None, None, None, None, None),
        ("openai/a", None, None, None, "openai/a"),
        (None, "OpenAIModel", "gpt-4o", None, "openai/gpt-4o"),
        (None, "LiteLLMModel", "anthropic/c", None, "anthropic/c"),
        (None, None, "gpt-4o", None, "gpt-4o"),
        (None, "TransformersModel", "Qwen/Q", None, "local/Qwen/Q"),
        (None, "InferenceClientModel", "Qwen/Q", None, "huggingface/Qwen/Q"),
        (None, "InferenceClientModel", "Qwen/Q", "together", "huggingface/together/Qwen/Q"),
    ],
)
def test_smolagents_flags(
    model: str | None, model_type: str | None, model_id: str | None, provider: str | None, name: str | None
) -> None:
    assert model_from_flags(model, model_type, model_id, provider) == name


@pytest.mark.parametrize(
    ("model", "model_type", "model_id", "provider", "says"),
    [
        ("a", None, "b", None, "whole name"),
        ("a", "LiteLLMModel", None, None, "whole name"),
        ("a", None, None, "p", "whole name"),
        (None, "TransformersModel", None, None, "need --model-id"),
        (None, "MLXModel", "b", None, ", ".join(MODEL_TYPES)),
        (None, "OpenAIModel", None, None, "need --model-id"),
        (None, None, None, "p", "need --model-id"),
        (None, None, "b", "p", "InferenceClientModel"),
        (None, "OpenAIModel", "b", "p", "InferenceClientModel"),
    ],
)
def test_smolagents_flags_that_contradict(
    model: str | None, model_type: str | None, model_id: str | None, provider: str | None, says: str
) -> None:
    with pytest.raises(ConfigurationError, match=says):
        model_from_flags(model, model_type, model_id, provider)


def test_make_task(tmp_path: Path) -> None:
    picture = tmp_path / "p.png"
    picture.write_bytes(b"")
    task = make_task([" buy milk "], url="http://a/", images=[str(picture)])
    assert (task.text, task.url, task.images) == ("buy milk", "http://a/", [str(picture)])
