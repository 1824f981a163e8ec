"""`WorkerExecutor`: a smolagents executor that runs the model's code in a worker process that can be killed.

See `worker.py` for the other end of the wire.
"""

import json
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement
from smolagents import Tool
from smolagents.local_python_executor import CodeOutput, PythonExecutor

from webagent.errors import WorkerDied
from webagent.grid import Grid
from webagent.sandbox.box import Box
from webagent.sandbox.limits import cpu_seconds
from webagent.sandbox.start import start
from webagent.sandbox.values import Handle, HandleTable, NotPackable, is_longer, pack, unpack
from webagent.sandbox.wire import PRINT_LIMIT, UP_LIMIT, Message, Wire, WireClosed, WireError
from webagent.text import NOTES_FOLLOW, one_line

START_TIMEOUT = 60.0
"""Seconds a worker may take to be ready; it imports smolagents, selenium and helium."""
_STARTS = 2  # how often a worker is started that does not get ready
_LAST_BREATH = 0.5
_TAKEN_WITHIN = 30.0  # a worker that does not read its replies is as stuck as one that sends nothing
_GONE = "Its variables are gone; the page is as it was left."
_MOST_NOTES = 20
_NOTE = 1000  # characters that are looked at; to tidy text takes its time
_EXPLAINING = 5.0  # seconds an action has for explaining what failed in it; it is worth more than being in time
_TOO_LARGE = "what came back is too large to be handed on"
_ELEMENT_ID = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,200}")

ANSWER_LIMIT = 200_000
"""Characters that a final answer may have; what is longer is cut."""
IMPLICIT_WAIT = 3.0
"""Seconds helium looks for an element before it gives up."""


RunCommand = Callable[[str, dict[str, Any], float], dict[str, Any]]
"""Takes a WebDriver command's name, its parameters, and the seconds it may take; returns the driver's response."""


Explain = Callable[[str, float], str]
"""Takes what was sought in vain and the seconds it may take; returns a sentence."""


class ActionFailed(Exception):
    """The model's code did not run to its end; the text is for the model."""


