"""A model that names points on a grid of its own clicks where it looks, and so does all that is made of its session."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from servers import LOOPBACK, ScriptedModel, Site, action

from webagent import ConfigurationError, RunResult, Settings, WebAgent, read_session, replay_session
from webagent.session.export.chat import system_prompt
from webagent.session.export.script import script

PAGE = """<!doctype html><title>Pad</title><p id=log>none</p><style>body { margin: 0 }</style>
<button id=mark style="position: absolute; left: 560px; top: 448px; width: 112px; height: 88px">Mark</button>
<script>addEventListener('mousedown', (e) => { log.textContent += ` ${e.clientX},${e.clientY}`; })</script>"""
REPLIES = [
    action("print(click_at(500, 500))\nclick(Point(250, 750))"),
    action(
        "mark = Button('Mark')\nprint(mark.x, mark.y, mark.width, mark.height, mark.top_left)\nclick(mark.top_left)"
    ),
    action("click_at(1000, 1000)\nclick(Point(1026, 1))"),
    action("click_at(1100, 2)"),
    action("final_answer(S('#log').web_element.text)"),
]
CLICKED = "none 560,448 280,672 560,448 1119,895"


Pad = Callable[..., tuple[RunResult, ScriptedModel]]


@pytest.fixture(scope="module")
def pad(tmp_path_factory: pytest.TempPathFactory) -> Pad:
    def run(model: str = "openai/qwen3-vl-8b", **overrides: object) -> tuple[RunResult, ScriptedModel]:
        with ScriptedModel([*REPLIES]) as server, Site({"/": PAGE}) as site:
            folder = tmp_path_factory.mktemp("sessions")
            settings = Settings(model=model, api_base=server.api_base, session_dir=folder, allow_host=LOOPBACK)
            with WebAgent(settings=settings, record_network=True, **overrides) as agent:
                return agent.run("Click.", url=site.url + "/"), server

    return run


@pytest.fixture(scope="module")
def recorded(pad: Pad) -> tuple[RunResult, ScriptedModel]:
    """A run of a model of thousandths."""
    return pad()


def test_a_model_of_thousandths_clicks_where_it_looks(recorded: tuple[RunResult, ScriptedModel]) -> None:
    result, server = recorded
    assert result.answer == CLICKED
    first, second, third, fourth, _ = result.steps
    assert "Clicked button 'Mark' at (500, 500)." in first.observation
    assert "500 500 100 98 Point(x=500, y=500)" in second.observation
    assert third.error is not None
    assert "Point(1026, 1) lies outside the picture, which is as wide as x from 0 to 1000" in third.error
    assert fourth.error is not None
    assert "(1100, 2) is outside of the picture: take x from 0 to 1000 and y from 0 to 1000" in fourth.error
    prompt = server.requests[0].text
    assert "given by x, from 0 at the left edge to 1000 at the right" in prompt
    assert "pixel" not in prompt.replace("scroll_down(800)", "")
    assert server.requests[0].pictures[0].size == (1120, 896)


@pytest.mark.slow
def test_its_session_is_replayed_and_exported_on_its_grid(
    recorded: tuple[RunResult, ScriptedModel], tmp_path: Path
) -> None:
    result, _ = recorded
    assert result.session is not None
    session = read_session(result.session)
    assert session.info.settings["coordinates"] == [1000, 1000]
    replayed = replay_session(session)
    assert (replayed.result.answer, replayed.differences) == (CLICKED, [])
    assert "to 1000 at the right" in system_prompt(session)
    text, _ = script(session)
    assert "GRID = Grid(VIEWPORT, (1000, 1000))" in text
    assert "click_at = ClickAt(helium.get_driver(), GRID)" in text
    assert "aim_at_the_picture(GRID)" in text
    with Site({"/": PAGE}) as site:
        file = tmp_path / "exported.py"
        file.write_text(text.replace(str(session.info.url), site.url + "/"), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-I", str(file)], capture_output=True, text=True, timeout=90, check=False
        )
    # The step that failed in its middle is left out of a script, and with it its first click.
    assert done.returncode in (0, 1)
    assert "1119,895" not in done.stdout
    assert "560,448 280,672 560,448" in done.stdout + done.stderr


def test_a_smaller_view_is_made_larger_and_still_hit(pad: Pad) -> None:
    """A server would make it so, and the model name points of what it sees."""
    result, server = pad("openai/qwen2.5-vl", viewport="800x640")
    assert server.requests[0].pictures[0].size == (1008, 812)
    assert isinstance(result.answer, str)
    assert result.answer.startswith(f"none {int(500 * 800 / 1008)},{int(500 * 640 / 812)} ")


def test_who_names_points_otherwise_does_not_go_on_with_its_steps(
    recorded: tuple[RunResult, ScriptedModel], tmp_path: Path
) -> None:
    session = recorded[0].session
    with (
        WebAgent(settings=Settings(model="openai/x", api_base="http://127.0.0.1:9/v1", session_dir=tmp_path)) as agent,
        pytest.raises(ConfigurationError, match=r"on a grid of 1000x1000.* add --coordinates 1000x1000"),
    ):
        agent.run("Click.", reuse=session)


def test_the_user_may_say_how_points_are_named(pad: Pad) -> None:
    result, server = pad("openai/my-own", coordinates="1000x1000")
    assert result.answer == CLICKED
    result, server = pad(coordinates="1120x896")
    assert "a pixel of the picture is a pixel of the page" in server.requests[0].text
    assert "Clicked nothing at (500, 500)." in result.steps[0].observation.replace("html", "nothing")


@pytest.mark.slow
def test_a_larger_view_is_made_smaller_and_still_hit(pad: Pad) -> None:
    result, server = pad("openai/qwen2.5-vl", viewport="4000x4000")
    assert result.steps[0].error is None
    assert server.requests[0].pictures[0].size == (1764, 1764)
    scale = 4000 / 1764
    assert isinstance(result.answer, str)
    assert f" {int(500 * scale)},{int(500 * scale)}" in result.answer
    assert "x, from 0 at the left edge to 1764 at the right" in server.requests[0].text
