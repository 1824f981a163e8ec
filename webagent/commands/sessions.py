"""`webagent sessions`: what was recorded, as a list."""

import sys
from typing import Annotated

import typer

from webagent import printing
from webagent.commands.options import SessionDir
from webagent.commands.work import load


def sessions(
    session_dir: SessionDir = None,
    json: Annotated[bool, typer.Option("--json", help="Print a JSON list instead of a table.")] = False,
) -> None:
    """List recorded runs, newest first."""
    from webagent.session.listing import list_sessions

    folder = load(session_dir=session_dir).session_dir
    entries, notes = list_sessions(folder)
    for note in notes:
        printing.say(note)
    if json:
        raise typer.Exit(printing.write_out(printing.as_json([entry.as_dict() for entry in entries], indent=2)))
    if not entries:
        printing.say(f"there are no sessions in {folder}")
        return
    from webagent.session.table import draw

    raise typer.Exit(printing.write_out(draw(entries, sys.stdout)))
