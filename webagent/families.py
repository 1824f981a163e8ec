"""What is to be known of families of models and of who serves them: one table of each."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

Coordinates = Literal["pixels", "thousandths"]
"""How a family names a point of a picture: by its pixels, or by thousandths of its width and height."""


@dataclass(frozen=True)
class Family:
    """Models that were trained alike. Names are compared in small letters and digits alone."""

    name: str
    parts: tuple[str, ...]
    """A model whose name holds one of these is of this family."""
    coordinates: Coordinates = "pixels"
    patch: int | None = None
    """Pixels of which both sides of a picture are made a multiple, by whoever serves it; None: by another rule."""
    most_pixels: int | None = None
    """Pixels of a picture; a larger one is made smaller by whoever serves it."""
    signs: tuple[str, ...] = ()
    """What such a model reads as a sign and not as text, beside `<|…|>`."""


@dataclass(frozen=True)
class Host:
    """Who serves models."""

    providers: frozenset[str]
    """As names of models begin with them."""
    most_pixels: int | None = None
    """Pixels of a picture; see `Family`."""
    longest_side: int | None = None
    """Pixels of the longer side of a picture."""
    most_pictures: int | None = None
    """Pictures in one request."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """What a request says beside messages."""


_QWEN = 28 * 28 * 16_384  # max_pixels of the checkpoints' preprocessor_config.json
_GEMMA = ("<start_of_turn>", "<end_of_turn>", "<start_of_image>", "<bos>", "<eos>")
_MISTRAL = ("[INST]", "[/INST]", "[IMG]", "[IMG_BREAK]", "[IMG_END]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "</s>")

FAMILIES = (
    # Qwen2.5-VL, and what was made of it: absolute pixels (QwenLM/Qwen2.5-VL, issues 721 and 866).
    Family("Qwen2.5-VL", ("qwen25vl", "qwen2p5vl", "uitars15", "holo1", "fara7b", "gta1"), "pixels", 28, _QWEN),
    # 0 to 1000 before it and after it (QwenLM/Qwen3-VL, issues 1485 and 1741).
    Family("Qwen3-VL", ("qwen3vl", "qwen35", "qwen36"), "thousandths", 32),
    Family("Qwen2-VL", ("qwen2vl", "qwenvl", "uitars"), "thousandths", 28, _QWEN),
    Family("GLM-V", ("glm4v", "glm41v", "glm45v", "glm46v"), "thousandths", 28),
    Family("InternVL", ("internvl",), "thousandths", signs=("<IMG_CONTEXT>", "<img>", "</img>", "<image>")),
    Family("Gemini", ("gemini",), "thousandths"),
    Family("Gemma", ("gemma3", "gemma4", "paligemma"), signs=_GEMMA),
    Family("Mistral", ("pixtral", "mistralsmall31", "mistralsmall32", "ministral3"), signs=_MISTRAL),
    Family("LLaVA", ("llava", "bakllava"), signs=("<image>",)),
    Family("Claude", ("claude",)),
    Family("GPT", ("gpt4o", "gpt41", "gpt5")),
    Family("others that see", (
        "minicpmv", "kimivl", "llama4", "llama32vision", "moondream", "molmo", "smolvlm", "phi4multimodal", "idefics",
    )),
)  # fmt: skip
"""The first that fits is a model's."""

HOSTS = (
    # Its default of 4,096 tokens overflows with one picture; older ones stretch what is above 2 MP.
    Host(frozenset({"ollama", "ollama_chat"}), most_pixels=1 << 21, extra={"num_ctx": 16_384}),
    # Behind it stand several; the narrowest takes one picture a request, of 2,048 pixels a side.
    Host(frozenset({"huggingface"}), longest_side=2048, most_pictures=1),
    # Larger ones are made smaller (platform.claude.com, "Vision").
    Host(frozenset({"anthropic"}), most_pixels=1_200_000, longest_side=1568),
)


@dataclass(frozen=True)
class Rules:
    """What a model, where it is served, wants to be given; None and empty: as it comes."""

    coordinates: Coordinates = "pixels"
    patch: int | None = None
    most_pixels: int | None = None
    longest_side: int | None = None
    most_pictures: int | None = None
    signs: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    def scaled(self, size: tuple[int, int]) -> tuple[int, int]:
        """Return the width and height to which a picture is made smaller; `size` itself where it is small enough."""
        step, scale = self.patch or 1, 1.0
        width, height = (-(-side // step) * step for side in size)  # as it is when it is made a multiple
        if self.longest_side is not None:
            scale = min(scale, self.longest_side / max(width, height))
        if self.most_pixels is not None:
            scale = min(scale, (self.most_pixels / (width * height)) ** 0.5)
        if scale >= 1:
            return size
        return max(step, int(size[0] * scale) // step * step), max(step, int(size[1] * scale) // step * step)

    def grid(self, viewport: tuple[int, int]) -> tuple[int, int]:
        """Return in how many columns and rows the model names points of the page in view; often its pixels."""
        return (1000, 1000) if self.coordinates == "thousandths" else self.scaled(viewport)


def letters(name: str) -> str:
    """Return a name as names are compared."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def family_of(model: str) -> Family | None:
    """Return the family of a model, by its name; None where it is of none that is known to look at pictures."""
    plain = letters(model)
    return next((family for family in FAMILIES if any(part in plain for part in family.parts)), None)


def rules_for(model: str, api_base: str | None = None) -> Rules:
    """Return what a model wants to be given.

    Args:
        model: its name, with its provider.
        api_base: the address it is asked at, if one was given.
    """
    provider, slash, name = model.partition("/")
    family = family_of(name if slash else model) or Family("", ())
    if api_base is not None and (urlsplit(api_base).hostname or "").endswith(".huggingface.co"):
        provider = "huggingface"  # its router speaks OpenAI's protocol too
    host = next((host for host in HOSTS if provider in host.providers), Host(frozenset()))
    limits = [pixels for pixels in (family.most_pixels, host.most_pixels) if pixels is not None]
    return Rules(
        coordinates=family.coordinates,
        patch=family.patch,
        most_pixels=min(limits, default=None),
        longest_side=host.longest_side,
        most_pictures=host.most_pictures,
        signs=family.signs,
        extra=host.extra,
    )
