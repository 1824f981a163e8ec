"""Small plain HTML, as readable.js makes it of pages, put into Markdown."""

import re

from markdownify import MarkdownConverter

_LINE_START = re.compile(r"^(\s*)(#{1,6}(?=\s|$)|>|```|\|)")
_BLANK_LINES = re.compile(r"\n{3,}")


class _Converter(MarkdownConverter):
    """Escapes what would be taken for more than text where it stands; elsewhere backslashes would be in the way."""

    def escape(self, text: str, parent_tags: set[str]) -> str:
        text = text.replace("](", "]\\(")
        if "a" in parent_tags:
            text = text.replace("[", "\\[").replace("]", "\\]")
        if parent_tags & {"td", "th"}:
            return text.replace("|", "\\|")
        return _LINE_START.sub(r"\1\\\2", text)


def to_markdown(html: str) -> str:
    """Return HTML as Markdown.

    Raises:
        RecursionError: it nests hundreds of levels deep.
    """
    converter = _Converter(
        heading_style="atx",
        bullets="-",
        autolinks=False,
        table_infer_header=True,
        escape_asterisks=False,
        escape_underscores=False,
    )
    # Within an element, lest what looks like an address is taken for one, which is warned of.
    lines = (line.rstrip() for line in converter.convert(f"<div>{html}</div>").splitlines())
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()
