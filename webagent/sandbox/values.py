"""Python values as JSON and back. What JSON cannot hold crosses as an opaque handle and stays where it is."""

from collections.abc import Callable
from typing import Any

_PLAIN = (type(None), bool, int, float, str)


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
        if isinstance(number, int) and 0 <= number < len(self._values):
            return self._values[number]
        raise NotPackable("no such handle")


def pack(value: Any, keep: Callable[[Any], dict[str, Any]]) -> Any:
    """Return `value` as what JSON can hold.

    Args:
        value: any value; lists, tuples, sets and dicts are gone through.
        keep: turns what JSON cannot hold into a dict that stands for it, or raises `NotPackable`.
    """
    if isinstance(value, _PLAIN):
        return _plain(value)
    if isinstance(value, list):
        return [pack(item, keep) for item in value]
    if isinstance(value, tuple | set | frozenset):
        name = "$tuple" if isinstance(value, tuple) else "$set"
        return {name: [pack(item, keep) for item in value]}
    if isinstance(value, dict):
        if all(isinstance(key, str) and not key.startswith("$") for key in value):
            return {str(key): pack(item, keep) for key, item in value.items()}
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
    if "$tuple" in packed:
        return tuple(unpack(item, resolve) for item in packed["$tuple"])
    if "$set" in packed:
        return {unpack(item, resolve) for item in packed["$set"]}
    if "$dict" in packed:
        return {unpack(key, resolve): unpack(item, resolve) for key, item in packed["$dict"]}
    if any(key.startswith("$") for key in packed):
        return resolve(packed)
    return {key: unpack(item, resolve) for key, item in packed.items()}


def _plain(value: Any) -> Any:
    # Subclasses of str and int (enums, numpy's) would not come back as what they were.
    if isinstance(value, bool) or value is None:
        return value
    for kind in (int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return value
