"""Sessions drawn as a table for a person."""

from collections.abc import Sequence
from typing import TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from webagent.session.listing import Entry
from webagent.text import one_line

_WIDTH_IN_A_PIPE = 160  # a pipe has no width; rich would take 80, too few for the task


def draw(entries: Sequence[Entry], out: TextIO) -> str:
    """Return a table of sessions, as wide as the terminal `out`, in colour only where that is one."""
    console = Console(file=out, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console = Console(file=out, highlight=False, markup=False, emoji=False, width=_WIDTH_IN_A_PIPE)
    table = Table(box=None, pad_edge=False, header_style="bold", expand=True)
    table.add_column("Name", no_wrap=True)
    table.add_column("When", no_wrap=True)
    table.add_column("Task", no_wrap=True, overflow="ellipsis", ratio=2)
    table.add_column("Model", no_wrap=True, overflow="ellipsis", ratio=1)
    table.add_column("Outcome", no_wrap=True)
    table.add_column("Steps", justify="right", no_wrap=True)
    table.add_column("Tokens", justify="right", no_wrap=True)
    table.add_column("Time", justify="right", no_wrap=True)
    for entry in entries:
        info = entry.info
        cells = (
            one_line(entry.name, 40),
            f"{entry.started:%Y-%m-%d %H:%M}",
            one_line(info.task),
            one_line(info.model),
            one_line(info.outcome or "unfinished"),
            str(info.steps),
            f"{info.usage.input_tokens}+{info.usage.output_tokens}",
            "" if entry.seconds is None else f"{entry.seconds:.1f} s",
        )
        table.add_row(*(Text(cell) for cell in cells))
    with console.capture() as captured:
        console.print(table)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())
