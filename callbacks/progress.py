"""Progress of a run, drawn on stderr after each step."""

import functools
import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

from rich.console import Console
from rich.padding import Padding
from rich.status import Status
from rich.syntax import Syntax
from rich.text import Text

from webagent.callbacks.events import RunEvents
from webagent.fence import without_marks
from webagent.text import clean, one_line

if TYPE_CHECKING:
    from smolagents import ActionStep

    from webagent.task import RunResult

_CODE_LINES, _THOUGHT_LINES, _OBSERVATION_LINES, _ERROR_LINES = 40, 20, 200, 2
_BLOCK = re.compile(r"<code>|```|^\s*Code:\s*$", re.MULTILINE)
_P = ParamSpec("_P")


class _Stderr(Console):
    """A console on stderr. rich's own answer to a broken pipe closes stdout, where the answer still has to go."""

    def on_broken_pipe(self) -> None:
        self.quiet = True


def _never_raises(
    method: "Callable[Concatenate[Progress, _P], None]",
) -> "Callable[Concatenate[Progress, _P], None]":
    """Make a method swallow its errors: a step callback that raises ends the run, and drawing is not worth a run."""

    @functools.wraps(method)
    def guarded(self: "Progress", /, *args: _P.args, **kwargs: _P.kwargs) -> None:
        if self.quiet:
            return
        try:
            method(self, *args, **kwargs)
        except (Exception, SystemExit):  # noqa: BLE001 - SystemExit: a plain rich Console raises it on a broken pipe
            self._console.quiet = True

    return guarded


