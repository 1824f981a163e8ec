"""`webagent replay`: a recorded session again, without its model, and what is no more as it was."""

import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from webagent import printing
from webagent.commands.options import BrowserPath, Headed, Quiet, SessionDir, UnsafeNoSandbox, Verbose
from webagent.commands.work import load
from webagent.errors import ConfigurationError, WebAgentError

if TYPE_CHECKING:
    from webagent.replay.run import Replayed


def replay(
    session: Annotated[
        str,
        typer.Argument(metavar="SESSION", help="Folder of a session, its name or an end or beginning of it, or last."),
    ],
    compare_screenshots: Annotated[
        bool | None, typer.Option("--compare-screenshots", help="Compare the pictures as well.")
    ] = None,
    screenshot_threshold: Annotated[
        str | None,
        typer.Option(metavar="SHARE", help="Share of pixels, 0 to 1, that may look different. [default: 0.01]"),
    ] = None,
    freeze_time: Annotated[
        bool | None, typer.Option("--freeze-time", help="Set the clock of pages to the recorded time.")
    ] = None,
    ignore_query: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Query parameter that differs from run to run; repeatable."),
    ] = None,
    match_on: Annotated[
        str | None,
        typer.Option(
            metavar="PARTS",
            help="What requests are matched on, of method, url, scheme, host, path, query, body. "
            "[default: method,url,body]",
        ),
    ] = None,
    allow_missing: Annotated[
        list[str] | None,
        typer.Option(metavar="URL", help="Address that may be asked for unrecorded, * for any letters; repeatable."),
    ] = None,
    live: Annotated[bool, typer.Option("--live", help="On the live web, though its network was recorded.")] = False,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="HOST:PORT", help="Server of a private network it may reach; repeatable."),
    ] = None,
    keep: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Keep the replay's own session, in this folder.")
    ] = None,
    headed: Headed = None,
    session_dir: SessionDir = None,
    browser_path: BrowserPath = None,
    unsafe_no_sandbox: UnsafeNoSandbox = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead.")] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Do a recorded run again without its model, offline if its network was recorded, and say what differs."""
    if quiet and verbose:
        raise ConfigurationError("--quiet and --verbose contradict each other: give one of them")
    settings = load(
        allow_host=tuple(allow_host or ()),
        headed=headed,
        session_dir=session_dir,
        browser_path=browser_path,
        unsafe_no_sandbox=unsafe_no_sandbox,
    )
    from webagent.session.locate import find_session

    folder = find_session(session, settings.session_dir)
    options = {
        "compare_screenshots": compare_screenshots,
        "screenshot_threshold": screenshot_threshold,
        "freeze_time": freeze_time,
        "ignore_query": tuple(ignore_query or ()),
        "allow_missing": tuple(allow_missing or ()),
        "match_on": match_on,
    }
    raise typer.Exit(_perform(folder, options, settings, live=live, keep=keep, json=json, quiet=quiet, verbose=verbose))


def _perform(
    folder: Path, options: dict[str, Any], settings: Any, *, live: bool, keep: Path | None, json: bool, **how: bool
) -> int:
    """Replay with progress on stderr, print what came of it, and return the exit code."""
    progress = None
    try:
        from webagent.replay.options import load_options

        wanted = load_options(
            folder, options, where="the command line", style=lambda name: "--" + name.replace("_", "-")
        )
        from webagent.callbacks.progress import Progress
        from webagent.replay.run import replay_session

        progress = Progress(quiet=how["quiet"], verbose=how["verbose"])
        replayed = replay_session(folder, settings=settings, options=wanted, live=live, callbacks=[progress], keep=keep)
    except KeyboardInterrupt:
        printing.say("interrupted")
        return 130
    except ConfigurationError:
        raise
    except WebAgentError as error:  # the browser could not even be started, for example, which is no difference
        raise ConfigurationError(str(error)) from error
    except Exception as error:  # noqa: BLE001 - a fault of ours must not look like a difference, nor like a traceback
        _fail(error, verbose=how["verbose"])
    finally:
        if progress is not None:
            progress.close()
    return _print(replayed, json=json, quiet=how["quiet"])


def _fail(error: Exception, *, verbose: bool) -> NoReturn:
    if verbose:
        printing.write_err(traceback.format_exc())
    hint = "please report it" if verbose else "run it again with --verbose for the traceback"
    raise ConfigurationError(f"webagent itself failed ({type(error).__name__}: {error}): {hint}") from error


def _print(replayed: "Replayed", *, json: bool, quiet: bool) -> int:
    if json:
        failed = printing.write_out(printing.as_json(replayed.as_dict()))
    else:
        from webagent.replay.lines import draw

        failed = printing.write_out(draw(replayed, sys.stdout))
    if replayed.result.session is not None and not quiet:
        printing.write_err(f"Session: {replayed.result.session}")
    return failed or (0 if replayed.ok else 1)
