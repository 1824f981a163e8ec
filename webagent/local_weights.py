"""Weights of a model in this process: loaded once, and shared by every agent of the program that names them."""

import json
import os
import threading
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from webagent.errors import ModelConfigurationError
from webagent.text import one_line

SMALLER = "load it in 4 bits (--quantize 4bit, on NVIDIA), or take a smaller model"
"""What helps where memory does not suffice, worded to follow a colon."""


_HUB_SECONDS = 10.0  # for a word of the hub


@dataclass(frozen=True)
class Wanted:
    """What is to be loaded, and how."""

    name: str
    """A repository of the Hugging Face hub, or a folder."""
    device: str | None = None
    """cuda, mps or cpu; None: the first of them that is there."""
    quantize: str | None = None
    """4bit, or None."""


@dataclass
class Weights:
    """A model that is loaded."""

    network: Any
    """A transformers `PreTrainedModel` that makes text of pictures and text."""
    processor: Any
    """Its transformers `ProcessorMixin`."""
    device: str
    """Where it computes: cuda, mps or cpu."""
    using: threading.Lock = field(default_factory=threading.Lock)
    """Held while it generates: a model remembers positions between the tokens of one reply."""


_loaded: dict[Wanted, Future[Weights]] = {}
_loading = threading.Lock()


def load_weights(wanted: Wanted) -> Weights:
    """Return the weights, once they are loaded; a second call waits for the first and returns the same.

    Raises:
        ModelConfigurationError: they cannot be had, or do not fit.
    """
    with _loading:
        ours = wanted not in _loaded
        future = _loaded.setdefault(wanted, Future())
    if ours:
        try:
            future.set_result(_load(wanted))
        except BaseException as error:
            with _loading:
                del _loaded[wanted]  # whoever asks next tries again
            future.set_exception(error)
            raise
    return future.result()


def check_local(name: str) -> None:
    """Return if a local model of that name may be there, as far as is seen without loading anything.

    Raises:
        ModelConfigurationError: its packages are missing, or it names a folder without a model.
    """
    from importlib.util import find_spec

    missing = [package for package in ("torch", "transformers", "accelerate") if find_spec(package) is None]
    if missing:
        raise ModelConfigurationError(
            f"a model in this process needs {' and '.join(missing)}, not installed here: "
            "pip install torch 'transformers>=5.24' accelerate, or serve it (vLLM, llama.cpp, Ollama) and give its "
            "--api-base"
        )
    if not name.strip("/"):
        raise ModelConfigurationError(
            "--model local/ names no model: write local/Qwen/Qwen2.5-VL-7B-Instruct, or local/ and the path of a folder"
        )
    folder = folder_of(name)
    if folder is not None and not _is_there(folder / "config.json"):
        raise ModelConfigurationError(
            f"there is no model in {one_line(folder, 300)}: a model's folder holds config.json and *.safetensors, as "
            "`hf download` and save_pretrained write them"
        )


def folder_of(name: str) -> Path | None:
    """Return the folder that a name means; None where it means a repository of the hub."""
    path = Path(name)
    with suppress(RuntimeError):  # of a user that there is not
        path = path.expanduser()
    if path.is_absolute() or name.startswith((".", "~")) or _is_there(path):
        return path
    return None


def kind_of(name: str) -> str:
    """Return the `model_type` in a folder's config.json; empty where there is no such folder, or it says none.

    Args:
        name: path of a folder with a checkpoint, or a repository.
    """
    folder = folder_of(name)
    try:
        said = json.loads((folder / "config.json").read_bytes()) if folder is not None else {}
    except (OSError, ValueError, RecursionError):
        return ""
    kind = said.get("model_type") if isinstance(said, dict) else None
    return kind if isinstance(kind, str) else ""


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name that is none, for its length
        return False


