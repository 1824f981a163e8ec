"""`webagent show`: a session as one page to look at."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from webagent import printing
from webagent.commands.options import SessionDir
from webagent.commands.work import load
from webagent.errors import ConfigurationError

_SCREENS = ("DISPLAY", "WAYLAND_DISPLAY")


def show(
    session: Annotated[
        str, typer.Argument(metavar="[SESSION]", help="Session folder, its name or a part of it; last: the newest.")
    ] = "last",
    no_open: Annotated[bool, typer.Option("--no-open", help="Only write the report, do not open it.")] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Where to write it. [default: report.html in the session]"),
    ] = None,
    session_dir: SessionDir = None,
) -> None:
    """Write a session as one page, report.html, and open it in a browser."""
    from webagent.session.locate import find_session
    from webagent.session.reader import read_session
    from webagent.session.report import write_report

    recorded = read_session(find_session(session, load(session_dir=session_dir).session_dir))
    path = (_expanded(output) if output is not None else recorded.folder / "report.html").absolute()
    write_report(recorded, path)
    failed = printing.write_path(path)
    if not no_open:
        _open(path)
    raise typer.Exit(failed)


def _expanded(output: Path) -> Path:
    try:
        return output.expanduser()
    except RuntimeError:
        raise ConfigurationError(
            f"{output} is in the home folder of a user that there is not: name another with -o"
        ) from None


def _open(path: Path) -> None:
    """Open a page in the user's browser, or say why not."""
    import webbrowser

    # Without a screen a browser for the terminal would be taken, and take the terminal.
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in _SCREENS):
        printing.say("the report is not opened, as there is no screen here: open the file in a browser")
        return
    # What a browser says is no path of a report. It may be one for the terminal: so to stderr, not to nowhere.
    stdout = os.dup(1)
    os.dup2(2, 1)
    try:
        opened = webbrowser.open(path.as_uri())
    finally:
        os.dup2(stdout, 1)
        os.close(stdout)
    if not opened:
        printing.say("no browser was found to open the report with: open the file yourself")
