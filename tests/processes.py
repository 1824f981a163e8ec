"""What the tests ask of processes."""

import psutil

from webagent.sandbox.executor import WorkerExecutor


def worker_of(executor: WorkerExecutor) -> psutil.Process:
    """Return the worker itself, which in bubblewrap's box is a child of what was started."""
    assert executor._process is not None
    started = psutil.Process(executor._process.pid)
    return next(iter(started.children()), started)
