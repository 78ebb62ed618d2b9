"""Which change of the reference answers as a cluster of submissions does.

That is a mutant of it, or what two known mistakes change together. Mutants run in a process that
can be ended: one of them may loop without an end.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from grader.assignment.loading import load
from grader.assignment.mistakes import Alteration, Catalogue
from grader.assignment.model import Exercise
from grader.course.mistakes.unnamed import Cluster
from grader.course.workers.processes import context
from grader.errors import GraderError
from grader.judging.matching import alike
from grader.mutation.mutants import Mutant, mutants
from grader.results.model import ExerciseResult
from grader.scenario import Transcript
from grader.subjects.reference import altered_anew, cells

# What a mutant may take to answer.
SECONDS: Final = 10.0
# What a process may take before it tries the first.
START_SECONDS: Final = 60.0


@dataclass(frozen=True)
class Proposal:
    """Changes of the reference that answer as students do, and in words what they are."""

    told: str
    changes: tuple[tuple[str, str], ...]


def of_pair(result: ExerciseResult, known: Catalogue) -> Proposal | None:
    """Return the two known mistakes that grading has named together, None where it has not.

    None, too, where one of them is code of its own: an entry has to hold both as changes.
    """
    if len(result.mistakes) < 2:
        return None
    names = [each.name for each in result.mistakes]
    by_name = {each.name: each for each in known.of(result.id)}
    both = [by_name[name] for name in names if name in by_name]
    if any(each.code for each in both):
        return None
    changes = tuple(change for each in both for change in each.changes)
    return Proposal(f"the known mistakes {names[0]!r} and {names[1]!r} together", changes)


def of_mutants(folder: Path, exercise: str, some: Sequence[Cluster]) -> dict[int, Proposal]:
    """Return by the places of clusters of one exercise the mutants that answer as they do."""
    found: dict[int, Proposal] = {}
    wanted = [dict(cluster.first.answers) for cluster in some]
    start: int | None = 0
    while start is not None:
        # One that never answers is not tried again.
        start = _tried(folder, exercise, wanted, start, found)
    return found


def _tried(
    folder: Path,
    exercise: str,
    wanted: Sequence[Mapping[str, Transcript]],
    start: int,
    found: dict[int, Proposal],
) -> int | None:
    """Try the mutants from `start` on; return where to go on, None at the end."""
    own, other = context().Pipe()
    process = context().Process(target=_try, args=(other, folder, exercise, wanted, start))
    process.start()
    other.close()
    at, patience = None, START_SECONDS
    try:
        while own.poll(patience):
            told = own.recv()
            if told is None:
                return None
            if isinstance(told, int):
                at, patience = told, SECONDS
            else:
                place, proposal = told
                found.setdefault(place, proposal)
    except EOFError:
        pass
    finally:
        process.kill()
        process.join()
        own.close()
    return None if at is None else at + 1


def _try(
    told: Connection,
    folder: Path,
    exercise_id: str,
    wanted: Sequence[Mapping[str, Transcript]],
    start: int,
) -> None:
    """Tell which mutant is tried, and which of the wanted answers are its own."""
    assignment = load(folder)
    (exercise,) = (each for each in assignment.exercises if each.id == exercise_id)
    for number, (mutant, changes) in enumerate(_mutants(assignment.reference, exercise)):
        if number < start:
            continue
        told.send(number)
        made = Alteration(name=mutant.name, exercise=exercise_id, changes=changes)
        try:
            subject = altered_anew(assignment.reference, exercise.names, made)
        except GraderError:
            # It need not run.
            continue
        for place, answers in enumerate(wanted):
            if answers and all(
                alike(subject.answer(theirs.scenario), theirs) for theirs in answers.values()
            ):
                told.send((place, Proposal(f"the reference with {mutant.name}", changes)))
    told.send(None)


def _mutants(
    reference: Path, exercise: Exercise
) -> Iterator[tuple[Mutant, tuple[tuple[str, str], ...]]]:
    """Yield the mutants of the reference's definitions, each with the texts that it changes."""
    sources = cells(reference, exercise.names)
    for source in sources:
        for mutant in mutants(source, _defines):
            change = _change(mutant, source, sources)
            if change is not None:
                yield mutant, (change,)


def _defines(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.FunctionDef | ast.ClassDef)


def _change(mutant: Mutant, source: str, sources: Sequence[str]) -> tuple[str, str] | None:
    """Return what stands once in the cells and what replaces it, None where that cannot be told.

    A mutant tells its lines as `ast.unparse` writes them; a change needs those that were written.
    """
    try:
        before, after = (ast.parse(each) for each in (source, mutant.source))
    except SyntaxError:
        return None
    pair = _differing(before, after)
    if pair is None:
        return None
    old, new = pair
    text = ast.get_source_segment(source, old)
    if text is None or sum(each.count(text) for each in sources) != 1:
        return None
    indent = " " * old.col_offset
    written = ast.unparse(new).replace("\n", f"\n{indent}")
    return text, written


def _differing(one: ast.AST, other: ast.AST) -> tuple[ast.stmt, ast.stmt] | None:
    """Return the innermost statements in which two trees differ, None where there are several."""
    found = None
    if isinstance(one, ast.stmt) and isinstance(other, ast.stmt):
        found = one, other
    if type(one) is not type(other):
        return found
    inner: list[tuple[ast.AST, ast.AST]] = []
    for (_name, mine), (_other, theirs) in zip(
        ast.iter_fields(one), ast.iter_fields(other), strict=True
    ):
        if _dumped(mine) == _dumped(theirs):
            continue
        if not _is_block(mine) or len(mine) != len(theirs):
            return found
        pairs = zip(mine, theirs, strict=True)
        inner += [(old, new) for old, new in pairs if _dumped(old) != _dumped(new)]
    return _differing(*inner[0]) if len(inner) == 1 else found


def _is_block(part: Any) -> bool:
    return isinstance(part, list) and bool(part) and isinstance(part[0], ast.stmt)


def _dumped(part: Any) -> Any:
    if isinstance(part, list):
        return [_dumped(each) for each in part]
    return ast.dump(part) if isinstance(part, ast.AST) else part
