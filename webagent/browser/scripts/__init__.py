"""The JavaScript that runs in pages. It is fixed by the package: nothing from a page or a model ever goes into it.

Files whose names begin with `_` are parts: definitions that several scripts need. A script names its parts on a line
of its own, `// parts: walk, names`, in whose place they are put, in that order.
"""

import re
from functools import cache
from importlib.resources import files

_PARTS = re.compile(r"^// parts: (.+)\n", re.MULTILINE)


@cache
def load(name: str) -> str:
    """Return the packaged script `name` (no ending) with its parts, ready for `WebDriver.execute_script`.

    Raises:
        FileNotFoundError: there is no such script, or it names a part that there is not.
    """
    return _PARTS.sub(lambda line: "".join(_read(f"_{part}") for part in line[1].split(", ")), _read(name))


def _read(name: str) -> str:
    return (files(__name__) / f"{name}.js").read_text(encoding="utf-8")
