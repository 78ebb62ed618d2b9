"""From the parts of a notebook to exercises and checks."""

import math
import re
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Final

from grader.authoring.importing import autotests
from grader.authoring.importing.check_code import (
    CannotRunError,
    Code,
    changed,
    function,
    sentence,
)
from grader.authoring.importing.environment import Environment, Names, statements
from grader.authoring.importing.mocking import mocking
from grader.authoring.importing.parts import Material, Note, Part, Test, identifier
from grader.authoring.importing.replacing import replacing
from grader.authoring.importing.running import (
    asserts,
    does_anything,
    has_code,
    out_of_reach,
    running,
)

_HEADING: Final = re.compile(r"^\s*#{1,6}\s+(?!(?:BEGIN|END) )(?P<text>.+?)\s*#*\s*$", re.MULTILINE)
# How Otter's questions begin, which have no headings.
_BOLD: Final = re.compile(r"\A\s*\*\*(Question\b[^*\n]*?)[.:]?\*\*")
# By one of these all points become multiples of a half.
_FACTORS: Final = (1, 2, 3, 4, 5, 6, 8, 10, 12, 20, 24, 40, 100)
_STEP: Final = 0.5
# Among so many tests at most a question's points are divided.
_MOST_PARTS: Final = 200
# What code that was changed reads of the grader's.
_OURS: Final = frozenset({"code", "mocked", "printed", "replaced"})
_ASSERTS_NOTHING: Final = "It asserts nothing: it holds wherever it runs."


@dataclass(frozen=True)
class Check:
    """A check as it will be written.

    `left` says why a person has to look at it instead, `changes` what was changed in its code, and
    `remark` what is worth knowing of it, each "" for nothing. What is `compared` is so with the
    solution's; where that is `hidden`, students read only whether it is right. `rebound` tells
    where the notebook binds one of its `students`' names anew below it.
    """

    name: str
    source: str
    points: float
    where: str
    public: bool = True
    needs: str = ""
    left: str = ""
    changes: str = ""
    remark: str = ""
    compared: bool = False
    hidden: bool = False
    students: tuple[str, ...] = ()
    rebound: str = ""

    @property
    def note(self) -> Note:
        """What became of the test."""
        if self.left:
            return Note(self.where, "left to a person", f"{self.left.rstrip('.')}.", self.source)
        if self.changes:
            told = f"{self.changes} {self.remark}".rstrip()
            return Note(self.where, "with a change", told, self.source)
        told = f"It is the check `{self.name}`."
        shown = self.source if self.remark else ""
        return Note(self.where, "as it is", f"{told} {self.remark}".rstrip(), shown)


@dataclass
class Exercise:
    """An exercise as it will be written; a `manual` one is judged by a person, below a line."""

    id: str
    title: str
    checks: list[Check] = field(default_factory=list)
    manual: float = 0.0
    below: str = ""


@dataclass
class Course:
    """What was made of a source."""

    exercises: list[Exercise] = field(default_factory=list)
    imports: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    uses: set[str] = field(default_factory=set)
    notes: list[Note] = field(default_factory=list)


def course(material: Material, shared: Set[str] = frozenset()) -> Course:
    """Return the exercises that the parts of a notebook make.

    `shared` are given classes whose objects go to students' code.
    """
    return _Making(material, frozenset(shared)).course()


