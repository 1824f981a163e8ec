"""Qwen's computer_use calls as code: every action, every way of writing them, and nothing of a reply as code."""

import ast
import json
from typing import Any

import pytest

from webagent.computer_use import ACTIONS, as_code


def call(action: str, **arguments: Any) -> str:
    named = {"name": "computer_use", "arguments": {"action": action, **arguments}}
    return f"<tool_call>\n{json.dumps(named)}\n</tool_call>"


MEANT: list[tuple[str, dict[str, Any], str]] = [
    ("key", {"keys": ["ctrl", "c"]}, "print(press_keys('ctrl+c'))"),
    ("key", {"keys": ["ctrl", "+"]}, "print(press_keys('ctrl+PLUS'))"),
    ("key", {"keys": ["page down"]}, "print(press_keys('page_down'))"),
    ("key", {"keys": [" "]}, "print(press_keys('SPACE'))"),
    ("key", {"keys": "Enter"}, "print(press_keys('Enter'))"),
    ("type", {"text": 'it\'s "so"\n'}, "print(type_text('it\\'s \"so\"\\n'))"),
    ("mouse_move", {"coordinate": [10, 20]}, "print(hover_at(10, 20))"),
    ("left_click", {"coordinate": [10, 20.5]}, "print(click_at(10, 20.5))"),
    ("left_click", {"coordinate": ["10", "20.0"]}, "print(click_at(10, 20))"),
    ("left_click", {}, "print(click_at(None, None))"),
    ("left_click_drag", {"coordinate": [30, 40]}, "print(drag_at(None, None, 30, 40))"),
    ("left_click_drag", {"coordinate1": [1, 2], "coordinate2": [30, 40]}, "print(drag_at(1, 2, 30, 40))"),
    ("left_click_drag", {"start_coordinate": [1, 2], "coordinate": [30, 40]}, "print(drag_at(1, 2, 30, 40))"),
    ("right_click", {"coordinate": [10, 20]}, "print(right_click_at(10, 20))"),
    ("middle_click", {"coordinate": [10, 20]}, "print(click_at(10, 20, button='middle'))"),
    ("double_click", {"coordinate": [10, 20]}, "print(double_click_at(10, 20))"),
    ("triple_click", {"coordinate": [10, 20]}, "print(click_at(10, 20, clicks=3))"),
    ("scroll", {"pixels": -300}, "print(scroll_at(None, None, 0, 300))"),
    ("scroll", {"pixels": 5, "coordinate": [10, 20]}, "print(scroll_at(10, 20, 0, -5))"),
    ("hscroll", {"pixels": 300}, "print(scroll_at(None, None, 300, 0))"),
    ("wait", {"time": 2}, "import time\ntime.sleep(2)"),
    ("wait", {"time": 9999}, "import time\ntime.sleep(20)"),
    ("wait", {}, "import time\ntime.sleep(1)"),
    ("terminate", {"status": "success"}, "final_answer('The task is done.')"),
    ("terminate", {"status": "failure"}, "final_answer('The task could not be done.')"),
    ("answer", {"text": "42"}, "final_answer('42')"),
    ("answer", {"text": 42}, "final_answer('42')"),
]


@pytest.mark.parametrize(("action", "arguments", "code"), MEANT)
def test_an_action_is_a_line_for_a_tool(action: str, arguments: dict[str, Any], code: str) -> None:
    assert as_code(call(action, **arguments)) == code


def test_every_action_is_known() -> None:
    assert {action for action, _, _ in MEANT} == set(ACTIONS)


CLICK = "print(click_at(10, 20))"
ARGUMENTS = '{"action": "left_click", "coordinate": [10, 20]}'


@pytest.mark.parametrize(
    "reply",
    [
        f'<tool_call>{{"name": "computer_use", "arguments": {ARGUMENTS}}}',
        f'<tool_call>\n{{"name": "browser_use", "arguments": {ARGUMENTS}}}\n</tool_call>',
        f'<tool_call>{{"arguments": {ARGUMENTS}}}</tool_call>',
        f"<tool_call>{ARGUMENTS}</tool_call>",
        f'<tool_call>{{"name": "computer_use", "arguments": {json.dumps(ARGUMENTS)}}}</tool_call>',
        f'<tool_call>{{"name": "computer_use", "arguments": {ARGUMENTS}</tool_call>',
        f'<tool_call>{{"name": "computer_use", "arguments": {ARGUMENTS}}}}}\n</tool_call>',
        f'I click it.\n{{"name": "computer_use", "arguments": {ARGUMENTS}}}',
        f'```json\n<tool_call>{{"name": "computer_use", "arguments": {ARGUMENTS}}}</tool_call>\n```',
        f"<think>Perhaps <code>x</code> or {call('wait')}</think>{call('left_click', coordinate=[10, 20])}",
    ],
)
def test_calls_are_understood_as_models_write_them(reply: str) -> None:
    assert as_code(reply) == CLICK


