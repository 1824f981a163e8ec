"""What the tests share."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")

from servers import LOOPBACK, Asked, Reply, ScriptedModel

from webagent import WebAgent
from webagent.browser import Browser
from webagent.demo.shop import Shop
from webagent.settings import Settings

# Whoever runs the tests in the background has had these ignored, and what a test starts would ignore them as well.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting, key or file of whoever runs the tests reaches them."""
    for name in list(os.environ):
        if name.startswith("WEBAGENT_") or name.endswith(("_API_KEY", "_TOKEN")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("WEBAGENT_DISCOVER", "false")  # nor do model servers of theirs
    home = tmp_path / "home"
    home.mkdir()
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(home))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings that keep sessions in the test's folder."""
    return Settings(session_dir=tmp_path / "sessions", allow_host=LOOPBACK)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of a module; each begins on an empty page, in one tab."""
    with Browser(Settings(allow_host=LOOPBACK)) as browser:
        yield browser


@pytest.fixture(scope="session")
def shop() -> Iterator[Shop]:
    """The demo shop."""
    with Shop() as shop:
        yield shop


@pytest.fixture
def scripted() -> Iterator[Callable[..., ScriptedModel]]:
    """Start a model server with these replies: `scripted(reply, reply, ...)`."""
    servers: list[ScriptedModel] = []

    def start(*replies: object) -> ScriptedModel:
        server = ScriptedModel(list(replies))  # type: ignore[arg-type]
        server.__enter__()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.__exit__()


@pytest.fixture(scope="session")
def shared_agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[WebAgent, ScriptedModel]]:
    """One agent for all tests that need nothing of their own, and the server of its model. Use `ask`."""
    with ScriptedModel([]) as model:
        folder = tmp_path_factory.mktemp("sessions")
        settings = Settings(
            model="openai/scripted", api_base=model.api_base, session_dir=folder, max_steps=8, allow_host=LOOPBACK
        )
        with WebAgent(settings=settings) as agent:
            yield agent, model


@pytest.fixture
def ask(shared_agent: tuple[WebAgent, ScriptedModel]) -> Callable[..., Asked]:
    """Have an agent do a task with these replies: `ask([reply, ...], "task", url=...)`. Its first page is empty."""
    agent, model = shared_agent
    agent.start()
    agent.browser.dismiss_dialog()
    agent.browser.driver.get("about:blank")

    def ask(replies: list[Reply], task: object = "Look around.", **how: object) -> Asked:
        model.replies[:] = replies
        model.requests.clear()
        return Asked(agent, agent.run(task, **how), model.requests[:])  # type: ignore[arg-type]

    return ask
