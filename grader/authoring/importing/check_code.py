"""A test as a check: a function that has the test's code, and the names that it reads.

The code stays as it is, but for what would mean something else in the grader's process. Each such
change is told.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from grader.authoring.importing.parts import Test

INDENT: Final = "    "

_RAISING: Final = re.compile(r"(?:^|\.)(?:assertRaises|assert_raises|raises)$")
_DRAWING: Final = ("plt.", "sns.", "display(", "fig.", "ax.", "IPython.")
_HIDDEN: Final = re.compile(r"(?i)\b(?:hidden tests?|begin|end|don't (?:edit|modify)|do not)\b")

# Words of ours that code was given before.
_WORDS: Final = ("mocked", "printed", "replaced")


@dataclass(frozen=True)
class Code:
    """Code of a check: what became of it, which of the grader's names it uses, and its changes."""

    text: str
    uses: frozenset[str]
    changes: tuple[str, ...]


class CannotRunError(ValueError):
    """A test cannot run in the grader's process; the message says why."""


def changed(code: str) -> Code:
    """Return code as it can run in the grader's process. Raises CannotRunError."""
    try:
        tree = ast.parse(code)
    except SyntaxError as error:
        # In Python, a line may begin with a remainder, or with a text's placeholder.
        if re.search(r"^\s*(?:\w+\s*=\s*)?[%!]", code, re.MULTILINE):
            raise CannotRunError("it has magics or commands of a terminal") from None
        raise CannotRunError(f"it is no Python: {error.msg}, line {error.lineno}") from None
    lines = code.split("\n")
    edits = sorted(_edits(tree, lines), key=lambda each: each.first)
    for edit in reversed(edits):
        lines[edit.first - 1 : edit.last] = edit.lines
    uses = frozenset().union(*(each.uses for each in edits))
    return Code(
        "\n".join(lines).strip("\n"),
        uses | {each for each in _WORDS if re.search(rf"\b{each}\(", code)},
        tuple(dict.fromkeys(each.why for each in edits)),
    )


@dataclass(frozen=True)
class _Edit:
    """Lines of code, counted from 1, that others take the place of."""

    first: int
    last: int
    lines: list[str]
    why: str
    uses: frozenset[str] = frozenset()


def _edits(tree: ast.Module, lines: Sequence[str]) -> Iterator[_Edit]:
    for node in ast.walk(tree):
        indent = lines[node.lineno - 1][: node.col_offset] if isinstance(node, ast.stmt) else ""
        edit = None
        if isinstance(node, ast.With):
            edit = _raised_within(node, indent) or _printed_within(node, indent)
        elif isinstance(node, ast.Assert):
            edit = _defined(node, indent)
        elif isinstance(node, ast.ImportFrom):
            edit = _imported(node, indent)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            edit = _called(node, node.value, indent)
        if edit is not None:
            if indent.strip():
                raise CannotRunError("it has several statements in a line that has to be changed")
            yield edit


def _called(node: ast.Expr, call: ast.Call, indent: str) -> _Edit | None:
    name, last = ast.unparse(call.func), node.end_lineno or node.lineno
    if _RAISING.search(name) and len(call.args) >= 2:
        rest = [*map(ast.unparse, call.args[2:]), *map(ast.unparse, call.keywords)]
        called = f"{ast.unparse(call.args[1])}({', '.join(rest)})"
        lines = [
            f"{indent}with raises(code, {_kinds(call.args[0])}):",
            f"{indent}{INDENT}{called}",
        ]
        return _Edit(
            node.lineno,
            last,
            lines,
            f"`{name}` would be asked of a stand-in.",
            frozenset({"raises"}),
        )
    text = ast.unparse(node)
    if asserted := _of_an_object(call):
        why = f"`{name}` would be asked of a stand-in."
        return _Edit(node.lineno, last, [f"{indent}assert {asserted}"], why)
    if text.startswith(_DRAWING):
        return _Edit(
            node.lineno,
            last,
            [f"{indent}pass  # {text.splitlines()[0]}"],
            "Nobody looks at a figure of the grader's.",
        )
    return None


