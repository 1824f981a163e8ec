"""What changed between two looks at a page, in few words."""

from collections import Counter
from collections.abc import Sequence

from webagent.browser.page import PageState
from webagent.text import one_line

_LISTED = 3  # lines of text that appeared, and as many that went
_LONGEST = 80  # characters of one of them


def changes(before: PageState, after: PageState) -> list[tuple[str, str]]:
    """Return what a step did to the page as a person would notice it: what of it has changed, and in its own words how.

    Args:
        before: as it was seen last; one without a picture is none to compare with.
        after: as it is seen now.
    """
    said: list[tuple[str, str]] = []
    if before.picture is not None and _is_of(before, after):
        appeared, went = _more(before.text, after.text), _more(after.text, before.text)
        said += [(what, _listed(lines)) for what, lines in (("New text", appeared), ("Gone", went)) if lines]
    if after.focus and after.focus != before.focus:
        said.append(("In focus", after.focus))
    return said


def _is_of(before: PageState, after: PageState) -> bool:
    """Return whether it is the page from before: the same document, or one of the same address, loaded anew."""
    if before.view is not None and after.view is not None and before.view[0] == after.view[0]:
        return True
    return before.url.partition("#")[0] == after.url.partition("#")[0]


def scroll(state: PageState) -> str | None:
    """Return how far the page can be scrolled, in words; None where it shows all it has."""
    if state.scroll is None:
        return None
    ways = zip(("to the left", "above", "to the right", "below"), state.scroll, strict=True)
    left = [f"{pixels:,.0f} px {way}" for way, pixels in ways if pixels]
    return f"Out of view{' in the area in the middle' if state.pane else ''}: {', '.join(left)}."


def _more(one: str, other: str) -> list[str]:
    """Return the lines that `other` has more of than `one`, in its order."""
    spare = Counter(one.splitlines())
    found = []
    for line in other.splitlines():
        if spare[line] > 0:
            spare[line] -= 1
        else:
            found.append(line)
    return found


def _listed(lines: Sequence[str]) -> str:
    shown = ", ".join(repr(one_line(line, _LONGEST)) for line in lines[:_LISTED])
    more = len(lines) - _LISTED
    return f"{shown}{f' and {more:,} more lines' if more > 1 else ' and 1 more line' if more == 1 else ''}"
