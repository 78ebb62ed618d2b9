"""A stand-in for a notebook: what ordinary Python does to it becomes the steps of a question.

Objects of the notebook stay where they are. What is called, read or set on one, and what operators
do to it, is one step each. What comes back as plain data is computed with here, by the grader: a
number that it is compared with never travels. All steps belong to one scenario, which is put to a
subject as soon as a value is needed; what is `planned` is put to it instead as long as the steps
begin as that does, so that a trial on one subject says beforehand what others will be asked.
"""

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import BuiltinFunctionType, MappingProxyType, MethodWrapperType, ModuleType
from typing import Any, Final

import numpy as np

from grader.agent.values import Described, Frame, Masked, Ref, Series, Tensor
from grader.agent.values.base import alike
from grader.agent.wire import strided
from grader.asking.disturbing import Disturbance
from grader.asking.expected import (
    UNKNOWN,
    Planned,
    as_message,
    has_empty,
    has_gaps,
    holds_object,
    is_empty,
    is_hollow,
    item_of,
    lacks,
    of_another_kind,
)
from grader.asking.foretelling import hands_data
from grader.asking.inside import Inside, library_path
from grader.asking.libraries import as_data, as_objects, stays
from grader.asking.tensors import acts, is_method, is_tensor
from grader.errors import AssignmentError
from grader.i18n import _
from grader.scenario import (
    Call,
    Define,
    Get,
    Iterate,
    Operate,
    Outcome,
    Scenario,
    Seed,
    Set,
    Step,
    Subject,
    Transcript,
    Use,
    Value,
)
from grader.verdicts import CheckFailed, Judged, answer, ended

# What the parameters of a check that stand for a notebook are called.
STAND_INS: Final = ("code", "reference")

# Items of an iterator that are taken where nobody says how many.
MOST_ITEMS: Final = 1000

# What results are called that nobody has named.
_UNNAMED: Final = "result"


class NoLengthError(TypeError):
    """An object of the notebook's has no length: `failed` is what that is as a check's failure."""

    def __init__(self, failed: CheckFailed | AssignmentError) -> None:
        super().__init__(str(failed))
        self.failed = failed


class Code:
    """What stands for a notebook: each of its attributes is what the notebook so names.

    `subject` is who is asked, `planned` what it will be asked so far as that is known. `reserved`
    are names that no result may have, `inputs` what arguments are called, and a `disturbance` moves
    all numbers that are handed in.
    """

    def __init__(
        self,
        subject: Subject,
        planned: Planned | None = None,
        reserved: frozenset[str] = frozenset(),
        inputs: Mapping[str, Any] = MappingProxyType({}),
        disturbance: Disturbance | None = None,
    ) -> None:
        question = Question(subject, planned, reserved, inputs, disturbance)
        object.__setattr__(self, "__question__", question)

    def __getattr__(self, name: str) -> "Handle":
        if name.startswith("__"):
            raise AttributeError(name)
        return question_of(self).named(name)

    def __setattr__(self, name: str, _value: object) -> None:
        raise AssignmentError(
            f"A check sets `code.{name}`: what a notebook defines cannot be replaced."
        )

    def __repr__(self) -> str:
        return "code"


