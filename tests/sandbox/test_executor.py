"""The worker process, from its parent's side."""

import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from processes import worker_of
from selenium.webdriver.remote.webelement import WebElement
from smolagents import Tool, tool

from webagent.sandbox.executor import ActionFailed, WorkerExecutor
from webagent.sandbox.wire import Wire, WireError

Workers = Callable[..., WorkerExecutor]
PICTURE = Image.new("RGB", (8, 6), "red")


@tool
def look_up(name: str, count: int = 1) -> list:
    """Look something up.

    Args:
        name: what.
        count: how often.
    """
    if name == "nothing":
        raise ValueError("there is no such thing\nStacktrace: #0 0x1234")
    return [os.getpid(), name, count]


@tool
def picture() -> Any:
    """Return a picture."""
    return PICTURE


@tool
def describe(thing: Any) -> str:
    """Say what a thing is.

    Args:
        thing: anything.
    """
    return f"{thing.tag_name} {thing.text}" if isinstance(thing, WebElement) else f"{thing is PICTURE}"


@tool
def huge() -> str:
    """Return too much."""
    return "x" * 40_000_000


class Clashing(Tool):
    name = "scroll_down"
    description = "Has the name of something of helium's."
    inputs: dict[str, Any] = {}  # noqa: RUF012 - as smolagents wants it
    output_type = "string"

    def forward(self) -> str:
        return "the tool"


@pytest.fixture(scope="module")
def equipped(workers: Workers) -> WorkerExecutor:
    return workers(look_up, picture, describe, huge, Clashing())


def test_variables_last_from_action_to_action(worker: WorkerExecutor) -> None:
    worker("kept = [1, 2]\ndef double(n):\n    return n * 2")
    assert worker("print(double(len(kept)))\nkept").output == [1, 2]
    assert worker("print(kept)").logs == "[1, 2]"


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ('final_answer("x")', "x"),
        ("final_answer(None)", None),
        ('final_answer({"a": (1, 2), 3: {4}})', {"a": (1, 2), 3: {4}}),
        ("final_answer(answer=1.5)", 1.5),
        ('final_answer(Text("x"))', "Text('x')"),
        ("final_answer([b'x'])", ["b'x'"]),
    ],
)
def test_an_answer_is_a_value_or_its_text(worker: WorkerExecutor, code: str, answer: object) -> None:
    result = worker(code)
    assert result.is_final_answer
    assert result.output == answer


def test_tools_run_in_the_parent(equipped: WorkerExecutor) -> None:
    assert equipped('look_up("a", count=2)').output == [os.getpid(), "a", 2]
    assert equipped('look_up(name="a")').output == [os.getpid(), "a", 1]


def test_a_tool_that_fails_says_why_and_no_more(equipped: WorkerExecutor) -> None:
    with pytest.raises(ActionFailed) as failed:
        equipped('look_up("nothing")')
    assert str(failed.value) == "there is no such thing"
    caught = equipped('try:\n    look_up("nothing")\nexcept Exception as error:\n    print(error)')
    assert caught.logs == "there is no such thing"


def test_a_picture_crosses_as_a_handle(equipped: WorkerExecutor) -> None:
    assert equipped("shown = picture()\nprint(shown)").logs == "<Image of 8x6 pixels>"
    assert equipped("describe(shown)").output == "True"
    assert equipped("final_answer(shown)").output is PICTURE


def test_variables_of_the_caller_cross_as_well(equipped: WorkerExecutor) -> None:
    equipped.send_variables({"given": PICTURE, "number": 3})
    assert equipped("print(number)\ndescribe(given)").output == "True"


def test_an_element_can_be_passed_to_a_tool(workers: Workers, on_page: WorkerExecutor) -> None:
    on_page.send_tools({"describe": describe})
    assert on_page('describe(Button("Save draft"))').output == "button Save draft"
    assert on_page('describe(Button("Save draft").web_element)').output == "button Save draft"
    with pytest.raises(ActionFailed, match="A function cannot be passed to a tool"):
        on_page("describe(lambda: 1)")


