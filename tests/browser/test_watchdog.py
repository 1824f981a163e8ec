"""The watchdog: however its owner ends, nothing stays behind."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from webagent.browser.watchdog import Watchdog

PROGRAM = """
import sys
from webagent.browser import Browser
from webagent.grid import Grid
from webagent.sandbox.box import choose_box
from webagent.sandbox.executor import WorkerExecutor
from webagent.settings import Settings
browser = Browser(Settings())
folder = browser.temporary_folder()
worker = WorkerExecutor(
    box=choose_box(unsafe=False),
    folder=folder,
    group=browser.process_group,
    imports=[],
    deadline=60,
    grid=Grid((1120, 896), (1120, 896)),
)
print("starting", flush=True)
browser.start()
browser.open("about:blank")
print("started", flush=True)
sys.stdin.read()
"""
SLEEP = "import time; time.sleep(600)"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short path, which a program is given as its temporary one, and is known by."""
    with tempfile.TemporaryDirectory(prefix="wa-") as folder:
        yield Path(folder)


def alive(folder: Path) -> list[str]:
    """Return what runs of a program that was given this folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() == psutil.STATUS_ZOMBIE or process.pid == os.getpid():
                continue
            words = [*process.cmdline(), *process.environ().values()]
            if any(str(folder) in word for word in words):
                found.append(" ".join(process.cmdline()))
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def gone(folder: Path, number: int, seconds: float = 5.0) -> None:
    """Wait until neither a process of the program nor of its groups, nor a folder is there."""
    deadline = time.monotonic() + seconds
    while (left := [*alive(folder), *map(str, folder.iterdir()), *_of_session(number)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert left == []


def _of_session(number: int) -> list[str]:
    found = []
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == number and process.status() != psutil.STATUS_ZOMBIE:
                found.append(f"{process.pid} {process.name()}")
        except (psutil.NoSuchProcess, ProcessLookupError):
            continue
    return found


def start(folder: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(folder)},
        start_new_session=True,  # what is in its session is of it
    )


@pytest.mark.parametrize("ends", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_stays_of_a_program_that_is_killed(folder: Path, ends: signal.Signals) -> None:
    with start(folder) as program:
        assert program.stdout is not None
        assert [program.stdout.readline() for _ in range(2)] == ["starting\n", "started\n"]
        assert any("--type=renderer" in words for words in alive(folder))
        assert any("chromedriver" in words for words in alive(folder))
        assert any("webagent.sandbox.worker" in words for words in alive(folder))
        assert list(folder.iterdir())
        program.send_signal(ends)
        program.wait()
        gone(folder, program.pid)


@pytest.mark.parametrize(
    "after", [0.05, 0.3, *(pytest.param(after, marks=pytest.mark.slow) for after in (0.0, 0.15, 0.6, 1.0))]
)
def test_nothing_stays_of_a_program_that_is_killed_while_it_starts(folder: Path, after: float) -> None:
    with start(folder) as program:
        assert program.stdout is not None
        program.stdout.readline()
        time.sleep(after)  # so that it is killed at one stage of the start or another
        program.kill()
        program.wait()
        gone(folder, program.pid)


def test_a_terminals_signals_do_not_end_it_before_its_owner(folder: Path) -> None:
    watchdog = Watchdog()
    inner = folder / "inner"
    inner.mkdir()
    (inner / "file").write_text("x")
    watchdog.remove_at_end(inner)
    child = subprocess.Popen([sys.executable, "-c", SLEEP], process_group=watchdog.group)
    process = Path(f"/proc/{watchdog.group}/status")
    deadline = time.monotonic() + 10
    while not _ignores(process, signal.SIGHUP) and time.monotonic() < deadline:
        time.sleep(0.01)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(watchdog.group, number)
    assert child.poll() is None
    watchdog.close()
    assert child.wait(10) == -signal.SIGKILL
    deadline = time.monotonic() + 10
    while inner.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not inner.exists()
    watchdog.close()


def _ignores(status: Path, number: signal.Signals) -> bool:
    (mask,) = [line for line in status.read_text().splitlines() if line.startswith("SigIgn:")]
    return bool(int(mask.split()[1], 16) >> (number - 1) & 1)


def test_a_folder_with_an_odd_name_and_one_that_is_not_there_are_no_harm(folder: Path) -> None:
    watchdog = Watchdog()
    odd = folder / os.fsdecode(b"\xff \xc3\xa9")
    odd.mkdir()
    for one in (folder / "missing", odd):
        watchdog.remove_at_end(one)
    watchdog.close()
    deadline = time.monotonic() + 10
    while odd.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not odd.exists()


def test_a_program_that_forgets_to_close_leaves_nothing(folder: Path) -> None:
    code = f"""
import subprocess
from pathlib import Path
from webagent.browser.watchdog import Watchdog
watchdog = Watchdog()
inner = Path({str(folder / "inner")!r})
inner.mkdir()
watchdog.remove_at_end(inner)
subprocess.Popen([{sys.executable!r}, "-c", {SLEEP!r}, {str(folder)!r}], process_group=watchdog.group)
"""
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], check=True, timeout=60, env={**os.environ, "WA": str(folder)}
    )
    gone(folder, -1)