def _of_an_object(call: ast.Call) -> str:
    """Return what an assertion of unittest's says of which object something is, "" for others.

    unittest would compare what stands for it.
    """
    name = ast.unparse(call.func).rpartition(".")[2].replace("_", "").casefold()
    operands, says = _OF_OBJECTS.get(name, (0, ""))
    message = [*call.args[operands:], *(each.value for each in call.keywords if each.arg == "msg")]
    if not says or len(call.args) < operands or len(message) > 1:
        return ""
    if len(call.args) + len(call.keywords) != operands + len(message):
        return ""
    if any(map(_is_literal, call.args[:operands])):
        # Which text or number it is, Python does not promise: equal ones are meant.
        says = {"{} is {}": "{} == {}", "{} is not {}": "{} != {}"}.get(says, says)
    said = says.format(*(_operand(each) for each in call.args[:operands]))
    return ", ".join([said, *map(ast.unparse, message)])


# How many operands each has, and what it says of them.
_OF_OBJECTS: Final = {
    "assertis": (2, "{} is {}"),
    "assertisnot": (2, "{} is not {}"),
    "assertisnone": (1, "{} is None"),
    "assertisnotnone": (1, "{} is not None"),
    "assertisinstance": (2, "isinstance({}, {})"),
    "assertnotisinstance": (2, "not isinstance({}, {})"),
}


def _is_literal(node: ast.expr) -> bool:
    """Whether a node is a number or a text: of None, True and the like, there is but one."""
    return isinstance(node, ast.Constant) and not isinstance(
        node.value, bool | type(None) | type(...)
    )


def _operand(node: ast.expr) -> str:
    text = ast.unparse(node)
    return text if isinstance(node, _ATOMS) else f"({text})"


_ATOMS: Final = (ast.Name, ast.Call, ast.Attribute, ast.Subscript, ast.Constant)


def portable(code: str) -> str:
    """Return code that imports what Python has in place of what is no longer kept, nose."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return code
    lines = code.split("\n")
    for node in reversed(tree.body):
        edit = _imported(node, "") if isinstance(node, ast.ImportFrom) else None
        if edit is not None:
            lines[edit.first - 1 : edit.last] = edit.lines
    return "\n".join(lines)


def _imported(node: ast.ImportFrom, indent: str) -> _Edit | None:
    if node.module != "nose.tools":
        return None
    lines = [f"{indent}from unittest import TestCase", ""]
    for each in node.names:
        words = _OF_NOSE.get(each.name, each.name).split("_")
        method = words[0] + "".join(word.title() for word in words[1:])
        lines.append(f"{indent}{each.asname or each.name} = TestCase().{method}")
    return _Edit(
        node.lineno,
        node.end_lineno or node.lineno,
        lines,
        "nose is no longer kept, and its functions are those of unittest.",
    )


_OF_NOSE: Final = {
    "eq_": "assert_equal",
    "assert_equals": "assert_equal",
    "assert_almost_equals": "assert_almost_equal",
    "ok_": "assert_true",
}


def _raised_within(node: ast.With, indent: str) -> _Edit | None:
    call = node.items[0].context_expr
    if len(node.items) != 1 or not isinstance(call, ast.Call) or not call.args:
        return None
    name = ast.unparse(call.func)
    if not _RAISING.search(name):
        return None
    if call.keywords or node.items[0].optional_vars is not None:
        raise CannotRunError(
            f"`{name}` also asks for the exception's message: write it as `try` and `except`"
        )
    line = f"{indent}with raises(code, {_kinds(call.args[0])}):"
    first = node.body[0].lineno
    if first == node.lineno:
        raise CannotRunError("it has several statements in a line that has to be changed")
    return _Edit(
        node.lineno,
        first - 1,
        [line],
        f"`{name}` would be asked of a stand-in.",
        frozenset({"raises"}),
    )


def _printed_within(node: ast.With, indent: str) -> _Edit | None:
    """Ask a call for what it printed, in place of capturing it."""
    call = node.items[0].context_expr
    if not isinstance(call, ast.Call) or not ast.unparse(call.func).endswith("redirect_stdout"):
        return None
    into = ast.unparse(call.args[0])
    lines = []
    for each in node.body:
        if not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Call)):
            raise CannotRunError("it captures what other statements than calls print")
        lines.append(f"{indent}{into}.write(printed({ast.unparse(each.value)}))")
    last = node.end_lineno or node.lineno
    why = "What a call prints is asked of it."
    return _Edit(node.lineno, last, lines, why, frozenset({"printed"}))


def _defined(node: ast.Assert, indent: str) -> _Edit | None:
    """Ask the notebook for the names that it defines, in place of looking around."""
    text = ast.unparse(node)
    asked = _AMONG_NAMES.sub(lambda found: f"defines(code, {found[1]})", text)
    if asked == text:
        return None
    last = node.end_lineno or node.lineno
    why = "The notebook is asked for the names that it defines."
    return _Edit(node.lineno, last, [indent + asked], why, frozenset({"defines"}))


_AMONG_NAMES: Final = re.compile(r"('\w+') in (?:dir|globals|locals|vars)\(\)")


def _kinds(node: ast.expr) -> str:
    kinds = node.elts if isinstance(node, ast.Tuple) else [node]
    return ", ".join(map(ast.unparse, kinds))


def indented(code: str) -> str:
    """Return code one level deeper; texts over several lines stay what they are."""
    inside = _inside_texts(code)
    return "\n".join(
        f"{INDENT}{line}" if line.strip() and number not in inside else line
        for number, line in enumerate(code.split("\n"), start=1)
    )


def _inside_texts(code: str) -> set[int]:
    """Return the numbers of the lines that begin within a text."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(code).readline))
    except (tokenize.TokenError, SyntaxError):
        return set()
    return {
        number
        for token in tokens
        if token.type == tokenize.STRING or tokenize.tok_name[token.type].startswith("FSTRING")
        for number in range(token.start[0] + 1, token.end[0] + 1)
    }


