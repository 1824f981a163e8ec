"""The code of recorded steps, made ready to run outside of webagent. It is taken apart with `ast`, never as text.

Comments in the code are dropped, and its texts are written anew with everything unprintable escaped: what a reader sees
is what runs.
"""

import ast
import builtins
import io
import tokenize
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field

from webagent.errors import ConfigurationError

POINTING_TOOLS = {
    "click_at": "ClickAt",
    "double_click_at": "DoubleClickAt",
    "right_click_at": "RightClickAt",
    "hover_at": "HoverAt",
    "drag_at": "DragAt",
    "scroll_at": "ScrollAt",
}
"""Those of the browsing tools that are given a point."""
TOOLS = POINTING_TOOLS | {
    "answer_dialog": "AnswerDialog",
    "close_popups": "ClosePopups",
    "close_tab": "CloseTab",
    "fill": "Fill",
    "find_links": "FindLinks",
    "go_back": "GoBack",
    "open_tab": "OpenTab",
    "page_outline": "PageOutline",
    "press_keys": "PressKeys",
    "read_options": "ReadOptions",
    "read_page": "ReadPage",
    "read_table": "ReadTable",
    "search_item_ctrl_f": "SearchItemCtrlF",
    "switch_tab": "SwitchTab",
    "tabs": "Tabs",
    "type_text": "TypeText",
}
"""The browsing tools' names for a model, with their classes in `webagent.tools`; all work on a driver alone."""
MATH = frozenset("acos asin atan atan2 ceil cos degrees exp floor log radians sin sqrt tan".split())
"""Functions of `math` that smolagents lets a model's code call without an import."""
_TOO_DEEP = (RecursionError, MemoryError)  # Python's parser says the one or the other
_PICTURE = {"Point", "top_left", "x", "y"}  # names of helium's that webagent changes to mean pixels of the picture


@dataclass
class Code:
    """The code of one step."""

    step: int
    tree: ast.Module
    text: str = ""
    """As it goes into the script, not indented; "" where nothing is left."""


@dataclass
class Names:
    """What the code of all steps takes from elsewhere."""

    helium: list[str] = field(default_factory=list)
    tools: list[str] = field(default_factory=list)
    math: list[str] = field(default_factory=list)
    stars: list[str] = field(default_factory=list)
    """Modules of `from ... import *`, which stands at the top of a file alone."""
    shadowed: list[str] = field(default_factory=list)
    """Names of the above and builtin ones that the code gives a value of its own."""
    unknown: list[str] = field(default_factory=list)
    """Names that nothing gives a value."""
    points: bool = False
    """Pixels of the picture are aimed at."""
    answers: bool = False
    """`final_answer` is called where a plain `return` does not do."""


