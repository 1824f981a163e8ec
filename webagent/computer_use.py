"""Qwen's own way of acting, calls of `computer_use`, as code for our tools.

The actions, their arguments and what they mean are those of the class `ComputerUse` in QwenLM's cookbooks
(`cookbooks/utils/agent_function_call.py` of Qwen2.5-VL and Qwen3-VL). Points are on the model's grid, as everywhere.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

ACTIONS = (
    *("key", "type", "mouse_move", "left_click", "left_click_drag", "right_click", "middle_click", "double_click"),
    *("triple_click", "scroll", "hscroll", "wait", "terminate", "answer"),
)
"""All that Qwen2.5-VL and Qwen3-VL know."""

_TOOLS = ("computer_use", "browser_use")
_OPEN, _CLOSE = "<tool_call>", "</tool_call>"
_UNTAGGED = re.compile(r'\{\s*"name"\s*:\s*"(?:computer|browser)_use"')
_THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
_OURS = re.compile(r"<code>|```(?:python|py)\b")
_MOST_CALLS = 20
_MOST_FORGOTTEN = 3  # closing brackets
_LONGEST_WAIT = 20  # seconds
_LONGEST_NUMBER = 20  # characters
_MOST = 1e9
_LEAD = re.compile(r"^\s*(?:thoughts?|actions?|answer)\s*:\s*", re.IGNORECASE | re.MULTILINE)

Arguments = Mapping[str, Any]


class _Unclear(ValueError):
    """A call that cannot be done as it is; the text says to the model what to write."""


def as_code(reply: str) -> str | None:
    """Return Python that does what the calls of `computer_use` in a reply ask for, with our tools and `final_answer`.

    What cannot be done as it is written becomes a line that prints why; what follows it in the reply is left out. Of
    the reply nothing but literals gets into the code.

    Args:
        reply: what the model wrote.

    Returns:
        The code; None where the reply has code of its own, or no such call.
    """
    calls, prose = _calls(_THOUGHT.sub("", reply))
    if not calls or _OURS.search(prose):
        return None
    lines = []
    for arguments in calls[:_MOST_CALLS]:
        try:
            lines.append(_line(arguments, prose))
        except _Unclear as unclear:
            lines.append(f"print({_literal(str(unclear))})")
            break
    if any(line.startswith("time.") for line in lines):
        lines.insert(0, "import time")
    return "\n".join(lines)


def _calls(said: str) -> tuple[list[Arguments], str]:
    """Return the arguments of each call, and what else the reply says."""
    if _OPEN not in said and (bare := _UNTAGGED.search(said)):  # some leave the tags out
        said = f"{said[: bare.start()]}{_OPEN}{said[bare.start() :]}"
    before, *parts = said.split(_OPEN)
    calls, prose = [], [before]
    for part in parts:
        inner, _, after = part.partition(_CLOSE)
        calls += _objects(inner)
        prose.append(after)
    return calls, _LEAD.sub("", " ".join(prose)).strip()


def _objects(text: str) -> list[Arguments]:
    """Return the arguments of the calls that are written one after another."""
    found: list[Arguments] = []
    while (start := text.find("{")) >= 0:
        call, end = _parsed(text[start:])
        if end == 0:
            return found or [{"unread": True}]
        text = text[start + end :]
        name = call.get("name", _TOOLS[0])
        arguments = call.get("arguments", call)
        if isinstance(arguments, str):
            arguments = _parsed(arguments)[0]
        if name not in _TOOLS:
            found.append({"other": name})
        else:
            found.append(arguments if isinstance(arguments, dict) else {"unread": True})
    return found or [{"unread": True}]


def _parsed(text: str) -> tuple[dict[str, Any], int]:
    """Return the JSON object that a text begins with, and its length; 0 where there is none.

    Its last brackets may be missing.
    """
    decoder = json.JSONDecoder()
    text = text.lstrip()
    for forgotten in range(_MOST_FORGOTTEN):
        whole = text.rstrip() + "}" * forgotten if forgotten else text
        try:
            found, end = decoder.raw_decode(whole)
        except (ValueError, RecursionError):
            continue
        return (found, min(end, len(text))) if isinstance(found, dict) else ({}, 0)
    return {}, 0


def _line(arguments: Arguments, prose: str) -> str:
    """Return one call as a line of code.

    Raises:
        _Unclear: it cannot be done as it is.
    """
    if "other" in arguments:
        raise _Unclear(f"There is no tool {str(arguments['other'])[:40]!r} to be called like this: write code.")
    if "unread" in arguments:
        raise _Unclear("That tool call is no JSON that can be read: write it anew, or write code.")
    action = arguments.get("action")
    if action == "answer":
        return f"final_answer({_literal(_text(arguments, 'answer'))})"
    if action == "terminate":
        return _terminate(arguments, prose)
    make = _MADE.get(action) if isinstance(action, str) else None
    if make is None:
        raise _Unclear(f"There is no action {str(action)[:40]!r}: the actions are {', '.join(ACTIONS)}.")
    return make(arguments)


def _print(tool: str, *values: object, **named: object) -> str:
    given = [*map(_literal, values), *(f"{name}={_literal(value)}" for name, value in named.items())]
    return f"print({tool}({', '.join(given)}))"


def _literal(value: object) -> str:
    """Return a value as code, in which nothing can be taken for the end of a block of code."""
    written = repr(value)
    if "code>" in written or "```" in written:
        written = written.replace("<", r"\x3c").replace("`", r"\x60")
    return written


def _key(arguments: Arguments) -> str:
    keys = arguments.get("keys", arguments.get("key", arguments.get("text")))
    names = [keys] if isinstance(keys, str) else keys
    if not isinstance(names, list) or not names or not all(isinstance(one, str) and one for one in names):
        raise _Unclear("The action key needs keys, a list of names such as ['ctrl', 'c'].")
    # What is in one list is held down together.
    written = ["SPACE" if one.isspace() else "PLUS" if one == "+" else "_".join(one.split()) for one in names]
    return _print("press_keys", "+".join(written))


def _type(arguments: Arguments) -> str:
    return _print("type_text", _text(arguments, "type"))


def _move(arguments: Arguments) -> str:
    return _print("hover_at", *_point(arguments, "mouse_move"))


def _click(tool: str, action: str, **how: object) -> Callable[[Arguments], str]:
    """Return what makes the line of a click; without a point it is where the pointer is."""
    return lambda arguments: _print(tool, *_point_or_pointer(arguments, action), **how)


def _drag(arguments: Arguments) -> str:
    """From where the pointer is, unless a start is given, as some write."""
    start = next((name for name in ("start_coordinate", "coordinate1") if name in arguments), None)
    first = (None, None) if start is None else _point(arguments, "left_click_drag", start)
    end = next((name for name in ("coordinate", "coordinate2", "end_coordinate") if name in arguments), "coordinate")
    return _print("drag_at", *first, *_point(arguments, "left_click_drag", end))


def _scroll(arguments: Arguments) -> str:
    """Positive is up."""
    return _wheel(arguments, 0, -_number(arguments, "pixels", "scroll"))


def _hscroll(arguments: Arguments) -> str:
    """Positive is to the right, as where Qwen's models are run: they hand it to pyautogui."""
    return _wheel(arguments, _number(arguments, "pixels", "hscroll"), 0)


