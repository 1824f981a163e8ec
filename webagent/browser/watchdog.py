"""A small process that outlives its owner by a moment and leaves nothing behind.

It leads the process group in which the driver, the browser and the workers are started. When its standard input
closes (the owner closed it, ended, or was killed), it kills the whole group and removes the folders it was told of.
Run as a file by a bare interpreter, so it imports nothing of this package.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path


def main() -> None:
    """Wait for the end of standard input, one folder to remove a line; then clean up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    folders = [os.fsdecode(line.rstrip(b"\n")) for line in sys.stdin.buffer]
    group = os.getpgrp()
    if os.fork():  # the leader stays, so that the group's number cannot be given to strangers, and dies with it
        signal.pause()
    os.setpgid(0, 0)
    os.killpg(group, signal.SIGKILL)
    for folder in folders:
        for _ in range(20):  # a dying browser may still write
            shutil.rmtree(folder, ignore_errors=True)
            if not Path(folder).exists():
                break
            time.sleep(0.05)
    os._exit(0)


class Watchdog:
    """Owner's side: starts the watchdog and holds its pipe."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            process_group=0,
            env={},
            cwd="/",
        )

    @property
    def group(self) -> int:
        """Process group to start things in (`subprocess.Popen(process_group=...)`)."""
        return self._process.pid

    def remove_at_end(self, folder: Path) -> None:
        """Have `folder` removed when the owner is gone."""
        assert self._process.stdin is not None
        self._process.stdin.write(os.fsencode(folder) + b"\n")
        self._process.stdin.flush()

    def close(self) -> None:
        """Kill everything in the group and wait until it is so. May be called twice."""
        assert self._process.stdin is not None
        if not self._process.stdin.closed:
            self._process.stdin.close()
        self._process.wait()
        with suppress(OSError):  # it may have been killed itself, and have left the others
            os.killpg(self._process.pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
