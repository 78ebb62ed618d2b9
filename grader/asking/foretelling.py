"""How much of what a check will ask may be told beforehand: nothing that holds an answer.

All that a trial on the reference asks would travel to a student in one message. But what a check
hands to a later step may be computed from an earlier answer, and the trial's is the right one. So
the check is performed again with other answers than the reference's, and only the steps that stay
the same are told; each of the others is asked once the student has answered what comes before it.

Some of these answers are near the reference's, so that the check goes on with them to its end. But
what goes by a bound, a rounding, an order, a beginning, or by whether there is an answer at all is
the same for those: others are far off, and tell what depends on an answer as far as the check goes.
"""

import contextlib
import math
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from numbers import Number
from typing import Any, Final

import numpy as np

from grader.agent.values import (
    Frame,
    Index,
    Masked,
    MultiIndex,
    Named,
    Record,
    Ref,
    Series,
    Tensor,
    parts,
    rebuilt,
)
from grader.asking.expected import as_message
from grader.scenario import (
    Call,
    Define,
    Operate,
    Outcome,
    Raised,
    Scenario,
    Set,
    Step,
    Subject,
    Transcript,
    Value,
)

# Asserts hold of no answer but the right one.
_FORETELLING: ContextVar[bool] = ContextVar("foretelling", default=False)

# By what real numbers are moved, relatively and absolutely: coarsely, and so little that functions
# of a check's own, whose asserts are not left out, take them for right.
_COARSE: Final = (1e-3, 1e-3)
_FINE: Final = (5e-6, 1e-9)

Alter = Callable[[Any], Any]
# Performs a check on two subjects, the first in the student's place, and returns what it asked of
# that so far, the whole first, and whether it came to its end.
Perform = Callable[[Subject, Subject], tuple[list[Scenario], bool]]


class DivergedError(BaseException):
    """The check asks something else with these answers: nothing that it calls is to handle that."""


def foretelling() -> bool:
    """Whether a check is performed only to see what it asks: its asserts need not hold."""
    return _FORETELLING.get()


@contextlib.contextmanager
def nothing_asserted() -> Iterator[None]:
    """Perform a check of which only is wanted what it asks."""
    token = _FORETELLING.set(True)
    try:
        yield
    finally:
        _FORETELLING.reset(token)


def frames(scenario: Scenario) -> tuple[bytes, ...]:
    """Return the steps of a scenario as messages."""
    return tuple(map(as_message, scenario.steps))


def hands_data(step: Step) -> bool:
    """Whether a step hands anything but objects of the notebook's to its code."""
    match step:
        case Call(args=args, kwargs=kwargs):
            return not all(map(_is_object, (*args, *kwargs.values())))
        case Operate(args=args):
            return not all(map(_is_object, args))
        case Set(value=value):
            return not _is_object(value)
    # What is defined may read numbers of the check's.
    return isinstance(step, Define)


def _is_object(value: object) -> bool:
    if type(value) in (list, tuple):
        return all(map(_is_object, value))  # type: ignore[call-overload]
    return isinstance(value, Ref)


@dataclass
class _Other:
    """A subject that answers otherwise than `subject`, by `alter`.

    It raises DivergedError where it is asked what begins none of the scenarios that are `expected`,
    where there are any: these, as messages, with what `subject` has answered to each.
    """

    subject: Subject
    alter: Alter
    expected: Sequence[tuple[tuple[bytes, ...], Transcript]] = ()

    def __post_init__(self) -> None:
        """Begin with nothing known: a check asks for more and more of one scenario."""
        self._messages: dict[int, tuple[Step, bytes]] = {}
        self._outcomes: dict[int, tuple[Outcome, Outcome]] = {}

    def answer(self, scenario: Scenario) -> Transcript:
        outcomes = (
            self._known(scenario) if self.expected else self.subject.answer(scenario).outcomes
        )
        pairs = zip(scenario.steps, outcomes, strict=False)
        return Transcript(scenario, tuple(self._other(*each) for each in pairs))

    def _known(self, scenario: Scenario) -> Sequence[Outcome]:
        asked = self.frames(scenario)
        for messages, transcript in self.expected:
            if messages[: len(asked)] == asked:
                return transcript.outcomes[: len(asked)]
        raise DivergedError

    def frames(self, scenario: Scenario) -> tuple[bytes, ...]:
        """Return the steps of a scenario as messages, those that were asked as they were then."""
        return tuple(map(self._message, scenario.steps))

    def _message(self, step: Step) -> bytes:
        # As long as it is kept, no other step has its identity.
        known = self._messages.get(id(step)) or (step, as_message(step))
        self._messages[id(step)] = known
        return known[1]

    def _other(self, step: Step, outcome: Outcome) -> Outcome:
        known = self._outcomes.get(id(outcome)) or (outcome, self._altered(step, outcome))
        self._outcomes[id(outcome)] = known
        return known[1]

    def _altered(self, step: Step, outcome: Outcome) -> Outcome:
        # Elsewhere than in a `try`, a check does nothing about what is raised.
        if isinstance(outcome, Raised) and self.alter in _FAR and getattr(step, "tried", False):
            return Value(0)
        if not isinstance(outcome, Value):
            return outcome
        printed = f"{outcome.printed}0" if outcome.printed else ""
        return replace(outcome, value=self.alter(outcome.value), printed=printed)


