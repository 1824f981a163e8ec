"""`--to script`: a Python file of plain helium that does the steps again without a model, and checks the answer.

What goes into it. Steps that went well, in order, each with its thought as a comment; between them the page is waited
for. A step that failed is left out whole, even where a part of it was done before it failed: its error and its code
stand there as comments, and what the later steps may miss of it (variables, a page that it changed) is told, so that a
person can take the part over. All texts of the session go in through `repr()` or as comments of printable characters.
"""

import inspect
import re
import textwrap
from typing import Any
from urllib.parse import urlsplit

from webagent.errors import ConfigurationError
from webagent.session.export import code as codes
from webagent.session.export import script_parts as parts
from webagent.session.export.answer import pieces
from webagent.session.export.code import Code, Names
from webagent.session.format import StepRecord, two_numbers
from webagent.session.reader import Session
from webagent.text import one_line, well_formed

RUNS_WITH_YOUR_RIGHTS = (
    "the code of the script was written by a model and runs with your rights, without the sandbox and the network "
    "rules of webagent: read it before you run it"
)
_WIDTH = 112
_SIDES = range(200, 4001)  # CSS pixels, as in the settings

_HEAD = '''"""Does again, without a model, what webagent recorded: prints the answer, or exits with 1 and says why not.

The code of the steps was written by a model. It runs with your rights, without webagent's sandbox: read it first.
"""
'''
_IMPORTS = """import io
import json
import os
import re
import shutil
import signal
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress

import helium
from selenium.common.exceptions import TimeoutException, UnexpectedAlertPresentException, WebDriverException
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service"""
_ANSWER = '''
class Answer(BaseException):
    """Ends the steps; its argument is the answer."""


def final_answer(answer: object) -> None:
    """End the steps with this answer."""
    raise Answer(answer)
'''
_MAIN = '''
def main() -> None:
    """Do the steps, check the answer, print it."""
    try:
        start()
        with redirect_stdout(io.StringIO()):  # what the model printed was for itself
            {answer}
        {check}()
    except RunFailed as error:
        sys.exit(str(error))
    except Exception as error:
        sys.exit(f"the script failed: {{said(error)}}")
    finally:
        if helium.get_driver():
            helium.kill_browser()
    if isinstance(answer, dict | list):
        answer = json.dumps(answer, ensure_ascii=False, default=str)
    print(re.sub(r"[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f]", "", str(answer)))


if __name__ == "__main__":
    main()
'''
_MAY_RAISE = """try:
                answer = steps()
            except Answer as found:
                answer = found.args[0]
                let_page_rest()"""


