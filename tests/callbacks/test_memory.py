"""What is left of a step in memory."""

from typing import Any

import pytest
from PIL import Image
from smolagents.memory import ActionStep, AgentMemory, ToolCall
from smolagents.models import ChatMessage, MessageRole
from smolagents.monitoring import AgentLogger, LogLevel, Timing
from smolagents.utils import AgentError, AgentExecutionError, AgentParsingError

from webagent.callbacks import TidyMemory
from webagent.fence import Fence

LOGGER = AgentLogger(level=LogLevel.OFF)


class Agent:
    """What the callback touches of an agent."""

    def __init__(self) -> None:
        self.max_steps = 5
        self.memory = AgentMemory("system")


def step(number: int = 1, observations: str | None = None, **what: Any) -> ActionStep:
    reply = {"model_output": "Thought.", "code_action": "x"}
    return ActionStep(step_number=number, timing=Timing(0.0, 1.0), observations=observations, **{**reply, **what})


def tidied(one: ActionStep, agent: Agent | None = None) -> ActionStep:
    agent = agent or Agent()
    TidyMemory()(one, agent)  # type: ignore[arg-type]
    agent.memory.steps.append(one)
    return one


def test_the_code_is_not_kept_twice_nor_the_requests_at_all() -> None:
    call = ToolCall(name="python_interpreter", arguments="x", id="call_1")
    asked = [ChatMessage(role=MessageRole.USER, content="?")]
    one = tidied(step(tool_calls=[call], model_input_messages=asked))
    assert (one.tool_calls, one.model_input_messages) == (None, None)
    assert "Calling tools" not in str(one.to_messages())


def test_the_last_step_is_asked_for_the_answer_and_an_answer_for_nothing() -> None:
    assert str(tidied(step(4)).observations).endswith("Steps left: 1. Give your final_answer in it.")
    assert str(tidied(step(5)).observations).endswith("Steps left: 0.")
    assert tidied(step(4, "Value: 1", is_final_answer=True)).observations == "Value: 1"


@pytest.mark.parametrize("keep", [1, 2, 3])
def test_the_latest_pictures_are_kept(keep: int) -> None:
    agent, tidy = Agent(), TidyMemory(keep)
    for number, has_one in enumerate([True, True, False, True, False], 1):
        one = step(number, observations_images=[Image.new("RGB", (2, 2))] if has_one else None)
        tidy(one, agent)  # type: ignore[arg-type]
        agent.memory.steps.append(one)
    kept = [one.step_number for one in agent.memory.steps if one.observations_images]
    assert kept == [1, 2, 4][-keep:]


def test_a_reply_without_code_is_told_how_to_write_it() -> None:
    one = tidied(step(error=AgentParsingError("Error in code parsing:\n" + "long " * 99, LOGGER), code_action=None))
    (said,) = [str(message.content) for message in one.to_messages() if "Error:" in str(message.content)]
    assert "There was no code in your reply." in said
    assert "long" not in said


@pytest.mark.parametrize("reply", [None, "", " \n"])
def test_an_empty_reply_is_no_message(reply: str | None) -> None:
    one = tidied(step(model_output=reply, code_action=""))
    assert [message.role for message in one.to_messages()] == [MessageRole.TOOL_RESPONSE]
    assert str(one.observations).startswith("There was no code in your reply.")


def test_half_characters_are_replaced_wherever_they_come_from() -> None:
    error = AgentExecutionError("ValueError: \ud83d", LOGGER)
    one = tidied(step(observations="\ude00\ud83d\ude00", model_output="Look \ud83d.", error=error))
    assert one.model_output == "Look \ufffd."
    assert str(one.error) == "ValueError: \ufffd"
    assert one.observations == "\ufffd\U0001f600\nSteps left: 4."
    str(one.to_messages()).encode()


def test_the_error_of_an_action_is_fenced_and_what_we_say_of_a_reply_is_not() -> None:
    fence = Fence()
    kinds = {AgentExecutionError: True, AgentError: True, AgentParsingError: False}  # the second: a check of an answer
    for error, fenced in ((kind("said", LOGGER), fenced) for kind, fenced in kinds.items()):
        one = step(error=error)
        TidyMemory(fence=fence)(one, Agent())  # type: ignore[arg-type]
        assert (str(one.error) == f"<{fence.name}>said</{fence.name}>") == fenced
        assert (fence.name in str(one.to_messages())) == fenced


def test_pictures_go_together_where_that_is_cheaper() -> None:
    """A model that keeps what it computed has all to compute again that follows a picture that was taken out."""
    agent, tidy = Agent(), TidyMemory(2, at_most=4)
    left = []
    for number in range(1, 7):
        one = step(number, observations_images=[Image.new("RGB", (1, 1))])
        tidy(one, agent)  # type: ignore[arg-type]
        agent.memory.steps.append(one)
        left.append([each.step_number for each in agent.memory.steps if each.observations_images])  # type: ignore[union-attr]
    assert left == [[1], [1, 2], [1, 2, 3], [1, 2, 3, 4], [4, 5], [4, 5, 6]]
