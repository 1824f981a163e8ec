"""What two prompts share at their beginning. Pictures are shared as a whole, or not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webagent.kept_prefix import Prompt, pictured, shared

PAD = 9


def prompt(*parts: int | tuple[bytes, int]) -> Prompt:
    """Return a prompt of tokens and of pictures, which are (which one, its tokens)."""
    tokens, digests, sizes = [], [], []
    for part in parts:
        if isinstance(part, int):
            tokens.append(part)
        else:
            tokens += [PAD] * part[1]
            digests.append(part[0])
            sizes.append(part[1])
    return pictured(tokens, PAD, digests, sizes)


A, B = (b"a", 3), (b"b", 3)


@pytest.mark.parametrize(
    ("before", "now", "length"),
    [
        (prompt(1, 2, 3), prompt(1, 2, 3, 4), 3),
        (prompt(1, 2, 3, 4), prompt(1, 2, 5), 2),
        (prompt(1, 2, 3), prompt(1, 2, 3), 2),  # one is always left to compute
        (prompt(1, 2, 3, 4), prompt(1, 2), 1),
        (prompt(5), prompt(1), 0),
        (prompt(), prompt(1), 0),
        (prompt(1, A, 2), prompt(1, A, 2, 3), 5),
        (prompt(1, A, 2), prompt(1, B, 2, 3), 1),  # the same tokens, another picture
        (prompt(1, A, 2, B, 3), prompt(1, A, 2, A, 3), 5),
        (prompt(1, (b"a", 3), 2), prompt(1, (b"a", 4), 2), 1),  # another size
        (prompt(1, 2, A), prompt(1, 2, 3), 2),
        (prompt(1, 2, 3), prompt(1, 2, A), 2),
        (prompt(1, A), prompt(1, A), 1),  # its last token is not computed alone
        (prompt(1, A, B, 2), prompt(1, B, A, 2), 1),
    ],
)
def test_what_is_shared(before: Prompt, now: Prompt, length: int) -> None:
    assert shared(before, now) == length


def test_tokens_and_pictures_that_do_not_fit_are_an_error() -> None:
    with pytest.raises(ValueError, match="2 tokens stand for pictures of 3"):
        pictured([1, PAD, PAD], PAD, [b"a"], [3])


PARTS = st.lists(st.integers(1, 3) | st.tuples(st.sampled_from([b"a", b"b"]), st.integers(1, 3)), max_size=6)


@given(PARTS, PARTS, PARTS)
def test_no_picture_is_cut_and_what_is_shared_is_equal(
    same: list[int | tuple[bytes, int]], one: list[int | tuple[bytes, int]], other: list[int | tuple[bytes, int]]
) -> None:
    before, now = prompt(*same, *one), prompt(*same, *other, 1)
    length = shared(before, now)
    assert length < len(now.tokens)
    assert list(before.tokens[:length]) == list(now.tokens[:length])
    within = [[one for one in side.pictures if one.start < length] for side in (before, now)]
    assert within[0] == within[1]
    assert all(picture.end <= length for picture in within[0])
    if not other and not one:
        assert length == len(now.tokens) - 1
