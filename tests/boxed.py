"""Runs inside a box in the tests, in place of the worker: does what it is told, and says what came of it."""

import ctypes
import importlib
import os
import platform
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from webagent.sandbox.wire import Wire, WireClosed

OF_THE_KERNEL = {335, 336}
"""uretprobe and uprobe of x86_64: the kernel's own, which no filter is asked about; they end who makes them."""


def import_named(name: str) -> str:
    return importlib.import_module(name).__name__


def read(path: str) -> str:
    return Path(path).read_text()


def write(path: str) -> None:
    Path(path).write_text("written")


def empty(path: str) -> None:
    os.truncate(path, 0)


def host() -> str:
    return socket.gethostname()


def capabilities() -> list[int]:
    """Return what this process may do beyond others: effective, permitted and inheritable rights, in two halves."""
    header, found = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    assert ctypes.CDLL(None).capget(ctypes.byref(header), ctypes.byref(found)) == 0
    return list(found)


def core_and_locked() -> list[int]:
    import resource

    return [*resource.getrlimit(resource.RLIMIT_CORE), *resource.getrlimit(resource.RLIMIT_MEMLOCK)]


def names_in(path: str) -> list[str]:
    return sorted(one.name for one in Path(path).iterdir())


def variables() -> list[str]:
    return sorted(os.environ)


def zone() -> str:
    return time.strftime("%z")


def ordinary_work() -> str:
    found = []
    thread = threading.Thread(target=lambda: found.append(len(os.urandom(8))))
    thread.start()
    thread.join()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "a").write_text("kept")
        (Path(folder) / "a").rename(Path(folder) / "b")
        found.append((Path(folder) / "b").read_text())
    one, other = socket.socketpair()
    with one, other:
        one.sendall(b"x")
        found.append(other.recv(1).decode())
    import asyncio
    import sqlite3
    import ssl  # noqa: F401

    found.append(sqlite3.connect(":memory:").execute("select 1").fetchone()[0])
    found.append(asyncio.run(asyncio.sleep(0, "slept")))
    return repr(found)


def refused_calls() -> dict[str, int]:
    """Make every system call that is not allowed, with arguments that mean nothing; return those that got through."""
    from webagent.sandbox.syscalls import CALLS

    libc = ctypes.CDLL(None, use_errno=True)
    through = {}
    allowed = set(CALLS[platform.machine()].values()) | OF_THE_KERNEL
    for number in sorted({*range(700), 0x40000000, 0x40000027, 0x40000208} - allowed):
        ctypes.set_errno(0)
        libc.syscall(ctypes.c_long(number), *[ctypes.c_long(-1)] * 6)
        if ctypes.get_errno() not in (1, 38):  # EPERM, ENOSYS
            through[str(number)] = ctypes.get_errno()
    return through


def limited_calls() -> dict[str, int]:
    """Make calls that are allowed with other arguments only; return the error of each."""
    from webagent.sandbox.syscalls import CALLS

    libc = ctypes.CDLL(None, use_errno=True)
    own = os.getpid()
    path = ctypes.c_char_p(os.fsencode(sys.executable))
    made: dict[str, tuple[str, tuple[Any, ...]]] = {
        "clone without a thread": ("clone", (17, 0, 0, 0, 0)),
        "clone with a namespace": ("clone", (0x100 | 0x800 | 0x10000 | 0x40000000, 0, 0, 0, 0)),
        "kill of another": ("kill", (own + 1, 0)),
        "kill of all": ("kill", (-1, 0)),
        "kill of the group": ("kill", (0, 0)),
        "tgkill of another": ("tgkill", (own + 1, own + 1, 0)),
        "limits of another": ("prlimit64", (own + 1, 0, 0, 0)),
        "no end with the parent": ("prctl", (1, 0, 0, 0, 0)),
        "signals of a file": ("fcntl", (2, 8, own)),
        "kind of a file's signal": ("fcntl", (2, 10, 9)),
        "typing into a terminal": ("ioctl", (2, 0x5412, 0)),
        "a datagram pair": ("socketpair", (1, 2, 0, 0)),
        "a pair of another family": ("socketpair", (2, 1, 0, 0)),
        "to an address": ("sendto", (2, 0, 0, 0, path, 16)),
        "emptying to read": ("openat", (-100, path, 0x200, 0)),
        "emptying for neither": ("openat", (-100, path, 0x203, 0)),
    }
    errors = {}
    for what, (name, arguments) in made.items():
        ctypes.set_errno(0)
        words = (one if isinstance(one, ctypes.c_char_p) else ctypes.c_long(one) for one in arguments)
        libc.syscall(ctypes.c_long(CALLS[platform.machine()][name]), *words)
        errors[what] = ctypes.get_errno()
    return errors


def write_errors() -> int:
    """Write to stderr until it takes no more; return how many bytes it took."""
    part, taken = b"x" * (1 << 20), 0
    try:
        while taken < 1 << 30:
            taken += os.write(2, part)
    except OSError:
        return taken
    return -1


def fill_folder() -> int:
    """Write files until there is no room; return how many bytes there was room for."""
    part, taken = b"x" * (1 << 20), 0
    try:
        for number in range(512):
            with Path(str(number)).open("wb", buffering=0) as file:
                taken += file.write(part)
    except OSError:
        return taken
    return -1


def open_many() -> int:
    found = []
    try:
        while len(found) < 5000:
            found.append(os.open(os.curdir, os.O_RDONLY))
    except OSError:
        return len(found)
    finally:
        for one in found:
            os.close(one)
    return -1


def many_threads() -> int:
    """Start threads until there can be no more; return how many there were."""
    threading.stack_size(64 * 1024)
    over, found = threading.Event(), []
    try:
        while len(found) < 4000:
            thread = threading.Thread(target=over.wait)
            thread.start()
            found.append(thread)
    except (RuntimeError, MemoryError):
        return len(found)
    finally:
        over.set()
    return -1


def compute() -> None:
    while True:
        pass


def choose() -> str:
    from webagent.errors import NoSandbox
    from webagent.sandbox.box import choose_box

    try:
        box = choose_box(unsafe=False)
    except NoSandbox as error:
        return str(error)
    return f"found {box and box.name}"


def main() -> None:
    """Do what the wire says until it closes: a function's name and its arguments."""
    wire = Wire(socket.socket(fileno=int(sys.argv[1])))
    try:
        while True:
            message = wire.receive()
            try:
                wire.send({"returned": globals()[message["do"]](*message["with"])})
            except Exception as error:  # noqa: BLE001
                wire.send({"raised": type(error).__name__})
    except WireClosed:
        return
