"""A cell that puts a question to a student's own code once more, to paste below it."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from grader.i18n import _
from grader.results.evidence import Code, Evidence, Item
from grader.scenario import (
    Call,
    Get,
    Make,
    Raised,
    Ref,
    Scenario,
    Seed,
    Set,
    Step,
    Transcript,
    Use,
    Value,
)

# A cell is to be read: an array of more elements tells a person nothing.
MOST_ELEMENTS: Final = 64
# Digits enough to see what is wrong, and few enough to read.
DIGITS: Final = 6
_STEPS: Final = (Make, Set, Get, Call, Seed)
# What a sentence names stands between backticks.
_SPOKEN: Final = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Reproduction:
    """The source of a cell, and the names of the inputs that it uses."""

    source: str
    used: frozenset[str]


@dataclass(frozen=True)
class _About:
    """What a verdict is about: the outcome of the step at `index` of what was asked.

    `argument` is the step and the position of an argument that it changed in place.
    """

    asked: Transcript
    index: int
    argument: tuple[int, int] | None = None

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps up to it."""
        return self.asked.scenario.steps[: self.index + 1]

    @property
    def step(self) -> Step:
        return self.asked.scenario.steps[self.index]

    @property
    def outcome(self) -> object:
        return self.asked.outcomes[self.index]


class _TooLargeError(Exception):
    """An argument cannot be written in a line or two."""


def cell(
    asked: Sequence[Transcript],
    evidence: Evidence,
    message: str,
    again: Callable[[Scenario], Transcript] | None = None,
) -> Reproduction | None:
    """Return a cell that asks what led to `message`, one of what was `asked`, and prints it.

    Arrays that `evidence` shows among its inputs keep their names, and what it expects of a
    result stands beside it. Objects without which the answer stays the same, when the student is
    asked `again`, are left out. None where a step is none that a student could take, or an
    argument is too large to be read.
    """
    about = _about(asked, evidence, message)
    if about is None or not all(isinstance(step, _STEPS) for step in about.steps):
        return None
    steps = _needed(about, again)
    named = {item.name: array for item in evidence.inputs if (array := _array(item)) is not None}
    writer = _Writer(named)
    try:
        lines = [writer.line(step) for step in steps[:-1] if not isinstance(step, Get)]
        lines += _shown(about, evidence, writer)
        used = [line for name in named if name in writer.used for line in writer.definition(name)]
    except _TooLargeError:
        return None
    imports = ["import numpy as np", ""] if "np." in "\n".join([*used, *lines]) else []
    return Reproduction("\n".join([*imports, *used, *lines]), frozenset(writer.used))


def code_asked(asked: Sequence[Transcript], evidence: Evidence, message: str) -> Code | None:
    """Return which code of the student's led to `message`, one of what was `asked`.

    None where it is no class or function that was asked by its name.
    """
    about = _about(asked, evidence, message)
    if about is None:
        return None
    raised = about.outcome.line if isinstance(about.outcome, Raised) else ""
    calls = [step for step in about.steps if isinstance(step, Call | Make)]
    # What is read of an object is what the last call has left there.
    called = [step for step in calls if _target(step) == _target(about.step)]
    if not called:
        return None
    last = called[-1]
    made = {step.target: step.kind for step in calls if isinstance(step, Make)}
    if isinstance(last, Make):
        return Code(name=last.kind, method="__init__", line=raised)
    if last.target in made:
        return Code(name=made[last.target], method=last.method or "__call__", line=raised)
    used = any(isinstance(step, Use) and step.target == last.target for step in about.steps)
    return None if used or last.method else Code(name=last.target, line=raised)


def _about(asked: Sequence[Transcript], evidence: Evidence, message: str) -> _About | None:
    """Return which of all answers a message is about, None where nothing was asked."""
    if not asked:
        return None
    if evidence.got is None and evidence.expected is None:
        for each in asked:
            for index, outcome in enumerate(each.outcomes):
                for place in outcome.changed if isinstance(outcome, Value) else ():
                    return _About(each, index, place)
    named = [each for name in _spoken(evidence, message) for each in _called(asked, name)]
    same = [each for each in named if _is(each.outcome, evidence.got)]
    failed = [_About(each, len(each.outcomes) - 1) for each in asked if each.failure is not None]
    last = [_About(each, len(each.scenario.steps) - 1) for each in asked]
    return next(iter([*same, *failed, *named, *last]))


def _spoken(evidence: Evidence, message: str) -> list[str]:
    """Return what a verdict names, what its values are called first."""
    items = [item.name for item in (evidence.expected, evidence.got) if item is not None]
    said = [*dict.fromkeys(items), message]
    return [name for text in said for name in (text, *_SPOKEN.findall(text))]


def _called(asked: Sequence[Transcript], name: str) -> list[_About]:
    """Return the steps whose result has this name, or whose method has."""
    found = [
        _About(each, index)
        for each in asked
        for index, step in enumerate(each.scenario.steps[: len(each.outcomes)])
        if isinstance(step, Get | Call)
    ]
    by_result = [each for each in found if getattr(each.step, "result", None) == name]
    by_method = [each for each in found if getattr(each.step, "method", None) == name]
    # The latest call of a method is the one that is asked about.
    return [*by_result, *reversed(by_method)]


def _is(outcome: object, item: Item | None) -> bool:
    """Whether a step came to just what a report shows."""
    if item is None or item.shape is None or not isinstance(outcome, Value):
        return False
    value, shown = _answered(outcome.value), _array(item)
    if value is None or value.shape != item.shape:
        return False
    return shown is None or bool(np.array_equal(value, shown, equal_nan=True))


