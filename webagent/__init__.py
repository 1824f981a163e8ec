"""A vision web-browsing agent for the command line and for Python, on your own models."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from webagent.agent import WebAgent
    from webagent.browser.browser import Browser
    from webagent.errors import (
        BrowserDied,
        BrowserNotFound,
        ConfigurationError,
        ModelConfigurationError,
        ModelFailed,
        NoSandbox,
        PageNotOpened,
        SessionExhausted,
        TaskError,
        WebAgentError,
        WorkerDied,
    )
    from webagent.replay.model import ReplayModel
    from webagent.replay.options import ReplayOptions
    from webagent.replay.run import Replayed, replay_session
    from webagent.session.archive import Archive
    from webagent.session.difference import Difference
    from webagent.session.format import StepRecord, Usage
    from webagent.session.matching import Matching
    from webagent.session.reader import Session, read_session
    from webagent.settings import Settings
    from webagent.sources import load_settings
    from webagent.task import RunResult, Task

__all__ = [
    "Archive",
    "Browser",
    "BrowserDied",
    "BrowserNotFound",
    "ConfigurationError",
    "Difference",
    "Matching",
    "ModelConfigurationError",
    "ModelFailed",
    "NoSandbox",
    "PageNotOpened",
    "ReplayModel",
    "ReplayOptions",
    "Replayed",
    "RunResult",
    "Session",
    "SessionExhausted",
    "Settings",
    "StepRecord",
    "Task",
    "TaskError",
    "Usage",
    "WebAgent",
    "WebAgentError",
    "WorkerDied",
    "load_settings",
    "read_session",
    "replay_session",
]

_ROOMS = {
    "agent": ("WebAgent",),
    "browser.browser": ("Browser",),
    "replay.run": ("Replayed", "replay_session"),
    "replay.model": ("ReplayModel",),
    "replay.options": ("ReplayOptions",),
    "session.archive": ("Archive",),
    "session.difference": ("Difference",),
    "session.format": ("StepRecord", "Usage"),
    "session.matching": ("Matching",),
    "session.reader": ("Session", "read_session"),
    "settings": ("Settings",),
    "sources": ("load_settings",),
    "task": ("RunResult", "Task"),
}


def __getattr__(name: str) -> object:
    # Imported when used: `webagent --help` and the worker come through here and need none of it.
    from importlib import import_module

    from webagent.dotenv_guard import no_dotenv

    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    room = next((room for room, names in _ROOMS.items() if name in names), "errors")
    with no_dotenv():
        return getattr(import_module(f"webagent.{room}"), name)
