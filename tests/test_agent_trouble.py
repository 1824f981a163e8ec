"""What goes wrong in a run: replies, dialogs, the browser, the worker, the model's server, the disk, Ctrl-C."""

import os
import re
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from PIL import Image
from processes import worker_of
from servers import Asked, ScriptedModel, Site, action
from smolagents import tool

from webagent import BrowserDied, ConfigurationError, ModelFailed, Settings, Task, WebAgent, read_session
from webagent.callbacks import RunEvents

Ask = Callable[..., Asked]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    pages = {
        "/": "<title>Home</title><h1>Home</h1><button onclick=\"alert('Sure?')\">Delete</button>",
        "/endless": "<title>Endless</title><h1>Endless</h1><script>setInterval(() => alert('Again!'), 0)</script>",
    }
    with Site(pages) as site:  # type: ignore[arg-type]
        yield site


@tool
def interrupting() -> None:
    """Does what Ctrl-C does."""
    raise KeyboardInterrupt


def test_a_reply_without_code_is_answered_with_how_to_write_it(ask: Ask) -> None:
    asked = ask(["I see a page.", action("final_answer(1)")])
    assert asked.result.answer == 1
    assert "There was no code in your reply." in asked.requests[1].text
    assert (asked.result.steps[0].code, asked.result.steps[0].final) == (None, False)


def test_a_reply_that_was_cut_off_is_answered_with_that(ask: Ask) -> None:
    said = {"index": 0, "finish_reason": "length", "message": {"role": "assistant", "content": "I see " * 1000}}
    whole = {"id": "1", "object": "chat.completion", "created": 0, "model": "x", "choices": [said]}
    asked = ask([(200, whole), action("final_answer(1)")])
    assert asked.result.answer == 1
    assert "was cut off before its end. Be shorter." in asked.requests[1].text


def test_a_server_that_takes_less_gets_less(ask: Ask, site: Site) -> None:
    """It takes no word of where to stop, no system prompt, and one picture; each is said once, and done without."""
    few, no_system = (400, "At most 1 image(s) may be provided in one request."), (400, "System role not supported")
    steps = [action("go_to('/')"), action("print(1)"), action("final_answer(1)") + "\nObservation: and more"]
    refusals = [(500, "no attribute 'get_vocab'")] * 3
    asked = ask([*refusals, no_system, few, *steps], url=site.url, images=[Image.new("RGB", (30, 30))])
    assert (asked.result.answer, asked.result.reason) == (1, None)
    first, last = asked.requests[0].body, asked.requests[-1].body
    assert ("stop" in first, "stop" in last) == (True, False)
    assert (first["messages"][0]["role"], last["messages"][0]["role"]) == ("system", "user")
    assert [len(request.pictures) for request in asked.requests[-3:]] == [1, 1, 1]
    assert "and more" not in str(asked.result.steps[-1].reply)


@pytest.mark.parametrize("text", [None, "no certificate"])
def test_a_file_of_authorities_that_is_none_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None
) -> None:
    if text is not None:
        (tmp_path / "authority.pem").write_text(text)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    settings = Settings(model="openai/x", api_base="http://127.0.0.1:9/v1", session_dir=tmp_path)
    with pytest.raises(ConfigurationError, match=r"SSL_CERT_FILE names .*authority.pem, which cannot be read"):
        WebAgent(settings=settings).start()


def test_code_in_a_markdown_block_is_run(ask: Ask) -> None:
    asked = ask(["Thought: easy.\n```python\nfinal_answer(6 * 7)\n```"])
    assert asked.result.answer == 42


@pytest.mark.parametrize("reply", [None, "", " \n"])
def test_an_empty_reply_is_a_step_that_is_told_and_recorded(ask: Ask, site: Site, reply: str | None) -> None:
    asked = ask([reply, action("final_answer(1)")], url=site.url)
    assert (asked.result.answer, len(asked.result.steps)) == (1, 2)
    assert "There was no code in your reply." in asked.requests[1].text
    assert "Steps left: 7." in asked.requests[1].text
    assert all(
        part.get("text", "x").strip() for message in asked.requests[1].body["messages"] for part in message["content"]
    )


