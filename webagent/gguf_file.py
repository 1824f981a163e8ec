"""What the beginning of a GGUF file says: which kind of model it is, what it was trained for, what its own signs are.

It is read here, in bounds, before a native library gets the file: most that may be wrong with one is seen at once.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from webagent.errors import ModelConfigurationError
from webagent.text import one_line

PICTURES = "clip"
"""The architecture that a part for pictures names."""

_MOST_ENTRIES, _MOST_ITEMS, _MOST_BYTES = 4_096, 2_000_000, 256_000_000  # a vocabulary of 262,000 words has 10 MB
_STRING, _ARRAY = 8, 9
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_TOKENS, _KINDS = "tokenizer.ggml.tokens", "tokenizer.ggml.token_type"
_CONTROL = 3  # a token that stands for no text: the end of a turn, the place of a picture
_LONGEST_SIGN = 100


@dataclass(frozen=True)
class GgufHeader:
    """What is known of a GGUF file."""

    architecture: str
    """As llama.cpp names it: qwen2vl, llama; `clip` for a part for pictures."""
    context: int
    """Tokens of the longest text that it was trained on; 0: it does not say."""
    width: int
    """Numbers that it has for a token, or makes for a part of a picture; 0: it does not say."""
    part: int
    """Which part of a model in several files it is, from 0 on."""
    signs: tuple[str, ...]
    """What it reads as a sign and not as text, the longest first."""


def find_gguf(path: Path) -> GgufHeader:
    """Return what a GGUF file says of itself.

    Raises:
        ModelConfigurationError: there is no such file, or it is none.
    """
    said = one_line(path, 300)
    try:
        if path.is_dir():
            raise ModelConfigurationError(f"{said} is a folder: name the GGUF file in it")
        if not path.exists():
            raise ModelConfigurationError(f"there is no file {said}: give the path of a GGUF file")
        if not path.is_file():  # a pipe would be waited for
            raise ModelConfigurationError(f"{said} is no file: give the path of a GGUF file")
        found = path.stat()
        return _read(path, found.st_size, found.st_mtime_ns)
    except OSError as error:
        raise ModelConfigurationError(
            f"{said} cannot be read ({error.strerror}): check the path and its permissions"
        ) from None
    except _NotGguf as error:
        raise ModelConfigurationError(
            f"{said} is no GGUF file ({error}): was it downloaded whole? A checkpoint's folder is for --model local/…"
        ) from None


class _NotGguf(Exception):
    """The file is none, or is damaged; the text says what is wrong, in a few words."""


@lru_cache(16)
def _read(path: Path, size: int, changed: int) -> GgufHeader:
    """Read the file; `size` and `changed` tell a file that was written anew from the one that was read."""
    with path.open("rb") as file:
        try:
            values = dict(_entries(file))
        except (struct.error, OverflowError, MemoryError):
            raise _NotGguf("it ends too soon") from None
    architecture = values.get("general.architecture")
    if not isinstance(architecture, str):
        raise _NotGguf("it names no architecture")
    width = "clip.vision.projection_dim" if architecture == PICTURES else f"{architecture}.embedding_length"
    tokens, kinds = values.get(_TOKENS, ()), values.get(_KINDS, ())
    signs = {token for token, kind in zip(tokens, kinds, strict=False) if kind == _CONTROL}
    return GgufHeader(
        architecture=architecture,
        context=_number(values.get(f"{architecture}.context_length")),
        width=_number(values.get(width)),
        part=_number(values.get("split.no")),
        signs=tuple(sorted((one for one in signs if 1 < len(one) <= _LONGEST_SIGN), key=lambda one: (-len(one), one))),
    )


def _number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _entries(file: BinaryIO) -> Iterator[tuple[str, Any]]:
    """Yield the entries of the header: numbers, texts, and of the lists those of the tokens."""
    if file.read(4) != b"GGUF":
        raise _NotGguf("it does not begin as one")
    version, _, count = struct.unpack("<IQQ", file.read(20))
    if version not in (2, 3):
        raise _NotGguf("of a version that is not known here")
    if count > _MOST_ENTRIES:
        raise _NotGguf("it has too many entries")
    for _ in range(count):
        name = _text(file)
        (kind,) = struct.unpack("<I", file.read(4))
        yield name, _value(file, kind, name)


def _value(file: BinaryIO, kind: int, name: str) -> Any:
    if kind == _STRING:
        return _text(file)
    if kind != _ARRAY:
        return _numbers(file, kind, 1)[0]
    of, count = struct.unpack("<IQ", file.read(12))
    if count > _MOST_ITEMS:
        raise _NotGguf("one of its lists is too long")
    if of != _STRING:
        return _numbers(file, of, count) if name == _KINDS else _pass_over(file, of, count)
    if name == _TOKENS:
        return [_text(file) for _ in range(count)]
    for _ in range(count):
        _bytes(file)
    return None


def _numbers(file: BinaryIO, kind: int, count: int) -> tuple[Any, ...]:
    return struct.unpack(f"<{count}{_of(kind)}", file.read(count * struct.calcsize("<" + _of(kind))))


def _pass_over(file: BinaryIO, kind: int, count: int) -> None:
    file.seek(count * struct.calcsize("<" + _of(kind)), 1)


def _of(kind: int) -> str:
    if kind not in _SCALARS:
        raise _NotGguf("it holds a value of an unknown kind")
    return _SCALARS[kind]


def _text(file: BinaryIO) -> str:
    return _bytes(file).decode("utf-8", "replace")


def _bytes(file: BinaryIO) -> bytes:
    (length,) = struct.unpack("<Q", file.read(8))
    if file.tell() + length > _MOST_BYTES:
        raise _NotGguf("what it says of itself is too long")
    found = file.read(length)
    if len(found) < length:
        raise _NotGguf("it ends too soon")
    return found
