"""The worker: runs the model's code in a process of its own. Its only way out is the wire it was started with.

Messages down: start, run, tools, variables, and replies. Up: ready, done, failed; and, while code runs, webdriver,
tool and nearest, each of which is answered with a reply. See `executor.py` for the other end.
"""

import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from smolagents.local_python_executor import InterpreterError, LocalPythonExecutor

from webagent.browser.attached import AttachedDriver
from webagent.grid import Grid
from webagent.sandbox import hands
from webagent.sandbox.values import Handle, NotPackable, pack, unpack
from webagent.sandbox.wire import PRINT_LIMIT, UP_LIMIT, Message, Wire, WireClosed, WireError

_SAYS_THAT_IT_WAS_CUT = 200  # characters of smolagents' sentence, in the midst of what was printed


class ToolFailed(Exception):
    """A tool raised; the text is its own."""


class Worker:
    """Runs code as it is told to, until the wire closes."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        start = wire.receive()
        driver = AttachedDriver(self._webdriver, start["session_id"], start["capabilities"])
        grid = Grid(tuple(start["viewport"]), tuple(start["grid"]))
        self._hands = hands.Hands(driver, self._nearest, grid, start["implicit_wait"])
        self._executor = LocalPythonExecutor(
            ["helium", *start["imports"]],
            max_print_outputs_length=PRINT_LIMIT - _SAYS_THAT_IT_WAS_CUT,
            timeout_seconds=None,
        )
        self._executor.send_tools({})
        self._executor("from helium import *")
        wire.send({"ready": True})

    def serve(self) -> None:
        """Answer messages until the parent closes the wire."""
        while True:
            message = self._wire.receive()
            if "run" in message:
                self._report(self._run(message["run"]))
            elif "tools" in message:
                self._executor.send_tools({name: self._tool(name) for name in message["tools"]})
                for name in message["tools"]:  # a tool named as something of helium's is the one that is meant
                    self._executor.state.pop(name, None)
            elif "variables" in message:
                self._executor.send_variables(unpack(message["variables"], _resolve))

    def _report(self, result: Message) -> None:
        try:
            self._wire.send(result)
        except WireClosed:
            raise
        except WireError as error:
            self._wire.send({"failed": f"The value is too large: {error}.", "logs": "", "notes": []})

    def _run(self, code: str) -> Message:
        self._hands.notes.clear()
        try:
            result = self._executor(code)
        except WireClosed:
            raise
        except BaseException as error:  # noqa: BLE001 - the model's code may raise anything, SystemExit too
            logs = str(self._executor.state.get("_print_outputs", ""))
            return {"failed": _text(self._explain(_cause(error))), "logs": logs, "notes": self._hands.notes[:]}
        try:
            output = pack(result.output, _keep_or_say)
        except BaseException:  # noqa: BLE001 - a value of the model's own may raise anything when it is gone through
            output = _text(result.output)
        if not result.is_final_answer and isinstance(output, str | list | dict):
            output = _text(result.output) if len(str(output)) > PRINT_LIMIT else output
        return {
            "done": output,
            "logs": result.logs,
            "notes": self._hands.notes[:],
            "is_final_answer": result.is_final_answer,
        }

    def _explain(self, error: BaseException) -> str:
        try:
            return self._hands.explain(error)
        except WireClosed:
            raise
        except BaseException:  # noqa: BLE001 - an exception of the model's own, whose text raises
            return type(error).__name__

    def _call(self, message: Message) -> Message:
        self._wire.send(message)
        return self._wire.receive()

    def _webdriver(self, command: str, params: dict[str, Any]) -> dict[str, Any]:
        reply: dict[str, Any] = self._call({"webdriver": command, "params": params})["reply"]
        return reply

    def _nearest(self, sought: str) -> str:
        return str(self._call({"nearest": sought})["reply"])

    def _tool(self, name: str) -> Callable[..., Any]:
        keep = _keep_or_say if name == "final_answer" else _keep  # an answer is worth having in whatever form

        def tool(*args: Any, **kwargs: Any) -> Any:
            call = {"tool": name, "args": pack(list(args), keep), "kwargs": pack(kwargs, keep)}
            reply = self._call(call)
            if "error" in reply:
                raise ToolFailed(reply["error"])
            return unpack(reply["reply"], _resolve)

        tool.__name__ = name
        return tool


def _keep(value: Any) -> dict[str, Any]:
    if isinstance(value, Handle):
        return {"$handle": value.number}
    element = getattr(value, "web_element", value)
    if hasattr(element, "id") and hasattr(element, "parent"):  # a selenium WebElement
        return {"$element": element.id}
    raise NotPackable(
        f"A {type(value).__name__} cannot be passed to a tool; pass text, numbers, lists, dicts, or an element."
    )


def _keep_or_say(value: Any) -> Any:
    try:
        return _keep(value) if isinstance(value, Handle) else _text(value)
    except NotPackable:
        return _text(value)


def _text(value: Any) -> str:
    try:
        text = str(value)
    except WireClosed:
        raise
    except BaseException as error:  # noqa: BLE001 - a class of the model's own
        text = f"<{type(value).__name__} whose text raised {type(error).__name__}>"
    return text if len(text) <= PRINT_LIMIT else text[: PRINT_LIMIT - 1] + "…"


def _resolve(packed: dict[str, Any]) -> Handle:
    return Handle(packed["$handle"], packed["says"])


def _cause(error: BaseException) -> BaseException:
    """Return what really happened: smolagents wraps everything that the code raised."""
    if isinstance(error, InterpreterError) and isinstance(error.__context__, Exception):
        return error.__context__
    return error


def main() -> None:
    """Serve on the socket whose file descriptor is the first argument."""
    wire = Wire(socket.socket(fileno=int(sys.argv[1])), sends=UP_LIMIT)
    with suppress(WireClosed):  # the run is over
        Worker(wire).serve()
