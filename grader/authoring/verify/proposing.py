"""Inputs that would tell a mutant from the reference, where the asserts name theirs by hand.

What the asserts ask is asked again with other values, which are like those that they name. Of the
inputs to which the mutant answers otherwise, the shortest is proposed, with a line that asserts
what the reference answers. One that the reference refuses is second choice, and only where it
raises what it says itself that it raises.
"""

import ast
import itertools
import random
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import numpy as np

from grader.asking.agreement import difference
from grader.asking.bounds import Bounds, OverrunError
from grader.asking.libraries import stays
from grader.assignment.model import Check, Exercise
from grader.authoring.verify.likenesses import Constants
from grader.authoring.verify.questioning import Question, constants_of, questions, varied
from grader.authoring.verify.trials import Outcome, Proposed
from grader.errors import GraderError
from grader.judging.expressions import UnwritableError, expression
from grader.judging.statements import Statements, given_name, references
from grader.scenario import (
    Call,
    Get,
    Iterate,
    Operate,
    Raised,
    Scenario,
    Step,
    Subject,
    Use,
    Value,
)
from grader.scenario import Outcome as Came

# For one mutant: how often the reference and the mutant are asked, and for how long.
MOST_TRIES: Final = 300
SECONDS: Final = 3.0
# Of the processor, for the answer to one question. A mutant may take that many times longer.
_ANSWER_SECONDS: Final = 0.25
_PATIENCE: Final = 4
# A person is to read it, and paste it.
_MOST_LETTERS: Final = 200
_DIGITS: Final = 8
# What random numbers start from, first and again.
_SEEDS: Final = (0, 1)
_PRECISION: Final = 1e-5

# What solves an exercise, made anew.
Making = Callable[[], Subject]


def by_hand(exercise: Exercise) -> list[Check]:
    """Return the checks of an exercise that are plain and whose inputs nobody draws."""
    return [
        check
        for check in exercise.checks
        if check.case is None and getattr(check.function, "plain", None) is not None
    ]


def proposed(
    exercise: Exercise, place: str, sources: Iterable[str], right: Making, wrong: Making
) -> Outcome:
    """Return the shortest input found that tells `wrong` from `right`, and how many were tried.

    `place` is the qualified name of what was changed, `sources` are the cells of both: what they
    name is tried, too.
    """
    trees = [ast.parse(source) for source in sources]
    search = _Search(right, wrong, _raised_by(trees))
    root = place.partition(".")[0]
    asked = questions(by_hand(exercise), right(), trees, root)
    tries = _tries(asked, constants_of(trees, root))
    return search.outcome(sorted(tries, key=lambda each: (len(each.text), each.text)))


@dataclass(frozen=True)
class _Try:
    """A question with other values, as a person would write it."""

    question: Question
    text: str


def _tries(asked: Sequence[Question], constants: Constants) -> list[_Try]:
    """Return the questions, and these with other values: of each some, and not too many in all."""
    found: dict[str, _Try] = {}
    ways = [varied(each, constants) for each in asked]
    # What the checks ask is among them: they may require little of the answer.
    for each in (*asked, *itertools.chain.from_iterable(itertools.zip_longest(*ways))):
        text = "" if each is None else _spoken(each.steps)
        if len(found) >= MOST_TRIES:
            break
        if each is not None and 0 < len(text) <= _MOST_LETTERS:
            found.setdefault(text, _Try(each, text))
    return [*found.values()]


def _raised_by(trees: Iterable[ast.Module]) -> frozenset[str]:
    """Return the classes of the exceptions that some code raises in so many words."""
    found = set()
    for node in (each for tree in trees for each in ast.walk(tree)):
        if isinstance(node, ast.Raise) and node.exc is not None:
            kind = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            found.add(ast.unparse(kind).rpartition(".")[2])
        elif isinstance(node, ast.Assert):
            found.add("AssertionError")
    return frozenset(found)


