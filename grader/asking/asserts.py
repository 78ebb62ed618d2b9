"""What a plain check says: asserts that explain themselves, and what it expects to be raised."""

import builtins
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from grader.agent.values import Tensor
from grader.asking.agreement import Difference, difference
from grader.asking.builtin_calls import identical
from grader.asking.foretelling import foretelling
from grader.asking.libraries import as_data
from grader.asking.standin import (
    Code,
    call_of,
    fetch,
    given_data,
    heard,
    is_handle,
    is_object,
    local,
    question_of,
)
from grader.errors import AssignmentError
from grader.i18n import _
from grader.results.evidence import Evidence, Item
from grader.scenario import Raised, Transcript, Value
from grader.verdicts import (
    AfterSubmission,
    CheckFailed,
    Judged,
    NeedsReview,
    answer,
    described,
    ended,
)


def _is_in(one: Any, other: Any) -> bool:
    """Whether a value is in another, which its own class says of an object of the notebook's."""
    if is_handle(other):
        return one in other
    if is_object(one) and isinstance(other, list | tuple | set | frozenset):
        return any(one == each for each in other)
    return fetch(one) in other


_OPERATORS: Final[dict[str, tuple[str, Callable[[Any, Any], Any]]]] = {
    "Eq": ("==", operator.eq),
    "NotEq": ("!=", operator.ne),
    "Lt": ("<", operator.lt),
    "LtE": ("<=", operator.le),
    "Gt": (">", operator.gt),
    "GtE": (">=", operator.ge),
    "Is": ("is", identical),
    "IsNot": ("is not", lambda one, other: not identical(one, other)),
    "In": ("in", _is_in),
    "NotIn": ("not in", lambda one, other: not _is_in(one, other)),
}
# Functions that say whether their first two arguments are equal.
_EQUALITIES: Final = frozenset({"allclose", "isclose", "array_equal", "array_equiv", "equal"})
# Those of them to which a number is an array of it.
_STRETCHING: Final = frozenset({"allclose", "isclose", "array_equiv"})

# Where `pytest.approx` is at home.
_PYTEST: Final = frozenset({"_pytest.python_api", "_pytest.approx"})

# The words of a check, in those of a student's notebook.
_STAND_IN: Final = re.compile(r"\bcode\.")

Told = Callable[[], Any]


def _holds(condition: Callable[[], Any]) -> bool:
    """Whether a condition holds; where only is wanted what a check asks, it does."""
    if not foretelling():
        return bool(condition())
    with suppress(Exception):
        bool(condition())
    return True


def compared(
    left: Any,
    right: Any,
    how: str,
    left_text: str,
    right_text: str,
    written: str,
    told: Told,
    ours: bool = False,
) -> None:
    """Require that a comparison holds, of what is `ours` with what is not. Raises CheckFailed."""
    _sign, holds = _OPERATORS[how]
    if _holds(lambda: holds(left, right)):
        return
    got, expected, text = _data(left), _data(right), left_text
    if ours or (_constant(left_text) and not _constant(right_text)):
        got, expected, text = expected, got, right_text
    evidence = Evidence(expected=Item.of(_spoken(text), expected), got=Item.of(_spoken(text), got))
    about = Judged(shown=text, condition=written)
    if how != "Eq":
        evidence = Evidence(got=Item.of(_spoken(text), got))
        message = _(
            "`{text}` is {got}; {written} does not hold.",
            text=_spoken(text),
            got=_short(got),
            written=f"`{_spoken(written)}`",
        )
    else:
        found = difference(got, expected, exact=True)
        if found is not None:
            about = _about(found, text)
        message = (
            found.message(f"`{_spoken(text)}`")
            if found is not None
            else _("`{written}` does not hold.", written=_spoken(written))
        )
    raise CheckFailed(_message(told, message), evidence, about=about)


def _about(found: Difference, text: str, condition: str = "") -> Judged:
    """Return what was judged where a comparison of `text` finds a difference."""
    differing = (found.got, found.expected)
    return Judged(shown=text, path=found.path, difference=differing, condition=condition)


