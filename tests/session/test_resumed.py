"""What a session says of itself when its run goes on, and when it does not."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from webagent import ConfigurationError, Settings, StepRecord, WebAgent, read_session
from webagent.replay.settings import replay_settings
from webagent.session.recorder import NETWORK, Recorder
from webagent.session.resumed import ResumedRecorder

STEP = StepRecord(step=1, started=datetime(2026, 1, 1, tzinfo=UTC), seconds=1, reply="Next.")


def stopped(folder: Path, *, steps: int = 1, **settings: Any) -> Path:
    """Record a run that failed; return its folder."""
    told = Settings(**settings).public()
    recorder = Recorder(folder, task="Find a lamp.", model="openai/first", settings=told)
    for _ in range(steps):
        recorder.step(STEP, None)
    recorder.close(outcome="failed", reason="the model failed", answer=None)
    return recorder.folder


def gone_on(folder: Path, **settings: Any) -> dict[str, Any]:
    """Go on with a session; return what it says of its settings then."""
    recorder = ResumedRecorder(folder)
    recorder.begin(model="openai/second", settings=Settings(**settings).public())
    recorder.release()
    assert read_session(folder).info.model == "openai/second"
    return read_session(folder).info.settings


def test_it_has_what_a_replay_of_the_whole_needs(tmp_path: Path) -> None:
    folder = stopped(
        tmp_path, model="openai/first", api_base="http://127.0.0.1:9/v1", viewport=(800, 600), max_steps=5,
        allow_host=("a.example:1",), allow_scripts=True, block_domain=("ads.example",), keep_screenshots=2,
    )  # fmt: skip
    told = gone_on(
        folder, model="openai/second", viewport=(400, 300), max_steps=9, allow_host=("b.example:1", "a.example:1"),
        block_domain=("spam.example",), keep_screenshots=3,
    )  # fmt: skip
    assert (told["model"], "api_base" in told, told["keep_screenshots"]) == ("openai/second", False, 3)
    assert (told["viewport"], told["max_steps"]) == ([800, 600], 5)
    replayed = replay_settings(read_session(folder), Settings(), tmp_path, offline=True)
    assert replayed.allow_host == ("a.example:1", "b.example:1")
    assert (replayed.allow_scripts, replayed.block_domain) == (True, ("spam.example",))
    told = gone_on(stopped(tmp_path, steps=0, viewport=(800, 600), allow_scripts=True), viewport=(400, 300))
    assert (told["viewport"], told["allow_scripts"]) == ([400, 300], False)


@pytest.mark.parametrize(
    ("har", "says"),
    [
        (None, "have no record of their network, and one cannot begin halfway: leave --record-network out"),
        ("no har", "network.har cannot be read as a HAR, .*: move it away to go on without the record"),
    ],
)
def test_a_network_that_cannot_be_gone_on_with_leaves_the_session_as_it_was(
    tmp_path: Path, har: str | None, says: str
) -> None:
    folder = stopped(tmp_path, record_network=True)
    if har is not None:
        (folder / NETWORK).write_text(har)
    before = (folder / "session.json").read_bytes()
    agent = WebAgent("openai/x", settings=Settings(api_base="http://127.0.0.1:9/v1", record_network=True))
    with pytest.raises(ConfigurationError, match=says):
        agent.resume(folder)
    assert not hasattr(agent, "browser")
    assert (folder / "session.json").read_bytes() == before
    assert json.loads(before)["outcome"] == "failed"
    ResumedRecorder(folder).release()  # it is not held any more