class _Search:
    """Asks the reference and a mutant the same."""

    def __init__(self, right: Making, wrong: Making, raised: frozenset[str]) -> None:
        self._anew = right, wrong
        self._raised = raised

    def outcome(self, tries: Iterable[_Try]) -> Outcome:
        """Return what of the first input that tells the two apart, and how many were tried."""
        subjects = [make() for make in self._anew]
        refused: Proposed | None = None
        end, number = time.process_time() + SECONDS, 0
        for each in tries:
            if time.process_time() > end:
                break
            number += 1
            found = self._told_apart(each, subjects, _SEEDS[0])
            if found is None or not self._is_sure(found, each):
                continue
            if not found.refused:
                return Outcome("answered", tried=number, proposed=found)
            refused = refused or found
        return Outcome("answered", tried=number, proposed=refused)

    def _is_sure(self, found: Proposed, each: _Try) -> bool:
        """Whether it is so by itself: after nothing else, and with other random numbers."""
        again = self._told_apart(each, [make() for make in self._anew], _SEEDS[1])
        return again is not None and again.lines == found.lines

    def _told_apart(self, each: _Try, subjects: Sequence[Subject], seed: int) -> Proposed | None:
        """Return what is told of an input, None where both come to the same."""
        right, wrong = subjects
        try:
            return self._difference(each, right, wrong, seed)
        except (GraderError, UnwritableError):
            # It cannot be handed in, or an answer cannot be read.
            return None

    def _difference(self, each: _Try, right: Subject, wrong: Subject, seed: int) -> Proposed | None:
        steps = each.question.steps
        expected = _came(right, steps, _ANSWER_SECONDS, seed)
        if expected is None or not self._is_meant(expected, steps):
            return None
        got = _came(wrong, steps, _PATIENCE * _ANSWER_SECONDS, seed)
        last = expected[-1]
        told = _in_words(None if got is None else got[-1], last, _is_heard(steps))
        if told is None:
            return None
        return Proposed(
            check=each.question.check,
            question=each.text,
            expected=told.expected,
            got=told.got,
            lines=_lines(steps, told),
            refused=isinstance(last, Raised) or not _is_finite(last),
        )

    def _is_meant(self, expected: Sequence[Came], steps: Sequence[Step]) -> bool:
        """Whether what the reference came to may be asked for: data, or what it means to raise."""
        last = expected[-1]
        if isinstance(last, Value):
            return not stays(last.value)
        return (
            isinstance(last, Raised) and last.error in self._raised and len(expected) == len(steps)
        )


def _came(
    subject: Subject, steps: Sequence[Step], seconds: float, seed: int
) -> Sequence[Came] | None:
    """Return what steps came to, None where that takes more than so many `seconds`.

    Random numbers start from `seed`, where the steps do not say from what.
    """
    random.seed(seed)
    np.random.seed(seed)
    try:
        with Bounds(seconds) as bounds:
            found = subject.answer(Scenario(*steps)).outcomes
    except OverrunError:
        return None
    return None if bounds.overran else found


def _is_finite(outcome: Came) -> bool:
    """Whether no number of an answer is missing or infinite."""
    value = outcome.value if isinstance(outcome, Value) else None
    text = "" if value is None else expression(value)
    return re.search(r"\bnp\.(?:nan|inf)\b|\b(?:nan|inf)\b", text) is None


def _is_heard(steps: Sequence[Step]) -> bool:
    return isinstance(steps[-1], Call) and steps[-1].heard


@dataclass(frozen=True)
class _Told:
    """What the reference does, and what the mutant: `asserting` makes a call's line of the former.

    It gives several lines where there has to be one around the call.
    """

    expected: str
    got: str
    asserting: Callable[[str], str]


def _in_words(got: Came | None, expected: Came, heard: bool) -> _Told | None:
    """Return how two answers differ, None where they do not. Raises UnwritableError.

    Floating point is no difference. Where it is `heard`, what a call prints is.
    """
    if isinstance(expected, Raised):
        if isinstance(got, Raised) and got.error == expected.error:
            return None
        return _Told(
            f"raises {expected}",
            _doing(got),
            lambda call: f"with raises(code, {expected.error}):\n    {call}",
        )
    if not isinstance(expected, Value):
        return None
    if not isinstance(got, Value):
        return _Told(_doing(expected), _doing(got), partial(_asserting, expected.value))
    if heard and got.printed != expected.printed:
        return _Told(
            f"prints {expected.printed!r}",
            f"prints {got.printed!r}",
            lambda call: f"assert printed({call}) == {expected.printed!r}",
        )
    if difference(got.value, expected.value) is not None:
        return _Told(_doing(expected), _doing(got), partial(_asserting, expected.value))
    if got.changed and not expected.changed:
        unchanged = "leaves what it is given as it is"
        return _Told(unchanged, "changes it", lambda call: f"keeps_arguments({call})")
    return None


