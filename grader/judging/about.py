"""What a verdict is about: which step of all that was asked, and which code of the student's.

A check says so itself, or it is what the check read last of the student's answers. Only where
neither is known, what a message names is looked for.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from grader.judging.expected import is_shown
from grader.results.evidence import Code, Evidence
from grader.scenario import (
    Call,
    Get,
    Iterate,
    Make,
    Operate,
    Outcome,
    Raised,
    Ref,
    Set,
    Step,
    Transcript,
    Use,
    Value,
    made_of,
)
from grader.verdicts import Judged

# What a sentence names stands between backticks.
_SPOKEN: Final = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, eq=False)
class About:
    """What a verdict is about: what came of the step at `index` of what was asked.

    `told` is what the check says of it.
    """

    asked: Transcript
    index: int
    told: Judged = field(default_factory=Judged)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps up to it."""
        return self.asked.scenario.steps[: self.index + 1]

    @property
    def step(self) -> Step:
        """The step itself."""
        return self.asked.scenario.steps[self.index]

    @property
    def outcome(self) -> Outcome:
        """What came of the step."""
        return self.asked.outcomes[min(self.index, len(self.asked.outcomes) - 1)]


def judged(
    asked: Sequence[Transcript],
    evidence: Evidence,
    message: str,
    told: Judged | None = None,
    reads: Sequence[Judged] = (),
) -> About | None:
    """Return what a verdict is about, None where nothing was asked.

    `told` is what the check says of it, and `reads` what it read of all that was `asked`, in this
    order. Of what it read, it is about what `evidence` shows or `message` names.
    """
    read = [_reached(each.transcript, each) for each in reads if each.transcript is not None]
    if told is not None and told.transcript is not None:
        if any(each is told.transcript for each in asked):
            return _reached(told.transcript, told)
    elif told is not None and read:
        came = [each for each in read if isinstance(each.outcome, Value)]
        return _holding(came, told) or replace((came or read)[-1], told=told)
    return _of_those_read(read, evidence, message) or _guessed(asked, evidence, message)


def _reached(transcript: Transcript, told: Judged) -> About:
    """Return what is told of a step, or of the one before it that ended the scenario."""
    end = transcript.failed_at
    return About(transcript, told.index if end is None else min(told.index, end), told)


# How deep an array is looked for in what was answered.
_DEEPEST: Final = 4


def _holding(read: Sequence[About], told: Judged) -> About | None:
    """Return the step whose value is or holds the very array that was wrong, with the place in it.

    None where that was computed from it.
    """
    got = told.difference[0] if told.difference is not None else None
    if not isinstance(got, np.ndarray):
        return None
    for each in reversed(read):
        path = _path(each.outcome.value if isinstance(each.outcome, Value) else None, got)
        if path is not None:
            return replace(each, told=replace(told, shown="", path=path))
    return None


def _path(value: object, wanted: np.ndarray, deep: int = 0) -> str | None:
    """Return what leads to the `wanted` array in a value, None where it is not there."""
    if value is wanted:
        return ""
    if deep == _DEEPEST or not isinstance(value, list | tuple | dict):
        return None
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        path = _path(item, wanted, deep + 1)
        if path is not None:
            return f"[{key!r}]{path}"
    return None


def _of_those_read(read: Sequence[About], evidence: Evidence, message: str) -> About | None:
    """Return which of the values that a check read a message is about."""
    if not read:
        return None
    if not isinstance(read[-1].outcome, Value):
        return read[-1]
    latest = read[::-1]
    if evidence.got is None and evidence.expected is None:
        changed = next((each for about in latest if (each := _changed(about))), None)
        if changed is not None:
            return changed
    names = _spoken(evidence, message)
    # What is read after a wrong value is what tells more about it.
    shown = [each for each in read if _is(each.outcome, evidence)]
    both = [each for name in names for each in shown if _is_called(each.step, name)]
    called = [each for name in names for each in latest if _is_called(each.step, name)]
    return next(iter([*both, *shown, *called, *latest]))


def _changed(about: About) -> About | None:
    """Return that a step changed an argument in place, None where it did not."""
    for place in about.outcome.changed if isinstance(about.outcome, Value) else ():
        return replace(about, told=replace(about.told, argument=place))
    return None


def _guessed(asked: Sequence[Transcript], evidence: Evidence, message: str) -> About | None:
    """Return which of all answers a message seems to be about."""
    if not asked:
        return None
    if evidence.got is None and evidence.expected is None:
        steps = (About(each, index) for each in asked for index in range(len(each.outcomes)))
        changed = next((each for about in steps if (each := _changed(about))), None)
        if changed is not None:
            return changed
    named = [each for name in _spoken(evidence, message) for each in _called(asked, name)]
    same = [each for each in named if _is(each.outcome, evidence)]
    failed = [About(each, each.failed_at) for each in asked if each.failed_at is not None]
    last = [About(each, len(each.scenario.steps) - 1) for each in asked]
    return next(iter([*same, *failed, *named, *last]))


