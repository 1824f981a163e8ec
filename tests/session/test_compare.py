"""Where two runs of a session part, and how that is said."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from webagent import Difference, Session, StepRecord
from webagent.session.compare import compare, compare_steps
from webagent.session.difference import words
from webagent.session.format import PageRecord, SessionInfo
from webagent.text import one_line


def step(number: int, **what: Any) -> StepRecord:
    page = {"url": f"http://shop.example/{number}?a=b", "title": "Shop", "text": "Lamp\n42 EUR", "observation": "Seen."}
    usual = {"started": datetime.now(UTC), "seconds": 1, "reply": f"r{number}"}
    return StepRecord(step=number, **{**page, **usual, **what})


def session(*steps: StepRecord, folder: Path = Path("recorded"), **what: Any) -> Session:
    told = {"task": "t", "model": "openai/x", "started": datetime.now(UTC), "outcome": "answered", **what}
    return Session(folder, SessionInfo(**told), list(steps))


def said(recorded: Session, replayed: Session, **how: Any) -> list[str]:
    return [str(one) for one in compare(recorded, replayed, **how)]


def test_what_is_alike_has_no_differences() -> None:
    other = step(1, reply="another", seconds=9, screenshot="0009.png", code="x", title="Shop")
    assert compare(session(step(1)), session(other)) == []
    assert compare(session(), session()) == []


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ({"error": "no 'Save'"}, "step 1: error: expected nothing, seen \"no 'Save'\""),
        (
            {"url": "https://shop.example/1?a=b"},
            'step 1: url: expected "http://shop.example/1?a=b", seen "https://shop.example/1?a=b"',
        ),
        ({"url": None}, 'step 1: url: expected "http://shop.example/1?a=b", seen nothing'),
        ({"title": "Sale"}, 'step 1: title: expected "Shop", seen "Sale"'),
        ({"dialog": "Leave?"}, 'step 1: dialog: expected nothing, seen "Leave?"'),
        ({"text": "Lamp\n43 EUR"}, 'step 1: text: expected "Lamp 42 EUR", seen "Lamp 43 EUR"'),
        ({"observation": "Seen!"}, 'step 1: observation: expected "Seen.", seen "Seen!"'),
    ],
)
def test_each_thing_that_differs_is_said(what: dict[str, Any], says: str) -> None:
    assert said(session(step(1), step(2)), session(step(1, **what), step(2))) == [says]


def test_a_difference_in_a_long_text_is_shown_with_what_stands_around_it() -> None:
    before, after = "word " * 200, " more" * 200
    (found,) = compare_steps([step(1, text=before + "42 EUR" + after)], [step(1, text=before + "43 EUR" + after)])
    assert found.said == (
        'text: expected "…word word word word word 42 EUR more more more more…", '
        'seen "…word word word word word 43 EUR more more more more…"'
    )
    assert found.expected == before + "42 EUR" + after  # whole, for programs


def test_a_difference_in_a_text_without_blanks_is_shown() -> None:
    (found,) = compare_steps([step(1, text="価" * 300 + "42")], [step(1, text="価" * 300 + "43")])
    assert found.said == f'text: expected "…{"価" * 29}42", seen "…{"価" * 29}43"'


def test_texts_that_differ_everywhere_are_cut() -> None:
    (found,) = compare_steps([step(1, text="a" * 5000)], [step(1, text="b" * 5000)])
    assert len(found.said) < 300


def test_what_is_not_seen_is_shown_all_the_same() -> None:
    (found,) = compare_steps([step(1, text="a\u200bb")], [step(1, text="ab")])
    assert found.said == r'text: expected "a\u200bb", seen "ab"'


def test_what_a_terminal_would_obey_is_not_in_the_words() -> None:
    (found,) = compare_steps([step(1, title="x")], [step(1, title="\x1b[31mred\x07")])
    assert str(found) == 'step 1: title: expected "x", seen "[31mred"'


def test_where_one_of_several_matches_was_is_a_matter_of_fonts() -> None:
    said = "2 things match, and this was taken: <a> {} at ({}, 68). Page: Shop"
    one, moved = said.format("'Women'", 240), said.format("'Women'", -277)
    assert compare_steps([step(1, observation=one)], [step(1, observation=moved)]) == []
    other = said.format('"Women\'s"', 240)
    assert [found.what for found in compare_steps([step(1, observation=one)], [step(1, observation=other)])] == [
        "observation"
    ]
    assert compare_steps([step(1, observation="seats at (1, 2)")], [step(1, observation="seats at (1, 3)")])


def test_hosts_and_observations_can_be_left_out() -> None:
    other = step(1, url="http://127.0.0.1:9/1?a=b", observation="At 127.0.0.1:9.")
    assert compare_steps([step(1)], [other], hosts=False) == []
    assert [one.what for one in compare_steps([step(1)], [other])] == ["url", "observation"]
    moved = step(1, url="http://127.0.0.1:9/2?a=b")
    assert [one.said for one in compare_steps([step(1)], [moved], hosts=False)] == [
        'url: expected "http://shop.example/1?a=b", seen "http://127.0.0.1:9/2?a=b"'
    ]


def test_query_parameters_can_be_left_out() -> None:
    urls = ["http://shop.example/1?a=b&t=1", "http://shop.example/1?t=2&a=b", "http://shop.example/1?a=c"]
    one, other, third = (step(1, url=url, observation=f"Page: Shop, {url}") for url in urls)
    assert compare_steps([one], [other], ignore_query=["t"]) == []
    assert [found.what for found in compare_steps([one], [other])] == ["url", "observation"]
    assert [found.what for found in compare_steps([one], [third], ignore_query=["t"])] == ["url", "observation"]
    assert compare_steps([step(1, url="http://[")], [step(1, url="http://[")], ignore_query=["t"]) == []


def test_query_parameters_can_be_left_out_of_a_url_that_an_observation_cuts() -> None:
    urls = [f"http://shop.example/1?t={'1' * size}&a={'b' * 400}" for size in (1, 9)]
    one, other = (step(1, url=url, observation=f"Page: Shop, {one_line(url, 300)}") for url in urls)
    assert compare_steps([one], [other], ignore_query=["t"]) == []
    assert [found.what for found in compare_steps([one], [other])] == ["url", "observation"]


def test_numbers_that_are_new_in_each_process_do_not_count() -> None:
    element = '<selenium.webdriver.remote.webelement.WebElement (session="{}", element="f.{}.d.{}.e.7")>'
    one, other = (element.format(a * 32, a.upper() * 32, a.upper() * 32) for a in "ab")
    assert compare_steps([step(1, observation=one)], [step(1, observation=other)]) == []
    assert compare_steps([step(1, error="<f at 0x7f01aa>")], [step(1, error="<f at 0x7f02bb>")]) == []
    assert compare(session(answer=[one]), session(answer=[other])) == []
    assert compare_steps([step(1, observation="41")], [step(1, observation="42")])


def test_the_page_opened_first_is_compared() -> None:
    one, other = PageRecord(url="http://a/", title="A", text="x"), PageRecord(url="http://a/", title="B", text="x")
    assert said(session(opened=one), session(opened=other)) == ['the page opened first: title: expected "A", seen "B"']
    assert said(session(opened=None), session(opened=other)) == []


def test_another_number_of_steps_is_a_difference_and_so_is_another_end() -> None:
    assert said(session(step(1), step(2)), session(step(1))) == ['the end: steps: expected "2", seen "1"']
    assert said(session(step(1)), session(step(1), outcome="failed", reason="it broke")) == [
        'the end: outcome: expected "answered", seen "failed: it broke"'
    ]
    assert said(session(step(1), answer=42), session(step(1), answer=43)) == [
        'the end: answer: expected "42", seen "43"'
    ]


@pytest.mark.parametrize("outcome", [None, "interrupted", "failed"])
def test_a_run_that_was_cut_short_has_no_end_to_compare(outcome: str | None) -> None:
    recorded = session(step(1), outcome=outcome)
    assert compare(recorded, session(step(1), outcome="failed")) == []
    assert compare(recorded, session(step(1), outcome="answered")) == []
    assert [one.what for one in compare(recorded, session(outcome="failed"))] == ["steps"]


def test_a_page_that_stays_is_told_once() -> None:
    found = compare_steps([step(1), step(2), step(3)], [step(n, title="Sale") for n in (1, 2, 3)])
    assert words(found) == ['title: expected "Shop", seen "Sale"', "title: as at step 1", "title: as at step 1"]


def test_a_difference_as_json() -> None:
    assert Difference(3, "title", "A", "B").as_dict() == {
        "step": 3,
        "what": "title",
        "expected": "A",
        "seen": "B",
        "said": 'step 3: title: expected "A", seen "B"',
    }


def picture(folder: Path, size: tuple[int, int] = (400, 300), *boxes: tuple[int, int, int, int]) -> None:
    image = Image.new("RGB", size, "white")
    for box in boxes:
        ImageDraw.Draw(image).rectangle(box, fill="black")
    (folder / "screenshots").mkdir(parents=True)
    image.save(folder / "screenshots" / "0001.png")


@pytest.mark.parametrize(
    ("size", "boxes", "says"),
    [
        ((400, 300), [], None),
        ((400, 300), [(0, 0, 19, 19)], None),  # 400 of 120,000 pixels
        (
            (400, 300),
            [(0, 0, 59, 59)],
            'step 1: picture: expected "at most 1.00% of the pixels different", seen "3.00%"',
        ),
        ((400, 300), [(0, 0, 400, 300)], 'seen "at least 21.33%"'),
        ((300, 300), [], 'picture: expected "400x300 pixels", seen "300x300 pixels"'),
    ],
)
def test_pictures_are_compared_when_asked(
    tmp_path: Path, size: tuple[int, int], boxes: list[tuple[int, int, int, int]], says: str | None
) -> None:
    picture(tmp_path / "one")
    picture(tmp_path / "other", size, *boxes)
    pair = [session(step(1, screenshot="screenshots/0001.png"), folder=tmp_path / name) for name in ("one", "other")]
    assert said(*pair) == []
    found = said(*pair, pictures=0.01)
    assert len(found) == (says is not None)
    assert says is None or says in found[0]


def test_a_picture_that_is_not_there_or_not_the_sessions_own_differs(tmp_path: Path) -> None:
    picture(tmp_path / "other")
    picture(tmp_path / "elsewhere")
    (tmp_path / "one").mkdir()
    here = session(step(1, screenshot="screenshots/0001.png"), folder=tmp_path / "other")
    for name, why in (
        ("screenshots/0001.png", "no picture: screenshots/0001.png is missing"),
        ("../elsewhere/screenshots/0001.png", "lies outside of the session"),
        (str(tmp_path / "elsewhere"), "lies outside of the session"),
        (None, '"no picture"'),
    ):
        gone = session(step(1, screenshot=name), folder=tmp_path / "one")
        (found,) = said(gone, here, pictures=0.01)
        assert found.startswith("step 1: picture: expected")
        assert found.endswith('seen "a picture"')
        assert why in found
        assert said(gone, gone, pictures=0.01) == []
    (tmp_path / "one" / "broken.png").write_bytes(b"no picture")
    broken = session(step(1, screenshot="broken.png"), folder=tmp_path / "one")
    assert "broken.png is damaged" in said(broken, here, pictures=0.01)[0]


def test_steps_that_are_left_are_no_difference() -> None:
    reused = step(1, observation="Seen.\nSteps left: 8.", reused=True)
    assert said(session(reused), session(step(1, observation="Seen.\nSteps left: 9."))) == []
    assert len(said(session(reused), session(step(1, observation="Gone.\nSteps left: 8.")))) == 1
