"""The worker's box: what keeps the model's code from this machine's files, keys, network and other processes.

Two work: bubblewrap, which gives it a machine that holds nothing else; and Landlock together with seccomp, which have
the kernel refuse it the rest of this one. In both, the process also limits itself before it reads anything; see
`inside.py`.
"""

import logging
import os
import platform
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from webagent.errors import NoSandbox
from webagent.sandbox import landlock, seccomp
from webagent.sandbox.bubblewrap import Bubblewrap, Refused
from webagent.sandbox.readable import readable

_LOG = logging.getLogger("webagent")
_DEVICES = ("/dev/zero", "/dev/urandom")


class Box(Protocol):
    """Puts a process of this Python in a box."""

    @property
    def name(self) -> str:
        """What it is made of, for a person to read."""

    def around(self, python: list[str], folder: Path, imports: Iterable[str]) -> tuple[list[str], dict[str, Any]]:
        """Return the command that starts a program boxed, and what the process does to itself (see `inside.enter`).

        Args:
            python: the interpreter and what it is given.
            folder: an empty folder, which may become its working folder.
            imports: modules of the user that it may import.
        """


@dataclass(frozen=True)
class Landlock:
    """Landlock and seccomp: the process gives up, before it reads anything, nearly all that the kernel offers."""

    abi: int

    @property
    def name(self) -> str:
        """What it is made of, for a person to read."""
        return f"Landlock (ABI {self.abi}) with seccomp"

    def around(self, python: list[str], folder: Path, imports: Iterable[str]) -> tuple[list[str], dict[str, Any]]:
        """Return the command that starts a program boxed, and what the process does to itself."""
        needed = readable(imports)
        return python, {
            "path": needed.search,
            "modules": needed.modules,
            "seccomp": True,
            "abi": self.abi,
            "readable": [*map(str, needed.paths), *_DEVICES],
            "writable": [str(folder), os.devnull],
        }


def choose_box(*, unsafe: bool) -> Box | None:
    """Return the box for the model's code, tried; None where it is to run without one, which is logged.

    Args:
        unsafe: whether `--unsafe-no-sandbox` was given.

    Raises:
        NoSandbox: no box works here.
    """
    if not unsafe:
        return _working_box()
    _LOG.warning(
        "webagent: --unsafe-no-sandbox: the model's code runs without a box. "
        "What a web page talks it into can read your files and keys, and reach your network."
    )
    return None


@cache
def _working_box() -> Box:
    if sys.platform != "linux":
        raise NoSandbox(
            f"there is no box for the model's code on {platform.system()}: run webagent on Linux, in a virtual machine "
            "or a container, or give --unsafe-no-sandbox to run that code with all your rights"
        )
    try:
        return Bubblewrap.find()
    except Refused as refused:
        why = str(refused)
    filtered, abi = seccomp.available(), landlock.abi()
    if filtered and abi:
        return Landlock(abi)
    lacks = "this kernel has no Landlock" if filtered else f"there is no seccomp filter for {platform.machine()} here"
    raise NoSandbox(
        f"the model's code cannot be boxed here ({why}; {lacks}): install bubblewrap (Debian: apt-get install "
        "bubblewrap) and allow user namespaces, or give --unsafe-no-sandbox to run that code with all your rights"
    )