def _wheel(arguments: Arguments, across: float, down: float) -> str:
    return _print("scroll_at", *_point_or_pointer(arguments, "scroll"), across, down)


def _wait(arguments: Arguments) -> str:
    seconds = _number(arguments, "time", "wait") if "time" in arguments else 1
    return f"time.sleep({min(max(seconds, 0), _LONGEST_WAIT)!r})"


def _terminate(arguments: Arguments, prose: str) -> str:
    """Return the line that ends the run: with what else the reply says, or else with how it went."""
    went = "The task could not be done." if arguments.get("status") == "failure" else "The task is done."
    return f"final_answer({_literal(prose or went)})"


_MADE: Mapping[str, Callable[[Arguments], str]] = {
    "key": _key,
    "type": _type,
    "mouse_move": _move,
    "left_click": _click("click_at", "left_click"),
    "left_click_drag": _drag,
    "right_click": _click("right_click_at", "right_click"),
    "middle_click": _click("click_at", "middle_click", button="middle"),
    "double_click": _click("double_click_at", "double_click"),
    "triple_click": _click("click_at", "triple_click", clicks=3),
    "scroll": _scroll,
    "hscroll": _hscroll,
    "wait": _wait,
}


def _text(arguments: Arguments, action: str) -> str:
    text = arguments.get("text")
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        raise _Unclear(f"The action {action} needs a text.")
    return str(text)


def _number(arguments: Arguments, name: str, action: str) -> float:
    value = _as_number(arguments.get(name))
    if value is None:
        raise _Unclear(f"The action {action} needs {name}, a number.")
    return value


def _point(arguments: Arguments, action: str, name: str = "coordinate") -> tuple[float, float]:
    given = arguments.get(name)
    values = [_as_number(one) for one in given] if isinstance(given, list) and len(given) == 2 else []
    if len(values) != 2 or values[0] is None or values[1] is None:
        raise _Unclear(f"The action {action} needs {name}, a point such as [412, 230].")
    return values[0], values[1]


def _point_or_pointer(arguments: Arguments, action: str) -> tuple[float | None, float | None]:
    """Return the point that is given; where none is, what stands for the place of the pointer."""
    return (None, None) if arguments.get("coordinate") is None else _point(arguments, action)


def _as_number(value: Any) -> float | None:
    """Return a number that can be written as code; None where it is none. For what is infinite there is no literal."""
    if isinstance(value, str) and len(value) <= _LONGEST_NUMBER:
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _MOST:
        return None
    return int(value) if value == int(value) else value
