"""A replay as lines for a person: each step, what of it was not as recorded, and the sum."""

from collections.abc import Iterator
from typing import TextIO

from rich.console import Console
from rich.text import Text

from webagent.replay.run import Replayed
from webagent.session.difference import words
from webagent.text import one_line

_MOST = 30  # differences shown in full; what leaves the path early differs in everything after
_CODE = 80  # characters of a step's code


def draw(replayed: Replayed, out: TextIO) -> str:
    """Return the lines of a replay, in colour only where `out` is a terminal."""
    console = Console(file=out, highlight=False, markup=False, emoji=False, soft_wrap=True)
    with console.capture() as captured:
        for line in _lines(replayed):
            console.print(line)
    return captured.get().rstrip("\n")


def _lines(replayed: Replayed) -> Iterator[Text]:
    told = list(zip(replayed.differences, words(replayed.differences), strict=True))
    shown = 0
    for number, what in _steps(replayed):
        mine = [said for one, said in told if one.step == number and not one.of_the_end]
        yield Text.assemble(_mark(not mine), f"  {what}")
        yield from (_difference(said) for said in mine[: max(0, _MOST - shown)])
        shown += len(mine)
    if shown > _MOST:
        yield Text(f"         … and {shown - _MOST} more: --json has them all", "dim")
    if end := [said for one, said in told if one.of_the_end]:
        yield Text.assemble(_mark(False), "  the end")
        yield from map(_difference, end)
    yield from (Text.assemble(("missed", "bold red"), f"   {one_line(miss, 600)}") for miss in replayed.misses[:_MOST])
    if len(replayed.misses) > _MOST:
        yield Text(f"         … and {len(replayed.misses) - _MOST} more: --json has them all", "dim")
    yield from (Text.assemble(("note", "bold yellow"), f"     {one_line(note, 600)}") for note in replayed.notes)
    yield Text(replayed.summary, "bold green" if replayed.ok else "bold red")


def _steps(replayed: Replayed) -> Iterator[tuple[int, str]]:
    """Return number and description of each step of the recording that was reached, and of the first page."""
    opened = replayed.session.info.opened
    if opened is not None and opened.url:
        yield 0, f"opened {one_line(opened.url, 120)}"
    elif any(difference.step == 0 for difference in replayed.differences):
        yield 0, "the page opened first"
    for step in replayed.session.steps[: len(replayed.result.steps)]:
        yield step.step, f"step {step.step}: {one_line(step.code or 'no code', _CODE)}"


def _mark(held: bool) -> tuple[str, str]:
    return ("ok     ", "green") if held else ("differs", "bold red")


def _difference(said: str) -> Text:
    return Text(f"         {one_line(said, 600)}", "red")
