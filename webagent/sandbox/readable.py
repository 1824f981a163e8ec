"""What a boxed process must be able to read: Python, the packages it is given, the system's shared libraries. No more.

A folder of packages (pip leaves a `.dist-info` in it) is readable as a whole. Of any other folder on `sys.path`, a
checkout or where the program was started, only the modules that are asked for are: it may hold keys beside them.
"""

import importlib.util
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import webagent

_OF_THE_SYSTEM = (
    *("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/local/lib", "/usr/local/lib64"),
    *("/nix/store", "/gnu/store", "/usr/share/zoneinfo"),
)
_OURS = ("webagent", "smolagents", "helium", "selenium")  # one may be installed from a checkout

Module = tuple[str | None, list[str] | None]
"""Where a module lies: its file (None for a package without one), and its folders (None where it is no package)."""


@dataclass(frozen=True)
class Readable:
    """What can be read in the box."""

    paths: tuple[Path, ...]
    """Folders, with all in them, and files; none lies in another."""
    links: tuple[Path, ...]
    """Symbolic links on the way to the interpreter, as they stand."""
    search: tuple[str, ...]
    """Entries of `sys.path`, behind the interpreter's own."""
    modules: dict[str, Module]
    """Modules that lie in none of them."""


def readable(imports: Iterable[str]) -> Readable:
    """Return what a process must be able to read that runs this Python.

    Args:
        imports: modules it may import beside those of the package folders, as `WebAgent(imports=...)` takes them.
    """
    links, program = _interpreter()
    folders = [Path(folder) for folder in _OF_THE_SYSTEM]
    for prefix in dict.fromkeys((sys.base_prefix, sys.prefix)):
        folders += [Path(prefix) / name for name in ("lib", "lib64")]
    search = []
    for entry in (entry for entry in sys.path if Path(entry).is_absolute()):
        if _beneath(Path(entry), folders) or Path(entry).is_file() or _holds_packages(Path(entry)):
            folders.append(Path(entry))
            search.append(entry)
    modules = {}
    for name in dict.fromkeys((*_OURS, *(name.partition(".")[0] for name in imports))):
        file, inner = _find(name)
        paths = [Path(path) for path in inner or ([file] if file else [])]
        if paths and not all(_beneath(path, folders) for path in paths):
            modules[name] = (file, inner)
            folders += paths
    files = [program, Path(sys.prefix) / "pyvenv.cfg"]
    root = str(Path(webagent.__file__).parent.parent)  # for the first import, if it is not installed
    return Readable(_outermost([*folders, *files]), tuple(links), tuple(dict.fromkeys([*search, root])), modules)


def _interpreter() -> tuple[list[Path], Path]:
    links, program = [], Path(sys.executable)
    while program.is_symlink():
        links.append(program)
        program = Path(os.path.normpath(program.parent / program.readlink()))
    return links, program


def _holds_packages(folder: Path) -> bool:
    never = (Path("~").expanduser(), Path(os.curdir).absolute())  # whatever lies in them
    if any(folder == one or folder in one.parents for one in never):
        return False
    return next(folder.glob("*.dist-info"), None) is not None


def _find(name: str) -> Module:
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):  # a module without a spec, such as __main__
        spec = None
    if spec is None:
        return None, None
    inner = spec.submodule_search_locations
    return (spec.origin if spec.has_location else None), (None if inner is None else list(inner))


def _beneath(path: Path, folders: Iterable[Path]) -> bool:
    return any(path == folder or folder in path.parents for folder in folders)


def _outermost(paths: Iterable[Path]) -> tuple[Path, ...]:
    found: list[Path] = []
    for path in sorted({path for path in paths if os.access(path, os.R_OK)}, key=lambda path: len(path.parts)):
        if not _beneath(path, found):
            found.append(path)
    return tuple(found)
