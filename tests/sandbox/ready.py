"""Starts the worker itself, without a browser, for tests that run as another user."""

import socket
import tempfile
from pathlib import Path

from webagent.sandbox.box import Box
from webagent.sandbox.limits import CPU_SECONDS
from webagent.sandbox.start import start
from webagent.sandbox.wire import Wire


def ready(box: Box | None) -> str:
    """Return what a worker prints that is told to print 1 + 1."""
    ours, theirs = socket.socketpair()
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as errors:
        with theirs:
            process = start(
                box,
                "webagent.sandbox.worker",
                theirs,
                folder=Path(folder),
                group=None,
                imports=(),
                cpu=CPU_SECONDS,
                errors=errors,
            )
        wire = Wire(ours)
        try:
            hello = {
                "session_id": "x",
                "capabilities": {"browserName": "chrome"},
                "viewport": [800, 600],
                "grid": [800, 600],
            }
            wire.send({**hello, "implicit_wait": 1, "imports": []})
            while "ready" not in wire.receive(60):
                wire.send({"reply": {"value": None}})
            wire.send({"run": "print(1 + 1)"})
            return str(wire.receive(60)["logs"])
        finally:
            wire.close()
            process.kill()
            process.wait()
