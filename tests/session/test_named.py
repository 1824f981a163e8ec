"""Files that a session names: what is read of what a stranger's session may name."""

import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from exported import final, session
from PIL import Image

from webagent import ConfigurationError
from webagent.fence import Fence
from webagent.session.compare_pictures import differ
from webagent.session.export import Format, export
from webagent.session.named import NotUsable, load_picture, open_named, read_picture
from webagent.session.reader import Session
from webagent.session.report.pictures import Album
from webagent.session.restore import remembered, task_pictures

EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n%%EOF\n"


def header(width: int, height: int) -> bytes:
    """A PNG that says that it has this size, and ends there."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "session"
    (made / "screenshots").mkdir(parents=True)
    Image.new("RGB", (9, 5), "red").save(made / "screenshots" / "0001.png")
    (tmp_path / "secret.png").write_bytes((made / "screenshots" / "0001.png").read_bytes())
    (made / "link.png").symlink_to("screenshots/0001.png")
    (made / "away").symlink_to(tmp_path)
    (made / "ring").symlink_to("ring")
    (made / "eps.png").write_bytes(EPS)
    (made / "bomb.png").write_bytes(header(50_000, 50_000))
    (made / "wide.png").write_bytes(header(20_001, 1))
    (made / "none.png").write_bytes(header(0, 9))
    (made / "half.png").write_bytes((made / "screenshots" / "0001.png").read_bytes()[:-40])
    with (made / "large.png").open("wb") as file:
        file.write(header(9, 5))
        file.truncate(50_000_001)
    os.mkfifo(made / "pipe.png")
    return made


def test_a_picture_of_the_folder_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_picture(folder, "screenshots/0001.png").size == (9, 5)
    monkeypatch.chdir(folder.parent)
    assert load_picture(Path("session"), "./screenshots/0001.png").getpixel((0, 0)) == (255, 0, 0)
    (folder.parent / "linked").symlink_to(folder)  # by the user: it is the session that names nothing elsewhere
    assert load_picture(folder.parent / "linked", "screenshots/0001.png").size == (9, 5)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "outside"), (".", "outside"), ("..", "outside"), ("../secret.png", "outside"), ("/etc/passwd", "outside"),
        ("screenshots/../screenshots/0001.png", "outside"), ("screenshots\\0001.png", "outside"), ("a\0", "outside"),
        ("link.png", "a link"), ("away/secret.png", "a link"), ("ring", "cannot be read"), ("screenshots", "no file"),
        ("pipe.png", "no file"), ("gone.png", "missing"), ("x" * 5000, "cannot be read"), ("\udcff", "missing"),
    ],
)  # fmt: skip
def test_nothing_but_files_of_the_folder_is_opened(folder: Path, name: str, why: str) -> None:
    with pytest.raises(NotUsable, match=why):
        open_named(folder, name)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("eps.png", "is damaged"), ("bomb.png", "is too large"), ("wide.png", "is too large"),
        ("large.png", "is too large"), ("none.png", "is damaged"),
    ],
)  # fmt: skip
def test_what_is_no_picture_or_too_large_is_not_unpacked(folder: Path, name: str, why: str) -> None:
    with pytest.raises(NotUsable, match=why):
        read_picture(folder, name)


def test_half_a_picture_is_damaged(folder: Path) -> None:
    with pytest.raises(NotUsable, match="is damaged"):
        load_picture(folder, "half.png")


def _compare(recorded: Session) -> None:
    said = differ((recorded.folder, "screenshots/0001.png"), (recorded.folder, None), 0.01)
    assert said is not None
    raise NotUsable(said[0])


USERS: list[Callable[[Session], object]] = [
    lambda recorded: export(recorded, Format.GIF),
    _compare,
    lambda recorded: Album(recorded.folder).get("screenshots/0001.png"),
    task_pictures,
]


@pytest.mark.parametrize(("data", "why"), [(EPS, "is damaged"), (header(50_000, 50_000), "is too large")])
def test_all_who_read_pictures_read_them_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, why: str
) -> None:
    ran = tmp_path / "ghostscript-ran"
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "gs").write_text(f"#!/bin/sh\ntouch '{ran}'\n")
    (tmp_path / "bin" / "gs").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    recorded = session(tmp_path / "sessions", final(1), pictures=True, images=[Image.new("RGB", (9, 9))])
    (recorded.folder / "screenshots" / "0001.png").write_bytes(data)
    (recorded.folder / "image-1.png").write_bytes(data)
    for user in USERS:
        with pytest.raises((NotUsable, ConfigurationError), match=why):
            user(recorded)
    assert [step.observations_images for step in remembered(recorded, keep_screenshots=1, fence=Fence())][1:] == [None]
    export(recorded, Format.JSONL)
    export(recorded, Format.PYTEST)
    assert [file.name for file in tmp_path.glob("tests/sessions/*/**/*.png")] == ["0000.png"]
    assert [file.name for file in tmp_path.glob("*-images/*")] == ["0000.png"]
    assert not ran.exists()
