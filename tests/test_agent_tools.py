"""What the user adds: tools, callbacks, checks on the answer."""

import os
import re
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import pytest
from PIL import Image
from selenium.webdriver.remote.webelement import WebElement
from servers import Asked, ScriptedModel, Site, action
from smolagents import CodeAgent, Tool, tool
from smolagents.memory import ActionStep

from webagent import Settings, Task, WebAgent, read_session

Ask = Callable[..., Asked]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    page = "<title>Shop</title><h1>Shop</h1><table><tr><td>Lamp<td>42</table><button>Buy</button>"
    with Site({"/": page, "/other": "<title>Other</title>"}) as site:
        yield site


class Describe(Tool):  # type: ignore[misc]
    """Gets what the model's code passes to it, and keeps it."""

    name = "describe"
    description = "Describes an element."
    inputs: ClassVar[dict[str, dict[str, str]]] = {"thing": {"type": "any", "description": "What to describe."}}
    output_type = "any"

    def __init__(self) -> None:
        super().__init__()
        self.got: list[Any] = []

    def forward(self, thing: Any) -> Any:
        self.got.append(thing)
        return thing


@tool
def process() -> int:
    """Returns the id of the process it runs in."""
    return os.getpid()


@tool
def picture(width: int) -> Any:
    """Returns a red picture.

    Args:
        width: how wide.
    """
    return Image.new("RGB", (width, 20), "red")


@tool
def failing() -> str:
    """Fails."""
    raise RuntimeError("the till is closed\nStacktrace: 0x1")


def run_with(settings: Settings, model: ScriptedModel, **how: Any) -> WebAgent:
    return WebAgent("openai/x", settings=settings, api_base=model.api_base, **how)


def test_tools_of_a_task_run_in_this_process_and_are_described_to_the_model(ask: Ask) -> None:
    asked = ask([action("import re\nfinal_answer(process())")], Task(text="Which process?", tools=[process]))
    assert asked.result.answer == os.getpid()
    assert "def process() -> integer" in asked.requests[0].text
    assert "Returns the id of the process it runs in." in asked.requests[0].text
    again = ask([action("final_answer(process())")] * 8, "Which process?")  # a task's tools are gone with it
    assert again.result.outcome == "max_steps"
    assert "def process()" not in again.requests[0].text


def test_tools_get_elements_of_the_page(ask: Ask, site: Site) -> None:
    describe = Describe()
    code = "describe(S('h1'))\ndescribe(Button('Buy').web_element)\ndescribe([S('td').web_element, {'n': (1, 2)}])"
    asked = ask([action(code), action("final_answer(1)")], Task(text="Go.", url=site.url, tools=[describe]))
    heading, button, (cell, rest) = describe.got
    assert [type(one) for one in (heading, button, cell)] == [WebElement] * 3
    assert [one.text for one in (heading, button, cell)] == ["Shop", "Buy", "Lamp"]
    assert rest == {"n": (1, 2)}
    assert asked.result.steps[0].error is None


def test_tools_return_pictures_which_the_code_can_hand_on_and_answer_with(ask: Ask) -> None:
    describe = Describe()
    replies = [action("red = picture(30)\nprint(red)"), action("describe(red)\nfinal_answer(red)")]
    asked = ask(replies, Task(text="Draw.", tools=[picture, describe]))
    assert "30x20 pixels" in asked.requests[1].text
    (got,) = describe.got
    assert (got.size, got.getpixel((1, 1))) == ((30, 20), (255, 0, 0))
    assert asked.result.answer is got


def test_a_tool_that_fails_is_an_observation(ask: Ask) -> None:
    asked = ask([action("failing()"), action("final_answer(1)")], Task(text="Go.", tools=[failing]))
    assert asked.result.answer == 1
    assert asked.result.steps[0].error is not None
    assert "the till is closed" in asked.requests[1].text
    assert "Stacktrace" not in asked.requests[1].text


