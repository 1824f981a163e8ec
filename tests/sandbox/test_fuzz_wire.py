"""A worker that says anything at all: its end of the wire is in other hands, and the run goes on."""

import json
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from smolagents import FinalAnswerTool, tool

from webagent.browser.attached import AttachedDriver
from webagent.browser.policy import Policy
from webagent.browser.reach import Reach, Refused
from webagent.grid import Grid
from webagent.sandbox.executor import ANSWER_LIMIT, ActionFailed, WorkerExecutor
from webagent.sandbox.values import HandleTable
from webagent.sandbox.wire import LIMIT, PRINT_LIMIT, UP_LIMIT, Wire, WireError

LONGEST = 20.0
"""Seconds after which something hangs."""


def often(times: int) -> settings:
    """Return settings for a test that is the same each time it runs."""
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]
    return settings(max_examples=times, derandomize=True, deadline=None, database=None, suppress_health_check=checks)


def framed(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**25), 10**25)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["e", "echo", "get", "getTitle", "http://127.0.0.1/", "../..", "\x1e", "x" * 30_000]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["$set", "$dict", "$tuple", "$frozenset", "$handle", "$element", "says", "url", "id"])
            | st.text(max_size=3),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)
FRAMES = (
    st.binary(max_size=40)
    | st.binary(max_size=40).map(framed)
    | JSON.map(lambda value: framed(json.dumps(value).encode()))
    | st.sampled_from(
        [b"\xff\xff\xff\xff", b"\x02\x00\x00\x00{}", b"\x00\x00\x00\x00", b"\x00\x00\x00\x09{}", framed(b"{}")]
    )
)


@often(600)
@given(st.lists(FRAMES, max_size=4).map(b"".join))
@example(framed(b'{"a": "\xed\xa0\x80"}'))
@example(framed('{"a": 1}'.encode("utf-16")))
@example(framed(b'{"a": "\\ud800"}'))
@example(framed(b'{"a":' * 90_000 + b"1" + b"}" * 90_000))
@example(framed(b'{"a": ' + b"9" * 100_000 + b"}"))
def test_bytes_are_messages_or_an_error(data: bytes) -> None:
    ours, theirs = socket.socketpair()
    writer = threading.Thread(target=_write, args=(theirs, data))
    writer.start()
    wire, since = Wire(ours), time.monotonic()
    try:
        for _ in range(len(data) + 1):
            message = wire.receive(LONGEST)
            assert isinstance(message, dict)
            json.dumps(message, ensure_ascii=False).encode()
        raise AssertionError("there are no more messages than bytes")
    except WireError as error:
        assert len(str(error)) < 500
    finally:
        wire.close()
        writer.join()
        theirs.close()
    assert time.monotonic() - since < LONGEST


def _write(end: socket.socket, data: bytes) -> None:
    with suppress(OSError):  # the other side has had enough
        end.sendall(data)
        end.shutdown(socket.SHUT_WR)


@tool
def echo(thing: Any) -> Any:
    """Return a thing.

    Args:
        thing: anything.
    """
    return thing


class InOtherHands(WorkerExecutor):
    """An executor whose worker is a thread that sends `data`, whatever it is asked."""

    receives = LIMIT
    data = b""

    def _spawn(self) -> None:
        if hasattr(self, "_wire"):
            self._wire.close()
        ours, theirs = socket.socketpair()
        self._errors = self._folder.parent / "stderr"
        self._errors.touch()
        self._wire, self._handles, self._ready = Wire(ours, receives=self.receives), HandleTable(), False
        threading.Thread(target=self._answer_all, args=(theirs,), daemon=True).start()

    def _answer_all(self, end: socket.socket) -> None:
        wire = Wire(end)
        with suppress(WireError, OSError):
            wire.receive()
            wire.send({"ready": True})
            while "run" not in wire.receive():
                pass
            writer = threading.Thread(target=_write, args=(end, self.data))
            writer.start()
            with suppress(WireError, OSError):
                while True:
                    wire.receive()
            writer.join()
        wire.close()


POLICY = Policy(Reach())


def run(command: str, params: dict[str, Any], _: float) -> dict[str, Any]:
    """Judge as the gate does, without a browser behind it."""
    try:
        POLICY.judge(command, params, "worker")
    except Refused as refused:
        return {"status": 500, "value": str(refused)}
    return {"value": None}


@pytest.fixture
def executor(tmp_path: Path) -> Iterator[InOtherHands]:
    (tmp_path / "folder").mkdir()
    executor = InOtherHands(
        box=None, folder=tmp_path / "folder", group=0, imports=[], deadline=5.0, grid=Grid((1120, 896), (1120, 896))
    )
    executor.connect(
        run=run, nearest=lambda sought, _: sought[:5], driver=AttachedDriver(lambda *_: {"value": None}, "session", {})
    )
    executor.send_tools({"echo": echo, "final_answer": FinalAnswerTool()})
    yield executor
    executor.cleanup()


def attempt(executor: InOtherHands, data: bytes) -> str:
    """Run an action that the worker answers with `data`; return in a word what came of it."""
    executor.data = data
    since = time.monotonic()
    try:
        result = executor("pass")
    except ActionFailed as failed:
        assert 0 < len(str(failed)) <= PRINT_LIMIT
        str(failed).encode()
        outcome = "failed"
    else:
        limit = ANSWER_LIMIT if result.is_final_answer else PRINT_LIMIT
        assert len(result.logs.partition("\x1e")[0]) <= PRINT_LIMIT
        assert len(result.logs) <= PRINT_LIMIT + 10_000
        assert len(str(result.output)) <= 8 * limit  # what holds many small things is written with what is between them
        result.logs.encode()
        outcome = "answered" if result.is_final_answer else "done"
    assert time.monotonic() - since < LONGEST
    return outcome


