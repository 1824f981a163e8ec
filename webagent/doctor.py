"""What `webagent doctor` checks: browser, driver, sandbox, model, script. What is wrong, and how to mend it."""

import json
import os
import shlex
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

from webagent.errors import WebAgentError
from webagent.model_check import check_model
from webagent.text import one_line

if TYPE_CHECKING:
    from webagent.settings import Settings


@dataclass(frozen=True)
class Finding:
    """What became of one check."""

    what: str
    """The thing checked: browser, driver, sandbox, model, script."""
    ok: bool
    says: str
    """What is the matter, or what was found, in one line."""
    mend: str = ""
    """How to mend it; empty where nothing is to be done."""


def examine(settings: "Settings") -> list[Finding]:
    """Return what was found of browser, driver, sandbox, model and script.

    The browser is really started, and closed again; so is a process in the sandbox, which tries to get out.
    """
    return [
        *examine_browser(settings),
        examine_sandbox(unsafe=settings.unsafe_no_sandbox),
        examine_model(settings, os.environ),
        examine_script(os.environ.get("PATH", os.defpath)),
    ]


def lines(findings: Sequence[Finding]) -> list[str]:
    """Return findings as lines of text: what, whether it is well, what it says, how to mend it."""
    return [
        f"{'ok ' if finding.ok else 'BAD'}  {finding.what:<8} {one_line(finding.says, 400)}"
        + (f" To mend it: {one_line(finding.mend, 600)}" if finding.mend else "")
        for finding in findings
    ]


def examine_browser(settings: "Settings") -> list[Finding]:
    """Start the browser as a run does, and return a finding for it and one for its driver."""
    try:
        from webagent.browser import Browser

        browser = Browser(settings)
        try:
            browser.start()
            size = browser.screenshot().size
            found, sandboxed = f"Chromium {browser.version} at {browser.binary}", browser.sandboxed
            driver = Finding("driver", True, f"chromedriver {browser.driver_version}.")
        finally:
            browser.close()
    except WebAgentError as error:  # its sentence says how to mend it
        return [Finding("browser", False, str(error)), Finding("driver", False, "Not seen, as no browser started.")]
    except Exception as error:  # noqa: BLE001 - whatever a broken installation raises is a finding here
        says = f"The browser did not start ({type(error).__name__}: {error})."
        mend = "start the browser by hand to see what it lacks, or name another one with --browser-path."
        return [Finding("browser", False, says, mend), Finding("driver", False, "Not seen, as no browser started.")]
    if tuple(size) != settings.viewport:
        wanted = "x".join(map(str, settings.viewport))
        says = f"{found} starts, but its screenshots are {size[0]}x{size[1]} pixels instead of {wanted}."
        return [Finding("browser", False, says, "update the browser, or name another one with --browser-path."), driver]
    if not sandboxed:
        why, mend = _no_sandbox(as_root=hasattr(os, "geteuid") and os.geteuid() == 0)
        says = f"{found} starts, but without its own sandbox (--no-sandbox): {why}."
        return [Finding("browser", True, says, mend), driver]
    return [Finding("browser", True, f"{found} starts."), driver]


def _no_sandbox(*, as_root: bool) -> tuple[str, str]:
    if as_root:
        return "Chromium does not run it as root", "run webagent as an ordinary user."
    mend = "install its helper (Debian: apt-get install chromium-sandbox), or allow user namespaces."
    return "this system gives it no user namespaces", mend


def examine_sandbox(*, unsafe: bool) -> Finding:
    """Return what the model's code would run in, and what a process in it could do that it should not.

    Args:
        unsafe: whether a run would be given `--unsafe-no-sandbox`.
    """
    from webagent.sandbox.box import choose_box
    from webagent.sandbox.trial import try_box

    if unsafe:
        says = "There is none: with --unsafe-no-sandbox the model's code can do whatever you can."
        return Finding("sandbox", False, says, "leave --unsafe-no-sandbox out.")
    try:
        box = choose_box(unsafe=False)
        assert box is not None
        trial = try_box(box)
    except (WebAgentError, OSError) as error:
        return Finding("sandbox", False, f"{error}.")
    if trial.got_out:
        says = f"{box.name} does not keep all in. The model's code can: {', '.join(trial.got_out)}."
        return Finding("sandbox", False, says, "install or update bubblewrap (Debian: apt-get install bubblewrap).")
    return Finding("sandbox", True, f"{box.name}: nothing got out in {len(trial.refused)} attempts from inside.")


def examine_model(settings: "Settings", environ: Mapping[str, str]) -> Finding:
    """Return whether a model is configured, and whether its server answers or its key is there.

    Where none is named, what a run would choose is checked, and the servers of this machine are listed.
    """
    from webagent.discovery import find_servers, with_model

    servers = find_servers() if settings.discover and not settings.model else []
    listed = f" Servers on this machine: {'; '.join(map(str, servers))}." if servers else ""
    try:
        settings, chosen = with_model(settings, environ)
    except WebAgentError as error:
        return Finding("model", False, str(error))
    ok, says, mend = check_model(settings, environ)
    return Finding("model", ok, f"{chosen}. {says}{listed}" if chosen else says, mend)


def examine_script(path: str) -> Finding:
    """Return whether the `webagent` that a shell would start is ours: smolagents installs one of the same name.

    Args:
        path: folders, as in the variable PATH.
    """
    found = shutil.which("webagent", path=path)
    if found is None:
        mend = f"activate the environment ({Path(sys.executable).parent}), or use python -m webagent."
        return Finding("script", False, "There is no command webagent on PATH.", mend)
    try:
        content = Path(found).read_bytes()
    except OSError as error:
        return Finding("script", False, f"{found} cannot be read ({error.strerror}).", _write_it_anew())
    if b"webagent.__main__" in content:
        return Finding("script", True, f"{found} is webagent's.")
    owner = "smolagents' script of the same name" if b"smolagents" in content else "another program"
    return Finding("script", False, f"The first webagent on PATH, {found}, is {owner}.", _write_it_anew())


def _write_it_anew() -> str:
    """Return how to get our script back. Never by the bare name: on PyPI it is not ours."""
    ours = f"use {shlex.quote(sys.executable)} -m webagent, which is always ours."
    folder = installed_from()
    return f"run pip install --force-reinstall --no-deps -e {shlex.quote(str(folder))}, or {ours}" if folder else ours


def installed_from(where: Sequence[str] | None = None) -> Path | None:
    """Return the folder that webagent is installed from with `pip install -e`; None where it is installed otherwise.

    Args:
        where: folders of packages; default `sys.path`.
    """
    for found in distributions(name="webagent", path=list(sys.path if where is None else where)):
        try:
            origin = json.loads(found.read_text("direct_url.json") or "{}")
            url = urlsplit(origin["url"])
            folder = Path(url2pathname(url.path))
            if url.scheme == "file" and origin["dir_info"]["editable"] is True and folder.is_dir():
                return folder
        except (OSError, ValueError, KeyError, TypeError):  # none of pip's own, or an installation of another kind
            continue
    return None
