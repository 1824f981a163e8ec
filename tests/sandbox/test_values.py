"""Values that cross the wire."""

import enum
import json
from typing import Any

import pytest
from PIL import Image

from webagent.sandbox.values import Handle, HandleTable, NotPackable, is_longer, pack, unpack


class Colour(enum.StrEnum):
    RED = "red"


def refuse(value: Any) -> Any:
    raise NotPackable(type(value).__name__)


def across(value: Any) -> Any:
    return unpack(json.loads(json.dumps(pack(value, refuse))), refuse)


@pytest.mark.parametrize(
    "value",
    [
        None, True, 0, -1.5, 10**30, "", "é\n", [], [[1], "a"], (), (1, (2,)), set(), {1, "a"}, {}, {"a": {"b": [1]}},
        {1: "a", (2, 3): [4]}, {"$handle": 0, "says": "x"}, {"$tuple": [1]}, [None, {"a": (1, {2})}],
        frozenset({1}), {frozenset({1}), (2, frozenset())}, {frozenset({1}): 2}, {None: True},
    ],
)  # fmt: skip
def test_what_goes_in_comes_out(value: Any) -> None:
    assert across(value) == value
    assert type(across(value)) is type(value)


class Liar(str):
    def __str__(self) -> str:
        raise ValueError("no")


class Cheat(int):
    def __int__(self) -> int:
        return 7


def test_kinds_that_lie_about_what_they_are_are_taken_as_what_they_are() -> None:
    assert across([Liar("a"), Cheat(3), True]) == ["a", 3, True]
    assert across({Liar("k"): 1}) == {"k": 1}


def test_kinds_of_text_and_number_become_plain_ones() -> None:
    assert type(across(Colour.RED)) is str
    assert type(across(enum.IntEnum("N", "ONE")(1))) is int


@pytest.mark.parametrize("value", [object(), b"bytes", [1, {"a": object()}], lambda: 1])
def test_the_rest_is_for_the_keeper(value: Any) -> None:
    with pytest.raises(NotPackable):
        pack(value, refuse)


def test_a_picture_stays_where_it_is_and_comes_back_as_itself() -> None:
    table, picture = HandleTable(), Image.new("RGB", (30, 20))
    packed = pack({"picture": picture, "again": [picture]}, table.keep)
    assert json.loads(json.dumps(packed))["picture"] == {"$handle": 0, "says": "<Image of 30x20 pixels>"}
    assert unpack(packed, table.resolve)["again"][0] is picture
    assert repr(unpack(packed, lambda one: Handle(one["$handle"], one["says"]))["picture"]) == "<Image of 30x20 pixels>"


@pytest.mark.parametrize("number", [1, -1, "0", None, True, 2.0, [0]])
def test_a_handle_that_was_never_given_is_refused(number: Any) -> None:
    table = HandleTable()
    table.keep(object())
    if number is True:
        number = 7
    with pytest.raises(NotPackable):
        table.resolve({"$handle": number})


DEEP: Any = "bottom"
for _ in range(150):
    DEEP = [DEEP]


@pytest.mark.parametrize("value", [DEEP, set(range(20_000)), {n: n for n in range(20_000)}, [{1: set(range(10_000))}]])
def test_what_is_too_deep_or_too_slow_to_put_together_is_for_the_keeper(value: Any) -> None:
    with pytest.raises(NotPackable):
        pack(value, refuse)
    assert pack(value, lambda one: {"$handle": 5, "is": one is value}) == {"$handle": 5, "is": True}


ALIKE = [[n * (2**61 - 1)] for n in range(200_000)]
"""Numbers that all have the same hash."""


@pytest.mark.parametrize(
    "packed",
    [
        DEEP,
        {"$set": [one[0] for one in ALIKE]},
        {"$dict": [[one[0], 1] for one in ALIKE]},
        {"$tuple": [{"$frozenset": [one[0] for one in ALIKE]}]},
        {"$set": [{"$tuple": one} for one in ALIKE]},
        {"$set": 5},
        {"$set": [[]]},
        {"$dict": [1]},
        {"$dict": [[1, 2, 3]]},
        {"$dict": [[{"a": 1}, 2]]},
        {"$else": 1},
    ],
)
def test_what_nobody_packed_is_an_error_and_at_once(packed: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        unpack(packed, HandleTable().resolve)


@pytest.mark.parametrize(
    ("packed", "length"),
    [("x" * 50, 50), (["x" * 10] * 5, 50), ({"x" * 30: "y" * 20}, 50), ([1] * 50, 50), ([[[]]] * 40, 50), (10**60, 40)],
)
def test_the_length_of_a_value_is_that_of_all_that_is_in_it(packed: Any, length: int) -> None:
    assert is_longer(packed, length - 1)
    assert not is_longer(packed, length * 4)
