"""What is to be known of families of models and of who serves them: one table of each."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

Coordinates = Literal["pixels", "thousandths"]
"""How a family names a point of a picture: by its pixels, or by thousandths of its width and height."""


@dataclass(frozen=True)
class Family:
    """Models that were trained alike."""

    name: str
    parts: tuple[str, ...]
    """A model whose name holds one of these is of this family; see `plain`."""
    coordinates: Coordinates = "pixels"
    patch: int | None = None
    """Pixels of which both sides of a picture are made a multiple, by whoever serves it; None: by another rule."""
    least_pixels: int | None = None
    """Pixels of a picture; some servers make a smaller one larger."""
    most_pixels: int | None = None
    """Pixels of a picture; some servers make a larger one smaller."""
    longest_side: int | None = None
    """Pixels of the longer side of a picture; a longer one is made smaller."""
    signs: tuple[str, ...] = ()
    """What such a model reads as a sign and not as text, beside `<|…|>`, `<|…>` and `<…|>`."""
    closed: bool = False
    """Its weights are served by their owners alone."""


@dataclass(frozen=True)
class Host:
    """Who serves models."""

    providers: frozenset[str]
    """As names of models begin with them."""
    most_pixels: int | None = None
    """See `Family`."""
    longest_side: int | None = None
    """Likewise."""
    most_pictures: int | None = None
    """Pictures in one request."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """What a request says beside messages."""


# Patch, least and most pixels. Nothing is left to stretch, pad, shrink or enlarge of a picture that is a multiple of
# the patch and has 1,024 to 4,096 tokens: llama.cpp takes no more, and it and Ollama are told to take no fewer.
# Thousandths stay where they are in a larger picture.
_QWEN_2_5 = (28, 1024 * 28**2, 4096 * 28**2)
_QWEN_2 = (28, None, 4096 * 28**2)
_QWEN_3 = (32, None, 4096 * 32**2)
_GEMMA = (
    "<start_of_turn>", "<end_of_turn>", "<start_of_image>", "<end_of_image>", "<image_soft_token>", "<bos>", "<eos>",
)  # fmt: skip
_MISTRAL = ("[INST]", "[/INST]", "[IMG]", "[IMG_BREAK]", "[IMG_END]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "</s>")

FAMILIES: tuple[Family, ...] = (
    # Qwen2.5-VL, and what was made of it: absolute pixels (QwenLM/Qwen2.5-VL, issues 721 and 866).
    Family("Qwen2.5-VL", ("qwen2.5vl", "qwen25vl", "uitars1.5", "holo1", "fara7b", "gta1"), "pixels", *_QWEN_2_5),
    # 0 to 1000 before it and after it (QwenLM/Qwen3-VL, issues 1485 and 1741).
    Family("Qwen3-VL", ("qwen3vl", "qwen3.5", "qwen3.6", "holo2", "holo3"), "thousandths", *_QWEN_3),
    Family("Qwen2-VL", ("qwen2vl", "uitars"), "thousandths", *_QWEN_2),
    Family("GLM-V", ("glm4v", "glm4.1v", "glm4.5v", "glm4.6v", "glm5v"), "thousandths", 28),
    Family("InternVL", ("internvl",), "thousandths", signs=("<IMG_CONTEXT>", "<img>", "</img>", "<image>")),
    Family("Gemini", ("gemini",), "thousandths", closed=True),
    Family("Gemma", ("gemma3", "gemma4", "paligemma"), signs=_GEMMA),
    Family("Mistral", ("pixtral", "mistralsmall3.1", "mistralsmall3.2", "ministral3"), signs=_MISTRAL),
    # Larger pictures are made smaller (platform.claude.com, "Vision"); newer ones take more.
    Family("Claude", ("claude",), most_pixels=1_200_000, longest_side=1568, closed=True),
    Family("GPT", ("gpt4o", "gpt4.1", "gpt5"), closed=True),
    Family("others that see", (
        "qwenvlmax", "qwenvlplus", "llava", "minicpmv", "kimivl", "kimik2.5", "llama4", "llama3.2vision", "moondream",
        "molmo", "smolvlm", "phi4multimodal", "idefics",
    ), signs=("<image>",)),
)  # fmt: skip
"""The first that fits is a model's."""

