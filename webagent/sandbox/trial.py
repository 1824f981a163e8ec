"""Tests a box for real: starts `probe.py` in it, gives it something to get at, and returns what it got at."""

import os
import secrets
import socket
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from webagent.errors import WorkerDied
from webagent.sandbox.box import Box
from webagent.sandbox.limits import CPU_SECONDS
from webagent.sandbox.probe import BECOME, BY_UDP
from webagent.sandbox.start import start
from webagent.sandbox.wire import Wire, WireClosed, WireError
from webagent.text import one_line

_SECONDS = 30.0


@dataclass(frozen=True)
class Trial:
    """What became of the attempts to get out of a box."""

    got_out: tuple[str, ...]
    """Those that succeeded, in words that follow "it can"."""
    refused: dict[str, str]
    """Those that did not, with the error of each."""


def try_box(box: Box | None) -> Trial:
    """Return what a process in this box, started as the worker is, could do that it should not.

    Args:
        box: the box; None for none, where nearly all succeeds.

    Raises:
        WorkerDied: the process did not start, or ended before it had told all.
    """
    with ExitStack() as stack:
        temporary = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wa-")))
        folder, elsewhere = temporary / "box", temporary / "elsewhere"
        folder.mkdir()
        elsewhere.mkdir()
        victim = elsewhere / "file"
        victim.write_text("of no worth")
        tcp, udp, unix, datagrams, abstract = (
            stack.enter_context(socket.socket(family, kind))
            for family, kind in (
                (socket.AF_INET, socket.SOCK_STREAM),
                (socket.AF_INET, socket.SOCK_DGRAM),
                (socket.AF_UNIX, socket.SOCK_STREAM),
                (socket.AF_UNIX, socket.SOCK_DGRAM),
                (socket.AF_UNIX, socket.SOCK_STREAM),
            )
        )
        home = os.path.expanduser("~")  # noqa: PTH111 - there may be none
        name = f"webagent-{secrets.token_hex(8)}"
        tcp.bind(("127.0.0.1", 0))
        udp.bind(("127.0.0.1", 0))
        unix.bind(str(elsewhere / "stream"))
        datagrams.bind(str(elsewhere / "datagrams"))
        abstract.bind("\0" + name)
        for one in (tcp, unix, abstract):
            one.listen()
        aims = {
            "parent": os.getpid(),
            "home": home,
            "home_is": list(_place(home)),
            "file": str(victim),
            "tcp": tcp.getsockname()[1],
            "udp": udp.getsockname()[1],
            "unix": str(elsewhere / "stream"),
            "datagrams": str(elsewhere / "datagrams"),
            "abstract": name,
        }
        trial = _ask(box, folder, aims)
        udp.setblocking(False)
        try:
            udp.recv(1)
        except BlockingIOError:  # sent, but to nobody: a network of its own
            trial = Trial(
                tuple(one for one in trial.got_out if one != BY_UDP), {BY_UDP: "nothing arrived"} | trial.refused
            )
        return trial


def _ask(box: Box | None, folder: Path, aims: dict[str, object]) -> Trial:
    ours, theirs = socket.socketpair()
    with ours, theirs, tempfile.TemporaryFile() as errors:
        process = start(
            box,
            "webagent.sandbox.probe",
            theirs,
            folder=folder,
            group=None,
            imports=(),
            cpu=CPU_SECONDS,
            errors=errors,
        )
        theirs.close()
        try:
            wire = Wire(ours)
            wire.send(aims, _SECONDS)
            report = wire.receive(_SECONDS)
            got_out, refused = list(report["got_out"]), dict(report["refused"])
            try:
                refused |= wire.receive(_SECONDS)["refused"]
            except WireClosed:
                got_out.append(BECOME)
            return Trial(tuple(got_out), refused)
        except (WireError, TimeoutError, KeyError) as error:
            errors.seek(0)
            last = errors.read().decode(errors="replace").strip().rpartition("\n")[2]
            raise WorkerDied(f"what should try the box did not run ({one_line(last or str(error), 200)})") from error
        finally:
            process.kill()
            process.wait()


def _place(path: str) -> tuple[int, int]:
    try:
        found = Path(path).stat()
    except OSError:
        return 0, 0
    return found.st_dev, found.st_ino
