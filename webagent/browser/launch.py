"""Starting a Chromium under chromedriver, as safely as it goes here."""

import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.common.exceptions import SessionNotCreatedException, WebDriverException
from urllib3 import Retry

from webagent.browser.find import HOW_TO_GET_ONE, find_browser, find_driver
from webagent.browser.managed import with_policies
from webagent.browser.options import launch_environment, launch_options
from webagent.errors import BrowserDied, BrowserNotFound
from webagent.settings import Settings
from webagent.text import one_line

_ANSWER_TIMEOUT = 30.0  # above those of pages and scripts: past it the driver itself is stuck


@dataclass(frozen=True)
class Launched:
    """A browser that runs, and how it could be started."""

    driver: webdriver.Chrome
    binary: Path
    sandboxed: bool
    """False where Chromium's own sandbox had to be left out (root, or no user namespaces)."""
    managed: bool
    """Whether policies of ours could be put where browsers look for them, see `webagent.browser.managed`."""


def launch(
    settings: Settings,
    *,
    folder: Callable[[], Path],
    group: int,
    proxy_port: int,
    trusted_key: str | None = None,
    about: Mapping[str, Any] | None = None,
) -> Launched:
    """Start a browser: with its own sandbox and with policies of ours where it starts with them, else without.

    Args:
        settings: as `webagent.browser.options.launch_options` has them, `browser_path` and `driver_path`.
        folder: returns a new private folder each time.
        group: the process group that browser and driver are started in.
        proxy_port: see `launch_options`.
        trusted_key: likewise.
        about: `seed`, `timezone` and `language` that the browser is to have.

    Raises:
        BrowserNotFound: there is none where the settings say.
        selenium.common.exceptions.WebDriverException: it did not start, see `start_failed`.
        OSError: likewise.
    """
    binary = find_browser(settings.browser_path)
    driver = find_driver(settings.driver_path)
    if driver is None:
        os.environ.setdefault("SE_AVOID_STATS", "true")  # Selenium Manager would report its use to a third party
    seed = (about or {}).get("seed")

    def start(managed: Path | None, *, sandboxed: bool) -> Launched:
        profile = folder()
        options = launch_options(
            settings,
            managed or binary,
            profile,
            proxy_port=proxy_port,
            sandboxed=sandboxed,
            trusted_key=trusted_key,
            seed=seed if isinstance(seed, int) else None,
        )
        service = webdriver.ChromeService(
            str(driver) if driver else None,
            env=launch_environment(profile, about),
            # In an empty folder: what a path tells that begins nowhere is told of that one.
            popen_kw={"process_group": group, "cwd": folder()},
        )
        started = webdriver.Chrome(options=options, service=service)
        _set_patience(started)
        return Launched(started, binary or Path(options.binary_location), sandboxed, managed is not None)

    with_ours = with_policies(binary, folder()) if binary is not None else None
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0  # Chromium refuses to run its sandbox as root
    ways = [(with_ours, not as_root), (None, not as_root)]
    for managed, sandboxed in ways if with_ours is not None else ways[1:]:
        try:
            return start(managed, sandboxed=sandboxed)
        except SessionNotCreatedException as error:
            if (managed is None and not sandboxed) or not any(
                sign in str(error) for sign in ("sandbox", "crashed", "exited")
            ):
                raise
    return start(None, sandboxed=False)


def _set_patience(driver: webdriver.Chrome) -> None:
    connection: Any = driver.command_executor
    connection.client_config.timeout = _ANSWER_TIMEOUT
    # A driver that did not answer in time will not answer the same question either.
    connection._conn.connection_pool_kw["retries"] = Retry(3, read=False)
    connection._conn.clear()


def short_temporary_folder() -> Path:
    """Return the folder for temporary folders: Chromium makes a socket there, whose path may have 100 characters."""
    usual = Path(tempfile.gettempdir())
    short = Path("/tmp")  # noqa: S108 - what is made in it is private
    return short if len(str(usual)) > 40 and os.access(short, os.W_OK) else usual


def start_failed(error: WebDriverException) -> BrowserNotFound | BrowserDied:
    """Return in words, and as the error to raise, why the browser did not start."""
    message = (error.msg or "").partition("\n")[0].strip()
    if "only supports" in message or "This version of" in message:
        return BrowserNotFound(
            f"browser and driver do not fit each other ({one_line(message)}): install a chromedriver of the browser's "
            "version, or take the one on PATH away so that Selenium Manager fetches one"
        )
    if any(sign in message for sign in ("Unable to obtain", "cannot find", "no chrome binary", "Unable to locate")):
        return BrowserNotFound(f"no browser could be started ({one_line(message)}): {HOW_TO_GET_ONE}")
    return BrowserDied(f"the browser could not be started ({one_line(message)}): see webagent doctor")
