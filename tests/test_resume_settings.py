"""What a session may tell the run that goes on with it: nothing that opens a wall."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from webagent import ConfigurationError, Session, Settings, StepRecord
from webagent.job import resumed_job, steps_allowed
from webagent.resume import as_recorded
from webagent.session.format import SessionInfo

MINE = Settings(model="openai/mine", api_key=SecretStr("secret"), headed=False)


def session(done: int = 0, **settings: Any) -> Session:
    started = datetime.now(UTC)
    info = SessionInfo(task="t", url="http://127.0.0.1:1/", model="openai/x", started=started, settings=settings)
    return Session(Path("recorded"), info, [StepRecord(step=n, started=started, seconds=1) for n in range(1, done + 1)])


def test_what_shapes_the_run_is_the_sessions() -> None:
    told = session(viewport=[800, 600], keep_screenshots=3, action_timeout=9, record_network=True, keep_cookies=True)
    resumed = as_recorded(told, MINE)
    assert (resumed.viewport, resumed.keep_screenshots, resumed.action_timeout) == ((800, 600), 3, 9)
    assert (resumed.record_network, resumed.keep_cookies) == (True, True)


def test_a_network_is_recorded_on_where_it_was_and_from_the_beginning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recorded = replace(session(1, record_network=True), folder=tmp_path)
    assert not as_recorded(recorded, MINE).record_network
    assert "network.har is not in the session any more" in caplog.text
    (tmp_path / "network.har").write_text("")
    assert as_recorded(recorded, MINE).record_network
    mine = MINE.model_copy(update={"record_network": True})
    assert not as_recorded(session(1), mine).record_network
    assert as_recorded(session(1), mine, {"record_network": True}).record_network  # and that is refused
    assert as_recorded(session(), MINE.model_copy(update={"record": False})).record


def test_a_flag_wins_over_the_session() -> None:
    mine = MINE.model_copy(update={"viewport": (400, 300)})
    assert as_recorded(session(viewport=[800, 600]), mine, {"viewport": "400x300"}).viewport == (400, 300)
    assert as_recorded(session(viewport=[800, 600]), mine, {"viewport": None}).viewport == (800, 600)


def test_nothing_in_it_opens_a_wall() -> None:
    strange = session(
        allow_host=["127.0.0.1:*"], allow_scripts=True, upload_dir=["/"], unsafe_no_sandbox=True, headed=True,
        browser_path="/tmp/evil", driver_path="/tmp/evil", api_base="http://evil/v1", api_key="x", session_dir="/tmp",
        record=False, sessions_max_mb=1, sessions_max_days=1, max_steps=9, nonsense=1,
    )  # fmt: skip
    assert as_recorded(strange, MINE) == MINE


def test_domains_can_only_get_fewer() -> None:
    told = session(allow_domain=["b.example"], block_domain=["ads.example"])
    assert as_recorded(told, MINE).allow_domain == ("b.example",)
    mine = MINE.model_copy(update={"allow_domain": ("a.example",), "block_domain": ("spam.example",)})
    resumed = as_recorded(told, mine)
    assert (resumed.allow_domain, resumed.block_domain) == (("a.example",), ("spam.example", "ads.example"))
    assert as_recorded(told, mine, {"block_domain": ("spam.example",)}).block_domain == ("spam.example", "ads.example")


def test_its_model_gets_no_key_that_was_meant_for_another() -> None:
    named = session(model="provider/theirs")
    assert as_recorded(named, MINE).model == "provider/theirs"
    assert as_recorded(named, MINE).api_key is None
    at_mine = MINE.model_copy(update={"api_base": "http://mine/v1"})
    assert as_recorded(named, at_mine).api_key == SecretStr("secret")
    assert as_recorded(named, at_mine).api_base == "http://mine/v1"
    assert as_recorded(session(model="openai/mine"), MINE) == MINE
    assert as_recorded(named, MINE, {"model": "openai/mine"}) == MINE
    assert as_recorded(session(), MINE) == MINE
    with pytest.raises(ConfigurationError, match=r"holds an address.*: name the model with --model"):
        as_recorded(session(model="openai_like/http://evil/v1"), MINE)


def test_a_file_that_a_session_names_is_not_given_to_a_native_library() -> None:
    for name in (" gguf/./evil.gguf", "gguf/./evil.gguf"):  # blanks fall away later
        told = session(model=name, mmproj="./evil-mmproj.gguf")
        with pytest.raises(ConfigurationError, match=r"on a GGUF file \(gguf/\./evil\.gguf\).*: name the file again"):
            as_recorded(told, MINE)
    assert as_recorded(told, MINE, {"model": "openai/mine"}) == MINE
    mine = MINE.model_copy(update={"model": "gguf/./evil.gguf"})
    assert as_recorded(told, mine) == mine  # whoever names it means it; its part for pictures is the user's as well


def test_the_users_part_for_pictures_is_for_no_model_of_a_session() -> None:
    mine = MINE.model_copy(update={"model": "gguf/mine.gguf", "mmproj": Path("mine-mmproj.gguf")})
    resumed = as_recorded(session(model="openai/theirs"), mine)
    assert (resumed.model, resumed.mmproj) == ("openai/theirs", None)


def test_a_model_at_a_server_of_its_own_does_not_go_to_another() -> None:
    told = session(model="openai/mine", api_base="http://me:secret@theirs/v1")
    with pytest.raises(
        ConfigurationError, match=r"ran at a server of its own \(http://theirs/v1\): give --api-base"
    ) as no:
        as_recorded(told, MINE)
    assert "secret" not in str(no.value)
    assert as_recorded(told, MINE, {"model": "openai/mine"}) == MINE
    at_mine = MINE.model_copy(update={"api_base": "http://mine/v1"})
    assert as_recorded(told, at_mine, {"api_base": "http://mine/v1"}) == at_mine


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"model": "openai/x", "api_base": "file:///x"}, "api_base in the session recorded is not understood"),
        ({"viewport": "large"}, r"viewport in the session recorded \('large'\) is not understood: it must be WIDTHx"),
        ({"keep_screenshots": {"a": [1]}}, "keep_screenshots in the session recorded"),
        ({"model": 7}, "model in the session recorded"),
        ({"allow_domain": 7}, "allow_domain in the session recorded"),
        ({"block_domain": ["\x1b[2J"]}, "block_domain in the session recorded"),
    ],
)
def test_a_setting_that_is_none_is_said(told: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        as_recorded(session(**told), MINE)


@pytest.mark.parametrize(
    ("done", "recorded", "asked", "allowed"),
    [(2, 5, None, 5), (5, 5, None, 10), (7, 5, None, 12), (2, 5, 3, 3), (5, 5, 9, 9), (3, None, None, 20),
     (3, "many", None, 20), (3, True, None, 20), (3, -4, None, 20)],
)  # fmt: skip
def test_steps_go_on_as_recorded_or_as_many_again(done: int, recorded: Any, asked: int | None, allowed: int) -> None:
    assert steps_allowed(session(done, max_steps=recorded), asked) == allowed


def test_a_page_that_only_a_session_names_is_not_meant_as_the_users() -> None:
    assert not resumed_job(session(), None).named


def test_a_task_without_words_is_said() -> None:
    told = session()
    told.info.task = " "
    with pytest.raises(ConfigurationError, match="the task is empty"):
        resumed_job(told, None)


def test_an_address_that_is_none_is_said() -> None:
    told = session()
    told.info.url = "file:///etc/passwd"
    with pytest.raises(ConfigurationError, match="is no address of a page"):
        resumed_job(told, None)
