"""Checks that are written as plain Python, as the judge asks them.

A plain check takes `code`, the stand-in for a notebook, may take `reference`, the same for the
reference, and has inputs. What it asks is learnt from a trial on the reference, case by case, so
that all of it travels to the student in one message.
"""

import re
import time
from ast import literal_eval
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from inspect import signature
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

import numpy as np

from grader.agent.values import Tensor
from grader.asking.agreement import CompareOptions, Difference, difference
from grader.asking.bounds import SECONDS, TIMES, Bounds, OverrunError, Overseen, Weight, weight
from grader.asking.compare import is_real
from grader.asking.diagnosis import Context, Diagnosis, diagnose
from grader.asking.disturbing import disturbances, largest
from grader.asking.expected import Planned, holds_object
from grader.asking.foretelling import DivergedError, nothing_asserted, told_beforehand
from grader.asking.libraries import as_data
from grader.asking.rewriting import returned, rewritten, uses_a_stand_in
from grader.asking.standin import (
    STAND_INS,
    Code,
    NoLengthError,
    fetch,
    handed,
    is_handle,
    origin,
    place,
    question_of,
    require_filled,
)
from grader.errors import AssignmentError, GraderError
from grader.i18n import _
from grader.results.evidence import Evidence
from grader.scenario import Scenario, Subject
from grader.verdicts import AfterSubmission, BuildsOn, CheckFailed, Judged, NeedsReview

if TYPE_CHECKING:
    from grader.asking.inputs import Drawn

# Of a course, all submissions share the trials.
_MOST_TRIALS: Final = 20_000
# By what the time is divided that a check may take after it took too much, and how often it may.
LESS_PATIENT: Final = 4
MOST_OVERRUNS: Final = 3
# What an error looks like is told by arrays that differ by a good part of them.
_TERMS: Final = 10
# The first item that a path leads to.
_ITEM: Final = re.compile(r"\[(-?\d+|'[^']*')\]")


@dataclass(frozen=True)
class Result:
    """What is told and given for one result of a check that compares with the reference."""

    points: float
    sentence: str = ""
    hint: str | None = None
    options: CompareOptions = field(default_factory=CompareOptions)


def result(
    points: float,
    sentence: str = "",
    *,
    hint: str | None = None,
    rtol: float | None = None,
    atol: float | None = None,
    shape: str = "exact",
    order: bool = True,
) -> Result:
    """Return how a result of `Exercise.compare` is judged.

    It is worth `points`, and `sentence` is what the student reads of it; `hint` leads on where it
    is wrong. `rtol` and `atol` replace the tolerance that is estimated from the reference: answers
    may differ by `atol + rtol * abs(expected)`. With `shape="broadcast"`, axes of length 1 are
    free; with `order=False`, the order of items is.

    Raises AssignmentError for another `shape`.
    """
    if shape not in ("exact", "broadcast"):
        raise AssignmentError(f'A result has `shape={shape!r}`: it is "exact" or "broadcast".')
    return Result(points, sentence, hint, CompareOptions(rtol, atol, shape, order))


def told(declared: Result | float, sentence: str) -> Result:
    """Return how a result is judged that was declared so, or by its points alone."""
    if not isinstance(declared, Result):
        declared = Result(declared)
    return declared if declared.sentence else replace(declared, sentence=sentence)


