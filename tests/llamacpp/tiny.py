"""A Qwen2.5-VL of random weights as two GGUF files, written here: small enough for a test, and loaded by llama.cpp.

    python -m llamacpp.tiny FOLDER

Its tokenizer knows bytes and the signs of Qwen's template; its pictures are cut as Qwen2.5-VL's are: 28 pixels a token
each way.
"""

import random
import struct
import sys
from array import array
from collections.abc import Mapping, Sequence
from math import prod
from pathlib import Path
from typing import Any

WIDTH, LAYERS, HIDDEN = 64, 2, 128
SIGHT, SIGHT_LAYERS, SIGHT_HIDDEN = 32, 2, 64
CONTEXT = 65_536
SIGNS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>"]
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{% if message['content'] is string %}"
    "{{ message['content'] }}{% else %}{% for part in message['content'] %}{{ part['text'] }}{% endfor %}{% endif %}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_ALIGNED = 32


class Float(float):
    """A number that is written as a float of 32 bits."""


def write(path: Path, entries: Mapping[str, Any], tensors: Mapping[str, Sequence[int]], *, loud: float = 0.2) -> None:
    """Write a GGUF file.

    Args:
        path: where to.
        entries: what it says of itself: texts, whole numbers, `Float`s, truth values, and lists of one kind of these.
        tensors: their shapes, the innermost side first, as llama.cpp counts. Their numbers are random, around 0, or
            around 1 for a norm.
        loud: how far from it.
    """
    chance = random.Random(0)
    infos, data, at = [], [], 0
    for name, shape in tensors.items():
        middle = 1.0 if "norm" in name or "ln" in name else 0.0
        numbers = array("f", (chance.gauss(middle, loud) for _ in range(prod(shape)))).tobytes()
        infos.append(_text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, at))
        padded = numbers + bytes(-len(numbers) % _ALIGNED)
        data.append(padded)
        at += len(padded)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(infos), len(entries))
    head += b"".join(_text(name) + struct.pack("<I", _kind(value)) + _value(value) for name, value in entries.items())
    head += b"".join(infos)
    path.write_bytes(head + bytes(-len(head) % _ALIGNED) + b"".join(data))


