"""What of an answer is looked for on a page."""

from typing import Any

import pytest

from webagent.session.export.answer import Pieces, pieces
from webagent.session.export.script_parts import plain, stands

PAGE = "Home\nThe Linen Shirt\nSale\n24.50 EUR\n€68.00 €114.00\n1,299.00 USD\nMade in\nBrittany, France\nin stock: 17"


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("The Linen Shirt costs 24.50 EUR", ["Linen Shirt", "24.50 EUR"]),
        ("the linen shirt is 24.50 EUR.", ["linen shirt", "24.50 EUR"]),
        ("**Linen Shirt**: `€68.00` (was €114.00)", ["Linen Shirt", "€68.00", "€114.00"]),
        ("It is made in Brittany, France", ["made in Brittany, France"]),
        ("68.00 €", ["68.00"]),
        ("It is on the page.", []),
        ("sale", ["sale"]),  # nothing better
        ("Linen Shirt, on sale", ["Linen Shirt"]),
        ("1,299.00 USD", ["1,299.00 USD"]),
        ({"Name": "Linen Shirt", "price": 24.5}, ["Linen Shirt", "24.50"]),
        ([1299, [True, None]], ["1,299.00"]),
        ([17.0, "Brittany"], ["17", "Brittany"]),
        (68, ["68.00"]),
        (None, []),
        ("", []),
        ("... !!! \u2028\x00", []),
    ],
)
def test_names_and_numbers_are_looked_for_and_stop_words_are_not(answer: Any, found: list[str]) -> None:
    assert pieces(answer, PAGE).found == found


def test_numbers_that_do_not_stand_there_are_told() -> None:
    assert pieces("Linen Shirt, 25.00 EUR, 3 of them", PAGE).not_found == ["25.00", "3"]
    assert pieces({"sum": 99.5, "of": "Linen Shirt"}, PAGE).not_found == ["99.5"]


@pytest.mark.parametrize(
    ("piece", "text", "there"),
    [
        ("24.50", "costs 24.50 EUR", True),
        ("24.50", "costs 124.50 EUR", False),
        ("24.50", "costs 1,124.50", False),
        ("24.50", "costs 24.505", False),
        ("24", "costs 24.50", False),
        ("24", "costs 24.", True),
        ("Lamp", "two lamps", False),
        ("LAMP", "a Lamp, white", True),
        ("Straße", "STRASSE", True),
        ("Linen Lamp", "Linen\n  Lamp", True),
        ("リネン", "白いリネンシャツ", True),
        ("24.50", "価格は24.50ユーロ", True),
        ("a.c", "abc", False),
    ],
)
def test_a_piece_stands_by_itself(piece: str, text: str, there: bool) -> None:
    assert stands(piece, plain(text)) is there


def test_japanese_is_cut_without_blanks() -> None:
    assert pieces("リネンシャツは24.50ユーロです", "白いリネンシャツ\n価格 24.50 ユーロ").found == [
        "リネンシャツ",
        "24.50",
        "ユーロ",
    ]


def test_a_long_answer_is_no_long_work() -> None:
    many = pieces("word " * 50_000 + "Lamp", "word " * 40_000)
    assert len(many.found) <= 60


def test_a_long_answer_in_many_parts_is_no_long_work_either() -> None:
    many = pieces(["word " * 4_000] * 500 + [1.5] * 100_000 + ["Lamp"], "word " * 40_000 + "Lamp")
    assert (many.found, many.not_found) == (["word " * 19 + "word"], [])


@pytest.mark.parametrize("number", [10**400, float("inf"), float("nan")], ids=["huge", "inf", "nan"])
def test_a_number_that_is_no_float_does_not_stand_there(number: float) -> None:
    assert pieces([number, "Lamp"], "Lamp") == Pieces(["Lamp"], [str(number)])
