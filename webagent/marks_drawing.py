"""Numbered boxes drawn on a picture of a page, and the words that go with them."""

import math
from typing import TYPE_CHECKING

from webagent.browser.marks import Mark, PageMarks
from webagent.text import one_line

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont, ImageFont

# Dark enough for white numbers (contrast 4.5 and more), and far enough apart that neighbours are told from each other.
_COLOURS = ["#c62828", "#1565c0", "#2e7d32", "#6a1b9a", "#a84300", "#00696b", "#ad1457", "#4e342e"]
_SMALLEST, _LARGEST = 13, 40  # pixels of the font
_SIDE_OF_SMALLEST = 1200  # pixels of the picture's longer side
# What it costs to cover a pixel of another number, of what is written, of a box.
_TAKEN, _MOST_OF_TEXT, _OUTLINE = 255, 240, 16
_WORDS = 40
_LINE = 110
_MOST_TEXT = 8000  # characters of a legend

Box = tuple[int, int, int, int]
"""Left, top, right and bottom pixel; the last two are within."""
Size = tuple[int, int]


def draw(picture: "Image", found: PageMarks) -> "Image":
    """Return a copy of a picture with a box around each mark, and the mark's number in a tag at the box.

    Args:
        picture: what the viewport shows; where it is of another size than that, the boxes are stretched with it.
        found: the marks, of the moment at which the picture was taken.
    """
    from PIL import ImageDraw

    drawn = picture.convert("RGB")
    if drawn is picture:
        drawn = picture.copy()
    size = _font_size(drawn)
    font, line = _font(size), _line_width(size)
    canvas = ImageDraw.Draw(drawn)
    boxes, tags = _boxes(picture, found), tag_boxes(picture, found)
    for number, box in enumerate(boxes):
        canvas.rectangle(box, outline=_COLOURS[number % len(_COLOURS)], width=line)
    for number, (mark, tag) in enumerate(zip(found.marks, tags, strict=True)):
        canvas.rectangle(tag, fill=_COLOURS[number % len(_COLOURS)])
        middle = (tag[0] + tag[2] + 1) / 2, (tag[1] + tag[3] + 1) / 2
        canvas.text(middle, str(mark.number), fill="white", font=font, anchor="mm")
    return drawn


