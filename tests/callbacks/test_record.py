"""The callback that writes each step down."""

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pictures import png
from PIL import Image
from smolagents.memory import ActionStep
from smolagents.models import ChatMessage, MessageRole
from smolagents.monitoring import AgentLogger, LogLevel, Timing, TokenUsage
from smolagents.utils import AgentExecutionError

from webagent import read_session
from webagent.browser.page import PageState
from webagent.callbacks import Record, Screenshot
from webagent.callbacks.record import RecordedReply
from webagent.session.format import Act
from webagent.session.recorder import Recorder

PAGE = PageState(url="https://a/", title="A", text="Lamp", picture=Image.new("RGB", (8, 6)), png=png())


@pytest.fixture
def screenshot() -> Screenshot:
    return Screenshot(lambda: PAGE)


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    return Recorder(tmp_path, task="Find a lamp.", model="openai/x", settings={})


def do(screenshot: Screenshot, record: Record, number: int, **what: Any) -> ActionStep:
    """Have both callbacks look at a step."""
    usual = {
        "model_output_message": ChatMessage(role=MessageRole.ASSISTANT, content="Thought."),
        "model_output": "Thought.",
        "code_action": "click('Lamp')",
        "token_usage": TokenUsage(7, 2),
    }
    step = ActionStep(step_number=number, timing=Timing(1000.0, 1001.25), **{**usual, **what})
    screenshot(step, None)
    record(step, None)  # type: ignore[arg-type]
    return step


def test_a_step_is_kept_and_written(screenshot: Screenshot, recorder: Recorder) -> None:
    record = Record(screenshot)
    record.begin(recorder)
    do(screenshot, record, 1)
    error = AgentExecutionError("no 'Lamp'", AgentLogger(level=LogLevel.OFF))
    do(screenshot, record, 2, error=error, token_usage=None)
    do(screenshot, record, 3, is_final_answer=True)
    recorder.close(outcome="answered", reason=None, answer=1)
    steps = read_session(recorder.folder).steps
    assert steps == record.steps
    first, second, third = steps
    assert (first.url, first.title, first.text, first.seconds) == ("https://a/", "A", "Lamp", 1.25)
    assert (first.reply, first.code, first.error, first.final) == ("Thought.", "click('Lamp')", None, False)
    assert first.started.timestamp() == 1000
    assert (first.usage.input_tokens, second.usage.input_tokens, second.error) == (7, 0, "no 'Lamp'")
    assert third.final
    assert [step.screenshot for step in steps] == ["screenshots/0001.png"] * 3  # the page did not change


def test_a_server_that_counts_what_cannot_be_ends_no_run(screenshot: Screenshot) -> None:
    record = Record(screenshot)
    do(screenshot, record, 1, token_usage=TokenUsage(-3, 10**5000))
    assert (record.steps[0].usage.input_tokens, record.steps[0].usage.output_tokens) == (0, 10**15)


def test_a_step_cut_short_is_no_step(screenshot: Screenshot) -> None:
    record = Record(screenshot)
    do(screenshot, record, 1, model_output=None, model_output_message=None)  # the model failed
    try:
        raise KeyboardInterrupt
    except KeyboardInterrupt:
        do(screenshot, record, 2)
    assert record.steps == []


def test_an_empty_reply_is_a_step(screenshot: Screenshot) -> None:
    record = Record(screenshot)
    empty = ChatMessage(role=MessageRole.ASSISTANT, content="")
    do(screenshot, record, 1, model_output_message=empty, model_output=None, code_action=None)
    assert [(step.reply, step.code) for step in record.steps] == [("", None)]


def test_each_run_begins_anew(screenshot: Screenshot, recorder: Recorder) -> None:
    record = Record(screenshot)
    record.begin(recorder)
    do(screenshot, record, 1)
    before = record.steps
    record.begin(None)
    do(screenshot, record, 1)
    assert (len(before), len(record.steps)) == (1, 1)
    assert len(read_session(recorder.folder).steps) == 1
    recorder.close(outcome="answered", reason=None, answer=1)


def test_what_cannot_be_written_is_said(
    screenshot: Screenshot, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    record = Record(screenshot)
    record.begin(recorder)
    shutil.rmtree(recorder.folder)
    do(screenshot, record, 1)
    assert caplog.messages == ["webagent: step 1 could not be recorded: No such file or directory"]
    assert len(record.steps) == 1
    with pytest.raises(OSError, match="No such file"):
        recorder.close(outcome="answered", reason=None, answer=1)


def test_acts_are_those_of_the_step(screenshot: Screenshot) -> None:
    done = [SimpleNamespace(kind="click", x=1, y=2, width=3, height=4)]

    def new() -> list[SimpleNamespace]:
        acts, done[:] = done[:], []
        return acts

    record = Record(screenshot, acts=new)
    record.begin(None)  # what was done before the run is none of its acts
    do(screenshot, record, 1)
    done.append(SimpleNamespace(kind="move", x=5.5, y=6, width=0, height=0))
    do(screenshot, record, 2)
    assert [step.acts for step in record.steps] == [[], [Act(kind="move", x=5.5, y=6)]]


def test_a_resumed_run_keeps_the_steps_before_and_tells_them_from_its_own(screenshot: Screenshot) -> None:
    record = Record(screenshot)
    do(screenshot, record, 1)
    record.begin(None, record.steps)
    assert record.fresh == []
    do(screenshot, record, 2, model_output_message=RecordedReply(role=MessageRole.ASSISTANT, content="Thought."))
    do(screenshot, record, 3)
    assert [(step.step, step.reused) for step in record.steps] == [(1, False), (2, True), (3, False)]
    assert [step.step for step in record.fresh] == [3]