def agreed(
    function: Callable[..., Any],
    args: Sequence[Any],
    texts: Sequence[str],
    written: str,
    told: Told,
    keywords: Mapping[str, Any] = MappingProxyType({}),
    ours: bool = False,
) -> None:
    """Require that a function of `args` and `keywords` holds. Raises CheckFailed."""
    if _holds(lambda: given_data(function)(*args, **keywords)):
        return
    message = _("`{written}` does not hold.", written=_spoken(written))
    evidence, about = None, Judged(condition=written)
    name = getattr(function, "__name__", "")
    if name in _EQUALITIES and len(args) >= 2:
        (got, text), (expected, _text) = _ordered(args, texts, ours)
        if name in _STRETCHING:
            expected = _stretched(expected, got)
        found = difference(got, expected, exact=True)
        if found is not None:
            what = _spoken(text)
            message, evidence = found.message(f"`{what}`"), found.evidence(what)
            about = _about(found, text, written)
    else:
        shown = [(text, _data(each)) for text, each in zip(texts, args, strict=True)]
        first = next((each for each in shown if not _constant(each[0])), None)
        if first is not None:
            evidence = Evidence(got=Item.of(_spoken(first[0]), first[1]))
    raise CheckFailed(_message(told, message), evidence, about=about)


def _ordered(args: Sequence[Any], texts: Sequence[str], ours: bool) -> Sequence[tuple[Any, str]]:
    """Return the first two arguments with their texts, that which is the student's first."""
    pairs = [(_data(each), text) for each, text in zip(args[:2], texts[:2], strict=True)]
    is_first = ours or (_constant(texts[0]) and not _constant(texts[1]))
    return pairs[::-1] if is_first else pairs


def _stretched(expected: Any, got: Any) -> Any:
    """Return numbers in the shape of `got` where they can be had in it."""
    numbers = isinstance(expected, int | float | complex | np.ndarray)
    if not numbers or not isinstance(got, np.ndarray):
        return expected
    try:
        return np.broadcast_to(expected, got.shape)
    except ValueError:
        return expected


def required(
    function: Callable[..., Any],
    args: Sequence[Any],
    texts: Sequence[str],
    keywords: Mapping[str, Any],
    ours: bool = False,
) -> Any:
    """Call a function that asserts its first two arguments equal. Raises CheckFailed."""
    try:
        # Some look at what class they are given, which only plain data is of.
        return function(*map(local, args), **keywords)
    except AssertionError as error:
        if foretelling():
            return None
        (got, text), (expected, _text) = _ordered(args, texts, ours)
        found = difference(got, _stretched(expected, got), exact=True)
        if found is None:
            raise
        what = _spoken(text)
        raise CheckFailed(
            found.message(f"`{what}`"), found.evidence(what), about=_about(found, text)
        ) from error


def held(value: Any, written: str, told: Told) -> None:
    """Require that a value is true. Raises CheckFailed."""
    if _holds(lambda: value):
        return
    message = _("`{written}` does not hold.", written=_spoken(written))
    raise CheckFailed(_message(told, message), about=Judged(condition=written))


def _data(value: Any) -> Any:
    if type(value).__module__ in _PYTEST:
        # What `pytest.approx` was given.
        value = value.expected
    found = as_data(fetch(value))
    # A number of numpy's is told as one of Python's.
    return found.item() if isinstance(found, np.number | np.bool_) else found


def _message(told: Told, otherwise: str) -> str:
    said = told()
    return otherwise if said is None else str(said)


def _constant(text: str) -> bool:
    """Whether an expression has no name in it but those of values."""
    return not re.search(r"[A-Za-z_]", re.sub(r"\b(None|True|False|and|or|not|e)\b", "", text))


def _spoken(text: str) -> str:
    return _STAND_IN.sub("", text)


def _short(value: object) -> str:
    if isinstance(value, Tensor):
        value = value.array[()]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return f"{value:.6g}"
    with np.printoptions(threshold=20, precision=6):
        text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}…"


@contextmanager
def raises(code: Code, *kinds: str | type[BaseException]) -> Iterator[None]:
    """Require that what is called within raises an exception of one of `kinds`.

    Steps within are asked by themselves: what comes after them goes on from the state before.
    Raises CheckFailed where nothing is raised, or something else.
    """
    question = question_of(code)
    since = len(question.steps)
    names = [each if isinstance(each, str) else each.__name__ for each in kinds]
    try:
        yield
        transcript = question.transcript()
    except (CheckFailed, AssignmentError):
        # What the reference raises where nobody asks for it would be a fault.
        transcript = question.transcript()
        if transcript.failure is None:
            raise
    failure = transcript.failure
    if failure is not None and len(transcript.outcomes) <= since:
        raise ended(transcript)
    last = len(question.steps) - 1
    question.leave_out(since)
    _require_raised(transcript, names, last)


