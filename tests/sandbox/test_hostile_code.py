"""Code that does its worst: the worker may end, the run may not, and what is said stays a sentence."""

import os
import signal
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from processes import worker_of

from webagent.sandbox.executor import ActionFailed, WorkerExecutor
from webagent.sandbox.wire import Wire

Workers = Callable[..., WorkerExecutor]

CRASH = "it = iter([])\nfor _ in range(120_000):\n    it = map(abs, it)\nlist(it)"
"""Goes through the C stack, which no limit of Python's guards."""


def failure(executor: WorkerExecutor, code: str) -> str:
    with pytest.raises(ActionFailed) as failed:
        executor(code)
    said = str(failed.value)
    assert said
    assert "Traceback" not in said
    assert len(said) < 60_000
    return said


@pytest.mark.slow
def test_a_worker_that_crashes_is_replaced(workers: Workers) -> None:
    executor = workers()
    executor("kept = 1")
    assert failure(executor, CRASH).startswith("The process that ran the action ended (signal SIGSEGV).")
    assert executor("print(2)").logs == "2"
    assert "kept" in failure(executor, "print(kept)")


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("x = [0] * 10**13", "MemoryError"),
        ("class E(Exception):\n    def __str__(self):\n        raise SystemExit\nraise E()", "E|SystemExit"),
        ("class E(Exception):\n    def __str__(self):\n        return 5\nraise E()", "E|TypeError"),
        ("class E(Exception):\n    pass\nraise E('x' * 10_000_000)", "E"),
        ("raise BaseException", "BaseException"),
        ("raise GeneratorExit", "GeneratorExit"),
        ("import socket", "not allowed|not among"),
        ("import subprocess", "not allowed|not among"),
        ("import sys", "not allowed|not among"),
        ("().__class__.__bases__", "dunder|forbidden|Forbidden"),
        ("helium = 5\nhelium.x", "x"),
        ("_print_outputs = 5\nprint('x')\n1 / 0", "."),
        ("\x00", "."),
        ("'\\ud800'.encode()", "."),
        ("\ud800", "."),
    ],
)
def test_the_worker_outlives_it(worker: WorkerExecutor, code: str, says: str) -> None:
    worker("print(1)")
    number = worker_of(worker).pid
    with pytest.raises(ActionFailed, match=says):
        worker(code)
    assert worker("print(3)").logs == "3"
    assert worker_of(worker).pid == number


@pytest.mark.parametrize(
    "code",
    [
        "10**5000",
        "[10**5000]",
        "{10**5000: 1}",
        "loop = []\nloop.append(loop)\nloop",
        "class S(str):\n    def __str__(self):\n        raise SystemExit\nS('a')",
        "class I(int):\n    def __int__(self):\n        raise SystemExit\nI(3)",
        "class D(dict):\n    def items(self):\n        raise SystemExit\nD(a=1)",
        "class L(list):\n    def __iter__(self):\n        raise ValueError\nL([1])",
        "class O:\n    def __str__(self):\n        raise SystemExit\nO()",
        "class O:\n    def __str__(self):\n        return 'x' * 50_000_000\nO()",
        "class O:\n    def __str__(self):\n        return final_answer(3)\nO()",
        "float('nan')",
        "'\\ud800'",
        "{'\\ud800': ['\\udfff']}",
        "Button",
        "get_driver()",
        "find_all",
        "[Point(1, 2), Text('x')]",
        "range(10**12)",
        "(n for n in range(3))",
    ],
)
@pytest.mark.parametrize("form", ["{}", "answer"])
def test_any_value_is_a_result_or_a_sentence(worker: WorkerExecutor, code: str, form: str) -> None:
    worker("print(1)")
    number = worker_of(worker).pid
    if form == "answer":
        *lines, last = code.split("\n")
        code = "\n".join([*lines, f"final_answer({last})"])
    try:
        result = worker(code)
        repr(result.output).encode()
        result.logs.encode()
    except ActionFailed as failed:
        assert len(str(failed)) < 60_000
        str(failed).encode()
    assert worker("print(3)").logs == "3"
    assert worker_of(worker).pid == number


def test_printing_what_cannot_be_written_is_no_harm(worker: WorkerExecutor) -> None:
    assert worker("print('a\\ud800b', chr(0))").logs.encode() == "a\ufffdb \x00".encode()


def test_what_raises_after_much_was_printed_is_cut(worker: WorkerExecutor) -> None:
    failure(worker, "print('x' * 10_000_000)\nraise SystemExit")
    assert len(worker.state["_print_outputs"]) < 60_000