def test_a_tool_wins_over_a_function_of_the_same_name(equipped: WorkerExecutor) -> None:
    assert equipped("scroll_down()").output == "the tool"


def test_too_large_a_value_is_said(equipped: WorkerExecutor) -> None:
    with pytest.raises(ActionFailed, match="too large"):
        equipped("huge()")
    with pytest.raises(ActionFailed, match="too large"):
        equipped("final_answer('x' * 40_000_000)")
    assert equipped("print(1)").logs == "1"


def test_much_printing_is_cut(worker: WorkerExecutor) -> None:
    logs = worker("for _ in range(100): print('x' * 100_000)").logs
    assert "truncated" in logs
    assert 19_000 < len(logs) <= 20_000
    for code in ("'x' * 1_000_000", "['x' * 1_000_000]", "{'a': [{'b': ['x'] * 100_000}]}", "{1: {'x' * 30_000}}"):
        output = worker(code).output
        assert isinstance(output, str)
        assert len(output) == 20_000


def test_an_answer_may_be_longer_and_is_cut_as_well(equipped: WorkerExecutor) -> None:
    result = equipped("final_answer('x' * 150_000)")
    assert (len(result.output), result.logs) == (150_000, "")
    for code in ("'x' * 250_000", "['x' * 100, ['x'] * 250_000]"):
        result = equipped(f"final_answer({code})")
        assert result.is_final_answer
        assert len(result.output) == 200_000
        assert result.logs == "\x1eNote: The answer had more than 200,000 characters and was cut."


@pytest.mark.parametrize("code", ["while True: pass", "sum(range(10**12))", "import time\ntime.sleep(600)"])
def test_an_action_ends_at_its_deadline_and_the_run_goes_on(workers: Workers, code: str) -> None:
    executor = workers(deadline=1.5)
    executor("kept = 1")
    with pytest.raises(ActionFailed) as stopped:
        executor(code)
    assert str(stopped.value) == (
        "The action was stopped after 1.5 seconds. Its variables are gone; the page is as it was left."
    )
    assert executor("print(1)").logs == "1"
    with pytest.raises(ActionFailed, match="kept"):
        executor("print(kept)")


def test_the_time_of_tools_counts(workers: Workers) -> None:
    executor = workers(look_up, deadline=1.5)
    with pytest.raises(ActionFailed, match=r"stopped after 1\.5 seconds"):
        executor("while True:\n    look_up('a')")
    assert executor("print(1)").logs == "1"


def test_a_number_too_long_to_write_is_no_harm(worker: WorkerExecutor) -> None:
    worker("kept = 1\nhuge = 2 ** 50_000\nhuge")
    assert worker("kept").output == 1


def test_printed_text_cannot_pass_for_our_notes(worker: WorkerExecutor) -> None:
    assert worker("print('a' + chr(0x1e) + 'Note: b')").logs == "aNote: b"


def test_what_was_printed_before_a_failure_is_kept(worker: WorkerExecutor) -> None:
    with pytest.raises(ActionFailed, match="ZeroDivisionError: division by zero"):
        worker("print('before')\n1 / 0")
    assert worker.state["_print_outputs"] == "before"