def sentence(test: Test, code: str, heading: str, names: Sequence[str]) -> tuple[str, str]:
    """Return what a student reads of a test, and its code without that.

    It is what the source says of it: a sentence, the text or the comment that it begins with, the
    message of its only assert, or else what it asks for below which heading.
    """
    docstring, body = _without_docstring(code)
    for text in (test.sentence, docstring, _comment(body), _message(body)):
        line = " ".join(text.split())
        if line:
            line = line.replace("\\", "\\\\").replace('"""', "'''")
            return line if line[-1] in ".!?" else f"{line}.", body
    asked = " and ".join(f"`{each}`" for each in names) or heading or "This part"
    return f"{asked} {'pass' if len(names) > 1 else 'passes'} the tests.", body


def _without_docstring(code: str) -> tuple[str, str]:
    """Return the text that code begins with, and the code below it."""
    tree = ast.parse(code)
    first = tree.body[0] if tree.body else None
    if not (isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)):
        return "", code
    text = first.value.value
    rest = "\n".join(code.split("\n")[first.end_lineno or 0 :]).strip("\n")
    return (text, rest) if isinstance(text, str) and rest else ("", code)


def _comment(code: str) -> str:
    """Return the comment that code begins with."""
    lines: list[str] = []
    for line in code.strip("\n").split("\n"):
        if not line.startswith("#"):
            break
        text = line.lstrip("#").strip()
        if text and not _HIDDEN.search(text):
            lines.append(text)
        elif lines:
            break
    return " ".join(lines)


def _message(code: str) -> str:
    """Return the message of the only assert that has one."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return ""
    asserts = [node for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    messages = [node.msg.value for node in asserts if isinstance(node.msg, ast.Constant)]
    return messages[0] if len(asserts) == 1 and messages and isinstance(messages[0], str) else ""


def function(
    name: str,
    title: str,
    students: Sequence[str],
    earlier: Sequence[str],
    code: str,
) -> str:
    """Return a check's function: its sentence, the student's names, and the code."""
    lines = [f"def {name}(code):", f'{INDENT}"""{title}"""']
    if students:
        targets = ", ".join(students)
        values = ", ".join(f"code.{each}" for each in students)
        lines.append(f"{INDENT}{targets} = {values}")
    lines += [indented(each) for each in (*earlier, code) if each.strip()]
    return "\n".join(lines)
