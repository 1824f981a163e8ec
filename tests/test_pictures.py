"""Pictures that are given with a task."""

from pathlib import Path

import pytest
from PIL import Image

from webagent import ConfigurationError
from webagent.pictures import MOST_PIXELS, load_picture


def test_a_path_and_a_picture_give_the_same(tmp_path: Path) -> None:
    one = Image.new("RGB", (30, 20), "navy")
    one.save(tmp_path / "one.png")
    for given in (one, tmp_path / "one.png", str(tmp_path / "one.png")):
        loaded = load_picture(given)
        assert (loaded.mode, loaded.size, loaded.getpixel((3, 3))) == ("RGB", (30, 20), (0, 0, 128))


def test_a_path_may_begin_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    Image.new("RGB", (3, 2)).save(tmp_path / "mine.png")
    assert load_picture("~/mine.png").size == (3, 2)


def test_what_is_transparent_is_white() -> None:
    clear = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    clear.putpixel((1, 1), (255, 0, 0, 255))
    loaded = load_picture(clear)
    assert (loaded.mode, loaded.getpixel((0, 0)), loaded.getpixel((1, 1))) == ("RGB", (255,) * 3, (255, 0, 0))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "CMYK", "I;16", "I", "F", "YCbCr", "RGBa", "HSV"])
def test_every_kind_of_picture_becomes_rgb(mode: str) -> None:
    assert load_picture(Image.new(mode, (4, 4))).mode == "RGB"


def test_a_palette_with_a_transparent_colour_is_white_there(tmp_path: Path) -> None:
    picture = Image.new("P", (4, 4), 0)
    picture.putpalette([0, 0, 0, 255, 0, 0])
    picture.putpixel((1, 1), 1)
    picture.save(tmp_path / "one.gif", transparency=0)
    loaded = load_picture(tmp_path / "one.gif")
    assert (loaded.getpixel((0, 0)), loaded.getpixel((1, 1))) == ((255,) * 3, (255, 0, 0))


@pytest.mark.parametrize("opened", [False, True])
def test_a_photo_stands_upright(tmp_path: Path, opened: bool) -> None:
    photo = Image.new("RGB", (40, 20), "black")
    photo.putpixel((0, 0), (255, 255, 255))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise
    photo.save(tmp_path / "photo.png", exif=exif)
    if opened:
        with Image.open(tmp_path / "photo.png") as picture:
            loaded = load_picture(picture)
    else:
        loaded = load_picture(tmp_path / "photo.png")
    assert loaded.size == (20, 40)
    assert loaded.getpixel((19, 0)) == (255, 255, 255)


@pytest.mark.parametrize("size", [(4000, 3000), (3000, 4000), (1_200_000, 1), (1121, 896)])
def test_a_huge_picture_is_shrunk_and_keeps_its_form(size: tuple[int, int]) -> None:
    loaded = load_picture(Image.new("L", size))
    assert loaded.width * loaded.height <= MOST_PIXELS
    if min(size) > 1:
        assert loaded.width / loaded.height == pytest.approx(size[0] / size[1], rel=0.01)


def test_a_picture_of_the_viewport_is_left_as_it_is() -> None:
    assert load_picture(Image.new("RGB", (1120, 896))).size == (1120, 896)


def test_a_picture_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"there is no picture .*gone\.png: check the path"):
        load_picture(tmp_path / "gone.png")


def test_what_is_no_picture_is_said(tmp_path: Path) -> None:
    Image.new("RGB", (99, 99), "red").save(tmp_path / "half.png")
    whole = (tmp_path / "half.png").read_bytes()
    cases = {"text.png": b"hello", "half.png": whole[: len(whole) // 2], "none.png": b"", "page.svg": b"<svg/>"}
    for name, data in cases.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ConfigurationError, match="is no picture that can be read: give a PNG, JPEG or WebP"):
            load_picture(tmp_path / name)
    for other in (tmp_path, "a\0b", "~nobody-of-that-name/a.png", 3, None, b"bytes"):
        with pytest.raises(ConfigurationError):
            load_picture(other)


def test_a_picture_that_would_fill_the_memory_is_said(tmp_path: Path) -> None:
    Image.new("1", (30_000, 30_000)).save(tmp_path / "bomb.png")
    with pytest.raises(ConfigurationError, match="is no picture that can be read"):
        load_picture(tmp_path / "bomb.png")
