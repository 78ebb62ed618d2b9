"""Tests that hand a `Mock` to the students' code: it is a function there that keeps its calls."""

import ast
from collections.abc import Iterable, Mapping
from typing import Final

from grader.authoring.importing.replacing import paths_of

_MOCKS: Final = frozenset({"unittest.mock.Mock", "unittest.mock.MagicMock"})
_KNOWN: Final = frozenset({"return_value", "side_effect", "name"})
_CHANGED: Final = "What a `Mock` was called with is asked of a function that keeps it."


def mocking(code: str, imports: Iterable[str]) -> tuple[str, tuple[str, ...]]:
    """Return code whose mocks are such functions, and the change; `imports` stand above it.

    One that is made otherwise than with what it answers stays as it is.
    """
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return code, ()
    paths = paths_of([*imports, code])
    lines = [line.encode() for line in code.split("\n")]
    calls = (each for each in ast.walk(tree) if isinstance(each, ast.Call))
    made = [each for each in calls if _is_mock(each, paths)]
    # From the end, so that what stands before it stays where it is.
    for call in sorted(made, key=lambda each: (each.lineno, each.col_offset), reverse=True):
        line, end = lines[call.lineno - 1], call.func.end_col_offset or 0
        rest = line[end:].lstrip().removeprefix(b"(")
        comma = b", " if call.keywords else b""
        lines[call.lineno - 1] = line[: call.col_offset] + b"mocked(code" + comma + rest
    return b"\n".join(lines).decode(), (_CHANGED,) if made else ()


def _is_mock(call: ast.Call, paths: Mapping[str, str]) -> bool:
    """Whether a call makes a mock, and says of it only what it answers."""
    first, dot, rest = ast.unparse(call.func).partition(".")
    return (
        paths.get(first, first) + dot + rest in _MOCKS
        and not call.args
        and all(each.arg in _KNOWN for each in call.keywords)
        and call.lineno == call.func.end_lineno
    )
