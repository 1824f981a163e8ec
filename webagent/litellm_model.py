"""smolagents' `LiteLLMModel` for whom messages are fitted."""

from typing import Any

from smolagents import LiteLLMModel

from webagent.fitting import Fitted, Fitting


class FittedLiteLLMModel(Fitted, LiteLLMModel):
    """A `LiteLLMModel` whose messages are as the provider takes them.

    Args:
        fitting: what is to be done with messages.
        kwargs: what `LiteLLMModel` takes.
    """

    def __init__(self, *, fitting: Fitting, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.fitting = fitting
