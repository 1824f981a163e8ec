"""The demo: the whole program on a shop that ships with it, with the replies of a recorded session that ships too."""

from collections.abc import Sequence
from pathlib import Path

from webagent.agent import StepCallback, WebAgent
from webagent.demo.shop import Shop
from webagent.errors import TaskError
from webagent.replay.model import ReplayModel
from webagent.session.compare import compare_steps
from webagent.session.reader import read_session
from webagent.settings import Settings
from webagent.task import RunResult, Task

SESSION = Path(__file__).parent / "session"


def run_demo(settings: Settings, callbacks: Sequence[StepCallback] = (), recording: Path = SESSION) -> RunResult:
    """Do the recorded task again and return what came of it.

    Browser, worker, shop and code are real; the model's replies are the recorded ones. Since these hold the answer, the
    pages are compared with the recorded ones, and the demo fails where they differ.

    Args:
        settings: what the run is told; its model is not asked.
        callbacks: step callbacks, a progress display for example.
        recording: the folder of a session recorded on the shop.

    Raises:
        ConfigurationError: no browser, or no session in that folder.
        BrowserDied: it could not be started.
    """
    session = read_session(recording)
    with Shop() as shop, WebAgent(ReplayModel(session), settings=settings, callbacks=callbacks) as agent:
        result = agent.run(Task(text=session.info.task, url=shop.url))
    # The shop has another port each time.
    if result.outcome == "answered" and (found := compare_steps(session.steps, result.steps, hosts=False)):
        reason = f"the demo did not go as it was recorded: {found[0]}; please report it"
        return result.model_copy(update={"outcome": "failed", "reason": reason, "error": TaskError(reason)})
    return result
