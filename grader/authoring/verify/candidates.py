"""The candidates by which checks are proven: what each is, and what it has in its cells."""

import ast
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, Literal

from grader.assignment.mistakes import Alteration, Catalogue, Mistake
from grader.assignment.model import REFERENCE, Assignment, Exercise
from grader.authoring.asked import require_asked
from grader.authoring.release.student_notebook import released_text, solution_places
from grader.errors import AssignmentError
from grader.mutation.mutants import Mutant, mutants
from grader.notebook.cell_map import CellMap
from grader.notebook.names import analyse
from grader.notebook.reading import read
from grader.subjects.reference import cells

Kind = Literal["reference", "released", "mistake", "variant", "mutant"]
"""`released` is the student notebook as it is handed out."""

_GIVEN: Final = (ast.Import, ast.ImportFrom, ast.Expr)


@dataclass(frozen=True)
class Candidate:
    """A solution, right or wrong, of all unit exercises.

    `cells` are, for each exercise, the sources that define what it asks about. `exercise` is the
    one that a mistake or a variant belongs to, `about` has the ids of the checks that a mistake
    says it is about.
    """

    kind: Kind
    name: str
    cells: Mapping[str, tuple[str, ...]]
    exercise: str | None = None
    mutant: Mutant | None = None
    about: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sheets:
    """The cells of a notebook, by their index, as far as the unit exercises need them."""

    notebook: Path
    exercises: tuple[Exercise, ...]

    @cached_property
    def slices(self) -> dict[str, dict[int, str]]:
        """For each exercise, the cells that it needs."""
        document = CellMap(read(self.notebook))
        return {
            each.id: dict(
                zip(document.slice(each.names), cells(self.notebook, each.names), strict=True)
            )
            for each in self.exercises
        }

    @property
    def all(self) -> dict[int, str]:
        """The cells that any exercise needs."""
        return {index: source for part in self.slices.values() for index, source in part.items()}

    def changed(self, changes: Mapping[int, str]) -> dict[str, tuple[str, ...]]:
        """Return the cells of each exercise, some of them changed."""
        return {
            id_: tuple(changes.get(index, source) for index, source in part.items())
            for id_, part in self.slices.items()
        }

    def altered(self, alteration: Alteration) -> dict[str, tuple[str, ...]]:
        """Return the cells of each exercise, altered.

        Code of the alteration's own concerns an exercise that needs a name that it binds; there
        it runs after all that its own exercise needs.
        """
        own = self.slices[alteration.exercise]
        sources = alteration.applied(list(own.values()))
        changes = dict(zip(own, sources, strict=False))
        result = self.changed(changes)
        if not alteration.code:
            return result
        bound = analyse(alteration.code).binds
        for exercise in self.exercises:
            part = self.slices[exercise.id]
            names = set(exercise.names).union(*(analyse(source).uses for source in part.values()))
            if exercise.id == alteration.exercise or names & bound:
                together = {**part, **own, **changes}
                result[exercise.id] = (
                    *(together[index] for index in sorted(together)),
                    alteration.code,
                )
        return result


def candidates(assignment: Assignment, catalogue: Catalogue) -> list[Candidate]:
    """Return all candidates, the reference and the student notebook first.

    Mistakes and variants of exercises that are not judged here are left out. Raises AssignmentError
    where the reference, or what alters it, cannot be used.
    """
    sheets = Sheets(assignment.reference, unit_exercises(assignment))
    released = _released(assignment, sheets.exercises)
    found = [
        Candidate("reference", "the reference", sheets.changed({})),
        Candidate("released", "the student notebook", released.changed({})),
    ]
    for each in (*catalogue.mistakes, *catalogue.variants):
        if each.exercise in sheets.slices:
            kind: Kind = "mistake" if isinstance(each, Mistake) else "variant"
            about = each.checks if isinstance(each, Mistake) else ()
            cells_ = sheets.altered(each)
            found.append(Candidate(kind, each.name, cells_, each.exercise, about=about))
    for index, mutant in _mutants(sheets.all, list(released.all.values())):
        cells_ = sheets.changed({index: mutant.source})
        found.append(Candidate("mutant", mutant.name, cells_, mutant=mutant))
    return found


def unit_exercises(assignment: Assignment) -> tuple[Exercise, ...]:
    """Return the exercises that ask only about definitions.

    Raises AssignmentError where there are none, or where one asks nothing at all.
    """
    require_asked(assignment)
    found = tuple(each for each in assignment.exercises if each.unit)
    if not found:
        raise AssignmentError(
            f"{assignment.folder} has no exercise that can be judged without running a whole "
            "notebook: every one takes the `submission`, or names nothing. There is nothing that "
            "can be verified."
        )
    return found


def _released(assignment: Assignment, exercises: tuple[Exercise, ...]) -> Sheets:
    """Return the student notebook of an assignment."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / REFERENCE
        path.write_text(released_text(assignment.reference), "utf-8")
        sheets = Sheets(path, exercises)
        # They are read while the file is there.
        _ = sheets.slices
    return sheets


def _mutants(sources: Mapping[int, str], released: Sequence[str]) -> Iterator[tuple[int, Mutant]]:
    """Yield the mutants of what students have to write, with the index of the changed cell."""
    given = {ast.dump(statement) for source in released for statement in _statements(source)}

    def to_write(statement: ast.stmt) -> bool:
        return not isinstance(statement, _GIVEN) and ast.dump(statement) not in given

    for index, source in sorted(sources.items()):
        for mutant in mutants(source, to_write, _withheld(source)) if _statements(source) else ():
            yield index, mutant


def _withheld(source: str) -> Callable[[ast.AST], bool]:
    """Return what tells which syntax of a cell is not handed out to students.

    In a cell with markers that is what stands between them.
    """
    places = solution_places(source)
    return lambda node: not places or getattr(node, "lineno", 0) in places


def _statements(source: str) -> list[ast.stmt]:
    """Return the statements of a cell, none where it is no Python."""
    try:
        return ast.parse(source).body
    except SyntaxError:
        return []