def _spoken(evidence: Evidence, message: str) -> list[str]:
    """Return what a verdict names, what its values are called first."""
    items = [item.name for item in (evidence.expected, evidence.got) if item is not None]
    said = [*dict.fromkeys(items), message]
    return [name for text in said for name in (text, *_SPOKEN.findall(text))]


def _is_called(step: Step, name: str) -> bool:
    """Whether a step is known by a name: that of its result, or of what it calls or reads."""
    called = [getattr(step, each, "") for each in ("result", "method", "attribute")]
    if isinstance(step, Call) and not step.method:
        called.append(step.target)
    return name in called


def _called(asked: Sequence[Transcript], name: str) -> list[About]:
    """Return the steps whose result has this name, or whose method has."""
    found = [
        About(each, index)
        for each in asked
        for index, step in enumerate(each.scenario.steps[: len(each.outcomes)])
        if isinstance(step, Get | Call)
    ]
    by_result = [each for each in found if getattr(each.step, "result", None) == name]
    by_method = [each for each in found if getattr(each.step, "method", None) == name]
    # The latest call of a method is the one that is asked about.
    return [*by_result, *reversed(by_method)]


def _is(outcome: Outcome, evidence: Evidence) -> bool:
    """Whether a step came to just what a report shows as wrong."""
    return isinstance(outcome, Value) and is_shown(outcome.value, evidence.got)


# What Python calls the methods that operators are.
_METHODS: Final = {"and_": "__and__", "or_": "__or__", "identity": ""}


def code_asked(about: About) -> Code | None:
    """Return which code of the student's gave what a verdict is about.

    None where it is no class or function that was asked by its name.
    """
    found = _code(about.steps, about.index)
    raised = about.outcome.line if isinstance(about.outcome, Raised) else ""
    return replace(found, line=raised) if found is not None else None


def _code(steps: Sequence[Step], index: int) -> Code | None:
    """Return which code of the student's the step at `index` has run, or has left its value."""
    step, made = steps[index], made_of(steps)[index]
    if made:
        return Code(name=made, method="__init__")
    match step:
        case Call(target=target, method=method):
            kind = _class(steps, index, target)
            if kind:
                return Code(name=kind, method=method or "__call__")
            known = any(
                _names(each) == target and not (isinstance(each, Use) and each.name == target)
                for each in steps[:index]
            )
            return None if known or method else Code(name=target)
        case Operate(operator=name, args=args):
            on = [each.name for each in args if isinstance(each, Ref)]
            kind = _class(steps, index, on[0]) if on else ""
            method = _METHODS.get(name, f"__{name}__")
            if kind and method:
                return Code(name=kind, method=method)
            return _left(steps, index, on[0]) if on else None
        case Get(target=target) | Set(target=target) | Iterate(target=target):
            # What is read of an object is what the last call has left there.
            found = _left(steps, index, target)
            return (
                found
                if found is None or found.method != "__init__"
                else _of_its_kind(steps, index, found)
            )
    return None


def _left(steps: Sequence[Step], index: int, name: str) -> Code | None:
    """Return which code has worked last, before the step at `index`, on what has a name."""
    for place in reversed(range(index)):
        step = steps[place]
        if _names(step) == name or (isinstance(step, Call) and step.method and step.target == name):
            return _code(steps, place)
    return None


def _of_its_kind(steps: Sequence[Step], index: int, made: Code) -> Code:
    """Return the method that was called last of an object of a class, else the class's making."""
    for place in reversed(range(index)):
        match steps[place]:
            case Call(target=target, method=method) if method:
                if _class(steps, place, target) == made.name:
                    return Code(name=made.name, method=method)
    return made


def _class(steps: Sequence[Step], index: int, name: str) -> str:
    """Return of which class what has a name is, "" where that is not known."""
    for place, made in reversed([*enumerate(made_of(steps))][:index]):
        step = steps[place]
        if _names(step) != name:
            continue
        if made:
            return made
        # The sum of two numbers is a number, as a rule.
        on = [each for each in getattr(step, "args", ()) if isinstance(each, Ref)]
        is_sum = isinstance(step, Operate) and step.operator != "getitem" and bool(on)
        return _class(steps, place, on[0].name) if is_sum else ""
    return ""


def _names(step: Step) -> str:
    """Return what a step makes something known as."""
    if isinstance(step, Make) or not hasattr(step, "result"):
        return "" if isinstance(step, Set) else str(getattr(step, "target", ""))
    return str(step.result)
