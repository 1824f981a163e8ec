"""Tries from inside a box whatever the box is there to prevent, and reports what it was not kept from.

Runs in place of the worker, started in the very same way. See `trial.py` for the other end.
"""

import ctypes
import mmap
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from webagent.sandbox import limits
from webagent.sandbox.wire import Message, Wire

BY_UDP = "send by UDP"
"""What has succeeded only if it arrives."""
BECOME = "become another program"
"""What is tried last, as nothing comes after it where it succeeds."""
_HARMLESS = {"HOME", "TMPDIR", "PWD", "TZ", "LC_CTYPE", "LD_LIBRARY_PATH", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"}


def _read(path: str) -> None:
    Path(path).read_bytes()


def _list(path: str, place: list[int]) -> None:
    list(Path(path).iterdir())
    found = Path(path).stat()
    if [found.st_dev, found.st_ino] != place:  # an empty one of that name, which leads to Python
        raise FileNotFoundError


def _environment(process: int) -> None:
    if not set(os.environ) - _HARMLESS:
        Path(f"/proc/{process}/environ").read_bytes()


def _write(path: str) -> None:
    Path(path).write_text("written")


def _empty(path: str) -> None:
    os.close(os.open(path, os.O_RDONLY | os.O_TRUNC))


def _change(path: str) -> None:
    Path(path).chmod(stat.S_IRWXU)


def _connect(family: int, kind: int, address: Any) -> None:
    with socket.socket(family, kind) as one:
        one.settimeout(3)
        one.connect(address)
        one.send(b"x")


def _datagram_of_a_pair(address: str) -> None:
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with one, other:
        one.sendto(b"x", address)


def _fork() -> None:
    child = os.fork()
    if not child:
        os._exit(0)
    os.waitpid(child, 0)


def _group() -> None:
    if os.getpgrp() == os.getpid():  # it has one of its own
        raise ProcessLookupError
    os.kill(0, 0)


def _signals_of_files(process: int) -> None:
    import fcntl

    one, other = socket.socketpair()
    with one, other:
        fcntl.fcntl(one, fcntl.F_SETOWN, process)


def _memory_of(process: int) -> None:
    there = ctypes.create_string_buffer(8)
    part = (ctypes.c_size_t * 2)(ctypes.addressof(there), 8)
    call = ctypes.CDLL(None, use_errno=True).process_vm_readv
    call(process, ctypes.byref(part), ctypes.c_ulong(1), ctypes.byref(part), ctypes.c_ulong(1), ctypes.c_ulong(0))
    if ctypes.get_errno() != 14:  # EFAULT: it may, and this address means nothing there
        raise PermissionError


def _allocate() -> None:
    mmap.mmap(-1, limits.MEMORY + (1 << 20)).close()


def _large_file() -> None:
    try:
        with Path("large").open("wb") as file:
            file.truncate(limits.FILE_SIZE + 1)
    finally:
        with suppress(OSError):
            Path("large").unlink()


def _start(program: str) -> None:
    subprocess.run([program, "-I", "-S", "-c", "pass"], check=True, env={}, stderr=subprocess.DEVNULL)


def attacks(aims: dict[str, Any]) -> dict[str, Callable[[], object]]:
    """Return what is tried, by what it is to do. Each raises an error where it is kept from it.

    Args:
        aims: what there is to get at; see `trial.py`.
    """
    parent, victim = aims["parent"], aims["file"]
    return {
        "read /etc/passwd": lambda: _read("/etc/passwd"),
        "read the home folder": lambda: _list(aims["home"], aims["home_is"]),
        "read a file of another folder": lambda: _read(victim),
        "read the environment": lambda: _environment(parent),
        "write to another folder": lambda: _write(victim + ".new"),
        "empty a file of another folder": lambda: _empty(victim),
        "change a file's mode": lambda: _change(victim),
        "connect by TCP": lambda: _connect(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", aims["tcp"])),
        BY_UDP: lambda: _connect(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", aims["udp"])),
        "connect to a unix socket": lambda: _connect(socket.AF_UNIX, socket.SOCK_STREAM, aims["unix"]),
        "connect to an abstract unix socket": lambda: _connect(
            socket.AF_UNIX, socket.SOCK_STREAM, "\0" + aims["abstract"]
        ),
        "write to a unix socket": lambda: _datagram_of_a_pair(aims["datagrams"]),
        "signal webagent": lambda: os.kill(parent, 0),
        "signal the run's other processes": _group,
        "have files signal webagent": lambda: _signals_of_files(parent),
        "read webagent's memory": lambda: _memory_of(parent),
        "fork": _fork,
        "start a program": lambda: _start(sys.executable),
        "start a shell": lambda: os.waitpid(os.posix_spawn("/bin/sh", ["sh", "-c", ":"], {}), 0),
        "leave the process group": os.setsid,
        "use more memory than it may": _allocate,
        "write a file larger than it may": _large_file,
    }


def main() -> None:
    """Report on the socket whose file descriptor is the first argument."""
    wire = Wire(socket.socket(fileno=int(sys.argv[1])))
    got_out, refused = [], {}
    for name, attack in attacks(wire.receive()).items():
        try:
            attack()
            got_out.append(name)
        except (OSError, subprocess.SubprocessError, MemoryError, ValueError) as error:
            refused[name] = f"{type(error).__name__}: {error}"
    report: Message = {"got_out": got_out, "refused": refused}
    wire.send(report)
    try:
        os.execv(sys.executable, [sys.executable, "-I", "-S", "-c", "pass"])  # noqa: S606 - what should not work
    except OSError as error:
        wire.send({"refused": {BECOME: f"{type(error).__name__}: {error}"}})