def test_a_tool_uses_the_agents_own_driver(ask: Ask, site: Site) -> None:
    agent = ask([action("final_answer(1)")], url=site.url).agent

    @tool
    def price() -> str:
        """Reads the price."""
        return agent.driver.find_element("css selector", "td:last-child").text

    assert ask([action("final_answer(price())")], Task(text="Go.", tools=[price]), url=site.url).result.answer == "42"


def test_callbacks_of_the_user_come_after_ours_and_take_one_parameter_or_two(
    settings: Settings, site: Site, scripted: Callable[..., ScriptedModel]
) -> None:
    seen: list[object] = []

    class Watching:
        started = "a word of its own, and none of RunEvents"

        def __call__(self, memory_step: ActionStep, agent: CodeAgent) -> None:
            seen.append((agent.max_steps, memory_step.step_number))

    def looking(memory_step: ActionStep) -> None:
        seen.append((memory_step.observations or "").splitlines()[-1])
        seen.append([one.size for one in memory_step.observations_images or []])

    model = scripted(action(f"go_to('{site.url}')"), action("final_answer(1)"))
    mine = [process, Describe()]
    with run_with(settings, model, callbacks=[looking, Watching()], tools=mine, max_steps=5) as agent:
        assert agent.run("Go.").answer == 1
        assert set(agent.code_agent.tools) >= {"process", "describe", "go_back", "final_answer"}
    answer = seen.pop(3)
    assert re.fullmatch("<page \\w+>Value: 1</page \\w+>", str(answer))
    assert seen == ["Steps left: 4.", [(1120, 896)], (5, 1), [], (5, 2)]


def test_a_callback_that_raises_ends_the_run_with_its_exception_and_the_session_says_so(
    settings: Settings, site: Site, scripted: Callable[..., ScriptedModel]
) -> None:
    def broken(memory_step: ActionStep) -> None:
        if memory_step.step_number == 2:
            raise KeyError("no such shelf")

    model = scripted(action("print(1)"), action("print(2)"), action("final_answer(1)"))
    with run_with(settings, model, callbacks=[broken]) as agent:
        with pytest.raises(KeyError, match="no such shelf"):
            agent.run("Go.", url=site.url)
        assert agent.result is not None
        assert (agent.result.outcome, agent.result.reason) == ("failed", "KeyError: 'no such shelf'")
        assert agent.result.session is not None
        session = read_session(agent.result.session)
        assert (session.info.outcome, session.info.reason) == ("failed", "KeyError: 'no such shelf'")
        assert [step.step for step in session.steps] == [1, 2]
        model.replies[2:] = [action("final_answer(7)")]
        assert agent.run("Again.").answer == 7


def judge(answer: object) -> bool | str | None:
    """Accept an answer in one way, and refuse it in three."""
    verdicts: dict[object, bool | str | None] = {"no": False, "nearly": "write it with the currency", "yes": True}
    return verdicts.get(answer)


def test_a_check_sends_the_model_back_with_its_sentence(ask: Ask) -> None:
    replies = [action(f"final_answer({answer!r})") for answer in ("no", "nearly", "yes")]
    asked = ask(replies, Task(text="Go.", checks=[judge]))
    assert (asked.result.answer, len(asked.requests)) == ("yes", 3)
    assert "this answer is not accepted" in asked.requests[1].text
    assert "write it with the currency" in asked.requests[2].text
    assert "Steps left: 6." in asked.requests[2].text
    assert [step.final for step in asked.result.steps] == [False, False, True]
    assert ask([action("final_answer('no')")]).result.answer == "no"  # checks are gone with their task


def test_a_check_that_returns_nothing_refuses(ask: Ask) -> None:
    asked = ask([action("final_answer('what?')"), action("final_answer('yes')")], Task(text="Go.", checks=[judge]))
    assert (asked.result.answer, len(asked.requests)) == ("yes", 2)


def test_an_answer_refused_at_the_last_step_is_no_answer(ask: Ask) -> None:
    asked = ask([action("final_answer('no')")] * 9, Task(text="Go.", checks=[judge]))
    assert (asked.result.outcome, asked.result.answer, len(asked.requests)) == ("max_steps", None, 8)
