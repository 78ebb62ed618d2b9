"""Asking the same with each number that is handed in moved by a rounding, or in single precision.

How far that moves the answers says how far right ones may lie apart; see `agreement`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

import numpy as np

from grader.agent.values import Frame, Series, Tensor
from grader.asking.tensors import moved
from grader.scenario import Call, Operate, Set, Step

# Times that each question is asked with numbers that are moved.
DISTURBANCES: Final = 4
_ROUNDING: Final = float(np.finfo(np.float32).eps) / 2


class Disturbance:
    """Moves the real numbers of steps; to single precision where no `random` numbers say how."""

    def __init__(self, random: np.random.Generator | None) -> None:
        self._random = random

    def step(self, step: Step) -> Step:
        """Return a step with what it hands in moved."""
        match step:
            case Call(args=args, kwargs=kwargs):
                return replace(step, args=self.value(list(args)), kwargs=self.value(dict(kwargs)))
            case Operate(args=args):
                return replace(step, args=self.value(list(args)))
            case Set(value=value):
                return replace(step, value=self.value(value))
        return step

    def value(self, value: Any) -> Any:
        """Return a value with the real numbers in it moved."""
        if type(value) is float:
            return float(self._moved(np.asarray(value)))
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            return self._moved(value)
        if isinstance(value, Tensor):
            return value if self._random is None else moved(value, self._random)
        if isinstance(value, Frame | Series):
            # A column has the dtype that the table says.
            moved_too = self._random is not None
            return replace(value, values=self.value(value.values)) if moved_too else value
        if type(value) in (list, tuple):
            return type(value)(map(self.value, value))
        if type(value) is dict:
            return {key: self.value(each) for key, each in value.items()}
        return value

    def _moved(self, array: np.ndarray) -> np.ndarray:
        """Return each number a half to a whole rounding of single precision away."""
        if self._random is None:
            return array.astype(np.float32, order="K")
        signs = self._random.choice([-1.0, 1.0], array.shape)
        by = _ROUNDING * signs * self._random.uniform(0.5, 1.0, array.shape)
        return np.asarray(array.astype(np.float64, order="K") * (1 + by))


def disturbances() -> Iterator[Disturbance]:
    """Yield the ways in which a question is asked anew, the same every time."""
    for number in range(DISTURBANCES):
        yield Disturbance(np.random.default_rng([number]))
    yield Disturbance(None)


def largest(steps: Iterable[Step]) -> float:
    """Return the largest of the real numbers that steps hand in, 0 for none."""
    return max((_largest(each) for step in steps for each in _handed(step)), default=0.0)


def _handed(step: Step) -> list[Any]:
    match step:
        case Call(args=args, kwargs=kwargs):
            return [*args, *kwargs.values()]
        case Operate(args=args):
            return list(args)
        case Set(value=value):
            return [value]
    return []


def _largest(value: Any) -> float:
    if type(value) is float:
        return abs(value) if np.isfinite(value) else 0.0
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return float(np.max(np.abs(value[np.isfinite(value)]), initial=0.0))
    if isinstance(value, Tensor):
        return _largest(value.array)
    if isinstance(value, Frame | Series):
        return _largest(value.values)
    if isinstance(value, list | tuple):
        return max(map(_largest, value), default=0.0)
    if isinstance(value, dict):
        return max(map(_largest, value.values()), default=0.0)
    return 0.0
