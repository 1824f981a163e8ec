"""Pictures that a person gives with a task."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from webagent.errors import ConfigurationError
from webagent.text import one_line

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PIXELS = 1280 * 28 * 28
"""Pixels a task picture is shrunk to: 1,280 tokens for Qwen2.5-VL, the most its authors suggest for a picture."""


def load_picture(picture: Any) -> "Image":
    """Return a picture as RGB, of at most `MOST_PIXELS` pixels.

    Args:
        picture: a PIL image, or the path of a picture file.

    Raises:
        ConfigurationError: there is no such file, or it is no picture.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    if not isinstance(picture, Image.Image):
        path = Path(str(picture))
        try:
            path = path.expanduser()
            with Image.open(path) as opened:
                opened.load()
                picture = opened
        except FileNotFoundError as error:
            raise ConfigurationError(f"there is no picture {one_line(path)}: check the path") from error
        except (OSError, UnidentifiedImageError, Image.DecompressionBombError, ValueError, RuntimeError) as error:
            raise ConfigurationError(
                f"{one_line(path)} is no picture that can be read: give a PNG, JPEG or WebP"
            ) from error
    flat = _flattened(ImageOps.exif_transpose(picture))
    pixels = flat.width * flat.height
    if pixels <= MOST_PIXELS:
        return flat
    scale = (MOST_PIXELS / pixels) ** 0.5
    # A side of one pixel cannot shrink, and leaves that to the other.
    width, height = (max(1, min(MOST_PIXELS, int(side * scale))) for side in flat.size)
    return flat.resize((width, height))


def _flattened(picture: "Image") -> "Image":
    from PIL import Image

    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        ground = Image.new("RGBA", picture.size, "white")  # what is transparent would turn black
        return Image.alpha_composite(ground, picture.convert("RGBA")).convert("RGB")
    return picture.convert("RGB")
