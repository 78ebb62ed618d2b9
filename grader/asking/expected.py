"""What the reference answers, and so what is expected where a student's answer stands.

A check on one subject is tried on the reference first. What came of that is `Planned`: which steps
others will be asked, and what the reference has where each of them gives a result.
"""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import cached_property
from typing import Any, Final

import numpy as np

from grader.agent.values import (
    Described,
    Frame,
    Index,
    Masked,
    Missing,
    Record,
    Series,
    Tagged,
    Tensor,
    parts,
)
from grader.agent.values.base import alike
from grader.agent.wire import encode
from grader.asking.agreement import kind_of
from grader.asking.libraries import stays
from grader.i18n import _
from grader.scenario import Call, Iterate, Scenario, Step, Transcript, Value, calls
from grader.verdicts import CheckFailed, Judged

# What the reference has is not known; that it is data is all that is known.
UNKNOWN: Final = Described("")
DATA: Final = object()


class Planned:
    """A scenario that others will be asked, with its steps as messages.

    That is as far as they answer as the reference does. `beforehand` is what it begins with that
    depends on no answer, and may be told at once. `answers` are what the reference answers: to this
    scenario first, then to others beside it.
    """

    def __init__(self, scenario: Scenario, beforehand: Scenario, *answers: Transcript) -> None:
        self.scenario = scenario
        self.beforehand = beforehand
        self.frames = tuple(map(as_message, scenario.steps))
        self.answers = answers

    def expected(self, place: int, steps: Sequence[Step]) -> Any:
        """Return what the reference has where the step number `place` of `steps` gives a result.

        A student's answers may lead to other steps than the reference's: then it is what all else
        that is called so gives, as far as that is data every time. UNKNOWN where nothing is known.
        """
        step = steps[place]
        if place < len(self.scenario.steps) and _named_alike(step, self.scenario.steps[place]):
            outcome = self.answers[0].outcomes[place : place + 1] if self.answers else ()
            if outcome and isinstance(outcome[0], Value):
                return outcome[0].value
        return self._usual.get(calls(Scenario(*steps))[place], UNKNOWN)

    def items_of(self, target: str) -> Any:
        """Return what a check finds first in an object of the reference's that it goes through.

        UNKNOWN where it does not.
        """
        outcomes = self.answers[0].outcomes if self.answers else ()
        for step, outcome in zip(self.scenario.steps, outcomes, strict=False):
            if isinstance(step, Iterate) and step.target == target and isinstance(outcome, Value):
                return outcome.value
        return UNKNOWN

    @cached_property
    def _usual(self) -> dict[str, Any]:
        """A value that each call gives, by what is called: one that stays where there is one."""
        found: dict[str, Any] = {}
        for answered in self.answers:
            names = calls(answered.scenario)
            for name, outcome in zip(names, answered.outcomes, strict=False):
                known = name in found and stays(found[name])
                if isinstance(outcome, Value) and not known:
                    found[name] = outcome.value
        return found


def item_of(expected: Any, key: object) -> Any:
    """Return what the reference has as an item where it has what is `expected`."""
    if not stays(expected):
        try:
            return expected[key]
        except (LookupError, TypeError):
            return DATA
    known = type(expected) is list and type(key) is int and key < len(expected)
    return expected[key] if known else UNKNOWN


def _named_alike(step: Step, other: Step) -> bool:
    """Whether two steps do the same but for the values that they are given."""
    names = ("result", "target", "method", "attribute", "operator")
    return type(step) is type(other) and all(
        getattr(step, each, None) == getattr(other, each, None) for each in names
    )


def as_message(step: Step) -> bytes:
    """Return a step as a message; whether it is heard does not matter."""
    return encode(Scenario(replace(step, heard=True) if isinstance(step, Call) else step).plain)


def of_another_kind(function: str, found: Any, expected: Any, about: Judged | None) -> CheckFailed:
    """Return the failure of an object where the reference has data: `function` returned it."""
    return CheckFailed(
        _(
            "{what} is {got}, expected {expected}.",
            what=_("What `{function}` returned", function=function)
            if function
            else _("An item of what your code returned"),
            got=kind_of(found),
            expected=_("plain data") if expected is DATA else kind_of(expected),
        ),
        about=about,
    )