def test_empty_replies_to_the_end_are_no_answer(ask: Ask) -> None:
    asked = ask([None] * 9)
    assert (asked.result.outcome, asked.result.answer, len(asked.requests)) == ("max_steps", None, 8)


def test_text_that_is_no_unicode_does_not_end_a_run(ask: Ask) -> None:
    replies = ["Half \ud83d an emoji. " + action("print('\\ud83d' + 'face')"), action("raise ValueError('\\ud83d')")]
    asked = ask([*replies, action("final_answer('\\ude00')")], "A cut \udce9 task.")
    assert asked.result.outcome == "answered"
    assert "\ufffdface" in asked.requests[1].text
    assert asked.result.session is not None
    assert [step.step for step in read_session(asked.result.session).steps] == [1, 2, 3]


def test_a_server_that_fails_in_the_middle_fails_the_run_and_keeps_the_session(ask: Ask) -> None:
    asked = ask([action("print(1)"), *[(500, "out of memory")] * 9])
    assert asked.result.outcome == "failed"
    assert isinstance(asked.result.error, ModelFailed)
    assert "failed (500)" in (asked.result.reason or "")
    assert "out of memory" in (asked.result.reason or "")
    assert asked.result.session is not None
    session = read_session(asked.result.session)
    assert (session.info.outcome, [step.step for step in session.steps]) == ("failed", [1])


def test_a_dialog_is_told_and_dismissed_where_nobody_answers_it(ask: Ask, site: Site) -> None:
    replies = [action("click('Delete')"), action("x = 1"), action("print(1)"), action("final_answer(1)")]
    asked = ask(replies, url=site.url)
    first, second, third = (request.body["messages"][-1]["content"][-1]["text"] for request in asked.requests[1:])
    assert re.search('A dialog is open and covers the page: "<page \\w+>Sure\\?</page \\w+>"\\.', first)
    assert re.search('The dialog "<page \\w+>Sure\\?</page \\w+>" was not answered, or came back, and has been', second)
    assert ">Home, " in second
    assert "ialog" not in third
    assert [step.dialog for step in asked.result.steps[:3]] == ["Sure?", None, None]


def test_a_dialog_that_is_answered_is_not_mentioned_again(ask: Ask, site: Site) -> None:
    asked = ask([action("click('Delete')"), action("Alert().accept()"), action("final_answer(1)")], url=site.url)
    assert "ialog" not in (asked.result.steps[1].observation or "")


def test_a_page_that_opens_dialogs_for_ever_does_not_hold_up_the_run(ask: Ask, site: Site) -> None:
    replies = [action("Alert().accept()"), action("click('Endless')"), action("final_answer(1)")]
    asked = ask([action(f"go_to('{site.url}/endless')"), *replies])
    assert (asked.result.outcome, len(asked.result.steps)) == ("answered", 4)
    assert all("Again!" in (step.observation or "") for step in asked.result.steps[:3])
    assert asked.result.seconds < 60
    asked.agent.close()  # such a page cannot be left yet: the next test gets another browser


def test_a_browser_that_is_killed_fails_the_run_and_the_next_run_has_another(ask: Ask, site: Site) -> None:
    agent = ask([action("final_answer(1)")]).agent

    def kill(_: object) -> str:
        started = psutil.Process(agent.browser.driver.capabilities["goog:processID"])  # the browser, or bwrap
        for process in [*started.children(), started]:
            process.kill()
        return action("click('Delete')")

    asked = ask([action("print(1)"), kill, action("final_answer(1)")], url=site.url)
    assert asked.result.outcome == "failed"
    assert isinstance(asked.result.error, BrowserDied)
    assert asked.result.session is not None
    session = read_session(asked.result.session)
    assert (session.info.outcome, [step.step for step in session.steps]) == ("failed", [1, 2])
    assert ask([action("final_answer(S('h1').web_element.text)")], url=site.url).result.answer == "Home"


