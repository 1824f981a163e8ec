"""Sessions as pytest collects, replays and records them. Imported by `webagent.pytest_plugin` when one is a test."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from webagent.errors import WebAgentError

if TYPE_CHECKING:
    from webagent.replay.run import Replayed

RECORDED = "webagent_recorded"
"""The property of a report that says what was recorded anew."""


class Differs(Exception):
    """A session did not replay as it was recorded; the text says where."""


class SessionFolder(pytest.Directory):
    """One session folder."""

    def collect(self) -> Iterator[pytest.Item]:
        """Give the one test that it is."""
        yield SessionItem.from_parent(self, name="replay")


class SessionItem(pytest.Item):
    """A session as a test: it fails where its replay differs."""

    def __init__(self, **how: Any) -> None:
        super().__init__(**how)
        self.extra_keyword_matches.add(self.path.name)  # -k knows no names of folders

    def runtest(self) -> None:
        """Replay the session, or record it anew with --webagent-record."""
        if self.config.getoption("webagent_record"):
            record_for(self, self.path)
            return
        replayed = replay_for(self.path, {})
        if not replayed.ok:
            raise Differs(str(replayed))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return what is wrong in words; what no user can cause with its traceback."""
        if isinstance(excinfo.value, Differs | WebAgentError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Return where the test is."""
        return self.path, None, f"replay of {self.path.name}"


def replay_for(folder: Path, options: dict[str, Any]) -> "Replayed":
    """Return the session in `folder`, replayed with its own options and before them these.

    Raises:
        WebAgentError: as of `webagent.replay_session`.
    """
    from webagent.replay.options import load_options
    from webagent.replay.run import replay_session
    from webagent.sources import load_settings

    # A copy: no key of a .env file gets into the environment of other tests.
    settings = load_settings(environ=dict(os.environ))
    return replay_session(folder, settings=settings, options=load_options(folder, options, where="webagent_session"))


def record_for(item: pytest.Item, folder: Path) -> None:
    """Record the session in `folder` anew with the model of the settings, and note on the test's report what came.

    Raises:
        WebAgentError: as of `webagent.replay.again.record_again`.
    """
    from webagent.replay.again import record_again
    from webagent.sources import load_settings

    result = record_again(folder, load_settings())
    steps = f"{len(result.steps)} step{'' if len(result.steps) == 1 else 's'}"
    tokens = f"{result.usage.input_tokens}+{result.usage.output_tokens} tokens"
    item.user_properties.append((RECORDED, f"{folder.name}: {steps}, {tokens}, {result.seconds:.1f} s"))
