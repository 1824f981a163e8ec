"""What a model sees at a place of its picture, it hits on the page, whatever its server makes of the picture."""

import math
from collections.abc import Callable

import pytest
from PIL import Image
from smolagents.models import ChatMessage, MessageRole

from webagent.families import rules_for
from webagent.fitting import Fitting
from webagent.grid import Grid

Size = tuple[int, int]
Server = Callable[[Image.Image, int, int], Image.Image]

VIEWS = [(1120, 896), (1280, 720), (1000, 1350), (1920, 1200), (800, 600)]
MARK = 5  # pixels of its side: odd, so that there is one in its middle


def as_served(size: Size, patch: int, least: int, most: int) -> Size:
    """Return the size that servers bring a picture to: both sides multiples of a patch, its area within bounds."""
    width, height = (max(patch, round(side / patch) * patch) for side in size)
    area = size[0] * size[1]
    if width * height > most:
        return tuple(math.floor(side / math.sqrt(area / most) / patch) * patch for side in size)  # type: ignore[return-value]
    if width * height < least:
        return tuple(math.ceil(side * math.sqrt(least / area) / patch) * patch for side in size)  # type: ignore[return-value]
    return width, height


def stretched(picture: Image.Image, patch: int, _: int) -> Image.Image:
    """As transformers and vLLM do it, with the bounds of the checkpoints."""
    return picture.resize(as_served(picture.size, patch, 4 * patch**2, 16_384 * patch**2), Image.Resampling.NEAREST)


def padded(picture: Image.Image, patch: int, least: int) -> Image.Image:
    """As llama.cpp does it: fitted into that size, which has at least so many tokens, and in the middle of it."""
    target = as_served(picture.size, patch, least * patch**2, 4096 * patch**2)
    scale = min(target[0] / picture.width, target[1] / picture.height)
    inner = picture.resize((round(picture.width * scale), round(picture.height * scale)), Image.Resampling.NEAREST)
    ground = Image.new("RGB", target, "black")
    ground.paste(inner, ((target[0] - inner.width) // 2, (target[1] - inner.height) // 2))
    return ground


def middle_of_the_mark(picture: Image.Image) -> tuple[float, float]:
    box = picture.getchannel("R").point(lambda red: 255 if red > 200 else 0).getbbox()
    assert box is not None
    left, top, right, bottom = box
    return (left + right) / 2, (top + bottom) / 2


def marked(view: Size, at: Size) -> Image.Image:
    picture = Image.new("RGB", view, (0, 0, 128))
    picture.paste((255, 0, 128), (at[0] - MARK // 2, at[1] - MARK // 2, at[0] + MARK // 2 + 1, at[1] + MARK // 2 + 1))
    return picture


@pytest.mark.parametrize("server", [stretched, padded])
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(
    ("model", "patch", "least"),
    [
        ("Qwen/Qwen2.5-VL-7B-Instruct", 28, 1024),  # as llama.cpp is to be told
        ("ollama/qwen2.5vl", 28, 1024),
        ("Qwen/Qwen3-VL-8B-Instruct", 32, 8),  # as it does by itself
    ],
)
def test_a_mark_is_hit_where_the_model_sees_it(model: str, patch: int, least: int, view: Size, server: Server) -> None:
    rules = rules_for(model)
    fitting, grid = Fitting(rules, view), Grid(view, rules.grid(view))
    places = [(2, 2), (view[0] - 3, view[1] - 3), (view[0] // 2, view[1] // 2), (97, 311), (view[0] - 61, 140)]
    for place in places:
        message = ChatMessage(role=MessageRole.USER, content=[{"type": "image", "image": marked(view, place)}])
        (fitted,) = fitting.fit([message])
        sent = fitted.content[0]["image"]
        seen = server(sent, patch, least)
        x, y = middle_of_the_mark(seen)
        if rules.coordinates == "thousandths":
            x, y = x * 1000 / seen.width, y * 1000 / seen.height
        # A model of pixels names whole ones. What is lost by naming whole thousandths is no server's doing.
        x, y = (math.floor(x), math.floor(y)) if rules.coordinates == "pixels" else (round(x, 1), round(y, 1))
        hit = grid.to_pixel(x, y)
        assert hit is not None
        assert max(abs(hit[0] - place[0]), abs(hit[1] - place[1])) <= 1, (place, seen.size, hit)


def test_without_the_fitting_it_would_be_missed() -> None:
    """So that the test above can fail: what the servers do is felt."""
    view = (1280, 720)
    for server in (stretched, padded):
        x, y = middle_of_the_mark(server(marked(view, (1277, 717)), 28, 1024))
        assert max(abs(x - 1277.5), abs(y - 717.5)) > 3
