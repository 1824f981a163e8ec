"""How much a process in the box may use; more is an error there, or its end."""

import ctypes

MEMORY = 2 * 1024**3
"""Bytes of address space."""
FILE_SIZE = 64 * 1024**2
"""Bytes a file may have that it writes, its stderr included; the working folder, where that is in memory, too."""
OPEN_FILES = 256
THREADS = 256
"""Threads and processes more than the machine had at the start; Linux does not count those of root."""
CPU_SECONDS = 600
"""Least seconds of processor time."""


def cpu_seconds(deadline: float) -> int:
    """Return the seconds of processor time a worker may use whose actions may take `deadline` seconds each."""
    return max(CPU_SECONDS, round(10 * deadline))


def limit(cpu: int) -> None:
    """Limit this process, for good.

    Args:
        cpu: seconds of processor time.

    Raises:
        OSError: the kernel does not take it.
    """
    import resource  # not on every system

    wanted = {
        resource.RLIMIT_AS: MEMORY,
        resource.RLIMIT_CPU: cpu,
        resource.RLIMIT_FSIZE: FILE_SIZE,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_NPROC: _running() + THREADS,
    }
    for kind, most in wanted.items():
        _, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))


def _running() -> int:
    """Return how many threads run on this machine: Linux counts those of a user together, other programs' too."""

    class Info(ctypes.Structure):  # struct sysinfo, as far as it is needed here
        _fields_ = (
            ("numbers", ctypes.c_ulong * 10),
            ("processes", ctypes.c_ushort),
            ("rest", ctypes.c_char * 64),
        )

    info = Info()
    ctypes.CDLL(None).sysinfo(ctypes.byref(info))
    return int(info.processes)