class Plain:
    """A plain check: who is asked what, on which case.

    Where it has to `come_to_its_end`, all that it asked has to have come to a value, be it read or
    not. Of several results that are compared, each is judged as far as it was reached.
    """

    def __init__(self, function: Callable[..., Any], *, come_to_its_end: bool = False) -> None:
        self.name = function.__name__
        self.file = function.__code__.co_filename
        self._function = function
        self._ends = come_to_its_end
        self.kind = _kind(function)
        self._run, self.looked_up = rewritten(function)
        # What it returns, as it is written.
        self.texts = returned(function)
        self.takes_reference = "reference" in signature(function).parameters
        self._trials: dict[tuple[Subject, Drawn | None], Trial] = {}
        self._overruns: WeakKeyDictionary[Any, list[Any]] = WeakKeyDictionary()

    @property
    def asks(self) -> bool:
        """Whether it does anything with the notebook or the reference."""
        return uses_a_stand_in(self._function)

    def questions(self, case: Any, reference: Subject) -> list[Scenario]:
        """Return what a subject will be asked on a case, as far as a trial can tell."""
        trial = self.trial(case, reference)
        return [each for each in (*trial.told, trial.planned.beforehand) if each.steps]

    def trial(self, case: "Drawn | None", reference: Subject) -> "Trial":
        """Return what came of the check on the reference.

        Raises AfterSubmission where its answers were not recorded.
        """
        key = (reference, case)
        if key not in self._trials:
            if len(self._trials) >= _MOST_TRIALS:
                self._trials.clear()
            self._trials[key] = self._tried(case, reference)
        return self._trials[key]

    def _tried(self, case: "Drawn | None", reference: Subject) -> "Trial":
        code = Code(reference, None, self.looked_up)
        started = time.process_time()
        try:
            returned = self._called(code, reference, case.values if case else {})
            outcome: Any = as_data(fetch(returned))
            failure = None
        except CheckFailed as failed:
            outcome, failure = None, failed
        except (GraderError, NeedsReview, AfterSubmission):
            raise
        except Exception as error:
            raise AssignmentError(
                f"The check `{self.name}` cannot be performed on the reference: "
                f"{type(error).__name__}: {error}{_on(case)}"
            ) from error
        question = question_of(code)
        aside = tuple(question.aside)
        answers = [reference.answer(each) for each in (question.scenario, *aside) if each.steps]
        seconds = time.process_time() - started
        scenarios = [question.scenario, *aside]
        read_last = question.first_read in (None, len(question.steps)) and not aside
        if self.takes_reference or not read_last:
            scenarios = self._beforehand(scenarios, reference, case)
        whole, *told = scenarios
        planned = Planned(question.scenario, whole, *answers)
        return Trial(planned, aside, tuple(told), outcome, failure, seconds)

    def _beforehand(
        self, scenarios: Sequence[Scenario], reference: Subject, case: "Drawn | None"
    ) -> list[Scenario]:
        """Return what of all that the check asks does not depend on what is answered."""

        def perform(student: Subject, right: Subject) -> tuple[list[Scenario], bool]:
            code, ended = Code(student, None, self.looked_up), True
            try:
                with nothing_asserted(), Bounds(SECONDS):
                    fetch(self._called(code, right, case.values if case else {}))
            except DivergedError:
                pass
            # Whatever it makes of answers that are wrong.
            except (Exception, OverrunError):  # noqa: BLE001
                ended = False
            question = question_of(code)
            return [question.scenario, *question.aside], ended

        return told_beforehand(scenarios, reference, perform)

    def asked(self, student: Subject, reference: Subject, case: "Drawn | None") -> Any:
        """Perform the check on a student, and return what it returns.

        Raises CheckFailed as the check does, and AssignmentError where the reference fails it.
        """
        trial = self.trial(case, reference)
        if trial.failure is not None:
            raise AssignmentError(
                f"The reference fails the check `{self.name}` itself: {trial.failure.message}"
                f"{_on(case)}"
            )
        drawn = case.values if case else {}

        def performed(subject: Subject) -> Any:
            code = Code(subject, trial.planned, self.looked_up, drawn)
            returned = self._called(code, reference, drawn)
            if returned is None:
                require_filled(code)
            return returned

        overruns = self._overruns_of(student)
        seconds = max(SECONDS / LESS_PATIENT ** len(overruns), TIMES * trial.seconds)
        if len(overruns) >= MOST_OVERRUNS:
            raise _too_much()
        try:
            return Overseen(student, trial.weight, seconds).performed(
                performed, trial.planned.beforehand
            )
        except OverrunError:
            overruns.append(case)
            raise _too_much() from None

    def _overruns_of(self, student: Subject) -> list[Any]:
        """Return the cases on which the check took too much with a student's answers."""
        # Whoever notes what is asked does so of one case.
        asked = getattr(student, "student", student)
        # All edits of one student's definitions together have as many.
        shared: MutableMapping[Any, list[Any]] | None = getattr(asked, "overruns", None)
        if shared is not None:
            return shared.setdefault(self, [])
        try:
            return self._overruns.setdefault(asked, [])
        except TypeError:
            return []

    def spread(self, case: "Drawn | None", reference: Subject) -> list[Any]:
        """Return what the reference comes to where what it is given is disturbed by a rounding."""
        found = []
        for disturbance in disturbances():
            code = Code(reference, None, self.looked_up, disturbance=disturbance)
            values = case.values if case is not None else {}
            try:
                found.append(as_data(fetch(self._called(code, reference, values))))
            except (CheckFailed, AfterSubmission):
                continue
        return found

    def _performed(self, code: Code, arguments: Mapping[str, Any]) -> Any:
        returned = self._run(code, **arguments)
        if self._ends:
            question_of(code).require_end()
        return returned

    def _called(self, code: Code, reference: Subject, values: Mapping[str, Any]) -> Any:
        others = (
            {"reference": Code(reference, None, self.looked_up)} if self.takes_reference else {}
        )
        try:
            given = {name: handed(code, value, name) for name, value in values.items()}
            return self._performed(code, {**others, **given})
        except NoLengthError as error:
            raise error.failed from None
        except Exception as error:
            # What the notebook's code raised in a `try` of the check's that does not catch it: its
            # words are not the check's.
            if isinstance(error.__cause__, CheckFailed | AssignmentError):
                raise error.__cause__ from None
            if isinstance(error, AssertionError):
                raise _asserted_elsewhere(error) from None
            raise
        except BaseException as error:
            if not any(each.__module__ == "_pytest.outcomes" for each in type(error).__mro__):
                raise
            raise AssignmentError(
                f"The check `{self.name}` is failed by pytest ({error}), which does not see what "
                "is asked: require an exception by `with raises(code, ValueError):`."
            ) from None


