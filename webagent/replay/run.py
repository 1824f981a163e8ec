"""A recorded session through the real agent again: its replies, its network where that was recorded, and a comparison.

replayed = replay_session(Path("tests/sessions/shop-sale"))
assert replayed.ok, replayed
"""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smolagents import Tool

from webagent.agent import StepCallback, WebAgent
from webagent.errors import ConfigurationError, SessionExhausted
from webagent.replay.model import ReplayModel
from webagent.replay.options import ReplayOptions, load_options
from webagent.replay.settings import check_start_page, replay_settings
from webagent.session.compare import compare, ended_by_itself
from webagent.session.difference import Difference, words
from webagent.session.reader import Session, read_session
from webagent.session.recorder import NETWORK
from webagent.settings import Settings
from webagent.sources import load_settings
from webagent.task import Check, RecordedTask, RunResult, Task, as_task, named_url
from webagent.text import one_line

if TYPE_CHECKING:
    from webagent.session.archive import Archive, Miss

_SHOWN = 20  # lines of differences, and of misses, in a text for a person


@dataclass(frozen=True, repr=False)
class Replayed:
    """What came of a replay."""

    session: Session
    """What was recorded."""
    result: RunResult
    """The run that was done now. Its `session` is None, unless its folder was kept."""
    differences: list[Difference]
    """Where it left the recorded path, in order."""
    misses: "list[Miss]" = field(default_factory=list)
    """Requests that were not recorded, and failed; `str()` names the closest recorded one."""
    offline: bool = False
    """Whether pages came from the recorded network, and no request left the machine."""
    notes: list[str] = field(default_factory=list)
    """What the comparison cannot know, one sentence each."""

    @property
    def ok(self) -> bool:
        """Whether it went as it was recorded: no difference, and no request that was not recorded."""
        return not self.differences and not self.misses

    @property
    def summary(self) -> str:
        """One line that says whether it held."""
        count = len(self.session.steps)
        steps = f"{count} step{'' if count == 1 else 's'}"
        how = "from the recorded network" if self.offline else "on the live web"
        if self.ok:
            return f"{steps} replayed {how} as recorded"
        parts = [
            f"{len(found)} {word}{'' if len(found) == 1 else 's'}"
            for found, word in ((self.differences, "difference"), (self.misses, "request not recorded"))
            if found
        ]
        said = " and ".join(parts).replace("request not recordeds", "requests not recorded")
        return f"{steps} replayed {how}: {said}"

    def __str__(self) -> str:
        """Return the summary, and below it every difference and miss, for a person."""
        lines = [f"{one_line(self.session.folder.name)}: {self.summary}"]
        said = [f"{one.where}: {text}" for one, text in zip(self.differences, words(self.differences), strict=True)]
        for found in (said, self.misses):
            lines += [f"  {one_line(one, 600)}" for one in found[:_SHOWN]]
            if len(found) > _SHOWN:
                lines.append(f"  … and {len(found) - _SHOWN} more")
        return "\n".join([*lines, *(f"  note: {one_line(note, 600)}" for note in self.notes)])

    def __repr__(self) -> str:
        return f"<Replayed {self}>"

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "ok": self.ok,
            "session": str(self.session.folder),
            "offline": self.offline,
            "differences": [difference.as_dict() for difference in self.differences],
            "misses": [str(miss) for miss in self.misses],
            "notes": self.notes,
            "answer": self.result.answer,
            "outcome": self.result.outcome,
            "steps": len(self.result.steps),
            "seconds": round(self.result.seconds, 3),
            "kept": None if self.result.session is None else str(self.result.session),
        }