def test_a_worker_that_is_killed_is_told_and_replaced(ask: Ask, site: Site) -> None:
    agent = ask([action("final_answer(1)")]).agent

    def worker() -> psutil.Process:
        assert agent._executor is not None
        return worker_of(agent._executor)

    @tool
    def kill_worker() -> None:
        """Kills the process that runs the model's code."""
        worker().kill()

    def kill(_: object) -> str:
        worker().kill()
        return action("print(S('h1').web_element.text)")

    replies = [
        action("x = 1"),
        action("kill_worker()\nprint(x)"),
        action("y = 2"),
        kill,
        action("print(x)"),
        action("final_answer(1)"),
    ]
    asked = ask(replies, Task(text="Go.", tools=[kill_worker]), url=site.url)
    assert asked.result.outcome == "answered", asked.result.reason
    errors = [step.error or "" for step in asked.result.steps]
    assert "SIGKILL" in errors[1]
    assert "Its variables are gone" in errors[1]
    assert "SIGKILL" in errors[3]
    assert "`x` is not defined" in errors[4]


@pytest.mark.parametrize("at", [1, 8])  # 8 is the last: nothing may take the interruption for the end of the steps
def test_an_interruption_comes_out_of_run_and_the_result_tells_what_was_done(ask: Ask, site: Site, at: int) -> None:
    task = Task(text="Go.", tools=[interrupting])
    agent = ask([action("final_answer(1)")]).agent
    with pytest.raises(KeyboardInterrupt):
        ask([*[action("x = 1")] * (at - 1), action("interrupting()")], task, url=site.url)
    assert agent.result is not None
    assert (agent.result.outcome, agent.result.reason) == ("interrupted", "interrupted")
    assert len(agent.result.steps) == at - 1
    assert agent.result.session is not None
    assert read_session(agent.result.session).info.outcome == "interrupted"
    assert ask([action("final_answer(2)")]).result.answer == 2


def test_an_interruption_between_the_parts_of_a_step_comes_out_as_well(
    settings: Settings, scripted: Callable[..., ScriptedModel]
) -> None:
    class Display(RunEvents):
        def __call__(self, *_: Any) -> None: ...

        def working(self, step: int) -> None:  # called before the code runs
            if step == 2:
                os.kill(os.getpid(), signal.SIGINT)

    model = scripted(*[action("print(1)")] * 4)
    with WebAgent("openai/x", settings=settings, api_base=model.api_base, callbacks=[Display()]) as agent:
        with pytest.raises(KeyboardInterrupt):
            agent.run("Go.")
        assert agent.result is not None
        assert (agent.result.outcome, len(agent.result.steps)) == ("interrupted", 1)


def test_a_run_that_begins_while_an_interruption_is_handled_is_a_run(ask: Ask, site: Site) -> None:
    try:
        raise KeyboardInterrupt
    except KeyboardInterrupt:
        asked = ask([action("print(1)"), action("final_answer(1)")], url=site.url)
    assert [step.title for step in asked.result.steps] == ["Home", "Home"]


def test_a_session_folder_that_goes_away_takes_no_answer_with_it(
    ask: Ask, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    folders = []

    @tool
    def clean_up() -> None:
        """Removes all sessions."""
        for folder in asked.agent.settings.session_dir.iterdir():
            folders.append(folder)
            shutil.rmtree(folder)

    asked = ask([action("final_answer(1)")])
    replies = [action(f"clean_up()\ngo_to('{site.url}')"), action("final_answer(2)")]
    lost = ask(replies, Task(text="Go.", tools=[clean_up]))
    assert lost.result.answer == 2
    assert lost.result.session is None
    assert len(lost.result.steps) == 2
    assert "step 1 could not be recorded" in caplog.text
    assert len(folders) == len(set(folders))
