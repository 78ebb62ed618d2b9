"""A cell that puts a question to a student's own code once more, to paste below it."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import numpy as np

from grader.evidence import Evidence, Item
from grader.scenario import Call, Get, Make, Ref, Scenario, Seed, Set, Step

# A cell is to be read: an array of more elements tells a person nothing.
MOST_ELEMENTS: Final = 64
_STEPS: Final = (Make, Set, Get, Call, Seed)
# What a sentence names stands between backticks.
_SPOKEN: Final = re.compile(r"`([^`]+)`")


class _TooLargeError(Exception):
    """An argument cannot be written in a line or two."""


def cell(scenario: Scenario, evidence: Evidence, message: str) -> str | None:
    """Return the source of a cell that performs `scenario` and prints what `message` is about.

    Arrays that `evidence` shows among its inputs keep their names, and what it expects of a
    result stands beside it. None where a step is none that a student could take, or an argument
    is too large to be read.
    """
    if not all(isinstance(step, _STEPS) for step in scenario.steps):
        return None
    named = {item.name: array for item in evidence.inputs if (array := _array(item)) is not None}
    writer = _Writer(named)
    taken = [step for step in scenario.steps if not isinstance(step, Get)]
    try:
        lines = [writer.line(step) for step in taken]
        used = [f"{name} = {_text(named[name])}" for name in named if name in writer.used]
    except _TooLargeError:
        return None
    shown = _shown(scenario.steps, evidence, message, writer.used)
    imports = ["import numpy as np", ""] if "np." in "\n".join([*used, *lines]) else []
    return "\n".join([*imports, *used, *lines, *shown])


def _array(item: Item) -> np.ndarray | None:
    if item.shape is None or item.value is None:
        return None
    return np.array(item.value, dtype=item.dtype).reshape(item.shape)


class _Writer:
    """Writes steps as Python, with the arrays that have a name by it."""

    def __init__(self, named: Mapping[str, np.ndarray]) -> None:
        self.named = named
        self.used: set[str] = set()

    def line(self, step: Step) -> str:
        """Return one step as a statement."""
        if isinstance(step, Make):
            given = [*map(self.value, step.args)]
            given += [f"{name}={self.value(value)}" for name, value in step.kwargs.items()]
            return f"{step.target} = {step.kind}({', '.join(given)})"
        if isinstance(step, Set):
            return f"{step.target}.{step.attribute} = {self.value(step.value, copied=True)}"
        if isinstance(step, Call):
            called = f"{step.target}.{step.method}" if step.method else step.target
            return f"{step.result} = {called}({', '.join(map(self.value, step.args))})"
        if isinstance(step, Seed):
            return f"np.random.seed({step.seed})"
        raise TypeError(f"a student cannot perform {step}")

    def value(self, value: object, *, copied: bool = False) -> str:
        """Return a value as an expression; `copied` where the student's code keeps it."""
        if isinstance(value, Ref):
            return value.name
        if not isinstance(value, np.ndarray):
            return repr(value)
        for name, array in self.named.items():
            if array.dtype == value.dtype and np.array_equal(array, value, equal_nan=True):
                self.used.add(name)
                return f"{name}.copy()" if copied else name
        return _text(value)


def _text(array: np.ndarray) -> str:
    if array.size > MOST_ELEMENTS:
        raise _TooLargeError
    if array.size and not np.any(array) and array.dtype == np.float64:
        return f"np.zeros({array.shape if array.ndim != 1 else array.size})"
    dtype = "" if array.dtype in (np.float64, np.int64) else f', dtype="{array.dtype}"'
    order = ', order="F"' if array.ndim > 1 and not array.flags.c_contiguous else ""
    return f"np.array({array.tolist()}{dtype}{order})"


def _shown(
    steps: Sequence[Step], evidence: Evidence, message: str, used: Collection[str]
) -> list[str]:
    """Return the line that prints what the verdict is about, with what was expected of it."""
    results: dict[str, str] = {}
    for step in steps:
        if isinstance(step, Call):
            results[step.result] = results[step.method] = step.result
        elif isinstance(step, Get):
            results[step.result] = f"{step.target}.{step.attribute}"
    expected = evidence.expected
    said = [expected.name, message] if expected else [message]
    spoken = [name for text in said for name in (text, *_SPOKEN.findall(text))]
    about = next((results[name] for name in spoken if name in results), None)
    # What was changed in place is named last.
    argument = next((name for name in reversed(spoken) if name in used), None)
    if expected is None and argument is not None:
        return [f"print({argument})  # expected what it was"]
    if about is None:
        return [f"print({each})" for each in list(results.values())[-1:]]
    told = f"  # expected {_lists(expected.value)}" if expected and expected.value else ""
    return [f"print({about}){told}"]


def _lists(value: object) -> object:
    return [_lists(each) for each in value] if isinstance(value, tuple) else value
