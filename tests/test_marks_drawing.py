"""draw() and legend()."""

import pytest
from PIL import Image, ImageChops, ImageDraw

from webagent.browser.marks import Mark, PageMarks
from webagent.marks_drawing import draw, legend, tag_boxes


def grid(columns: int, rows: int, width: int, height: int) -> PageMarks:
    """Marks side by side, all over a picture."""
    wide, high = width // columns, height // rows
    boxes = [(x * wide + 2, y * high + 2, wide - 4, high - 4) for y in range(rows) for x in range(columns)]
    return PageMarks(
        tuple(Mark(n, box, (box[0] + 1, box[1] + 1), "button", f"B{n}") for n, box in enumerate(boxes, 1)),
        (width, height),
    )


@pytest.mark.parametrize("size", [(200, 200), (1120, 896), (900, 2500), (4000, 4000), (1, 1)])
def test_each_mark_is_drawn_and_the_picture_itself_is_not_touched(size: tuple[int, int]) -> None:
    picture = Image.new("RGB", size, "white")
    drawn = draw(picture, grid(3, 4, *size))
    assert drawn.size == size
    assert picture.getcolors() == [(size[0] * size[1], (255, 255, 255))]
    colours = {colour for _, colour in drawn.getcolors(1 << 20) or []}
    assert {(198, 40, 40), (21, 101, 192), (46, 125, 50)} <= colours or size == (1, 1)


def test_nothing_is_drawn_without_marks() -> None:
    picture = Image.effect_noise((300, 200), 60).convert("RGB")
    assert ImageChops.difference(draw(picture, PageMarks(view=(300, 200))), picture).getbbox() is None
    assert draw(picture, PageMarks()) is not picture


def test_boxes_are_stretched_with_the_picture() -> None:
    found = PageMarks((Mark(1, (10, 10, 50, 30), (35, 25), "button", "B"),), (100, 100))
    drawn = draw(Image.new("RGB", (300, 200), "white"), found)
    # Around the thing, whose own pixels are all still to be seen.
    for on_line, within in [
        ((100, 19), (100, 20)),
        ((100, 80), (100, 79)),
        ((29, 60), (30, 60)),
        ((180, 60), (179, 60)),
    ]:
        assert drawn.getpixel(on_line) == (198, 40, 40)
        assert drawn.getpixel(within) == (255, 255, 255)


def test_boxes_that_leave_the_picture_are_no_harm() -> None:
    boxes = [(-50, -50, 5000, 5000), (299, 199, 1, 1), (0, 0, 0, 0), (10**6, 10**6, 10**6, 10**6), (-(10**6), 5, 3, 3)]
    found = PageMarks(tuple(Mark(n, box, (0, 0), "link") for n, box in enumerate(boxes, 1)), (300, 200))
    assert draw(Image.new("RGB", (300, 200), "white"), found).size == (300, 200)


def test_numbers_cover_neither_one_another_nor_what_is_written() -> None:
    picture = Image.new("RGB", (600, 300), "white")
    marks = []
    canvas = ImageDraw.Draw(picture)
    for n in range(30):
        left, top = 40 + n % 6 * 90, 40 + n // 6 * 48
        canvas.text((left + 4, top + 3), "Delete", fill="black", font_size=13)
        marks.append(Mark(n + 1, (left, top, 50, 20), (left + 25, top + 10), "button", "Delete"))
    drawn = draw(picture, PageMarks(tuple(marks), (600, 300)))
    black = sum(count for count, colour in picture.getcolors(1 << 16) or [] if colour == (0, 0, 0))
    still = sum(count for count, colour in drawn.getcolors(1 << 16) or [] if colour == (0, 0, 0))
    assert still == black


@pytest.mark.parametrize(
    ("columns", "rows", "size"), [(3, 4, (200, 200)), (7, 14, (1120, 896)), (10, 10, (4000, 4000))]
)
def test_no_number_covers_another(columns: int, rows: int, size: tuple[int, int]) -> None:
    tags = tag_boxes(Image.new("RGB", size, "white"), grid(columns, rows, *size))
    for n, (left, top, right, bottom) in enumerate(tags):
        assert 0 <= left < right < size[0]
        assert 0 <= top < bottom < size[1]
        for other in tags[:n]:
            assert right < other[0] or other[2] < left or bottom < other[1] or other[3] < top


def test_the_legend_has_a_line_for_each() -> None:
    marks = (
        Mark(1, (0, 0, 9, 9), (4, 4), "link", "Home", states=("current",)),
        Mark(2, (0, 0, 9, 9), (4, 4), "textbox", "Mail", value="a@b.c", states=("required", "focused"), field="text"),
        Mark(3, (0, 0, 9, 9), (4, 4), "switch", near="Wi-Fi", states=("not checked",)),
        Mark(4, (0, 0, 9, 9), (4, 4), "canvas"),
        Mark(5, (0, 0, 9, 9), (4, 4), "button", "long " * 16),
    )
    assert legend(PageMarks(marks, (9, 9), left_out=12, cut=True)).splitlines() == [
        "1 link 'Home' (current)",
        "2 textbox 'Mail' = 'a@b.c' (required, focused)",
        "3 switch beside 'Wi-Fi' (not checked)",
        "4 canvas",
        "5 button 'long long long long long long long long…'",
        "12 more things have no number: click_at(x, y) works on them.",
        "The page is too large to be looked at as a whole: some things may have no number.",
    ]


def test_the_legend_says_why_there_are_none() -> None:
    assert legend(PageMarks(trouble="the page does not answer")) == "There are no marks, as the page does not answer."
    assert legend(PageMarks(view=(9, 9))) == ""


def test_the_legend_is_short_whatever_a_page_says() -> None:
    mark = Mark(1, (0, 0, 9, 9), (4, 4), "r" * 30, "n" * 80, "", ("s" * 20,) * 8, "v" * 80)
    text = legend(PageMarks((mark,) * 100, (9, 9), left_out=1))
    assert len(text) < 8300
    assert text.splitlines()[-1] == "1 more thing has no number: click_at(x, y) works on them."
    assert "are in the picture alone." in text
