"""What the command writes: the answer on stdout and nothing else there, sentences on stderr."""

import json
import os
import re
import sys
from typing import TYPE_CHECKING, Any

from webagent.text import clean, json_value, one_line

if TYPE_CHECKING:
    from webagent.session.format import Reused
    from webagent.task import RunResult


def say(sentence: object) -> None:
    """Write one line to stderr, as `webagent: sentence`. A stderr that is closed or full is no error."""
    write_err(f"webagent: {one_line(sentence, 2000)}")


def write_err(text: str) -> None:
    """Write text, cleaned, and a line break to stderr, and go on where it cannot be written."""
    try:
        if sys.stderr is not None:
            sys.stderr.write(clean(text).encode("utf-8", "replace").decode() + "\n")
            sys.stderr.flush()
    except (OSError, ValueError):
        pass


def write_out(text: str) -> int:
    """Write text and a line break to stdout. Return 0, or 1 where it could not be written.

    A reader that went away (`| head`) is no error: it has seen what it wanted.
    """
    if sys.stdout is None:
        say("the answer could not be written, as stdout is closed: send it somewhere")
        return 1
    try:
        encoding = sys.stdout.encoding or "utf-8"
        sys.stdout.write(text.encode(encoding, "replace").decode(encoding) + "\n")
        sys.stdout.flush()
    except OSError as error:
        return not_written(error)
    return 0


def not_written(error: OSError) -> int:
    """Say that stdout could not be written. Return the exit code: a reader that went away is no error."""
    # What is left in the buffer would be written again at exit, and fail again with a traceback.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        return 0
    say(f"the answer could not be written to stdout ({error.strerror}): make room or send it elsewhere")
    return 1


def write_path(path: object) -> int:
    """Write a path and a line break to stdout, as `write_out` does, without what a terminal would obey.

    One without such things stays as it is, blanks included.
    """
    return write_out(re.sub(r"[\t\n]", " ", clean(path)))


def as_json(value: Any, *, indent: int | None = None, encoding: str | None = None) -> str:
    """Return a value as JSON that is safe to show: what `webagent.text.clean` removes is written as \\uXXXX.

    What is no JSON value is written as its `str()`.

    Args:
        value: what to write.
        indent: blanks a level is indented by; None: all on one line.
        encoding: what it cannot express is written as \\uXXXX too; default that of stdout.
    """
    encoding = encoding or getattr(sys.stdout, "encoding", None) or "utf-8"
    text = json.dumps(json_value(value), ensure_ascii=False, indent=indent)
    return re.sub(r"[^\x00-\x7e]", lambda found: _escaped(found[0], encoding), text)


def _escaped(character: str, encoding: str) -> str:
    if clean(character) == character and character.encode(encoding, "ignore"):
        return character
    return f"\\u{ord(character):04x}" if ord(character) < 0x10000 else json.dumps(character)[1:-1]


def answer_text(answer: Any) -> str:
    """Return an answer as it goes to stdout: text as it is but for control characters, lists and dicts as JSON."""
    return as_json(answer) if isinstance(answer, (dict, list)) else clean(answer)


def exit_code(result: "RunResult") -> int:
    """Return 0 for an answer, 2 where the configuration was at fault, 130 for an interruption, else 1."""
    if result.outcome == "answered":
        return 0
    if result.outcome == "interrupted":
        return 130
    return int(getattr(result.error, "exit_code", 1)) or 1


def finish(result: "RunResult", *, model: str | None, json_wanted: bool, quiet: bool) -> int:
    """Write a run's answer, the reason where there is none, and where the session is. Return the exit code."""
    code = exit_code(result)
    failed = 0
    if json_wanted and code != 2:
        failed = write_out(as_json(result_object(result, model)))
    elif code == 0:
        failed = write_out(answer_text(result.answer))
    if code:
        say(_why(result))
    if result.reused is not None and not quiet:
        write_err(_reused(result.reused))
    if result.session is not None and not quiet:
        write_err(f"Session: {result.session}")
    return code or failed


def result_object(result: "RunResult", model: str | None) -> dict[str, Any]:
    """Return what `--json` prints of a run."""
    return {
        "answer": result.answer,
        "outcome": result.outcome,
        "reason": result.reason,
        "error": _error_object(result),
        "steps": len(result.steps),
        "usage": result.usage.model_dump(),
        "seconds": round(result.seconds, 3),
        "session": None if result.session is None else str(result.session),
        "model": model,
        "reused": None if result.reused is None else result.reused.model_dump(),
    }


def _reused(reused: "Reused") -> str:
    steps = f"{reused.steps} step" + ("" if reused.steps == 1 else "s")
    tokens = reused.usage.input_tokens + reused.usage.output_tokens
    return one_line(f"Reused: {steps} of {reused.session} without the model, which saved {tokens:,} tokens", 300)


def _error_object(result: "RunResult") -> dict[str, str | None] | None:
    """Return class (None: no exception is behind it) and sentence of what kept a run from an answer; None: nothing."""
    if result.outcome == "answered":
        return None
    kind = None if result.error is None else type(result.error).__name__
    return {"type": kind, "message": _why(result)}


def _why(result: "RunResult") -> str:
    return result.reason or f"there is no answer: {result.outcome}"
