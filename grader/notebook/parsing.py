"""A cell as Python, after IPython's own transformation, and the magics in it."""

import ast
import copy
import re
import warnings
from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import Any, Final, TypeVar, cast

from grader.notebook.labour import TooLaboriousError, require_compilable, require_parsable

# What is remembered must stay small, whatever students hand in.
MOST: Final = 256
LONGEST: Final = 10_000

Function = TypeVar("Function", bound=Callable[..., Any])


def remembered(function: Function) -> Function:
    """Let a function of a cell's source remember what it returned, which nobody may change.

    The cells that an assignment hands out come in each notebook of a course. The other arguments
    must be hashable.
    """
    kept = lru_cache(MOST)(function)

    def look(source: str, *rest: Hashable) -> Any:
        return (kept if len(source) <= LONGEST else function)(source, *rest)

    return cast(Function, look)


# Those that run Python in the notebook's namespace; timeit keeps what it binds.
PYTHON_MAGICS: Final = frozenset({"time", "capture", "prun", "timeit"})

# How many magics may run each other: a file is written of what four others run. On one line there
# may be more of them, in a comment that tells of each.
MOST_CELL_MAGICS: Final = 5
MOST_LINE_MAGICS: Final = 16
_CELL_MAGICS: Final = re.compile(rf"(?:\s*+%%[^\n]*+(?:\n|\Z)){{{MOST_CELL_MAGICS + 1}}}")
_LINE_MAGIC: Final = re.compile(rf"%(?:{'|'.join(sorted(PYTHON_MAGICS))})\b")


def require_few_magics(source: str) -> None:
    """Raise TooLaboriousError where more magics run each other than anybody has them do.

    What is left of a cell is looked through anew for each of them.
    """
    if _CELL_MAGICS.match(source):
        raise TooLaboriousError("its cell magics run each other")
    if source.count("%") > MOST_LINE_MAGICS:
        for line in source.replace("\\\n", "").split("\n"):
            if len(_LINE_MAGIC.findall(line)) > MOST_LINE_MAGICS:
                raise TooLaboriousError("the magics of a line run each other")


def transformed(source: str) -> str:
    """Return a cell after IPython's transformation.

    Raises SyntaxError where it is none of IPython's, RuntimeError where IPython would give up as
    well, and TooLaboriousError (`grader.notebook.labour`).
    """
    require_few_magics(source)
    # A call that starts a kernel must not wait for it.
    from grader.notebook.transforming import python  # noqa: PLC0415

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return python(source)


def tree_of(code: str) -> ast.Module:
    """Return the tree of Python that a student wrote: `ast.parse`, of what is fit for it.

    Raises SyntaxError, ValueError, MemoryError, and RuntimeError where it is nested too deeply, or
    is too laborious to parse.
    """
    require_parsable(code)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(code)


def parsed_anew(source: str) -> ast.Module | None:
    """Return the tree of a cell after IPython's transformation, if Python would run it."""
    try:
        tree = tree_of(transformed(source))
        require_compilable(tree)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # A `return` outside a function makes a cell fail whole; only the compiler sees it.
            flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
            compile(tree, "<cell>", "exec", flags=flags, dont_inherit=True)
    except (SyntaxError, ValueError, RuntimeError, MemoryError):
        return None
    return tree


# The same, for those who do not change the tree: others have it too.
parse = remembered(parsed_anew)


def syntax_error(source: str) -> SyntaxError | None:
    """Return what a cell that does not parse is refused for, None where that is something else."""
    try:
        tree_of(transformed(source))
    except SyntaxError as error:
        return error
    except (ValueError, RuntimeError, MemoryError):
        return None
    return None


def syntax(tree: ast.AST) -> str:
    """Return a tree as text, the same for sources that differ in layout and comments alone."""
    try:
        return ast.dump(tree)
    except ValueError:
        # Python writes no whole number of more digits than `sys.get_int_max_str_digits` in tens.
        tree = copy.deepcopy(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and type(node.value) is int:
                node.value = hex(node.value)
        return ast.dump(tree)


def cell_magic(tree: ast.Module) -> tuple[str, str, str] | None:
    """Return the name, the line and the body of the cell magic that a cell is, if it is one."""
    match tree.body:
        case [ast.Expr(ast.Call(func=ast.Attribute(attr="run_cell_magic"), args=arguments))]:
            match arguments:
                case [ast.Constant(str(name)), ast.Constant(str(line)), ast.Constant(str(body))]:
                    return name, line, body
    return None


def line_magic(node: ast.expr) -> tuple[str, str]:
    """Return the name and the line of a line magic, empty strings for anything else."""
    match node:
        case ast.Call(
            func=ast.Attribute(attr="run_line_magic"),
            args=[ast.Constant(str(name)), ast.Constant(str(line))],
        ):
            return name, line
    return "", ""
