"""What the tests ask of processes."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import psutil

from webagent.sandbox.executor import WorkerExecutor


def worker_of(executor: WorkerExecutor) -> psutil.Process:
    """Return the worker itself, which in bubblewrap's box is a child of what was started."""
    assert executor._process is not None
    started = psutil.Process(executor._process.pid)
    return next(iter(started.children()), started)


@contextmanager
def started(words: list[str]) -> Iterator[subprocess.Popen[str]]:
    """Start a program; kill it at the end, if a test failed before."""
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        for pipe in (process.stdout, process.stderr):
            assert pipe is not None
            pipe.close()


def lines_until(process: subprocess.Popen[str], sign: str) -> str:
    """Read what is said up to the line that holds `sign`, and return it."""
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if sign in line:
            return said
    raise AssertionError(said)


def family(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """Return a program and all that it has started."""
    return [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]


def ended(processes: list[psutil.Process]) -> bool:
    """Return whether they end within ten seconds."""
    _, left = psutil.wait_procs(processes, timeout=10)
    return not [one for one in left if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
