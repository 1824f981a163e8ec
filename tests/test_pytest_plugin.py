"""Sessions as tests of pytest: a project of its own in a process of its own, as its user has it."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers import LOOPBACK, ScriptedModel, Site, action

from webagent import Settings, WebAgent, read_session

pytest_plugins = ["pytester"]

LAMP = "<title>Lamp</title><h1>Blue lamp</h1><p>Price: 42 EUR</p>"
INI = """
[pytest]
addopts = --strict-markers --strict-config -p webagent.pytest_plugin -p xdist.plugin
filterwarnings = error
webagent_sessions = tests/sessions
testpaths = tests
"""
MARKED = """
import pytest

@pytest.mark.webagent_session("tests/sessions/lamp", compare_screenshots=True)
def test_lamp(replay):
    assert replay.ok
    assert replay.result.answer == "42 EUR"
"""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Site({"/": LAMP}) as site:
        yield site


@pytest.fixture(scope="module")
def recorded(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sessions")
    with ScriptedModel([action("print(S('p').web_element.text)"), action("final_answer('42 EUR')")]) as model:
        settings = Settings(model="openai/x", api_base=model.api_base, session_dir=folder, allow_host=LOOPBACK)
        with WebAgent(settings=settings) as agent:
            result = agent.run("What does it cost?", url=site.url)
    assert result.session is not None, result.reason
    return result.session


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project with one session. Plugins are named, or those of this environment would be loaded, too."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("WEBAGENT_ALLOW_HOST", LOOPBACK[0])
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    pytester.makeini(INI)
    (pytester.path / "tests" / "sessions" / "chair").mkdir(parents=True)
    return pytester


def retitle(folder: Path) -> None:
    file = folder / "steps.jsonl"
    steps = [json.loads(line) for line in file.read_text().splitlines()]
    steps[1]["title"] = "Lantern"
    file.write_text("".join(json.dumps(step) + "\n" for step in steps))


@pytest.mark.slow
def test_each_folder_of_sessions_is_a_test_and_what_differs_is_told_without_a_traceback(
    project: pytest.Pytester, recorded: Path
) -> None:
    sessions = project.path / "tests" / "sessions"
    shutil.copytree(recorded, sessions / "lamp")
    shutil.copytree(recorded, sessions / "changed")
    retitle(sessions / "changed")
    (project.path / "tests" / "test_lamp.py").write_text(MARKED)
    result = project.runpytest_subprocess("-v", "-n2")
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines_random(
        [
            "*PASSED*tests/sessions/lamp::replay*",
            "*PASSED*tests/test_lamp.py::test_lamp*",
            "*FAILED*tests/sessions/changed::replay*",
            "changed: 2 steps replayed on the live web: 1 difference",
            '  step 2: title: expected "Lantern", seen "Lamp"',
            "*chair is no session folder: it has no session.json*",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*pytest_sessions.py*")


def test_sessions_are_listed_and_chosen_by_name_without_being_replayed(project: pytest.Pytester) -> None:
    (project.path / "tests" / "sessions" / "lamp").mkdir()
    result = project.runpytest_subprocess("--collect-only", "-q", "-k", "chair")
    result.stdout.fnmatch_lines(["tests/sessions/chair::replay", "1/2 tests collected (1 deselected)*"])
    result = project.runpytest_subprocess("--collect-only", "-q", "tests/sessions/lamp")
    result.stdout.fnmatch_lines(["tests/sessions/lamp::replay", "1 test collected*"])
    result = project.runpytest_subprocess("--markers")
    result.stdout.fnmatch_lines(["@pytest.mark.webagent_session(folder, [*][*]options): *"])


def test_a_session_may_be_named_as_what_pytest_passes_over(project: pytest.Pytester) -> None:
    for name in ("build", "venv", ".hidden"):
        (project.path / "tests" / "sessions" / name).mkdir()
    result = project.runpytest_subprocess("--collect-only", "-q")
    result.stdout.fnmatch_lines(
        ["tests/sessions/build::replay", "*chair::replay", "*venv::replay", "3 tests collected*"]
    )
    result = project.runpytest_subprocess("--collect-only", "-q", "--ignore", "tests/sessions/build")
    result.stdout.fnmatch_lines(["2 tests collected*"])
    project.makeini(INI + "norecursedirs = .* c*")
    result = project.runpytest_subprocess("--collect-only", "-q")
    result.stdout.fnmatch_lines(["tests/sessions/build::replay", "*venv::replay", "2 tests collected*"])


def test_a_wrong_use_is_said_in_a_sentence(project: pytest.Pytester) -> None:
    (project.path / "tests" / "test_wrong.py").write_text(
        """
import pytest

def test_without_a_marker(replay): ...

@pytest.mark.webagent_session("tests/sessions/none")
def test_of_no_session(replay): ...

@pytest.mark.webagent_session("tests/sessions/chair", speed=2)
def test_with_a_wrong_option(replay): ...
"""
    )
    result = project.runpytest_subprocess("tests/test_wrong.py")
    result.assert_outcomes(errors=3)
    result.stdout.fnmatch_lines_random(
        [
            '*the fixture replay needs a session: @pytest.mark.webagent_session("tests/sessions/NAME")',
            "*tests/sessions/none is no session folder: it has no session.json",
            "*speed in webagent_session is no option of a replay: remove it",
        ]
    )
    result.stdout.no_fnmatch_line("*pytest_sessions.py*")
    project.makeini(INI.replace("tests/sessions", "tests/nowhere"))
    result = project.runpytest_subprocess()
    result.stderr.fnmatch_lines(["ERROR: webagent_sessions names *tests/nowhere, and there is no such folder"])
    assert result.ret == pytest.ExitCode.USAGE_ERROR


@pytest.mark.slow
def test_sessions_are_recorded_anew_when_asked(
    project: pytest.Pytester, recorded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = project.path / "tests" / "sessions" / "chair"
    shutil.copytree(recorded, folder, dirs_exist_ok=True)
    with ScriptedModel([action("final_answer('42')")]) as model:
        monkeypatch.setenv("WEBAGENT_MODEL", "openai/new")
        monkeypatch.setenv("WEBAGENT_API_BASE", model.api_base)
        result = project.runpytest_subprocess("--webagent-record", "-n1")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*webagent: recorded anew*", "chair: 1 step, 1000+* tokens, * s"])
    session = read_session(folder)
    assert (session.info.model, session.info.answer) == ("openai/new", "42")


def test_the_plugin_is_light() -> None:
    code = "import sys, webagent.pytest_plugin; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {module.partition(".")[0] for module in done.stdout.split()}
    assert not loaded & {"smolagents", "pydantic", "selenium", "helium", "rich", "PIL", "typer"}
