"""What a model in this process saves by keeping what it has computed of a prompt: seconds a step, with and without.

    .venv/bin/python bench/kept_prefix.py [--shape tiny|3b|7b] [--device cuda] [--steps 8]

The weights are random, of the shape of Qwen2.5-VL's (7b: 17 GB on disk and in memory; it wants a GPU), so the replies
mean nothing; what is timed is real: a prompt that grows as in a run, with a screenshot of 1120x896 and a reply of 64
tokens a step, and older screenshots dropped as webagent drops them. Not part of the package, and never imported by it.
"""

import argparse
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parent.parent / "tests"))

from local.checkpoint import make
from PIL import Image
from smolagents.models import ChatMessage, MessageRole

from webagent.local_model import LocalModel

VIEW = (1120, 896)
REPLY = 64  # tokens
KEPT, ALONE = 6, 1  # pictures in memory: TidyMemory's limits with and without a kept prefix
VISION = {
    "depth": 32, "hidden_size": 1280, "intermediate_size": 3420, "num_heads": 16,
    "fullatt_block_indexes": [7, 15, 23, 31],
}  # fmt: skip
SHAPES: dict[str, dict[str, Any]] = {
    "tiny": {},
    "3b": {
        "text": {
            "vocab_size": 151_936, "hidden_size": 2048, "intermediate_size": 11_008, "num_hidden_layers": 36,
            "num_attention_heads": 16, "num_key_value_heads": 2,
        },
        "vision": {**VISION, "out_hidden_size": 2048},
    },
    "7b": {
        "text": {
            "vocab_size": 152_064, "hidden_size": 3584, "intermediate_size": 18_944, "num_hidden_layers": 28,
            "num_attention_heads": 28, "num_key_value_heads": 4,
        },
        "vision": {**VISION, "out_hidden_size": 3584},
    },
}  # fmt: skip


def shape(name: str) -> dict[str, Any]:
    """Return what the checkpoint of a shape has otherwise than the tests' own."""
    found = SHAPES[name]
    if not found:
        return {}
    mrope = {"type": "mrope", "rope_type": "default", "mrope_section": [16, 24, 24], "rope_theta": 1e6}
    text = {**found["text"], "rope_scaling": mrope, "tie_word_embeddings": name == "3b"}
    return {"text": text, "vision": found["vision"], "dtype": "bfloat16"}


def words(count: int) -> str:
    return " ".join(random.choice(["page", "click", "menu", "price", "shown"]) for _ in range(count))  # noqa: S311


def prompts(steps: int, most_pictures: int) -> list[list[ChatMessage]]:
    """Return the prompts of a run, each as long as webagent's are."""
    random.seed(0)
    begin = [
        ChatMessage(role=MessageRole.SYSTEM, content=[{"type": "text", "text": words(900)}]),
        ChatMessage(role=MessageRole.USER, content=[{"type": "text", "text": words(60)}]),
    ]
    done: list[tuple[str, str, Image.Image]] = []
    found = []
    pictured: set[int] = set()
    for step in range(steps):
        picture = Image.new("RGB", VIEW, tuple(random.randrange(256) for _ in range(3)))  # type: ignore[arg-type]  # noqa: S311
        done.append((words(40), words(40), picture))
        pictured.add(step)
        if len(pictured) > most_pictures:
            pictured = {step}
        turns = []
        for number, (reply, seen, shown) in enumerate(done):
            turns.append(ChatMessage(role=MessageRole.ASSISTANT, content=[{"type": "text", "text": reply}]))
            parts: list[dict[str, Any]] = [{"type": "image", "image": shown}] if number in pictured else []
            turns.append(ChatMessage(role=MessageRole.USER, content=[*parts, {"type": "text", "text": seen}]))
        found.append([*begin, *turns])
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--shape", choices=SHAPES, default="tiny")
    parser.add_argument("--device", default=None)
    parser.add_argument("--steps", type=int, default=8)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), **shape(told.shape), device=told.device or "cpu")
        how: dict[str, Any] = {"device": told.device, "max_pixels": VIEW[0] * VIEW[1], "max_new_tokens": REPLY}
        for keep, most in ((False, ALONE), (True, KEPT)):
            model = LocalModel(folder, keep_prefix=keep, do_sample=False, min_new_tokens=REPLY, **how)
            seconds, computed, lengths = [], [], []
            for prompt in prompts(told.steps, most):
                began = time.perf_counter()
                reply = model.generate(list(prompt))
                seconds.append(time.perf_counter() - began)
                computed.append(model.computed)
                assert reply.token_usage is not None
                lengths.append(reply.token_usage.input_tokens)
            later = seconds[1:]  # the first warms up
            print(
                f"{told.shape} on {model.weights.device}, prefix {'kept' if keep else 'computed anew'}: "
                f"{statistics.median(later):.2f} s a step ({min(later):.2f} to {max(later):.2f}), "
                f"{sum(computed)} of {sum(lengths)} prompt tokens computed",
                flush=True,
            )


if __name__ == "__main__":
    main()