def _require_raised(transcript: Transcript, names: Sequence[str], last: int) -> None:
    """Require that what is asked up to the step number `last` raises one of these exceptions."""
    wanted = _(" or ").join(f"`{each}`" for each in names)
    if transcript.failure is None:
        raise CheckFailed(
            _("It raises nothing, expected {wanted}.", wanted=wanted),
            about=Judged(transcript, last, raises=tuple(names)),
        )
    _step, outcome = transcript.failure
    if not isinstance(outcome, Raised):
        raise ended(transcript)
    if outcome.error not in names and not set(getattr(outcome, "bases", ())) & set(names):
        raise CheckFailed(
            _("It raises {outcome}, expected {wanted}.", outcome=f"`{outcome}`", wanted=wanted),
            Evidence(text=outcome.line) if outcome.line else None,
            about=Judged(transcript, len(transcript.outcomes) - 1, raises=tuple(names)),
        )


class Trying:
    """Lets what a `try` of a check's calls raise there be raised here, as Python would.

    What led up to it stays asked. An assert that does not hold is one of Python's.
    """

    # No generator: one cannot raise the StopIteration that a `try` around `next` is there for.

    def __init__(self, code: Code) -> None:
        self._question = question_of(code)
        self._since = len(self._question.steps)

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """Raise what was raised there, or the verdict where that is none of this `try`."""
        # What the reference raises where nobody asks for it would be a fault.
        if error is not None and not isinstance(error, CheckFailed | AssignmentError):
            return
        transcript = self._question.transcript()
        index, failure = transcript.failed_at, transcript.failure
        if index is None or failure is None:
            if isinstance(error, CheckFailed):
                raise AssertionError(error.message) from error
            return
        _step, outcome = failure
        verdict = ended(transcript)
        if index < self._since or not isinstance(outcome, Raised):
            raise verdict
        self._question.leave_out(index)
        # What no `except` of the check's catches is the student's.
        raise _exception(outcome) from verdict


def _exception(raised: Raised) -> Exception:
    """Return an exception of Python's, or one of that name where Python has none."""
    found = getattr(builtins, raised.error, None)
    known = isinstance(found, type) and issubclass(found, Exception)
    name = raised.error if raised.error.isidentifier() else "Exception"
    kind: Any = found if known else type(name, (Exception,), {})
    # Some are made of more than a message.
    for make in (kind, type(name, (kind,), {"__init__": lambda *_arguments: None})):
        try:
            return make(raised.message)  # type: ignore[no-any-return]
        except TypeError:
            continue
    return ExceptionGroup(raised.message, [Exception()])


# What no `except` of a check's is meant for.
VERDICTS: Final = (CheckFailed, NeedsReview, AfterSubmission, AssignmentError)


def defines(code: Code, name: str) -> bool:
    """Whether the notebook defines `name`."""
    question = question_of(code)
    since = len(question.steps)
    getattr(code, name)
    question.looked_up(name)
    transcript = question.transcript()
    failure, index = transcript.failure, transcript.failed_at
    if failure is None:
        return True
    _step, outcome = failure
    if index is None or index < since or not isinstance(outcome, Raised):
        raise ended(transcript)
    question.leave_out(since)
    return False


def printed(value: Any) -> str:
    """Return what the call printed that returned `value`.

    Raises CheckFailed as `fetch` does, and TypeError for what no call of the notebook's returned.
    """
    return heard(value).printed


def warned(value: Any) -> list[tuple[str, str]]:
    """Return the class and the message of each warning of the call that returned `value`.

    Raises CheckFailed as `fetch` does, and TypeError for what no call of the notebook's returned.
    """
    return list(heard(value).warned)


def keeps_arguments(value: Any) -> None:
    """Require that the call which returned `value` left the arrays that it was given as they were.

    Raises CheckFailed where it did not, and as `fetch` does; TypeError for what no call of the
    notebook's returned.
    """
    question, result = call_of(value)
    transcript = question.transcript()
    steps = transcript.scenario.steps
    for step, outcome in zip(steps, transcript.outcomes, strict=False):
        if getattr(step, "result", None) != result:
            continue
        for index, position in outcome.changed if isinstance(outcome, Value) else ():
            argument = getattr(steps[index], "args", ())[position]
            name = question.name_of(argument)
            raise CheckFailed(
                _(
                    "{described} changed {argument}, an array of the caller's, in place.",
                    described=described(step),
                    argument=_("an argument") if name is None else f"`{name}`",
                ),
                hint=_(
                    "The numbers that come back are right, but your caller's array is no longer "
                    "what it was. Who may still need it?"
                ),
            )
    answer(transcript, result)


HELPERS: Final[dict[str, Any]] = {
    "__compared__": compared,
    "__agreed__": agreed,
    "__held__": held,
    "__required__": required,
    "__trying__": Trying,
    "__verdicts__": VERDICTS,
}