def _load(wanted: Wanted) -> Weights:
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    check_local(wanted.name)
    import torch

    device = _device(wanted, torch)
    how: dict[str, Any] = {
        "dtype": "auto",
        "device_map": "auto" if device == "cuda" else device,
        "use_safetensors": True,  # others are programs: they run when they are read
    }
    if wanted.quantize is not None:
        how["quantization_config"] = _four_bits(device, torch)
    folder, name = folder_of(wanted.name), one_line(wanted.name, 200)
    here = folder is not None or _is_on_disk(wanted.name)
    try:
        try:
            processor, network = _loaded_from(str(folder or wanted.name), name, here, how)
        except Exception as error:
            if not here or folder is not None or isinstance(error, ModelConfigurationError) or is_out_of_memory(error):
                raise
            _ask_the_hub(wanted.name)  # its download was not complete
            processor, network = _loaded_from(wanted.name, name, False, how)
    except ModelConfigurationError:
        raise
    except Exception as error:
        raise _explained(error, name, device, folder) from error
    if device == "cuda" and {"cpu", "disk"} & set(map(str, getattr(network, "hf_device_map", {}).values())):
        raise ModelConfigurationError(f"{name} does not fit into the memory of {device}: {SMALLER}")
    return Weights(network, processor, device)


def _is_on_disk(repository: str) -> bool:
    """Return whether a repository of the hub has been downloaded; if not, make sure that it can be.

    Raises:
        ModelConfigurationError: there is no such repository, or no way to it. transformers would try for minutes.
    """
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    with suppress(HFValidationError):  # the hub says it better
        if isinstance(try_to_load_from_cache(repository, "config.json"), str):
            return True
    _ask_the_hub(repository)
    return False


def _ask_the_hub(repository: str) -> None:
    from huggingface_hub import HfApi

    try:
        HfApi().model_info(repository, timeout=_HUB_SECONDS)
    except Exception as error:
        raise ModelConfigurationError(
            f"{one_line(repository, 200)} could not be had from the Hugging Face hub: check its name and the network, "
            f"set HF_TOKEN where it is gated, or give the path of a folder ({one_line(error, 160)})"
        ) from error


def _loaded_from(source: str, name: str, here: bool, how: dict[str, Any]) -> tuple[Any, Any]:
    """Return processor and network; with `here`, nobody is asked whether there is a newer one."""
    from transformers import AutoConfig, AutoModelForImageTextToText
    from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES

    where = {"local_files_only": here, "trust_remote_code": False}
    config = AutoConfig.from_pretrained(source, **where)
    if config.model_type not in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES:
        raise ModelConfigurationError(
            f"{name} is no model that looks at pictures ({one_line(config.model_type, 40)}): take one that does, such "
            "as local/Qwen/Qwen2.5-VL-7B-Instruct"
        )
    processor = _processor(source, config.model_type, where)
    _check_words(processor, config, name)
    network = AutoModelForImageTextToText.from_pretrained(source, config=config, **where, **how)
    return processor, network.eval()


def check_device(wanted: Wanted) -> str:
    """Return where a model would compute: cuda, mps or cpu.

    Raises:
        ModelConfigurationError: it cannot, as it is wanted.
    """
    import torch

    device = _device(wanted, torch)
    if wanted.quantize is not None:
        _four_bits(device, torch)
    return device


def _device(wanted: Wanted, torch: Any) -> str:
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted.device is None:
        return next(device for device, is_there in there.items() if is_there)
    if not there[wanted.device]:
        others = " or ".join(device for device, is_there in there.items() if is_there)
        raise ModelConfigurationError(
            f"there is no {wanted.device} for torch {torch.__version__} on this machine: leave --device out, or give "
            f"--device {others}"
        )
    return wanted.device


def _four_bits(device: str, torch: Any) -> Any:
    from importlib.util import find_spec

    if device != "cuda":
        raise ModelConfigurationError(
            f"--quantize 4bit needs an NVIDIA card, and this run computes on {device}: leave it out, or serve a "
            "quantised model with llama.cpp or Ollama"
        )
    if find_spec("bitsandbytes") is None:
        raise ModelConfigurationError(
            "--quantize 4bit needs bitsandbytes, which is not installed: pip install bitsandbytes"
        )
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_compute_dtype=torch.bfloat16,
        bnb_4bit_use_double_quant=True,
    )


