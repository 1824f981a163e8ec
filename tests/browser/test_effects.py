"""What a step did to the page, in words."""

from PIL import Image

from webagent.browser.effects import changes, scroll
from webagent.browser.page import PageState

PICTURE = Image.new("RGB", (8, 6))


def page(text: str = "", **what: object) -> PageState:
    return PageState(text=text, picture=PICTURE, view=(1.0, 0.0, 0.0), **what)  # type: ignore[arg-type]


def test_lines_that_came_and_went_are_told() -> None:
    said = changes(page("Shop\nCart (0)\nLamp"), page("Shop\nCart (1)\nLamp\nAdded."))
    assert said == [("New text", "'Cart (1)', 'Added.'"), ("Gone", "'Cart (0)'")]


def test_a_line_that_stands_twice_now_is_new_and_one_that_moved_is_not() -> None:
    assert changes(page("a\nb\nc"), page("c\na\nb\na")) == [("New text", "'a'")]
    assert changes(page("a\nb\nc"), page("c\nb\na")) == []


def test_of_many_lines_some_are_told_and_the_rest_counted() -> None:
    before, after = page("Top"), page("\n".join(["Top", *(f"Row {number} {'x' * 200}" for number in range(9))]))
    ((what, text),) = changes(before, after)
    assert what == "New text"
    assert text.startswith("'Row 0 xxx")
    assert text.endswith("and 6 more lines")
    assert len(text) < 300
    assert changes(before, page("Top\n1\n2\n3\n4"))[0][1].endswith("and 1 more line")


def test_another_page_is_not_compared_and_one_that_was_loaded_anew_is() -> None:
    before = page("Menu\nHome", url="https://a/home#top")
    new = {"picture": PICTURE, "view": (2.0, 0.0, 0.0)}
    assert changes(before, PageState(text="Menu\nThanks", url="https://a/thanks", **new)) == []  # type: ignore[arg-type]
    reloaded = PageState(text="Menu\nHome\nNews", url="https://a/home", **new)  # type: ignore[arg-type]
    assert changes(before, reloaded) == [("New text", "'News'")]
    routed = page("Menu\nThanks", url="https://a/thanks")
    assert changes(before, routed) == [("New text", "'Thanks'"), ("Gone", "'Home'")], "by script, in the same document"
    assert changes(PageState(), before) == [], "there was nothing before"


def test_what_is_in_focus_is_told_when_it_is_another() -> None:
    field = page("a", focus="textbox 'Name'")
    assert changes(page("a"), field) == [("In focus", "textbox 'Name'")]
    assert changes(field, field) == []
    assert changes(field, page("a")) == []


def test_how_far_it_can_be_scrolled() -> None:
    assert scroll(page()) is None
    assert scroll(page(scroll=(0.0, 0.0, 0.0, 2310.0))) == "Out of view: 2,310 px below."
    assert scroll(page(scroll=(5.0, 800.0, 40.0, 1510.0), pane=True)) == (
        "Out of view in the area in the middle: 5 px to the left, 800 px above, 40 px to the right, 1,510 px below."
    )