def tag_boxes(picture: "Image", found: PageMarks) -> list[Box]:
    """Return the corners of each mark's tag, in pixels of the picture.

    A tag is put where it covers least: no other number, little of what is written, of the thing itself before others.
    Takes what `draw` does.
    """
    from PIL import ImageDraw, ImageFilter

    size = _font_size(picture)
    font, line = _font(size), _line_width(size)
    boxes = _boxes(picture, found)
    # What is written, and what else may not be covered, as one map of costs.
    edges = picture.convert("L").filter(ImageFilter.FIND_EDGES)
    costs = edges.point([min(level * 3, _MOST_OF_TEXT) for level in range(256)])
    canvas = ImageDraw.Draw(costs)
    for box in boxes:
        canvas.rectangle(box, outline=_OUTLINE, width=line)
    tags: dict[int, Box] = {}
    # The small ones first: around the large ones there is more room.
    for at in sorted(range(len(boxes)), key=lambda at: _area(boxes[at])):
        wide, high = round(font.getlength(str(found.marks[at].number))) + max(4, size // 3), round(size * 1.05)
        least = math.inf
        for cost, (x, y) in sorted(_places(boxes[at], (wide, high), picture.size, line)):
            if cost >= least:
                break
            tag = (x, y, x + wide - 1, y + high - 1)
            cost += _mean(costs, tag)
            if cost < least:
                least, tags[at] = cost, tag
        canvas.rectangle(tags[at], fill=_TAKEN)
    return [tags[at] for at in range(len(boxes))]


def legend(found: PageMarks) -> str:
    """Return one line for each mark, `7 button 'Save' (disabled)`, and one of what has none; "" where there is nothing.

    The words are the page's, cleaned and cut. It has at most some 8,000 characters.
    """
    if found.trouble:
        return f"There are no marks, as {found.trouble}."
    lines: list[str] = []
    left = _MOST_TEXT
    for mark in found.marks:
        line = _line(mark)
        left -= len(line) + 1
        if left < 0:
            lines.append(f"The marks from {mark.number} on are in the picture alone.")
            break
        lines.append(line)
    if found.left_out:
        things = "1 more thing has" if found.left_out == 1 else f"{found.left_out} more things have"
        lines.append(f"{things} no number: click_at(x, y) works on them.")
    if found.cut:
        lines.append("The page is too large to be looked at as a whole: some things may have no number.")
    return "\n".join(lines)


def _line(mark: Mark) -> str:
    name, near = one_line(mark.name, _WORDS), one_line(mark.near, _WORDS)
    said = f"{mark.number} {mark.role}"
    if name:
        said += f" {name!r}"
    if near:
        said += f" beside {near!r}"
    if mark.value:
        said += f" = {one_line(mark.value, _WORDS)!r}"
    if mark.states:
        said += f" ({', '.join(mark.states)})"
    return one_line(said, _LINE)


def _font_size(picture: "Image") -> int:
    return round(min(max(_SMALLEST * max(picture.size) / _SIDE_OF_SMALLEST, _SMALLEST), _LARGEST))


def _font(size: int) -> "FreeTypeFont | ImageFont":
    from PIL import ImageFont

    return ImageFont.load_default(size)


def _line_width(size: int) -> int:
    return max(1, round(size / 8))


def _boxes(picture: "Image", found: PageMarks) -> list[Box]:
    """Return the corners of the boxes to draw, in pixels of the picture, which they do not leave."""
    width, height = picture.size
    across, down = (side / (view or 1) for side, view in zip(picture.size, found.view, strict=True))
    room = _line_width(_font_size(picture))  # around the thing, so as not to cover the edge of its text
    boxes = []
    for mark in found.marks:
        left, top, wide, high = mark.box
        x, y = round(left * across) - room, round(top * down) - room
        right, bottom = round((left + wide) * across) - 1 + room, round((top + high) * down) - 1 + room
        x, y = min(max(x, 0), width - 1), min(max(y, 0), height - 1)
        boxes.append((x, y, min(max(right, x), width - 1), min(max(bottom, y), height - 1)))
    return boxes


def _area(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1])


def _places(box: Box, tag: Size, picture: Size, line: int) -> list[tuple[float, tuple[int, int]]]:
    """Return where a tag may go, each with what it costs to be there, whatever it covers."""
    left, top, right, bottom = box
    wide, high = tag
    roomy = right - left > 1.8 * wide and bottom - top > 1.6 * high
    # Within a small thing there would be little of it left to see.
    hidden = min(1.0, wide * high / max(_area(box), 1))
    outside, inside = (8.0, 0.0) if roomy else (0.0, 4 + 40 * hidden)
    wanted = [
        (outside, left, top - high),
        (outside + 2, left - wide, top),
        (outside + 2, right + 1, top),
        (outside + 3, left, bottom + 1),
        (outside + 3, right - wide + 1, top - high),
        (outside + 4, right - wide + 1, bottom + 1),
        (outside + 4, left - wide, bottom - high + 1),
        (outside + 4, right + 1, bottom - high + 1),
        (inside, right - wide + 1 - line, top + line),
        (inside + 1, left + line, top + line),
        (inside + 2, right - wide + 1 - line, bottom - high + 1 - line),
        (inside + 3, left + line, bottom - high + 1 - line),
        (inside + 9, (left + right - wide) // 2, (top + bottom - high) // 2),
    ]
    across, down = max(picture[0] - wide, 0), max(picture[1] - high, 0)
    places = []
    for cost, x, y in wanted:
        spot = min(max(x, 0), across), min(max(y, 0), down)
        # One that the edge of the picture pushed aside stands less clearly at its box.
        places.append((cost + 2.0 * (spot != (x, y)), spot))
    return places


def _mean(costs: "Image", box: Box) -> float:
    """Return what it costs to cover a part of the picture: the mean of what its pixels cost."""
    from PIL.Image import Resampling

    left, top, right, bottom = box
    mean = costs.crop((left, top, right + 1, bottom + 1)).resize((1, 1), Resampling.BOX).getpixel((0, 0))
    return float(mean) if isinstance(mean, int | float) else 0.0
