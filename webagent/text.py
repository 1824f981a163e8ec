"""Text that came from a page or a model, made safe to show in a terminal."""

import math
import re
import unicodedata
from typing import Any

# C0 and C1 controls but tab and newline, and what reorders or hides text (bidi overrides, zero-width, tags).
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]"
)

NOTES_FOLLOW = "\x1e"
"""Stands between what an action printed and our notes on it; what is printed never holds it."""


def clean(text: object) -> str:
    """Return text without anything a terminal would obey or hide: tabs and newlines alone are kept of the controls.

    Args:
        text: any value; `str()` of it is taken. Carriage returns become newlines.
    """
    return _UNSAFE.sub("", str(text).replace("\r\n", "\n").replace("\r", "\n"))


def json_value(value: object) -> Any:
    """Return `value` as what JSON can hold: keys as text, sets and tuples as lists, all that is no JSON as text."""
    try:
        return _json_value(value)
    except RecursionError:  # a ring
        return well_formed(str(value))


def _json_value(value: object) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return well_formed(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [_json_value(item) for item in value]
    if isinstance(value, dict):
        return {well_formed(str(key)): _json_value(item) for key, item in value.items()}
    return well_formed(str(value))


def one_line(text: object, limit: int = 200) -> str:
    """Return text cleaned, on one line, of at most `limit` characters, with an ellipsis where it was cut."""
    line = " ".join(clean(text).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def thing(told: Any) -> str:
    """Return the words for a pair of role and name that a page told of: `button 'Save'`; "" for what is none."""
    if not (isinstance(told, list) and len(told) == 2 and all(isinstance(part, str) for part in told)):
        return ""
    kind, name = one_line(told[0], 30), one_line(told[1], 80)
    return f"{kind} {name!r}" if kind and name else kind


def well_formed(text: str) -> str:
    """Return text that can be written as UTF-8: each half of a character (a lone surrogate) becomes U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def normalise(text: str) -> str:
    """Return visible text in a form that compares: NFC, runs of white space to one blank, blank lines dropped."""
    lines = (" ".join(line.split()) for line in unicodedata.normalize("NFC", text).splitlines())
    return "\n".join(line for line in lines if line)
