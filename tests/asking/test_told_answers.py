"""No question of an assignment tells what another is to be answered with."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from grader.agent.values import Tagged, Tensor, parts
from grader.assignment.loading import load
from grader.assignment.model import Exercise
from grader.judging.judges import Judge, judge_for
from grader.scenario import Call, Make, Operate, Scenario, Set, Subject, Value
from grader.subjects.reference import reference
from tests.notebooks import ROOT

ASSIGNMENTS = sorted(each.parent.name for each in ROOT.glob("reference/*/assignment.toml"))
# What so few numbers are, or what is whole or a half, is met by chance.
LEAST, DIGITS = 4, 3

Content = tuple[tuple[int, ...], bytes]


def contents(value: Any) -> Iterator[Content]:
    """Yield the arrays in a value that are hardly met twice by chance, rounded."""
    if isinstance(value, Tensor):
        value = value.array
    if isinstance(value, Tagged):
        value = list(parts(value))
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for each in value:
            yield from contents(each)
        return
    if not (isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size >= LEAST):
        return
    numbers = np.round(value.astype(float), DIGITS) + 0.0
    if np.isfinite(numbers).all() and np.any(2 * numbers % 1) and len(np.unique(numbers)) > 2:
        yield numbers.shape, numbers.tobytes()


def handed(scenario: Scenario) -> set[Content]:
    """Return the arrays that a question hands in."""
    found: list[Any] = []
    for step in scenario.steps:
        match step:
            case Call(args=args, kwargs=kwargs) | Make(args=args, kwargs=kwargs):
                found += [*args, *kwargs.values()]
            case Operate(args=args):
                found += args
            case Set(value=value):
                found.append(value)
    return set(contents(found))


def asked(judge: Judge, exercise: Exercise, right: Subject, seed: int) -> Iterator[Scenario]:
    """Yield all that an exercise asks, also what it computes from the reference's answers.

    What a check computes from the student's own is the student's own.
    """
    yield from judge.asked(exercise, seed)
    for check in exercise.checks:
        plain = getattr(check.function, "plain", None)
        if plain is not None and plain.takes_reference and check.case is not None:
            for case in judge.cases(check.case, seed):
                yield plain.trial(case, right).planned.scenario


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_no_question_hands_in_what_another_is_to_be_answered_with(name: str) -> None:
    """Whoever keeps all that they were ever given has no answer by it, in whatever order."""
    assignment = load(ROOT / "reference" / name)
    judge = judge_for(assignment)
    seed = assignment.config.seed
    given: set[Content] = set()
    answers: dict[Content, str] = {}
    for exercise in filter(lambda each: each.unit, assignment.exercises):
        right = reference(assignment.reference, exercise.names)
        for scenario in asked(judge, exercise, right, seed):
            own = handed(scenario)
            given |= own
            for outcome in right.answer(scenario).outcomes:
                told = contents(outcome.value) if isinstance(outcome, Value) else ()
                answers |= {each: exercise.id for each in told if each not in own}
    assert given
    assert answers
    assert {answers[each] for each in given & answers.keys()} == set()
