"""A run that stopped before its answer, and goes on."""

import json
import logging
import re
import shutil
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cases import first
from PIL import Image
from servers import LOOPBACK, Page, Reply, Request, ScriptedModel, Site, action

from webagent import ConfigurationError, RunResult, Settings, WebAgent, read_session

PAGES = {
    "/": "<title>Start</title><h1>Start</h1><script>document.cookie = 'name=Ada'</script><a href=/list>The list</a>",
    "/list": "<title>List</title><h1>Blue lamp</h1><p id=who>nobody</p>"
    "<script>who.textContent = document.cookie</script>",
    "/form": "<title>Form</title><form method=post action=/sent><button>Send</button></form>",
}


LONG_AGO = datetime(2001, 2, 3, tzinfo=UTC)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    posted = {"/sent": lambda _: (200, {}, "<title>Sent</title>Thank you")}
    with Site({**PAGES, **posted}) as site:  # type: ignore[dict-item]
        yield site


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[WebAgent, ScriptedModel]]:
    folder = tmp_path_factory.mktemp("resumed")
    with ScriptedModel([]) as model:
        settings = Settings(
            model="openai/scripted", api_base=model.api_base, session_dir=folder, max_steps=2, allow_host=LOOPBACK,
            keep_cookies=True, sessions_max_days=365,
        )  # fmt: skip
        with WebAgent(settings=settings) as agent:
            yield agent, model


Do = Callable[..., tuple[RunResult, list[Request]]]


@pytest.fixture
def do(both: tuple[WebAgent, ScriptedModel]) -> Do:
    """Do `do("run", [reply, ...], task, ...)` or `do("resume", [reply, ...], folder)` as a new program would."""
    agent, model = both

    def do(what: str, replies: list[Reply], *args: Any, **how: Any) -> tuple[RunResult, list[Request]]:
        agent.start()
        agent.browser.driver.get("about:blank")
        agent.browser.driver.execute_cdp_cmd("Storage.clearCookies", {})
        model.replies[:] = replies
        model.requests.clear()
        return getattr(agent, what)(*args, **how), model.requests[:]

    return do


def folder_of(result: RunResult) -> Path:
    assert result.session is not None
    return result.session


def texts(request: Request) -> list[str]:
    """Return the messages of a request after the system prompt, with the marks as a session has them."""
    return [
        re.sub(r"page [0-9a-f]{8}", "page", "\n".join(part["text"] for part in message["content"] if "text" in part))
        for message in request.body["messages"][1:]
    ]


def test_what_was_remembered_is_remembered_and_the_rest_is_said(do: Do, site: Site) -> None:
    picture = Image.new("RGB", (30, 20), "orange")
    replies = [action("x = 1\nprint('<page>')"), action("click('The list')\n1 / 0")]
    stopped, before = do("run", replies, "What is it?", url=site.url, images=[picture])
    assert (stopped.outcome, len(stopped.steps)) == ("max_steps", 2)

    result, after = do("resume", [action("print(x)"), action("final_answer(7)")], folder_of(stopped))
    assert (result.outcome, result.answer, result.reason) == ("answered", 7, None)
    sent, again = texts(before[1]), texts(after[0])
    assert again[: len(sent)] == sent
    assert "‹page>" in again[2]  # what the page said in the marks' form is still none of them
    assert [shown.size for shown in after[0].pictures] == [(30, 20), (1120, 896)]
    assert again[-2] == replies[1]
    assert "ZeroDivisionError" in again[-1]
    last = after[0].text
    assert "variables of the steps before are gone" in last
    assert "opened anew by its address" in last
    assert "not as it was" not in last
    assert last.rstrip().endswith("Steps left: 2.")
    # The marks are of one number, and the system prompt tells it.
    (number,) = set(re.findall(r"page ([0-9a-f]{8})", last))
    assert number not in before[0].text
    assert f"<page {number}>" in after[0].body["messages"][0]["content"][0]["text"]

    assert [step.step for step in result.steps] == [1, 2, 3, 4]
    assert "`x` is not defined" in str(result.steps[2].error)
    assert result.steps[2].url == site.url + "/list"
    assert result.usage.input_tokens == 4002
    session = read_session(folder_of(result))
    assert session.folder == stopped.session
    assert session.steps == result.steps
    assert (session.info.outcome, session.info.answer, session.info.steps) == ("answered", 7, 4)
    assert session.info.usage == result.usage
    assert len(session.info.resumed) == 1
    assert session.info.ended is not None
    assert session.info.started < session.info.resumed[0] < session.info.ended
    assert sorted(file.name for file in (session.folder / "screenshots").iterdir()) == [
        "0000.png", "0002.png", "0003.png",
    ]  # fmt: skip


