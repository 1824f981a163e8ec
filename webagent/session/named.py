"""Files that a session names, pictures above all, read with care: the session may be a stranger's."""

import errno
import os
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

from webagent.session.plain_file import open_plain

if TYPE_CHECKING:
    from PIL.Image import Image

_MOST_BYTES = 50_000_000
_MOST_SIDE = 20_000  # pixels
_MOST_PIXELS = 60_000_000  # below Pillow's own limit, past which it warns
_HEAD = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"  # width and height follow, four bytes each


class NotUsable(Exception):
    """Says what is wrong with a file that a session names, in words to follow its name: "is missing"."""


def open_named(folder: Path, name: str) -> BinaryIO:
    """Open a file of a session folder: one that lies in it, reached by no link, and nothing but a file.

    Args:
        folder: the session folder.
        name: path relative to it, as the session's files have it: it may be anything.

    Raises:
        NotUsable: it is none.
    """
    path = PurePosixPath(name)
    if "\0" in name or "\\" in name or path.is_absolute() or ".." in path.parts or not path.name:
        raise NotUsable("lies outside of the session's folder and was not read")
    try:
        whole = folder.resolve() / path
        # The same path once all links are followed: none leads away, not even to another file of the folder.
        if whole.resolve(strict=True) != whole:
            raise NotUsable("is a link and was not read")
        return open_plain(whole)
    except FileNotFoundError:
        raise NotUsable("is missing") from None
    except (OSError, RuntimeError, ValueError) as error:  # a ring of links is a RuntimeError
        if getattr(error, "errno", None) == errno.EINVAL:
            raise NotUsable("is no file and was not read") from None
        raise NotUsable("cannot be read") from error


def read_picture(folder: Path, name: str) -> bytes:
    """Return the bytes of a picture of a session folder: a PNG by its first bytes, and not too large to be unpacked.

    Raises:
        NotUsable: it is none; see also `open_named`.
    """
    with open_named(folder, name) as file:
        if os.fstat(file.fileno()).st_size > _MOST_BYTES:
            raise NotUsable("is too large to be shown")
        try:
            data = file.read(_MOST_BYTES)
        except OSError as error:
            raise NotUsable("cannot be read") from error
    width, height = size_of(data)
    if max(width, height) > _MOST_SIDE or width * height > _MOST_PIXELS:
        raise NotUsable("is too large to be shown")
    return data


def load_picture(folder: Path, name: str) -> "Image":
    """Return a picture of a session folder as RGB.

    Raises:
        NotUsable: it is none, or damaged.
    """
    from PIL import Image

    data = read_picture(folder, name)
    try:
        # Of other formats some are handed to programs: Ghostscript for EPS.
        with Image.open(BytesIO(data), formats=["PNG"]) as picture:
            return picture.convert("RGB")
    except Exception as error:  # a damaged file is met with whatever its decoder stumbles over
        raise NotUsable("is damaged") from error


def size_of(data: bytes) -> tuple[int, int]:
    """Return width and height of a PNG, as its header has them.

    Raises:
        NotUsable: it is none.
    """
    at = len(_HEAD)
    width, height = int.from_bytes(data[at : at + 4]), int.from_bytes(data[at + 4 : at + 8])
    if not data.startswith(_HEAD) or not width or not height:
        raise NotUsable("is damaged")
    return width, height