def message(kind: str, parts: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Messages of a kind with parts that are as they should be, something else, or missing."""
    usual: dict[str, st.SearchStrategy[Any]] = {
        name: st.just(part) if not isinstance(part, st.SearchStrategy) else part for name, part in parts.items()
    }
    return st.fixed_dictionaries({kind: usual.pop(kind, JSON)}, optional={k: v | JSON for k, v in usual.items()}) | (
        st.fixed_dictionaries({kind: JSON, **usual})
    )


RESULT = {"logs": st.text(max_size=30), "notes": st.lists(st.text(max_size=5), max_size=2)}
MESSAGES = (
    message("webdriver", {"webdriver": st.sampled_from(["getTitle", "get", "quit", "actions"]), "params": {}})
    | message("tool", {"tool": st.sampled_from(["echo", "none"]), "args": [], "kwargs": {}})
    | message("tool", {"tool": st.just("echo"), "args": st.lists(JSON, max_size=1), "kwargs": st.just({})})
    | message("nearest", {"nearest": st.text(max_size=5)})
    | message("done", {**RESULT, "is_final_answer": st.booleans()})
    | message("failed", {"failed": st.text(max_size=5), **RESULT})
    | st.dictionaries(st.sampled_from(["done", "failed", "tool", "run", "ready", "reply"]), JSON, max_size=3)
)


@pytest.mark.slow
@often(500)
@given(st.lists(MESSAGES.map(lambda one: framed(json.dumps(one).encode())) | FRAMES, max_size=4).map(b"".join))
def test_whatever_a_worker_says_the_run_goes_on(executor: InOtherHands, data: bytes) -> None:
    attempt(executor, data)


ALIKE = [n * (2**61 - 1) for n in range(300_000)]
FINE = {"logs": "", "notes": []}


def deep(levels: int, inner: str = "1") -> str:
    return "[" * levels + inner + "]" * levels


@pytest.mark.parametrize(
    "text",
    [
        *(json.dumps({**FINE, "done": {kind: ALIKE}}) for kind in ("$set", "$frozenset")),
        json.dumps({**FINE, "done": {"$dict": [[n, 1] for n in ALIKE]}}),
        json.dumps({"tool": "echo", "args": [{"$set": ALIKE}], "kwargs": {}}),
        *(f'{{"done": {deep(levels)}, "logs": "", "notes": []}}' for levels in (300, 900, 100_000)),
        *(f'{{"done": 1, "logs": "", "notes": [{deep(levels)}]}}' for levels in (1, 900)),
        *(f'{{"tool": "echo", "args": [{deep(levels)}], "kwargs": {{}}}}' for levels in (300, 900)),
        '{"tool": "echo", "args": [], "kwargs": {"$dict": [[1, 2]]}}',
        '{"tool": "echo", "args": "text", "kwargs": {}}',
        '{"tool": "echo", "args": [{"$handle": 0}], "kwargs": {}}',
        '{"tool": "echo", "args": [{"$element": "../../x"}], "kwargs": {}}',
        '{"tool": ["echo"], "args": [], "kwargs": {}}',
        '{"webdriver": "getTitle"}',
        '{"done": 1}',
        '{"logs": "", "notes": []}',
    ],
)
def test_what_is_no_message_of_a_worker_ends_it_at_once(executor: InOtherHands, text: str) -> None:
    said = framed(text.encode()) + framed(json.dumps({**FINE, "done": 1, "is_final_answer": True}).encode())
    assert attempt(executor, said) == "failed"
    assert attempt(executor, framed(json.dumps({**FINE, "done": 1}).encode())) == "done"


@pytest.mark.parametrize("final", [False, True])
@pytest.mark.parametrize(
    "done", ["x" * 1_000_000, ["x" * 1000] * 1000, {"a": {"$tuple": ["x"] * 500_000}}, [[]] * 500_000]
)
def test_what_is_said_at_length_is_cut(executor: InOtherHands, done: Any, final: bool) -> None:
    long = "x" * 100_000
    message = {"done": done, "logs": long, "notes": [long] * 100, "is_final_answer": final}
    assert attempt(executor, framed(json.dumps(message).encode())) == ("answered" if final else "done")
    message = {"failed": long, "logs": long, "notes": [long] * 100}
    assert attempt(executor, framed(json.dumps(message).encode())) == "failed"
    assert len(executor.state["_print_outputs"]) < PRINT_LIMIT + 10_000


def test_a_flood_of_small_things_in_one_message_ends_the_worker_before_it_is_read(executor: InOtherHands) -> None:
    executor.receives = UP_LIMIT  # as a worker's own is
    executor.cleanup()
    executor.data = framed(b'{"done": 1, "logs": "", "notes": [], "x": [' + b"{}," * 5_000_000 + b"1]}")
    with pytest.raises(ActionFailed, match="The process that ran the action ended"):
        executor("pass")


@pytest.mark.slow
def test_asking_for_what_is_near_is_free_only_for_so_long(executor: InOtherHands) -> None:
    executor._deadline = 1.0
    executor.data = framed(b'{"nearest": "x"}') * 200_000
    slow = threading.Event()
    assert executor._driver is not None
    executor.connect(run=run, nearest=lambda sought, _: str(slow.wait(0.05)), driver=executor._driver)
    since = time.monotonic()
    with pytest.raises(ActionFailed, match="stopped after 1 seconds"):
        executor("pass")
    assert time.monotonic() - since < LONGEST