def test_cookies_are_kept_for_their_owner_and_set_again(do: Do, site: Site) -> None:
    stopped, _ = do("run", [action("click('The list')"), action("print(1)")], url=site.url, task="Look.")
    file = folder_of(stopped) / "cookies.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [(cookie["name"], cookie["value"]) for cookie in json.loads(file.read_text())] == [("name", "Ada")]
    result, _ = do("resume", [action("final_answer(1)")], folder_of(stopped))
    assert "name=Ada" in str(stopped.steps[-1].text)
    assert "name=Ada" in str(result.steps[-1].text)


@pytest.mark.slow
def test_a_dialog_stays_open_though_cookies_are_kept(do: Do, site: Site) -> None:
    site.pages["/ask"] = "<title>Ask</title><button onclick=\"document.title = confirm('Sure?')\">Go</button>"
    result, _ = do("run", [action("click('Go')"), action("Alert().accept()")], url=site.url + "/ask", task="Go.")
    assert [step.dialog for step in result.steps] == ["Sure?", None]
    assert (result.steps[1].error, result.steps[1].title) == (None, "true")


@pytest.mark.parametrize("what", first(1, ['[{"name": 3}]', "no json", '{"a": 1}', "[1]", "[" * 100_000]))
def test_cookies_that_are_none_are_said_and_left_out(
    do: Do, site: Site, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    stopped, _ = do("run", [action("print(1)")] * 2, url=site.url + "/list", task="Look.")
    (folder_of(stopped) / "cookies.json").write_text(what)
    with caplog.at_level(logging.WARNING):
        result, _ = do("resume", [action("final_answer(1)")], folder_of(stopped))
    assert result.answer == 1
    assert any("cookies.json could not be read" in message for message in caplog.messages)


@pytest.mark.slow
def test_a_page_that_is_another_one_by_now_is_said(do: Do, site: Site) -> None:
    stopped, _ = do("run", [action("click('Send')"), action("print(1)")], url=site.url + "/form", task="Send it.")
    assert stopped.steps[-1].title == "Sent"
    site.pages["/sent"] = (405, {}, "<title>No</title>Only POST")
    _, (request,) = do("resume", [action("final_answer(1)")], folder_of(stopped))
    assert f"Page: <page>No, {site.url}/sent</page>" in texts(request)[-1]
    assert f"It is not as it was, which was: <page>Sent, {site.url}/sent</page>" in texts(request)[-1]


def test_a_page_that_does_not_open_any_more_is_said(do: Do) -> None:
    def hangs_up(_: str) -> Page:
        raise ConnectionResetError

    with Site({"/": "<title>Start</title>Here"}) as gone:
        stopped, _ = do("run", [action("print(1)")] * 2, url=gone.url, task="Look.")
        gone.pages["/"] = hangs_up
        result, (request,) = do("resume", [action("final_answer(1)")], folder_of(stopped))
    assert result.answer == 1
    assert "could not be opened again" in texts(request)[-1]
    assert "opened anew" not in texts(request)[-1]


@pytest.mark.slow
def test_a_run_that_failed_again_and_again_goes_on_each_time(do: Do, site: Site) -> None:
    stopped, _ = do("run", [action("print(1)"), *[(500, "broken")] * 9], url=site.url, task="Look.")
    assert (stopped.outcome, len(stopped.steps)) == ("failed", 1)
    failed, _ = do("resume", [(401, "no such key")] * 9, folder_of(stopped))
    assert (failed.outcome, len(failed.steps)) == ("failed", 1)
    assert isinstance(failed.error, ConfigurationError)  # the model of this run has never worked
    result, requests = do("resume", [action("print(2)"), action("print(3)"), action("final_answer(1)")], failed.session)
    assert (result.outcome, len(requests)) == ("max_steps", 1)
    assert "no answer after 2 steps" in str(result.reason)
    result, _ = do("resume", [action("print(3)"), action("final_answer(1)")], result.session)
    assert [step.step for step in result.steps] == [1, 2, 3, 4]
    assert len(read_session(folder_of(result)).info.resumed) == 3


def test_a_run_that_was_killed_before_its_first_step_begins_in_its_folder(do: Do, site: Site) -> None:
    stopped, _ = do("run", [(401, "no")] * 9, url=site.url, task="Look.")
    result, (request,) = do("resume", [action("final_answer(1)")], folder_of(stopped))
    assert (result.answer, result.session) == (1, stopped.session)
    assert "variables of the steps before" not in request.text
    assert texts(request)[0].endswith(f"Page: <page>Start, {site.url}/</page>\nSteps left: 2.")
    assert read_session(folder_of(result)).info.opened is not None


def test_a_half_written_step_is_lost_and_that_is_said(do: Do, site: Site, caplog: pytest.LogCaptureFixture) -> None:
    stopped, _ = do("run", [action("print(1)")] * 2, url=site.url, task="Look.")
    lines = folder_of(stopped) / "steps.jsonl"
    lines.write_bytes(lines.read_bytes()[:-100])
    with caplog.at_level(logging.WARNING):
        result, _ = do("resume", [action("final_answer(1)")], folder_of(stopped))
    assert [step.step for step in result.steps] == [1, 2]
    assert any("half written when the run was killed: it is lost" in message for message in caplog.messages)
    assert not read_session(folder_of(result)).cut


@pytest.mark.slow
def test_sessions_that_are_too_old_are_removed_when_a_run_begins(do: Do, site: Site) -> None:
    stopped, _ = do("run", [action("print(1)")] * 2, url=site.url, task="Look.")
    old = folder_of(stopped).with_name("old")
    shutil.copytree(folder_of(stopped), old)
    info = read_session(old).info.model_copy(update={"started": LONG_AGO, "ended": LONG_AGO})
    (old / "session.json").write_text(info.model_dump_json())
    do("run", [action("final_answer(1)")], url=site.url, task="Look.", reuse=old)
    assert old.is_dir()  # the run says that it took steps of it
    do("run", [action("final_answer(1)")], url=site.url, task="Look.")
    assert not old.exists()
    assert folder_of(stopped).is_dir()


@pytest.mark.slow
@pytest.mark.parametrize("most", [1, 2])
def test_steps_that_are_done_count(do: Do, site: Site, most: int) -> None:
    stopped, _ = do("run", [action("print(1)")] * 2, url=site.url, task="Look.")
    before = (folder_of(stopped) / "session.json").read_bytes()
    with pytest.raises(ConfigurationError, match=r"2 steps of the session are done already.*: give more than 2"):
        do("resume", [], folder_of(stopped), max_steps=most)
    assert (folder_of(stopped) / "session.json").read_bytes() == before
    result, requests = do("resume", [action("print(1)")] * 9, folder_of(stopped), max_steps=5)
    assert (len(result.steps), len(requests)) == (5, 3)


def test_a_private_host_that_only_a_session_names_is_not_reached(do: Do, site: Site, tmp_path: Path) -> None:
    """A session could come from a stranger, whose page is then a link like others."""
    stopped, _ = do("run", [action("print(1)")] * 2, url=site.url + "/list", task="Look.")
    early, earlier = tmp_path / "early", folder_of(stopped)
    shutil.copytree(earlier, early)
    (early / "steps.jsonl").write_text("")
    with ScriptedModel([action("final_answer(1)")] * 2) as model:
        settings = Settings(model="openai/scripted", api_base=model.api_base, session_dir=tmp_path / "mine")
        with WebAgent(settings=settings) as agent:
            site.seen.clear()
            for again in (agent.resume(earlier), agent.resume(early), agent.run("Look.", reuse=earlier)):
                assert again.outcome == "failed"
                assert "--allow-host" in str(again.reason)
            assert (site.seen, model.requests) == ([], [])
