"""`webagent sessions`: what was recorded, as a list; `webagent sessions rm` removes of it."""

import math
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from webagent import printing
from webagent.commands.options import SessionDir
from webagent.commands.work import load
from webagent.errors import ConfigurationError
from webagent.text import one_line

sessions = typer.Typer(
    name="sessions",
    rich_markup_mode=None,
    subcommand_metavar="[rm [ARGS]...]",
    context_settings={"help_option_names": ["-h", "--help"]},
)

_DAY = 86_400  # seconds
_SHOWN = 10


@sessions.callback(invoke_without_command=True)
def show(
    ctx: typer.Context,
    session_dir: SessionDir = None,
    json: Annotated[bool, typer.Option("--json", help="Print a JSON list instead of a table.")] = False,
) -> None:
    """List recorded runs, newest first."""
    if ctx.invoked_subcommand is not None:
        if json:
            raise ConfigurationError("--json goes with the list alone: leave it out before rm")
        ctx.obj = session_dir
        return
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


@sessions.command()
def rm(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME", help="Sessions: names, parts of them, folders, or last.")
    ] = None,
    older_than: Annotated[
        str | None, typer.Option(metavar="DAYS", help="Those that ended more days ago than that.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All sessions in the session folder.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    session_dir: SessionDir = None,
) -> None:
    """Remove recorded runs, and print the folders that are gone."""
    if [bool(names), older_than is not None, every].count(True) != 1:
        raise ConfigurationError("what to remove is not clear: give names of sessions, or --older-than DAYS, or --all")
    folder = load(session_dir=session_dir or ctx.obj).session_dir
    chosen = _named(names, folder) if names else _older(folder, _days(older_than) if older_than is not None else None)
    if not chosen:
        printing.say(f"there are no such sessions in {folder}")
        return
    if not yes and not _agreed(chosen):
        printing.say("nothing was removed")
        raise typer.Exit(1)
    raise typer.Exit(_remove(chosen))


def _named(names: list[str], folder: Path) -> list[Path]:
    from webagent.session.locate import find_session
    from webagent.session.reader import read_session
    from webagent.session.remove import is_session

    found = []
    for name in names:
        one = find_session(name, folder)
        if not is_session(one):
            raise ConfigurationError(
                f"{one_line(one)} is no session folder, or a link to one, and is not removed: "
                'see "webagent sessions" for what there is'
            )
        if one.resolve().parent != folder.resolve():
            read_session(one)  # elsewhere it must be a session in full: other programs have a session.json as well
        found.append(one.resolve())
    return list(dict.fromkeys(found))


def _older(folder: Path, days: float | None) -> list[Path]:
    """Return the sessions that ended more than `days` days ago, or all; oldest first."""
    from webagent.session.listing import list_sessions
    from webagent.session.prune import last_used, oldest_first

    _, notes = list_sessions(folder)
    for note in notes:
        printing.say(note)
    before = math.inf if days is None else time.time() - days * _DAY
    return [entry.folder for entry in oldest_first(folder) if last_used(entry) < before]


def _days(given: str) -> float:
    try:
        days = float(given)
    except ValueError:
        days = math.nan
    if not 0 <= days < math.inf:
        raise ConfigurationError(f"--older-than {one_line(given, 40)!r} is not understood: give a number of days")
    return days


def _agreed(chosen: list[Path]) -> bool:
    """Return whether the person at the terminal agrees."""
    if not (sys.stdin and sys.stdin.isatty() and sys.stderr and sys.stderr.isatty()):
        raise ConfigurationError(f"{_count(chosen)} would be removed, and nobody is there to ask: add --yes")
    for one in chosen[:_SHOWN]:
        printing.write_err(one_line(one))
    if len(chosen) > _SHOWN:
        printing.write_err(f"… and {len(chosen) - _SHOWN} more")
    try:
        return typer.confirm(f"Remove {_count(chosen)}?", err=True)
    except typer.Abort:
        return False


def _remove(chosen: list[Path]) -> int:
    from webagent.session.remove import BeingWritten, remove_session

    code = 0
    for one in chosen:
        try:
            remove_session(one)
        except BeingWritten:
            printing.say(f"{one_line(one.name)} is being written by a run, and stays: stop the run first")
            code = 1
        except OSError as error:
            printing.say(f"{one_line(one.name)} cannot be removed whole ({error.strerror or error})")
            code = 1
        else:
            code = printing.write_path(one) or code
    return code


def _count(chosen: list[Path]) -> str:
    return f"{len(chosen)} session{'' if len(chosen) == 1 else 's'}"
