"""Whether a value is JSON of a sensible size: asked of whatever came from elsewhere before anything else is."""

import math
from typing import Any

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""The key that WebDriver's specification gives to references to elements."""
SHADOW_ROOT = "shadow-6066-11e4-a52e-4f735466cecf"
"""The key that it gives to references to shadow roots."""

_MOST_BITS = 64
_MOST = 1e15  # of a place or a time; beyond it, floats are no longer whole


def is_plain(value: Any, *, deepest: int = 20, longest: int = 1_000_000) -> bool:
    """Return whether `value` is made of what JSON has, and of no more than it may be.

    Args:
        value: anything at all; lists that hold themselves are no harm.
        deepest: how many levels of lists and dicts there may be.
        longest: characters of all text, and one for each other value.
    """
    level: list[Any] = [value]
    left: float = longest
    for _ in range(deepest + 1):
        below: list[Any] = []
        for one in level:
            left -= _size(one)
            if left < 0:
                return False
            if isinstance(one, list):
                below += one
            elif isinstance(one, dict):
                below += one.values()
        if not below:
            return True
        level = below
    return False


def finite_numbers(value: Any, count: int) -> tuple[float, ...] | None:
    """Return the `count` finite numbers that `value` is a list of; None where it is something else."""
    if not (isinstance(value, list) and len(value) == count):
        return None
    good = (isinstance(one, int | float) and not isinstance(one, bool) and abs(one) < _MOST for one in value)
    return tuple(float(one) for one in value) if all(good) else None


def _size(one: Any) -> float:
    """Return what `one` alone takes of the whole; infinity where it is no JSON."""
    if one is None or isinstance(one, bool):
        return 1
    if isinstance(one, str):
        return 1 + len(one)
    if isinstance(one, int):
        return 1 if one.bit_length() <= _MOST_BITS else math.inf
    if isinstance(one, float):
        return 1 if math.isfinite(one) else math.inf
    if isinstance(one, list):
        return 1 + len(one)
    if isinstance(one, dict) and all(isinstance(key, str) for key in one):
        return 1 + len(one) + sum(map(len, one))
    return math.inf
