"""A seccomp filter for this process: the system calls it may still make. Everything else is refused with EPERM.

pyseccomp, the one Python package for this, needs libseccomp on the machine and has had no release since 2021.
"""

import ctypes
import errno
import os
import platform
import struct
import sys
from dataclasses import dataclass

from webagent.sandbox.syscalls import ABSENT, CALLS, NEWEST

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # AUDIT_ARCH_* of linux/audit.h
_SECCOMP = {"x86_64": 317, "aarch64": 277}  # the number of seccomp(2)
_X32 = 0x40000000  # set in the numbers of x86_64's third set of calls

_PR_SET_NO_NEW_PRIVS = 38
_SET_MODE_FILTER, _GET_ACTION_AVAIL, _TSYNC = 1, 2, 1
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_REFUSE, _SAY_ABSENT = _ERRNO | errno.EPERM, _ERRNO | errno.ENOSYS

# Instructions of classic BPF, and where it finds what it judges (struct seccomp_data).
_LOAD, _AND, _RETURN = 0x20, 0x54, 0x06
_EQUAL, _GREATER, _GREATER_OR_EQUAL = 0x15, 0x25, 0x35
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16

Instruction = tuple[int, int, int, int]


@dataclass(frozen=True)
class _Only:
    """A test of one argument: one of these values is left of its lower half under the mask, or (but) none of them."""

    argument: int
    values: tuple[int, ...]
    mask: int = 0xFFFFFFFF
    but: bool = False
    upper: bool = False  # of the upper half; only a pointer needs it, the kernel cuts the others off itself


_THREAD = 0x00000100 | 0x00000800 | 0x00010000  # CLONE_VM, CLONE_SIGHAND, CLONE_THREAD
_NO_THREAD = 0x00002000 | 0x00004000 | 0x00020000 | 0x7E000000  # CLONE_PTRACE, CLONE_VFORK, CLONE_NEW*
_FCNTL = (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030)  # F_DUPFD to F_SETLKW, F_OFD_*, F_DUPFD_CLOEXEC; no F_SETOWN:
# who owns a file's signals can be any process, and F_SETSIG makes them any signal.
_IOCTL = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451, 0x802C542A)  # TCGETS, TIOCGWINSZ, FION*, FIO*CLEX, TCGETS2
_TRUNCATE = _Only(1, (0x200, 0x203), 0x203, but=True)  # O_TRUNC, yet not to write: Landlock knows it from ABI 3 only


def _conditions(own: int) -> dict[str, tuple[_Only, ...]]:
    """Return what the arguments of some calls must be, for a process of this number."""
    return {
        "clone": (_Only(0, (_THREAD,), _THREAD | _NO_THREAD),),
        "kill": (_Only(0, (own,)),),
        "tgkill": (_Only(0, (own,)),),
        "prlimit64": (_Only(0, (0, own)),),
        "prctl": (_Only(0, (15, 16, 0x53564D41)),),  # names of threads and of memory
        "fcntl": (_Only(1, _FCNTL),),
        "ioctl": (_Only(1, _IOCTL),),
        "open": (_TRUNCATE,),
        "openat": (_Only(2, _TRUNCATE.values, _TRUNCATE.mask, but=True),),
        # AF_UNIX and SOCK_STREAM: a datagram socket of a pair could still be used to write to a service's.
        "socketpair": (_Only(0, (1,)), _Only(1, (1,), 0xF)),
        "sendto": (_Only(4, (0,)), _Only(4, (0,), upper=True)),
    }


def available() -> bool:
    """Return whether a filter can be made for this machine, and the kernel takes it."""
    if sys.platform != "linux" or platform.machine() not in CALLS or sys.maxsize < 1 << 32:
        return False
    action = ctypes.c_uint32(_ERRNO)
    return _seccomp(_GET_ACTION_AVAIL, 0, ctypes.byref(action)) == 0


def restrict() -> None:
    """Install the filter for this process, for good.

    Raises:
        OSError: the kernel does not take it.
        KeyError: this machine's calls are not known.
    """
    program = b"".join(struct.pack("=HBBI", *one) for one in rules(platform.machine(), os.getpid()))
    buffer = ctypes.create_string_buffer(program, len(program))

    class Program(ctypes.Structure):  # struct sock_fprog
        _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))

    no_new_privileges()
    given = Program(len(program) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    if _seccomp(_SET_MODE_FILTER, _TSYNC, ctypes.byref(given)) != 0:
        raise OSError(ctypes.get_errno(), "seccomp: the kernel did not take the filter")


def no_new_privileges() -> None:
    """Give up, for good, to gain rights by starting a program; a filter and Landlock both ask for it.

    Raises:
        OSError: the kernel does not know it.
    """
    zero = ctypes.c_ulong(0)
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), zero, zero, zero) != 0:
        raise OSError(ctypes.get_errno(), "no_new_privs")


def rules(machine: str, own: int) -> list[Instruction]:
    """Return the filter's program, for a machine as `platform.machine()` names it and a process of number `own`."""
    found: list[Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, _ARCHITECTURES[machine]),
        (_RETURN, 0, 0, _REFUSE),  # the same numbers mean other calls there
        (_LOAD, 0, 0, _NUMBER),
    ]
    if machine == "x86_64":
        found += [(_GREATER_OR_EQUAL, 0, 1, _X32), (_RETURN, 0, 0, _REFUSE)]
    conditions = _conditions(own)
    for name, number in CALLS[machine].items():
        body = [one for test in conditions.get(name, ()) for one in _judge(test)] + [(_RETURN, 0, 0, _ALLOW)]
        found += [(_EQUAL, 0, len(body), number), *body]
    for number in ABSENT:
        found += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _SAY_ABSENT)]
    return [*found, (_GREATER, 0, 1, NEWEST), (_RETURN, 0, 0, _SAY_ABSENT), (_RETURN, 0, 0, _REFUSE)]


def _judge(test: _Only) -> list[Instruction]:
    """Return what refuses the call if the test fails, and goes on behind itself if not."""
    found = [(_LOAD, 0, 0, _ARGUMENTS + 8 * test.argument + 4 * test.upper), (_AND, 0, 0, test.mask)]
    for index, value in enumerate(test.values):
        left = len(test.values) - index - 1
        # Behind the values stands the refusal; a value that is met jumps over it, or, with `but`, onto it.
        found.append((_EQUAL, left + (not test.but), int(not left and test.but), value))
    return [*found, (_RETURN, 0, 0, _REFUSE)]


def _seccomp(operation: int, flags: int, argument: object) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    return int(libc.syscall(ctypes.c_long(_SECCOMP[platform.machine()]), operation, flags, argument))
