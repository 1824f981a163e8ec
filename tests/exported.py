"""Sessions for the tests of exports, written by hand."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pictures import png

from webagent import StepRecord, read_session
from webagent.session.format import PageRecord
from webagent.session.reader import Session
from webagent.session.recorder import Recorder


def step(number: int, code: str | None, **what: Any) -> StepRecord:
    """Return a step; its reply is a thought and the code, unless it is given."""
    reply = f"Thought: I do step {number}.\n<code>\n{code}\n</code>"
    page = {"url": "http://shop.example/lamp", "title": "Lamp", "text": "Linen Lamp\n24.50 EUR"}
    return StepRecord(
        step=number, started=datetime.now(UTC), seconds=1, **{"reply": reply, **page, "code": code, **what}
    )


def session(
    folder: Path,
    *steps: StepRecord,
    answer: Any = "The Linen Lamp costs 24.50 EUR",
    task: str = "Find a lamp.",
    url: str | None = "http://shop.example/",
    outcome: str = "answered",
    pictures: bool = False,
    **info: Any,
) -> Session:
    """Write a session and return it as it is read back."""
    recorder = Recorder(folder, task=task, model="openai/x", settings={"viewport": [1000, 700]}, url=url, **info)
    colours = iter(["white", "red", "green", "blue", "yellow", "black"])
    opened = PageRecord(url=url, title="Shop", text="Welcome")
    recorder.opened(opened, png(next(colours), (1000, 700)) if pictures else None)
    for one in steps:
        recorder.step(one, png(next(colours), (1000, 700)) if pictures else None)
    recorder.close(outcome=outcome, reason=None if outcome == "answered" else "spent", answer=answer)
    return read_session(recorder.folder)


def final(number: int, answer: str = "'The Linen Lamp costs 24.50 EUR'", **what: Any) -> StepRecord:
    return step(number, f"final_answer({answer})", final=True, **what)
