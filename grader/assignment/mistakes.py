"""What an instructor declares beside the checks: known mistakes, and unusual right solutions.

Both are the reference with something altered, listed in `mistakes.py` of an assignment's folder:
`mistakes`, each of which must cost its exercise points, and `variants`, which must lose nothing.
Grading names a mistake where a submission answers as the mistake does; `grader verify` proves the
checks by both. It also makes alterations of its own; those of them that are right, and why, stand
in a third list, `equivalents`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from grader.assignment.loading import module
from grader.assignment.model import Assignment
from grader.errors import AssignmentError

FILE: Final = "mistakes.py"

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Alteration:
    """The reference with something changed that belongs to the exercise with the id `exercise`.

    `changes` are pairs of a text that stands exactly once in the cells which that exercise needs,
    and what replaces it. `code` runs after those cells: what it defines takes the place of theirs.
    """

    name: str
    exercise: str
    changes: tuple[tuple[str, str], ...] = ()
    code: str = ""

    def applied(self, cells: Sequence[str]) -> list[str]:
        """Return `cells`, the sources of the reference, altered.

        Raises AssignmentError where a text to change does not stand in them exactly once.
        """
        altered = list(cells)
        for old, new in self.changes:
            places = [index for index, cell in enumerate(altered) if old in cell]
            if len(places) != 1 or altered[places[0]].count(old) != 1:
                found = sum(cell.count(old) for cell in altered)
                raise AssignmentError(
                    f"{FILE}: {self.name!r} changes the text {old!r}, which stands {found} times "
                    f"in the reference's cells for {self.exercise!r}. It must stand there once."
                )
            altered[places[0]] = altered[places[0]].replace(old, new)
        return [*altered, self.code] if self.code else altered


@dataclass(frozen=True, kw_only=True)
class Mistake(Alteration):
    """A known wrong solution.

    `explanation` tells the student what their code does instead of what it should, and `hint`
    leads on, as a rule by a question; neither gives the answer away. `checks` are the ids of the
    checks that it is about; the first that it fails where none is said. What it loses in others
    is told by `grader verify`.
    """

    explanation: str
    hint: str
    checks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Variant(Alteration):
    """An unusual right solution."""


@dataclass(frozen=True, kw_only=True)
class Equivalent:
    """Why a change that `grader verify` makes is no mistake, although no check notices it.

    `old` are the lines that it changes and `new` what they may become, stripped, as `ast.unparse`
    writes them and the report shows them; no `new` stands for whatever no check notices. `place`
    is the qualified name of the function or class, such as `Linear.forward`; "" for any.

    Or else `function` alone, a qualified name too, stands for whatever no check notices in all of a
    function or class. Raises AssignmentError where it is not one of the two.
    """

    old: str = ""
    new: tuple[str, ...] = ()
    place: str = ""
    function: str = ""
    reason: str

    def __post_init__(self) -> None:
        """Require that it speaks of a line or of a function."""
        if bool(self.function) is bool(self.old or self.new or self.place):
            raise AssignmentError(
                f"{FILE}: an `Equivalent` needs either `old`, the lines that are changed, or "
                f"`function` alone, the name of a whole function (reason: {self.reason!r})."
            )

    @property
    def about(self) -> str:
        """What it speaks of: the lines, or the function."""
        return self.old or self.function

    def covers(self, place: str, old: str, new: str) -> bool:
        """Whether this speaks of the change of `old` to `new` at `place`."""
        if self.function:
            return f"{place}.".startswith(f"{self.function}.")
        return old == self.old and self.place in ("", place) and (not self.new or new in self.new)


@dataclass(frozen=True)
class Catalogue:
    """The known mistakes, the right variants and the changes that are none, of an assignment."""

    mistakes: tuple[Mistake, ...] = ()
    variants: tuple[Variant, ...] = ()
    equivalents: tuple[Equivalent, ...] = ()

    def of(self, exercise: str) -> tuple[Mistake, ...]:
        """Return the mistakes of the exercise with this id."""
        return tuple(each for each in self.mistakes if each.exercise == exercise)


def catalogue(assignment: Assignment) -> Catalogue:
    """Return what the assignment's `mistakes.py` declares, an empty catalogue where it has none.

    Raises AssignmentError where what it declares cannot be used.
    """
    path = assignment.folder / FILE
    if not path.is_file():
        return Catalogue()
    declared = module(path)
    mistakes = _listed(declared, "mistakes", Mistake)
    variants = _listed(declared, "variants", Variant)
    equivalents = _listed(declared, "equivalents", Equivalent)
    known = {exercise.id for exercise in assignment.exercises}
    names: set[str] = set()
    for each in (*mistakes, *variants):
        if each.exercise not in known:
            raise AssignmentError(f"{path}: {each.name!r} is of no exercise: {each.exercise!r}.")
        if each.name in names:
            raise AssignmentError(f"{path} has two named {each.name!r}: rename one.")
        names.add(each.name)
    for mistake in mistakes:
        if not (mistake.name and mistake.explanation and mistake.hint):
            raise AssignmentError(
                f"{path}: the mistake {mistake.name!r} of {mistake.exercise!r} needs a name, an "
                "explanation and a hint, which students read: fill them in, or leave it out."
            )
    checks = {(each.id, check.id) for each in assignment.exercises for check in each.checks}
    for mistake in mistakes:
        for about in mistake.checks:
            if (mistake.exercise, about) not in checks:
                raise AssignmentError(
                    f"{path}: {mistake.name!r} is about a check that {mistake.exercise!r} does not "
                    f"have: {about!r}."
                )
    return Catalogue(mistakes, variants, equivalents)


def _listed(declared: object, name: str, kind: type[T]) -> tuple[T, ...]:
    values = getattr(declared, name, ())
    if not isinstance(values, Iterable) or not all(isinstance(each, kind) for each in values):
        raise AssignmentError(f"{FILE} must hold a list `{name}` of `{kind.__name__}`.")
    return tuple(values)
