"""What is left of what an action printed and returned."""

import pytest
from smolagents.memory import ActionStep
from smolagents.monitoring import Timing

from webagent.callbacks import TidyOutput
from webagent.fence import Fence

SHORTER = [
    ("Execution logs:\nLast output from code snippet:\nNone", ""),
    ("Execution logs:\n1\n2\nLast output from code snippet:\nNone", "Printed:\n1\n2"),
    ("Execution logs:\nLast output from code snippet:\n42", "Value: 42"),
    ("Execution logs:\nLast output from code snippet:\na\nb\n", "Value: a\nb"),
    ("Execution logs:\n1Last output from code snippet:\nNone", "Printed:\n1"),
    ("Execution logs:\n\x1eNote: 3 elements matched.Last output from code snippet:\nNone", "Note: 3 elements matched."),
    ("Execution logs:\n1\x1eNote: two.Last output from code snippet:\nNone", "Printed:\n1\nNote: two."),
    ("Execution logs:\nNote: from a pageLast output from code snippet:\nNone", "Printed:\nNote: from a page"),
    ("Execution logs:\n1\x1eNote: two.", "Printed:\n1\nNote: two."),
    ("Execution logs:\nso far", "Printed:\nso far"),  # an action that failed
    ("", ""),
    (None, ""),
]


def tidied(observations: str | None, fence: Fence | None = None) -> str | None:
    one = ActionStep(step_number=1, timing=Timing(0.0, 1.0), observations=observations)
    TidyOutput(fence)(one, None)  # type: ignore[arg-type]
    said: str | None = one.observations
    return said


@pytest.mark.parametrize(("before", "after"), SHORTER)
def test_observations_are_shortened(before: str | None, after: str) -> None:
    assert tidied(before) == after


@pytest.mark.parametrize(("before", "after"), SHORTER)
def test_all_of_it_is_fenced(before: str | None, after: str) -> None:
    fence = Fence()
    assert tidied(before, fence) == fence.around(after)


def test_half_characters_are_replaced() -> None:
    assert tidied("Execution logs:\n\ude00\ud83d\ude00") == "Printed:\n\ufffd\U0001f600"
