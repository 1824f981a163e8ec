"""The texts of a session as a report shows them: cleaned, cut where they are very long, code coloured."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup

from webagent.session.format import SessionInfo, StepRecord, Usage
from webagent.text import clean, well_formed

_MOST_CHARACTERS = 20_000
_LONGEST_LINK = 2000
_CODE = re.compile(r"<code>.*?(?:</code>|\Z)|```(?:python|py)?\n.*?(?:```|\Z)", re.DOTALL)
_OUTCOMES = {
    "answered": ("Answered", "good"),
    "max_steps": ("Steps spent", "bad"),
    "failed": ("Failed", "bad"),
    "interrupted": ("Interrupted", "open"),
}


@dataclass(frozen=True)
class Text:
    """A text to show."""

    shown: str
    left_out: int = 0
    """Characters that it is shorter by."""

    def __bool__(self) -> bool:
        return bool(self.shown)


def as_text(value: object) -> Text:
    """Return a text as it can be shown; None becomes nothing."""
    whole = "" if value is None else safe(value).strip("\n")
    return Text(whole[:_MOST_CHARACTERS], max(0, len(whole) - _MOST_CHARACTERS))


def safe(value: object) -> str:
    """Return text of which nothing hides or turns what stands around it; HTML is the template's to escape."""
    return clean(well_formed(str(value)))


def coloured(code: Text) -> Markup:
    """Return Python as HTML: what is not markup of Pygments' own is escaped."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    marked = highlight(code.shown, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True, classprefix="hl-"))
    return Markup(marked)  # noqa: S704 - escaped by Pygments


def colours() -> str:
    """Return the style sheet of coloured code, light and dark."""
    from pygments.formatters import HtmlFormatter

    light, dark = (
        str(HtmlFormatter(style=style, classprefix="hl-", nobackground=True).get_style_defs(".code"))  # type: ignore[no-untyped-call]
        for style in ("vs", "github-dark")
    )
    return f"{light}\n@media screen and (prefers-color-scheme: dark) {{\n{dark}\n}}"


def thought(step: StepRecord) -> Text:
    """Return a reply without its code."""
    reply = step.reply or ""
    if step.code is not None:
        reply = _CODE.sub("", reply)
    return as_text(re.sub(r"^\s*Thought:\s*", "", reply).strip())


def answer(value: Any) -> Text:
    """Return an answer as text, or as JSON where it is none."""
    return as_text(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2))


def outcome(info: SessionInfo) -> tuple[str, str]:
    """Return what to call the outcome, and whether it is "good", "bad" or "open"."""
    if info.outcome is None:
        return "Not finished", "open"
    return _OUTCOMES.get(info.outcome, (safe(info.outcome)[:40], "open"))


def link(url: str | None) -> str | None:
    """Return an address that may be a link; None where it may not: only pages of the web are."""
    good = url is not None and len(url) <= _LONGEST_LINK and re.fullmatch(r"https?://\S+", url, re.IGNORECASE)
    return url if good else None


def duration(seconds: float | None) -> str:
    """Return a time as words: `3.2 s`, `2 min 5 s`."""
    if seconds is None or not 0 <= seconds < 1e9:
        return "unknown"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def tokens(usage: Usage) -> str:
    """Return tokens as words; "" where none were counted."""
    if not (usage.input_tokens or usage.output_tokens):
        return ""
    return f"{usage.input_tokens:,} in, {usage.output_tokens:,} out"


def moment(when: datetime) -> str:
    """Return a moment in the time zone of this machine, to the second."""
    try:
        return when.astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")
    except (OverflowError, ValueError):
        return when.isoformat(" ", "seconds")


def between(start: datetime, end: datetime) -> float | None:
    """Return the seconds between two moments; None where they cannot be told."""
    try:
        return end.astimezone().timestamp() - start.astimezone().timestamp()
    except (OverflowError, ValueError):
        return None
