"""The tool that finds links."""

import unicodedata
from typing import ClassVar

from webagent.text import one_line
from webagent.tools.base import BrowserTool
from webagent.tools.place import to_top
from webagent.tools.reading import listed, look_through, quoted, words

_LISTED = 20
_LONGEST_PATTERN = 300
_LONGEST_TEXT = 100
_LONGEST_ADDRESS = 500
_PLACES = {"in view", "above", "below", "aside", "covered"}


class FindLinks(BrowserTool):
    """Finds links and buttons by their text or address.

    Args:
        driver: the browser; plain WebDriver commands are enough.
    """

    name = "find_links"
    description = (
        "Lists links and buttons whose text or address contains the pattern, each with its whole address, to open with "
        "go_to(address), and whether it is in view. In the pattern, * stands for any characters."
    )
    inputs: ClassVar[dict[str, dict[str, str | bool]]] = {
        "pattern": {
            "type": "string",
            "description": "Part of the text or of the address; upper and lower case are the same.",
        }
    }
    output_type = "string"

    def forward(self, pattern: str) -> str:
        """Return the links and buttons that contain `pattern`, one a line, under a line that says how many.

        Raises:
            ValueError: there is no pattern.
            RuntimeError: a JavaScript dialog is open, or the page cannot be read.
        """
        if not isinstance(pattern, str) or not pattern.replace("*", "").strip():
            raise ValueError("There is no pattern: give a part of the link's text or address.")
        if len(pattern) > _LONGEST_PATTERN:
            raise ValueError("That pattern is too long: give a part of the link's text or address.")
        to_top(self._driver)
        found = look_through(self._driver, "links")
        all_links = listed(found.get("links"))
        lines: dict[tuple[str, str, str], str] = {}
        count = 0
        for link in all_links:
            text, address = words(link, 1, _LONGEST_TEXT), words(link, 2, 2000)
            if not (contains(text, pattern) or contains(address, pattern)):
                continue
            count += 1
            kind = "button" if words(link, 0, 10) == "button" else "link"
            place = words(link, 3, 10)
            shown = one_line(address, _LONGEST_ADDRESS)
            said = " ".join(filter(None, [kind, quoted(text), shown]))
            lines.setdefault((kind, text, address), f"{said} ({place if place in _PLACES else 'somewhere'})")
        sought = quoted(one_line(pattern, 80))
        some = "" if found["whole"] else "; there are more than were looked at"
        if not count:
            return (
                f"No link or button of the {len(all_links)} that are shown contains {sought}{some}. Links in closed "
                "menus are not among them: open the menu first. Text that is no link is found by search_item_ctrl_f."
            )
        kept = list(lines.values())[:_LISTED]
        same = f", {len(lines)} of them different" if len(lines) < count else ""
        cut = f"; these are the first {_LISTED}, a longer pattern finds fewer" if len(lines) > _LISTED else ""
        return "\n".join([f"{count} of {len(all_links)} links and buttons contain {sought}{same}{some}{cut}:", *kept])


def contains(text: str, pattern: str) -> bool:
    """Return whether text contains a pattern, whatever the case; `*` stands for any characters. Takes linear time."""
    folded, at = _fold(text), 0
    for piece in _fold(pattern).strip(" *").split("*"):
        at = folded.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return True


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