class Progress(RunEvents):
    """A smolagents step callback that shows a person what the agent does.

    On a terminal it draws each step: thought, code, page, time, tokens, error. Elsewhere it writes one line a step.
    What comes from pages and the model is cleaned and never read as markup. Nothing here raises: where stderr cannot
    be written, it falls silent.

    Args:
        console: where to draw; default stderr.
        quiet: draw nothing.
        verbose: draw what the model is told after each step as well.

    Attributes:
        result: what came of the run, once `ended` was told; a run that raised has told it too.
    """

    def __init__(self, console: Console | None = None, *, quiet: bool = False, verbose: bool = False) -> None:
        self._console = console or _Stderr(stderr=True, highlight=False, markup=False, emoji=False)
        self.quiet = quiet
        self.verbose = verbose
        self.result: RunResult | None = None
        self._where: Callable[[], tuple[str | None, str | None]] | None = None
        self._max_steps: int | None = None
        self._status: Status | None = None
        self._began: float | None = None
        self._spent = 0.0  # sum of the steps' seconds, for those who never call `started`
        self._tokens = (0, 0)
        self._steps = 0

    def attach(self, where: Callable[[], tuple[str | None, str | None]], max_steps: int) -> None:
        """Say how to learn where the browser is, and how many steps there are.

        Args:
            where: returns url and title of the page as last seen.
            max_steps: steps of the run at most.
        """
        self._where = where
        self._max_steps = max_steps

    @_never_raises
    def loading(self, what: str) -> None:
        """Say that the model is being loaded; how far it is, its library shows on a terminal."""
        self._line(f"loading {one_line(what, 500)}")

    @_never_raises
    def started(self, task: str, model: str) -> None:
        """Note that a run begins, and show its task and model on a terminal."""
        self._began, self._spent, self._tokens, self._steps = time.monotonic(), 0.0, (0, 0), 0
        if self._console.is_terminal:
            self._console.print(Text.assemble(("Task ", "bold"), one_line(task, 500)))
            self._console.print(Text(f"Model {one_line(model)}", "dim"))

    @_never_raises
    def thinking(self, step_number: int) -> None:
        """Show that the model was asked for step `step_number` (1 for the first)."""
        self._spin(f"{self._step(step_number)}: the model thinks")

    @_never_raises
    def working(self, step_number: int) -> None:
        """Show that the code of step `step_number` runs."""
        self._spin(f"{self._step(step_number)}: the page works")

    def ended(self, result: "RunResult") -> None:
        """Note what came of the run, take the spinner away, and sum up on a terminal."""
        self.result = result
        self._sum_up(result)

    @_never_raises
    def _sum_up(self, result: "RunResult") -> None:
        self._stop_spinning()
        if self._console.is_terminal:
            usage, steps = result.usage, len(result.steps)
            self._console.print(
                Text(
                    f"{steps} step{'' if steps == 1 else 's'}, {result.seconds:.1f} s, "
                    f"{usage.input_tokens}+{usage.output_tokens} tokens",
                    "dim",
                )
            )

    @_never_raises
    def close(self) -> None:
        """Take the spinner away, wherever the run stands. May be called more than once."""
        self._stop_spinning()

    @_never_raises
    def __call__(self, memory_step: "ActionStep", agent: Any = None) -> None:
        """Show one step. Other things in an agent's memory, such as plans, are passed over."""
        if not hasattr(memory_step, "step_number"):
            return
        self._stop_spinning()
        if memory_step.model_output is None and memory_step.model_output_message is None:
            return  # the model failed, or somebody stopped it: there was no step
        seconds = memory_step.timing.duration or 0.0
        self._spent += seconds
        self._steps += 1
        if memory_step.token_usage is not None:
            usage = memory_step.token_usage
            self._tokens = (self._tokens[0] + usage.input_tokens, self._tokens[1] + usage.output_tokens)
        if self._console.is_terminal:
            self._draw(memory_step, seconds)
        else:
            self._write(memory_step, seconds)

    def _so_far(self) -> float:
        """Return the seconds since the run began."""
        return self._spent if self._began is None else time.monotonic() - self._began

    def _draw(self, step: "ActionStep", seconds: float) -> None:
        out = self._console.print
        out()
        figures = f"{seconds:.1f} s, {self._so_far():.1f} s so far, {self._tokens[0]}+{self._tokens[1]} tokens so far"
        out(Text.assemble((self._step(step.step_number), "bold cyan"), ("  " + figures, "dim")))
        if thought := _head(_thought(step), _THOUGHT_LINES):
            out(Padding(Text(thought, "italic"), (0, 0, 0, 2), expand=False))
        if code := _head(clean(step.code_action or "").strip("\n"), _CODE_LINES):
            out(Padding(Syntax(code, "python", theme="ansi_dark", background_color="default", word_wrap=True), (0, 2)))
        url, title = self._seen()
        if url or title:
            out(Text("  " + " — ".join(one_line(part) for part in (title, url) if part), "blue"))
        if step.error is not None:
            for line in _error_lines(step):
                out(Text("  " + line, "red"))
        if self.verbose and step.observations:
            told = _head(clean(step.observations).strip(), _OBSERVATION_LINES)
            out(Padding(Text(told, "dim"), (0, 0, 0, 4), expand=False))

    def _write(self, step: "ActionStep", seconds: float) -> None:
        of = "" if self._max_steps is None else f"/{self._max_steps}"
        parts = [f"step {step.step_number}{of}", f"{seconds:.1f}s, {self._so_far():.1f}s so far"]
        spent, usage = f"{self._tokens[0]}+{self._tokens[1]}", step.token_usage
        if usage is not None:
            parts.append(f"{usage.input_tokens}+{usage.output_tokens} tokens, {spent} so far")
        elif any(self._tokens):
            parts.append(f"{spent} tokens so far")
        parts.append(one_line(self._seen()[0] or "", 120))
        parts.append(one_line("; ".join(clean(step.code_action or "").strip().splitlines()), 120))
        if step.error is not None:
            parts.append("error: " + " ".join(_error_lines(step)))
        self._line("  ".join(part for part in parts if part))
        if self.verbose and step.observations:
            for line in _head(clean(step.observations).strip(), _OBSERVATION_LINES).splitlines():
                self._line("    " + line)

    def _line(self, text: str) -> None:
        """Print one line, neither wrapped nor cut: a log file has no width."""
        self._console.print(Text(text), soft_wrap=True)

    def _step(self, number: int) -> str:
        return f"Step {number}" if self._max_steps is None else f"Step {number} of {self._max_steps}"

    def _seen(self) -> tuple[str | None, str | None]:
        """Return url and title, or nothing where the browser cannot say."""
        if self._where is None:
            return None, None
        try:
            return self._where()
        except Exception:  # noqa: BLE001 - the browser may have died; the step is shown all the same
            return None, None

    def _spin(self, text: str) -> None:
        if not self._console.is_terminal:
            return
        if self._status is None:
            self._status = Status(Text(text, "dim"), console=self._console)
            self._status.start()
        else:
            self._status.update(Text(text, "dim"))

    def _stop_spinning(self) -> None:
        status, self._status = self._status, None
        if status is not None:
            status.stop()


def _thought(step: "ActionStep") -> str:
    """Return what the model wrote before its code."""
    output: Any = step.model_output or ""
    if not isinstance(output, str):
        output = "\n".join(str(part.get("text", "")) for part in output if isinstance(part, dict))
    text = clean(_BLOCK.split(output, maxsplit=1)[0]).strip()
    return text.removeprefix("Thought:").strip()


def _error_lines(step: "ActionStep") -> list[str]:
    message = without_marks(str(getattr(step.error, "message", None) or step.error))
    lines = [one_line(line) for line in clean(message).splitlines() if line.strip()]
    return lines[:_ERROR_LINES] or [type(step.error).__name__]


def _head(text: str, lines: int) -> str:
    """Return the first lines of a text, with a note on how many were left out."""
    every = text.split("\n")
    return text if len(every) <= lines else "\n".join([*every[:lines], f"… {len(every) - lines} more lines"])
