"""What a cell prints, and what should have been printed beside it."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from grader.agent.wire import Described
from grader.i18n import _
from grader.judging.expressions import UnwritableError, expression
from grader.results.evidence import Evidence, Item
from grader.scenario import Outcome, Value

# Digits enough to see what is wrong, and few enough to read.
DIGITS: Final = 6
_NUMBERS: Final = "biufc"


def beside(text: str, got: Any, expected: Any, condition: str = "") -> str:
    """Return the line that prints `text`, whose value is `got`, beside what is `expected`.

    What is too large to be read, or cannot be told by what is printed, is told by a `condition`.
    """
    if got is None and isinstance(expected, np.ndarray):
        return _("print({name})  # expected an array", name=text)
    if isinstance(expected, Described):
        kind = expected.type_name.removeprefix("builtins.").removeprefix("__main__.")
        return _("print(type({name}))  # expected {kind}", name=text, kind=kind)
    mine, right = _array(got), _array(expected)
    if condition and (mine is None or right is None or mine.shape != right.shape):
        return f"print({text})  {condition}"
    if got is not None and _kind(got) != _kind(expected):
        return _("print(type({name}))  # expected {kind}", name=text, kind=type(expected))
    if mine is not None and right is not None:
        if mine.shape != right.shape:
            return _("print({name}.shape)  # expected {shape}", name=text, shape=right.shape)
        if (mine.dtype.kind == "b") != (right.dtype.kind == "b"):
            return _("print({name}.dtype)  # expected {kind}", name=text, kind=right.dtype)
    try:
        told = expression(numbers(expected))
    except UnwritableError:
        return _of_worst(text, mine, right) or f"print({text})  {condition}".rstrip()
    return _("print({name})  # expected {numbers}", name=text, numbers=told)


def of_evidence(text: str, outcome: Outcome, evidence: Evidence) -> str:
    """Return the line that prints `text`, which came to `outcome`, beside what evidence expects.

    What evidence shows as wrong is expected of nothing else.
    """
    expected, got = evidence.expected, evidence.got
    value = outcome.value if isinstance(outcome, Value) else 0
    if value is None and (expected is None or expected.shape is not None):
        return _("print({name})  # expected an array", name=text)
    if expected is None and isinstance(value, list | tuple):
        return _("print(type({name}))  # expected {kind}", name=text, kind=np.ndarray)
    if expected is None or not expected.is_of_numbers or not _shows(value, got):
        return f"print({text})"
    if got is not None and got.shape != expected.shape:
        return _("print({name}.shape)  # expected {shape}", name=text, shape=expected.shape)
    array = array_of(expected)
    if array is None:
        worst = evidence.worst
        if worst is None or len(worst.index) != np.ndim(value):
            return _("print({name}.shape)  # expected {shape}", name=text, shape=expected.shape)
        place = ", ".join(map(str, worst.index))
        told = expression(numbers(float(worst.expected)))
        return _("print({name})  # expected {numbers}", name=f"{text}[{place}]", numbers=told)
    told = expression(numbers(array.tolist()))
    return _("print({name})  # expected {numbers}", name=text, numbers=told)


def array_of(item: Item) -> np.ndarray | None:
    """Return the array of numbers that an item shows whole, None where it shows none."""
    if not item.is_of_numbers or item.value is None or item.shape is None:
        return None
    return np.array(item.value, dtype=item.dtype).reshape(item.shape)


def is_shown(value: object, item: Item | None) -> bool:
    """Whether a value is just the array that a report shows."""
    if item is None or not item.is_of_numbers:
        return False
    array, shown = answered(value), array_of(item)
    if array is None or array.shape != item.shape:
        return False
    return shown is None or bool(np.array_equal(array, shown, equal_nan=True))


def answered(value: object) -> np.ndarray | None:
    """Return what was answered as an array of numbers, None where it is none."""
    try:
        array = np.asarray(value)
    except ValueError:
        # A list of rows of different lengths.
        return None
    return array if array.dtype.kind in "biuf" else None


def _shows(value: object, got: Item | None) -> bool:
    """Whether a report shows a value, in this shape or with axes of length 1 more or less."""
    if got is None or is_shown(value, got):
        return True
    array, shown = answered(value), array_of(got)
    if array is None or shown is None or array.size != shown.size:
        return False
    return bool(np.array_equal(array.ravel(), shown.ravel(), equal_nan=True))


def numbers(value: Any) -> Any:
    """Return nested numbers as a person writes them: no more digits than tell, no -0.0."""
    if isinstance(value, np.ndarray):
        return numbers(value.tolist())
    if isinstance(value, dict):
        return {key: numbers(each) for key, each in value.items()}
    if type(value) in (list, tuple):
        return type(value)(numbers(each) for each in value)
    if isinstance(value, np.generic):
        return numbers(value.item())
    if isinstance(value, complex):
        return complex(numbers(value.real), numbers(value.imag))
    return float(f"{value:.{DIGITS}g}") + 0.0 if isinstance(value, float) else value


def _array(value: Any) -> np.ndarray | None:
    """Return an array, or a number as one, None for anything else."""
    if isinstance(value, np.ndarray):
        return value
    return np.asarray(value) if isinstance(value, bool | int | float | complex) else None


def _kind(value: Any) -> object:
    """Return what values print alike as."""
    if isinstance(value, np.ndarray) and value.ndim:
        return np.ndarray
    if isinstance(value, bool | np.bool_):
        return bool
    if isinstance(value, int | float | complex | np.number | np.ndarray):
        return float
    return type(value)


def _of_worst(text: str, got: np.ndarray | None, expected: np.ndarray | None) -> str:
    """Return the line that prints the element of a large array that is furthest off, "" for none.

    Its values are numbers.
    """
    if got is None or expected is None or not {got.dtype.kind, expected.dtype.kind} <= {*_NUMBERS}:
        return ""
    with np.errstate(all="ignore"):
        apart = np.abs(got.astype(np.complex128) - expected.astype(np.complex128))
    index: Sequence[Any] = np.unravel_index(int(np.argmax(apart)), got.shape)
    place = ", ".join(str(int(each)) for each in index)
    told = expression(numbers(expected[tuple(index)]))
    return _("print({name})  # expected {numbers}", name=f"{text}[{place}]", numbers=told)
