"""One thing in which two runs differ, and how it is said."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from webagent.text import one_line

_ALL = 1 << 30  # no limit that a page's text could reach
_BEFORE, _AFTER, _LONGEST = 30, 25, 120  # characters of an excerpt: around a difference, and altogether
_MARK = re.compile(r"</?page>")  # as `webagent.fence` writes them down
_OF_THE_END = {"steps", "outcome", "answer"}


@dataclass(frozen=True, repr=False)
class Difference:
    """One thing that was not as it was recorded."""

    step: int
    """1 for the first step; 0 for the page that was opened before it. What is of a run as a whole has its last step."""
    what: str
    """"url", "title", "dialog", "text", "observation", "error", "picture"; of a run: "steps", "outcome", "answer"."""
    expected: str | None
    """As it was recorded, whole; None: there was none."""
    seen: str | None
    """As it is now."""

    def __str__(self) -> str:
        return f"{self.where}: {self.said}"

    def __repr__(self) -> str:
        return f"<{self}>"

    @property
    def of_the_end(self) -> bool:
        """Whether it is of the run as a whole."""
        return self.what in _OF_THE_END

    @property
    def where(self) -> str:
        """The place in words: "step 3"."""
        if self.of_the_end:
            return "the end"
        return f"step {self.step}" if self.step else "the page opened first"

    @property
    def said(self) -> str:
        """What is different, in one line, with both texts from a little before their first difference on."""
        expected, seen = _excerpts(self.expected or "", self.seen or "")
        return f"{self.what}: expected {expected}, seen {seen}"

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {"step": self.step, "what": self.what, "expected": self.expected, "seen": self.seen, "said": str(self)}


def words(differences: Sequence[Difference]) -> list[str]:
    """Return what each of these says. A page that stays as it is differs the same way step after step: told once."""
    found: list[str] = []
    first: dict[tuple[str, str | None, str | None], Difference] = {}
    for one in differences:
        before = first.setdefault((one.what, one.expected, one.seen), one)
        found.append(one.said if before is one else f"{one.what}: as at {before.where}")
    return found


def _excerpts(one: str, other: str) -> tuple[str, str]:
    """Return both texts in quotes, on one line, shortened to where they differ; "nothing" for an empty one."""
    first, second = (one_line(_MARK.sub("", text), _ALL) for text in (one, other))
    if first == second:  # they differ in what is not seen, which is spelt out
        first, second = ascii(one)[1:-1], ascii(other)[1:-1]
    start = _alike(first, second)
    shorter = min(len(first), len(second)) - start
    end = min(_alike(first[::-1], second[::-1]), shorter)
    start = max(0, start - _BEFORE)
    start = 0 if start < _BEFORE // 2 else max(start, first.find(" ", start, start + _BEFORE // 2) + 1)
    return _excerpt(first, start, end), _excerpt(second, start, end)


def _alike(one: str, other: str) -> int:
    """Return how many characters both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


def _excerpt(text: str, start: int, same_at_end: int) -> str:
    if not text:
        return "nothing"
    end = min(len(text), len(text) - same_at_end + _AFTER)
    end = min(end, start + _LONGEST)
    return f'"{"…" if start else ""}{text[start:end].rstrip()}{"…" if end < len(text) else ""}"'
