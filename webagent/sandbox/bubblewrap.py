"""bubblewrap: a machine of its own for the worker, with Python in it, read-only, and nothing else."""

import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from webagent.sandbox import limits, seccomp
from webagent.sandbox.readable import Readable, readable

_FOLDER = "/box"
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom")  # and no terminal: it stays in the session it was started from
_TRIAL_SECONDS = 10.0
_SIZED = (0, 7)  # the first version that can limit a tmpfs; before, there is no folder to write to


class Refused(Exception):
    """bubblewrap is not there, or this system does not let it work; the text says which."""


@dataclass(frozen=True)
class Bubblewrap:
    """bubblewrap, with seccomp where there is a filter for this machine."""

    path: str
    version: tuple[int, ...]
    filtered: bool

    @classmethod
    def find(cls) -> "Bubblewrap":
        """Return it, tried.

        Raises:
            Refused: it does not work here.
        """
        path = shutil.which("bwrap")
        if path is None:
            raise Refused("bubblewrap is not installed")
        path = str(Path(path).resolve())
        said = re.match(r"bubblewrap ([0-9.]+)", _output([path, "--version"]))
        if said is None:
            raise Refused(f"{path} is not bubblewrap")
        box = cls(path, tuple(int(part) for part in said[1].split(".") if part), seccomp.available())
        needed = readable([])
        inside = Readable((*needed.paths, Path(path)), needed.links, needed.search, needed.modules)
        _output([*box._walls(inside), path, "--version"])  # nothing smaller is sure to be there
        return box

    @property
    def name(self) -> str:
        """What it is made of, for a person to read."""
        version = ".".join(map(str, self.version))
        return f"bubblewrap {version} {'with' if self.filtered else 'without'} seccomp"

    def around(self, python: list[str], folder: Path, imports: Iterable[str]) -> tuple[list[str], dict[str, Any]]:
        """Return the command that starts a program boxed, and what the process does to itself.

        Its working folder is in memory; `folder` is not seen in there.
        """
        needed = readable(imports)
        plan = {"path": needed.search, "modules": needed.modules, "seccomp": self.filtered, "end_with_parent": True}
        return [*self._walls(needed), *python], plan

    def _walls(self, needed: Readable) -> list[str]:
        # Without --die-with-parent, which asks for the *thread* that starts it to live on: as process 1 in there, the
        # worker itself asks to end with the bwrap that waits for it, and then gives up the right to take that back.
        words = [self.path, "--unshare-all", "--as-pid-1", "--cap-drop", "ALL", "--hostname", "box"]
        if not self.filtered:  # a group can be signalled from in there; without it, it ends with the group it is in
            words.append("--new-session")
        words += ["--size", str(limits.FILE_SIZE), "--tmpfs", _FOLDER] if self.version >= _SIZED else ["--dir", _FOLDER]
        for path in needed.paths:
            words += ["--ro-bind", str(path), str(path)]
        for link in needed.links:
            if not any(path in link.parents for path in needed.paths):
                words += ["--symlink", str(link.readlink()), str(link)]
        for device in _DEVICES:
            words += ["--dev-bind", device, device]
        if sys.base_prefix != "/usr" and sysconfig.get_config_var("Py_ENABLE_SHARED"):
            # How it is found otherwise, by /etc/ld.so.cache or by way of /proc, is not in there.
            words += ["--setenv", "LD_LIBRARY_PATH", str(Path(sys.base_prefix) / "lib")]
        words += ["--setenv", "HOME", _FOLDER, "--setenv", "TMPDIR", _FOLDER, "--chdir", _FOLDER]
        return [*words, "--remount-ro", "/", "--"]


def _output(command: list[str]) -> str:
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_TRIAL_SECONDS, check=False, env={}, cwd="/"
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Refused(f"{command[0]} does not start ({type(error).__name__})") from error
    if done.returncode != 0:
        last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise Refused(f"bubblewrap is refused ({last.removeprefix('bwrap: ')[:200] or done.returncode})")
    return done.stdout.decode(errors="replace")
