"""Recorded replies, and what differs when they are given again."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from smolagents.models import ChatMessage, MessageRole

from webagent import ReplayModel, Session, SessionExhausted, StepRecord, Usage
from webagent.replay import differences
from webagent.session.format import SessionInfo


def step(number: int, **what: Any) -> StepRecord:
    page = {"url": f"http://127.0.0.1:1/{number}?a=b", "title": "Shop", "text": "Lamp\n42 EUR"}
    usual = {"started": datetime.now(UTC), "seconds": 1, "reply": f"r{number}"}
    return StepRecord(step=number, **{**page, **usual, **what})


def session(*steps: StepRecord) -> Session:
    return Session(Path("recorded"), SessionInfo(task="t", model="openai/x", started=datetime.now(UTC)), list(steps))


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


def test_what_is_alike_has_no_differences() -> None:
    other = step(1, url="http://127.0.0.1:9/1?a=b", reply="another", seconds=9, screenshot="0009.png", observation="x")
    assert differences([step(1)], [other]) == []
    assert differences([], []) == []


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ({"error": "no 'Save'"}, "step 1: error was 'None' and is \"no 'Save'\""),
        ({"url": "http://127.0.0.1:1/2?a=b"}, "step 1: page was '/1?a=b' and is '/2?a=b'"),
        ({"url": "http://127.0.0.1:1/1?a=c"}, "step 1: page was '/1?a=b' and is '/1?a=c'"),
        ({"url": None}, "step 1: page was '/1?a=b' and is ''"),
        ({"title": "Sale"}, "step 1: title was 'Shop' and is 'Sale'"),
        ({"text": "Lamp\n43 EUR"}, "step 1: text was 'Lamp 42 EUR' and is 'Lamp 43 EUR'"),
        ({"title": "Sale", "text": "other"}, "step 1: title was 'Shop' and is 'Sale'"),
    ],
)
def test_differences_are_said_once_a_step(what: dict[str, Any], says: str) -> None:
    assert differences([step(1), step(2)], [step(1, **what), step(2)]) == [says]


def test_a_difference_late_in_a_long_text_is_shown() -> None:
    same = "word " * 200
    (found,) = differences([step(1, text=same + "42 EUR")], [step(1, text=same + "43 EUR")])
    assert "42 EUR" in found
    assert "43 EUR" in found


def test_another_number_of_steps_is_a_difference() -> None:
    assert differences([step(1), step(2)], [step(1)]) == ["2 steps were recorded, 1 were done"]
