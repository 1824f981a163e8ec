"""The pictures of a session, read with care: their names come from a file that may be anybody's."""

import base64
import hashlib
import os
import stat
import warnings
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath

_MOST_BYTES = 50_000_000
_MOST_SIDE = 20_000  # pixels


@dataclass(frozen=True)
class Picture:
    """A picture, kept once however often it is shown."""

    id: str
    """The element in the page that holds it."""
    width: int
    height: int
    data: str
    """The PNG file, as base64."""


class NoPicture(Exception):
    """Says why there is none, as a sentence for the reader."""


class Album:
    """The pictures of one session folder, each distinct one once.

    Args:
        folder: the session folder; nothing outside of it is read, and no link is followed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._by_name: dict[str, Picture | NoPicture] = {}
        self._by_digest: dict[bytes, Picture] = {}

    @property
    def pictures(self) -> list[Picture]:
        """All that were asked for and found."""
        return list(self._by_digest.values())

    def get(self, name: str) -> Picture:
        """Return the picture of that path, relative to the folder.

        Raises:
            NoPicture: there is none that can be shown.
        """
        if name not in self._by_name:
            try:
                self._by_name[name] = self._kept(read_picture(self._folder, name))
            except NoPicture as why:
                self._by_name[name] = why
        found = self._by_name[name]
        if isinstance(found, NoPicture):
            raise found
        return found

    def _kept(self, data: bytes) -> Picture:
        digest = hashlib.sha256(data).digest()
        if digest not in self._by_digest:
            width, height = _size(data)
            name = f"picture-{len(self._by_digest) + 1}"
            self._by_digest[digest] = Picture(name, width, height, base64.b64encode(data).decode())
        return self._by_digest[digest]


def read_picture(folder: Path, name: str) -> bytes:
    """Return the bytes of a picture in a session folder.

    Args:
        folder: the folder, links in its own path resolved.
        name: path relative to it, as the session's files have it: it may be anything.

    Raises:
        NoPicture: it is none, is not there, is too large, or does not lie in the folder.
    """
    path = PurePosixPath(name)
    if "\0" in name or "\\" in name or path.is_absolute() or ".." in path.parts or not path.name:
        raise NoPicture("The picture lies outside of the session's folder and was not read.")
    try:
        # The same path once all links are followed: none leads away, not even to another file of the folder.
        if (folder / path).resolve(strict=True) != folder / path:
            raise NoPicture("The picture is a link and was not read.")
        descriptor = os.open(folder / path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        with open(descriptor, "rb") as file:  # noqa: PTH123 - of a descriptor, so that what is looked at is what is read
            about = os.fstat(descriptor)
            if not stat.S_ISREG(about.st_mode):
                raise NoPicture("The picture is no file and was not read.")
            if about.st_size > _MOST_BYTES:
                raise NoPicture("The picture is too large to be shown.")
            return file.read(_MOST_BYTES)
    except FileNotFoundError:
        raise NoPicture("The picture is missing.") from None
    except (OSError, RuntimeError, ValueError) as error:  # a ring of links is a RuntimeError
        raise NoPicture("The picture cannot be read.") from error


def _size(data: bytes) -> tuple[int, int]:
    """Return width and height of a PNG.

    Raises:
        NoPicture: it is none, or damaged.
    """
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # of pictures that unpack to very much
            with Image.open(BytesIO(data), formats=["PNG"]) as picture:
                size = picture.size
                picture.verify()
    except Exception as error:  # a damaged file is met with whatever its decoder stumbles over
        raise NoPicture("The picture is damaged.") from error
    if max(size) > _MOST_SIDE:
        raise NoPicture("The picture is too large to be shown.")
    return size
