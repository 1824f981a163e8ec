"""The model flags of smolagents' own `webagent` command, so that its users can switch without learning new ones."""

from webagent.errors import ConfigurationError

MODEL_TYPES = ("OpenAIModel", "LiteLLMModel", "InferenceClientModel", "TransformersModel")
"""What `--model-type` can be: names of smolagents' model classes."""


def model_from_flags(
    model: str | None, model_type: str | None, model_id: str | None, provider: str | None
) -> str | None:
    """Return the model's name that these flags give, None where they give none.

    Args:
        model: webagent's own flag, a whole name; excludes the other three.
        model_type: one of `MODEL_TYPES`; LiteLLMModel where only `model_id` is given.
        model_id: the model's name without its provider (with it, for LiteLLMModel).
        provider: an inference provider of Hugging Face; for InferenceClientModel only.

    Raises:
        ConfigurationError: the flags contradict each other, or ask for what there is not.
    """
    if model_type is model_id is provider is None:
        return model
    if model is not None:
        raise ConfigurationError(
            "--model is the whole name of a model: leave out --model-type, --model-id and --provider"
        )
    if model_type not in (None, *MODEL_TYPES):
        raise ConfigurationError(f"--model-type {model_type} is not known: it must be one of {', '.join(MODEL_TYPES)}")
    if model_id is None:
        raise ConfigurationError("--model-type and --provider need --model-id: add it, or give --model PROVIDER/NAME")
    if model_type == "InferenceClientModel":
        return "/".join(["huggingface", *([provider] if provider else []), model_id])
    if provider is not None:
        raise ConfigurationError("--provider goes with --model-type InferenceClientModel: remove it or add that")
    prefix = {"OpenAIModel": "openai/", "TransformersModel": "local/"}.get(model_type or "", "")
    return f"{prefix}{model_id}"
