"""Recorded replies, and recorded sessions done again in a real browser."""

import json
import os
import re
import shutil
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from servers import LOOPBACK, ScriptedModel, Site, action
from smolagents.models import ChatMessage, MessageRole

from webagent import (
    ConfigurationError,
    ReplayModel,
    ReplayOptions,
    Session,
    SessionExhausted,
    Settings,
    StepRecord,
    TaskError,
    Usage,
    WebAgent,
    read_session,
    replay_session,
)
from webagent.replay.again import _replace, record_again
from webagent.replay.options import load_options
from webagent.replay.settings import check_start_page, replay_settings
from webagent.session.format import SessionInfo
from webagent.task import Task
from webagent.tools import base

LAMP = "<title>Lamp</title><h1>Blue lamp</h1><p>Price: 42 EUR</p>"


def step(number: int, **what: Any) -> StepRecord:
    usual = {"started": datetime.now(UTC), "seconds": 1, "reply": f"r{number}"}
    return StepRecord(step=number, **{**usual, **what})


def session(*steps: StepRecord, **what: Any) -> Session:
    told = {"task": "t", "model": "openai/x", "started": datetime.now(UTC), **what}
    return Session(Path("recorded"), SessionInfo(**told), list(steps))


@pytest.fixture(scope="module")
def _site() -> Iterator[Site]:
    with Site({}) as site:
        yield site


@pytest.fixture
def site(_site: Site) -> Site:
    _site.pages = {"/": "<title>Start</title><h1>Start</h1><a href=/item>Blue lamp</a>", "/item": LAMP}
    return _site


