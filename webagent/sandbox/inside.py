"""What a boxed process does to itself before it reads anything: it limits itself and gives up what it will not need."""

import ctypes
import importlib.util
import os
import signal
import sys
import time
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1


def enter(plan: dict[str, Any]) -> None:
    """Do to this process what `plan` says, for good. It has no other thread yet.

    Args:
        plan: what a box's `around` returned, and `cpu` (seconds of processor time) and `zone` (as TZ). Without `cpu`
            there is no box.

    Raises:
        OSError: the kernel does not take part of it. The process must not go on.
    """
    sys.meta_path.append(_Named(plan.get("modules", {})))
    if "cpu" not in plan:
        return
    from webagent.sandbox import landlock, limits, seccomp

    _prepare(plan["zone"])
    if plan.get("end_with_parent"):
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL), *[ctypes.c_ulong(0)] * 3) != 0:
            raise OSError(ctypes.get_errno(), "PR_SET_PDEATHSIG")
    limits.limit(plan["cpu"])
    if "readable" in plan:
        _drop_capabilities()
        landlock.restrict(map(Path, plan["readable"]), map(Path, plan["writable"]), plan["abi"])
    if plan["seccomp"]:
        seccomp.restrict()


def local_zone() -> str:
    """Return the local time's distance to UTC as TZ takes it; the box has no /etc/localtime."""
    now = time.localtime()
    minutes = abs(now.tm_gmtoff) // 60
    sign = "-" if now.tm_gmtoff > 0 else "+"  # TZ counts westwards
    name = now.tm_zone if now.tm_zone.isascii() and now.tm_zone.isalnum() and len(now.tm_zone) > 2 else "local"
    return f"<{name}>{sign}{minutes // 60:02}:{minutes % 60:02}"


def _prepare(zone: str) -> None:
    """Have Python and what it loads do without what the box has not."""
    import mimetypes

    os.environ["TZ"] = zone
    time.tzset()
    mimetypes.knownfiles.clear()  # in /etc, where Landlock lets it see files that it cannot read
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = "1"  # one for each core, each with its own memory, is more address space than there is


def _drop_capabilities() -> None:
    """Give up what root may do beyond others; bubblewrap does it by itself.

    Raises:
        OSError: the kernel does not take it.
    """
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.capset(ctypes.byref(header), ctypes.byref((ctypes.c_uint32 * 6)())) != 0:
        raise OSError(ctypes.get_errno(), "capset")


class _Named(MetaPathFinder):
    """Finds modules by where they lie, as the folders they lie in cannot be searched."""

    def __init__(self, modules: dict[str, tuple[str | None, list[str] | None]]) -> None:
        self._modules = modules

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Return where a module lies; None for what is not among those that were named."""
        if path is not None or name not in self._modules:
            return None
        file, inner = self._modules[name]
        if file is not None:
            return importlib.util.spec_from_file_location(name, file, submodule_search_locations=inner)
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = inner
        return spec
