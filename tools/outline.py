"""The tool that says what a page is made of."""

from typing import Any, ClassVar

from webagent.tools.base import BrowserTool
from webagent.tools.place import describe_page, to_top
from webagent.tools.reading import listed, look_through, number, quoted, whole_number, words

_LONGEST = 6000  # characters of lines in one answer
_MOST_LINES = 2000


class PageOutline(BrowserTool):
    """Returns the accessibility tree in short: landmarks, headings and controls, with names and states.

    Args:
        driver: the browser; plain WebDriver commands are enough.
    """

    name = "page_outline"
    description = (
        "Returns what the page is made of, in view or not: regions, headings, links, buttons and fields, with names "
        "and states (checked, expanded, disabled, values), indented by what they stand in."
    )
    inputs: ClassVar[dict[str, dict[str, str | bool]]] = {
        "from_line": {
            "type": "integer",
            "description": "The first line to return, from 1 (default: 1), for what did not fit.",
            "nullable": True,
        }
    }
    output_type = "string"

    def forward(self, from_line: int | None = None) -> str:
        """Return the outline from line `from_line` on, from 1, under a line about it.

        Raises:
            ValueError: there is no such line; the text says how many there are.
            RuntimeError: a JavaScript dialog is open, or the page cannot be read.
        """
        start = whole_number(1 if from_line is None else from_line, "from_line", 1, _MOST_LINES)
        driver = self._driver
        to_top(driver)
        found = look_through(driver, "outline", _MOST_LINES)
        lines = [_line(one) for one in listed(found.get("lines"))]
        if not lines:
            some = "" if found["whole"] else ", as far as it could be read"
            return f"{describe_page(driver)} has no headings, links, buttons or fields that are shown{some}."
        if start > len(lines):
            raise ValueError(f"The outline has {len(lines)} lines: take from_line from 1 to {len(lines)}.")
        shown, size = 0, 0
        for line in lines[start - 1 :]:
            size += len(line) + 1
            if size > _LONGEST and shown:
                break
            shown += 1
        last = start - 1 + shown
        part = f"lines {start} to {last} of {len(lines)}" if shown < len(lines) else f"{len(lines)} lines"
        said = f"Outline of {describe_page(driver)}, {part}"
        if last < len(lines):
            said += f"; the next: page_outline(from_line={last + 1})"
        elif not found["whole"]:
            said += "; there is more than could be read"
        return "\n".join([f"{said}.", *lines[start - 1 : last]])


def _line(one: list[Any]) -> str:
    states = one[3] if len(one) > 3 and isinstance(one[3], list) else []
    said = [words(states, index, 90) for index in range(min(len(states), 12))]
    kind = words(one, 1, 20) or "thing"
    parts = [kind, quoted(words(one, 2, 80)), f"({', '.join(filter(None, said))})" if any(said) else ""]
    return "  " * min(number(one, 0), 12) + " ".join(filter(None, parts))