def _kind(function: Callable[..., Any]) -> "type[Drawn] | None":
    """Return the class of a check's cases, None where it draws nothing."""
    if signature(function).parameters.keys() <= {*STAND_INS}:
        return None
    # Hypothesis is slow to import, and checks that name their inputs by hand draw nothing.
    from grader.asking.inputs import kind_of  # noqa: PLC0415

    return kind_of(function)


def _too_much() -> CheckFailed:
    """Return the failure of an answer that takes too much to compute with."""
    return CheckFailed(
        _(
            "This computes with what your code answered, and came to no end with it in the time "
            "and memory that there is. Is it far larger than it should be? Print it, and its size."
        )
    )


def _asserted_elsewhere(error: AssertionError) -> CheckFailed:
    """Return the failure of an assert in a function that a check calls, such as one of numpy's."""
    told = str(error).strip()
    first, _newline, rest = told.partition("\n")
    sentence = first or _("What this check asserts does not hold.")
    return CheckFailed(sentence, Evidence(text=told) if rest else None)


def _on(case: "Drawn | None") -> str:
    if case is None:
        return ""
    return f" (with {', '.join(f'{name} = {value!r}' for name, value in case.values.items())})"


@dataclass(frozen=True)
class Trial:
    """What came of a check on the reference, on one case.

    It asked the `planned` question, and others `aside` from it, of which may be told beforehand
    what is `told`. It `returned` plain data, or there is the `failure` with which it did not hold;
    that took `seconds` of processor time.
    """

    planned: Planned
    aside: tuple[Scenario, ...]
    told: tuple[Scenario, ...]
    returned: Any
    failure: CheckFailed | None
    seconds: float

    @cached_property
    def weight(self) -> Weight:
        """How heavy the reference's answers are."""
        return weight(self.planned.answers)

    @property
    def asks(self) -> bool:
        """Whether anything was asked: what asks nothing holds for everyone."""
        return any(each.steps for each in (*self.aside, self.planned.scenario))


def asserted(function: Callable[..., Any]) -> Callable[..., None]:
    """Return the check that a plain function is, as the judge calls it."""
    plain = Plain(function, come_to_its_end=True)

    def judged(student: Subject, reference: Subject, case: Any = None) -> None:
        plain.asked(student, reference, case)

    return _judged(judged, plain, function.__name__, function.__doc__ or "")


def compared(
    function: Callable[..., Any], results: Mapping[str, Result]
) -> list[Callable[..., None]]:
    """Return a check for each of the results that a plain function returns by these names.

    One result that has the function's own name is what it returns as a whole.
    """
    plain = Plain(function)
    whole = list(results) == [function.__name__]
    return [
        _one(plain, name, each, list(results)[:place], whole=whole)
        for place, (name, each) in enumerate(results.items())
    ]


