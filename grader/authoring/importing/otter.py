"""Otter's notebooks: its source format, and a student notebook with tests and a solution beside it.

In the source, comments at the beginning of raw, code or text cells say where a question, its
prompt, its solution and its tests begin and end, with settings in YAML. A student notebook has
cells of `grader.check("q1")`, and the tests in OK's format in `tests/q1.py`.
"""

import ast
import doctest
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import yaml
from nbformat import NotebookNode

from grader.authoring.importing import otter_former
from grader.authoring.importing.parts import MOST_POINTS, Note, Part, Test, marked, text_of
from grader.checks.manual import PLACEHOLDER
from grader.errors import UsageError
from grader.i18n import _

_EDGE: Final = re.compile(
    r"^\s*(?:#|<!--)\s*(?P<edge>BEGIN|END)\s+(?P<what>QUESTION|SOLUTION|PROMPT|TESTS)\b",
    re.IGNORECASE,
)
_CONFIG: Final = re.compile(r"^\s*#\s*ASSIGNMENT CONFIG\b", re.IGNORECASE)
_TEST_CONFIG: Final = re.compile(
    r'^\s*"""\s*#\s*BEGIN TEST CONFIG\s*\n(?P<yaml>.*?)\n\s*"""\s*#\s*END TEST CONFIG\s*\n?',
    re.DOTALL | re.IGNORECASE,
)
_HIDDEN: Final = re.compile(r"^[ \t]*#[ \t]*HIDDEN[ \t]*$", re.IGNORECASE | re.MULTILINE)
_PROMPT: Final = re.compile(
    r'^[ \t]*"""\s*#\s*BEGIN PROMPT\n.*?\n[ \t]*"""\s*;?\s*#\s*END PROMPT[ \t]*\n?',
    re.DOTALL | re.IGNORECASE | re.MULTILINE,
)
_REGION: Final = re.compile(r"^\s*#\s*(BEGIN|END) SOLUTION(?: NO PROMPT)?\s*$", re.IGNORECASE)
_LINE: Final = re.compile(
    r"^(?P<code>.*?\S)\s*#\s*SOLUTION(?P<gone> NO PROMPT)?\s*$", re.IGNORECASE
)
_IGNORED: Final = re.compile(
    r"^[ \t]*#\s*BEGIN IGNORE\b.*?^[ \t]*#\s*END IGNORE\b[^\n]*\n?",
    re.DOTALL | re.IGNORECASE | re.MULTILINE,
)
# Behind the last end of such a block there is none: what is begun there would be looked through to
# the end for each beginning.
_ENDS: Final = {
    _PROMPT: re.compile(r"#\s*END PROMPT[ \t]*\n?", re.IGNORECASE),
    _IGNORED: re.compile(r"#\s*END IGNORE\b[^\n]*\n?", re.IGNORECASE),
}
_IGNORED_LINE: Final = re.compile(r"[ \t]*#\s*IGNORE[ \t]*$", re.IGNORECASE | re.MULTILINE)
# Otter's calls, and those of OK and of Gofer, whose tests it has taken over.
_CHECK: Final = re.compile(
    r"""^\s*(?:_\s*=\s*)?(?:grader\.check(?:_all)?|ok\.(?:grade|check)"""
    r"""|check(?=\(['"][^'"]*\.py['"]\)))"""
    r"""\((?:['"](?:tests/)?(?P<name>[^'"/]+?)(?:\.py)?['"])?\)\s*;?\s*$"""
)
_OWN: Final = re.compile(
    r"^\s*(?:import otter\b|from otter\b|grader\s*=\s*otter\.|#\s*Initialize Otter"
    r"|from client\.api\.notebook\b|from gofer\.ok\b|ok\s*=\s*Notebook\("
    r"|(?:_\s*=\s*)?\[?\s*ok\.(?:auth|backup|grade|grade_all|submit|score)\()"
)


def is_of_otter(notebook: NotebookNode, path: Path) -> bool:
    """Whether a notebook has Otter's comments, or its calls with tests beside it."""
    texts = [cell.source for cell in notebook.cells]
    if otter_former.is_former(notebook):
        return True
    if any(_EDGE.match(each) and "QUESTION" in each.upper() for each in texts):
        return True
    return (path.parent / "tests").is_dir() and any(map(_CHECK.match, texts))


@dataclass
class _Question:
    name: str
    points: float | list[float] = 1.0
    manual: bool = False
    tests: list[Test] = field(default_factory=list)
    answered: bool = False
    all_or_nothing: bool = False

    @property
    def worth(self) -> float:
        """All points of it."""
        return self.points if isinstance(self.points, float) else sum(self.points)


