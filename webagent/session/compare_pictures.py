"""How much two screenshots differ to the eye."""

from pathlib import Path
from typing import TYPE_CHECKING

from webagent.session.named import NotUsable, load_picture
from webagent.text import one_line

if TYPE_CHECKING:
    from PIL.Image import Image

_NONE = "no picture"
_BAND = 64  # rows that are counted at a time: what differs everywhere need not be counted to its end


Named = tuple[Path, str | None]
"""A session folder, and the picture in it that the session names; None where it names none."""


def differ(expected: Named, seen: Named, allowed: float) -> tuple[str, str] | None:
    """Return how two pictures differ, as words on the expected and on the seen one; None where they look alike.

    Pixels count as different by pixelmatch's measure: by how far apart their colours look, edges of letters that are
    drawn a little differently left out.

    Args:
        expected: a picture.
        seen: likewise.
        allowed: the share of pixels, 0 to 1, that may be different.
    """
    one, other = _load(*expected), _load(*seen)
    if isinstance(one, str) or isinstance(other, str):
        words = [picture if isinstance(picture, str) else "a picture" for picture in (one, other)]
        return None if one == other else (words[0], words[1])
    if one.size != other.size:
        return f"{one.width}x{one.height} pixels", f"{other.width}x{other.height} pixels"
    share, whole = _share(one, other, allowed)
    if share <= allowed:
        return None
    return f"at most {allowed:.2%} of the pixels different", f"{'' if whole else 'at least '}{share:.2%}"


def _load(folder: Path, name: str | None) -> "Image | str":
    """Return a picture, or words on why there is none."""
    if not name:
        return _NONE
    try:
        return load_picture(folder, name)
    except NotUsable as error:
        return f"{_NONE}: {one_line(name, 80)} {error}"


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
