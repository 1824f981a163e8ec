"""Policies for the browser, bound over its own folder of them where bubblewrap can do that.

The wire refuses addresses such as file: before they get to the browser; with these the browser refuses them as well.
"""

import json
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

FOLDERS = (Path("/etc/chromium"), Path("/etc/opt/chrome"), Path("/etc/opt/chrome_for_testing"))
"""Where Chromium and Chrome look for policies, in `policies/managed`; what is not there cannot be bound over."""
_CLOSED = ["file://*", "chrome://*", "chrome-untrusted://*", "view-source:*", "devtools://*"]
_OPEN = ["chrome://top-chrome"]  # parts of the browser's own window; refused, each would be a tab with an error page
_TRIAL_SECONDS = 5.0


def with_policies(browser: Path, folder: Path, theirs: Sequence[Path] = FOLDERS) -> Path | None:
    """Return a program that starts `browser` with our policies beside the system's own; None where that cannot be done.

    Args:
        browser: the browser's program.
        folder: an empty folder for the policies and the program, kept as long as the browser runs.
        theirs: where browsers look for policies.
    """
    bwrap = shutil.which("bwrap")
    found = [one for one in theirs if one.is_dir()]
    if bwrap is None or not found:
        return None
    command = [bwrap, "--dev-bind", "/", "/"]
    try:
        for number, one in enumerate(found):
            ours = folder / str(number)
            shutil.copytree(one, ours, ignore_dangling_symlinks=True)
            _add_ours(ours / "policies" / "managed")
            command += ["--ro-bind", str(ours), str(one)]
        subprocess.run([*command, "--", "true"], check=True, timeout=_TRIAL_SECONDS, capture_output=True)
        program = folder / "browser"
        program.write_text(f'#!/bin/sh\nexec {shlex.join([*command, "--", str(browser)])} "$@"\n', encoding="utf-8")
        program.chmod(0o700)
    except (OSError, shutil.Error, subprocess.SubprocessError):
        return None
    return program


def _add_ours(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    policies: dict[str, list[str]] = {"URLBlocklist": list(_CLOSED), "URLAllowlist": list(_OPEN)}
    for file in folder.glob("*.json"):  # of two lists the browser takes one
        with suppress(OSError, ValueError):
            theirs: Any = json.loads(file.read_text(encoding="utf-8"))
            for name, ours in policies.items():
                listed = theirs.get(name) if isinstance(theirs, dict) else None
                ours += [one for one in listed or [] if isinstance(one, str)]
    (folder / "zz-webagent.json").write_text(json.dumps(policies), encoding="utf-8")  # of several files the last wins
