"""A Qwen2.5-VL of random weights, made here: small enough for a test, and loaded by the code that loads the real one.

    python -m local.checkpoint FOLDER

Its tokenizer knows bytes and a few words, its template is laid out as Qwen's, and its pictures are cut as Qwen2.5-VL's
are: 28 pixels a token each way.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SPECIAL = [
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>", "<|box_start|>",
    "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>",
    "<|image_pad|>", "<|video_pad|>",
]  # fmt: skip
WORDS = [
    "You do tasks on the web. You see a picture of a real browser after each step, and you act by writing Python.",
    "Thought: I see the page. <code> click('More') scroll_down(num_pixels=1200) go_back() </code> Observation: done.",
]
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% if message['content'] is string %}{{ message['content'] }}"
    "{% else %}{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<|vision_start|><|image_pad|><|vision_end|>{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def make(
    folder: Path,
    text: Mapping[str, Any] | None = None,
    vision: Mapping[str, Any] | None = None,
    dtype: str = "float32",
    device: str = "cpu",
) -> None:
    """Write a checkpoint into `folder`, of a few hundred kilobytes unless it is told to be larger.

    Args:
        folder: made if missing.
        text: what is to be otherwise in the configuration of the language half.
        vision: in that of the half that looks.
        dtype: of the weights.
        device: where they are made.
    """
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast, Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

    words = Tokenizer(models.BPE())
    words.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    words.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=600, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False
    )
    words.train_from_iterator(WORDS, trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=words,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        additional_special_tokens=[one for one in SPECIAL if one not in ("<|im_end|>", "<|endoftext|>")],
        model_max_length=32768,
        clean_up_tokenization_spaces=False,
        chat_template=TEMPLATE,
    )
    number = tokenizer.convert_tokens_to_ids
    text_config = {
        "vocab_size": (len(tokenizer) + 63) // 64 * 64,
        "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 32768,
        "rope_theta": 1e6, "rope_scaling": {
            "type": "mrope", "rope_type": "default", "mrope_section": [2, 3, 3], "rope_theta": 1e6,
        },
        "bos_token_id": number("<|endoftext|>"), "eos_token_id": number("<|im_end|>"),
        "pad_token_id": number("<|endoftext|>"), "tie_word_embeddings": True,
    } | dict(text or {})  # fmt: skip
    vision_config = {
        "depth": 2, "hidden_size": 32, "intermediate_size": 64, "num_heads": 2, "out_hidden_size": 64,
        "patch_size": 14, "spatial_merge_size": 2, "temporal_patch_size": 2, "window_size": 112,
        "fullatt_block_indexes": [1],
    } | dict(vision or {})  # fmt: skip
    config = Qwen2_5_VLConfig(
        text_config=text_config,
        vision_config=vision_config,
        tie_word_embeddings=True,
        image_token_id=number("<|image_pad|>"),
        video_token_id=number("<|video_pad|>"),
        vision_start_token_id=number("<|vision_start|>"),
        vision_end_token_id=number("<|vision_end|>"),
    )
    torch.manual_seed(0)
    with torch.device(device):
        torch.set_default_dtype(getattr(torch, dtype))
        try:
            model = Qwen2_5_VLForConditionalGeneration(config).eval()
        finally:
            torch.set_default_dtype(torch.float32)
    with torch.no_grad():
        for one in model.parameters():
            if one.dim() > 1:
                one.mul_(8)  # livelier than at the start of training, so that what is said depends on the picture
    model.generation_config.eos_token_id = [number("<|im_end|>"), number("<|endoftext|>")]
    model.generation_config.pad_token_id = number("<|endoftext|>")
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    pictures = {
        "min_pixels": 56 * 56, "max_pixels": 256 * 28 * 28,  # less than a screenshot has
        "patch_size": 14, "temporal_patch_size": 2, "merge_size": 2,
        "image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711],
        "image_processor_type": "Qwen2VLImageProcessor", "processor_class": "Qwen2_5_VLProcessor",
    }  # fmt: skip
    (folder / "preprocessor_config.json").write_text(json.dumps(pictures))


if __name__ == "__main__":
    make(Path(sys.argv[1]))