HOSTS = (
    # Its default of 4,096 tokens overflows with one picture; older ones stretch what is above 2 MP.
    Host(frozenset({"ollama", "ollama_chat"}), most_pixels=1 << 21, extra={"num_ctx": 16_384}),
    # Behind it stand several; the narrowest takes one picture a request, of 2,048 pixels a side.
    Host(frozenset({"huggingface"}), longest_side=2048, most_pictures=1),
)


@dataclass(frozen=True)
class Rules:
    """What a model, where it is served, wants to be given; None and empty: as it comes."""

    coordinates: Coordinates = "pixels"
    patch: int | None = None
    least_pixels: int | None = None
    most_pixels: int | None = None
    longest_side: int | None = None
    most_pictures: int | None = None
    signs: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    def shrunk(self, size: tuple[int, int]) -> tuple[int, int]:
        """Return the width and height to which a picture is made smaller; `size` itself where it is small enough."""
        step, scale = self.patch or 1, 1.0
        width, height = multiple(size, step)
        if self.longest_side is not None:
            scale = min(scale, self.longest_side / max(width, height))
        if self.most_pixels is not None:
            scale = min(scale, (self.most_pixels / (width * height)) ** 0.5)
        if scale >= 1:
            return size
        return max(step, int(size[0] * scale) // step * step), max(step, int(size[1] * scale) // step * step)

    def scaled(self, view: tuple[int, int]) -> tuple[int, int]:
        """Return the width and height of a picture of the page, made smaller or larger as it is on its way."""
        width, height = view
        if self.least_pixels is None or width * height >= self.least_pixels:
            return self.shrunk(view)
        scale = (self.least_pixels / (width * height)) ** 0.5
        return multiple((math.ceil(width * scale), math.ceil(height * scale)), self.patch or 1)

    def grid(self, view: tuple[int, int]) -> tuple[int, int]:
        """Return in how many columns and rows the model names points of the page in view; often its pixels."""
        return (1000, 1000) if self.coordinates == "thousandths" else self.scaled(view)


def multiple(size: tuple[int, int], step: int) -> tuple[int, int]:
    """Return the next width and height that are multiples of `step`."""
    return -(-size[0] // step) * step, -(-size[1] // step) * step


def plain(name: str) -> str:
    """Return a name as names are compared: small letters, digits, and the point of a version, however it is written."""
    return re.sub(r"[^a-z0-9.]|(?<!\d)\.|\.(?!\d)", "", re.sub(r"(?<=\d)[_p](?=\d)", ".", name.lower()))


def family_of(model: str) -> Family | None:
    """Return the family of a model, by its name; None where it is of none that is known to look at pictures.

    Of a path, its last part counts before the folders.
    """
    for name in (model.rstrip("/").rpartition("/")[2], model):
        found = plain(name)
        for family in FAMILIES:
            if any(part in found for part in family.parts):
                return family
    return None


def rules_for(model: str, api_base: str | None = None, kind: str = "") -> Rules:
    """Return what a model wants to be given.

    Args:
        model: its name, with its provider.
        api_base: the address it is asked at, if one was given.
        kind: what its files say of themselves, where they are here: `model_type` of a config.json, or the architecture
            in a GGUF file.
    """
    provider = model.partition("/")[0]
    named, told = family_of(model), family_of(kind)
    if kind == "qwen2vl" and named is None:  # in GGUF files, of Qwen2-VL and Qwen2.5-VL alike
        named = family_of("qwen2.5-vl")
    family = (named if kind == "qwen2vl" else told or named) or Family("", ())
    if api_base is not None and (urlsplit(api_base).hostname or "").endswith(".huggingface.co"):
        provider = "huggingface"  # its router speaks OpenAI's protocol too
    host = next((host for host in HOSTS if provider in host.providers), Host(frozenset()))
    return Rules(
        coordinates=family.coordinates,
        patch=family.patch,
        least_pixels=family.least_pixels,
        most_pixels=_least(family.most_pixels, host.most_pixels),
        longest_side=_least(family.longest_side, host.longest_side),
        most_pictures=host.most_pictures,
        signs=family.signs,
        extra=host.extra,
    )


def _least(one: int | None, other: int | None) -> int | None:
    return min((limit for limit in (one, other) if limit is not None), default=None)
