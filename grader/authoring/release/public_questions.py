"""Choosing the questions that a student's repository asks: a fixed pool, from small to large.

Students are to be told what official grading tells, though its questions stay secret. So the pool
holds the examples that official grading shows of the known mistakes, and no case on which one of
them fails a check that it passes officially.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from grader.asking.cases import Case, draw
from grader.assignment.mistakes import Mistake, catalogue
from grader.assignment.model import Assignment, Check, Exercise
from grader.judging.bench import Cases, Simplest, shrunk, smallest_of
from grader.judging.judge import judge
from grader.judging.matching import failures
from grader.subjects.reference import altered, reference, unseeded

# Of each kind: the smallest of many, to be redone by hand, and as many as it takes for every
# value of every small field to come up.
SMALLEST: Final = 6
DRAWN: Final = 12
_MORE_DRAWS: Final = 3


@dataclass
class Questions:
    """The public cases, from small to large, each kind once.

    `examples` counts how often official grading shows which, `unfair` are those of the others that
    are not asked. Of equally small cases those that are shown more often come first.
    """

    seed: int
    examples: Counter[Case]
    unfair: set[Case] = field(default_factory=set)
    _drawn: dict[type[Case], tuple[Case, ...]] = field(default_factory=dict)

    def telling(self, kind: type[Case], _seed: int) -> tuple[Case, ...]:
        """Return the cases of `kind` by which mistakes are told apart."""
        if kind not in self._drawn:
            many = [
                case for more in range(_MORE_DRAWS) for case in draw(kind, self.seed + 1 + more)
            ]
            chosen = dict.fromkeys(sorted(many, key=_size)[:SMALLEST])
            chosen.update(dict.fromkeys(draw(kind, self.seed)[:DRAWN]))
            self._drawn[kind] = self._ordered(chosen)
        return tuple(each for each in self._drawn[kind] if each not in self.unfair)

    def cases(self, kind: type[Case], seed: int) -> tuple[Case, ...]:
        """Return all cases of `kind`."""
        examples = [each for each in self.examples if type(each) is kind]
        return self._ordered([*self.telling(kind, seed), *examples])

    def _ordered(self, cases: Iterable[Case]) -> tuple[Case, ...]:
        return tuple(
            sorted(dict.fromkeys(cases), key=lambda case: (_size(case), -self.examples[case]))
        )


@cache
def _size(case: Case) -> int:
    """Return how much there is to read in a case: all digits of its numbers, but for signs."""
    return len(repr(case.inputs()).replace("-", ""))


@dataclass(frozen=True)
class Shown:
    """What official grading shows of a known mistake: `examples` by the ids of failed checks.

    `failed` are the ids of all of these, also of those that are asked only once.
    """

    mistake: Mistake
    failed: frozenset[str]
    examples: dict[str, Case]


def shown(
    assignment: Assignment, exercise: Exercise, progress: Callable[[str], None]
) -> list[Shown]:
    """Return what official grading shows of the known mistakes of an exercise."""
    known = catalogue(assignment).of(exercise.id)
    found = []
    for number, mistake in enumerate(known, start=1):
        progress(f"{exercise.title}: the examples of mistake {number} of {len(known)}")
        found.append(_shown(assignment, exercise, mistake, assignment.config.seed))
    return found


def _shown(
    assignment: Assignment,
    exercise: Exercise,
    mistake: Mistake,
    seed: int,
    cases: Cases = draw,
    simplest: Simplest = shrunk,
) -> Shown:
    """Return what is shown of a mistake, by official questions if no others are given."""
    examples: dict[str, Case] = {}

    def note(check: Check, case: Case) -> None:
        examples[check.id] = case

    unseeded()
    judged = judge(
        exercise,
        student=altered(assignment.reference, exercise.names, mistake),
        reference=reference(assignment.reference, exercise.names),
        submission=None,
        seed=seed,
        cases=cases,
        simplest=simplest,
        examples=note,
    )
    return Shown(mistake, failures(judged), examples)


def leave_out_unfair(
    assignment: Assignment, exercise: Exercise, officially: Sequence[Shown], public: Questions
) -> None:
    """Take those cases out of the `public` ones that charge a mistake for more than official ones.

    Such a case is an accident of its numbers: near a pole, say, of what the mistake computes.
    """
    simplest = smallest_of(public.cases)
    for each in officially:
        more: set[Case] | None = None
        while more is None or more:
            here = _shown(assignment, exercise, each.mistake, public.seed, public.cases, simplest)
            more = {case for id_, case in here.examples.items() if id_ not in each.failed}
            more -= {*public.examples, *public.unfair}
            public.unfair |= more