class WorkerExecutor(PythonExecutor):
    """Runs code in a worker, answers the worker's browser commands and tool calls here.

    The process starts at once, so that it gets ready while the browser starts; `connect` gives it the browser.

    Args:
        folder: the worker's working and temporary folder, empty.
        group: process group to start it in, ended by whoever owns it.
        imports: modules the code may import beside smolagents' own list and helium.
        deadline: seconds one action may take, its tools and browser commands included. One of these that never returns
            cannot be stopped here; the browser's own all do.
        grid: on which the code names points of the page in view.
        box: what the worker runs in; None for nothing, as with `--unsafe-no-sandbox` only.
    """

    def __init__(
        self,
        *,
        box: Box | None,
        folder: Path,
        group: int,
        imports: list[str],
        deadline: float,
        grid: Grid,
    ) -> None:
        self._box, self._folder, self._group = box, folder, group
        self._imports, self._deadline, self._grid = imports, deadline, grid
        self._run_command: RunCommand | None = None
        self._nearest: Explain = lambda sought, _: sought
        self._driver: WebDriver | None = None
        self._handles = HandleTable()
        self._tools: dict[str, Tool] = {}
        self._variables: dict[str, Any] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = False
        self.state: dict[str, Any] = {"_print_outputs": ""}
        """smolagents reads what a failed action printed here."""
        self.failure: WorkerDied | None = None
        """Why there is no worker any more; None as long as there is one, or can be."""
        self._spawn()

    def connect(
        self,
        *,
        run: RunCommand,
        nearest: Explain,
        driver: WebDriver,
    ) -> None:
        """Give the worker its browser.

        Args:
            run: runs one WebDriver command for the worker.
            nearest: returns a sentence that names what on the page comes nearest to what was sought in vain; it is told
                how many seconds it may take.
            driver: gives tools the elements that the code passes to them.
        """
        self._run_command, self._nearest, self._driver = run, nearest, driver

    def send_tools(self, tools: dict[str, Tool]) -> None:
        """Make these tools callable by the code; they run in this process."""
        self._tools = dict(tools)
        if self._ready:
            self._tell({"tools": list(self._tools)})

    def send_variables(self, variables: dict[str, Any]) -> None:
        """Set these variables in the worker; what JSON cannot hold is a handle there, for tools to resolve."""
        self._variables.update(variables)
        if self._ready:
            self._tell({"variables": pack(variables, self._handles.keep)})

    def __call__(self, code_action: str) -> CodeOutput:
        """Run `code_action` and return what came of it.

        Raises:
            ActionFailed: it raised, or took too long; the text says what happened and what to try.
            WorkerDied: the worker could not be started again.
        """
        self.state["_print_outputs"] = ""
        self._get_ready()
        try:
            self._wire.send({"run": code_action}, min(_TAKEN_WITHIN, self._deadline))
            result = self._attend()
        except TimeoutError:
            self._end()
            self._spawn()  # at once, so that it is ready when the model has thought
            raise ActionFailed(f"The action was stopped after {self._deadline:g} seconds. {_GONE}") from None
        except WireError:
            status = self._end(_LAST_BREATH)
            self._spawn()
            raise ActionFailed(f"The process that ran the action ended ({_how(status)}). {_GONE}") from None
        except BaseException:
            self._end()  # it still waits for a reply that will not come
            raise
        if "failed" in result:
            self.state["_print_outputs"] = result["logs"]
            raise ActionFailed(result["failed"])
        return CodeOutput(output=result["done"], logs=result["logs"], is_final_answer=result["is_final_answer"])

    def cleanup(self) -> None:
        """End the worker."""
        self._end()

    def _attend(self) -> Message:
        """Answer the worker's calls until the action is over, and return how it ended."""
        left, explaining = self._deadline, _EXPLAINING
        while True:
            since = time.monotonic()
            message = self._wire.receive(max(left, 0.001))
            left -= time.monotonic() - since
            if "done" in message or "failed" in message:
                return self._result(message)
            since, free = time.monotonic(), 0.0
            answer: Message
            if "nearest" in message:
                answer = {"reply": self._nearest(_part(message, "nearest", str)[:_NOTE], explaining)}
                free = min(time.monotonic() - since, explaining)
                explaining -= free
            elif "tool" in message:
                answer = self._call_tool(message)
            else:
                answer = {"reply": self._webdriver(message, left)}
            left -= time.monotonic() - since - free
            if left <= 0:
                raise TimeoutError
            self._answer(answer)

    def _result(self, message: Message) -> Message:
        """Return how the action ended, with everything in it of the kind that it should be."""
        logs = _cut(_part(message, "logs", str).replace(NOTES_FOLLOW, "").rstrip("\n"), PRINT_LIMIT)
        notes = _part(message, "notes", list)[:_MOST_NOTES]
        if not all(isinstance(note, str) for note in notes):
            raise WireError("the worker's notes are no text")
        is_final = message.get("is_final_answer") is True
        if "failed" in message:
            said = _cut(_part(message, "failed", str), PRINT_LIMIT)
            result: Message = {"failed": said or "The action failed without a word."}
        else:
            limit = ANSWER_LIMIT if is_final else PRINT_LIMIT
            try:
                done = unpack(message["done"], self._handles.resolve)
                if is_longer(message["done"], limit):
                    done = _cut(str(unpack(message["done"], _stand_in)), limit)
                    if is_final:
                        notes.append(f"The answer had more than {limit:,} characters and was cut.")
            except (TypeError, ValueError, RecursionError) as error:
                raise WireError(f"the worker's value is not to be understood: {one_line(error)}") from error
            result = {"done": done, "is_final_answer": is_final}
        if notes:
            logs += NOTES_FOLLOW + "\n".join(f"Note: {one_line(note[:_NOTE], 400)}" for note in notes)
        return {**result, "logs": logs}

    def _webdriver(self, message: Message, within: float) -> dict[str, Any]:
        assert self._run_command is not None
        return self._run_command(_part(message, "webdriver", str), _part(message, "params", dict), within)

    def _answer(self, answer: Message) -> None:
        within = min(_TAKEN_WITHIN, self._deadline)
        try:
            self._wire.send(answer, within)
        except WireClosed:
            raise
        except WireError:
            error = {"error": "unknown error", "message": _TOO_LARGE, "stacktrace": ""}
            response = {"status": 500, "value": json.dumps({"value": error})}
            # A command is answered with the one, a tool with the other.
            self._wire.send({"reply": response, "error": _TOO_LARGE}, within)

    def _call_tool(self, message: Message) -> Message:
        name = _part(message, "tool", str)
        try:
            args = unpack(_part(message, "args", list), self._resolve)
            kwargs = unpack(_part(message, "kwargs", dict), self._resolve)
        except (TypeError, ValueError, RecursionError) as error:
            raise WireError(f"the worker's arguments are not to be understood: {one_line(error)}") from error
        if not isinstance(kwargs, dict) or not all(isinstance(key, str) for key in kwargs):
            raise WireError("the worker's arguments have no names")
        if name not in self._tools:
            return {"error": f"There is no tool {one_line(name[:_NOTE], 40)!r}."}
        try:
            return {"reply": pack(self._tools[name](*args, **kwargs), self._handles.keep)}
        except Exception as error:  # noqa: BLE001 - a tool may raise anything; the model is told
            first = str(error).strip().partition("\nStacktrace")[0]
            return {"error": one_line(first, 500) or type(error).__name__}

    def _resolve(self, packed: dict[str, Any]) -> Any:
        if "$element" in packed:
            element = packed["$element"]
            if self._driver is None or not isinstance(element, str) or not _ELEMENT_ID.fullmatch(element):
                raise NotPackable("no such element")
            return WebElement(self._driver, element)
        return self._handles.resolve(packed)

    def _get_ready(self) -> None:
        for attempt in range(1, _STARTS + 1):
            if self._process is None:
                self._spawn()
            try:
                if not self._ready:
                    self._introduce()
                return
            except WorkerDied as error:
                if attempt == _STARTS:
                    self.failure = error
                    raise

    def _introduce(self) -> None:
        """Tell the worker what it drives, and wait until it is ready.

        Raises:
            WorkerDied: it did not get ready, and has been ended.
        """
        if self._driver is None:
            raise WorkerDied("the executor has no browser: call connect() first")
        try:
            self._wire.send(
                {
                    "session_id": self._driver.session_id,
                    "capabilities": {"browserName": self._driver.capabilities.get("browserName")},
                    "viewport": list(self._grid.view),
                    "grid": list(self._grid.size),
                    "implicit_wait": min(IMPLICIT_WAIT, self._deadline / 2),
                    "imports": self._imports,
                }
            )
            while "ready" not in (message := self._wire.receive(START_TIMEOUT)):
                self._wire.send({"reply": self._webdriver(message, START_TIMEOUT)})
        except (TimeoutError, WireError) as error:
            status = self._end(_LAST_BREATH)
            last = one_line(self._errors.read_text(errors="replace").strip().rpartition("\n")[2], 200)
            how = ", ".join(filter(None, [_how(status), last]))
            raise WorkerDied(
                f"the worker that runs the model's code did not start ({how}): see webagent doctor"
            ) from error
        self._ready = True
        self._tell({"tools": list(self._tools)})
        if self._variables:
            self._tell({"variables": pack(self._variables, self._handles.keep)})

    def _tell(self, message: Message) -> None:
        try:
            self._wire.send(message, min(_TAKEN_WITHIN, self._deadline))
        except (WireError, TimeoutError):
            self._end()

    def _spawn(self) -> None:
        ours, theirs = socket.socketpair()
        self._errors = self._folder.parent / f"{self._folder.name}.stderr"
        with theirs, self._errors.open("wb") as errors:
            self._process = start(
                self._box,
                "webagent.sandbox.worker",
                theirs,
                folder=self._folder,
                group=self._group,
                imports=self._imports,
                cpu=cpu_seconds(self._deadline),
                errors=errors,
            )
        self._wire = Wire(ours, receives=UP_LIMIT)
        self._handles = HandleTable()  # what the worker before it had is gone with it
        self._ready = False

    def _end(self, grace: float = 0.0) -> int:
        """End the worker and return its exit status; one that is ending by itself is given `grace` seconds to."""
        self._ready = False
        self._wire.close()
        if self._process is None:
            return 0
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(grace)
        if self._process.poll() is None:
            self._process.kill()
        status = self._process.wait()
        self._process = None
        return status


def _how(status: int) -> str:
    number = -status if status < 0 else status - 128  # the latter as bwrap hands it on
    if number in set(signal.Signals):
        return f"signal {signal.Signals(number).name}"
    return f"exit status {status}"


def _stand_in(_: dict[str, Any]) -> Handle:
    return Handle(-1, "<…>")


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _part(message: Message, name: str, kind: type) -> Any:
    """Return a part of what the worker sent; it may be anybody's who talked the model into writing it."""
    part = message.get(name)
    if not isinstance(part, kind):
        raise WireError(f"the worker sent what is no message: it lacks {name!r}")
    return part
