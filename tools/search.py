"""The tool that finds text on the page, as Ctrl-F does."""

from typing import ClassVar

from webagent.text import one_line
from webagent.tools.base import BrowserTool
from webagent.tools.found import Around, search_page, show
from webagent.tools.place import to_top

_LONGEST = 1000  # characters
_LISTED = 10


class SearchItemCtrlF(BrowserTool):
    """Finds text on the page and scrolls to one of the places where it stands.

    Args:
        driver: the browser; plain WebDriver commands are enough.
    """

    name = "search_item_ctrl_f"
    description = (
        "Searches the page for text as Ctrl + F does, scrolls to the nth match and marks it. "
        "Returns how many matches there are, with the text around them."
    )
    inputs: ClassVar[dict[str, dict[str, str | bool]]] = {
        "text": {"type": "string", "description": "The text to search for; upper and lower case are the same."},
        "nth_result": {
            "type": "integer",
            "description": "Which match to scroll to, from 1 (default: 1).",
            "nullable": True,
        },
    }
    output_type = "string"

    def forward(self, text: str, nth_result: int = 1) -> str:
        """Search the page for `text` and scroll to match `nth_result`, from 1; return the count and the matches.

        Raises:
            ValueError: there is nothing to search for, or no match of that number; the text has the count.
            RuntimeError: a JavaScript dialog is open.
        """
        if not isinstance(text, str) or not text.strip():
            raise ValueError("There is no text to search for: give some words that stand on the page.")
        if len(text) > _LONGEST:
            raise ValueError("That text is too long to search for: give a few words of it.")
        nth = 1 if nth_result is None else nth_result
        if isinstance(nth, bool) or not isinstance(nth, int | float) or nth != nth // 1:
            raise ValueError(f"nth_result must be a whole number from 1, not {one_line(repr(nth), 40)}.")
        nth = int(nth)
        to_top(self._driver)
        found = search_page(self._driver, text, _LISTED)
        sought = repr(one_line(text, 80))
        if nth < 1 or (found.count and nth > found.count):
            matches = _matches(found.count, sought)
            take = f"take nth_result from 1 to {found.count}" if found.count else "nth_result starts at 1"
            raise ValueError(f"{matches[0].upper()}{matches[1:]}, so there is no match {nth}: {take}.")
        if not found.count:
            return (
                f"0 matches for {sought}. It may be spelled otherwise: try a shorter part of it. "
                "It may also be in a picture, or appear only after scrolling or a click."
            )
        around = show(self._driver, text, *found.place(nth))
        if around is None:
            return f"{_matches(found.count, sought)}, but the page changed meanwhile: search again."
        listed = dict(enumerate(found.around, 1))
        listed[nth] = around
        lines = [f"{number}: {_line(one)}" for number, one in sorted(listed.items())]
        return "\n".join([f"{_matches(found.count, sought)}. Now at {nth} of {found.count}.", *lines])


def _matches(count: int, sought: str) -> str:
    return f"{count} {'match' if count == 1 else 'matches'} for {sought}"


def _line(around: Around) -> str:
    return one_line("".join(around), 200)