def _needed(about: _About, again: Callable[[Scenario], Transcript] | None) -> tuple[Step, ...]:
    """Return the steps without those of other objects that make no difference."""
    steps = about.steps
    others = {step.target for step in steps if isinstance(step, Make)} - {_target(about.step)}
    if again is None or about.argument is not None:
        return steps
    for other in sorted(others):
        fewer = tuple(step for step in steps if _target(step) != other)
        if any(isinstance(arg, Ref) for step in fewer for arg in getattr(step, "args", ())):
            continue
        if _alike(again(Scenario(*fewer)).outcomes[-1], about.outcome):
            steps = fewer
    return steps


def _target(step: Step) -> str:
    return str(getattr(step, "target", ""))


def _alike(one: object, other: object) -> bool:
    if isinstance(one, Value) and isinstance(other, Value):
        mine, theirs = _answered(one.value), _answered(other.value)
        return mine is not None and theirs is not None and bool(np.array_equal(mine, theirs))
    return type(one) is type(other) and not isinstance(one, Value)


def _answered(value: object) -> np.ndarray | None:
    """Return what was answered as an array of numbers, None where it is none."""
    try:
        array = np.asarray(value)
    except ValueError:
        # A list of rows of different lengths.
        return None
    return array if array.dtype.kind in "biuf" else None


def _array(item: Item) -> np.ndarray | None:
    if item.shape is None or item.value is None:
        return None
    return np.array(item.value, dtype=item.dtype).reshape(item.shape)


class _Writer:
    """Writes steps as Python, with the arrays that have a name by it."""

    def __init__(self, named: Mapping[str, np.ndarray]) -> None:
        self.named = named
        self.used: set[str] = set()
        self.frozen: set[str] = set()

    def definition(self, name: str) -> list[str]:
        """Return the lines that make an array of the name."""
        frozen = [f"{name}.flags.writeable = False"] if name in self.frozen else []
        return [f"{name} = {_text(self.named[name])}", *frozen]

    def line(self, step: Step) -> str:
        """Return one step as a statement."""
        if isinstance(step, Make):
            given = [*map(self.value, step.args)]
            given += [f"{name}={self.value(value)}" for name, value in step.kwargs.items()]
            return f"{step.target} = {step.kind}({', '.join(given)})"
        if isinstance(step, Set):
            value = self.value(step.value, as_=step.attribute, copied=True)
            return f"{step.target}.{step.attribute} = {value}"
        if isinstance(step, Call):
            return f"{step.result} = {self.call(step)}"
        if isinstance(step, Seed):
            return f"np.random.seed({step.seed})"
        raise TypeError(f"a student cannot perform {step}")

    def call(self, step: Call) -> str:
        """Return a call as an expression."""
        called = f"{step.target}.{step.method}" if step.method else step.target
        return f"{called}({', '.join(map(self.value, step.args))})"

    def value(self, value: object, as_: str = "", *, copied: bool = False) -> str:
        """Return a value as an expression, by the name `as_` where that array is equal.

        It is `copied` where the student's code keeps it.
        """
        if isinstance(value, Ref):
            return value.name
        if not isinstance(value, np.ndarray):
            return repr(value)
        for name in sorted(self.named, key=lambda name: name != as_):
            array = self.named[name]
            if array.dtype == value.dtype and np.array_equal(array, value, equal_nan=True):
                self.used.add(name)
                if not value.flags.writeable:
                    self.frozen.add(name)
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


def _shown(about: _About, evidence: Evidence, writer: _Writer) -> list[str]:
    """Return the lines of the last step, and what prints what came of it beside the expected."""
    step = about.step
    if about.argument is not None:
        call, position = about.argument
        array = np.asarray(getattr(about.asked.scenario.steps[call], "args", ())[position])
        told = _("  # expected {numbers}", numbers=_numbers(array.tolist()))
        return [writer.line(step), f"print({writer.value(array)}){told}"]
    if not isinstance(about.outcome, Value):
        if isinstance(step, Get):
            return [f"print({step.target}.{step.attribute})  {_('# expected no error')}"]
        return [f"{writer.line(step)}  {_('# expected no error')}"]
    if isinstance(step, Get):
        return [_printed(f"{step.target}.{step.attribute}", about, evidence)]
    lines = [writer.line(step)]
    return [*lines, _printed(step.result, about, evidence)] if isinstance(step, Call) else lines


def _printed(name: str, about: _About, evidence: Evidence) -> str:
    expected, got = evidence.expected, evidence.got
    value = about.outcome.value if isinstance(about.outcome, Value) else 0
    if value is None:
        return _("print({name})  # expected an array", name=name)
    if expected is None and isinstance(value, list | tuple):
        return _("print(type({name}))  # expected {kind}", name=name, kind=np.ndarray)
    if expected is None or expected.shape is None:
        return f"print({name})"
    if expected.value is None or (got is not None and got.shape != expected.shape):
        return _("print({name}.shape)  # expected {shape}", name=name, shape=expected.shape)
    return _("print({name})  # expected {numbers}", name=name, numbers=_numbers(expected.value))


def _numbers(value: object) -> object:
    """Return nested numbers as a person writes them: no more digits than tell, no -0.0."""
    if isinstance(value, Collection) and not isinstance(value, str):
        return [_numbers(each) for each in value]
    return float(f"{value:.{DIGITS}g}") + 0.0 if isinstance(value, float) else value
