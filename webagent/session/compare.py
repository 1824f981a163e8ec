"""Two runs of one session laid beside each other: where they part."""

import re
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlsplit

from webagent.session.difference import Difference
from webagent.session.format import OUT_OF_VIEW, STEPS_LEFT, PageRecord, StepRecord
from webagent.session.matching import Matching
from webagent.session.reader import Session
from webagent.text import json_value, one_line

# What selenium and Python print of their own, and is new in every process: ids of elements and tabs, addresses.
_NEW_EACH_TIME = re.compile(
    r'(?<=session=")[0-9a-f]{32}|(?<=element=")[^"]{1,120}|\b[0-9A-F]{32}\b|\b0x[0-9a-f]{6,16}\b'
)

# Where one of several matches was: it moves with the machine's fonts. Pictures are what is compared for layout.
_PLACE = re.compile(r"""(<[\w-]+> (?:'[^']*'|"[^"]*")) at \(-?\d+, -?\d+\)""")


def compare(
    recorded: Session, replayed: Session, *, ignore_query: Sequence[str] = (), pictures: float | None = None
) -> list[Difference]:
    """Return where a replay left the recorded path; empty where it did not.

    Compared are url, title, dialog, visible text, observation and error of each step, and how the run ended. Of a
    session that did not come to an end of its own, for it was interrupted or its model failed, the end is left out.
    The answer is compared too, but where it is a literal in a recorded reply it says nothing.

    Args:
        recorded: what was done once.
        replayed: what was done now.
        ignore_query: see `compare_steps`.
        pictures: compare the screenshots too: the share of pixels, 0 to 1, that may look different. None does not.
    """
    found = []
    one, other = recorded.info.opened, replayed.info.opened
    if one is not None and other is not None:
        found += _page(0, one, other, _without(ignore_query))
        found += _picture(0, recorded, replayed, one, other, pictures)
    found += compare_steps(recorded.steps, replayed.steps, ignore_query=ignore_query)
    for before, now in zip(recorded.steps, replayed.steps, strict=False):
        found += _picture(before.step, recorded, replayed, before, now, pictures)
    found.sort(key=lambda difference: difference.step)  # stable: a picture comes last of its step
    return found + list(_end(recorded, replayed))


def compare_steps(
    recorded: Sequence[StepRecord],
    replayed: Sequence[StepRecord],
    *,
    hosts: bool = True,
    ignore_query: Sequence[str] = (),
) -> list[Difference]:
    """Return where these steps part, without the ends of the runs; see `compare`.

    Args:
        recorded: what was done once.
        replayed: what was done now.
        hosts: False compares only the paths of urls, and leaves out the observations, in which hosts stand.
        ignore_query: names of query parameters that are no part of a url; `*` and `?` stand for any letters.
    """
    found: list[Difference] = []
    comparable = _without(ignore_query) if hosts else _path
    for before, now in zip(recorded, replayed, strict=False):
        found += _page(before.step, before, now, comparable)
        if hosts:
            found += _differ(before.step, "observation", *(_observation(one, comparable) for one in (before, now)))
        found += _differ(before.step, "error", _lasting(before.error), _lasting(now.error))
    if len(recorded) != len(replayed):
        found.append(Difference(len(replayed), "steps", str(len(recorded)), str(len(replayed))))
    return found


def ended_by_itself(session: Session) -> bool:
    """Return whether the recorded run came to an end that its replies lead to: an answer, or the last step it had."""
    return session.info.outcome in {"answered", "max_steps"}


def _page(step: int, before: PageRecord, now: PageRecord, comparable: Callable[[str], str]) -> list[Difference]:
    same_url = comparable(before.url or "") == comparable(now.url or "")
    return [
        *([] if same_url else [Difference(step, "url", before.url, now.url)]),
        *_differ(step, "title", before.title, now.title),
        *_differ(step, "dialog", before.dialog, now.dialog),
        *_differ(step, "text", before.text, now.text),
    ]


def _differ(step: int, what: str, before: str | None, now: str | None) -> list[Difference]:
    return [] if (before or "") == (now or "") else [Difference(step, what, before, now)]


def _end(recorded: Session, replayed: Session) -> Iterator[Difference]:
    if not ended_by_itself(recorded):
        return
    step = len(replayed.steps)
    if recorded.info.outcome != replayed.info.outcome:
        yield Difference(step, "outcome", _outcome(recorded), _outcome(replayed))
    elif (was := _answer(recorded)) != (now := _answer(replayed)):
        yield Difference(step, "answer", was, now)


def _outcome(session: Session) -> str:
    outcome, reason = session.info.outcome, session.info.reason
    return f"{outcome or 'unfinished'}: {reason}" if reason else outcome or "unfinished"


def _answer(session: Session) -> str | None:
    answer = session.info.answer
    return None if answer is None else _lasting(str(json_value(answer)))


def _picture(
    step: int, recorded: Session, replayed: Session, one: PageRecord, other: PageRecord, allowed: float | None
) -> list[Difference]:
    if allowed is None or (one.screenshot is None and other.screenshot is None):
        return []
    from webagent.session.compare_pictures import differ

    said = differ((recorded.folder, one.screenshot), (replayed.folder, other.screenshot), allowed)
    return [] if said is None else [Difference(step, "picture", *said)]


def _lasting(text: str | None) -> str | None:
    """Return text without the numbers that are new in every run."""
    return None if text is None else _NEW_EACH_TIME.sub("…", text)


def _observation(step: StepRecord, comparable: Callable[[str], str]) -> str | None:
    text = step.observation
    if text and step.url:  # it says where the browser is, a long url cut
        same = comparable(step.url)
        text = text.replace(step.url, same).replace(one_line(step.url, 300), one_line(same, 300))
    # A step that was reused did not count, and counts when it is replayed.
    return _lasting(_PLACE.sub(r"\1", OUT_OF_VIEW.sub("", STEPS_LEFT.sub("", text or ""))))


def _without(ignore_query: Sequence[str]) -> Callable[[str], str]:
    """Return a function that takes these query parameters out of a url."""
    if not ignore_query:
        return str
    matching = Matching(match_on=("query",), ignore_query=tuple(ignore_query))

    def without(url: str) -> str:
        try:
            (query,) = matching.key("GET", url, None)
            return urlsplit(url)._replace(query=str(query)).geturl()
        except ValueError:
            return url

    return without


def _path(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
