"""What an instructor declares: an assignment, its exercises, their checks.

An assignment is a folder with `assignment.toml`, the reference notebook `solution.ipynb` and
`checks.py`, which holds its exercises in a list `exercises`.
"""

import inspect
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

from grader.asking.cases import Case
from grader.assignment.config import Config
from grader.errors import AssignmentError
from grader.results.model import Level
from grader.scenario import Scenario, Subject

if TYPE_CHECKING:
    from grader.asking.plain_checks import Result

CONFIG = "assignment.toml"
REFERENCE = "solution.ipynb"
CHECKS = "checks.py"
# How long the cells of the reference take.
TIMES = "times.json"

# What a student's repository holds in their stead, in a folder of its own: the notebook as it was
# handed out, and recorded answers.
PUBLIC = "public"
HANDED_OUT = "handed_out.ipynb"
ANSWERS = "answers.bin"

CheckFunction = Callable[..., None]

# What the parameters of a check function may be called.
PARAMETERS = frozenset({"student", "reference", "case", "submission"})


@dataclass(frozen=True)
class AnyOf:
    """A dependency that is met where one of several checks has passed."""

    checks: tuple[CheckFunction, ...]


def any_of(*checks: CheckFunction) -> AnyOf:
    """Return a dependency that is met where one of `checks` has passed."""
    return AnyOf(checks)


@dataclass(frozen=True, eq=False)
class Check:
    """One question about one exercise.

    `title` is the sentence that the student reads, `needs` the dependencies, all of which must be
    met, `case` the class of its cases or None where it is asked once, `feedback` the most that a
    student is told of it, `public` whether students can ask it of themselves.
    """

    id: str
    title: str
    points: float
    function: CheckFunction
    needs: tuple[AnyOf, ...]
    case: type[Case] | None
    parameters: frozenset[str]
    feedback: Level = "everything"
    public: bool = True
    asks: Callable[[Any, Subject], Sequence[Scenario]] | None = None


@dataclass
class Exercise:
    """A scored part of an assignment.

    `names` are what the notebook must define for the exercise to be asked; where nobody says it,
    that is what its plain checks look up. `points` is the sum of its checks'. A `manual` one is
    judged by a person, who reads what stands `below` a line; see `grader.checks.manual`.
    """

    id: str
    title: str
    points: float
    names: tuple[str, ...] = ()
    checks: list[Check] = field(default_factory=list)
    manual: bool = False
    below: str = ""

    def __post_init__(self) -> None:
        self._names_are_told = not self.names

    @property
    def whole(self) -> bool:
        """Whether it is about the notebook as a whole, not only about what `names` define."""
        return self.takes("submission") and not self.manual

    @property
    def unit(self) -> bool:
        """Whether it asks only about what `names` define, so that no notebook need run."""
        return bool(self.names) and not self.takes("submission")

    @property
    def asks_nothing(self) -> bool:
        """Whether its checks are plain, and none of them does anything with the notebook."""
        plain = [getattr(check.function, "plain", None) for check in self.checks]
        return bool(plain) and not self.names and all(each and not each.asks for each in plain)

    def takes(self, parameter: str) -> bool:
        """Whether any check has a parameter of this name."""
        return any(parameter in check.parameters for check in self.checks)

    def check(
        self,
        *,
        points: float,
        needs: CheckFunction | AnyOf | Sequence[CheckFunction | AnyOf] = (),
        feedback: Level = "everything",
        public: bool = True,
    ) -> Callable[[CheckFunction], CheckFunction]:
        """Declare the decorated function as a check of this exercise.

        Its docstring's first line is the sentence that the student reads. Its parameters say what
        it is given: `student` and `reference`, the subjects; `case: SomeCase`, each case of that
        class in turn; `submission`, everything that is known of the notebook as a whole.
        A *plain* check takes `code` instead, a stand-in for the notebook on which it calls what the
        student wrote as ordinary code, and inputs, such as `x=floats("batch", 3)`; it asserts what
        it requires. It may take `reference`, a stand-in for the reference.
        `feedback` is the most that a student is told: "everything", "hints", "verdicts" (whether
        it passed) or "score" (nothing; its points count). A check that is not `public` is in no
        student's repository.
        """
        wanted = needs if isinstance(needs, Sequence) else (needs,)

        def declare(function: CheckFunction) -> CheckFunction:
            if "code" in inspect.signature(function).parameters:
                # Not all assignments have plain checks.
                from grader.asking.plain_checks import asserted  # noqa: PLC0415

                function = asserted(function)
            check = self._check(function, points, wanted)
            self.checks.append(replace(check, feedback=feedback, public=public))
            return function

        return declare

    def compare(
        self,
        whole: "Result | float | None" = None,
        *,
        needs: CheckFunction | AnyOf | Sequence[CheckFunction | AnyOf] = (),
        feedback: Level = "everything",
        public: bool = True,
        **results: "Result | float",
    ) -> Callable[[Callable[..., Any]], Any]:
        """Declare that what the decorated function returns is to be as the reference's.

        It is a plain check, as `check` says, which returns a dictionary: each of `results` is a
        check of its own, and says what it is worth, a number of points or a `result`. Where the
        function returns one value, `whole` says so. The function's docstring is the sentence for
        results that have none. Returns the check, of several results a tuple with their names.

        Raises AssignmentError for what is declared in another way.
        """
        from grader.asking.plain_checks import compared, told  # noqa: PLC0415 - as above

        wanted = needs if isinstance(needs, Sequence) else (needs,)

        def declare(function: Callable[..., Any]) -> Any:
            named = {function.__name__: whole} if whole is not None else results
            if not named or (whole is not None and results):
                raise AssignmentError(
                    f"The check `{function.__name__}` of the exercise `{self.id}` compares "
                    "nothing, or a whole and results: name points for one or the others."
                )
            title = inspect.getdoc(function) or ""
            declared = {name: told(each, title) for name, each in named.items() if each is not None}
            checks = compared(function, declared)
            for check, each in zip(checks, declared.values(), strict=True):
                made = self._check(check, each.points, wanted)
                self.checks.append(replace(made, feedback=feedback, public=public))
            if whole is not None:
                return checks[0]
            return _named_together(function.__name__, list(declared), checks)

        return declare

    def _check(
        self, function: CheckFunction, points: float, needs: Sequence[CheckFunction | AnyOf]
    ) -> Check:
        where = f"The check `{function.__name__}` of the exercise `{self.id}`"
        title = (inspect.getdoc(function) or "").partition("\n\n")[0].replace("\n", " ")
        if not title:
            raise AssignmentError(f"{where} has no docstring: write the sentence a student reads.")
        if any(check.id == function.__name__ for check in self.checks):
            raise AssignmentError(f"{where} is declared twice: rename one.")
        if not (points >= 0 and points % 0.5 == 0):
            raise AssignmentError(f"{where} is worth {points:g} points: give it a multiple of 0.5.")
        known = {check.function for check in self.checks}
        groups = tuple(need if isinstance(need, AnyOf) else AnyOf((need,)) for need in needs)
        if any(need not in known for group in groups for need in group.checks):
            raise AssignmentError(f"{where} needs a check that is not declared above it.")
        plain = getattr(function, "plain", None)
        if plain is not None:
            if self._names_are_told:
                self.names = tuple(dict.fromkeys((*self.names, *sorted(plain.looked_up))))
            taken = {"student", "reference", *(["case"] if plain.kind else [])}
            return Check(
                *(function.__name__, title, points, function, groups, plain.kind),
                parameters=frozenset(taken),
                asks=plain.questions,
            )
        parameters = frozenset(inspect.signature(function).parameters)
        case = _case_of(function, parameters, where)
        return Check(function.__name__, title, points, function, groups, case, parameters)