def _processor(source: str, model_type: str, where: dict[str, Any]) -> Any:
    """Return a model's processor; without torchvision, which Qwen's needs for videos alone, one without them."""
    from transformers import AutoImageProcessor, AutoProcessor, AutoTokenizer
    from transformers.models.auto.processing_auto import PROCESSOR_MAPPING_NAMES

    try:
        return AutoProcessor.from_pretrained(source, **where)
    except ImportError as error:
        if "torchvision" not in str(error).lower():
            raise
        if not model_type.startswith("qwen"):
            raise ModelConfigurationError(
                f"models of the kind {one_line(model_type, 40)} need torchvision, which is not installed: pip install "
                "torchvision, in the version for your torch"
            ) from error
    import transformers

    kind: Any = getattr(transformers, PROCESSOR_MAPPING_NAMES[model_type])

    class WithoutVideos(kind):
        def check_argument_for_proper_class(self, argument_name: str, argument: Any) -> Any:
            if argument is None and argument_name == "video_processor":
                return type(None)
            return super().check_argument_for_proper_class(argument_name, argument)

    tokenizer = AutoTokenizer.from_pretrained(source, **where)
    return WithoutVideos(
        image_processor=AutoImageProcessor.from_pretrained(source, **where),
        tokenizer=tokenizer,
        video_processor=None,
        chat_template=_chat_template(source, where["local_files_only"]) or tokenizer.chat_template,
    )


def _chat_template(source: str, here: bool) -> Any:
    """Return the template that belongs to the processor, where there is one beside the tokenizer's."""

    from transformers.utils import cached_file

    for file in ("chat_template.jinja", "chat_template.json"):
        found = cached_file(source, file, local_files_only=here, _raise_exceptions_for_missing_entries=False)
        if found is not None:
            text = Path(found).read_text(encoding="utf-8")
            return text if file.endswith(".jinja") else json.loads(text)["chat_template"]
    return None


def _check_words(processor: Any, config: Any, name: str) -> None:
    """Return if a request can be written for the model, which is seen only later otherwise."""
    if not processor.chat_template:
        raise ModelConfigurationError(
            f"{name} has no chat template: chat_template.jinja (or .json) is missing beside its config.json, or the "
            "model is none that was trained to answer (take one whose name ends in -Instruct)"
        )
    asked = [{"role": "user", "content": [{"type": "text", "text": "?"}]}]
    processor.apply_chat_template(asked, add_generation_prompt=True, tokenize=False)
    sign, number = getattr(processor, "image_token", None), getattr(config, "image_token_id", None)
    if sign is not None and number is not None and processor.tokenizer.convert_tokens_to_ids(sign) != number:
        raise ModelConfigurationError(
            f"the tokenizer of {name} is not the model's: is tokenizer.json there, as it was downloaded?"
        )


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an error means that memory has run out, of this machine or its accelerator."""
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or (isinstance(error, RuntimeError) and "out of memory" in str(error).lower())
        or (isinstance(error, RuntimeError) and "can't allocate memory" in str(error))
        or "dispatched on the CPU or the disk" in str(error)  # of 4 bits
    )


def _explained(error: Exception, name: str, device: str, folder: Path | None) -> ModelConfigurationError:
    if is_out_of_memory(error):
        return ModelConfigurationError(f"{name} does not fit into the memory of {device}: {SMALLER}")
    if "trust_remote_code" in str(error):
        return ModelConfigurationError(f"{name} brings code of its own, which is not run here: take another model")
    said = one_line(str(error).strip().partition("\n")[0], 160)
    where = "the folder complete" if folder is not None else "the network there"
    return ModelConfigurationError(
        f"{name} could not be loaded ({type(error).__name__}: {said}): is {where}, and transformers new enough for it?"
    )