def test_several_calls_are_done_one_after_another() -> None:
    both = call("left_click", coordinate=[10, 20]) + "\nThen:\n" + call("type", text="a")
    assert as_code(both) == f"{CLICK}\nprint(type_text('a'))"
    inner = f"<tool_call>{ARGUMENTS}\n{ARGUMENTS}</tool_call>"
    assert as_code(inner) == f"{CLICK}\n{CLICK}"
    unclosed = f"<tool_call>{ARGUMENTS}\n<tool_call>{ARGUMENTS}"
    assert as_code(unclosed) == f"{CLICK}\n{CLICK}"


def test_what_ends_the_task_takes_its_words_from_the_reply() -> None:
    said = "Thought: The price is 12 euros.\nAction: " + call("terminate", status="success")
    assert as_code(said) == "final_answer('The price is 12 euros.')"
    answered = call("answer", text="12") + call("terminate", status="success")
    assert str(as_code(answered)).splitlines()[0] == "final_answer('12')"


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "I look around.",
        "Thought: x\n<code>\nclick('A')\n</code>",
        "<code>click('A')</code>" + call("wait"),
        "```python\nclick('A')\n```" + call("wait"),
        '{"name": "something_else", "arguments": {}}',
    ],
)
def test_a_reply_with_code_or_without_a_call_is_left_alone(reply: str) -> None:
    assert as_code(reply) is None


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (call("zoom"), f"There is no action 'zoom': the actions are {', '.join(ACTIONS)}."),
        (call("scroll"), "The action scroll needs pixels, a number."),
        (call("scroll", pixels=float("nan")), "The action scroll needs pixels, a number."),
        (call("scroll", pixels=10**400), "The action scroll needs pixels, a number."),
        (call("mouse_move"), "The action mouse_move needs coordinate, a point such as [412, 230]."),
        (call("left_click", coordinate=[1]), "The action left_click needs coordinate, a point such as [412, 230]."),
        (call("left_click", coordinate=["x()", 2]), "The action left_click needs coordinate, a point such as"),
        (call("left_click", coordinate=[True, 2]), "The action left_click needs coordinate, a point such as"),
        (call("left_click", coordinate=[float("inf"), 2]), "The action left_click needs coordinate, a point such as"),
        (call("key", keys=[1]), "The action key needs keys, a list of names"),
        (call("type"), "The action type needs a text."),
        ("<tool_call>left_click(10, 20)</tool_call>", "That tool call is no JSON that can be read"),
        ("<tool_call>{'action': 1}</tool_call>", "That tool call is no JSON that can be read"),
        ('<tool_call>{"name": "computer_use", "arguments": [1]}</tool_call>', "That tool call is no JSON"),
        ('<tool_call>{"name": "search", "arguments": {}}</tool_call>', "There is no tool 'search' to be called like"),
        ('<tool_call>{"name": ["a"], "arguments": {}}</tool_call>', "There is no tool"),
    ],
)
def test_what_cannot_be_done_is_printed(reply: str, said: str) -> None:
    code = as_code(reply)
    assert code is not None
    (line,) = ast.parse(code).body
    assert isinstance(line, ast.Expr) and isinstance(line.value, ast.Call)
    assert ast.unparse(line.value.func) == "print"
    assert ast.literal_eval(line.value.args[0]).startswith(said)


def test_nothing_is_done_after_what_cannot_be() -> None:
    code = as_code(call("left_click", coordinate=[10, 20]) + call("zoom") + call("type", text="a"))
    assert code is not None
    assert code.startswith(f"{CLICK}\nprint(") and "type_text" not in code


NASTY = [
    "'); import os; os.system('x') #",
    "\\",
    "\\'",
    '"""',
    "'''\n\"\"\"",
    "</code>",
    "<code>x</code>",
    "```\nx\n```",
    "{x}",
    "\ud800",
    "\x00\x1b[31m\u2028",
]


@pytest.mark.parametrize("text", NASTY)
def test_nothing_in_a_reply_becomes_code(text: str) -> None:
    for reply in (call("type", text=text), call("answer", text=text), call("key", keys=[text]), call(text)):
        code = as_code(reply)
        assert code is not None
        assert "</code>" not in code and "```" not in code
        (line,) = ast.parse(code).body
        assert isinstance(line, ast.Expr) and isinstance(line.value, ast.Call)
        assert len(line.value.args) == 1
    assert ast.literal_eval(str(as_code(call("type", text=text)))[len("print(type_text(") : -2]) == text


def test_a_very_long_reply_is_read_quickly() -> None:
    for reply in ("<tool_call>" + "{" * 50_000, '<tool_call>{"a":' * 20_000, call("wait") * 5_000, "{" * 100_000):
        as_code(reply)
