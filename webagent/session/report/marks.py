"""Acts as they are drawn on a picture."""

import math
from dataclasses import dataclass

from webagent.session.format import Act
from webagent.session.report.pictures import Picture
from webagent.session.report.words import safe

_MOST_MARKS = 50
_SMALLEST = 8.0  # pixels; a box below it is drawn as a point


@dataclass(frozen=True)
class Mark:
    """One act, in pixels of the picture."""

    label: str
    x: float
    y: float
    width: float
    height: float
    point: bool
    """It is drawn as a circle around its middle."""
    words: str
    """For who reads instead of looking."""
    from_mark: "Mark | None" = None
    """Where a drag began, of which this is the end."""

    @property
    def middle(self) -> tuple[float, float]:
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True)
class Drawing:
    """A picture with what was done on it."""

    picture: Picture
    marks: list[Mark]
    pen: float
    """Width of a line, so that it is seen however large the picture is."""

    @property
    def label_size(self) -> float:
        return self.pen * 7

    def label_at(self, mark: Mark) -> tuple[float, float]:
        """Where a mark's label begins: above it, or below it at the top of the picture."""
        reach = self.pen * 6 if mark.point else 0
        above = mark.y - reach - self.pen * 2.5
        y = above if above > self.label_size else mark.y + mark.height + reach + self.label_size
        # Even a box of the whole picture has its label in it.
        y = min(y, self.picture.height - self.pen * 2)
        wide = len(mark.label) * self.label_size * 0.62
        return max(self.pen, min(mark.x, self.picture.width - wide)), y


def draw(picture: Picture, acts: list[Act]) -> Drawing:
    """Return a picture with marks; acts that are not on it are left out."""
    return Drawing(picture, marks_of(acts, picture.width, picture.height), max(1.0, picture.width / 380))


def marks_of(acts: list[Act], width: float = math.inf, height: float = math.inf) -> list[Mark]:
    """Return the marks of acts on a picture of that size, numbered where there are several."""
    marks: list[Mark] = []
    for act in acts[:_MOST_MARKS]:
        box = (act.x, act.y, act.width, act.height)
        if not all(map(math.isfinite, box)) or act.width < 0 or act.height < 0:
            continue
        left, top = max(0.0, act.x), max(0.0, act.y)
        right, bottom = min(act.x + act.width, width), min(act.y + act.height, height)
        if left > right or top > bottom:
            continue
        kind = safe(act.kind)[:20] or "act"
        point = max(right - left, bottom - top) < _SMALLEST
        place = f"at {act.x:.0f}, {act.y:.0f}" + (f" ({act.width:.0f} × {act.height:.0f})" if act.width else "")
        number = f"{len(marks) + 1} " if len(acts) > 1 else ""
        before = marks[-1] if marks else None
        ends = kind == "drag" and before is not None and before.label.endswith("drag") and before.from_mark is None
        mark = Mark(f"{number}{kind}", left, top, right - left, bottom - top, point, f"{number}{kind} {place}",
                    before if ends else None)  # fmt: skip
        marks.append(mark)
    return marks
