"""A vision-language model in this process, by transformers, which gets everything that its processor returns."""

import hashlib
import inspect
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from smolagents import Model, Tool
from smolagents.models import (
    ChatMessage,
    ChatMessageStreamDelta,
    MessageRole,
    TokenUsage,
    get_clean_message_list,
    get_tool_json_schema,
    remove_content_after_stop_sequences,
    tool_role_conversions,
)

from webagent.errors import ModelFailed
from webagent.fitting import Fitting, without_signs
from webagent.kept_prefix import Prompt, pictured, shared
from webagent.local_weights import SMALLER, Wanted, Weights, is_out_of_memory, load_weights

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_NEW_TOKENS = 2048
"""Tokens of a reply at most: a thought and a few lines of code have some hundred."""

# What `generate` may be told while a cache of ours is in use: beams, lookups and the like do other things with it.
_FIT_A_CACHE = frozenset({
    "max_new_tokens", "min_new_tokens", "do_sample", "temperature", "top_p", "top_k", "min_p", "repetition_penalty",
    "streamer", "stop_strings", "tokenizer", "stopping_criteria",
})  # fmt: skip
_PICTURE = "picture"  # what a picture is called while smolagents tidies messages, or it would pack each as PNG


class LocalModel(Model):
    """A smolagents `Model` that runs in this process and sees.

    smolagents' own `TransformersModel` (1.26) hands the model `input_ids` alone, so that it never sees a picture.
    Between two requests the part of the prompt that has not changed is not computed again, where the model's kind
    allows it: a transformers cache is kept, cut to the shared prefix. What is generated is the same without.

    Args:
        name: repository of the Hugging Face hub, or path of a folder with a checkpoint.
        device: cuda, mps or cpu; None takes the first of them that is there.
        quantize: `4bit`: weights in 4 bits, by bitsandbytes on cuda.
        max_pixels: pixels a picture may have before it is made smaller; None: what the checkpoint says.
        max_new_tokens: tokens of a reply at most.
        keep_prefix: whether to keep what was computed between requests.
        fitting: what is to be done with messages; None leaves them as they are.
        kwargs: passed to transformers' `generate`, for example `do_sample=False`.

    Attributes:
        weights: what was loaded, shared with other models of the same name.
        keeps_prefix: whether this kind of model, told this, can keep what was computed.
        computed: prompt tokens that were computed for the latest reply; the rest was kept.

    Raises:
        ModelConfigurationError: it cannot be loaded; the text says why and how to mend it.
    """

    def __init__(
        self,
        name: str,
        *,
        device: str | None = None,
        quantize: str | None = None,
        max_pixels: int | None = None,
        max_new_tokens: int = MAX_NEW_TOKENS,
        keep_prefix: bool = True,
        fitting: Fitting | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(model_id=name, **kwargs)
        self.weights = load_weights(Wanted(name, device, quantize))
        self.computed = 0
        self._max_pixels, self._max_new_tokens, self._fitting = max_pixels, max_new_tokens, fitting
        self.keeps_prefix = keep_prefix and _can_keep(self.weights) and self.kwargs.keys() <= _FIT_A_CACHE
        self._kept: tuple[Prompt, Any] | None = None

    def generate(
        self,
        messages: list[ChatMessage | dict[str, Any]],
        stop_sequences: list[str] | None = None,
        response_format: dict[str, str] | None = None,
        tools_to_call_from: list[Tool] | None = None,
        **kwargs: Any,
    ) -> ChatMessage:
        """Return the reply to these messages.

        Raises:
            ValueError: `response_format` is given, which transformers has no means for.
            ModelFailed: memory has run out.
        """
        request = self._request(messages, response_format, tools_to_call_from)
        text, count = self._reply(request, stop_sequences or [], kwargs)
        most = {**self.kwargs, **kwargs}.get("max_new_tokens", self._max_new_tokens)
        return ChatMessage(
            role=MessageRole.ASSISTANT,
            content=text,
            raw={"finish_reason": "length" if count >= most else "stop"},
            token_usage=TokenUsage(input_tokens=request.length, output_tokens=count),
        )

    def generate_stream(
        self,
        messages: list[ChatMessage | dict[str, Any]],
        stop_sequences: list[str] | None = None,
        response_format: dict[str, str] | None = None,
        tools_to_call_from: list[Tool] | None = None,
        **kwargs: Any,
    ) -> Generator[ChatMessageStreamDelta]:
        """Yield the reply part by part; the last part has the number of tokens. Closing it ends the work.

        Raises:
            ValueError: as `generate`.
            ModelFailed: likewise.
        """
        from transformers import TextIteratorStreamer

        request = self._request(messages, response_format, tools_to_call_from)
        streamer = TextIteratorStreamer(self.weights.processor.tokenizer, skip_prompt=True, skip_special_tokens=True)
        given_up = threading.Event()
        came: list[tuple[str, int] | BaseException] = []

        def work() -> None:
            try:
                came.append(self._reply(request, stop_sequences or [], kwargs, streamer, given_up))
            except BaseException as error:  # noqa: BLE001 - raised where the parts are read
                came.append(error)
            finally:
                streamer.end()

        thread = threading.Thread(target=work, name="webagent model", daemon=True)
        thread.start()
        held = max(map(len, stop_sequences or [""]))  # what may be the beginning of a stop sequence
        text, told = "", 0
        try:
            for part in streamer:
                text += part
                ready = min(len(text) - held, len(_until(text, stop_sequences)))
                if ready > told:
                    yield ChatMessageStreamDelta(content=text[told:ready])
                    told = ready
        finally:
            given_up.set()
            thread.join()
        (end,) = came
        if isinstance(end, BaseException):
            raise end
        whole, count = end
        yield ChatMessageStreamDelta(
            content=whole[told:], token_usage=TokenUsage(input_tokens=request.length, output_tokens=count)
        )

    @property
    def kind(self) -> str:
        """What its checkpoint calls its kind, such as `qwen2_5_vl`."""
        return str(self.weights.network.config.model_type)

    @property
    def fitting(self) -> Fitting | None:
        """What is done with messages; None: nothing."""
        return self._fitting

    def forget(self) -> None:
        """Let go of what is kept of the latest request, and of its memory."""
        self._kept = None

    def _request(
        self,
        messages: list[ChatMessage | dict[str, Any]],
        response_format: dict[str, str] | None,
        tools: list[Tool] | None,
    ) -> "_Request":
        if response_format is not None:
            raise ValueError("transformers cannot hold a model to a format: leave response_format out")
        processor = self.weights.processor
        if self._fitting is not None:
            messages = list(self._fitting.fit(messages))
        conversation, pictures = _conversation(messages, _signs(processor))
        schemas = [get_tool_json_schema(tool) for tool in tools] if tools else None
        prompt = processor.apply_chat_template(conversation, tools=schemas, add_generation_prompt=True, tokenize=False)
        how: dict[str, Any] = {}
        if self._max_pixels is not None and type(processor.image_processor).__name__.startswith("Qwen2VL"):
            least = processor.image_processor.size["shortest_edge"]
            how["size"] = {"shortest_edge": min(least, self._max_pixels), "longest_edge": self._max_pixels}
        with self._out_of_memory("reading the pictures"):
            inputs = processor(text=[prompt], images=pictures or None, return_tensors="pt", **how)
            return _Request(dict(inputs.to(self.weights.network.device)), pictures)

    def _reply(
        self,
        request: "_Request",
        stop_sequences: Sequence[str],
        kwargs: dict[str, Any],
        streamer: Any = None,
        given_up: threading.Event | None = None,
    ) -> tuple[str, int]:
        """Return the text of a reply and its number of tokens."""
        import torch

        weights = self.weights
        how: dict[str, Any] = {"max_new_tokens": self._max_new_tokens, "streamer": streamer, **self.kwargs, **kwargs}
        stop_sequences = [one for one in stop_sequences if one]
        if stop_sequences:
            how |= {"stop_strings": stop_sequences, "tokenizer": weights.processor.tokenizer}
        if given_up is not None:
            how["stopping_criteria"] = [
                lambda ids, *_, **__: torch.full((len(ids),), given_up.is_set(), device=ids.device)
            ]
        memory = self._out_of_memory(f"a prompt of {request.length} tokens")
        with weights.using, torch.inference_mode(), memory:
            kept, self._kept = self._kept, None  # none is left of it where this fails
            inputs, prompt, cache = self._begun(request, kept, keep=self.keeps_prefix and how.keys() <= _FIT_A_CACHE)
            output = weights.network.generate(**inputs, **how)[0]
            if cache is not None:
                self._kept = Prompt(output[: cache.get_seq_length()].tolist(), prompt.pictures), cache
        new = output[request.length :]
        text = str(weights.processor.tokenizer.decode(new, skip_special_tokens=True))
        return _until(text, stop_sequences), len(new)

    @contextmanager
    def _out_of_memory(self, over: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            raise ModelFailed(
                f"{self.model_id} ran out of memory on {self.weights.device} over {over}: take a smaller --viewport, "
                f"{SMALLER}"
            ) from error

    def _begun(
        self, request: "_Request", kept: tuple[Prompt, Any] | None, *, keep: bool
    ) -> tuple[dict[str, Any], Prompt, Any]:
        """Return what `generate` needs, the prompt, and the cache that is filled; None where none is kept."""
        network, inputs = self.weights.network, dict(request.inputs)
        self.computed = request.length
        if not keep:
            return inputs, Prompt(()), None
        from transformers import DynamicCache

        grids: Any = inputs.get("image_grid_thw")
        parts = grids.prod(dim=1) if grids is not None else None
        try:
            prompt = self._pictured(request, parts)
        except (ValueError, AttributeError):  # of another kind: which of its pictures are new, its tensors do not tell
            return inputs, Prompt(()), None
        length, cache = 0, None
        if kept is not None:
            before, cache = kept
            length = shared(before, prompt)
            try:
                cache.crop(length - cache.get_seq_length())
            except (RuntimeError, ValueError, NotImplementedError):  # a window that has slid past cannot go back
                length, cache = 0, None
        if cache is None:
            cache = DynamicCache(config=network.config.get_text_config())
        inputs["cache"], self.computed = cache, request.length - length
        if hasattr(network.base_model, "rope_deltas"):
            network.base_model.rope_deltas = None  # of another prompt, maybe another agent's; made anew from this one
        if parts is not None:
            pixels = inputs.pop("pixel_values")
            known = sum(1 for picture in prompt.pictures if picture.start < length)
            if known < len(grids):
                new = pixels[int(parts[:known].sum()) :]
                features = network.get_image_features(new, grids[known:], return_dict=True)
                inputs["mm_encoder_outputs"] = {"image": features}
        return inputs, prompt, cache

    def _pictured(self, request: "_Request", parts: Any) -> Prompt:
        """Return a request's prompt; `parts` has the patches of each picture, before some are merged to a token."""
        processor, network = self.weights.processor, self.weights.network
        sizes = [] if parts is None else (parts // processor.image_processor.merge_size**2).tolist()
        tokens = request.inputs["input_ids"][0].tolist()
        if len(sizes) != len(request.pictures):
            raise ValueError("pictures without a grid")
        return pictured(tokens, network.config.image_token_id, request.digests, sizes)


def _until(text: str, stop_sequences: Sequence[str] | None) -> str:
    """Return a text up to the first stop sequence in it: the token that completes one may go on."""
    return str(remove_content_after_stop_sequences(text, [one for one in stop_sequences or [] if one]))


def _can_keep(weights: Weights) -> bool:
    """Return whether a part of a prompt with pictures can be kept.

    The tensors must tell one picture from the next, as in Qwen's kind, and every layer remember all that it has read.
    """
    takes = inspect.signature(weights.network.forward).parameters
    layers = getattr(weights.network.config.get_text_config(), "layer_types", None) or ["full_attention"]
    return (
        {"mm_encoder_outputs", "image_grid_thw"} <= takes.keys()
        and hasattr(weights.processor.image_processor, "merge_size")
        and set(layers) == {"full_attention"}
    )


def _signs(processor: Any) -> list[str]:
    """Return what a model reads as a sign and not as text: where a turn begins or ends, where a picture stands."""
    own = (getattr(processor, name, None) for name in ("image_token", "video_token"))
    return sorted({*processor.tokenizer.all_special_tokens, *filter(None, own)}, key=len, reverse=True)


@dataclass
class _Request:
    """What a processor has made of messages."""

    inputs: dict[str, Any]
    pictures: "list[Image]"

    @property
    def length(self) -> int:
        """Tokens of the prompt, those of the pictures too."""
        return int(self.inputs["input_ids"].shape[1])

    @property
    def digests(self) -> list[bytes]:
        return [
            hashlib.sha256(b"%d %d " % picture.size + picture.mode.encode() + picture.tobytes()).digest()
            for picture in self.pictures
        ]


def _conversation(
    messages: list[ChatMessage | dict[str, Any]], signs: Sequence[str]
) -> "tuple[list[dict[str, Any]], list[Image]]":
    """Return messages as chat templates take them, and their pictures in order.

    The text of a page may hold what a model reads as a sign of its own, such as the end of a turn: it is spaced out.
    """
    pictures: list[Image] = []
    tidy: list[ChatMessage | dict[str, Any]] = []
    for message in messages:
        one = message if isinstance(message, ChatMessage) else ChatMessage.from_dict(message)
        content: list[dict[str, Any]] = (
            [{"type": "text", "text": one.content}] if isinstance(one.content, str) else one.content or []
        )
        parts = []
        for part in content:
            if part["type"] == "image":
                pictures.append(part["image"].convert("RGB"))  # as the model's processor would
                parts.append({"type": _PICTURE})
            else:
                parts.append({"type": "text", "text": without_signs(part["text"], signs)})
        tidy.append(ChatMessage(role=one.role, content=parts))
    conversation = get_clean_message_list(tidy, role_conversions=tool_role_conversions)
    for entry in conversation:
        entry["role"] = getattr(entry["role"], "value", entry["role"])
        entry["content"] = [{"type": "image"} if part["type"] == _PICTURE else part for part in entry["content"]]
    return conversation, pictures
