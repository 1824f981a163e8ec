"""`WorkerExecutor`: a smolagents executor that runs the model's code in a worker process that can be killed.

See `worker.py` for the other end of the wire.
"""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement
from smolagents import Tool
from smolagents.local_python_executor import CodeOutput, PythonExecutor

import webagent
from webagent.errors import WorkerDied
from webagent.sandbox.values import HandleTable, pack, unpack
from webagent.sandbox.wire import Message, Wire, WireClosed, WireError
from webagent.text import NOTES_FOLLOW, one_line

START_TIMEOUT = 60.0
"""Seconds a worker may take to be ready; it imports smolagents, selenium and helium."""
_STARTS = 2  # how often a worker is started that does not get ready
_LAST_BREATH = 0.5
_TAKEN_WITHIN = 30.0  # a worker that does not read its replies is as stuck as one that sends nothing
_GONE = "Its variables are gone; the page is as it was left."
# The worker keeps to less; here is what is believed of it.
_MOST_LOGS = 50_000
_MOST_NOTES = 20
IMPLICIT_WAIT = 3.0
"""Seconds helium looks for an element before it gives up."""


RunCommand = Callable[[str, dict[str, Any], float], dict[str, Any]]
"""Takes a WebDriver command's name, its parameters, and the seconds it may take; returns the driver's response."""


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
        viewport: width and height in CSS pixels.
    """

    def __init__(
        self,
        *,
        folder: Path,
        group: int,
        imports: list[str],
        deadline: float,
        viewport: tuple[int, int],
    ) -> None:
        self._folder, self._group = folder, group
        self._imports, self._deadline, self._viewport = imports, deadline, viewport
        self._run_command: RunCommand | None = None
        self._nearest: Callable[[str], str] = str
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
        nearest: Callable[[str], str],
        driver: WebDriver,
    ) -> None:
        """Give the worker its browser.

        Args:
            run: runs one WebDriver command for the worker.
            nearest: returns a sentence that names what on the page comes nearest to what was sought in vain.
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
        left = self._deadline
        while True:
            since = time.monotonic()
            message = self._wire.receive(max(left, 0.001))
            left -= time.monotonic() - since
            if "done" in message or "failed" in message:
                return self._result(message)
            if "nearest" in message:  # it explains a failure, which is worth more than being in time
                self._answer({"reply": self._nearest(_part(message, "nearest", str))})
                continue
            since = time.monotonic()
            answer = self._call_tool(message) if "tool" in message else {"reply": self._webdriver(message, left)}
            left -= time.monotonic() - since
            if left <= 0:
                raise TimeoutError
            self._answer(answer)

    def _result(self, message: Message) -> Message:
        """Return how the action ended, with everything in it of the kind that it should be."""
        logs = _part(message, "logs", str)[:_MOST_LOGS].replace(NOTES_FOLLOW, "").rstrip("\n")
        if notes := _part(message, "notes", list)[:_MOST_NOTES]:
            logs += NOTES_FOLLOW + "\n".join(f"Note: {one_line(note, 400)}" for note in notes)
        if "failed" in message:
            return {"failed": _part(message, "failed", str)[:_MOST_LOGS], "logs": logs}
        try:
            done = unpack(message["done"], self._handles.resolve)
        except (TypeError, KeyError, ValueError, RecursionError) as error:
            raise WireError(f"the worker's value is not to be understood: {one_line(error)}") from error
        return {"done": done, "logs": logs, "is_final_answer": message.get("is_final_answer") is True}

    def _webdriver(self, message: Message, within: float) -> dict[str, Any]:
        assert self._run_command is not None
        return self._run_command(_part(message, "webdriver", str), _part(message, "params", dict), within)

    def _answer(self, answer: Message) -> None:
        try:
            self._wire.send(answer, min(_TAKEN_WITHIN, self._deadline))
        except WireClosed:
            raise
        except WireError:
            self._wire.send({"error": "what came back is too large to be handed on"})

    def _call_tool(self, message: Message) -> Message:
        try:
            tool = self._tools[str(message["tool"])]
            args = unpack(message["args"], self._resolve)
            kwargs = unpack(message["kwargs"], self._resolve)
            return {"reply": pack(tool(*args, **kwargs), self._handles.keep)}
        except Exception as error:  # noqa: BLE001 - a tool may raise anything; the model is told
            first = str(error).strip().partition("\nStacktrace")[0]
            return {"error": one_line(first, 500) or type(error).__name__}

    def _resolve(self, packed: dict[str, Any]) -> Any:
        if "$element" in packed:
            assert self._driver is not None
            return WebElement(self._driver, str(packed["$element"]))
        return self._handles.resolve(packed)

    def _get_ready(self) -> None:
        for start in range(1, _STARTS + 1):
            if self._process is None:
                self._spawn()
            try:
                if not self._ready:
                    self._introduce()
                return
            except WorkerDied as error:
                if start == _STARTS:
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
                    "viewport": list(self._viewport),
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
        # -I leaves PYTHONPATH out; what this process can import, the worker can, after its own standard library.
        path = [entry for entry in [*sys.path, str(Path(webagent.__file__).parent.parent)] if Path(entry).is_absolute()]
        program = f"import sys; sys.path += {path!r}; from webagent.sandbox.worker import main; main()"
        with theirs, self._errors.open("wb") as errors:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-X", "utf8", "-c", program, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                pass_fds=[theirs.fileno()],
                cwd=self._folder,
                env={"HOME": str(self._folder), "TMPDIR": str(self._folder)},
                process_group=self._group,
            )
        self._wire = Wire(ours)
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
    if status < 0:
        return f"signal {signal.Signals(-status).name}"
    return f"exit status {status}"


def _part(message: Message, name: str, kind: type) -> Any:
    """Return a part of what the worker sent; it may be anybody's who talked the model into writing it."""
    part = message.get(name)
    if not isinstance(part, kind):
        raise WireError(f"the worker sent what is no message: {one_line(list(message))}")
    return part
