"""The demo: the shop and the recording that ship, through the whole program."""

import json
import shutil
from pathlib import Path

import pytest

from webagent import ConfigurationError, SessionExhausted, Settings, TaskError, read_session
from webagent.demo.run import SESSION, run_demo
from webagent.session.compare import compare_steps


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """A copy of the recording, to be tampered with."""
    return Path(shutil.copytree(SESSION, tmp_path / "recording"))


def test_the_demo_answers_with_the_product_and_its_price_as_it_was_recorded(settings: Settings) -> None:
    steps = []
    result = run_demo(settings, [lambda step: steps.append(step.step_number)])
    assert result.outcome == "answered", result.reason
    assert str(result.answer).startswith("Marin Merino Sweater, €68.00")
    recorded = read_session(SESSION)
    assert compare_steps(recorded.steps, result.steps, hosts=False) == []
    assert steps == list(range(1, len(recorded.steps) + 1))
    assert result.usage == recorded.info.usage
    assert result.session is not None
    again = read_session(result.session)
    assert (again.info.task, again.info.model) == (recorded.info.task, "recorded openai/operator")
    # What the recorded answer says stands on the recorded pages.
    assert recorded.steps[-1].text is not None
    for said in ("Marin Merino Sweater", "€68.00", "€114.00", "ML-4121", "100% extra-fine merino wool"):
        assert said in str(result.answer)
        assert said in recorded.steps[-1].text


@pytest.mark.slow
def test_a_recording_of_another_shop_fails_the_demo(settings: Settings, recording: Path) -> None:
    steps = recording / "steps.jsonl"
    lines = [json.loads(line) for line in steps.read_text(encoding="utf-8").splitlines()]
    lines[2]["title"] = "Another title"
    steps.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    result = run_demo(settings, recording=recording)
    assert result.outcome == "failed"
    assert isinstance(result.error, TaskError)
    assert 'the demo did not go as it was recorded: step 3: title: expected "Another title", seen "Men – Sale' in str(
        result.reason
    )


def test_a_recording_that_stops_too_early_fails_the_demo(settings: Settings, recording: Path) -> None:
    steps = recording / "steps.jsonl"
    first, _ = steps.read_text(encoding="utf-8").split("\n", 1)
    steps.write_text(first + "\n", encoding="utf-8")
    result = run_demo(settings, recording=recording)
    assert result.outcome == "failed"
    assert isinstance(result.error, SessionExhausted)
    assert "holds 1 replies, and one more was asked for" in str(result.reason)


def test_a_folder_without_a_recording_is_said(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is no session folder"):
        run_demo(settings, recording=tmp_path)
