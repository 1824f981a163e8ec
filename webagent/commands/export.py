"""`webagent export`: a session as a script, a test, a moving picture, its network, training data."""

from pathlib import Path
from typing import Annotated

import typer

from webagent import printing
from webagent.commands.options import Quiet, SessionDir
from webagent.commands.work import load
from webagent.session.export import Format


def export(
    session: Annotated[
        str,
        typer.Argument(metavar="SESSION", help="Folder of a session, its name or an end or beginning of it, or last."),
    ],
    to: Annotated[Format, typer.Option(help="What to make of it.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="PATH", help="File to write; for pytest: folder of tests, or test file."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace what is there.")] = False,
    session_dir: SessionDir = None,
    quiet: Quiet = False,
) -> None:
    """Export a session and print the path of what was written."""
    from webagent.session.export import export as write_export
    from webagent.session.locate import find_session
    from webagent.session.reader import read_session

    folder = find_session(session, load(session_dir=session_dir).session_dir)
    done = write_export(read_session(folder), to, output, force=force)
    for note in done.notes if not quiet else []:
        printing.say(note)
    raise typer.Exit(printing.write_path(done.path))