def parts(notebook: NotebookNode, path: Path) -> Iterator[Part]:
    """Yield the parts of a notebook. Raises UsageError where its settings cannot be read."""
    question: _Question | None = None
    inside = ""
    if otter_former.is_former(notebook):
        notebook = otter_former.in_present_format(notebook)
    for place, cell in enumerate(notebook.cells, start=1):
        where, source = f"cell {cell.metadata.get(otter_former.NUMBER, place)}", cell.source
        edge = None if _is_whole(cell) else _EDGE.match(source)
        if edge:
            what, begins = edge["what"].upper(), edge["edge"].upper() == "BEGIN"
            if what == "QUESTION":
                yield from _ended(question, where)
                question = _question(source, where) if begins else None
                inside = ""
                rest = _after_settings(source) if begins and cell.cell_type == "markdown" else ""
                if rest:
                    yield Part("text", where, rest, markdown=True)
                continue
            inside = what if begins else ""
            body = source.split("\n", 1)[1] if "\n" in source else ""
            if not (body.strip() and what == "SOLUTION" and begins and cell.cell_type == "code"):
                continue
            source = body
        check = _CHECK.match(source)
        if check:
            if check["name"]:
                yield from _of_files(check["name"], path, where)
            continue
        if _CONFIG.match(source) or _is_otters_own(source):
            continue
        if cell.cell_type == "raw":
            continue
        if inside == "TESTS" and question is not None:
            question.tests.append(_test(cell, question, where))
            continue
        part = _part(cell, source, question, inside, where)
        if question is not None and part.kind == "manual":
            question.answered = True
        yield part
    yield from _ended(question, "the end")


def _ended(question: _Question | None, where: str) -> Iterator[Part]:
    """Yield what is left of a question where it ends: its tests, or room for a written answer."""
    if question is None:
        return
    if question.tests:
        yield from _tested(question)
    elif question.manual and not question.answered:
        yield Part("manual", where, _(PLACEHOLDER), True, question.name, question.worth)


def _is_whole(cell: NotebookNode) -> bool:
    """Whether a cell of code has a solution from its beginning to its end, and is no border."""
    lines = cell.source.split("\n") if cell.cell_type == "code" else []
    return any(found and found[1].upper() == "END" for found in map(_REGION.match, lines[1:]))


def _is_otters_own(source: str) -> bool:
    """Whether a cell does nothing but prepare Otter."""
    lines = [line for line in source.split("\n") if line.strip()]
    return bool(lines) and all(map(_OWN.match, lines))


def _part(
    cell: NotebookNode, source: str, question: _Question | None, inside: str, where: str
) -> Part:
    markdown = cell.cell_type == "markdown"
    name = question.name if question is not None else ""
    if inside == "PROMPT":
        # What students get in place of the solution; ours writes its own.
        return Part("text", where, "", markdown=True)
    if inside == "SOLUTION" or (question is not None and "SOLUTION" in source and not markdown):
        code = source if markdown else solution(source, whole=inside == "SOLUTION")
        if question is not None and question.manual:
            told = "\n".join(marked(code.split("\n"))) if markdown else code
            return Part("manual", where, told, markdown, name, question.worth)
        return Part("solution", where, code, markdown, name)
    kept = source if markdown else _without_otters(_without_ignored(source))
    return Part("text" if markdown else "given", where, kept, markdown)


def _settings(source: str, where: str) -> Mapping[str, Any]:
    lines = [
        re.sub(r"^\s*(?:#|<!--)\s?", "", line).replace("-->", "") for line in source.split("\n")
    ]
    body = []
    for line in lines[1:]:
        if line.strip() and not re.match(r"\s*[\w-]+\s*:|\s+\S|\s*- ", line):
            break
        body.append(line)
    return _yaml("\n".join(body), where)


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Reads plain values without aliases, of which a few lines stand for gigabytes."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark
            raise yaml.composer.ComposerError(None, None, "aliases are not read here", mark)
        return super().compose_node(parent, index)


def _yaml(text: str, where: str) -> Mapping[str, Any]:
    try:
        told = yaml.load(text, _Loader)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        raise UsageError(f"{where}: its settings are no YAML: {error}.") from error
    return told if isinstance(told, dict) else {}


def _number(told: object, where: str) -> float:
    try:
        points = float(told)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        points = -1.0
    if not 0 <= points <= MOST_POINTS:
        raise UsageError(f"{where}: its points are no number: write one, as in `points: 2`.")
    return points


def _after_settings(source: str) -> str:
    found = re.search(r"-->", source)
    return source[found.end() :].strip() if found else ""


