"""The way from a folder of submissions to the pairs that a person should look at."""

from collections.abc import Sequence
from pathlib import Path

import nbformat
from rich.console import Console

from grader.assignment.loading import find_assignment, is_assignment, load, named_folder
from grader.assignment.model import Assignment
from grader.authoring.release.student_notebook import released_text
from grader.course.workers.processes import processors
from grader.errors import GraderError
from grader.notebook.reading import Cell, Notebook, read
from grader.reports.github import as_text, say
from grader.similarity.export import export
from grader.similarity.fingerprints import copydetect
from grader.similarity.gathering import Gathered, Handed, LeftOut, gathered
from grader.similarity.pages import INDEX, write_pages
from grader.similarity.pairs import Alike, alike
from grader.similarity.plain_code import plain_code
from grader.similarity.tables import show
from grader.similarity.wrong_answers import Found, equal_wrong_answers

# Notebooks that are asked which assignment they are of.
_ASKED = 20


def similar(
    folder: Path,
    *,
    assignment: str | None = None,
    results: Path | None = None,
    out: Path | None = None,
    export_to: Path | None = None,
) -> None:
    """Compare the notebooks below a folder, tell which are alike, and write what is asked for.

    Raises UsageError where the call, or what it names, cannot be used.
    """
    copydetect()
    console = Console()
    found = gathered(folder, results)
    if export_to is not None:
        count = export(export_to, found.handed)
        say(console, f"{export_to}: the code of {count} notebooks.")
    whose = _assignment(found.handed, assignment)
    if whose is None:
        say(
            console,
            "No assignment was found, so what was handed out counts as everybody's own: name it "
            "with --assignment.",
        )
    answers = _answers(results, found)
    come = alike(found.handed, _handed_out(whose), answers.equal, processors())
    unanswered = [LeftOut(name, reason) for name, reason in answers.left_out]
    come = Alike(come.pairs, (*found.left_out, *come.left_out, *unanswered), come.compared)
    with as_text(console):
        show(come, console)
    if found.earlier:
        attempts = "attempt was" if found.earlier == 1 else "attempts were"
        say(console, f"{found.earlier} earlier {attempts} passed over: the last of each counts.")
    if out is not None:
        write_pages(out, come, "" if whose is None else whose.config.title)
        say(console, f"{out / INDEX} shows them side by side.")


def _answers(results: Path | None, found: Gathered) -> Found:
    if results is None:
        return Found({})
    # Of a student with several notebooks, the first that has a result is the one.
    return equal_wrong_answers(results, {each.student: each.sha256 for each in found.handed[::-1]})


def _assignment(handed: Sequence[Handed], named: str | None) -> Assignment | None:
    """Return the assignment that is named, or that the notebooks are of, None where none is."""
    if named is not None:
        given = Path(named)
        return load(given if is_assignment(given) else named_folder(named))
    for each in handed[:_ASKED]:
        try:
            return find_assignment(each.notebook)
        except GraderError:
            continue
    return None


def _handed_out(assignment: Assignment | None) -> str:
    """Return the code that students were given, "" where there is none."""
    if assignment is None:
        return ""
    if assignment.released:
        return plain_code(read(assignment.reference))
    cells = nbformat.reads(released_text(assignment.reference), as_version=4).cells
    made = tuple(
        Cell(index, cell.id, cell.cell_type, cell.source, {}) for index, cell in enumerate(cells)
    )
    return plain_code(Notebook(assignment.reference, assignment.name, made, {}, "", "python"))