def _text(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def _kind(value: Any) -> int:
    kinds = {bool: 7, int: 5 if isinstance(value, int) and value < 0 else 4, Float: 6, str: 8, list: 9}
    return kinds[type(value)]


def _value(value: Any) -> bytes:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        kind = 5 if type(value[0]) is int else _kind(value[0])
        items = [struct.pack("<i", one) if kind == 5 else _value(one) for one in value]
        return struct.pack("<IQ", kind, len(value)) + b"".join(items)
    return struct.pack({7: "<?", 5: "<i", 4: "<I", 6: "<f"}[_kind(value)], value)


def _letters() -> list[str]:
    """Return how byte-level BPE writes each byte: as itself where it can be seen, else as a letter from 256 on."""
    seen = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = iter(range(256, 512))
    return [chr(byte) if byte in seen else chr(next(others)) for byte in range(256)]


def model(path: Path, **changed: Any) -> Path:
    """Write the model that reads and writes; `changed` entries by name, with `__` for a dot; None leaves one out."""
    tokens = [*_letters(), "he", *SIGNS]
    kinds = [1] * 257 + [3] * len(SIGNS)
    entries = {
        "general.architecture": "qwen2vl", "general.name": "tiny",
        "qwen2vl.context_length": CONTEXT, "qwen2vl.embedding_length": WIDTH, "qwen2vl.block_count": LAYERS,
        "qwen2vl.feed_forward_length": HIDDEN, "qwen2vl.attention.head_count": 4, "qwen2vl.attention.head_count_kv": 2,
        "qwen2vl.rope.freq_base": Float(1e6), "qwen2vl.attention.layer_norm_rms_epsilon": Float(1e-6),
        "qwen2vl.rope.dimension_sections": [2, 3, 3, 0],
        "tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "qwen2", "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": kinds, "tokenizer.ggml.merges": ["h e"],
        "tokenizer.ggml.eos_token_id": tokens.index("<|im_end|>"),
        "tokenizer.ggml.padding_token_id": tokens.index("<|endoftext|>"),
        "tokenizer.chat_template": TEMPLATE,
    }  # fmt: skip
    entries |= {name.replace("__", "."): value for name, value in changed.items()}
    width, count = entries["qwen2vl.embedding_length"], len(entries["tokenizer.ggml.tokens"])
    tensors: dict[str, Sequence[int]] = {"token_embd.weight": (width, count), "output_norm.weight": (width,)}
    for layer in range(LAYERS):
        tensors |= {
            f"blk.{layer}.{name}": shape
            for name, shape in {
                "attn_norm.weight": (width,), "ffn_norm.weight": (width,),
                "attn_q.weight": (width, width), "attn_q.bias": (width,),
                "attn_k.weight": (width, width // 2), "attn_k.bias": (width // 2,),
                "attn_v.weight": (width, width // 2), "attn_v.bias": (width // 2,),
                "attn_output.weight": (width, width), "ffn_gate.weight": (width, HIDDEN),
                "ffn_up.weight": (width, HIDDEN), "ffn_down.weight": (HIDDEN, width),
            }.items()
        }  # fmt: skip
    write(path, {name: value for name, value in entries.items() if value is not None}, tensors)
    return path


def mmproj(path: Path, width: int = WIDTH) -> Path:
    """Write its part for pictures, for a model that is `width` numbers wide."""
    entries = {
        "general.architecture": "clip", "general.type": "mmproj", "clip.has_vision_encoder": True,
        "clip.projector_type": "qwen2.5vl_merger", "clip.use_silu": True,
        "clip.vision.image_size": 560, "clip.vision.patch_size": 14, "clip.vision.embedding_length": SIGHT,
        "clip.vision.feed_forward_length": SIGHT_HIDDEN, "clip.vision.projection_dim": width,
        "clip.vision.block_count": SIGHT_LAYERS, "clip.vision.attention.head_count": 2,
        "clip.vision.attention.layer_norm_epsilon": Float(1e-6), "clip.vision.n_wa_pattern": 2,
        "clip.vision.image_mean": [Float(0.48145466), Float(0.4578275), Float(0.40821073)],
        "clip.vision.image_std": [Float(0.26862954), Float(0.26130258), Float(0.27577711)],
    }  # fmt: skip
    four = SIGHT * 4  # four patches become a token
    tensors: dict[str, Sequence[int]] = {
        "v.patch_embd.weight": (14, 14, 3, SIGHT), "v.patch_embd.weight.1": (14, 14, 3, SIGHT),
        "v.post_ln.weight": (SIGHT,),
        "mm.0.weight": (four, four), "mm.0.bias": (four,), "mm.2.weight": (four, width), "mm.2.bias": (width,),
    }  # fmt: skip
    for layer in range(SIGHT_LAYERS):
        tensors |= {
            f"v.blk.{layer}.{name}": shape
            for name, shape in {
                "ln1.weight": (SIGHT,), "ln2.weight": (SIGHT,),
                "attn_q.weight": (SIGHT, SIGHT), "attn_q.bias": (SIGHT,),
                "attn_k.weight": (SIGHT, SIGHT), "attn_k.bias": (SIGHT,),
                "attn_v.weight": (SIGHT, SIGHT), "attn_v.bias": (SIGHT,),
                "attn_out.weight": (SIGHT, SIGHT), "attn_out.bias": (SIGHT,),
                "ffn_gate.weight": (SIGHT, SIGHT_HIDDEN), "ffn_gate.bias": (SIGHT_HIDDEN,),
                "ffn_up.weight": (SIGHT, SIGHT_HIDDEN), "ffn_up.bias": (SIGHT_HIDDEN,),
                "ffn_down.weight": (SIGHT_HIDDEN, SIGHT), "ffn_down.bias": (SIGHT,),
            }.items()
        }  # fmt: skip
    write(path, entries, tensors)
    return path


if __name__ == "__main__":
    model(Path(sys.argv[1]) / "tiny.gguf")
    mmproj(Path(sys.argv[1]) / "mmproj-tiny.gguf")
