"""A session recorded anew: its task once more with a real model, in the place of what was recorded."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from webagent.agent import WebAgent
from webagent.errors import ConfigurationError, TaskError
from webagent.replay.options import FILE
from webagent.replay.run import recorded_task
from webagent.replay.settings import AS_RECORDED, check_start_page, with_recorded
from webagent.session.compare import ended_by_itself
from webagent.session.reader import Session, read_session
from webagent.session.recorder import NETWORK
from webagent.session.restore import task_pictures
from webagent.session.swap import swap
from webagent.settings import Settings
from webagent.task import RecordedTask, RunResult, as_task


def record_again(folder: Path, settings: Settings) -> RunResult:
    """Do a session's task with the model of `settings`, and put what was recorded in the place of the session.

    Task, page, viewport and limits are the recorded ones, and so is whether the network is recorded; `replay.toml` is
    kept, cookies are not. The old session stays where there is no answer.

    Args:
        folder: the session's folder.
        settings: what the run is told; they name the model, and what may be reached.

    Raises:
        ConfigurationError: there is no such session, no model is named, or the folder cannot be replaced.
        TaskError: there is no answer.
    """
    session = read_session(folder)
    info = session.info
    began, _ = recorded_task(session)
    task = RecordedTask.of(as_task(began, None, task_pictures(session)))
    if task.url:
        check_start_page(task.url, settings)
    with _beside(folder) as beside:
        told = with_recorded(session, settings, (*AS_RECORDED, "record_limit")).model_copy(
            update=_recording(session, beside)
        )
        with closing(WebAgent(settings=told)) as agent:
            result = agent.run(task)
        # A task that cannot be done is recorded, too.
        as_before = result.outcome == info.outcome and ended_by_itself(session)
        if not (result.outcome == "answered" or as_before) or result.session is None:
            raise TaskError(
                f"{folder.name} was not recorded anew, for there is no answer ({result.reason}): the old one stays"
            )
        try:
            _replace(folder.resolve(), result.session, beside / "old")
        except OSError as error:
            raise _not_writable(folder, error) from error
    return result.model_copy(update={"session": folder})


@contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """Give a temporary folder beside the session: what is recorded in it can take its place at once."""
    try:
        # Hidden, so that it is not taken for a session.
        made = tempfile.TemporaryDirectory(prefix=".webagent-record-", dir=folder.resolve().parent)
    except OSError as error:
        raise _not_writable(folder, error) from error
    with made as beside:
        yield Path(beside)


def _not_writable(folder: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"{folder} cannot be replaced ({error.strerror or error}): is the folder around it writable?"
    )


def _recording(session: Session, folder: Path) -> dict[str, object]:
    return {
        "session_dir": folder,
        "record": True,
        "record_network": (session.folder / NETWORK).exists(),
        "keep_cookies": False,
        "sessions_max_days": None,
        "sessions_max_mb": None,
    }


def _replace(old: Path, new: Path, aside: Path) -> None:
    """Put the folder `new` in the place of `old`, whose options it takes on."""
    if (old / FILE).is_file():
        shutil.copyfile(old / FILE, new / FILE, follow_symlinks=False)  # what a stranger's links to is no part of it
    new.chmod(old.stat().st_mode)
    swap(new, old, aside)