class _Making:
    def __init__(self, material: Material, shared: frozenset[str]) -> None:
        self.material = material
        self.made = Course()
        self.environment = Environment(shared=shared, folder=material.folder)
        self.taken: set[str] = {"exercises", "code", "HERE"}
        self.factor = _factor(material.parts)
        self.heading = ""
        # The solution whose tests follow, and what stands above it.
        self.solution: Part | None = None
        self.solution_heading = ""

    def course(self) -> Course:
        """Go through the notebook from its top to its end."""
        for part in self.material.parts:
            self._part(part)
            self._watch(part)
        if self.factor != 1:
            self.made.notes.append(
                Note(
                    "all points",
                    "with a change",
                    f"They are {self.factor} times what they were, so that all are multiples of "
                    "a half.",
                )
            )
        return self.made

    def _part(self, part: Part) -> None:
        if part.markdown:
            headings = _HEADING.findall(part.source) or _BOLD.findall(part.source)[:1]
            self.heading = headings[-1] if headings else self.heading
        if part.kind == "manual":
            self._manual(part)
        elif part.kind == "solution":
            self.solution, self.solution_heading = part, self.heading
        if not part.markdown and part.kind != "test":
            self.environment.define(part)
        for test in part.tests:
            self._test(test)

    def _watch(self, part: Part) -> None:
        """Note of the checks above a part which of their names it binds anew."""
        if part.markdown or part.kind == "test":
            return
        bound = {name for each in statements(part.source) for name in each.binds}
        for exercise in self.made.exercises:
            for place, check in enumerate(exercise.checks):
                names = sorted(bound & set(check.students))
                if names and not check.rebound:
                    told = f"{part.where.partition(' (')[0]} binds `{names[0]}` anew"
                    exercise.checks[place] = replace(check, rebound=told)

    def _manual(self, part: Part) -> None:
        id_ = self._free(identifier(part.name, "answer"))
        title = self.heading or part.name or "Your answer"
        exercise = Exercise(id_, title, manual=part.points * self.factor, below=below(part))
        self.made.exercises.append(exercise)
        self.made.notes.append(
            Note(part.where, "as it is", "A person judges it, in the exercise `" + id_ + "`.")
        )

    def _exercise(self) -> Exercise:
        """Return the exercise that a test belongs to: that of the solution above it."""
        wanted = self.solution
        if wanted is not None or not self.made.exercises or self.made.exercises[-1].manual:
            name = wanted.name if wanted is not None else ""
            id_ = self._free(identifier(name or self.solution_heading, "exercise"))
            title = self.solution_heading or name.replace("_", " ") or "Exercise"
            self.made.exercises.append(Exercise(id_, title))
            self.solution = None
        return self.made.exercises[-1]

    def _test(self, test: Test) -> None:
        if not (test.points or test.hidden.strip() or has_code(test.code)):
            self.made.notes.append(Note(test.where, "as it is", "It has no code, and no points."))
            return
        exercise = self._exercise()
        name = self._free(identifier(test.name, f"{exercise.id}_test"))
        points = test.points * self.factor
        if has_code(test.code) and not does_anything(test.hidden):
            # Such as what its author draws expected values with.
            self.environment.test(test.hidden)
            test = replace(test, hidden="")
        if has_code(test.hidden) and not asserts(test.code):
            # What students see shows them something, and has them pass nothing.
            self.environment.test(test.code)
            test = replace(test, code="")
        if not test.hidden.strip():
            exercise.checks.append(self._check(test, name, test.code, points, public=test.public))
            return
        needs = ""
        if test.code.strip():
            shown = self._check(test, name, test.code, 0.0, public=True)
            exercise.checks.append(shown)
            needs = name if not shown.left else ""
        hidden = self._check(test, self._free(f"{name}_hidden"), test.hidden, points, public=False)
        exercise.checks.append(replace(hidden, needs=needs))

    def _check(self, test: Test, name: str, code: str, points: float, *, public: bool) -> Check:
        """Return code as a check, and note what became of it."""
        check = Check(
            *(name, code, points, test.where, public),
            compared=autotests.has(code),
            hidden=autotests.hides(code),
        )
        wrong = autotests.named(code)
        if not check.compared and not has_code(code):
            wrong = "it has no code: are its hidden tests in another notebook?"
        if wrong:
            return replace(check, left=wrong)
        code, changes = running(autotests.comparing(code) if check.compared else code)
        code, more = replacing(code, self._imports(), self.environment.theirs)
        code, mocks = mocking(code, self._imports())
        changes = (*changes, *more, *mocks)
        told = [each.why for each in test.notes if each.taken == "as it is"]
        changes = (*(each.why for each in test.notes if each.taken != "as it is"), *changes)
        try:
            self._require_reachable(code)
            ready = changed(code)
            names = self._names(ready)
        except CannotRunError as error:
            return replace(check, left=str(error))
        self.environment.test(ready.text)
        for sources, known in ((names.imports, self.made.imports), (names.given, self.made.given)):
            known += [each for each in sources if each not in known]
        self.made.uses |= ready.uses
        title, body = sentence(test, ready.text, self.heading, names.students)
        source = function(name, title, names.students, names.earlier, body)
        source = autotests.returning(source) if check.compared else source
        told += [] if asserts(code) or check.compared or not points else [_ASSERTS_NOTHING]
        changes = (*changes, *ready.changes)
        return replace(
            check,
            source=source,
            changes=" ".join(changes),
            remark=" ".join(told),
            students=names.students,
        )

    def _imports(self) -> list[str]:
        return [each.source for each in self.environment.ours if each.is_import]

    def _require_reachable(self, code: str) -> None:
        environment = self.environment
        why = out_of_reach(
            code, environment.modules(code), environment.theirs, self.material.folder
        )
        if why:
            raise CannotRunError(why)

    def _names(self, code: Code) -> Names:
        names = self.environment.names(code.text)
        unknowns = sorted(set(names.unknown) - _OURS - code.uses)
        if unknowns:
            unknown = ", ".join(f"`{each}`" for each in unknowns)
            raise CannotRunError(f"it reads {unknown}, which nothing above it defines")
        return names

    def _free(self, name: str) -> str:
        """Return a name that no exercise, check or given function has."""
        free, number = name, 1
        while free in self.taken or free in self._given_names():
            number += 1
            free = f"{name}_{number}"
        self.taken.add(free)
        return free

    def _given_names(self) -> Iterator[str]:
        return (name for each in self.environment.ours for name in each.binds)


def below(part: Part) -> str:
    """Return the line below which a student answers what a person judges."""
    return f"Your answer ({part.name or part.where.partition(' (')[0]}):"


def _factor(parts: Sequence[Part]) -> int:
    points = [part.points for part in parts]
    points += [test.points for part in parts for test in part.tests]
    # Where questions are divided among three tests and among seven, none of the usual ones does.
    parted = [Fraction(each).limit_denominator(_MOST_PARTS) / Fraction(_STEP) for each in points]
    of_all = math.lcm(*(each.denominator for each in parted))
    return next((each for each in (*_FACTORS, of_all) if _are_halves(points, each)), 1)


def _are_halves(points: Iterable[float], factor: int) -> bool:
    return all(abs(each * factor / _STEP - round(each * factor / _STEP)) < 1e-6 for each in points)
