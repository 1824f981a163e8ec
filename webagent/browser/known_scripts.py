"""The JavaScript that may run in pages, known by its text.

What selenium and helium send is read from their own sources, so that it is what the installed versions send: a script
is one that stands whole in them, or has numbers and nothing else where theirs has slots.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from webagent.browser import scripts
from webagent.browser.plain_json import ELEMENT

# Where the frame's padding and border end its document begins; a frame of another site does not tell.
CORNER = """
const box = arguments[0].getBoundingClientRect();
let [x, y] = [box.left, box.top];
for (let view = window; view !== top && view.frameElement; view = view.parent) {
  const edge = view.frameElement.getBoundingClientRect(), style = view.parent.getComputedStyle(view.frameElement);
  x += edge.left + view.frameElement.clientLeft + parseFloat(style.paddingLeft);
  y += edge.top + view.frameElement.clientTop + parseFloat(style.paddingTop);
}
return [x, y];
"""
"""Takes an element, returns where its corner is in the picture."""
ELEMENT_AT = "return document.elementFromPoint(arguments[0], arguments[1]) || document.documentElement"
"""Takes x and y in CSS pixels of the viewport, returns the element there."""
SCROLLED = "return [scrollX, scrollY]"
"""Returns how far the document is scrolled, in CSS pixels."""

_OURS = frozenset({CORNER, ELEMENT_AT, SCROLLED})
# Selenium's way to read a property where the driver cannot: with it any object can be walked, cookies and storage too.
_TOO_MUCH = frozenset({"return arguments[0][arguments[1]]"})
_SENDERS = {"execute_script", "_execute_script"}
_NUMBER = r"-?[0-9]{1,20}(?:\.[0-9]{1,20})?(?:e[+-]?[0-9]{1,3})?"
_HELIUMS = {"APIImpl", "DragHelper"}  # the rest is for files, which are not dragged into pages here


def of_the_hands(script: str, args: list[object]) -> bool:
    """Return whether helium, selenium or our own hands send `script` of themselves.

    Args:
        script: the JavaScript.
        args: what is given to it: nothing, where it takes nothing.
    """
    whole, templates = _sent()
    if script not in whole and not any(template.fullmatch(script) for template in templates):
        return False
    # A reference to a window or a frame would have a script work on more than the page shows.
    return all(map(_is_simple, args)) and (not args or "arguments" in script)


def _is_simple(arg: object) -> bool:
    return arg is None or isinstance(arg, str | int | float) or (isinstance(arg, dict) and set(arg) == {ELEMENT})


@cache
def of_the_tools() -> frozenset[str]:
    """Return the scripts that are packaged for our own tools."""
    names = [one.name for one in files(scripts).iterdir()]
    return frozenset(
        scripts.load(name.removesuffix(".js")) for name in names if name.endswith(".js") and not name.startswith("_")
    )


@cache
def _sent() -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    """Return the scripts that are sent as they stand, and patterns of those with numbers in them."""
    remote = _folder("selenium") / "webdriver" / "remote"
    atoms = [atom.read_bytes().decode() for atom in sorted(remote.glob("*.js"))]
    whole = set(_OURS)
    templates: list[re.Pattern[str]] = []
    for name in ("webelement.py", "webdriver.py", "switch_to.py"):
        whole.update(_scripts(ast.parse((remote / name).read_bytes()), atoms))
    helium = ast.parse((_folder("helium") / "_impl" / "__init__.py").read_bytes())
    for part in helium.body:
        if isinstance(part, ast.ClassDef) and part.name in _HELIUMS:
            whole.update(_scripts(part, []))
            templates += _templates(part)
    return frozenset(whole - _TOO_MUCH), tuple(templates)


def _folder(package: str) -> Path:
    found = find_spec(package)
    assert found is not None and found.origin is not None
    return Path(found.origin).parent


def _scripts(tree: ast.AST, atoms: list[str]) -> Iterator[str]:
    """Yield each script that code sends as it stands, a packaged atom put into it where it takes one."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        named = {
            target.id: one.value
            for one in ast.walk(function)
            if isinstance(one, ast.Assign)
            for target in one.targets
            if isinstance(target, ast.Name)
        }
        for script in _arguments(function):
            value = named.get(script.id) if isinstance(script, ast.Name) else script
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield value.value
            elif isinstance(value, ast.JoinedStr):
                for atom in atoms:
                    yield "".join(
                        part.value if isinstance(part, ast.Constant) else atom  # type: ignore[misc]
                        for part in value.values
                    )


def _arguments(function: ast.AST) -> Iterator[ast.expr]:
    """Yield what code gives as the script to run."""
    for one in ast.walk(function):
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and one.func.attr in _SENDERS and one.args:
            yield one.args[0]
        elif isinstance(one, ast.Dict):  # of a command that is sent without execute_script()
            for key, value in zip(one.keys, one.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "script":
                    yield value


def _templates(tree: ast.AST) -> Iterator[re.Pattern[str]]:
    """Yield a pattern for each script that code puts numbers into: `"... %r ..." % (x, y)`."""
    for script in _arguments(tree):
        if isinstance(script, ast.BinOp) and isinstance(script.op, ast.Mod) and isinstance(script.left, ast.Constant):
            parts = re.split("(%.)", str(script.left.value))
            if all(slot in ("%r", "%d") for slot in parts[1::2]):
                yield re.compile("".join(_NUMBER if part[:1] == "%" else re.escape(part) for part in parts))