def told_beforehand(
    scenarios: Sequence[Scenario], reference: Subject, perform: Perform
) -> list[Scenario]:
    """Return how each of `scenarios`, all that a check asks of the reference, may begin.

    What is left out depends on an answer, or it cannot be seen that it does not.
    """
    if all(len(each.steps) < 2 for each in scenarios):
        return list(scenarios)
    planned = list(map(frames, scenarios))
    known = [
        (messages, reference.answer(each))
        for messages, each in zip(planned, scenarios, strict=True)
        if messages
    ]
    begins = [_Begin(each) for each in planned]
    for near, alter in (*((True, each) for each in _NEAR), *((False, each) for each in _FAR)):
        if near and all(each.known for each in begins):
            continue
        student = _Other(reference, alter, known)
        asked, ended = perform(student, _Other(reference, alter))
        messages = list(map(student.frames, asked))
        for each in begins:
            each.note(messages, ended=ended, seen=near)
    return [
        Scenario(*each.steps[: begin.length]) for each, begin in zip(scenarios, begins, strict=True)
    ]


@dataclass
class _Begin:
    """How much of one scenario stays the same whatever is answered.

    Up to `seen` that was seen, from `differs` on it was seen not to.
    """

    planned: tuple[bytes, ...]
    seen: int = 0
    differs: float = math.inf

    def note(self, asked: Sequence[tuple[bytes, ...]], *, ended: bool, seen: bool) -> None:
        """Note what was asked with other answers, by a check that came to its end or did not.

        Where it is not `seen` to be independent of them, it only is seen to depend on them.
        """
        same, most = max((_common(self.planned, each), len(each)) for each in asked)
        self.seen = max(self.seen, same) if seen else self.seen
        if ended or same < most:
            self.differs = min(self.differs, same)

    @property
    def known(self) -> bool:
        """Whether all of it was seen to stay the same, or where it does not."""
        return self.seen == len(self.planned) or self.differs < math.inf

    @property
    def length(self) -> int:
        """How many steps may be told."""
        return int(min(self.seen, self.differs))


