"""What commands that run an agent share: settings, the work with its progress, and its end."""

import os
import sys
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import typer

from webagent import printing
from webagent.errors import ConfigurationError, WebAgentError

if TYPE_CHECKING:
    from webagent.callbacks.progress import Progress
    from webagent.settings import Settings
    from webagent.task import RunResult

    Work = Callable[[Progress], RunResult]


def load(**flags: Any) -> "Settings":
    """Return the settings, with these flags the nearest source."""
    from webagent.sources import load_settings

    return load_settings(flags, source="the command line")


def with_a_model(settings: "Settings", *, quiet: bool) -> "Settings":
    """Return settings that name a model, and say on stderr which one was chosen where none was named."""
    if settings.model:
        return settings
    from webagent.discovery import with_model

    settings, chosen = with_model(settings)
    if chosen and not quiet:
        printing.write_err(chosen)
    return settings


def flags_of(ctx: typer.Context) -> dict[str, Any]:
    """Return what a command's flags say of settings, by the settings' names: its parameters have the same."""
    from webagent.settings import Settings

    given = {name: value for name, value in ctx.params.items() if name in Settings.model_fields}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}


def perform(prepare: "Callable[[], tuple[str | None, Work]]", *, json: bool, quiet: bool, verbose: bool) -> None:
    """Do the work with progress on stderr, write what came of it, and exit.

    Args:
        prepare: returns the model's name and the work; it checks what the command was given.
        json: as the flags.
        quiet: likewise.
        verbose: likewise.
    """
    if quiet and verbose:
        raise ConfigurationError("--quiet and --verbose contradict each other: give one of them")
    model, progress = None, None
    if quiet or not sys.stderr.isatty():  # bars are for terminals; what loads a model in this process heeds this
        os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    try:
        model, work = prepare()
        from webagent.callbacks.progress import Progress

        progress = Progress(quiet=quiet, verbose=verbose)
        result = work(progress)
    except KeyboardInterrupt:
        result = (progress and progress.result) or _result(outcome="interrupted", reason="interrupted")
    except ConfigurationError:
        raise
    except WebAgentError as error:
        result = _result(outcome="failed", reason=str(error), error=error)
    except Exception as error:  # noqa: BLE001 - a fault of ours must still give the exit code and the JSON of a failure
        if verbose:
            printing.write_err(traceback.format_exc())
        kind = type(error).__name__
        hint = "please report it" if verbose else "run it again with --verbose for the traceback"
        reason = f"webagent itself failed ({kind}: {error}): {hint}"
        told = (progress and progress.result) or _result(outcome="failed")
        result = told.model_copy(update={"outcome": "failed", "reason": reason, "error": error})
    finally:
        if progress is not None:
            progress.close()
    raise typer.Exit(printing.finish(result, model=model, json_wanted=json, quiet=quiet))


def _result(**values: Any) -> "RunResult":
    from webagent.task import RunResult  # not before a result is needed: Ctrl-C may come during this import

    return RunResult(**values)
