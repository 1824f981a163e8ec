"""The JavaScript that runs in pages. Packaged scripts alone may pass the judge; nothing is put together at run time."""

from functools import cache
from importlib.resources import files


@cache
def load(name: str) -> str:
    """Return the packaged script `name` (no ending), ready for `WebDriver.execute_script`."""
    return (files(__name__) / f"{name}.js").read_text(encoding="utf-8")