def _named_together(name: str, names: Sequence[str], checks: Sequence[CheckFunction]) -> Any:
    """Return checks as a tuple with their names."""
    make: Any = namedtuple
    return make(name, names)(*checks)


def _case_of(function: CheckFunction, parameters: frozenset[str], where: str) -> type[Case] | None:
    """Return the class of a check's cases, None where it takes none. Raises AssignmentError."""
    if not parameters <= PARAMETERS:
        unknown = ", ".join(sorted(parameters - PARAMETERS))
        raise AssignmentError(
            f"{where} has parameters that nothing is known to fill: {unknown}. "
            f"A check may take {', '.join(sorted(PARAMETERS))}."
        )
    case = get_type_hints(function).get("case")
    if "case" in parameters and not (isinstance(case, type) and issubclass(case, Case)):
        raise AssignmentError(f"{where} must annotate `case` with a subclass of `Case`.")
    return case


@dataclass(frozen=True)
class Assignment:
    """A loaded assignment."""

    name: str
    folder: Path
    config: Config
    exercises: tuple[Exercise, ...]

    @property
    def released(self) -> bool:
        """Whether this is what students get: no solution, but recorded answers."""
        return self.config.release is not None

    @property
    def reference(self) -> Path:
        """The reference notebook, or where there is none the one that was handed out."""
        return self.folder / PUBLIC / HANDED_OUT if self.released else self.folder / REFERENCE

    @property
    def answers(self) -> Path:
        """The recorded answers of a released assignment."""
        return self.folder / PUBLIC / ANSWERS

    @property
    def sources(self) -> Path:
        """The folder of what judges, and of the catalogues of what students are told.

        A student's repository may hold much else beside it.
        """
        return self.folder / PUBLIC if self.released else self.folder

    @property
    def private(self) -> tuple[Path, ...]:
        """What no notebook may read: the folder, and the files in it that would be of most use."""
        files = (self.folder / REFERENCE, self.folder / CHECKS, self.answers)
        return (self.folder.absolute(), *(file.absolute() for file in files if file.is_file()))

    @property
    def names(self) -> frozenset[str]:
        """The names by which a notebook of this assignment can be told."""
        return frozenset(self.config.provides).union(*(each.names for each in self.exercises))


def exercises_named(assignment: Assignment, only: Sequence[str]) -> tuple[Exercise, ...]:
    """Return the exercises with the ids in `only`, all where it is empty.

    Raises AssignmentError for an id that the assignment does not have.
    """
    known = {exercise.id: exercise for exercise in assignment.exercises}
    unknown = [each for each in only if each not in known]
    if unknown:
        raise AssignmentError(
            f"{assignment.name} has no exercise {', '.join(map(repr, unknown))}; "
            f"it has {', '.join(known)}."
        )
    return tuple(e for e in assignment.exercises if not only or e.id in only)


def arguments(check: Check, available: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the `available` arguments that the check's function takes."""
    return {name: available[name] for name in check.parameters}
