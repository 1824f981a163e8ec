"""Signals in a process of their own, as a terminal or a supervisor sends them."""

import signal
import subprocess
import sys
import threading

import pytest

from webagent.signals import SIGNALS, Stopped, stop_on_signals

PROGRAM = """
import os, signal, sys
from webagent.signals import Stopped, stop_on_signals
with stop_on_signals(grace={grace}) as stop:
    try:
        os.kill(os.getpid(), {number})
        signal.pause()
    except Stopped as stopped:
        print("stopped by", stopped.signum, stop.exit_code, flush=True)
        {then}
sys.exit(stop.exit_code)
"""


def run_program(number: int, *, grace: float = 0.0, then: str = "pass") -> "subprocess.CompletedProcess[str]":
    code = PROGRAM.format(number=int(number), grace=grace, then=then)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False)


@pytest.mark.parametrize("number", SIGNALS)
def test_the_first_signal_unwinds(number: int) -> None:
    done = run_program(number)
    assert done.stdout == f"stopped by {int(number)} {128 + number}\n"
    assert done.returncode == 128 + number
    assert done.stderr == ""


def test_a_second_signal_exits_at_once() -> None:
    done = run_program(signal.SIGINT, then="os.kill(os.getpid(), signal.SIGTERM); print('not reached')")
    assert done.returncode == 128 + signal.SIGTERM
    assert "not reached" not in done.stdout


def test_a_repeated_signal_within_the_grace_is_the_same_one() -> None:
    done = run_program(signal.SIGINT, grace=60, then="os.kill(os.getpid(), signal.SIGINT); print('cleaned up')")
    assert done.returncode == 130
    assert "cleaned up" in done.stdout


def test_ignored_signals_stay_ignored() -> None:
    code = (
        "import os, signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "from webagent.signals import stop_on_signals\n"
        "with stop_on_signals() as stop: os.kill(os.getpid(), signal.SIGHUP)\n"
        "print(stop.signum)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False)
    assert done.stdout == "None\n"


def test_handlers_are_restored() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    with stop_on_signals() as stop:
        assert [signal.getsignal(number) for number in SIGNALS] != before
    assert [signal.getsignal(number) for number in SIGNALS] == before
    assert stop.exit_code is None


def test_other_threads_are_left_alone() -> None:
    seen: list[object] = []

    def body() -> None:
        with stop_on_signals() as stop:
            seen.append(stop.signum)

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    assert seen == [None]


def test_stopped_is_a_keyboard_interrupt() -> None:
    assert issubclass(Stopped, KeyboardInterrupt)
    assert str(Stopped(signal.SIGTERM)) == "SIGTERM"