@pytest.fixture(scope="module")
def _recorded(_site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session recorded on the site, with its network."""
    _site.pages = {"/": "<title>Start</title><h1>Start</h1><a href=/item>Blue lamp</a>", "/item": LAMP}
    folder = tmp_path_factory.mktemp("recorded")
    replies = [
        action('click("Blue lamp")'),
        action("print(S('h1').web_element, search_item_ctrl_f('EUR'))"),
        action("final_answer(S('p').web_element.text)"),
    ]
    with ScriptedModel(replies) as model:
        settings = Settings(
            model="openai/x", api_base=model.api_base, session_dir=folder, allow_host=LOOPBACK, record_network=True
        )
        with WebAgent(settings=settings) as agent:
            result = agent.run("What does it cost?", url=_site.url)
    assert result.answer == "Price: 42 EUR", result.reason
    assert result.session is not None
    return result.session


@pytest.fixture
def recorded(_recorded: Path, tmp_path: Path) -> Path:
    """A copy of it, to be tampered with, without the network."""
    folder = Path(shutil.copytree(_recorded, tmp_path / "lamp"))
    (folder / "network.har").unlink()
    change(folder, settings={"record_network": False})
    return folder


def change(folder: Path, *, settings: dict[str, Any] | None = None, **what: Any) -> None:
    """Change what session.json says."""
    file = folder / "session.json"
    told = json.loads(file.read_text())
    told["settings"] |= settings or {}
    file.write_text(json.dumps(told | what))


def drop_last_step(folder: Path) -> None:
    lines = (folder / "steps.jsonl").read_text().splitlines(keepends=True)
    (folder / "steps.jsonl").write_text("".join(lines[:-1]))


# Replies


def test_replies_are_given_in_order_with_their_usage_and_run_out_loudly() -> None:
    model = ReplayModel(session(step(1, usage=Usage(input_tokens=5, output_tokens=2)), step(2)))
    asked = [ChatMessage(role=MessageRole.USER, content="?")]
    first = model.generate(asked, stop_sequences=["Observation:"])
    assert (first.content, first.token_usage.input_tokens, first.token_usage.output_tokens) == ("r1", 5, 2)
    assert model.generate(asked).content == "r2"
    assert (model.given, model.model_id) == (2, "recorded openai/x")
    with pytest.raises(SessionExhausted, match=r"recorded holds 2 replies, and one more was asked for.*anew"):
        model.generate(asked)


def test_a_session_of_no_steps_is_exhausted_at_once() -> None:
    with pytest.raises(SessionExhausted, match="holds 0 replies"):
        ReplayModel(session()).generate([])


# Options and settings


def test_options_come_from_the_call_then_from_replay_toml(tmp_path: Path) -> None:
    assert load_options(tmp_path) == ReplayOptions()
    (tmp_path / "replay.toml").write_text('ignore_query = ["t", "utm_*"]\nfreeze_time = true\nmatch_on = ["path"]\n')
    assert load_options(tmp_path).ignore_query == ("t", "utm_*")
    told = load_options(tmp_path, {"match_on": "method, url", "ignore_query": (), "screenshot_threshold": "0.5"})
    assert told == ReplayOptions(
        ignore_query=("t", "utm_*"), freeze_time=True, match_on=("method", "url"), screenshot_threshold=0.5
    )


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ("freeze-time = true", "freeze-time in .*replay.toml is no option of a replay: did you mean freeze_time"),
        ("x = 1", "x in .*replay.toml is no option of a replay: remove it"),
        ('match_on = ["host", "colour"]', "match_on in .* is not understood: it must be some of method, url"),
        ("match_on = []", "match_on in .* is not understood"),
        ("screenshot_threshold = 2", "it must be a share of the pixels from 0 to 1"),
        ("screenshot_threshold = true", "it must be a share of the pixels from 0 to 1"),
        ("ignore_query = [1]", "it must be names of query parameters"),
        ("freeze_time = ", "replay.toml is not valid TOML"),
    ],
)
def test_a_wrong_option_is_said(tmp_path: Path, toml: str, says: str) -> None:
    (tmp_path / "replay.toml").write_text(toml)
    with pytest.raises(ConfigurationError, match=says):
        load_options(tmp_path)


def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("my = 'secret'")
    (tmp_path / "replay.toml").symlink_to("mine")
    with pytest.raises(ConfigurationError, match=r"replay.toml cannot be read \(it is a link: .*\): move it away"):
        load_options(tmp_path)
    (tmp_path / "replay.toml").unlink()
    os.mkfifo(tmp_path / "replay.toml")  # it would be waited for for ever
    with pytest.raises(ConfigurationError, match=r"replay.toml cannot be read \(it is no file\): move it away"):
        load_options(tmp_path)
    assert load_options(tmp_path / "mine") == ReplayOptions()


def test_options_of_the_command_line_are_named_as_they_are_written_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"--match-on in the command line .'colour'. is not understood"):
        load_options(
            tmp_path, {"match_on": "colour"}, where="the command line", style=lambda name: f"--{name.replace('_', '-')}"
        )


def test_a_replay_is_told_what_was_recorded_and_a_session_opens_no_wall(tmp_path: Path) -> None:
    theirs = {
        "viewport": [800, 600],
        "max_steps": 7,
        "keep_screenshots": 3,
        "action_timeout": 9,
        "allow_host": ["10.0.0.1:*"],
        "allow_scripts": True,
        "browser_path": "/tmp/evil",
        "unsafe_no_sandbox": True,
        "upload_dir": ["/"],
        "record_network": True,
    }
    mine = Settings(model="openai/mine", allow_host=("127.0.0.1:1",), block_domain=("ads.example",), record=False)
    live = replay_settings(session(settings=theirs), mine, tmp_path, offline=False)
    assert (live.viewport, live.max_steps, live.keep_screenshots, live.action_timeout) == ((800, 600), 7, 3, 9)
    assert (live.allow_host, live.allow_scripts, live.block_domain) == (("127.0.0.1:1",), False, ("ads.example",))
    offline = replay_settings(session(settings=theirs), mine, tmp_path, offline=True)
    assert (offline.allow_host, offline.allow_scripts, offline.block_domain) == (("10.0.0.1:*",), True, ())
    for told in (live, offline):
        assert (told.browser_path, told.unsafe_no_sandbox, told.upload_dir) == (None, False, ())
        assert (told.model, told.record, told.record_network, told.session_dir) == (None, True, False, tmp_path)


def test_steps_are_those_that_the_model_was_told_of(tmp_path: Path) -> None:
    more = session(step(1, observation="Seen.\nSteps left: 29."), settings={"max_steps": 20})
    assert replay_settings(more, Settings(), tmp_path, offline=False).max_steps == 30


def test_a_recorded_setting_that_is_none_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"the session in recorded holds a setting that is none.*viewport"):
        replay_settings(session(settings={"viewport": "wide"}), Settings(), tmp_path, offline=False)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "localhost:1", "http://[::1]:1/", "http://169.254.169.254/"])
def test_a_session_sends_no_browser_into_a_private_network(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"goes only where you let it: .*--allow-host"):
        check_start_page(url, Settings())


def test_a_page_that_the_user_allows_may_be_the_first() -> None:
    check_start_page("http://127.0.0.1:1/", Settings(allow_host=("127.0.0.1:1",)))
    check_start_page("localhost:1/", Settings(allow_host=("localhost:*",)))
    check_start_page("https://nowhere.invalid/", Settings())
    with pytest.raises(ConfigurationError, match="not among the allowed domains"):
        check_start_page("https://nowhere.invalid/", Settings(allow_domain=("example.org",)))


class Resolver:
    """The system's resolver, in whose place a name fails at first and leads to this machine from then on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked = 0
        self._real = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self)
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(name.upper(), raising=False)

    def __call__(self, host: Any, *args: Any, **kwargs: Any) -> Any:
        if host != "rebind.test":
            return self._real(host, *args, **kwargs)
        self.asked += 1
        if self.asked == 1:
            raise socket.gaierror(socket.EAI_AGAIN, "try again")
        return self._real("127.0.0.1", *args, **kwargs)


