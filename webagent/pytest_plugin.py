"""Recorded sessions as tests, for pytest: loaded by its entry point, in every project that has webagent installed.

    @pytest.mark.webagent_session("tests/sessions/shop-sale")   # a path from the rootdir on
    def test_the_sale(replay):
        assert replay.ok
        assert replay.result.answer.startswith("Marin")

    # pyproject.toml: every session in that folder is a test, without any Python
    [tool.pytest.ini_options]
    webagent_sessions = ["tests/sessions"]

    pytest --webagent-record   # records them anew with the real model

Nothing of webagent is imported here until a session is a test: other projects' runs of pytest come through here, too.
"""

from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from webagent.pytest_sessions import SessionFolder
    from webagent.replay.run import Replayed

_MARK = "webagent_session"
_PASSED_OVER = frozenset({"build", "dist", "venv", "node_modules", "CVS", "_darcs"})  # pytest's own norecursedirs
_FOLDERS = pytest.StashKey[frozenset[Path]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `webagent_sessions` and `--webagent-record`."""
    group = parser.getgroup("webagent", "webagent: replay of recorded sessions")
    group.addoption(
        "--webagent-record",
        action="store_true",
        help="do the tasks of the sessions that are tests with the real model, and record these anew",
    )
    parser.addini(
        "webagent_sessions", "folders of webagent sessions, each of which is a test", type="paths", default=[]
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and look whether the folders of `webagent_sessions` are there."""
    config.addinivalue_line(
        "markers",
        f"{_MARK}(folder, **options): the recorded session that the fixture `replay` replays; its path from the "
        "rootdir on, and options as in replay.toml",
    )
    folders = [Path(folder) for folder in config.getini("webagent_sessions")]
    for folder in folders:
        if not folder.is_dir():
            raise pytest.UsageError(f"webagent_sessions names {folder}, and there is no such folder")
    if folders and not hasattr(pytest, "Directory"):
        raise pytest.UsageError("webagent_sessions needs pytest 8 or later: update it, or use the marker")
    config.stash[_FOLDERS] = frozenset(folder.resolve() for folder in folders)


@pytest.hookimpl(tryfirst=True)
def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Have a session collected though it is named as what pytest passes over, such as build, unless it is left out."""
    if collection_path.name not in _PASSED_OVER or collection_path.parent.resolve() not in config.stash[_FOLDERS]:
        return None
    left_out = [*(config.getoption("ignore") or []), *(config.getoption("ignore_glob") or [])]
    here = config.invocation_params.dir
    return None if any(fnmatch(str(collection_path), str(here / one)) for one in left_out) else False


@pytest.hookimpl(tryfirst=True, optionalhook=True)  # optional: pytest 7 has no such hook
def pytest_collect_directory(path: Path, parent: pytest.Collector) -> "SessionFolder | None":
    """Collect each folder in one of `webagent_sessions` as one test, also one that is damaged."""
    if path.parent.resolve() not in parent.config.stash[_FOLDERS]:
        return None
    from webagent.pytest_sessions import SessionFolder

    folder: SessionFolder = SessionFolder.from_parent(parent, path=path)
    return folder


@pytest.fixture
def replay(request: pytest.FixtureRequest) -> "Replayed":
    """The session of the test's marker `webagent_session`, replayed: a `webagent.Replayed`.

    With `--webagent-record` it is recorded anew before.
    """
    mark = request.node.get_closest_marker(_MARK)
    if mark is None or len(mark.args) != 1:
        pytest.fail(f'the fixture replay needs a session: @pytest.mark.{_MARK}("tests/sessions/NAME")', pytrace=False)
    from webagent.errors import WebAgentError
    from webagent.pytest_sessions import record_for, replay_for

    folder = request.config.rootpath / mark.args[0]
    try:
        if request.config.getoption("webagent_record"):
            record_for(request.node, folder)
        return replay_for(folder, mark.kwargs)
    except WebAgentError as error:
        pytest.fail(str(error), pytrace=False)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which sessions were recorded anew. Under xdist the workers' reports carry it here."""
    reports = [report for found in terminalreporter.stats.values() for report in found]
    said = [
        value
        for report in reports
        if getattr(report, "when", "") == "call"
        for name, value in getattr(report, "user_properties", ())
        if name == "webagent_recorded"
    ]
    if said:
        terminalreporter.section("webagent: recorded anew")
        for line in said:
            terminalreporter.write_line(str(line))