class Question:
    """The steps that were written so far, and what came of them."""

    def __init__(
        self,
        subject: Subject,
        planned: Planned | None,
        reserved: frozenset[str],
        inputs: Mapping[str, Any],
        disturbance: Disturbance | None = None,
    ) -> None:
        self.subject = subject
        self._disturbance = disturbance
        self._inputs = inputs
        self.steps: list[Step] = []
        self._planned = planned
        self._reserved = reserved
        self._taken: set[str] = set()
        self._looked_up: dict[str, Handle] = {}
        # How many of the first steps are as planned.
        self._as_planned = 0
        # What calls are made through: see `replaced`.
        self.conditions: list[str] = []
        # What came of these steps, the last that were asked.
        self._transcript: Transcript | None = None
        self._asked: tuple[Step, ...] = ()
        # How many steps were written when an answer was read first: these depend on none.
        self.first_read: int | None = None
        # What the first steps have come to: it stays, whatever is handed to later ones.
        self._settled: tuple[Outcome, ...] = ()
        self._held: dict[str, Handle] = {}
        # Results that are a check's variables, which calls may change.
        self.shared: set[str] = set()
        self._of_libraries: dict[str, str] = {}
        self._defined: dict[Inside, str] = {}
        # What was asked by the way, and is no beginning of the whole.
        self.aside: list[Scenario] = []
        # The first result that was read and is empty, where the reference's is not, and the first
        # in which something is missing, where in the reference's nothing is.
        self.hollow = self.lacking = ""
        # Whether it is only a part of the first that is empty.
        self.partly = False
        # What the reference has where there is a result.
        self._expected: dict[str, Any] = {}
        self._opened: dict[str, Any] = {}

    @property
    def scenario(self) -> Scenario:
        """What was written so far as one scenario."""
        return Scenario(*self.steps)

    def named(self, name: str) -> "Handle":
        """Return what stands for what the notebook calls `name`."""
        if name in self._taken:
            raise AssignmentError(
                f"A check calls a result `{name}`, and what the notebook so names later: rename "
                "the result."
            )
        return Handle(self, name, known=False)

    def looked_up(self, name: str) -> "Handle":
        """Return what stands for the value of what the notebook calls `name`."""
        if name not in self._looked_up:
            self.do(Use(name, name))
            self._looked_up[name] = Handle(self, name)
        return self._looked_up[name]

    def of_a_library(self, path: str) -> str:
        """Return the name of what a library of the notebook's process has under a path."""
        if path not in self._of_libraries:
            handle = self.add(
                lambda result: Operate(result, "library", [path]), path.rpartition(".")[2]
            )
            self._of_libraries[path] = _target(handle)
        return self._of_libraries[path]

    def defined(self, function: Inside) -> str:
        """Return the name of a check's own function, defined in the notebook's process."""
        if function not in self._defined:
            name = self.free(function.name)
            self.do(Define(name, function.defining(name)))
            self._defined[function] = name
        return self._defined[function]

    def holds(self, function: Inside, there: "Handle") -> None:
        """Let a check's own function be what stands `there`. Raises AssignmentError."""
        if function in self._defined:
            raise AssignmentError(
                f"A check replaces something by `{function.name}`, which the notebook's code has "
                "been handed before: make another for it."
            )
        self._defined[function] = _target(there)

    def held(self, name: str) -> "Handle":
        """Return the same as a result, whose value can be told."""
        there = self.looked_up(name)
        if name not in self._held:
            self._held[name] = self.add(
                lambda result: Operate(result, "identity", [given(there, self)])
            )
        return self._held[name]

    def add(self, step: Callable[[str], Step], name: str = "") -> "Handle":
        """Note a step that gives a result, and return what stands for that."""
        result = self.free(name)
        self.do(step(result))
        return Handle(self, result)

    def under_conditions(
        self,
        target: str,
        method: str,
        arguments: Sequence[Any],
        keywords: Mapping[str, Any],
        name: str = "",
    ) -> "Handle":
        """Note a call that is made through all conditions, the outermost first."""
        outermost, *others = self.conditions
        given_: list[Any] = [Ref(target), method, *arguments]
        for each in reversed(others):
            given_ = [Ref(each), "", *given_]
        return self.add(lambda result: Call(result, outermost, "", given_, kwargs=keywords), name)

    def do(self, step: Step) -> None:
        """Note a step."""
        moved = step if self._disturbance is None else self._disturbance.step(step)
        if self._planned is not None and hands_data(moved):
            if self._is_next(moved):
                self._as_planned += 1
            else:
                # It may hold what an answer should be that nobody has read so far.
                self._settle()
        self.steps.append(moved)

    def rename(self, handle: "Handle", name: str) -> None:
        """Call the result of the last step `name`."""
        if _here(handle) is not None:
            return
        last, former = self.steps[-1], _target(handle)
        if getattr(last, "result", None) != former or former.rstrip("_0123456789") != _UNNAMED:
            return
        self._taken.discard(former)
        object.__setattr__(handle, "__target__", self.free(name))
        self.steps[-1] = replace(last, result=_target(handle))  # type: ignore[arg-type]
        self._as_planned = min(self._as_planned, len(self.steps) - 1)

    def name_of(self, argument: object) -> str | None:
        """Return what an array or a tensor is called that is equal to an input, None for others."""
        if isinstance(argument, Ref):
            return argument.name
        kinds = (np.ndarray, Tensor)
        for name, value in self._inputs.items():
            if isinstance(value, kinds) and np.array_equal(_array(value), _array(argument)):
                return name
        return None

    def value(self, result: str) -> Value:
        """Return what came of the step with this result. Raises as `answer` does."""
        return answer(self.transcript(), result)

    def hear(self, result: str) -> Value:
        """Return what came of a call, with what was printed and warned of while it ran."""
        for index, step in enumerate(self.steps):
            if isinstance(step, Call) and step.result == result and not step.heard:
                self.steps[index] = replace(step, heard=True)
                self._settled = self._settled[:index]
        return self.value(result)

    def expected(self, target: str) -> Any:
        """Return what the reference has where `target` is a result, UNKNOWN where it is none."""
        if self._planned is None:
            return UNKNOWN
        if target not in self._expected:
            place = self._place(target)
            self._expected[target] = (
                UNKNOWN if place is None else self._planned.expected(place, self.steps)
            )
        return self._expected[target]

    def read(self, target: str, found: Any) -> None:
        """Note a result, `found`, that is empty or has gaps, where the reference's is whole.

        Only where the reference was asked the same. What an attribute or an item holds is only
        looked at where it is an array or a table: of a list, each design may have another.
        """
        place = self._place(target)
        if place is None or place >= self._as_planned or self._planned is None:
            return
        is_answer = isinstance(self.steps[place], Call | Iterate) or isinstance(found, _NUMBERS)
        expected = self.expected(target)
        if stays(expected) and not isinstance(expected, _HOLDING):
            # What the reference has may be gone through.
            expected = self._planned.items_of(target)
        if not is_answer or (stays(expected) and not isinstance(expected, _HOLDING)):
            return
        if is_hollow(found, expected):
            self.partly = self.partly if self.hollow else not is_empty(found)
            self.hollow = self.hollow or target
        elif not self.lacking and lacks(found, expected):
            self.lacking = target

    def came_to_nothing(self, iterable: str, items: str) -> None:
        """Note that nothing was in an object that a check went through, in `items`.

        Where the reference has data, that is what should have been in it.
        """
        of_data = not stays(self.expected(iterable))
        self.read(iterable if of_data else items, [])
        if self.hollow == items:
            self.hollow = iterable

    def _place(self, target: str) -> int | None:
        results = (getattr(step, "result", None) for step in self.steps)
        return next((place for place, result in enumerate(results) if result == target), None)

    def item(self, of: "Handle", key: object, expected: Any) -> "Handle":
        """Return what stands for an item, where the reference has what is `expected`."""
        made = self.add(lambda result: Operate(result, "getitem", [given(of, self), key]))
        self._expected[_target(made)] = expected
        return made

    def opened(self, handle: "Handle", found: Any) -> Any:
        """Return a student's answer where the reference has data, to be computed with here.

        An object in a list, a tuple or a dictionary can be handed on. Raises CheckFailed for any
        other: its own class would be asked what is true of it, and told what is expected.
        """
        if isinstance(found, Tensor):
            return as_objects(found)
        target = _target(handle)
        expected = self.expected(target)
        if type(found) not in (list, tuple, dict):
            raise of_another_kind(origin(handle), found, expected, place(handle))
        if target not in self._opened:
            pairs = [*(found.items() if type(found) is dict else enumerate(found))]
            items = {
                key: self.item(handle, key, item_of(expected, key))
                if stays(each)
                else as_objects(each)
                for key, each in pairs
            }
            made = items if type(found) is dict else type(found)(items.values())
            self._opened[target] = made
        return self._opened[target]

    def leave_out(self, since: int) -> None:
        """Forget the steps from number `since` on: what raised is nothing to go on from."""
        self.aside.append(self.scenario)
        del self.steps[since:]
        left = {getattr(each, "result", getattr(each, "target", "")) for each in self.steps}
        # What was looked up among them is to be looked up anew.
        self._looked_up = {name: each for name, each in self._looked_up.items() if name in left}
        self._held = {name: each for name, each in self._held.items() if _target(each) in left}
        self.hollow = self.hollow if self.hollow in left else ""
        self.lacking = self.lacking if self.lacking in left else ""
        self._of_libraries = {p: name for p, name in self._of_libraries.items() if name in left}
        self._defined = {f: name for f, name in self._defined.items() if name in left}
        self._as_planned = min(self._as_planned, since)
        self._settled = self._settled[:since]

    def require_end(self) -> None:
        """Ask for a value of the last step, read or not. Raises as `answer` does."""
        if not self.steps:
            return
        transcript = self.transcript()
        if transcript.failed_at is not None and transcript.failed_at < len(self.steps):
            raise ended(transcript)

    def transcript(self) -> Transcript:
        """Return what came of all steps so far."""
        if self.first_read is None:
            self.first_read = len(self.steps)
        planned = self._planned
        if planned is not None and self._begins(planned):
            return self._as_settled(self.subject.answer(planned.beforehand))
        known = self._transcript
        if known is None or not _same_steps(self._asked, self.steps):
            # A subject that knows the answer gives it with equal steps, not with these.
            known = self._transcript = self.subject.answer(self.scenario)
            self._asked = tuple(self.steps)
        return self._as_settled(known)

    def _as_settled(self, found: Transcript) -> Transcript:
        """Return a transcript of all steps in which what was settled is as it was."""
        settled = self._settled
        if len(found.outcomes) < len(settled) or all(map(_alike, settled, found.outcomes)):
            return found
        return replace(found, outcomes=(*settled, *found.outcomes[len(settled) :]))

    def _settle(self) -> None:
        """Let what the steps so far have come to be so for good."""
        if len(self._settled) < len(self.steps):
            self._settled = self.transcript().outcomes[: len(self.steps)]

    def _is_next(self, step: Step) -> bool:
        """Whether a step is the one that is planned after those that were written."""
        planned, place = self._planned, len(self.steps)
        if planned is None or not self._begins(planned):
            return False
        if place >= len(planned.beforehand.steps):
            return False
        return as_message(step) == planned.frames[place]

    def _begins(self, planned: Planned) -> bool:
        """Whether what may be told beforehand begins as the steps that were written do."""
        most = min(len(self.steps), len(planned.frames))
        while self._as_planned < most:
            at = self._as_planned
            if as_message(self.steps[at]) != planned.frames[at]:
                return False
            self._as_planned += 1
        return self._as_planned == len(self.steps) <= len(planned.beforehand.steps)

    def free(self, name: str) -> str:
        """Return a name for a result: `name`, with a number where it is taken."""
        name, number = name or _UNNAMED, 1
        free = name
        while free in self._taken or free in self._looked_up or free in self._reserved:
            number += 1
            free = f"{name}_{number}"
        self._taken.add(free)
        return free


