"""A session as the report's template wants it."""

from dataclasses import dataclass, field
from typing import Any

from webagent.session.format import Act, PageRecord, StepRecord
from webagent.session.named import NotUsable
from webagent.session.reader import Session, as_drawn
from webagent.session.report import words
from webagent.session.report.marks import Drawing, Mark, draw, marks_of
from webagent.session.report.pictures import Album
from webagent.session.report.words import Text
from webagent.text import one_line, well_formed

_MOST_STEPS = 1000
_LONGEST_HEADING = 300


@dataclass(frozen=True)
class PageView:
    """A page, with its picture or with a note on why there is none."""

    title: str = ""
    url: str = ""
    link: str | None = None
    dialog: Text = field(default_factory=lambda: Text(""))
    drawing: Drawing | None = None
    note: str = ""


@dataclass(frozen=True)
class StepView:
    """One step."""

    number: int
    """Its place in the report, from 1: what the file says may be anything."""
    name: str
    before: PageView
    after: PageView
    same: bool
    """The page looks as before."""
    marks: list[Mark]
    thought: Text
    code: Any
    code_cut: Text
    observation: Text
    error: Text
    final: bool
    reused: bool
    seconds: str
    tokens: str


def view(session: Session) -> dict[str, Any]:
    """Return the template's variables, all text cleaned and cut but not yet escaped."""
    info = session.info
    album = Album(session.folder)
    steps: list[StepView] = []
    page: PageRecord | None = info.opened
    for step in as_drawn(session)[:_MOST_STEPS]:
        steps.append(_step(album, len(steps) + 1, step, page))
        page = step
    bare = not any(page.screenshot for page in (info.opened, *session.steps) if page)
    name, mood = words.outcome(info)
    task = words.as_text(info.task)
    seconds = words.between(info.started, info.ended) if info.ended else sum(step.seconds for step in session.steps)
    heading = one_line(task.shown, _LONGEST_HEADING) or "(no task)"
    return {
        "title": f"{one_line(task.shown, 80)} · webagent",
        "heading": heading,
        "task": task if heading != " ".join(task.shown.split()) else None,
        "outcome": name,
        "mood": mood,
        "reason": words.as_text(info.reason),
        "answer": words.answer(info.answer) if info.answer is not None else None,
        "notes": _notes(session, bare=bare),
        "bare": bare,
        "facts": _facts(session, words.duration(seconds)),
        "versions": [(one_line(name, 60), one_line(version, 60)) for name, version in info.versions.items()],
        "settings": words.answer(info.settings) if info.settings else None,
        "task_pictures": [_page(album, PageRecord(screenshot=name), []) for name in info.images[:50]],
        "steps": steps,
        "end": steps[-1].after if steps and not steps[-1].same else None,
        "opened": _page(album, info.opened, []) if info.opened and not steps else None,
        "album": album.pictures,  # the last: by now all were asked for
    }


def _step(album: Album, number: int, step: StepRecord, page: PageRecord | None) -> StepView:
    before, after = _page(album, page, step.acts), _page(album, step, [])
    code = words.as_text(step.code)
    same = after.drawing is not None and before.drawing is not None and after.drawing.picture is before.drawing.picture
    return StepView(
        number=number,
        name=str(step.step),
        before=before,
        after=after,
        same=same,
        marks=before.drawing.marks if before.drawing else marks_of(step.acts),
        thought=words.thought(step),
        code=words.coloured(code),
        code_cut=code,
        observation=words.as_text(step.observation),
        error=words.as_text(step.error),
        final=step.final,
        reused=step.reused,
        seconds=words.duration(step.seconds),
        tokens=words.tokens(step.usage),
    )


def _page(album: Album, page: PageRecord | None, acts: list[Act]) -> PageView:
    if page is None:
        return PageView(note="No page was open.")
    drawing, note = None, "No picture was recorded."
    try:
        if page.screenshot is not None:
            drawing, note = draw(album.get(page.screenshot), acts), ""
    except NotUsable as why:
        note = f"The picture {why}."
    return PageView(
        title=one_line(well_formed(page.title or ""), 200),
        url=one_line(well_formed(page.url or ""), 500),
        link=words.link(page.url),
        dialog=words.as_text(page.dialog),
        drawing=drawing,
        note=note,
    )


def _notes(session: Session, *, bare: bool) -> list[str]:
    """Return sentences on what is out of the ordinary with the session."""
    info = session.info
    notes = [f"Resumed {words.moment(when)}." for when in info.resumed[:20]]
    if info.reused is not None:
        spared = words.tokens(info.reused.usage)
        name = one_line(info.reused.session, 100)
        taken = "1 step was" if info.reused.steps == 1 else f"{info.reused.steps} steps were"
        notes.append(f"{taken} taken from {name}" + (f" (tokens spared: {spared})." if spared else "."))
    if session.cut:
        notes.append("The run was killed while it wrote: its last step was only half written and is left out.")
    elif info.ended is None:
        notes.append("The run had not ended when this report was made, or it was killed.")
    if bare and session.steps:
        notes.append("There are no pictures with this session.")
    if len(session.steps) > _MOST_STEPS:
        notes.append(f"Only the first {_MOST_STEPS:,} of {len(session.steps):,} steps are shown.")
    return notes


def _facts(session: Session, seconds: str) -> list[tuple[str, str]]:
    info = session.info
    usage = info.usage
    if not usage.input_tokens and not usage.output_tokens:  # of a killed run only the steps tell
        usage = sum((step.usage for step in session.steps), usage)
    facts = [
        ("Model", one_line(info.model, 100)),
        ("Steps", str(len(session.steps))),
        ("Time", seconds),
        ("Tokens", words.tokens(usage)),
        ("Started", words.moment(info.started)),
        ("Page", one_line(well_formed(info.url or ""), 300)),
        ("Session", one_line(session.folder.resolve().name, 120)),
    ]
    return [(name, well_formed(value)) for name, value in facts if value]