def _question(source: str, where: str) -> _Question:
    told = _settings(source, where)
    points = told.get("points", 1.0)
    if isinstance(points, Mapping):
        points = points.get("total", points.get("each", 1.0))
    return _Question(
        str(told.get("name", "question")),
        [_number(each, where) for each in points]
        if isinstance(points, list)
        else _number(points or 0, where),
        bool(told.get("manual")),
        all_or_nothing=bool(told.get("all_or_nothing")),
    )


def solution(source: str, *, whole: bool) -> str:
    """Return a code cell with its solution between our markers."""
    source = _without_ignored(_without(_PROMPT, source))
    lines: list[str] = []
    inside = found = False
    for line in source.split("\n"):
        edge, single = _REGION.match(line), _LINE.match(line)
        if edge:
            inside = edge[1].upper() == "BEGIN"
            found = True
            indent = line[: len(line) - len(line.lstrip())]
            lines.append(f"{indent}### {edge[1].upper()} SOLUTION")
        elif single and not inside:
            found = True
            indent = line[: len(line) - len(line.lstrip())]
            lines += marked([single["code"]], indent)
        else:
            lines.append(line)
    return (
        "\n".join(_joined(lines)) if found or not whole else "\n".join(marked(source.split("\n")))
    )


def _without_ignored(source: str) -> str:
    """Return a cell without what is for its author alone."""
    return "\n".join(
        line for line in _without(_IGNORED, source).split("\n") if not _IGNORED_LINE.search(line)
    )


def _without(block: re.Pattern[str], source: str) -> str:
    """Return a cell without blocks of a kind."""
    last = max((each.end() for each in _ENDS[block].finditer(source)), default=0)
    return block.sub("", source[:last]) + source[last:]


def _without_otters(source: str) -> str:
    """Return a cell without the lines that prepare Otter."""
    return "\n".join(line for line in source.split("\n") if not _OWN.match(line))


def _joined(lines: Sequence[str]) -> list[str]:
    """Return the lines with solutions that follow each other as one."""
    kept: list[str] = []
    for line in lines:
        if kept and kept[-1].strip() == "### END SOLUTION" and line.strip() == "### BEGIN SOLUTION":
            kept.pop()
            continue
        kept.append(line)
    return kept


def _test(cell: NotebookNode, question: _Question, where: str) -> Test:
    source = cell.source
    told: Mapping[str, Any] = {}
    settings = _TEST_CONFIG.match(source)
    if settings:
        told = _yaml(settings["yaml"], where)
        source = source[settings.end() :]
    hidden = bool(told.get("hidden")) or bool(_HIDDEN.search(source.split("\n")[0]))
    source = _IGNORED_LINE.sub("", _HIDDEN.sub("", source)).strip()
    code, notes = asserting(source, _output(cell), where)
    return Test(
        f"{where} (`{question.name}`)",
        code,
        -1.0 if told.get("points") is None else _number(told["points"], where),
        f"{question.name}_{len(question.tests) + 1}",
        sentence=str(told.get("failure_message", "") or ""),
        public=not hidden,
        notes=notes,
    )


def _output(cell: NotebookNode) -> str:
    texts = []
    for each in cell.get("outputs", ()):
        if each.output_type == "stream":
            texts.append(each.text)
        elif "data" in each:
            texts.append(each.data.get("text/plain", ""))
    return "\n".join(texts).strip()


