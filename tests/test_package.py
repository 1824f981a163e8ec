"""The package: what it exports, what it imports, what a wheel of it holds."""

import ast
import importlib
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import webagent

ROOT = Path(webagent.__file__).resolve().parent.parent
ROOMS = ("callbacks", "prompts", "tools")
HEAVY = ("smolagents", "litellm", "openai", "selenium", "helium", "PIL", "pydantic", "rich", "typer", "jinja2", "yaml")


def test_every_name_is_there_and_the_list_is_sorted() -> None:
    assert webagent.__all__ == sorted(webagent.__all__)
    for name in webagent.__all__:
        assert getattr(webagent, name).__name__ == name
        assert getattr(webagent, name).__doc__
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = webagent.nothing


def test_the_names_for_type_checkers_are_the_exported_ones() -> None:
    tree = ast.parse(Path(webagent.__file__).read_text())
    shown = [alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names]
    assert sorted(set(shown) - {"TYPE_CHECKING", "import_module", "no_dotenv"}) == webagent.__all__


def test_every_error_is_exported() -> None:
    errors = vars(importlib.import_module("webagent.errors"))
    assert {name for name, value in errors.items() if isinstance(value, type)} <= set(webagent.__all__)


def test_importing_the_package_imports_nothing_heavy() -> None:
    program = f"import sys, webagent; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"


def test_rooms_of_the_checkout_are_links() -> None:
    for room in ROOMS:
        link = ROOT / "webagent" / room
        assert link.is_symlink()
        assert link.resolve() == ROOT / room
        assert importlib.import_module(f"webagent.{room}").__doc__


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_wheel_holds_everything_and_nothing_at_the_top_but_the_package(tmp_path: Path) -> None:
    # A copy of what git knows of: setuptools leaves a build folder behind, and what lies about must not get in.
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, check=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.decode().split("\0")):
        source, target = ROOT / name, tmp_path / "checkout" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_symlink():
            target.symlink_to(source.readlink())
        elif source.is_file():
            target.write_bytes(source.read_bytes())
    built = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path / "wheels"), "."],
        cwd=tmp_path / "checkout", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    (wheel,) = (tmp_path / "wheels").glob("webagent-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
        (scripts,) = (archive.read(name).decode() for name in held if name.endswith("entry_points.txt"))
    assert "webagent = webagent.__main__:main" in scripts
    assert {name.split("/")[0].split("-")[0] for name in held} == {"webagent"}
    sources = [ROOT / room for room in ROOMS] + [ROOT / "webagent"]
    wanted = {
        f"webagent/{source.relative_to(folder.parent if folder.name == 'webagent' else ROOT)}".replace(
            "webagent/webagent/", "webagent/"
        )
        for folder in sources
        for source in folder.rglob("*")
        if source.is_file() and "__pycache__" not in source.parts
    }
    assert wanted <= held
    for name in ("tools/search.py", "prompts/browse.yaml", "browser/scripts/settle.js", "demo/site/shop.css",
                 "demo/session/steps.jsonl", "py.typed"):  # fmt: skip
        assert f"webagent/{name}" in held