def _alike(one: Outcome, other: Outcome) -> bool:
    """Whether two outcomes say the same."""
    if isinstance(one, Value) and isinstance(other, Value):
        return one.changed == other.changed and alike(one.value, other.value)
    return not isinstance(one, Value) and not isinstance(other, Value) and one == other


def _same_steps(one: Sequence[Step], other: Sequence[Step]) -> bool:
    return len(one) == len(other) and all(map(operator.is_, one, other))


class Handle:
    """What stands for an object of the notebook, or for what a step came to.

    Where that is plain data, it behaves as that does, and what is computed with it is no step.
    """

    __slots__ = ("__here__", "__known__", "__question__", "__target__")

    def __init__(self, question: Question, target: str, *, known: bool = True) -> None:
        object.__setattr__(self, "__question__", question)
        object.__setattr__(self, "__target__", target)
        # Whether a step has given it; else it is a name of the notebook's that was not looked up.
        object.__setattr__(self, "__known__", known)
        # What it is where the grader has computed it: see `Here`.
        object.__setattr__(self, "__here__", None)

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        if not _known(self):
            return Handle
        value = plain(self)
        # torch reads the memory of whatever says to be a tensor.
        if value is self or isinstance(value, Tensor):
            return Handle
        return type(as_objects(value))

    def __getattr__(self, name: str) -> Any:
        # What libraries look for in any object is not for the notebook's to be asked.
        if name.startswith(("__", "_repr_", "_ipython_")):
            raise AttributeError(name)
        value = _on_which(self, name)
        if value is not self:
            return getattr(value, name)
        if is_method(name) and _stands_for_tensor(self):
            # What it is called with may be what it should be.
            return call(self, name, "")
        return _question(self).add(lambda result: Get(result, _looked_up(self), name))

    def __setattr__(self, name: str, value: object) -> None:
        question = _question(self)
        question.do(Set(_looked_up(self), name, given(value, question)))

    def __call__(self, *args: object, **kwargs: object) -> "Handle":
        """Call what it stands for, as one step."""
        question = _question(self)
        arguments = [given(each, question) for each in args]
        keywords = {name: given(each, question) for name, each in kwargs.items()}
        if question.conditions:
            return question.under_conditions(_looked_up(self), "", arguments, keywords)
        return question.add(
            lambda result: Call(result, _target(self), "", arguments, kwargs=keywords)
        )

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(_array(_data(self)), dtype=dtype)

    @classmethod
    def __torch_function__(
        cls,
        function: Callable[..., Any],
        _types: object,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Let a function of torch's have the tensors that stand-ins stand for."""
        return function(*_unwrapped(args), **_unwrapped(dict(kwargs or {})))

    def __getitem__(self, key: object) -> Any:
        return _operated("getitem", self, key)

    def __setitem__(self, key: object, value: object) -> None:
        asked_there("setitem", self, key, value)

    def __delitem__(self, key: object) -> None:
        asked_there("delitem", self, key)

    def __iter__(self) -> Iterator[Any]:
        value = _for_iterating(self)
        return iter(value) if value is not self else iter(take(self, MOST_ITEMS))

    def __next__(self) -> Any:
        return local(asked_there("next", self))

    def __repr__(self) -> str:
        if not _known(self):
            return _target(self)
        value = plain(self)
        return f"<{_target(self)}>" if value is self else repr(value)

    def __str__(self) -> str:
        return str(_converted("str", str, self))

    def __bool__(self) -> bool:
        return bool(_converted("bool", bool, self))

    def __int__(self) -> int:
        return int(_converted("int", int, self))

    def __index__(self) -> int:
        return int(_converted("int", int, self))

    def __float__(self) -> float:
        return float(_converted("float", float, self))

    def __complex__(self) -> complex:
        return complex(_converted("complex", complex, self))

    def __hash__(self) -> int:
        value = local(self)
        return object.__hash__(self) if value is self else hash(value)

    def __instancecheck__(self, instance: object) -> bool:
        return is_object(instance) and bool(plain(asked_there("isinstance", instance, self)))

    def __len__(self) -> int:
        plain(self)
        try:
            value = local(self)
        except CheckFailed as failed:
            # It has come to be, and to make a list of it is another thing.
            raise NoLengthError(failed) from None
        if not is_handle(value):
            return len(value)
        question, since = _question(self), len(_question(self).steps)
        try:
            return int(plain(asked_there("len", self)))
        except (CheckFailed, AssignmentError) as failed:
            # Python asks the length of whatever it makes a list of, and most iterators have none.
            question.leave_out(since)
            raise NoLengthError(failed) from None

    def __contains__(self, item: object) -> bool:
        return bool(plain(_operated("contains", self, item)))

    def __format__(self, how: str) -> str:
        return format(as_objects(_data(self)), how)

    def __round__(self, digits: int | None = None) -> Any:
        return round(as_objects(_data(self)), digits)


def _operator(name: str) -> Callable[..., Any]:
    def apply(self: Handle, *others: object) -> Any:
        return _operated(name, self, *others)

    return apply


def _reflected(name: str) -> Callable[..., Any]:
    def apply(self: Handle, other: object) -> Any:
        return _operated(name, other, self)

    return apply


_COMPARISONS: Final = ("lt", "le", "eq", "ne", "gt", "ge")
_BINARY: Final = (
    *("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul"),
    *("and_", "or_", "xor", "lshift", "rshift"),
)
for _name in (*_COMPARISONS, *_BINARY, "neg", "pos", "abs", "invert"):
    setattr(Handle, f"__{_name.rstrip('_')}__", _operator(_name))
for _name in _BINARY:
    setattr(Handle, f"__r{_name.rstrip('_')}__", _reflected(_name))


def _question(handle: Handle) -> Question:
    found: Question = object.__getattribute__(handle, "__question__")
    return found


def _target(handle: Handle) -> str:
    found: str = object.__getattribute__(handle, "__target__")
    return found


def _known(handle: Handle) -> bool:
    return bool(object.__getattribute__(handle, "__known__"))


def is_handle(value: object) -> bool:
    """Whether a value stands for something of the notebook's, whatever it says of its class."""
    return type(value) is Handle


def is_object(value: object) -> bool:
    """Whether a value stands for an object that stays with the notebook."""
    return is_handle(value) and local(value) is value


@dataclass(frozen=True)
class Here:
    """A tensor that the grader has computed from one that requires a gradient.

    What it was computed with may be what it should be, so no step hands that in for the numbers'
    sake. `there` has the notebook compute the same, and returns what stands for that: where its
    gradient is asked for, or it is handed on.
    """

    data: Any
    there: Callable[[], Any]


def _here(handle: Handle) -> Here | None:
    found: Here | None = object.__getattribute__(handle, "__here__")
    return found


def _looked_up(handle: Handle) -> str:
    """Return by what steps know an object, which a name of the notebook's becomes by a step."""
    here = _here(handle)
    if here is not None and not _target(handle):
        object.__setattr__(handle, "__target__", _target(here.there()))
    if not _known(handle):
        _question(handle).looked_up(_target(handle))
    return _target(handle)


def given(value: object, question: Question) -> object:
    """Return a value as an argument of a step: what stands for an object is named in it.

    A class or function of a library is that of the notebook's process. What another notebook has
    answered is handed in as data. Raises AssignmentError for an object of another notebook's.
    """
    if is_handle(value):
        if _question(value) is question:  # type: ignore[arg-type]
            return Ref(_looked_up(value))  # type: ignore[arg-type]
        found = plain(value)
        if is_handle(found):
            raise AssignmentError(f"A check hands {value!r} to another notebook than it is of.")
        return given(found, question)
    if type(value) in (list, tuple):
        return type(value)(given(each, question) for each in value)  # type: ignore[call-arg,attr-defined]
    if type(value) is dict:
        return {key: given(each, question) for key, each in value.items()}
    if type(value) is np.ndarray:
        return _kept(value)
    if isinstance(value, Inside):
        return Ref(question.defined(value))
    path = library_path(value)
    return as_data(value) if path is None else Ref(question.of_a_library(path))


def _unwrapped(value: Any) -> Any:
    """Return what torch is given, with all that stands for data in it as the data."""
    if type(value) in (list, tuple):
        return type(value)(map(_unwrapped, value))
    if type(value) is dict:
        return {key: _unwrapped(each) for key, each in value.items()}
    return as_objects(plain(value))


def _data(handle: Handle) -> Any:
    """Return the plain data that `handle` stands for. Raises TypeError, or as `local` does."""
    found = plain(handle)
    if is_handle(found):
        local(handle)
        raise TypeError(f"{handle!r} is an object that stays with the notebook")
    return found


def _array(value: Any) -> Any:
    return value.array if isinstance(value, Tensor) else as_objects(value)


def handed(code: Code, value: Any, name: str) -> Any:
    """Return an input called `name` as a check is given it.

    A tensor is one of torch's. One that requires a gradient is made in the notebook.
    """
    if type(value) is list:
        return [handed(code, each, name) for each in value]
    if not (isinstance(value, Tensor) and value.requires_grad):
        return as_objects(value)
    return question_of(code).add(lambda result: Operate(result, "identity", [value]), name)


def _kept(array: np.ndarray) -> np.ndarray:
    """Return a copy in the same layout: a check may change its array after it has handed it out."""
    contiguous = array.flags.c_contiguous or array.flags.f_contiguous
    copy = array.copy(order="K") if contiguous else strided(array)
    copy.flags.writeable = array.flags.writeable
    return copy


def plain(value: Any) -> Any:
    """Return the plain data that stands behind `value`; what has none stays as it is."""
    if not is_handle(value):
        return value
    value = _standing(value)
    found = _answered(value)
    return value if isinstance(found, Described) else found


def _standing(value: Any) -> Any:
    """Return what stands for the value of a name of the notebook's; a result stays as it is."""
    return value if _known(value) else _question(value).held(_target(value))


def _answered(handle: Any) -> Any:
    """Return what came of the step that gave a result."""
    here = _here(handle)
    if here is not None:
        return here.data
    question, target = _question(handle), _target(handle)
    found = question.value(target).value
    if has_empty(found) or has_gaps(found):
        question.read(target, found)
    return found


def local(value: Any) -> Any:
    """Return the plain data that a check computes with; what has none stays as it is.

    Raises CheckFailed for an object of a student's where the reference has data.
    """
    if not is_handle(value):
        return value
    found = plain(value)
    if not is_handle(found) and not stays(found):
        return as_objects(found)
    stands = _standing(value)
    question = _question(stands)
    wants_data = not stays(question.expected(_target(stands)))
    return question.opened(stands, _answered(stands)) if wants_data else value


def _for_iterating(value: Any) -> Any:
    """Return what `local` does, or the object: to go through it tells it nothing."""
    try:
        return local(value)
    except CheckFailed:
        # Not where it has never come to be.
        plain(value)
        return value


def _on_which(value: Any, name: str) -> Any:
    """Return what an attribute is read of: plain data, or what it stays with the notebook of."""
    data = local(value)
    return value if is_tensor(data) and acts(name) else data


def _operated(name: str, *operands: object) -> Any:
    """Apply an operator: here where all operands are plain data, and else there."""
    if name not in _COMPARISONS and _is_computed_here(name, operands):
        return _computed_here(
            getattr(operator, name), operands, {}, lambda: asked_there(name, *operands)
        )
    read = plain if name in _COMPARISONS else local
    values = [read(each) for each in operands]
    if any(is_handle(each) for each in values):
        # Where the reference has data, no class of the student's is asked what it is equal to.
        for each in operands:
            local(each)
        told = all(is_handle(each) or isinstance(each, type) for each in values)
        if name in _COMPARISONS and not told:
            # Where the reference's answers can be compared, it is the student's that cannot.
            raise TypeError(
                f"A check compares {values[0]!r} with {values[1]!r}, and one of them is an object "
                "that stays with the notebook: read from it what can be compared."
            )
        return local(asked_there(name, *operands))
    if name in _COMPARISONS and all(map(holds_object, values)):
        raise TypeError(
            "A check compares objects that stay with the notebook, of which only their classes' "
            "names are known: read from them what can be compared."
        )
    return getattr(operator, name)(*map(as_objects, values))


def _is_computed_here(name: str, operands: Sequence[object]) -> bool:
    """Whether the grader computes with tensors that require a gradient.

    It does where data would be handed in beside them, unless it says which item is meant, and with
    what it has computed so. Raises CheckFailed as `_has_gradient` does.
    """
    handles: list[Any] = [each for each in operands if is_handle(each)]
    if any(_here(each) is not None for each in handles):
        return True
    if name == "getitem" or not _hand_data(operands, _question(handles[0])):
        return False
    return any(_has_gradient(each) for each in handles)


def _hand_data(values: Iterable[object], question: Question) -> bool:
    """Whether some of these values are no objects or answers of the notebook that is asked."""
    return not all(is_handle(each) and _question(each) is question for each in values)  # type: ignore[arg-type]


def _has_gradient(handle: Any) -> bool:
    """Whether it stands for a tensor that requires a gradient.

    Raises CheckFailed for an object of a student's where the reference has such a tensor: its own
    class would be told what is handed in beside it.
    """
    found = plain(handle)
    if is_handle(found) and _stands_for_tensor(handle):
        stands = _standing(handle)
        expected = _question(stands).expected(_target(stands))
        raise of_another_kind(origin(stands), _answered(stands), expected, place(stands))
    return isinstance(found, Tensor) and found.requires_grad


def _stands_for_tensor(handle: Any) -> bool:
    """Whether there is a tensor, or the reference has one there."""
    if isinstance(plain(handle), Tensor):
        return True
    stands = _standing(handle)
    return isinstance(_question(stands).expected(_target(stands)), Tensor)


def _computed_here(
    function: Callable[..., Any],
    operands: Sequence[object],
    keywords: Mapping[str, object],
    there: Callable[[], Any],
) -> Any:
    """Return what a function comes to with the numbers of tensors: what is one stays derivable."""
    given_ = {name: _numbers_of(each) for name, each in keywords.items()}
    found = function(*map(_numbers_of, operands), **given_)
    if not is_tensor(found):
        return found
    question = next(_question(each) for each in operands if is_handle(each))  # type: ignore[arg-type]
    handle = Handle(question, "")
    object.__setattr__(handle, "__here__", Here(as_data(found), there))
    return handle


def _numbers_of(value: object) -> Any:
    """Return a value with the tensors in it as data that nothing is derived by."""
    if type(value) in (list, tuple):
        return type(value)(map(_numbers_of, value))  # type: ignore[call-arg,call-overload]
    found = as_objects(plain(value))
    return found.detach() if is_tensor(found) else found


def asked_there(name: str, *operands: Any) -> Any:
    """Return what an operator of the notebook's process says of these operands."""
    question = next(_question(each) for each in operands if is_handle(each))
    arguments = [given(each, question) for each in operands]
    return question.add(lambda result: Operate(result, name, arguments))


def read_there(handle: Any, name: str) -> Any:
    """Return what an attribute of an object of the notebook's is, whatever the attribute."""
    target = _looked_up(handle)
    return _question(handle).add(lambda result: Get(result, target, name), name.strip("_"))


def the_same(one: Any, other: Any) -> bool:
    """Whether two values, one of them an object of the notebook's, are the same object."""
    if not all(is_handle(each) or isinstance(each, type) for each in (one, other)):
        return False
    return bool(plain(asked_there("is_", one, other)))


def _converted(name: str, convert: Callable[[Any], Any], handle: Handle) -> Any:
    value = local(handle)
    if is_handle(value):
        return plain(asked_there(name, handle))
    return convert(value)


def take(iterable: Any, most: int) -> list[Any]:
    """Return up to `most` items, in order, of an object of the notebook's that has some.

    Where it is an iterator, the next call goes on where this one ended.
    """
    data = _for_iterating(iterable)
    if data is not iterable or not is_handle(iterable):
        return list(data)[:most]
    question, target = _question(iterable), _looked_up(iterable)
    items = question.add(lambda result: Iterate(result, target, most))
    found = question.value(_target(items)).value
    whole = _target(_standing(iterable))
    expected = question.expected(whole)
    if most and not found:
        question.came_to_nothing(whole, _target(items))
    elif has_empty(found) or has_gaps(found):
        question.read(_target(items), found)
    if stays(expected):
        expected = question.expected(_target(items))

    def at(index: int) -> Handle:
        return question.item(items, index, item_of(expected, index))

    return [at(i) if stays(each) else as_objects(each) for i, each in enumerate(found)]


def heard(value: Any) -> Value:
    """Return what came of a call, with what it printed and warned of. Raises TypeError."""
    question, result = call_of(value)
    return question.hear(result)


def call_of(value: Any) -> tuple[Question, str]:
    """Return the question that a call's result belongs to, and its name. Raises TypeError."""
    if not is_handle(value) or not _known(value) or _here(value) is not None:
        raise TypeError("only of what a call of the notebook's code returned is it known")
    return _question(value), _target(value)


def define(code: Code, name: str, source: str) -> Any:
    """Return what stands for the `name` that `source` defines in the notebook's process.

    Students may read it: a function that a question hands to their code, say.
    """
    question = question_of(code)
    question.do(Define(name, source))
    return Handle(question, name)


def seed(code: Code, number: int) -> None:
    """Let the random numbers of `random`, `numpy.random` and torch start from `number`.

    It is one from 0 to 2**32 - 1. torch's do where the notebook has imported it.
    """
    question_of(code).do(Seed(number))


def seeded(code: Any, number: Any) -> None:
    """Let the notebook's random numbers start from where a check lets its own start.

    What seeds nothing there, as None does here, leaves them as they are.
    """
    number = local(number)
    if type(code) is Code and type(number) is int and 0 <= number < 2**32:
        seed(code, number)


def class_of(maker: Inside, *bases: Any) -> Any:
    """Return the class that derives from `bases`, made here or where one of them is."""
    theirs = next((each for each in bases if is_handle(each)), None)
    if theirs is None:
        return maker()
    question = _question(theirs)
    return Handle(question, question.defined(maker))(*bases)


def question_of(code: Code) -> Question:
    """Return the question that is written with `code`. Raises AssignmentError for anything else."""
    if type(code) is not Code:
        raise AssignmentError(
            f"A check gives {code!r} where `code` belongs: write `raises(code, ValueError)`, "
            "`seed(code, 3)`, `define(code, name, source)`."
        )
    found: Question = object.__getattribute__(code, "__question__")
    return found


def call(target: Any, method: str, name: str) -> Callable[..., Any]:
    """Return a method of `target`, whose result is called `name` where it is a step's."""
    if getattr(target, "__name__", "") in _LOOKING and isinstance(target, ModuleType):
        return _looking(getattr(target, method))
    if type(target) is Code:
        function = getattr(target, method)

        def of_the_notebook(*args: object, **kwargs: object) -> Any:
            return named(function(*args, **kwargs), name)

        of_the_notebook.__question__ = question_of(target)  # type: ignore[attr-defined]
        return of_the_notebook
    if is_handle(target) and _here(target) is not None and not acts(method):
        return _method_here(target, method)
    value = _on_which(target, method)
    if not is_handle(value):
        return given_data(getattr(value, method))
    question, on = _question(value), _looked_up(value)

    def of_an_object(*args: object, **kwargs: object) -> Any:
        hands_data = not acts(method) and _hand_data((*args, *kwargs.values()), question)
        if hands_data and _has_gradient(value):
            return _method_here(value, method)(*args, **kwargs)
        arguments = [given(each, question) for each in args]
        keywords = {key: given(each, question) for key, each in kwargs.items()}
        if question.conditions:
            return question.under_conditions(on, method, arguments, keywords, name)
        return question.add(
            lambda result: Call(result, on, method, arguments, kwargs=keywords), name
        )

    of_an_object.__question__ = question  # type: ignore[attr-defined]
    return of_an_object


def _method_here(tensor: Any, method: str) -> Callable[..., Any]:
    """Return a method of a tensor that requires a gradient, computed by the grader."""

    def compute(*args: object, **kwargs: object) -> Any:
        def there() -> Any:
            question, on = _question(tensor), _looked_up(tensor)
            arguments = [given(each, question) for each in args]
            keywords = {key: given(each, question) for key, each in kwargs.items()}
            return question.add(lambda result: Call(result, on, method, arguments, kwargs=keywords))

        def of(numbers: Any, *rest: Any, **others: Any) -> Any:
            return getattr(numbers, method)(*rest, **others)

        return _computed_here(of, (tensor, *args), kwargs, there)

    return compute


def given_data(function: Any) -> Callable[..., Any]:
    """Return a function that is given texts and arrays where stand-ins stand for such.

    What is written in C, as `str.join` and `torch.from_numpy` are, takes nothing else for one.
    """
    is_c = isinstance(function, _WRITTEN_IN_C) or getattr(function, "__module__", "") == "re"
    # What is only kept stays what it stands for: it may be handed to the notebook's code again.
    if not is_c or isinstance(getattr(function, "__self__", None), list | dict | set):
        return function  # type: ignore[no-any-return]

    def call_with_data(*args: object, **kwargs: object) -> Any:
        given = [*map(_unwrapped_data, args)]
        if getattr(function, "__name__", "") == "join" and given and type(given[0]) is list:
            given[0] = [*map(_unwrapped_data, given[0])]
        return function(*given, **{key: _unwrapped_data(each) for key, each in kwargs.items()})

    return call_with_data


_WRITTEN_IN_C: Final = (BuiltinFunctionType, MethodWrapperType, type(str.join))


def _unwrapped_data(value: Any) -> Any:
    if not is_handle(value):
        return value
    found = local(value)
    return found if isinstance(found, str | bytes | np.ndarray) else value


# Modules that look into objects, or copy them: that is only to be had where these are.
_LOOKING: Final = frozenset({"copy", "inspect"})


def _looking(function: Callable[..., Any]) -> Callable[..., Any]:
    def look(*args: object, **kwargs: object) -> Any:
        held: Any = next((each for each in (*args, *kwargs.values()) if is_object(each)), None)
        if held is None:
            return function(*args, **kwargs)
        question = _question(held)
        arguments = [given(each, question) for each in args]
        keywords = {key: given(each, question) for key, each in kwargs.items()}
        path = library_path(function)
        if path is None:
            raise AssignmentError(f"A check calls {function!r}, which no library has.")
        there = question.of_a_library(path)
        return question.add(lambda result: Call(result, there, "", arguments, kwargs=keywords))

    return look


def named(value: Any, name: str) -> Any:
    """Return `value`; a result that nobody has named so far is called `name`."""
    if is_handle(value) and _known(value) and name:
        _question(value).rename(value, name)
    return value


def origin(value: Any) -> str:
    """Return which function, method or attribute gave a result, "" for none."""
    if not is_handle(value):
        return ""
    target = _target(value)
    for step in _question(value).steps:
        if isinstance(step, Call) and step.result == target:
            called = [each.name for each in step.args if isinstance(each, Ref)]
            is_under = step.target.startswith(("without_", "own_")) and called
            return step.method or (called[0] if is_under else step.target)
        if isinstance(step, Get) and step.result == target:
            return step.attribute
    return ""


def shared(function: Any, value: Any, name: str) -> Any:
    """Return what is handed to `function`, a check's variable called `name` that is read later too.

    Where the notebook's code is given what can be changed, there is one object of it from then on,
    and that is the notebook's.
    """
    code = getattr(function, "__question__", None) if not is_handle(function) else None
    question = _question(function) if is_handle(function) else code
    if question is None or is_handle(value) or not _can_change(value):
        return value
    argument = given(value, question)
    handle = question.add(lambda result: Operate(result, "identity", [argument]), name)
    question.shared.add(_target(handle))
    return handle


def as_it_is(value: Any, name: str) -> Any:
    """Return a check's variable once a call may have changed what it stands for."""
    if not is_handle(value) or _target(value) not in _question(value).shared:
        return value
    question, argument = _question(value), Ref(_target(value))
    handle = question.add(lambda result: Operate(result, "identity", [argument]), name)
    question.shared.add(_target(handle))
    return handle


def _can_change(value: object) -> bool:
    return type(value) in (list, dict, set) or isinstance(as_data(value), _CHANGEABLE)


_CHANGEABLE: Final = (np.ndarray, Tensor, Frame, Series)
_NUMBERS: Final = (*_CHANGEABLE, Masked)
# What has parts, or numbers, whatever else is in it.
_HOLDING: Final = (Tensor, list, tuple, dict)


def require_filled(code: Code) -> None:
    """Raise CheckFailed where a check has read an answer with nothing or a gap in it.

    That is where the reference's has none. Of what is not there everything holds, as pandas has it.
    """
    question = question_of(code)
    target = question.hollow or question.lacking
    if not target:
        return
    items = [each for each in question.steps if isinstance(each, Iterate)]
    target = next((each.target for each in items if each.result == target), target)
    handle = Handle(question, target)
    name = origin(handle) or target
    returned = any(isinstance(each, Call) and each.result == target for each in question.steps)
    if question.hollow and question.partly:
        told = (
            _("In what `{function}` returned something is empty.", function=name)
            if returned
            else _("In `{name}` something is empty.", name=name)
        )
    elif question.hollow:
        told = (
            _("What `{function}` returned is empty.", function=name)
            if returned
            else _("`{name}` is empty.", name=name)
        )
    else:
        told = (
            _("In what `{function}` returned something is missing: NaN, say.", function=name)
            if returned
            else _("In `{name}` something is missing: NaN, say.", name=name)
        )
    raise CheckFailed(told, about=place(handle))


def place(value: Any) -> Judged | None:
    """Return which step gave `value`, None where it is no result of one."""
    if not is_handle(value) or _here(value) is not None:
        return None
    if not _known(value):
        value = _question(value).held(_target(value))
    transcript = _question(value).transcript()
    return Judged(transcript, transcript.place(_target(value)))


def fetch(value: Any) -> Any:
    """Return `value` as plain data, whatever stands for an object in it included.

    Raises CheckFailed where the student's code raised or never answered before it came to be.
    """
    found = plain(value)
    if type(found) in (list, tuple):
        return type(found)(fetch(each) for each in found)
    if type(found) is dict:
        return {key: fetch(each) for key, each in found.items()}
    return _question(found).value(_target(found)).value if is_handle(found) else as_data(found)
