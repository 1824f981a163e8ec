"""Keeps imported packages from reading `.env` files on their own.

smolagents reads one when it is imported, the nearest above its own folder. A virtual environment often lies in a
checkout, and so a cloned repository could put addresses and proxies into the environment. What of `.env` is taken, and
what not, is for `webagent.sources` to say.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

_DISABLED = "PYTHON_DOTENV_DISABLED"


@contextmanager
def no_dotenv() -> Iterator[None]:
    """Have python-dotenv load nothing inside."""
    before = os.environ.get(_DISABLED)
    os.environ[_DISABLED] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_DISABLED]
        else:
            os.environ[_DISABLED] = before