@pytest.mark.parametrize(
    "code",
    [
        "get_driver().quit()",
        "get_driver().close()",
        "get_driver().execute_cdp_cmd('Browser.close', {})",
        "get_driver().command_executor._commands['x'] = ('POST', '/goog/cdp/execute')\nget_driver().execute('x', {})",
        "get_driver().get_cookies()",
        "get_driver().set_window_size(1, 1)",
        "get_driver().set_script_timeout(0)",
        "get_driver().execute_script('document.title = 5')",
        "get_driver().execute('w3cExecuteScript', {'script': 'return window.name', 'args': [1]})",
        "go_to('data:text/html,<title>mine</title>')",
        "go_to('http://169.254.169.254/latest/meta-data/')",
        "go_to('http://user:password@127.0.0.1/')",
        "get_driver().get('file:///etc/passwd')",
        "get_driver().get('about:quit')",
        "get_driver().minimize_window()",
        "get_driver().execute('newSession', {'capabilities': {}})",
        "get_driver().execute('no such command')",
        "get_driver().execute('clickElement', {'id': '../../goog/cdp/execute?'})",
        "get_driver().execute('get', {'url': 5})",
        "get_driver().execute('get', {'url': lambda: 1})",
        "get_driver().script",
        "get_driver().command_executor.execute('quit', {})['x']",
        "go_to('javascript:alert(1)')",
        "go_to('view-source:http://127.0.0.1')",
    ],
)
def test_what_the_code_asks_of_the_browser_is_judged(on_page: WorkerExecutor, code: str) -> None:
    said = failure(on_page, code)
    assert "Stacktrace" not in said
    assert "Session info" not in said
    assert on_page("print(get_driver().title)").logs == "Page"


def test_the_worker_holds_nothing_but_its_end_of_the_wire(worker: WorkerExecutor) -> None:
    worker("print(1)")
    process = Path(f"/proc/{worker_of(worker).pid}")
    open_files = [str(one.readlink()) for one in (process / "fd").iterdir()]
    sockets = [name for name in open_files if name.startswith("socket:")]
    assert len(sockets) == 1
    others = {name for name in open_files if not name.startswith("socket:")}
    assert all(name == "/dev/null" or name.endswith(".stderr") for name in others), others
    assert os.getpgid(worker_of(worker).pid) != os.getpgid(0)


def test_a_worker_that_takes_nothing_does_not_hold_up_the_run(workers: Workers) -> None:
    executor = workers(deadline=1.5)
    executor("print(1)")
    worker_of(executor).send_signal(signal.SIGSTOP)
    executor.send_variables({"much": "x" * 5_000_000})  # more than a socket holds
    assert executor("print(len(much))").logs == "5000000"


@pytest.mark.parametrize(
    "frames",
    [
        b"\x00\x00\x00\x05hello",
        b"\xff\xff\xff\xff",
        b"\x00\x00\x00\x02[]",
        b'\x00\x00\x00\x09{"a": 1}x',
        b"",
    ],
)
def test_what_is_no_message_ends_the_worker_and_not_the_run(workers: Workers, frames: bytes) -> None:
    executor = workers()
    executor("print(1)")
    ours, theirs = socket.socketpair()
    executor._wire.close()
    executor._wire = Wire(ours)  # a worker that was taken over writes what it likes
    with theirs:
        theirs.sendall(frames)
        theirs.shutdown(socket.SHUT_WR)
        assert failure(executor, "print(1)").startswith("The process that ran the action ended (")
    assert executor("print(2)").logs == "2"


def test_a_worker_that_never_stops_asking_is_stopped(workers: Workers) -> None:
    executor = workers(deadline=1.0)
    executor("print(1)")
    ours, theirs = socket.socketpair()
    executor._wire.close()
    executor._wire = Wire(ours)
    over = threading.Event()

    def ask() -> None:
        wire = Wire(theirs)
        messages: list[dict[str, Any]] = [
            {"webdriver": "getTitle", "params": {}},
            {"tool": "none", "args": [], "kwargs": {}},
        ]
        try:
            wire.receive(5)
            while not over.is_set():
                for message in messages:
                    wire.send(message)
                    wire.receive(5)
        except Exception:  # noqa: BLE001 - the other side has had enough
            return

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        assert failure(executor, "print(1)").startswith("The action was stopped after 1 seconds.")
    finally:
        over.set()
        thread.join()
        theirs.close()
    assert executor("print(2)").logs == "2"
