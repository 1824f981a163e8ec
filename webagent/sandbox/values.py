"""Python values as JSON and back. What JSON cannot hold crosses as an opaque handle and stays where it is."""

from collections.abc import Callable
from typing import Any

_MOST_BITS = 10_000  # Python writes no longer whole numbers
_PLAIN = (type(None), bool, int, float, str)
_GROUPS: dict[str, type[tuple[Any, ...]] | type[set[Any]] | type[frozenset[Any]]] = {
    "$tuple": tuple,
    "$set": set,
    "$frozenset": frozenset,
}


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
        keep: turns what JSON cannot hold into a dict that stands for it, or raises `NotPackable`.
    """
    if isinstance(value, _PLAIN) and not (isinstance(value, int) and value.bit_length() > _MOST_BITS):
        return _plain(value)
    if isinstance(value, list):
        return [pack(item, keep) for item in value]
    for name, kind in _GROUPS.items():
        if isinstance(value, kind):
            return {name: [pack(item, keep) for item in value]}
    if isinstance(value, dict):
        if all(isinstance(key, str) and not key.startswith("$") for key in value):
            return {_plain(key): pack(item, keep) for key, item in value.items()}
        return {"$dict": [[pack(key, keep), pack(item, keep)] for key, item in value.items()]}
    return keep(value)


def unpack(packed: Any, resolve: Callable[[dict[str, Any]], Any]) -> Any:
    """Return what `pack` was given.

    Args:
        packed: parsed JSON.
        resolve: turns a dict that stands for a value back into it.
    """
    if isinstance(packed, list):
        return [unpack(item, resolve) for item in packed]
    if not isinstance(packed, dict):
        return packed
    for name, kind in _GROUPS.items():
        if name in packed:
            return kind(unpack(item, resolve) for item in packed[name])
    if "$dict" in packed:
        return {unpack(key, resolve): unpack(item, resolve) for key, item in packed["$dict"]}
    if any(key.startswith("$") for key in packed):
        return resolve(packed)
    return {key: unpack(item, resolve) for key, item in packed.items()}


def _plain(value: Any) -> Any:
    # Subclasses of str and int (enums, numpy's) would not come back as what they were, and may lie about what they are.
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, float):
        return float.__float__(value)
    return value if isinstance(value, bool) or value is None else int.__int__(value)
