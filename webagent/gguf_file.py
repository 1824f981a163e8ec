"""What the beginning of a GGUF file says: which kind of model it is, what it was trained for, what its own signs are.

It is read here, in bounds, before a native library gets the file: most that may be wrong with one is seen at once.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from webagent.errors import ModelConfigurationError
from webagent.text import one_line, well_formed

PICTURES = "clip"
"""The architecture that a part for pictures names."""

# Of all lists together; a vocabulary of 262,000 words has 1.3 million items and 20 MB.
_MOST_ENTRIES, _MOST_ITEMS, _MOST_BYTES, _LONGEST_TEXT = 4_096, 3_000_000, 64_000_000, 65_535
_STRING, _ARRAY = 8, 9
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_ARCHITECTURE, _TOKENS, _KINDS = "general.architecture", "tokenizer.ggml.tokens", "tokenizer.ggml.token_type"
_SIGNS_BY_NUMBER = tuple(f"tokenizer.ggml.{one}_token_id" for one in ("bos", "eos", "eot", "eom", "unknown", "padding"))
_UNKNOWN, _CONTROL, _OF_THE_USER = 2, 3, 4  # kinds of tokens that llama.cpp looks for in text before all others
# Of the third kind are blanks and words as well, and they stay as they are.
_LIKE_A_SIGN = re.compile(r"[▁_ ]*(?:<[^<>]+>|\[[^\[\]]+[\[\]]|[^\w\s].*\w.*[^\w\s])\s*", re.DOTALL)
# Signs to llama.cpp whatever kind the file says that they are (src/llama-vocab.cpp). `<|…|>` is one for every model.
_ALWAYS_SIGNS = frozenset({
    "<end_of_turn>", "<end_of_utterance>", "<eos>", "</s>", "<EOT>", "_<EOT>", "[EOT]", "[EOS]", "[e~[", "<turn|>",
    "<|tool_response>", "<fim-prefix>", "<fim_prefix>", "<PRE>", "▁<PRE>", "<fim-suffix>", "<fim_suffix>", "<SUF>",
    "▁<SUF>", "<fim-middle>", "<fim_middle>", "<MID>", "▁<MID>", "<fim-pad>", "<fim_pad>", "<PAD>", "[PAD]",
    "<fim-repo>", "<REPO>", "<reponame>",
})  # fmt: skip
_LONGEST_SIGN, _MOST_SIGNS = 100, 10_000  # each is looked for in all text that is sent


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
    said = one_line(well_formed(str(path)), 300)
    try:
        path = path.absolute()
        str(path).encode()
        if path.is_dir():
            raise ModelConfigurationError(f"{said} is a folder: name the GGUF file in it")
        if not path.exists():
            raise ModelConfigurationError(f"there is no file {said}: give the path of a GGUF file")
        if not path.is_file():  # a pipe would be waited for
            raise ModelConfigurationError(f"{said} is no file: give the path of a GGUF file")
        file = path.stat()
        found = _read(path, file.st_size, file.st_mtime_ns)
    except UnicodeEncodeError:
        raise ModelConfigurationError(
            f"the name of {said}, or of a folder above it, is not in UTF-8, and llama.cpp opens no other: rename it"
        ) from None
    except OSError as error:
        raise ModelConfigurationError(
            f"{said} cannot be read ({error.strerror}): check the path and its permissions"
        ) from None
    if isinstance(found, GgufHeader):
        return found
    if isinstance(found, _TooManySigns):
        raise ModelConfigurationError(
            f"{said} has more than {_MOST_SIGNS:,} signs of its own, too many to keep out of pages' text: take a file "
            "of another model"
        )
    raise ModelConfigurationError(
        f"{said} is no GGUF file ({found}): was it downloaded whole? A checkpoint's folder is for --model local/…"
    )


class _NotGguf(Exception):
    """The file is none, or is damaged; the text says what is wrong, in a few words."""


class _TooManySigns(_NotGguf):
    """It is one, but its signs cannot be kept out of text."""


@lru_cache(16)
def _read(path: Path, size: int, changed: int) -> GgufHeader | _NotGguf:
    """Read the file; `size` and `changed` tell a file that was written anew from the one that was read.

    What is wrong is returned, so that it is remembered too.
    """
    with path.open("rb") as file:
        try:
            return _header(dict(_entries(file)))
        except (struct.error, OverflowError, MemoryError):
            return _NotGguf("it ends too soon")
        except _NotGguf as wrong:
            return wrong.with_traceback(None)


def _header(values: dict[str, Any]) -> GgufHeader:
    architecture = values.get(_ARCHITECTURE)
    if not isinstance(architecture, str):
        raise _NotGguf("it names no architecture")
    width = "clip.vision.projection_dim" if architecture == PICTURES else f"{architecture}.embedding_length"
    return GgufHeader(
        architecture=architecture,
        context=_number(values.get(f"{architecture}.context_length")),
        width=_number(values.get(width)),
        part=_number(values.get("split.no")),
        signs=_signs(values),
    )


def _signs(values: dict[str, Any]) -> tuple[str, ...]:
    tokens, kinds = values.get(_TOKENS) or [], values.get(_KINDS) or ()
    if not isinstance(tokens, list) or not isinstance(kinds, tuple):
        raise _NotGguf("its tokens are no lists")
    signs = _ALWAYS_SIGNS.intersection(tokens)
    signs |= {token for token, kind in zip(tokens, kinds, strict=False) if kind in (_UNKNOWN, _CONTROL)}
    may_be = {token for token, kind in zip(tokens, kinds, strict=False) if kind == _OF_THE_USER}
    numbers = [values.get(name) for name in _SIGNS_BY_NUMBER]
    may_be |= {tokens[one] for one in numbers if type(one) is int and 0 <= one < len(tokens)}
    signs |= {token for token in may_be if len(token) <= _LONGEST_SIGN and _LIKE_A_SIGN.fullmatch(token)}
    found = sorted((one for one in signs if 1 < len(one) <= _LONGEST_SIGN), key=lambda one: (-len(one), one))
    if len(found) > _MOST_SIGNS:
        raise _TooManySigns
    return tuple(found)


def _number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _entries(file: BinaryIO) -> Iterator[tuple[str, Any]]:
    """Yield the entries of the header that are needed, and all numbers."""
    if file.read(4) != b"GGUF":
        raise _NotGguf("it does not begin as one")
    version, _, count = struct.unpack("<IQQ", file.read(20))
    if version not in (2, 3):
        raise _NotGguf("of a version that is not known here")
    if count > _MOST_ENTRIES:
        raise _NotGguf("it has too many entries")
    items = 0
    for _ in range(count):
        name = _text(file)
        (kind,) = struct.unpack("<I", file.read(4))
        if kind == _STRING:
            if name == _ARCHITECTURE:
                yield name, _text(file)
            else:
                _pass_over(file, *struct.unpack("<Q", file.read(8)))
        elif kind == _ARRAY:
            of, length = struct.unpack("<IQ", file.read(12))
            items += length
            if items > _MOST_ITEMS:
                raise _NotGguf("its lists are too long")
            yield name, _list(file, of, length, name)
        else:
            yield name, _numbers(file, kind, 1)[0]


def _list(file: BinaryIO, of: int, length: int, name: str) -> list[str] | tuple[Any, ...] | None:
    """Return the tokens or their kinds; of another list, None."""
    if name == _TOKENS and of == _STRING:
        return [_text(file) for _ in range(length)]
    if name == _KINDS and of != _STRING:
        return _numbers(file, of, length)
    if of != _STRING:
        _pass_over(file, length * struct.calcsize("<" + _of(of)))
        return None
    for _ in range(length):
        _pass_over(file, *struct.unpack("<Q", file.read(8)))
    return None


def _numbers(file: BinaryIO, kind: int, count: int) -> tuple[Any, ...]:
    return struct.unpack(f"<{count}{_of(kind)}", file.read(count * struct.calcsize("<" + _of(kind))))


def _of(kind: int) -> str:
    if kind not in _SCALARS:
        raise _NotGguf("it holds a value of an unknown kind")
    return _SCALARS[kind]


def _text(file: BinaryIO) -> str:
    (length,) = struct.unpack("<Q", file.read(8))
    if length > _LONGEST_TEXT or file.tell() + length > _MOST_BYTES:
        raise _NotGguf("what it says of itself is too long")
    found = file.read(length)
    if len(found) < length:
        raise _NotGguf("it ends too soon")
    return found.decode("utf-8", "replace")


def _pass_over(file: BinaryIO, length: int) -> None:
    if file.tell() + length > _MOST_BYTES:
        raise _NotGguf("what it says of itself is too long")
    file.seek(length, 1)