def test_a_worker_that_is_killed_is_replaced(workers: Workers) -> None:
    executor = workers()
    executor("kept = 1")
    victim = worker_of(executor)

    @tool
    def kill() -> str:
        """Kill the worker."""
        victim.send_signal(signal.SIGKILL)
        return "done"

    executor.send_tools({"kill": kill})
    with pytest.raises(ActionFailed, match=r"ended \(signal SIGKILL\)\. Its variables are gone"):
        executor("kill()")
    assert executor("print(2)").logs == "2"


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("def f(n):\n    return f(n + 1)\nf(0)", "RecursionError|maximum recursion|ended"),
        ("raise SystemExit", "SystemExit"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("import os", "not allowed"),
        ("open('/etc/passwd')", "open"),
        ("x = (", "parsing failed|never closed"),
        ("undefined_name", "undefined_name"),
    ],
)
def test_whatever_code_raises_is_a_sentence(worker: WorkerExecutor, code: str, says: str) -> None:
    with pytest.raises(ActionFailed, match=says) as failed:
        worker(code)
    assert "Traceback" not in str(failed.value)
    assert worker("print(3)").logs == "3"


def test_a_value_whose_text_raises_is_no_harm(worker: WorkerExecutor) -> None:
    result = worker("class Odd:\n    def __str__(self):\n        raise ValueError('no')\nOdd()")
    assert "whose text raised" in str(result.output)


def test_the_worker_has_an_empty_environment_and_folder(worker: WorkerExecutor) -> None:
    worker("1")
    process = Path(f"/proc/{worker_of(worker).pid}")
    variables = {pair.split(b"=")[0] for pair in (process / "environ").read_bytes().split(b"\0") if pair}
    assert variables <= {b"HOME", b"TMPDIR", b"PWD", b"LC_CTYPE", b"LD_LIBRARY_PATH"}
    assert list((process / "cwd").iterdir()) == []


MALFORMED: list[dict[str, Any]] = [
    {},
    {"webdriver": 5, "params": {}},
    {"webdriver": "get"},
    {"webdriver": "get", "params": 5},
    {"nearest": None},
    {"done": {"$handle": 99}, "logs": "", "notes": []},
    {"done": {"$set": [[]]}, "logs": "", "notes": []},
    {"done": {"$dict": 5}, "logs": "", "notes": []},
    {"done": {"$element": 5, "x": 1}, "logs": "", "notes": []},
    {"done": 1},
    {"done": 1, "logs": 5, "notes": []},
    {"failed": 5, "logs": "", "notes": []},
    {"failed": "x", "logs": "", "notes": 5},
]


def test_a_malformed_message_ends_the_worker_and_not_the_run(workers: Workers) -> None:
    executor = workers()
    executor("1")
    ours, theirs = socket.socketpair()
    executor._wire.close()
    executor._wire = Wire(ours)  # a worker that was taken over writes what it likes
    Wire(theirs).send({"webdriver": "get"})
    with theirs, pytest.raises(ActionFailed, match="ended"):
        executor("print(1)")
    assert executor("print(2)").logs == "2"


@pytest.mark.parametrize("message", MALFORMED)
def test_a_malformed_message_is_told_from_others(worker: WorkerExecutor, message: dict[str, Any]) -> None:
    worker("1")
    whole, ours, theirs = worker._wire, *socket.socketpair()
    worker._wire = Wire(ours)
    try:
        Wire(theirs).send(message)
        with pytest.raises(WireError):
            worker._attend()
    finally:
        worker._wire = whole
        ours.close()
        theirs.close()


def test_a_tool_that_is_not_there_is_told_and_a_malformed_call_is_not_answered(workers: Workers) -> None:
    executor = workers(look_up)
    assert executor._call_tool({"tool": "no_such", "args": [], "kwargs": {}}) == {
        "error": "There is no tool 'no_such'."
    }
    for message in (
        {"tool": "look_up"},
        {"tool": "look_up", "args": 5, "kwargs": {}},
        {"tool": "look_up", "args": [], "kwargs": []},
        {"tool": "look_up", "args": [], "kwargs": {"$dict": [[1, 2]]}},
        {"tool": "look_up", "args": [{"$handle": 99}], "kwargs": {}},
        {"tool": "look_up", "args": [{"$element": "../x"}], "kwargs": {}},
        {"tool": [], "args": [], "kwargs": {}},
    ):
        with pytest.raises(WireError):
            executor._call_tool(message)
