"""The tool that reads a table."""

import csv
from io import StringIO
from typing import Any, ClassVar

from webagent.tools.base import BrowserTool
from webagent.tools.place import to_top
from webagent.tools.reading import listed, look_through, number, quoted, whole_number, words

_LONGEST_CELL = 300
_MOST_COLUMNS = 200
_MOST_ROWS = 100_000
_LONGEST = 8000  # characters of CSV in one answer
_MOST_NAMED = 10


class ReadTable(BrowserTool):
    """Returns a table as CSV, with all its rows and columns, also those that the picture cuts off.

    Args:
        driver: the browser; plain WebDriver commands are enough.
    """

    name = "read_table"
    description = (
        "Returns the nth table or grid of the page as CSV, also rows and columns that are cut off or scrolled away. "
        "The first line says how many tables and rows there are."
    )
    inputs: ClassVar[dict[str, dict[str, str | bool]]] = {
        "nth": {"type": "integer", "description": "Which table, from 1 (default: 1).", "nullable": True},
        "from_row": {
            "type": "integer",
            "description": "The first row to return, from 1 (default: 1), for what did not fit.",
            "nullable": True,
        },
    }
    output_type = "string"

    def forward(self, nth: int | None = None, from_row: int | None = None) -> str:
        """Return table `nth` of the page as CSV, from row `from_row` on, both from 1, under a line about it.

        Raises:
            ValueError: there is no such table or row; the text names the tables there are.
            RuntimeError: a JavaScript dialog is open, or the page cannot be read.
        """
        wanted = whole_number(1 if nth is None else nth, "nth", 1, 10_000)
        start = whole_number(1 if from_row is None else from_row, "from_row", 1, _MOST_ROWS)
        to_top(self._driver)
        found = look_through(self._driver, "tables", wanted - 1)
        tables = listed(found.get("tables"))
        if not tables:
            some = "" if found["whole"] else ", as far as it could be read"
            raise ValueError(f"There is no table on this page that is shown{some}: use read_page() for its text.")
        if wanted > len(tables):
            raise ValueError(f"There is no table {wanted}. {_these(tables)}")
        rows = unfolded(in_order([(number(row, 0), _cells(row)) for row in listed(found.get("rows"))]))
        if not rows:
            raise ValueError(f"Table {wanted} is empty as yet. {_these(tables)}")
        if start > len(rows):
            raise ValueError(f"Table {wanted} has {_counted(len(rows), 'row')}: take from_row from 1 to {len(rows)}.")
        text, shown = _as_csv(rows[start - 1 :])
        last = start - 1 + shown
        said = f"Table {wanted} of {len(tables)} {quoted(words(tables[wanted - 1], 0, 80))}".rstrip()
        part = f"rows {start} to {last} of {len(rows)}" if shown < len(rows) else _counted(len(rows), "row")
        said += f": {part}, {_counted(max(map(len, rows)), 'column')}."
        if last < len(rows):
            said += f" The next rows: read_table({wanted}, from_row={last + 1})."
        elif not found["whole"]:
            said += " There is more of it than could be read."
        elif (claimed := number(tables[wanted - 1], 2)) > len(rows):
            said += f" The page has loaded these of {claimed} rows: scroll in the table for the others."
        return f"{said}\n{text}"


Cell = tuple[str, int, int, int]
"""Its text, the columns and the rows it takes (0: all that are left), and its column from 1 (0: the next one)."""


def in_order(rows: list[tuple[int, list[Cell]]]) -> list[list[Cell]]:
    """Return rows as they follow one another to a reader.

    Grids that draw only what is in view leave their rows in any order, and may cut one row into several.

    Args:
        rows: each with its own number, 0 where it has none.
    """
    if not all(place for place, _ in rows):
        return [cells for _, cells in rows]
    merged: dict[int, list[Cell]] = {}
    for place, cells in rows:
        merged.setdefault(place, []).extend(cells)
    return [sorted(cells, key=lambda cell: cell[3]) for _, cells in sorted(merged.items())]


def unfolded(rows: list[list[Cell]]) -> list[list[str]]:
    """Return the texts of rows, that of a cell in each row and column that it takes."""
    first = min((cell[3] for cells in rows for cell in cells), default=0)
    lines: list[list[str]] = []
    below: dict[int, tuple[str, int]] = {}  # by column: what reaches down into the next rows, and into how many
    for index, cells in enumerate(rows):
        line: dict[int, str] = {column: text for column, (text, left) in below.items() if left > 0}
        below = {column: (text, left - 1) for column, (text, left) in below.items() if left > 1}
        at = 0
        for text, columns, down, place in cells:
            if first and place:
                at = max(at, place - first)
            while at in line:
                at += 1
            for column in range(at, min(at + max(columns, 1), _MOST_COLUMNS)):
                line[column] = text
                left = (len(rows) - index if down == 0 else down) - 1
                if left > 0:
                    below[column] = (text, left)
            at += max(columns, 1)
        lines.append([line.get(column, "") for column in range(max(line, default=-1) + 1)])
    return lines


def _cells(row: list[Any]) -> list[Cell]:
    cells = listed(row[1] if len(row) > 1 else None)
    return [(words(cell, 0, _LONGEST_CELL), number(cell, 1), number(cell, 2), number(cell, 3)) for cell in cells]


def _as_csv(rows: list[list[str]]) -> tuple[str, int]:
    """Return rows as CSV, as many as fit and at least one, and how many these are."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    shown, end = 0, 0
    for row in rows:
        writer.writerow(row)
        if out.tell() > _LONGEST and shown:
            break
        shown, end = shown + 1, out.tell()
    text = out.getvalue()[:end]
    return (text if len(text) <= 2 * _LONGEST else f"{text[: 2 * _LONGEST]}…"), shown


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def _these(tables: list[list[Any]]) -> str:
    """Return a sentence that names the tables of the page."""
    named = [f"{place}: {words(one, 0, 40) or 'empty'}" for place, one in enumerate(tables[:_MOST_NAMED], 1)]
    more = f", and {len(tables) - _MOST_NAMED} more" if len(tables) > _MOST_NAMED else ""
    return f"The page has {_counted(len(tables), 'table')}: {'; '.join(named)}{more}."