def _doing(outcome: Came | None) -> str:
    """Return what an answer is, after "the reference" or "this". Raises UnwritableError."""
    if isinstance(outcome, Raised):
        return f"raises {outcome}"
    return f"gives {_answer(outcome.value)}" if isinstance(outcome, Value) else "never ends"


def _answer(value: object) -> str:
    if stays(value):
        return "an object of its own"
    text = expression(_rounded(value))
    if len(text) > _MOST_LETTERS:
        raise UnwritableError(text)
    return text


def _rounded(value: Any) -> Any:
    """Return a value with no more digits than it is compared by."""
    if type(value) is float and np.isfinite(value):
        return float(f"{value:.{_DIGITS}g}")
    if isinstance(value, np.ndarray) and value.dtype == np.float64:
        return np.array([_rounded(each) for each in value.ravel().tolist()]).reshape(value.shape)
    if type(value) in (list, tuple):
        return type(value)(map(_rounded, value))
    if type(value) is dict:
        return {key: _rounded(each) for key, each in value.items()}
    return value


def _spoken(steps: Sequence[Step]) -> str:
    """Return steps as a person would write them on a line, "" where that cannot be read."""
    try:
        return "; ".join(_written(steps))
    except UnwritableError:
        return ""


def _written(steps: Sequence[Step]) -> list[str]:
    """Return steps as lines, the last of which is an expression. Raises UnwritableError."""
    *before, last = steps
    if not isinstance(last, Call | Get | Operate | Iterate):
        raise UnwritableError(str(last))
    last = replace(last, result=_LAST)
    statements = Statements({}, references(last))
    statements.write([(each, None) for each in before])
    final = statements.statement(last)
    return [*statements.lines, final]


def _lines(steps: Sequence[Step], told: _Told) -> str:
    """Return the lines of a check that ask for what the reference does."""
    *before, call = _written(_of_code(steps))
    is_operand = isinstance(
        ast.parse(call, mode="eval").body, ast.Call | ast.Attribute | ast.Name | ast.Subscript
    )
    return "\n".join([*before, told.asserting(call if is_operand else f"({call})")])


def _asserting(value: Any, call: str) -> str:
    text = _answer(value)
    if value is None:
        return f"assert {call} is None"
    if isinstance(value, float | complex):
        return f"assert np.isclose({call}, {text}{_EQUAL_NAN if value != value else ''})"  # noqa: PLR0124
    if isinstance(value, np.ndarray) and value.dtype.kind in "fc":
        return f"np.testing.assert_allclose({call}, {text}, rtol={_PRECISION:g})"
    if isinstance(value, np.ndarray):
        return f"np.testing.assert_array_equal({call}, {text})"
    if _has_reals(value) and isinstance(value, list | tuple) and not any(map(_holds, value)):
        return f"assert np.allclose({call}, {text})"
    return f"assert {call} == {text}"


# A name that stand-ins give to no result, and that is like those that they give.
_LAST: Final = "result_0"
_EQUAL_NAN: Final = ", equal_nan=True"


def _has_reals(value: object) -> bool:
    if isinstance(value, list | tuple):
        return any(map(_has_reals, value))
    return isinstance(value, float)


def _holds(value: object) -> bool:
    return not isinstance(value, int | float)


def _of_code(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Return steps that name what is the notebook's as a check does, `code.f`."""
    own = {given_name(each) for each in steps} - {""}
    found: list[Step] = []
    for step in steps:
        if isinstance(step, Use):
            found.append(replace(step, name=f"code.{step.name}"))
        elif isinstance(step, Call) and step.target not in own:
            found.append(replace(step, target=f"code.{step.target}"))
        else:
            found.append(step)
    return tuple(found)