def parse(step: int, code: str) -> ast.Module:
    """Return a step's code as a tree.

    Raises:
        ConfigurationError: it is no Python, or nested too deep.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "\d" and the like: the model's affair
            return ast.parse(code)
    except _TOO_DEEP:
        raise _unreadable(step) from None
    except (SyntaxError, ValueError):
        raise ConfigurationError(f"the code of step {step} is no Python: the session is damaged") from None


def _unreadable(step: int) -> ConfigurationError:
    return ConfigurationError(
        f"the code of step {step} is nested too deep to be read: export the session --to pytest, which keeps it as is"
    )


def prepare(steps: Sequence[Code], titles: dict[int, str]) -> Names:
    """Turn the steps' code into what a function of a script can hold, and return what it needs.

    Args:
        steps: changed in place.
        titles: title of the page after each step.

    Raises:
        ConfigurationError: code is nested too deep.
    """
    import helium

    of_helium = {name for name in vars(helium) if not name.startswith("_")}
    names = Names()
    for step in steps:
        try:
            step.tree = ast.fix_missing_locations(_Imports(names).visit(step.tree))
            step.tree = ast.fix_missing_locations(_Tabs(titles.get(step.step, "")).visit(step.tree))
            step.tree = ast.fix_missing_locations(_Answers().visit(step.tree))
        except _TOO_DEEP:
            raise _unreadable(step.step) from None
    read = _read(step.tree for step in steps)
    bound = bound_names(step.tree for step in steps)
    attributes = {one.attr for step in steps for one in ast.walk(step.tree) if isinstance(one, ast.Attribute)}
    names.answers = "final_answer" in read
    names.helium = sorted(read & of_helium - TOOLS.keys())
    names.tools = sorted(read & TOOLS.keys())
    names.math = sorted(read & MATH - bound)
    known = of_helium | TOOLS.keys() | MATH | set(dir(builtins))
    names.shadowed = sorted(bound & read & known - MATH)
    names.unknown = [] if names.stars else sorted(read - bound - known - {"final_answer"})
    names.points = "Point" in read or bool(attributes & _PICTURE)
    for step in steps:
        try:
            step.text = _written(step.tree)
        except (*_TOO_DEEP, tokenize.TokenError, SyntaxError):  # written anew it can have more brackets than it had
            raise _unreadable(step.step) from None
    return names


def bound_names(trees: "Sequence[ast.AST] | object") -> set[str]:
    """Return the names that code gives values, functions, classes and imports among them."""
    found: set[str] = set()
    for one in _nodes(trees):
        if isinstance(one, ast.Name) and not isinstance(one.ctx, ast.Load):
            found.add(one.id)
        elif isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(one.name)
        elif isinstance(one, ast.arg):
            found.add(one.arg)
        elif isinstance(one, ast.alias):
            found.add((one.asname or one.name).partition(".")[0])
        elif isinstance(one, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and one.name:
            found.add(one.name)
        elif isinstance(one, ast.MatchMapping) and one.rest:
            found.add(one.rest)
    return found


def _read(trees: object) -> set[str]:
    return {one.id for one in _nodes(trees) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)}


def _nodes(trees: object) -> "list[ast.AST]":
    return [one for tree in trees for one in ast.walk(tree)]  # type: ignore[attr-defined]


class _Imports(ast.NodeTransformer):
    """Drops imports of all of helium, which the script does, and notes other imports of everything."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        if [one.name for one in node.names] != ["*"]:
            return node
        if node.module and node.module not in {"helium", *self._names.stars}:
            self._names.stars.append(node.module)
        return ast.copy_location(ast.Pass(), node)


class _Tabs(ast.NodeTransformer):
    """Names a tab by its whole title: helium wants how the title begins, webagent takes any part of it."""

    def __init__(self, title: str) -> None:
        self._title = title

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        named = isinstance(node.func, ast.Name) and node.func.id == "switch_to" and len(node.args) == 1
        given = node.args[0] if named else None
        if (
            isinstance(given, ast.Constant)
            and isinstance(given.value, str)
            and not self._title.startswith(given.value)
            and given.value.casefold() in self._title.casefold()
        ):
            node.args = [ast.copy_location(ast.Constant(self._title), given)]
        return node


class _Answers(ast.NodeTransformer):
    """Turns `final_answer(x)` into `return x` where that is the same: as a statement outside of other functions."""

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        call = node.value
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "final_answer"):
            return node
        if len(call.args) == 1 and not call.keywords and not isinstance(call.args[0], ast.Starred):
            return ast.copy_location(ast.Return(call.args[0]), node)
        if not call.args and len(call.keywords) == 1 and call.keywords[0].arg == "answer":
            return ast.copy_location(ast.Return(call.keywords[0].value), node)
        return node

    def _leave(self, node: ast.AST) -> ast.AST:
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = _leave  # noqa: N815 - ast's names


def _written(tree: ast.Module) -> str:
    body = [one for one in tree.body if not isinstance(one, ast.Pass)]
    if not body:
        return ""
    return _with_double_quotes(ast.unparse(ast.Module(body=body, type_ignores=[])))


def _with_double_quotes(code: str) -> str:
    """Return code whose plain texts stand in double quotes, as formatters of code have them."""
    lines = code.split("\n")
    for token in reversed(list(tokenize.generate_tokens(io.StringIO(code, newline="\n").readline))):
        inside = token.string[1:-1]
        plain = token.string.startswith("'") and not token.string.startswith("'''")
        if token.type == tokenize.STRING and plain and '"' not in inside:
            row, start, end = token.start[0] - 1, token.start[1], token.end[1]
            lines[row] = f'{lines[row][:start]}"{inside}"{lines[row][end:]}'
    return "\n".join(lines)
