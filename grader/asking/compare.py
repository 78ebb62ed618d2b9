"""Comparing what a student's code answered with what it should have been.

Every function returns where the two agree and raises CheckFailed where they do not, with the
worst element as evidence.
"""

import math
from collections.abc import Mapping
from contextlib import suppress
from typing import Final, TypeGuard

import numpy as np

from grader.agent.values import Tagged
from grader.asking.tolerance import tolerance
from grader.i18n import _
from grader.results.evidence import Evidence, Item, Worst
from grader.scenario import Described, Raised, Step, Transcript, Value
from grader.verdicts import CheckFailed, Judged, answer, described, judged

__all__ = [
    "MOST_NUMBERS",
    "agrees",
    "array",
    "close",
    "differing",
    "factor",
    "is_real",
    "misshapen",
    "numpy_array",
    "proportional",
    "require_numbers",
    "same_shape",
    "unchanged",
    "writes_nothing",
    "wrong_values",
]

# Numbers of an array that is compared: as many as float64 makes of the most that an answer may be.
# Of truth values it may hold eight times as many, which would take eight times its memory here.
MOST_NUMBERS: Final = 2**23


def array(transcript: Transcript, result: str, *, what: str = "") -> np.ndarray:
    """Return the step's value as an array of float64.

    Raises CheckFailed where it is none of numbers; `what` is how the message calls it.
    """
    value = answer(transcript, result).value
    what = what or result
    if value is None:
        raise CheckFailed(
            _("{what} is None.", what=what),
            hint=_("Is a `return` or an assignment missing?"),
            about=judged(transcript, result),
        )
    type_name = _other_kind(value)
    if type_name:
        raise CheckFailed(
            _(
                "{what} is a {type_name}, not an array of numbers.",
                what=what,
                type_name=type_name,
            ),
            about=judged(transcript, result),
        )
    if isinstance(value, np.ndarray) and value.size > MOST_NUMBERS:
        raise CheckFailed(
            _(
                "{what} is an array of {size} numbers, more than are looked at.",
                what=what,
                size=value.size,
            ),
            about=judged(transcript, result),
        )
    # Integers may be larger than any float.
    with suppress(ValueError, OverflowError):
        if _numeric(value):
            return np.asarray(value, np.float64)
    raise CheckFailed(
        _("{what} is a {type}, not an array.", what=what, type=type(value).__name__),
        about=judged(transcript, result),
    )


def _other_kind(value: object) -> str:
    """Return what a value is called that is no plain data, or an array of no numbers; else ""."""
    if isinstance(value, np.ndarray) and value.dtype.kind not in "biuf":
        return f"numpy array of {value.dtype}"
    return getattr(value, "type_name", "") if isinstance(value, Tagged | Described) else ""


def _numeric(value: object) -> bool:
    """Whether `value` consists of numbers alone; numpy would also read them from text."""
    if isinstance(value, list | tuple):
        return all(map(_numeric, value))
    if isinstance(value, np.ndarray):
        return not _other_kind(value)
    return isinstance(value, bool | int | float)


def numpy_array(transcript: Transcript, result: str, *, what: str) -> None:
    """Require that numbers come as an array, not only as a list of which one can be made.

    What the numbers are is another question: what builds on this one is asked all the same. What
    is none of numbers, `array` refuses.
    """
    try:
        array(transcript, result)
    except CheckFailed:
        return
    value = answer(transcript, result).value
    if not isinstance(value, np.ndarray):
        kind = type(value).__name__
        raise CheckFailed(
            _(
                "{what} is a {type}; the next lines need a numpy array.",
                what=what,
                type=kind,
            ),
            hint=_("Print its `type` and its `shape`. Which line makes a {type} of it?", type=kind),
            ground=True,
            about=judged(transcript, result),
        )


def require_numbers(
    transcript: Transcript, result: str, expected: np.ndarray, *, what: str
) -> None:
    """Raise CheckFailed where a wrong answer consists of truth values: nothing else is to be said.

    To be asked of what is not what is `expected`: right numbers may come as truth values.
    """
    value = answer(transcript, result).value
    if isinstance(value, np.ndarray) and value.dtype.kind == "b":
        raise CheckFailed(
            _("{what} is an array of truth values (bool), not of numbers.", what=what),
            Evidence(expected=Item.of(what, expected), got=Item.of(what, value)),
            hint=_("Print its `dtype`. Which part of the line does Python compute last?"),
            about=judged(transcript, result),
        )


def is_real(value: object) -> TypeGuard[np.ndarray]:
    """Whether a value is an array of real numbers or truth values."""
    return isinstance(value, np.ndarray) and value.dtype.kind in "biuf"


def same_shape(got: np.ndarray, expected: tuple[int, ...], *, what: str) -> None:
    """Require that `got` has exactly the shape `expected`."""
    if got.shape != expected:
        raise CheckFailed(
            _(
                "{what} has the shape {shape}, expected {expected}.",
                what=what,
                shape=got.shape,
                expected=expected,
            ),
            misshapen(what, got, expected),
            sized=True,
        )


def misshapen(what: str, got: np.ndarray, expected: tuple[int, ...]) -> Evidence:
    """Return the evidence of a wrong shape."""
    return Evidence(expected=Item.shaped(what, expected), got=Item.of(what, got))