def _common(one: Sequence[bytes], other: Sequence[bytes]) -> int:
    """Return how many steps two scenarios begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, pair in pairs if pair[0] != pair[1]), min(len(one), len(other)))


def _moved(value: Any, by: tuple[float, float]) -> Any:
    """Return a value of the same kind and size, in which every number and text is another one."""
    change = partial(_moved, by=by)
    relative, absolute = by
    if isinstance(value, bool):
        return not value
    if isinstance(value, float | complex):
        return value + relative * abs(value) + absolute if abs(value) < math.inf else value
    if isinstance(value, str):
        return f"{value}0"
    if isinstance(value, bytes):
        return value + b"0"
    if isinstance(value, np.ndarray):
        return _moved_array(value, by)
    if isinstance(value, timedelta):
        return value + timedelta(days=1)
    if isinstance(value, int | Number | date):
        return value + (timedelta(days=1) if isinstance(value, date) else 1)  # type: ignore[operator]
    if isinstance(value, range):
        return range(value.start, value.stop + value.step, value.step)
    return _inside(value, change)


def _moved_array(array: np.ndarray, by: tuple[float, float]) -> np.ndarray:
    relative, absolute = by
    kind = array.dtype.kind
    if kind == "b":
        return np.asarray(~array)
    if kind in "fc":
        with np.errstate(all="ignore"):
            return np.asarray((array + relative * np.abs(array) + absolute).astype(array.dtype))
    if kind in "iumM":
        return np.asarray(array + array.dtype.type(1) if kind in "iu" else array + 1)
    if kind == "U":
        return np.asarray(np.char.add(array, "0"))
    if kind == "O":
        changed = np.empty(array.size, object)
        for place, each in enumerate(array.reshape(-1).tolist()):
            changed[place] = _moved(each, by)
        return changed.reshape(array.shape)
    return array


def _longer(value: Any) -> Any:
    """Return a value in which every array and list has one more of what it ends with."""
    if isinstance(value, np.ndarray):
        if not value.size or not value.ndim:
            return value
        # Each axis gets another place, which is like the last.
        return value[np.ix_(*([*range(size), size - 1] for size in value.shape))]
    if isinstance(value, Tensor | Masked):
        # What goes with the numbers has their shape.
        return rebuilt(
            value, [_longer(e) if isinstance(e, np.ndarray) else e for e in parts(value)]
        )
    changed = _inside(value, _longer)
    return [*changed, changed[-1]] if type(changed) is list and changed else changed


def _grown(value: Any) -> Any:
    """Return a value in which every number is far larger, and every text begins otherwise."""
    return _far(value, lambda number: number + 2 * abs(number) + 7)


def _turned(value: Any) -> Any:
    """Return a value in which every number has another sign, so that their order is another one."""
    return _far(value, lambda number: -number - 1)


def _reversed(value: Any) -> Any:
    """Return a value in which lists, rows and texts stand in the other order.

    An index that is computed from it still is one.
    """
    if isinstance(value, str | bytes):
        return value[::-1]
    if isinstance(value, np.ndarray):
        return np.flip(value)
    if type(value) in (list, tuple):
        return type(value)(_reversed(each) for each in reversed(value))
    return _inside(value, _reversed)


def _far(value: Any, move: Callable[[Any], Any]) -> Any:
    """Return a value of the same kind with every real number moved; text begins with another one.

    Where there is nothing there is something, and what is looked up by a key has another.
    """
    change = partial(_far, move=move)
    if value is None:
        return 1
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return move(value)
    if isinstance(value, str):
        return f"0{value}"
    if isinstance(value, bytes):
        return b"0" + value
    if isinstance(value, np.ndarray) and value.dtype.kind in "if":
        with np.errstate(all="ignore"):
            return np.asarray(move(value)).astype(value.dtype)
    if isinstance(value, np.ndarray):
        return _moved(value, _COARSE)
    if type(value) is dict:
        return {change(key): change(each) for key, each in value.items()}
    return _inside(value, change)


def _inside(value: Any, change: Alter) -> Any:
    """Return a value with `change` applied to all in it; an object of the notebook's as it is."""
    if type(value) in (list, tuple, set, frozenset):
        return type(value)(map(change, value))
    if type(value) is dict:
        return {key: change(each) for key, each in value.items()}
    if isinstance(value, Tensor):
        gradient = None if value.grad is None else change(value.grad)
        return Tensor(change(value.array), value.dtype, value.requires_grad, gradient)
    if isinstance(value, Masked):
        return Masked(change(value.data), value.mask)
    if isinstance(value, Frame):
        columns = tuple(map(change, value.values))
        return replace(value, values=columns, index=change(value.index))
    if isinstance(value, Series):
        return replace(value, values=change(value.values), index=change(value.index))
    if isinstance(value, Index):
        return replace(value, values=change(value.values))
    if isinstance(value, MultiIndex):
        return MultiIndex(tuple(map(change, value.levels)))
    if isinstance(value, Named):
        return Named(tuple(map(change, value)), value.type_name, value.names)
    if isinstance(value, Record):
        return Record(value.type_name, {n: change(each) for n, each in value.fields.items()})
    return value


# Answers with which a check goes on as with the right ones, and answers that are far from these.
_NEAR: Final[tuple[Alter, ...]] = (partial(_moved, by=_COARSE), partial(_moved, by=_FINE))
_FAR: Final[tuple[Alter, ...]] = (_longer, _grown, _turned, _reversed)
