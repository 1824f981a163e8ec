"""The pictures of a session as a page holds them."""

import base64
import hashlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from webagent.session.named import NotUsable, read_picture, size_of

_MOST_BYTES = 200_000_000


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
        most_bytes: of all the pictures together; those that would exceed it are left out.
    """

    def __init__(self, folder: Path, *, most_bytes: int = _MOST_BYTES) -> None:
        self._folder = folder
        self._left = most_bytes
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
        width, height = _verified(data)
        data = _bare(data)
        digest = hashlib.sha256(data).digest()
        if digest not in self._by_digest:
            if len(data) > self._left:
                raise NotUsable("is left out, for all of them together are too large to be shown")
            self._left -= len(data)
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


def _bare(data: bytes) -> bytes:
    """Return a PNG that has been verified, without what is not seen of it: a report is passed on."""
    at = 8
    kept = [data[:at]]
    kind = b""
    while kind != b"IEND" and at < len(data):
        kind, end = data[at + 4 : at + 8], at + 12 + int.from_bytes(data[at : at + 4])
        if kind[:1].isupper() or kind == b"tRNS":  # a capital: it cannot be done without (PNG specification, 5.4)
            kept.append(data[at:end])
        at = end
    return b"".join(kept)
