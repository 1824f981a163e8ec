"""Where the browser and its driver are on this machine."""

import os
import shutil
import sys
from pathlib import Path

from webagent.errors import BrowserNotFound

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_MACOS_BROWSERS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
HOW_TO_GET_ONE = (
    "install Chromium and its driver (Debian: apt-get install chromium chromium-driver) or Google Chrome "
    "(Ubuntu, macOS: see google.com/chrome), or name one with --browser-path"
)


def find_browser(given: Path | None = None) -> Path | None:
    """Return the browser to start: the one given, else the first of Chromium and Chrome on PATH; None: none found.

    Raises:
        BrowserNotFound: `given` is no program.
    """
    if given is not None:
        return _program(given, "browser")
    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if found is None and sys.platform == "darwin":
        found = next((path for path in _MACOS_BROWSERS if Path(path).exists()), None)
    return Path(found) if found else None


def find_driver(given: Path | None = None) -> Path | None:
    """Return the chromedriver given, else the one on PATH; None leaves it to Selenium Manager.

    Raises:
        BrowserNotFound: `given` is no program.
    """
    if given is not None:
        return _program(given, "driver")
    found = shutil.which("chromedriver")
    return Path(found) if found else None


def _program(path: Path, what: str) -> Path:
    path = path.expanduser()
    if not path.is_file() or not os.access(path, os.X_OK):
        raise BrowserNotFound(f"there is no {what} at {path}: {HOW_TO_GET_ONE}")
    return path
