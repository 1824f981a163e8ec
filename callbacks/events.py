"""What a callback may want to know of a run besides its steps."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from webagent.task import RunResult


class RunEvents:
    """Base of callbacks that `WebAgent` tells how its run goes. Each of these does nothing until it is overridden."""

    def attach(self, where: Callable[[], tuple[str | None, str | None]], max_steps: int) -> None:
        """A run begins; `where` returns url and title of the page as last seen, `max_steps` is the most it may take."""

    def loading(self, what: str) -> None:
        """The model is being loaded, which may take minutes; `what` says which and where to, to follow "loading"."""

    def started(self, task: str, model: str) -> None:
        """The task is about to be given to the model."""

    def thinking(self, step_number: int) -> None:
        """The model is asked for this step, 1 for the first."""

    def working(self, step_number: int) -> None:
        """The code of this step runs."""

    def ended(self, result: "RunResult") -> None:
        """The run is over."""