def is_empty(value: Any) -> bool:
    """Whether nothing is in a value that could have something in it.

    Of a list of arrays numpy makes one array, so where all of these are empty, it is.
    """
    if isinstance(value, Tensor):
        value = value.array
    if isinstance(value, Masked):
        value = value.data
    if isinstance(value, np.ndarray):
        return value.size == 0
    if isinstance(value, Frame) and not value.values:
        return True
    if type(value) in (list, tuple):
        return all(isinstance(each, _ARRAY_LIKE) and is_empty(each) for each in value)
    return isinstance(value, _SIZED) and _length(value) == 0


def has_empty(value: Any) -> bool:
    """Whether a value is empty, or something in it is."""
    if is_empty(value):
        return True
    if type(value) is dict:
        return any(map(has_empty, value.values()))
    return type(value) in (list, tuple) and any(map(has_empty, value))


def is_hollow(found: Any, expected: Any) -> bool:
    """Whether an answer is empty where what is `expected` is not, or has such a place in it.

    Those count where numbers are expected: a list or a text may be there for nobody but the code
    that answers, and each design has another.
    """
    if is_empty(found):
        return not is_empty(expected)
    return any(is_hollow(*pair) for pair in _pairs(found, expected) if _counts(*pair))


def _pairs(found: Any, expected: Any) -> list[tuple[Any, Any]]:
    """Return the parts of two lists or dictionaries that stand in the same places."""
    if type(found) is dict and type(expected) is dict:
        return [(each, expected[key]) for key, each in found.items() if key in expected]
    if type(found) in (list, tuple) and type(expected) in (list, tuple):
        return list(zip(found, expected, strict=False))
    return []


def _counts(found: Any, expected: Any) -> bool:
    """Whether what is empty would be so in the place of numbers, or in something around such."""
    if is_empty(found):
        return isinstance(found, _ARRAY_LIKE) and isinstance(expected, _NUMBERS)
    return True


_ARRAYS: Final = (np.ndarray, Tensor, Masked, Frame, Series)
_ARRAY_LIKE: Final = (*_ARRAYS, list, tuple)
_NUMBERS: Final = (*_ARRAYS, int, float, complex)
_SIZED: Final = (list, tuple, dict, str, bytes, range, AbstractSet, Frame, Series, Index)


def _length(value: Any) -> int:
    return len(value.index or ()) if isinstance(value, Frame | Series) else len(value)


def lacks(found: Any, expected: Any) -> bool:
    """Whether something is missing in an answer, and nothing in what is `expected`.

    Of a table, only the columns count that are expected to be whole. What stands in the place of an
    object may be anything.
    """
    if type(expected) in (list, tuple, dict) and stays(expected):
        return any(lacks(*pair) for pair in _pairs(found, expected) if not stays(pair[1]))
    if not (isinstance(found, Frame) and isinstance(expected, Frame)):
        return has_gaps(found) and not has_gaps(expected)
    whole = [
        name
        for name, values in zip(expected.columns.labels(), expected.values, strict=True)
        if not has_gaps(values)
    ]
    names = found.columns.labels()
    return any(
        has_gaps(values) and any(alike(name, each) for each in whole)
        for name, values in zip(names, found.values, strict=True)
    )


def has_gaps(value: Any) -> bool:
    """Whether something in a value is no value: NaN, NA, NaT or masked."""
    if isinstance(value, float | complex):
        return value != value  # noqa: PLR0124
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "O":
            return any(each is None or has_gaps(each) for each in value.reshape(-1).tolist())
        return value.dtype.kind in "fcmM" and bool(np.any(value != value))  # noqa: PLR0124
    if isinstance(value, Masked):
        return bool(value.mask.any()) or has_gaps(value.data)
    if isinstance(value, Tensor):
        return has_gaps(value.array)
    if isinstance(value, Series | Index):
        return has_gaps(value.values)
    if isinstance(value, Frame | list | tuple):
        return any(map(has_gaps, value.values if isinstance(value, Frame) else value))
    return isinstance(value, Missing) or (isinstance(value, dict) and has_gaps([*value.values()]))


def holds_object(value: Any) -> bool:
    """Whether something in a value is an object of which only the name of its class is known."""
    if isinstance(value, np.ndarray):
        return value.dtype.kind == "O" and any(map(holds_object, value.reshape(-1).tolist()))
    if isinstance(value, list | tuple | AbstractSet):
        return any(map(holds_object, value))
    if isinstance(value, dict):
        return any(map(holds_object, value.values()))
    if isinstance(value, Record):
        return holds_object(dict(value.fields))
    if isinstance(value, Tagged):
        return any(map(holds_object, parts(value)))
    return isinstance(value, Described)
