"""`webagent replay`: what it prints, and its exit codes."""

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from servers import LOOPBACK, ScriptedModel, Site, action

from webagent import ConfigurationError, Difference, Replayed, RunResult, Session, Settings, StepRecord, WebAgent
from webagent.cli import start
from webagent.commands.replay import _perform
from webagent.replay.lines import draw
from webagent.session.format import SessionInfo

LAMP = "<title>Lamp</title><h1>Blue lamp</h1><p>Price: 42 EUR</p>"
ALLOWED = ("--allow-host", LOOPBACK[0])


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Site({"/": LAMP}) as site:
        yield site


@pytest.fixture(scope="module")
def recorded(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of sessions with one in it, named lamp."""
    folder = tmp_path_factory.mktemp("sessions")
    with ScriptedModel([action("print(S('p').web_element.text)"), action("final_answer('42 EUR')")]) as model:
        settings = Settings(model="openai/x", api_base=model.api_base, session_dir=folder, allow_host=LOOPBACK)
        with WebAgent(settings=settings) as agent:
            result = agent.run("What does it cost?", url=site.url)
    assert result.session is not None, result.reason
    result.session.rename(folder / "lamp")
    return folder


@pytest.fixture
def sessions(recorded: Path, tmp_path: Path) -> Path:
    """A copy of it, to be tampered with."""
    return Path(shutil.copytree(recorded, tmp_path / "sessions"))


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(sessions: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `webagent replay` with these arguments: exit code, stdout, stderr."""

    def run(*args: str) -> tuple[int, str, str]:
        code = start(["replay", *args, "--session-dir", str(sessions)])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


def test_what_held_is_printed_step_by_step(run: Run, site: Site) -> None:
    code, out, err = run("lamp", *ALLOWED)
    assert out.splitlines() == [
        f"ok       opened {site.url}/",
        "ok       step 1: print(S('p').web_element.text)",
        "ok       step 2: final_answer('42 EUR')",
        "2 steps replayed on the live web as recorded",
    ]
    assert code == 0
    assert "step 2/20" in err


@pytest.mark.slow
def test_a_changed_price_is_named_with_its_step_what_was_expected_and_what_was_seen(
    run: Run, site: Site, sessions: Path
) -> None:
    site.pages["/"] = LAMP.replace("42", "\x1b[31m43")
    try:
        code, out, err = run("last", *ALLOWED, "-q", "--keep", str(sessions.parent / "kept"))
        as_json = run("lamp", *ALLOWED, "--json", "-q")
    finally:
        site.pages["/"] = LAMP
    assert code == 1
    assert out.splitlines() == [
        f"differs  opened {site.url}/",
        '         text: expected "Blue lamp Price: 42 EUR", seen "Blue lamp Price: [31m43 EUR"',
        "differs  step 1: print(S('p').web_element.text)",
        "         text: as at the page opened first",
        '         observation: expected "Printed: Price: 42 EUR Page: Lamp, http://1…", '
        'seen "Printed: Price: [31m43 EUR Page: Lamp, http://1…"',
        "differs  step 2: final_answer('42 EUR')",
        "         text: as at the page opened first",
        "2 steps replayed on the live web: 4 differences",
    ]
    assert err == ""
    (kept,) = (sessions.parent / "kept").iterdir()
    assert (kept / "session.json").is_file()
    assert as_json[0] == 1
    told = json.loads(as_json[1])
    assert (told["ok"], told["offline"], told["outcome"], told["answer"], told["steps"]) == (
        False, False, "answered", "42 EUR", 2,
    )  # fmt: skip
    assert told["differences"][1]["step"] == 1
    assert told["differences"][1]["expected"] == "Blue lamp\nPrice: 42 EUR"
    assert as_json[2] == ""


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("nothing",), "there is no session 'nothing'"),
        (("lamp",), "a replay on the live web goes only where you let it: 127.0.0.1:"),
        (("lamp", "--match-on", "colour"), "--match-on in the command line ('colour') is not understood"),
        (("lamp", "--screenshot-threshold", "9"), "it must be a share of the pixels from 0 to 1"),
        (("lamp", "--quiet", "--verbose"), "--quiet and --verbose contradict each other"),
    ],
)
def test_what_cannot_be_replayed_is_one_sentence_and_exit_code_2(run: Run, args: tuple[str, ...], says: str) -> None:
    code, out, err = run(*args)
    assert (code, out) == (2, "")
    assert says in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        ("replay.toml", "speed = 2\n", "speed in "),
        ("session.json", "{}", "is damaged"),
        ("session.json", '{"format": 99}', "has format 99"),
        ("steps.jsonl", "", "holds no replies"),
        ("network.har", "no HAR", "network.har"),
    ],
)
def test_a_damaged_session_is_one_sentence_and_exit_code_2(
    run: Run, sessions: Path, file: str, text: str, says: str
) -> None:
    (sessions / "lamp" / file).write_text(text)
    code, out, err = run("lamp", *ALLOWED)
    assert (code, out) == (2, "")
    assert says in err
    assert err.count("\n") == 1


def test_a_host_that_can_be_none_is_one_sentence_and_exit_code_2(run: Run, sessions: Path) -> None:
    file = sessions / "lamp" / "session.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "url": "http://a..b/x"}))
    code, out, err = run("lamp")
    assert (code, out) == (2, "")
    assert "the session begins at a host whose name is none (a..b): record it anew" in err
    assert err.count("\n") == 1


def test_a_fault_of_ours_does_not_look_like_a_difference(sessions: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"webagent itself failed \(AttributeError: .*: run it again with"):
        _perform(sessions / "lamp", {}, object(), live=True, keep=None, json=False, quiet=True, verbose=False)


class _Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_colours_are_for_terminals_and_come_from_no_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    now = datetime.now(UTC)
    step = StepRecord(step=1, started=now, seconds=1, reply="r", code="click('\x1b[5m[red]x')", title="\x1b[5m")
    info = SessionInfo(task="t", model="m", started=now)
    replayed = Replayed(
        session=Session(Path("lamp"), info, [step]),
        result=RunResult(outcome="answered", steps=[step]),
        differences=[Difference(1, "title", "a", "\x1b[5m[red]b")] * 40,
        notes=["\x1b[5mnote"],
    )
    plain, coloured = draw(replayed, StringIO()), draw(replayed, _Terminal())
    assert "\x1b" not in plain
    assert "\x1b[" in coloured
    assert "\x1b[5m" not in coloured
    assert "[red]b" in plain
    assert "… and 10 more: --json has them all" in plain
