"""A prompt, and a call for notebooks, with the stand-in for what a check asks."""

import ast
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from grader.agent.wire import Described
from grader.asking.rewriting import HELPING, Rewriting
from grader.asking.standin import Code, fetch, question_of
from grader.assignment.loading import load, named_folder
from grader.assignment.model import Assignment
from grader.errors import GraderError
from grader.grading import opened
from grader.notebook.cell_map import of_file
from grader.notebook.parsing import parse
from grader.notebook.reading import read
from grader.options import Options
from grader.subjects.reference import reference
from grader.verdicts import CheckFailed, NeedsReview

# What a check has at hand, and so has whoever tries one.
_AT_HAND: Final = (
    "import numpy as np\n"
    "from grader import define, fetch, keeps_arguments, printed, raises, seed, take, warned"
)


def open(name: str) -> Code:  # noqa: A001 - read as `grader.open`
    """Return the stand-in for the reference of an assignment, by its folder or its name.

    Raises UsageError where there is no such assignment, AssignmentError where it is broken.
    """
    return _reference(load(named_folder(name)))


def _reference(assignment: Assignment) -> Code:
    names = dict.fromkeys((*_names(assignment), *_defined(assignment.reference)))
    return Code(reference(assignment.reference, tuple(names)))


def _names(assignment: Assignment) -> tuple[str, ...]:
    """Return what the exercises that are about definitions alone ask about."""
    units = [each for each in assignment.exercises if each.unit]
    return tuple(dict.fromkeys(name for each in units for name in each.names))


def _defined(notebook: Path) -> Iterator[str]:
    """Yield the functions and classes that are there without a notebook's work being done.

    An author tries them before any exercise asks about them.
    """
    read_in, names = of_file(notebook)
    idle = {cell.index for cell in read_in.cells if cell.kind == "code" and _is_idle(cell.source)}
    idle |= {index for index, each in names.names.items() if each.setup}
    for index in sorted(idle):
        for name in names.names[index].definitions:
            if idle.issuperset(names.slice([name])):
                yield name


def _is_idle(source: str) -> bool:
    """Whether a cell only defines."""
    tree = parse(source)
    return tree is not None and all(
        isinstance(each, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom)
        or (isinstance(each, ast.Assign | ast.Expr) and isinstance(each.value, ast.Constant))
        for each in tree.body
    )


def prompt(folder: Path, submission: Path | None) -> None:
    """Open a prompt with the stand-in for the reference in `folder`, or for a submission.

    Raises GraderError where one of them cannot be used.
    """
    assignment = load(folder)
    with _standing_in(assignment, submission) as code:
        _ask(code, assignment.name if submission is None else str(submission))


@contextmanager
def _standing_in(assignment: Assignment, submission: Path | None) -> Iterator[Code]:
    if submission is None:
        yield _reference(assignment)
        return
    with opened(read(submission), assignment, Options(quick=True)) as ran:
        yield Code(ran.student(_names(assignment)))


def _ask(code: Code, whose: str) -> None:
    """Read and perform lines until there are no more."""
    from IPython.terminal.interactiveshell import TerminalInteractiveShell  # noqa: PLC0415
    from traitlets.config import Config  # noqa: PLC0415

    config = Config()
    if not sys.stdin.isatty():
        config.TerminalInteractiveShell.simple_prompt = True
        config.TerminalInteractiveShell.colors = "NoColor"
    config.TerminalInteractiveShell.confirm_exit = False
    config.TerminalInteractiveShell.term_title = False
    # What is tried here is nobody's history.
    config.HistoryManager.enabled = False
    shell = TerminalInteractiveShell.instance(config=config)
    shell.push({"code": code, **HELPING, "__shown__": _shown, "__print_of__": print})
    shell.run_cell(_AT_HAND, silent=True)
    shell.ast_transformers.append(_Showing())
    _forget_failures(shell, code)
    print(f"`code` stands for {whose}. Ctrl-D ends.")  # noqa: T201 - a prompt is its terminal's
    shell.mainloop()


class _Showing(Rewriting):
    """Asks for what a line comes to, as a check would when it compares it."""

    def visit_Expr(self, node: ast.Expr) -> list[ast.stmt]:  # noqa: N802 - its base finds it by this
        """Show the value of an expression."""
        value = self.visit(node.value)
        node.value = ast.Call(ast.Name("__shown__", ast.Load()), [value], [])
        return [ast.fix_missing_locations(node)]


def _shown(value: Any) -> Any:
    found = fetch(value)
    return value if isinstance(found, Described) else found


def _forget_failures(shell: Any, code: Code) -> None:
    """Tell what a check would be told, and let the next line go on from the one before."""
    question = question_of(code)
    since = 0

    def begin(_info: Any) -> None:
        nonlocal since
        since = len(question.steps)

    def tell(_shell: Any, _kind: type, error: Any, _traceback: Any, tb_offset: Any = None) -> None:  # noqa: ARG001
        question.leave_out(since)
        print(getattr(error, "message", str(error)))  # noqa: T201 - as above

    shell.events.register("pre_run_cell", begin)
    shell.set_custom_exc((CheckFailed, NeedsReview, GraderError), tell)
