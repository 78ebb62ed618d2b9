"""nbgrader's AUTOTEST comments: what they name is to come to what the solution has."""

import ast
import re
from typing import Final

from grader.authoring.importing.check_code import INDENT

_COMMENT: Final = re.compile(
    r"^(?P<indent>[ \t]*)#+[ \t]*(?P<hashed>HASHED[ \t]+)?AUTOTEST\b(?P<code>.*)$", re.MULTILINE
)
_RESULTS: Final = "results"


def named(code: str) -> str:
    """Return what is wrong with the comments in code, "" where they can be taken over."""
    for found in _COMMENT.finditer(code):
        if _expressions(found["code"]) is None:
            return f"`{found[0].strip()}` names no expressions"
    return ""


def has(code: str) -> bool:
    """Whether there are such comments in code."""
    return _COMMENT.search(code) is not None


def hides(code: str) -> bool:
    """Whether some of what is compared is hashed: students are not to be shown it."""
    return any(found["hashed"] for found in _COMMENT.finditer(code))


def comparing(code: str) -> str:
    """Return code whose `results` are what its comments name."""
    lines = code.split("\n")
    last = max((n for n, line in enumerate(lines) if _is_code(line)), default=-1)
    first = next(n for n, line in enumerate(lines) if _COMMENT.match(line))
    if first > last and not any(line[:1].isspace() for line in lines[first:] if line.strip()):
        # Nothing runs between them and below them.
        expressions = [each for line in lines[first:] for each in _of(line)]
        told = "".join(f"{INDENT}{each},\n" for each in expressions)
        return "\n".join([*lines[:first], f"{_RESULTS} = [\n{told}]"]).strip("\n")
    made = [f"{_RESULTS} = []"]
    for line in lines:
        found = _COMMENT.match(line)
        made.append(f"{found['indent']}{_RESULTS} += [{', '.join(_of(line))}]" if found else line)
    return "\n".join(made).rstrip()


def returning(function: str) -> str:
    """Return the source of a function that returns its `results`, made of such code."""
    head, assigned, values = function.rpartition(f"\n{INDENT}{_RESULTS} = [")
    if assigned and values.endswith(f"\n{INDENT}]"):
        return f"{head}\n{INDENT}return [{values}"
    return f"{function}\n{INDENT}return {_RESULTS}"


def _is_code(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _of(line: str) -> list[str]:
    found = _COMMENT.match(line)
    return (_expressions(found["code"]) or []) if found else []


def _expressions(code: str) -> list[str] | None:
    """Return the expressions that a comment names, None where it names none, or something else."""
    try:
        body = ast.parse(code.strip().rstrip(";")).body
    except SyntaxError:
        return None
    named = [ast.unparse(node.value) for node in body if isinstance(node, ast.Expr)]
    return named if named and len(named) == len(body) else None
