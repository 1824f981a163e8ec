"""`--to gif`: the pictures of a session as a film with captions.

The task, then each picture with what was done to it drawn on it and said below, then how the run ended. Steps that saw
the same picture share one frame.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from webagent.errors import ConfigurationError
from webagent.session.export.files import check_free, inside, load, write
from webagent.session.export.script import failure, thought
from webagent.session.format import Act, StepRecord
from webagent.session.reader import Session, as_drawn
from webagent.text import json_value, one_line, well_formed

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont, ImageFont

    Font = FreeTypeFont | ImageFont

_WIDTH = 800
"""Pixels; wider pictures are made smaller."""
_FIRST, _EACH, _LAST = 2500, 2200, 5000  # milliseconds
_MARGIN, _BIG, _SMALL = 14, 20, 15
_PAPER, _INK, _PALE, _RED = (24, 27, 33), (240, 242, 245), (160, 168, 180), (255, 110, 104)
_ACT = (233, 30, 99)
_FONTS = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf", "Arial.ttf", "Helvetica.ttc")
_FONTS_CJK = ("NotoSansCJK-Regular.ttc", "NotoSansCJKjp-Regular.otf", "wqy-zenhei.ttc", "Hiragino Sans GB.ttc")
_MOST_SAID = 3  # steps under one picture


@dataclass
class _Scene:
    """A picture, and the steps that saw it."""

    picture: str
    steps: list[StepRecord] = field(default_factory=list)


def export_gif(session: Session, path: Path, *, force: bool) -> list[str]:
    """Write the film to `path`; return what a person should know of it.

    Raises:
        ConfigurationError: the session holds no pictures, or the file is there already or cannot be written.
    """
    check_free(path, force=force)
    scenes = [scene for scene in _scenes(session) if inside(session.folder, scene.picture)]
    if not scenes:
        raise ConfigurationError(f"the session {session.folder.name} holds no pictures: there is nothing to show")
    frames = [_draw(session, scene) for scene in scenes]
    size = max(frame.width for frame in frames), max(frame.height for frame in frames)
    info = session.info
    head = f"{info.model} · {len(session.steps)} steps"
    first = _card(size, "Task", info.task, head)
    ended = info.outcome == "answered"
    words = _said(info.answer) if ended else info.reason or info.outcome or "The run has no end."
    last = _card(size, "Answer" if ended else "No answer", words, "", colour=_INK if ended else _RED)
    write(path, _gif([first, *(_on_paper(frame, size) for frame in frames), last]), force=force)
    return []


def _scenes(session: Session) -> list[_Scene]:
    """Return what is shown: each state of the page once, with the steps that acted on it."""
    scenes: list[_Scene] = []
    shown = session.info.opened.screenshot if session.info.opened else None
    for step in as_drawn(session):
        if shown and (not scenes or scenes[-1].picture != shown):
            scenes.append(_Scene(shown))
        if scenes:
            scenes[-1].steps.append(step)
        shown = step.screenshot or shown
    if shown and (not scenes or scenes[-1].picture != shown):
        scenes.append(_Scene(shown))
    return scenes


def _draw(session: Session, scene: _Scene) -> "Image":
    """Return a picture with the acts on it and the captions below."""
    from PIL import Image, ImageDraw

    picture = load(session.folder, scene.picture)
    scale = min(1.0, _WIDTH / picture.width)
    if scale < 1:
        picture = picture.resize((_WIDTH, max(1, round(picture.height * scale))), Image.Resampling.LANCZOS)
    for step in scene.steps:
        for number, act in enumerate(step.acts):
            _mark(picture, act, scale, str(number + 1) if len(step.acts) > 1 else "")
    lines: list[tuple[str, int, tuple[int, int, int]]] = []
    for step in scene.steps[-_MOST_SAID:]:
        what = "final_answer(...)" if step.final else _first_line(step)
        lines.append((f"{step.step}  {what}", _BIG, _INK))
        below = f"failed: {failure(step, 300)}" if step.error else thought(step, 300)
        lines.append((below, _SMALL, _RED if step.error else _PALE))
    if not scene.steps:
        lines.append(("The page at the end", _BIG, _INK))
    height = 2 * _MARGIN + sum(size + 8 for _, size, _ in lines)
    whole = Image.new("RGB", (picture.width, picture.height + height), _PAPER)
    whole.paste(picture, (0, 0))
    pen = ImageDraw.Draw(whole)
    y = picture.height + _MARGIN
    for text, size, colour in lines:
        font = _font(size, text)
        pen.text((_MARGIN, y), _fitted(text, font, whole.width - 2 * _MARGIN), font=font, fill=colour)
        y += size + 8
    return whole


def _first_line(step: StepRecord) -> str:
    lines = [line for line in (step.code or "").splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return one_line("; ".join(line.strip() for line in lines) or "(no code)", 300)


def _mark(picture: "Image", act: Act, scale: float, number: str) -> None:
    """Draw where something was done: a box around the element, or a ring around the point."""
    from PIL import ImageDraw

    pen = ImageDraw.Draw(picture, "RGBA")
    far = 2.0 * max(picture.size) / scale
    x, y, width, height = (max(-far, min(far, side)) * scale for side in (act.x, act.y, act.width, act.height))
    if not all(side == side for side in (x, y, width, height)):  # not a number
        return
    if width > 1 and height > 1:
        box = (x - 3, y - 3, x + width + 3, y + height + 3)
        pen.rounded_rectangle(box, radius=4, outline=(*_ACT, 255), width=3, fill=(*_ACT, 36))
    else:
        pen.ellipse((x - 14, y - 14, x + 14, y + 14), outline=(*_ACT, 255), width=3, fill=(*_ACT, 60))
        pen.ellipse((x - 3, y - 3, x + 3, y + 3), fill=(*_ACT, 255))
        x, y = x - 14, y - 14
    if number:  # at the corner, where it hides nothing
        pen.text((x - 16, y - 12), number, font=_font(_SMALL, number), fill=_ACT, stroke_width=2, stroke_fill="white")


def _card(size: tuple[int, int], title: str, text: str, below: str, colour: tuple[int, int, int] = _INK) -> "Image":
    """Return a page of text."""
    from PIL import Image, ImageDraw

    card = Image.new("RGB", size, _PAPER)
    pen = ImageDraw.Draw(card)
    left, width = _MARGIN * 3, size[0] - _MARGIN * 6
    font = _font(_BIG + 4, text)
    most = max(1, (size[1] - _MARGIN * 12) // (_BIG + 14))
    lines = _wrapped(one_line(well_formed(text), 2000), font, width, most)
    y = max(_MARGIN * 3, (size[1] - len(lines) * (_BIG + 14)) // 2)
    pen.text((left, y - _BIG - 20), title, font=_font(_BIG, title), fill=_PALE)
    for line in lines:
        pen.text((left, y), line, font=font, fill=colour)
        y += _BIG + 14
    if below:
        pen.text((left, y + 16), _fitted(below, _font(_SMALL, below), width), font=_font(_SMALL, below), fill=_PALE)
    return card


def _on_paper(frame: "Image", size: tuple[int, int]) -> "Image":
    from PIL import Image

    if frame.size == size:
        return frame
    paper = Image.new("RGB", size, _PAPER)
    paper.paste(frame, ((size[0] - frame.width) // 2, 0))
    return paper


def _gif(frames: Sequence["Image"]) -> bytes:

    small = [_few_colours(frame) for frame in frames]
    out = io.BytesIO()
    times = [_FIRST, *([_EACH] * (len(small) - 2)), _LAST]
    small[0].save(out, format="GIF", save_all=True, append_images=small[1:], duration=times, loop=0, optimize=False)
    return out.getvalue()


def _few_colours(frame: "Image") -> "Image":
    """Return a frame with a palette of its own. Dithering would blur flat colours and small text."""
    from PIL import Image

    ours = [*_PAPER, *_INK, *_PALE, *_RED, *_ACT]  # too rare in a picture to be kept by themselves
    most = 256 - len(ours) // 3
    found = frame.quantize(most, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette([*found[: most * 3], *ours])
    return frame.quantize(palette=palette, dither=Image.Dither.NONE)


def _said(answer: Any) -> str:
    import json

    return answer if isinstance(answer, str) else json.dumps(json_value(answer), ensure_ascii=False)


def _font(size: int, text: str) -> "Font":
    """Return the first font there is for a text; Pillow's own where there is none."""
    from PIL import ImageFont

    wide = any("\u2e80" <= one <= "\uffef" for one in text)
    for name in (*_FONTS_CJK, *_FONTS) if wide else _FONTS:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return ImageFont.load_default(size)


def _fitted(text: str, font: "Font", width: int) -> str:
    """Return text on one line, cut with an ellipsis where it is wider than `width` pixels."""
    line = one_line(well_formed(text), 400)
    if font.getlength(line) <= width:
        return line
    low, high = 0, len(line)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if font.getlength(line[:middle] + "…") <= width else (low, middle - 1)
    return line[:low].rstrip() + "…"


def _wrapped(text: str, font: "Font", width: int, most: int) -> list[str]:
    """Return text in lines of at most `width` pixels; words that are longer are cut, and so is what is too much."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        tried = f"{line} {word}".strip()
        if font.getlength(tried) <= width:
            line = tried
            continue
        lines += [line] if line else []
        line = word
        while line and font.getlength(line) > width:  # not even one letter may fit
            cut = next((n for n in range(len(line) - 1, 0, -1) if font.getlength(line[:n]) <= width), 1)
            lines.append(line[:cut])
            line = line[cut:]
    lines += [line] if line else []
    if len(lines) > most:
        lines = [*lines[: most - 1], _fitted(f"{lines[most - 1]} …", font, width)]
    return lines or [""]