def close(
    got: np.ndarray,
    expected: np.ndarray,
    *,
    what: str,
    terms: int,
    magnitude: np.ndarray | float,
    hint: str | None = None,
) -> None:
    """Require equal shapes and, element by element, a difference within the tolerance.

    `terms` and `magnitude` are those of `tolerance`.
    """
    same_shape(got, expected.shape, what=what)
    if agrees(got, expected, terms=terms, magnitude=magnitude):
        return
    raise CheckFailed(wrong_values(what, got), differing(what, got, expected), hint)


def wrong_values(what: str, got: np.ndarray) -> str:
    """Return the sentence that says that an answer of the right shape is wrong, and no more."""
    if not got.ndim:
        return _("{what} is not the right number.", what=what)
    return _("{what} has the right shape, but wrong values.", what=what)


def agrees(
    got: np.ndarray, expected: np.ndarray, *, terms: int, magnitude: np.ndarray | float
) -> bool:
    """Whether two arrays have one shape and differ by no more than the tolerance.

    Where both are a student's own, their shape need not be the magnitude's: then the smallest
    tolerance holds for all elements.
    """
    if got.shape != expected.shape:
        return False
    bound = tolerance(terms, magnitude)
    try:
        bound = np.broadcast_to(bound, got.shape)
    except ValueError:
        bound = np.min(bound, initial=math.inf)
    return bool(np.all(_distance(got, expected) <= bound))


def _distance(got: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Return how far apart two arrays are; NaN or infinity where that is no number."""
    with np.errstate(invalid="ignore", over="ignore"):
        return np.asarray(np.abs(got - expected))


def differing(what: str, got: np.ndarray, expected: np.ndarray) -> Evidence:
    """Return the evidence of a difference: both arrays and the element that is furthest off."""
    worst = None
    if got.size:
        # argmax takes NaN for the largest.
        index = np.unravel_index(int(np.argmax(_distance(got, expected))), got.shape)
        worst = Worst.of(tuple(int(i) for i in index), expected[index], got[index])
    return Evidence(expected=Item.of(what, expected), got=Item.of(what, got), worst=worst)


def factor(got: np.ndarray, expected: np.ndarray) -> float:
    """Return the c that brings c * expected closest to `got` (least squares), 0 for none.

    It is not finite where the numbers are too large to be summed.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        norm = float(np.vdot(expected, expected))
        return float(np.vdot(expected, got)) / norm if norm else 0.0


def proportional(
    got: np.ndarray,
    expected: np.ndarray,
    *,
    what: str,
    terms: int,
    magnitude: np.ndarray | float,
    hint: str | None = None,
) -> None:
    """Require that `got` is `expected` times any one number but zero; axes of length 1 are free."""
    if _long_axes(got) != _long_axes(expected):
        same_shape(got, expected.shape, what=what)
    flat = got.reshape(expected.shape)
    by = factor(flat, expected)
    if by == 0:
        right = not np.any(expected) and agrees(flat, expected, terms=terms, magnitude=magnitude)
    else:
        with np.errstate(invalid="ignore", over="ignore"):
            right = agrees(flat / by, expected, terms=2 * terms, magnitude=magnitude)
    if not right:
        raise CheckFailed(
            _("{what} does not point in the right direction.", what=what),
            differing(what, flat, expected),
            hint,
        )


def _long_axes(array: np.ndarray) -> list[int]:
    return [size for size in array.shape if size != 1]


def unchanged(transcript: Transcript, names: Mapping[str, str]) -> None:
    """Require that no call altered an argument in place, its own or an earlier call's.

    `names` maps a call's result to the name by which the message knows its first argument.
    """
    steps = transcript.scenario.steps
    for place, (step, outcome) in enumerate(zip(steps, transcript.outcomes, strict=False)):
        for index, position in outcome.changed if isinstance(outcome, Value) else ():
            argument = _argument(steps[index], names)
            raise CheckFailed(
                _(
                    "{described} changed {argument}, an array of the caller's, in place.",
                    described=described(step),
                    argument=argument,
                ),
                hint=_(
                    "The numbers that come back are right, but your caller's array is no longer "
                    "what it was. Who may still need it?"
                ),
                about=Judged(transcript, place, (index, position)),
            )


def _argument(step: Step, names: Mapping[str, str]) -> str:
    """Return how a message calls the first argument of a step."""
    name = names.get(getattr(step, "result", ""))
    return _("an argument") if name is None else f"`{name}`"


def writes_nothing(transcript: Transcript, names: Mapping[str, str]) -> None:
    """Require that no call wrote into an argument that was handed out read-only.

    `names` is that of `unchanged`. What else a call may have raised is not asked here.
    """
    step, raised = transcript.failure or (None, None)
    if step is None or not isinstance(raised, Raised):
        return
    told = raised.message.lower()
    if raised.error == "ValueError" and ("read-only" in told or "writeable" in told):
        argument = _argument(step, names)
        raise CheckFailed(
            _(
                "{described} writes into {argument}, an array of the caller's, or into one "
                "that it was given before.",
                described=described(step),
                argument=argument,
            ),
            Evidence(text=raised.line) if raised.line else None,
            _("A caller may hand in an array that must not be written to. Which line writes?"),
            about=Judged(transcript, len(transcript.outcomes) - 1),
        )
