"""Starts a process of this Python at the other end of a socket, in a box."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

import webagent
from webagent.sandbox.box import Box
from webagent.sandbox.inside import local_zone


def start(
    box: Box | None,
    module: str,
    theirs: socket.socket,
    *,
    folder: Path,
    group: int | None,
    imports: Iterable[str],
    cpu: int,
    errors: IO[bytes],
) -> subprocess.Popen[bytes]:
    """Start `main()` of a module of ours and return its process; its first argument is the number of its socket.

    Any thread may start it: it ends with its process group, or where this process kills it.

    Args:
        box: the box; None for none.
        module: the module's full name.
        theirs: its end of the socket pair; the caller closes it.
        folder: an empty folder for it.
        group: process group to start it in; None for this process's own.
        imports: modules of the user that it may import.
        cpu: seconds of processor time that it may use, where it is boxed.
        errors: file that takes what it writes to stderr.

    Raises:
        OSError: it could not be started.
    """
    # -I leaves PYTHONPATH out; what this process can import, the other can, after its own standard library.
    program = (
        "import json, sys; plan = json.loads(sys.argv.pop()); sys.path += plan['path']; "
        f"from webagent.sandbox.inside import enter; enter(plan); from {module} import main; main()"
    )
    command = [sys.executable, "-I", "-X", "utf8", "-c", program, str(theirs.fileno())]
    plan: dict[str, Any] = {"path": [*sys.path, str(Path(webagent.__file__).parent.parent)]}
    if box is not None:
        command, plan = box.around(command, folder, imports)
        plan |= {"cpu": cpu, "zone": local_zone()}
    plan["path"] = [entry for entry in plan["path"] if Path(entry).is_absolute()]
    return subprocess.Popen(
        [*command, json.dumps(plan)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=errors,
        pass_fds=[theirs.fileno()],
        cwd=folder,
        env={"HOME": str(folder), "TMPDIR": str(folder)},
        process_group=group,
    )
