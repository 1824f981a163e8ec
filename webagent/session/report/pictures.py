"""The pictures of a session as a page holds them."""

import base64
import hashlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from webagent.session.named import NotUsable, read_picture, size_of


@dataclass(frozen=True)
class Picture:
    """A picture, kept once however often it is shown."""

    id: str
    """The element in the page that holds it."""
    width: int
    height: int
    data: str
    """The PNG file, as base64."""


class Album:
    """The pictures of one session folder, each distinct one once.

    Args:
        folder: the session folder; nothing outside of it is read, and no link is followed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._by_name: dict[str, Picture | NotUsable] = {}
        self._by_digest: dict[bytes, Picture] = {}

    @property
    def pictures(self) -> list[Picture]:
        """All that were asked for and found."""
        return list(self._by_digest.values())

    def get(self, name: str) -> Picture:
        """Return the picture of that path, relative to the folder.

        Raises:
            NotUsable: there is none that can be shown.
        """
        if name not in self._by_name:
            try:
                self._by_name[name] = self._kept(read_picture(self._folder, name))
            except NotUsable as why:
                self._by_name[name] = why
        found = self._by_name[name]
        if isinstance(found, NotUsable):
            raise found
        return found

    def _kept(self, data: bytes) -> Picture:
        digest = hashlib.sha256(data).digest()
        if digest not in self._by_digest:
            width, height = _verified(data)
            name = f"picture-{len(self._by_digest) + 1}"
            self._by_digest[digest] = Picture(name, width, height, base64.b64encode(data).decode())
        return self._by_digest[digest]


def _verified(data: bytes) -> tuple[int, int]:
    """Return width and height of a PNG.

    Raises:
        NotUsable: it is damaged.
    """
    from PIL import Image

    try:
        with Image.open(BytesIO(data), formats=["PNG"]) as picture:
            picture.verify()
    except Exception as error:  # a damaged file is met with whatever its decoder stumbles over
        raise NotUsable("is damaged") from error
    return size_of(data)