def script(session: Session) -> tuple[str, list[str]]:
    """Return the script of a session, and sentences on what a person should know of it.

    Raises:
        ConfigurationError: it has no answer, no step that went well, or code that is no Python.
    """
    info = session.info
    steps = _until_the_end(session.steps)
    if not steps:
        raise ConfigurationError("the session holds no steps: there is nothing to make a script of")
    if info.outcome != "answered":
        raise ConfigurationError(
            f"the session has no answer ({one_line(info.outcome or 'unfinished', 40)}), which a script would check: "
            'go on with it by "webagent resume", or export it --to jsonl or gif'
        )
    good = [Code(step.step, codes.parse(step.step, step.code)) for step in steps if _went_well(step) and step.code]
    if not good:
        raise ConfigurationError("no step of the session went well: there is nothing to make a script of")
    names = codes.prepare(good, {step.step: well_formed(step.title or "") for step in steps})
    notes = [RUNS_WITH_YOUR_RIGHTS, *_left_out(steps, names)]
    grid = _grid(info.settings, names)
    constants, check = _constants(session, steps, notes, grid)
    written = [
        _HEAD,
        _imports(names, grid=grid is not None),
        *(["# Check this first.", *(_comment(note) for note in notes[1:])] if notes[1:] else []),
        f"TASK = {literal(info.task)}",
        *constants,
        _helpers(check),
        *([_ANSWER] if names.answers else []),
        _steps(session, steps, good, names),
        _MAIN.format(check=check, answer=_MAY_RAISE if names.answers else "answer = steps()"),
    ]
    text = "\n".join(written)
    try:
        compile(text, "script", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ConfigurationError(f"no script can be made of this session's code: {one_line(error)}") from None
    return text, notes


def literal(value: str) -> str:
    """Return a text as Python writes it, in double quotes where it can be, with all that is unprintable escaped."""
    written = repr(well_formed(value))
    return written if '"' in written else f'"{written[1:-1]}"'


def _until_the_end(steps: list[StepRecord]) -> list[StepRecord]:
    """Return the steps up to the answer."""
    last = next((place for place, step in enumerate(steps) if step.final and _went_well(step)), len(steps))
    return steps[: last + 1]


def _went_well(step: StepRecord) -> bool:
    return step.error is None


def _left_out(steps: list[StepRecord], names: Names) -> list[str]:
    """Return sentences on what the script may miss: names, and what failed steps did before they failed."""
    notes = []
    half: dict[str, int] = {}
    before: StepRecord | None = None
    for step in steps:
        if not _went_well(step):
            if step.code:
                for name in _bound_in(step):
                    half[name] = step.step
            if before is not None and step.url and (step.url, step.text) != (before.url, before.text):
                notes.append(f"step {step.step} failed and is left out, yet it had changed the page before it failed")
        before = step
    for name in names.unknown:
        where = f"which step {half[name]} set before it failed" if name in half else "which nothing here defines"
        notes.append(f"the code uses {one_line(name, 60)}, {where}: define it")
    return notes


def _bound_in(step: StepRecord) -> set[str]:
    try:
        return codes.bound_names([codes.parse(step.step, step.code or "")])
    except ConfigurationError:  # which is why it failed
        return set()


def _imports(names: Names, *, grid: bool) -> str:
    groups = _IMPORTS.split("\n\n")
    if names.math:
        groups[0] += f"\nfrom math import {', '.join(names.math)}"
    for module in names.stars:
        groups[0] += f"\nfrom {module} import *  # noqa: F403"
    if names.helium:
        groups[1] = groups[1].replace("\n", f"\n{_import_line('helium', names.helium)}\n", 1)
    ours = []
    if names.points:
        ours.append("from webagent.sandbox.points import aim_at_the_picture")
    if grid:
        ours.insert(0, "from webagent.grid import Grid")
    if names.tools:
        ours.append(_import_line("webagent.tools", [codes.TOOLS[name] for name in names.tools]))
    return "\n\n".join([*groups, *(["\n".join(ours)] if ours else [])]) + "\n"


def _import_line(module: str, names: list[str]) -> str:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= _WIDTH:
        return line
    return "\n".join([f"from {module} import (", *(f"    {name}," for name in names), ")"])


def _constants(
    session: Session, steps: list[StepRecord], notes: list[str], grid: tuple[int, int] | None
) -> tuple[list[str], str]:
    """Return the constants' lines and the name of the check; add to `notes` what cannot be checked."""
    info = session.info
    url = info.url or (info.opened.url if info.opened else None) or ""
    lines = [f"URL = {literal(url)}"] if urlsplit(url).scheme in {"http", "https"} else []
    lines.append(f"VIEWPORT = {_viewport(info.settings)}")
    if grid is not None:
        lines.append(f"GRID = Grid(VIEWPORT, {grid})  # on which the model named points of the page in view")
    last = next((step for step in reversed(steps) if step.text), None) or info.opened
    stood = pieces(info.answer, (last.text if last else None) or "")
    if stood.not_found:
        numbers = ", ".join(one_line(one, 40) for one in stood.not_found[:8])
        notes.append(f"not on the recorded last page, and so not looked for: {numbers}")
    if stood.found:
        lines.append("# What of the answer stood on the last page when it was recorded, and must stand there still.")
        lines.append("EXPECTED = (\n" + "".join(f"    {literal(piece)},\n" for piece in stood.found) + ")")
        return lines, "check_answer"
    notes.append(
        "nothing of the answer stood on the recorded last page: only the path and the title of that page are checked"
    )
    path, title = urlsplit((last.url if last else None) or "").path, (last.title if last else None) or ""
    lines.append(f"LAST_PAGE = ({literal(path)}, {literal(title)})")
    return lines, "check_page"


def _viewport(settings: dict[str, Any]) -> tuple[int, int]:
    given = settings.get("viewport")
    if isinstance(given, list | tuple) and len(given) == 2 and all(type(one) is int and one in _SIDES for one in given):
        return given[0], given[1]
    return parts.VIEWPORT


def _grid(settings: dict[str, Any], names: Names) -> tuple[int, int] | None:
    """Return the grid on which the code names points; None where that is by pixels, or it names none."""
    size = two_numbers(settings.get("coordinates"))
    named = names.points or not codes.POINTING_TOOLS.keys().isdisjoint(names.tools)
    return size if named and size != _viewport(settings) else None


def _helpers(check: str) -> str:
    """Return the source of what the steps stand on."""
    wanted: list[Any] = [parts.RunFailed, parts.start, parts.let_page_rest, parts.recorded_step, parts.said]
    wanted += [parts.page_text, parts.plain]
    wanted += [parts.stands, parts.check_answer] if check == "check_answer" else [parts.check_page]
    return "\n\n" + "\n\n".join(inspect.getsource(one) for one in wanted)


def _steps(session: Session, steps: list[StepRecord], good: list[Code], names: Names) -> str:
    code = {one.step: one.text for one in good}
    lines = ["", "def steps() -> object:", '    """Do the recorded steps; return the answer."""']
    if names.shadowed:
        lines.append(f"    global {', '.join(names.shadowed)}")
    grid = "GRID" if _grid(session.info.settings, names) is not None else ""
    for name in names.tools:
        on_grid = f", {grid}" if grid and name in codes.POINTING_TOOLS else ""
        lines.append(f"    {name} = {codes.TOOLS[name]}(helium.get_driver(){on_grid})")
    if names.points:
        lines.append(f"    aim_at_the_picture({grid})  # helium's own Point misses on a page that is scrolled")
    url = session.info.url or (session.info.opened.url if session.info.opened else None) or ""
    if urlsplit(url).scheme in {"http", "https"}:
        lines += ["    helium.go_to(URL)", "    let_page_rest()"]
    for step in steps:
        lines.append("")
        if not _went_well(step):
            lines.append(_comment(f"Step {step.step} failed and is left out: {failure(step)}", 4))
            lines += [f"    #     {one_line(line, _WIDTH)}" for line in (step.code or "").splitlines()[:20]]
            continue
        lines.append(_comment(f"Step {step.step}. {thought(step)}", 4))
        if code.get(step.step):
            lines += [f"    with recorded_step({step.step}):", textwrap.indent(code[step.step], " " * 8)]
    lines += ["", '    raise RunFailed("the steps ended without an answer")', ""]
    return "\n".join(lines)


def failure(step: StepRecord, limit: int = 200) -> str:
    """Return why a step failed, on one line, without the marks around what came from the page."""
    return one_line(well_formed(re.sub(r"</?page>", "", step.error or "")), limit)


def thought(step: StepRecord, limit: int = 400) -> str:
    """Return what the model said before its code, on one line."""
    before = re.split(r"<code>|```", step.reply or "", maxsplit=1)[0]
    return one_line(well_formed(re.sub(r"^\s*Thought:\s*", "", before)), limit)


def _comment(text: str, indent: int = 0) -> str:
    """Return text as comment lines; nothing in it can end them."""
    line = "".join(one if one.isprintable() else " " for one in well_formed(one_line(text, 600)))
    blanks = " " * indent
    return "\n".join(f"{blanks}# {one}" for one in textwrap.wrap(line, _WIDTH)) or f"{blanks}#"
