"""Landlock: files and TCP ports this process may still use, by as much of it as the kernel knows.

The Python packages for this (landlock, py-landlock, landlockpy) are in their first versions; it is three system calls.
"""

import ctypes
import os
import stat
import sys
from collections.abc import Iterable
from pathlib import Path

from webagent.sandbox.seccomp import no_new_privileges

# linux/landlock.h. The numbers of the calls are the same on every machine.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION = 1
_PATH_BENEATH = 1
_WRITE_FILE, _READ_FILE, _READ_DIR, _REMOVE_DIR, _REMOVE_FILE = 1 << 1, 1 << 2, 1 << 3, 1 << 4, 1 << 5
_MAKE_DIR, _MAKE_REG, _REFER, _TRUNCATE = 1 << 7, 1 << 8, 1 << 13, 1 << 14
_READ = _READ_FILE | _READ_DIR
_WRITE = _READ | _WRITE_FILE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG | _REFER | _TRUNCATE
_OF_FILES = _READ_FILE | _WRITE_FILE | _TRUNCATE
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}  # how many rights each ABI knows; later ones no more
_TCP = 0b11  # bind and connect, from ABI 4
_SCOPES = 0b11  # abstract unix sockets and signals, from ABI 6


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("rights", ctypes.c_uint64), ("folder", ctypes.c_int32))


def abi() -> int:
    """Return the version of Landlock that the kernel speaks; 0 where there is none."""
    if sys.platform != "linux":
        return 0
    return max(0, _call(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION)))


def restrict(readable: Iterable[Path], writable: Iterable[Path], version: int) -> None:
    """Refuse this process, for good, every file but these, TCP, abstract unix sockets and signals of others.

    What that version of Landlock does not know stays open: TCP before ABI 4, sockets and signals before 6.

    Args:
        readable: folders, with all in them, and files; one that is not there is passed over.
        writable: the same, to read and write. Neither to start programs from.
        version: the version of Landlock to speak, at most that of the kernel.

    Raises:
        OSError: the kernel does not take it.
    """
    handled = (1 << _FILE_RIGHTS.get(version, 16)) - 1
    ruleset = _Ruleset(handled, _TCP if version >= 4 else 0, _SCOPES if version >= 6 else 0)
    size = 8 if version < 4 else 16 if version < 6 else 24  # an older kernel takes no more, even of zeros
    number = _check(_call(_CREATE_RULESET, ctypes.byref(ruleset), ctypes.c_size_t(size), ctypes.c_uint32(0)))
    try:
        for rights, paths in ((_READ, readable), (_WRITE, writable)):
            for path in paths:
                _allow(number, path, rights & handled)
        no_new_privileges()
        _check(_call(_RESTRICT_SELF, ctypes.c_int(number), ctypes.c_uint32(0)))
    finally:
        os.close(number)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:  # gone since, or not for this user: then it is not readable anyway
        return
    try:
        if not stat.S_ISDIR(os.fstat(opened).st_mode):
            rights &= _OF_FILES
        rule = ctypes.byref(_Beneath(rights, opened))
        _check(_call(_ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(_PATH_BENEATH), rule, ctypes.c_uint32(0)))
    finally:
        os.close(opened)


def _call(number: int, *arguments: object) -> int:
    return int(ctypes.CDLL(None, use_errno=True).syscall(ctypes.c_long(number), *arguments))


def _check(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), "Landlock: the kernel did not take the rules")
    return result