def replay_session(
    session: Session | Path | str,
    *,
    settings: Settings | None = None,
    options: ReplayOptions | None = None,
    live: bool = False,
    tools: Iterable[Tool] = (),
    imports: Iterable[str] = (),
    checks: Iterable[Check] = (),
    callbacks: Sequence[StepCallback] = (),
    keep: Path | None = None,
) -> Replayed:
    """Do a recorded session again and compare. No model is needed; with a recorded network, no internet either.

    Viewport, limits and what the model sees are as they were recorded. Without a recorded network the run is on the
    live web, and what opens a wall there (`allow_host`, `allow_scripts`) comes from `settings` alone.

    Args:
        session: a session, or its folder.
        settings: what else the run is told; None takes environment and files as the command does.
        options: how it is replayed; None takes those of `replay.toml` in the folder.
        live: leave the recorded network aside.
        tools: the tools of your own that the recorded agent had.
        imports: the modules that its code could import.
        checks: the checks of its answer.
        callbacks: step callbacks, a progress display for example.
        keep: folder in which the replay's own session is kept. None keeps none.

    Raises:
        ConfigurationError: there is no such session, it holds no replies or too few, its network cannot be read, or it
            begins where only the user may send a browser; also what `WebAgent` raises.
        BrowserDied: the browser could not be started.
    """
    session = session if isinstance(session, Session) else read_session(Path(session))
    if not any(step.reply is not None for step in session.steps):
        raise ConfigurationError(
            f"the session {session.folder.name} holds no replies, so there is nothing to replay: record it anew"
        )
    options = load_options(session.folder) if options is None else options
    archive = None if live else _archive(session, options)
    settings = load_settings() if settings is None else settings
    task, notes = recorded_task(session, checks)
    if archive is None:
        task = RecordedTask.of(task)
        if task.url:
            check_start_page(task.url, settings)
    with _folder(keep) as folder:
        agent = WebAgent(
            ReplayModel(session),
            settings=replay_settings(session, settings, folder, offline=archive is not None),
            tools=tools,
            imports=imports,
            callbacks=callbacks,
            archive=archive,
        )
        with agent:
            result = agent.run(task)
        assert result.session is not None  # it was told to record
        done = read_session(result.session)
        differences = compare(session, done, ignore_query=options.ignore_query, pictures=_allowed(options))
    _check_exhausted(session, result, differences)
    return Replayed(
        session=session,
        result=result if keep is not None else result.model_copy(update={"session": None}),
        differences=differences,
        misses=[] if archive is None else list(archive.misses),
        offline=archive is not None,
        notes=[*notes, *_notes(session, options, offline=archive is not None)],
    )


def _archive(session: Session, options: ReplayOptions) -> "Archive | None":
    har = session.folder / NETWORK
    if not har.exists():
        if session.info.settings.get("record_network") is True:
            raise ConfigurationError(
                f"the session {session.folder.name} was recorded with its network, and {har} is not there: put it "
                "back, or replay it on the live web with --live"
            )
        return None
    from webagent.session.archive import Archive
    from webagent.session.matching import Matching

    matching = Matching(match_on=options.match_on, ignore_query=options.ignore_query)
    return Archive.read(har, matching, freeze_time=options.freeze_time, allow_missing=options.allow_missing)


def recorded_task(session: Session, checks: Iterable[Check] = ()) -> tuple[Task, list[str]]:
    """Return the recorded task, beginning on the same page, and what is to be said of that."""
    info = session.info
    task = as_task(info.task, info.url, None).model_copy(update={"checks": list(checks)})
    if info.url or named_url(info.task) or info.opened is None or not info.opened.url:
        return task, []
    note = (
        f"the recorded run began on a page that an earlier one had left open ({one_line(info.opened.url, 120)}): the "
        "replay opened it by its address"
    )
    return task.model_copy(update={"url": info.opened.url}), [note]


def _allowed(options: ReplayOptions) -> float | None:
    return options.screenshot_threshold if options.compare_screenshots else None


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """Give the folder in which the replay records itself."""
    if keep is not None:
        try:
            keep.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(
                f"the replay cannot be kept in {keep} ({error.strerror}): give another folder"
            ) from error
        yield keep
        return
    with tempfile.TemporaryDirectory(prefix="webagent-replay-") as folder:
        yield Path(folder)


def _check_exhausted(session: Session, result: RunResult, differences: Sequence[Difference]) -> None:
    """Raise what is wrong with a session whose replies end before its run did, though all went as recorded."""
    if not isinstance(result.error, SessionExhausted) or not ended_by_itself(session):
        return
    if all(difference.what == "outcome" for difference in differences):
        raise ConfigurationError(str(result.error)) from result.error


def _notes(session: Session, options: ReplayOptions, *, offline: bool) -> Iterator[str]:
    if session.info.resumed:
        yield (
            "the session was interrupted and resumed, with a browser of its own each time; a replay has one, and what "
            "differs from there on may come of that"
        )
    if session.cut:
        yield "the last line of steps.jsonl was half written and is left out"
    if not ended_by_itself(session):
        outcome = one_line(session.info.outcome or "unfinished", 40)
        yield f"the recorded run came to no end of its own ({outcome}): its steps are compared, and no end"
    unused = {"ignore_query", "match_on", "freeze_time", "allow_missing"} & options.model_fields_set
    if unused and not offline:
        yield f"{', '.join(sorted(unused))}: these say something of a recorded network only, and this was the live web"
