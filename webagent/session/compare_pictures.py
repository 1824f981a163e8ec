"""How much two screenshots differ to the eye."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

_BAND = 64  # rows that are counted at a time: what differs everywhere need not be counted to its end


def differ(expected: Path | None, seen: Path | None, allowed: float) -> tuple[str, str] | None:
    """Return how two pictures differ, as words on the expected and on the seen one; None where they look alike.

    Pixels count as different by pixelmatch's measure: by how far apart their colours look, edges of letters that are
    drawn a little differently left out.

    Args:
        expected: a picture file; None where there is none.
        seen: likewise.
        allowed: the share of pixels, 0 to 1, that may be different.
    """
    from PIL import Image, UnidentifiedImageError

    if expected is None or seen is None:
        words = ["no picture" if path is None else "a picture" for path in (expected, seen)]
        return None if expected is seen else (words[0], words[1])
    try:
        with Image.open(expected) as file:
            one = file.convert("RGB")
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError):
        return "a picture", f"{expected.name} of the recording, which cannot be read"
    with Image.open(seen) as file:
        other = file.convert("RGB")
    if one.size != other.size:
        return f"{one.width}x{one.height} pixels", f"{other.width}x{other.height} pixels"
    share, whole = _share(one, other, allowed)
    if share <= allowed:
        return None
    return f"at most {allowed:.2%} of the pixels different", f"{'' if whole else 'at least '}{share:.2%}"


def _share(one: "Image", other: "Image", enough: float) -> tuple[float, bool]:
    """Return the share of pixels that differ, and whether all were counted: it stops when `enough` is passed."""
    from PIL import ImageChops

    box = ImageChops.difference(one, other).getbbox()
    if box is None:
        return 0.0, True
    from pixelmatch.contrib.PIL import pixelmatch

    left, top, right, bottom = box
    pixels, count = one.width * one.height, 0
    for row in range(top, bottom, _BAND):
        band = (left, row, right, min(row + _BAND, bottom))
        count += pixelmatch(one.crop(band), other.crop(band))
        if count > enough * pixels and band[3] < bottom:
            return count / pixels, False
    return count / pixels, True
