"""How much of a prompt stands at its beginning as it did the last time, so that it need not be computed again."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Pictured:
    """Where a picture stands in a prompt, and which one it is."""

    start: int
    """Index of its first token."""
    end: int
    """Index after its last token."""
    digest: bytes
    """Equal for equal pictures."""


@dataclass(frozen=True)
class Prompt:
    """Tokens, and the pictures that some of them stand for, in order."""

    tokens: Sequence[int]
    pictures: Sequence[Pictured] = ()


def pictured(tokens: Sequence[int], stands_for_picture: int, digests: Sequence[bytes], sizes: Sequence[int]) -> Prompt:
    """Return a prompt whose pictures are found by the token that stands for a part of one.

    Args:
        tokens: of the prompt.
        stands_for_picture: that token.
        digests: of the pictures, in order.
        sizes: how many of these tokens each picture has.

    Raises:
        ValueError: the prompt has another number of these tokens.
    """
    places = [index for index, token in enumerate(tokens) if token == stands_for_picture]
    if len(places) != sum(sizes):
        raise ValueError(f"{len(places)} tokens stand for pictures of {sum(sizes)}")
    found, at = [], 0
    for digest, size in zip(digests, sizes, strict=True):
        found.append(Pictured(places[at], places[at + size - 1] + 1, digest))
        at += size
    return Prompt(tokens, found)


def shared(before: Prompt, now: Prompt) -> int:
    """Return how many tokens at the beginning of `now` stand at the beginning of `before` too, pictures and all.

    A picture is shared as a whole or not at all. At least one token of `now` is left to compute: a model answers to
    what it reads last.
    """
    most = min(len(before.tokens), len(now.tokens) - 1)
    length = next((i for i in range(most) if before.tokens[i] != now.tokens[i]), most)
    for one, other in zip(before.pictures, now.pictures, strict=False):
        if one != other or other.end > length:
            return min(length, one.start, other.start)
    for rest in (before.pictures, now.pictures):
        for picture in rest[min(len(before.pictures), len(now.pictures)) :]:
            length = min(length, picture.start)
    return max(length, 0)