def asserting(code: str, output: str, where: str) -> tuple[str, tuple[Note, ...]]:
    """Return code whose last expression has to come to what was printed, as an assert."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return code, ()
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr) or not output:
        return code, ()
    if isinstance(last.value, ast.Call) and ast.unparse(last.value.func) == "print":
        return code, ()
    text = ast.unparse(last.value)
    wanted = _assert(text, output)
    lines = code.split("\n")
    lines[last.lineno - 1 : last.end_lineno] = [wanted]
    note = Note(where, "as it is", f"What is printed has to be `{output}`.", wanted)
    return "\n".join(lines), () if output == "True" else (note,)


def _assert(expression: str, output: str) -> str:
    if output == "True":
        return f"assert {expression}"
    tree = ast.parse(expression, mode="eval").body
    is_atom = isinstance(tree, ast.Name | ast.Call | ast.Attribute | ast.Subscript | ast.Constant)
    operand = expression if is_atom else f"({expression})"
    if output == "False":
        return f"assert not {operand}"
    scalar = _SCALAR.fullmatch(output)
    value = scalar["value"] if scalar else output
    try:
        ast.literal_eval(value)
    except (ValueError, SyntaxError):
        if _is_shown(output):
            return f"assert repr({expression}) == {output!r}"
        if not any(isinstance(each, ast.Call) for each in ast.walk(tree)):
            # Nothing was called that could have printed: it is how a table is shown, say.
            return f"assert repr({expression}).strip() == {output!r}"
        return f"assert printed({expression}).strip() == {output!r}"
    return f"assert {operand} == {value}"


def _is_shown(output: str) -> bool:
    """Whether an output is how Python shows a value, and not what a call printed."""
    try:
        return not isinstance(ast.parse(output, mode="eval").body, ast.Name | ast.Compare)
    except SyntaxError:
        return False


# How numpy writes a number of its own.
_SCALAR: Final = re.compile(r"np\.\w+\((?P<value>[^()]*)\)")


def _tested(question: _Question) -> Iterator[Part]:
    """Yield the tests of a question, each with its share of the points."""
    shares = _shares(question)
    tests = tuple(
        Test(
            each.where,
            each.code,
            share,
            each.name,
            each.sentence,
            each.hidden,
            each.public,
            each.notes,
        )
        for each, share in zip(question.tests, shares, strict=True)
    )
    shown = "\n\n".join(each.code for each in tests if each.public)
    if question.all_or_nothing:
        tests = (_together(tests, shown, f"{question.name}_tests"),)
    yield Part("test", tests[0].where, shown, name=f"{question.name}_tests", tests=tests)
    question.tests = []


def _together(tests: Sequence[Test], shown: str, name: str) -> Test:
    """Return one test that has the points of all, and needs all of them to hold."""
    return replace(
        tests[0],
        code=shown,
        hidden="\n\n".join(each.code for each in tests if not each.public),
        points=sum(each.points for each in tests),
        name=name,
        sentence="",
        public=bool(shown),
        notes=tuple(note for each in tests for note in each.notes),
    )


def _shares(question: _Question) -> list[float]:
    """Return what each test is worth: what it says, else its part of what is left."""
    told = [each.points for each in question.tests]
    if isinstance(question.points, list):
        given = [*question.points, *[0.0] * len(told)]
        return [each if each >= 0 else given[i] for i, each in enumerate(told)]
    open_ = sum(each < 0 for each in told)
    left = max(0.0, question.points - sum(each for each in told if each > 0))
    return [each if each >= 0 else left / open_ for each in told]


def _of_files(name: str, path: Path, where: str) -> Iterator[Part]:
    """Yield the tests of `tests/NAME.py`, in OK's format. Raises UsageError."""
    file = path.parent / "tests" / f"{name}.py"
    try:
        told = _ok(text_of(file))
    except OSError as error:
        raise UsageError(
            f"{file} cannot be read: {error.strerror}. {where} asks for it."
        ) from error
    except (SyntaxError, ValueError) as error:
        raise UsageError(f"{file} holds no test in OK's format: {error}.") from error
    question = _Question(name, _points(told, str(file)))
    for suite in told.get("suites", ()):
        setup = _code(str(suite.get("setup", "")))
        for case in suite.get("cases", ()):
            code, notes = _examples(str(case.get("code", "")), f"tests/{file.name}")
            question.tests.append(
                Test(
                    f"tests/{file.name}, case {len(question.tests) + 1}",
                    "\n".join(filter(None, (setup, code))),
                    -1.0 if case.get("points") is None else _number(case["points"], str(file)),
                    f"{name}_{len(question.tests) + 1}",
                    sentence=str(case.get("failure_message", "") or ""),
                    public=not case.get("hidden", False),
                    notes=notes,
                )
            )
    if question.tests:
        yield from _tested(question)


def _points(told: Mapping[str, Any], where: str) -> float | list[float]:
    points = told.get("points")
    if isinstance(points, list):
        return [_number(each, where) for each in points]
    return 1.0 if points is None else _number(points, where)


def _ok(text: str) -> dict[str, Any]:
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "test":
            found = ast.literal_eval(node.value)
            if isinstance(found, dict):
                return found
    raise ValueError("it assigns no dictionary to `test`")


def _code(text: str) -> str:
    examples = doctest.DocTestParser().get_examples(text)
    return "\n".join(each.source.rstrip("\n") for each in examples)


def _examples(text: str, where: str) -> tuple[str, tuple[Note, ...]]:
    """Return the code of doctests, each of which has to come to what it says."""
    lines: list[str] = []
    notes: list[Note] = []
    for each in doctest.DocTestParser().get_examples(text):
        source, want = each.source.rstrip("\n"), each.want.strip()
        code, told = asserting(source, want, where) if want else (source, ())
        lines.append(code)
        notes += told
    return "\n".join(lines), tuple(notes)