def _one(
    plain: Plain, name: str, wanted: Result, before: Sequence[str], *, whole: bool
) -> Callable[..., None]:
    def of(returned: Any) -> Any:
        if whole:
            return returned
        try:
            return returned[name]
        except (KeyError, TypeError, IndexError):
            raise AssignmentError(
                f"The check `{plain.name}` returns no result `{name}`: return a dictionary of "
                "what `compare` names."
            ) from None

    def of_student(returned: Any, case: Any, reference: Subject) -> Any:
        try:
            return of(returned)
        except AssignmentError:
            # The results may be named by what is asked, as the columns of a table are.
            of(plain.trial(case, reference).returned)
        for each in before:
            if not _holds(returned, each):
                raise BuildsOn(each)
        raise CheckFailed(_("There is no `{name}` in what your code came to.", name=name))

    def judged(student: Subject, reference: Subject, case: Any = None) -> None:
        try:
            returned = plain.asked(student, reference, case)
        except (CheckFailed, NeedsReview):
            if before:
                raise BuildsOn(before[0]) from None
            raise
        got = _reached(of_student(returned, case, reference), before, returned)
        trial = plain.trial(case, reference)
        expected = of(trial.returned)
        if holds_object(expected):
            raise AssignmentError(
                f"The check `{plain.name}` compares an object of the notebook's"
                f"{'' if whole else f' (`{name}`)'}, of which only the name of its class is known: "
                "return what it holds, such as `list(numbers)` of an iterator."
            )
        found = difference(got, expected, options=wanted.options)
        if found is not None and not wanted.options.exact:
            spread = [of(each) for each in plain.spread(case, reference)]
            handed = largest(trial.planned.scenario.steps)
            found = difference(got, expected, spread, options=wanted.options, handed=handed)
        if found is not None:
            called = _("What `{function}` returned", function=origin(returned) or name)
            failed = _failed(found, called if whole else f"`{name}`", name, wanted, case)
            failed.about = _about(found, of(returned), plain.texts.get("" if whole else name, ""))
            raise failed

    judged.hint = wanted.hint  # type: ignore[attr-defined]
    return _judged(judged, plain, name, wanted.sentence)


def _holds(returned: Any, name: str) -> bool:
    try:
        return returned[name] is not None
    except (KeyError, TypeError, IndexError):
        return False


def _reached(value: Any, before: Sequence[str], returned: Any) -> Any:
    """Return a result as plain data. Raises BuildsOn where one before it was not reached either."""
    try:
        return as_data(fetch(value))
    except (CheckFailed, NeedsReview):
        for name in before:
            try:
                fetch(returned[name])
            except (CheckFailed, NeedsReview):
                raise BuildsOn(name) from None
        raise


def _failed(
    found: Difference, called: str, name: str, wanted: Result, case: "Drawn | None"
) -> CheckFailed:
    """Return the failure of a result, with what its error looks like."""
    looks = _looks(found, case)
    message, sized = found.message(called), found.sized
    if looks is not None:
        message = replace(found, sentence=looks.sentence).message(called)
        sized = sized or looks.sized
    hint = None if wanted.hint is None else _(wanted.hint)
    return CheckFailed(message, found.evidence(name), hint, sized=sized)


def _about(found: Difference, value: Any, text: str) -> Judged:
    """Return what was judged where `value`, written as `text`, differs from the reference's."""
    path, differing = found.path, (found.got, found.expected)
    whole = Judged(shown=text, path=path, difference=differing)
    while not is_handle(value) and (item := _ITEM.match(path)):
        try:
            value = value[literal_eval(item[1])]
        except (ValueError, SyntaxError, LookupError, TypeError):
            return whole
        path = path[item.end() :]
    of_step = place(value)
    return whole if of_step is None else replace(of_step, path=path, difference=differing)


def _looks(found: Difference, case: "Drawn | None") -> Diagnosis | None:
    got, expected = found.got, found.expected
    if not (_is_real(got) and _is_real(expected)):
        return None
    right = np.asarray(expected, np.float64)
    values = case.values if case is not None else {}
    numbers = {n: each.array if isinstance(each, Tensor) else each for n, each in values.items()}
    context = Context(
        terms=_TERMS,
        magnitude=float(np.max(np.abs(right[np.isfinite(right)]), initial=0.0)),
        sizes={f"`{name}`": size for name, size in case.sizes.items()} if case is not None else {},
        others={f"`{name}`": each for name, each in numbers.items() if _is_real(each)},
    )
    return diagnose(np.asarray(got, np.float64), right, context)


def _is_real(value: object) -> bool:
    return is_real(value) and value.dtype.kind != "b" and value.ndim > 0


def _judged(
    judged: Callable[..., None], plain: Plain, name: str, sentence: str
) -> Callable[..., None]:
    judged.__name__ = judged.__qualname__ = name
    judged.__doc__ = sentence
    judged.plain = plain  # type: ignore[attr-defined]
    return judged