def test_a_session_whose_name_leads_elsewhere_later_opens_no_private_page(
    settings: Settings, recorded: Path, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(recorded, url=f"http://rebind.test:{site.port}/")
    resolver = Resolver(monkeypatch)
    site.seen.clear()
    replayed = replay_session(recorded, settings=settings)
    assert (site.seen, replayed.result.outcome) == ([], "failed")
    assert "the user has not named it" in str(replayed.result.reason)
    assert resolver.asked > 1


def test_nor_when_it_is_recorded_anew(
    settings: Settings, recorded: Path, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(recorded, url=f"http://rebind.test:{site.port}/")
    Resolver(monkeypatch)
    site.seen.clear()
    told = settings.model_copy(update={"model": "openai/new", "api_base": "http://127.0.0.1:9/v1"})
    with pytest.raises(TaskError, match="the user has not named it"):
        record_again(recorded, told)
    assert site.seen == []


# Replays


def test_a_session_replays_as_recorded_and_leaves_nothing(
    settings: Settings, recorded: Path, site: Site, tmp_path: Path
) -> None:
    before = {file.name: file.stat().st_mtime_ns for file in recorded.rglob("*")}
    replayed = replay_session(
        recorded, settings=settings, options=ReplayOptions(compare_screenshots=True, screenshot_threshold=0)
    )
    assert replayed.ok, replayed
    assert (replayed.result.answer, replayed.result.session, replayed.offline) == ("Price: 42 EUR", None, False)
    assert str(replayed) == "lamp: 3 steps replayed on the live web as recorded"
    assert not settings.session_dir.exists()
    assert {file.name: file.stat().st_mtime_ns for file in recorded.rglob("*")} == before


def test_a_changed_price_is_a_difference_at_its_step(settings: Settings, recorded: Path, site: Site) -> None:
    site.pages["/item"] = LAMP.replace("42", "43")
    replayed = replay_session(recorded, settings=settings)
    assert not replayed.ok
    first = replayed.differences[0]
    assert (first.step, first.what, first.expected, first.seen) == (
        1, "text", "Blue lamp\nPrice: 42 EUR", "Blue lamp\nPrice: 43 EUR",
    )  # fmt: skip
    assert [(one.step, one.what) for one in replayed.differences] == [
        (1, "text"), (2, "text"), (2, "observation"), (3, "text"), (3, "observation"), (3, "answer"),
    ]  # fmt: skip
    assert str(replayed).splitlines()[:3] == [
        "lamp: 3 steps replayed on the live web: 6 differences",
        '  step 1: text: expected "Blue lamp Price: 42 EUR", seen "Blue lamp Price: 43 EUR"',
        "  step 2: text: as at step 1",
    ]
    assert replayed.as_dict()["ok"] is False


@pytest.mark.slow
def test_what_only_looks_different_is_seen_when_pictures_are_compared(
    settings: Settings, recorded: Path, site: Site
) -> None:
    site.pages["/item"] = LAMP + "<style>body {background: #fc0}</style>"
    (recorded / "replay.toml").write_text("compare_screenshots = true\n")
    replayed = replay_session(recorded, settings=settings)
    assert {one.what for one in replayed.differences} == {"picture"}
    assert replayed.differences[0].step == 1


@pytest.mark.slow
def test_a_replay_that_goes_another_way_and_runs_out_of_replies_says_where(
    settings: Settings, recorded: Path, site: Site
) -> None:
    site.pages["/item"] = "<title>Sold out</title><h1>Sold out</h1>"
    replayed = replay_session(recorded, settings=settings)
    assert (replayed.differences[0].step, replayed.differences[0].what) == (1, "title")
    assert replayed.differences[-1].what == "outcome"
    assert "holds 3 replies, and one more was asked for" in str(replayed.differences[-1])


def test_replies_that_run_out_though_all_is_as_recorded_are_a_broken_session(
    settings: Settings, recorded: Path, site: Site
) -> None:
    drop_last_step(recorded)
    with pytest.raises(ConfigurationError, match="lamp holds 2 replies, and one more was asked for"):
        replay_session(recorded, settings=settings)


def test_a_session_that_was_interrupted_is_compared_as_far_as_it_goes(
    settings: Settings, recorded: Path, site: Site
) -> None:
    drop_last_step(recorded)
    change(recorded, outcome="interrupted", answer=None)
    replayed = replay_session(recorded, settings=settings)
    assert replayed.ok, replayed
    assert "came to no end of its own (interrupted)" in replayed.notes[0]


def test_a_session_without_replies_is_said(settings: Settings, recorded: Path) -> None:
    (recorded / "steps.jsonl").write_text("")
    with pytest.raises(ConfigurationError, match=r"the session lamp holds no replies.*record it anew"):
        replay_session(recorded, settings=settings)


def test_a_session_whose_network_is_gone_is_not_replayed_on_the_live_web_unasked(
    settings: Settings, recorded: Path
) -> None:
    change(recorded, settings={"record_network": True})
    with pytest.raises(ConfigurationError, match=r"was recorded with its network, and .*network\.har is not there"):
        replay_session(recorded, settings=settings)


@pytest.mark.slow
def test_a_page_left_open_by_an_earlier_run_is_opened_by_its_address(
    settings: Settings, recorded: Path, site: Site, tmp_path: Path
) -> None:
    change(recorded, url=None)
    replayed = replay_session(recorded, settings=settings, keep=tmp_path / "kept")
    assert replayed.ok, replayed
    assert "that an earlier one had left open" in replayed.notes[0]
    assert replayed.result.session is not None
    assert replayed.result.session.parent == tmp_path / "kept"
    assert read_session(replayed.result.session).info.model == "recorded openai/x"


@pytest.mark.slow
def test_tools_of_ones_own_are_given_to_a_replay(
    settings: Settings, scripted: Callable[..., ScriptedModel], tmp_path: Path
) -> None:
    class Dice(base.Tool):
        name = "dice"
        description = "Throws a dice."
        inputs: dict[str, Any] = {}  # noqa: RUF012
        output_type = "integer"

        def forward(self) -> int:
            return 4

    model = scripted(action("final_answer(dice())"))
    with WebAgent("openai/x", settings=settings, api_base=model.api_base, tools=[Dice()]) as agent:
        result = agent.run(Task(text="Throw it."))
    assert result.session is not None
    assert replay_session(result.session, settings=settings, tools=[Dice()]).ok


# Recorded networks


@pytest.fixture
def archived(_recorded: Path, tmp_path: Path) -> Path:
    """A copy of the session with its network, to be tampered with."""
    return Path(shutil.copytree(_recorded, tmp_path / "lamp"))


def test_a_session_with_its_network_replays_without_any(_recorded: Path, site: Site) -> None:
    site.seen.clear()
    replayed = replay_session(_recorded, settings=Settings())  # which allow no private host
    assert replayed.ok, replayed
    assert (replayed.offline, replayed.result.answer) == (True, "Price: 42 EUR")
    assert site.seen == []


def test_a_price_that_is_changed_in_the_recorded_network_is_seen(archived: Path) -> None:
    har = archived / "network.har"
    har.write_text(har.read_text().replace("42 EUR", "43 EUR"))
    replayed = replay_session(archived, settings=Settings())
    assert not replayed.ok
    assert str(replayed.differences[0]) == (
        'step 1: text: expected "Blue lamp Price: 42 EUR", seen "Blue lamp Price: 43 EUR"'
    )


def test_a_request_that_was_not_recorded_is_a_miss_that_names_the_closest(archived: Path, site: Site) -> None:
    har = archived / "network.har"
    told = json.loads(har.read_text())
    told["log"]["entries"] = [one for one in told["log"]["entries"] if not one["request"]["url"].endswith("/item")]
    har.write_text(json.dumps(told))
    replayed = replay_session(archived, settings=Settings())
    assert [str(miss) for miss in replayed.misses] == [
        f"GET {site.url}/item: not recorded; the closest is GET {site.url}/"
    ]
    assert str(replayed.misses[0]) in str(replayed)
    assert replayed.differences[0].step == 1
    assert replayed.summary.endswith("and 1 request not recorded")


def test_how_requests_are_matched_stands_in_replay_toml(archived: Path, site: Site) -> None:
    har = archived / "network.har"
    har.write_text(har.read_text().replace('/item"', '/item?t=1"'))  # the url, not the link to it
    (archived / "replay.toml").write_text('ignore_query = ["t"]\n')
    replayed = replay_session(archived, settings=Settings())
    assert replayed.ok, replayed


# Recording anew


@pytest.mark.slow
def test_a_session_is_recorded_anew_in_its_own_place(
    settings: Settings, recorded: Path, site: Site, scripted: Callable[..., ScriptedModel]
) -> None:
    (recorded / "replay.toml").write_text("freeze_time = true\n")
    (recorded / "cookies.json").write_text("[]")
    model = scripted(action('click("Blue lamp")'), action('final_answer("other")'))
    told = settings.model_copy(update={"model": "openai/new", "api_base": model.api_base})
    result = record_again(recorded, told)
    assert (result.answer, result.session) == ("other", recorded)
    again = read_session(recorded)
    assert (again.info.model, again.info.task, again.info.url) == ("openai/new", "What does it cost?", site.url)
    assert len(again.steps) == 2
    assert {file.name for file in recorded.iterdir()} == {"session.json", "steps.jsonl", "screenshots", "replay.toml"}
    assert [file.name for file in recorded.parent.iterdir() if "record" in file.name] == []
    assert replay_session(recorded, settings=settings).ok


@pytest.mark.slow
def test_what_began_on_a_page_left_open_begins_there_again(
    settings: Settings, recorded: Path, site: Site, scripted: Callable[..., ScriptedModel]
) -> None:
    change(recorded, url=None, settings={"record_limit": 3})
    model = scripted(action('final_answer("other")'))
    record_again(recorded, settings.model_copy(update={"model": "openai/new", "api_base": model.api_base}))
    again = read_session(recorded).info
    assert again.opened is not None
    assert (again.opened.url, again.settings["record_limit"]) == (site.url + "/", 3)


def test_a_link_is_no_part_of_a_session_that_is_recorded_anew(tmp_path: Path) -> None:
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    (tmp_path / "mine").write_text("my = 'secret'")
    (tmp_path / "old" / "replay.toml").symlink_to("../mine")
    _replace(tmp_path / "old", tmp_path / "new", tmp_path / "aside")
    assert (tmp_path / "old" / "replay.toml").is_symlink()


@pytest.mark.slow
def test_a_task_that_cannot_be_done_is_recorded_anew_when_it_cannot_be_done_again(
    settings: Settings, recorded: Path, scripted: Callable[..., ScriptedModel]
) -> None:
    change(recorded, outcome="max_steps", answer=None)
    first = (recorded / "steps.jsonl").read_text().splitlines(keepends=True)[0]
    (recorded / "steps.jsonl").write_text(re.sub("Steps left: [0-9]+", "Steps left: 0", first))
    model = scripted(action('click("Blue lamp")'))
    result = record_again(recorded, settings.model_copy(update={"model": "openai/new", "api_base": model.api_base}))
    assert (result.outcome, read_session(recorded).info.model) == ("max_steps", "openai/new")


@pytest.mark.slow
def test_without_an_answer_the_old_session_stays(
    settings: Settings, recorded: Path, site: Site, scripted: Callable[..., ScriptedModel]
) -> None:
    before = (recorded / "session.json").read_bytes()
    model = scripted((500, "broken"))
    told = settings.model_copy(update={"model": "openai/new", "api_base": model.api_base})
    with pytest.raises(TaskError, match=r"lamp was not recorded anew, for there is no answer .*the old one stays"):
        record_again(recorded, told)
    assert (recorded / "session.json").read_bytes() == before
    assert [file.name for file in recorded.parent.iterdir() if "record-" in file.name] == []
