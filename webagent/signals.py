"""Signals that ask the program to end, turned into an exception, so that everything is closed on the way out."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""The signals that stop a run."""


class Stopped(KeyboardInterrupt):
    """Somebody stopped the program."""

    def __init__(self, signum: int) -> None:
        super().__init__(signal.Signals(signum).name)
        self.signum = signum
        """The signal: 2 for Ctrl-C, 15 for SIGTERM, 1 for a closed terminal."""


class Stop:
    """What `stop_on_signals` has seen so far."""

    signum: int | None = None
    """The signal that stopped the program; None where none came."""

    @property
    def exit_code(self) -> int | None:
        """128 and the signal's number, as shells have it; None where no signal came."""
        return None if self.signum is None else 128 + self.signum


@contextmanager
def stop_on_signals(grace: float = 0.5) -> Iterator[Stop]:
    """Raise `Stopped` in the main thread on the first signal that asks to end; on a second, exit at once.

    Signals that the program was started to ignore (nohup) stay ignored, but for SIGINT. Outside the main thread this
    does nothing, because only there can handlers be set.

    Args:
        grace: seconds in which further signals count as the first one. Launchers such as uv and npm pass on a Ctrl-C
            that the terminal has sent already, and a closing terminal sends SIGHUP twice.
    """
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    seen_at = 0.0

    def handle(signum: int, frame: FrameType | None) -> None:
        nonlocal seen_at
        if stop.signum is None:
            stop.signum, seen_at = signum, time.monotonic()
            raise Stopped(signum)
        if time.monotonic() - seen_at >= grace:
            if os.isatty(2):
                os.write(2, b"\x1b[?25h")  # a spinner that is cut off leaves the cursor hidden
            os._exit(128 + signum)

    before = {number: signal.getsignal(number) for number in SIGNALS}
    # A script starts its background jobs to ignore SIGINT; who sends one to such a job means it all the same.
    changed = {
        number: old
        for number, old in before.items()
        if old is not None and (old is not signal.SIG_IGN or number == signal.SIGINT)
    }
    try:
        for number in changed:
            signal.signal(number, handle)
        yield stop
    finally:
        for number, old in changed.items():
            signal.signal(number, old)
