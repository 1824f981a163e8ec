"""Python values as JSON and back. What JSON cannot hold crosses as an opaque handle and stays where it is."""

from collections.abc import Callable
from typing import Any

MOST_DEEP = 100
"""Levels that a value may have, as it crosses."""
MOST_HASHED = 10_000
"""Values that all its sets, and dicts with other keys than text, may hold: numbers can be chosen to make them slow."""

_MOST_BITS = 10_000  # Python writes no longer whole numbers
_PLAIN = (type(None), bool, int, float, str)
_GROUPS: dict[str, type[tuple[Any, ...]] | type[set[Any]] | type[frozenset[Any]]] = {
    "$tuple": tuple,
    "$set": set,
    "$frozenset": frozenset,
}
_HASHED = {"$set", "$frozenset", "$dict"}


class NotPackable(TypeError):
    """A value that can neither be written as JSON nor be kept behind a handle."""


class Handle:
    """Stands in the worker for a value that lives in the parent, a picture for example. It can only be passed on."""

    def __init__(self, number: int, says: str) -> None:
        self.number = number
        self._says = says

    def __repr__(self) -> str:
        return self._says


class HandleTable:
    """The parent's side of the handles: what they stand for."""

    def __init__(self) -> None:
        self._values: list[Any] = []

    def keep(self, value: Any) -> dict[str, Any]:
        """Keep `value` and return the JSON that stands for it."""
        number = next((i for i, kept in enumerate(self._values) if kept is value), len(self._values))
        if number == len(self._values):
            self._values.append(value)
        size = getattr(value, "size", None)
        about = f" of {size[0]}x{size[1]} pixels" if isinstance(size, tuple) and len(size) == 2 else ""
        return {"$handle": number, "says": f"<{type(value).__name__}{about}>"}

    def resolve(self, packed: dict[str, Any]) -> Any:
        """Return the value that `packed` stands for.

        Raises:
            NotPackable: there is none.
        """
        number = packed.get("$handle")
        if isinstance(number, int) and not isinstance(number, bool) and 0 <= number < len(self._values):
            return self._values[number]
        raise NotPackable("no such handle")


def pack(value: Any, keep: Callable[[Any], dict[str, Any]]) -> Any:
    """Return `value` as what JSON can hold.

    Args:
        value: any value; lists, tuples, sets and dicts are gone through.
        keep: turns what JSON cannot hold, or is too deep, into a dict that stands for it, or raises `NotPackable`.
    """
    packed = _pack(value, keep)
    return packed if _fits(packed) else keep(value)


def _pack(value: Any, keep: Callable[[Any], dict[str, Any]]) -> Any:
    if isinstance(value, _PLAIN) and not (isinstance(value, int) and value.bit_length() > _MOST_BITS):
        return _plain(value)
    if isinstance(value, list):
        return [_pack(item, keep) for item in value]
    for name, kind in _GROUPS.items():
        if isinstance(value, kind):
            return {name: [_pack(item, keep) for item in value]}
    if isinstance(value, dict):
        if all(isinstance(key, str) and not key.startswith("$") for key in value):
            return {_plain(key): _pack(item, keep) for key, item in value.items()}
        return {"$dict": [[_pack(key, keep), _pack(item, keep)] for key, item in value.items()]}
    return keep(value)


def unpack(packed: Any, resolve: Callable[[dict[str, Any]], Any]) -> Any:
    """Return what `pack` was given.

    Args:
        packed: parsed JSON.
        resolve: turns a dict that stands for a value back into it.

    Raises:
        TypeError, ValueError: `pack` made no such thing (`NotPackable` is a TypeError).
    """
    if not _fits(packed):
        raise NotPackable("it is too deep, or holds too much in sets")
    return _unpack(packed, resolve)


def is_longer(packed: Any, limit: int) -> bool:
    """Return whether the texts and numbers of parsed JSON have more than `limit` characters together."""
    level, left = [packed], limit
    while level:
        below: list[Any] = []
        for one in level:
            if isinstance(one, str):
                left -= len(one)
            elif isinstance(one, list):
                below += one
            elif isinstance(one, dict):
                below += one.values()
                left -= sum(map(len, one))
            left -= 1 + one.bit_length() // 4 if isinstance(one, int) else 1
            if left < 0:
                return True
        level = below
    return False


def _fits(packed: Any) -> bool:
    level: list[Any] = [packed]
    hashed: list[Any] = []
    left = MOST_HASHED
    for _ in range(MOST_DEEP):
        left -= len(hashed)
        if left < 0:
            return False
        below: list[Any] = []
        below_hashed: list[Any] = []
        for values, plain in ((level, below), (hashed, below_hashed)):
            for one in values:
                if isinstance(one, list):
                    plain += one
                elif isinstance(one, dict):
                    for name, part in one.items():
                        (below_hashed if name in _HASHED else plain).append(part)
        if not below and not below_hashed:
            return True
        level, hashed = below, below_hashed
    return False


def _unpack(packed: Any, resolve: Callable[[dict[str, Any]], Any]) -> Any:
    if isinstance(packed, list):
        return [_unpack(item, resolve) for item in packed]
    if not isinstance(packed, dict):
        return packed
    for name, kind in _GROUPS.items():
        if name in packed:
            return kind(_unpack(item, resolve) for item in packed[name])
    if "$dict" in packed:
        return {_unpack(key, resolve): _unpack(item, resolve) for key, item in packed["$dict"]}
    if any(key.startswith("$") for key in packed):
        return resolve(packed)
    return {key: _unpack(item, resolve) for key, item in packed.items()}


def _plain(value: Any) -> Any:
    # Subclasses of str and int (enums, numpy's) would not come back as what they were, and may lie about what they are.
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, float):
        return float.__float__(value)
    return value if isinstance(value, bool) or value is None else int.__int__(value)
