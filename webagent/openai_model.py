"""smolagents' `OpenAIModel` for servers that keep less closely to OpenAI's protocol, as many of one's own do."""

from typing import Any

from openai.types import CompletionUsage
from openai.types.chat import ChatCompletion
from smolagents import OpenAIModel

from webagent.errors import ModelConfigurationError, ModelFailed
from webagent.fitting import Fitted, Fitting
from webagent.text import one_line


class OpenAICompatibleModel(Fitted, OpenAIModel):
    """An `OpenAIModel` that takes a reply without usage, and says what is wrong with one that cannot be used.

    Args:
        fitting: what is to be done with messages.
        kwargs: what `OpenAIModel` takes.
    """

    def __init__(self, *, fitting: Fitting, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.fitting = fitting
        ask: Any = self.retryer
        self.retryer: Any = lambda create, **request: self._checked(ask(create, **request), request)

    def _checked(self, response: Any, request: dict[str, Any]) -> Any:
        if request.get("stream"):
            return response
        where = f"{self.model_id} at {self.client.base_url.copy_with(userinfo=b'')}"
        if not isinstance(response, ChatCompletion):  # the client hands on a page of HTML as text
            raise ModelConfigurationError(
                f"what answers for {where} is no model's server: check --api-base, which mostly ends in /v1"
            )
        if not response.choices or response.choices[0].message is None:
            error = (response.model_extra or {}).get("error")  # some say 200 and mean an error
            said = one_line(error.get("message") if isinstance(error, dict) else error or "", 160)
            raise ModelFailed(f"{where} sent a reply without a message{': ' if said else ''}{said}: look at its log")
        if response.usage is None:
            response.usage = CompletionUsage(prompt_tokens=0, completion_tokens=0, total_tokens=0)
        return response
