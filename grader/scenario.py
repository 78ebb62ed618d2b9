"""The vocabulary between checks and subjects: scenarios go out, transcripts come back.

A scenario is pure data, a list of steps on fresh objects. Whoever performs it
(a student's process, the reference, a mistake) answers with a transcript: one
outcome for each step, up to and including the first that raised and was not only tried.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, ClassVar, Final, Protocol

from grader.agent.wire import Described, Ref, UnsendableError, WireError, encode, preceded
from grader.errors import AssignmentError
from grader.text import one_line

__all__ = [
    "Amend",
    "Answering",
    "Call",
    "Define",
    "Described",
    "Figures",
    "Get",
    "Images",
    "Iterate",
    "Lack",
    "Lacking",
    "Make",
    "Operate",
    "Outcome",
    "Raised",
    "Ref",
    "Run",
    "Scenario",
    "Seed",
    "Set",
    "StandIn",
    "Step",
    "Stopped",
    "Swap",
    "Trace",
    "Train",
    "Transcript",
    "Use",
    "Value",
    "outcomes_of",
]


@dataclass(frozen=True, slots=True)
class Make:
    """Make `target` by calling what the notebook defines as `kind`."""

    do: ClassVar = "make"
    target: str
    kind: str
    args: Sequence[object] = ()
    kwargs: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Use:
    """Let `target` stand for the object that the notebook already holds as `name`."""

    do: ClassVar = "use"
    target: str
    name: str


@dataclass(frozen=True, slots=True)
class Set:
    """Set an attribute of `target`."""

    do: ClassVar = "set"
    target: str
    attribute: str
    value: object


@dataclass(frozen=True, slots=True)
class Get:
    """Read an attribute of `target`; the value is known as `result` from then on.

    `tried` is that of `Call`.
    """

    do: ClassVar = "get"
    result: str
    target: str
    attribute: str
    tried: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """Call a method of `target` (`target` itself where `method` is empty).

    Where `counted`, the outcome's `work` is the number of bytecode instructions and C calls that
    the call executed. Where `heard`, the outcome tells what was printed and warned of. Where
    `tried`, the steps after it are performed even if it raises an exception.
    """

    do: ClassVar = "call"
    result: str
    target: str
    method: str = ""
    args: Sequence[object] = ()
    counted: bool = False
    kwargs: Mapping[str, object] = field(default_factory=dict)
    heard: bool = False
    tried: bool = False


@dataclass(frozen=True, slots=True)
class Operate:
    """Apply one of Python's operators, such as "add" or "getitem", to `args`.

    Operators have the names of the module `operator`, and those of `OPERATORS`. The value is known
    as `result` from then on.
    """

    do: ClassVar = "operate"
    result: str
    operator: str
    args: Sequence[object] = ()


@dataclass(frozen=True, slots=True)
class Iterate:
    """Take up to `most` items from an iterator over `target`; `result` is the list of them.

    Where `target` is an iterator itself, a later step takes the items that follow.
    """

    do: ClassVar = "iterate"
    result: str
    target: str
    most: int


@dataclass(frozen=True, slots=True)
class Define:
    """Execute `source`, which students may see, and let `target` stand for what it so names.

    It is the instructor's: a function that a question hands to what the student wrote, say. It is
    given nothing of the notebook.
    """

    do: ClassVar = "define"
    target: str
    source: str


@dataclass(frozen=True, slots=True)
class Amend:
    """Execute `source`, definitions of the notebook's that were edited, on a copy of its names.

    The steps that follow look names up in that copy. The notebook itself stays as it is. It is the
    student's code: no process but the notebook's own performs it.
    """

    do: ClassVar = "amend"
    source: str


@dataclass(frozen=True, slots=True)
class Seed:
    """Start the random numbers of `random` and of `numpy.random` from `seed`, 0 to 2**32 - 1.

    Whoever draws the same numbers in the same order then gets the same ones. A generator of the
    notebook's own is left as it is.
    """

    do: ClassVar = "seed"
    seed: int


@dataclass(frozen=True, slots=True)
class Run:
    """Execute `cells`, sources of the student's own, one after the other.

    Where `seed` is given, all random numbers start from it, also those that the cells seed
    themselves. A cell that raises ends only itself; the outcome's value lists the errors.
    """

    do: ClassVar = "run"
    cells: Sequence[str]
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """Execute `cells` as `Run` does, and tell what the training in them does, as `result`.

    `losses` are functions whose first argument is looked at, `dataset` is the notebook's own test
    set. It ends after `most` passes through a network, or after so many `seconds`. The value has
    the fields of `grader.agent.tracing.Traced`.
    """

    do: ClassVar = "trace"
    result: str
    cells: Sequence[str]
    losses: Sequence[str]
    dataset: str
    most: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Swap:
    """Let the test part of the data set `data` hold other `images`, with `labels`, from now on.

    `images` are uint8 of shape (n, height, width), `labels` of shape (n,).
    """

    do: ClassVar = "swap"
    data: str
    images: object
    labels: object


@dataclass(frozen=True, slots=True)
class Images:
    """Stack `images`, as the notebook's own data set `dataset` transforms them, under `result`.

    `images` are uint8 of shape (n, height, width).
    """

    do: ClassVar = "images"
    result: str
    dataset: str
    images: object


@dataclass(frozen=True, slots=True)
class StandIn:
    """Define `name` in the notebook's namespace, for cells that cannot do without it.

    `kind` is "value" (then `value` itself) or "network": an object whose `forward` returns
    meaningless logits of `value` classes, the same for the same input.
    """

    do: ClassVar = "stand_in"
    name: str
    kind: str
    value: object


@dataclass(frozen=True, slots=True)
class Train:
    """Train a chain of `layers`, known as `result` from then on, by gradient descent.

    Each of `layers` is what the notebook defines it as and the arguments it is made with;
    `parameters` are the arrays by attribute that each starts from. `order` has a row for each
    step, the indices of its batch in `inputs`, uint8 (n, features), and `labels`, (n,). A step
    calls `forward` of each layer, with float32 `inputs` divided by `divisor`, and `backward` of
    each in reverse, with the gradient of the mean softmax cross-entropy; the layers move their
    parameters themselves.

    The outcome's value tells how many "steps" were taken and, of each step in `watched` (counted
    from 1), the "logits" and the "parameters" that the layers held after it. The training ends
    early where logits are not finite. The chain has a `forward` of its own.
    """

    do: ClassVar = "train"
    result: str
    layers: Sequence[tuple[str, Sequence[object]]]
    parameters: Sequence[Mapping[str, object]]
    inputs: object
    labels: object
    order: object
    divisor: float
    watched: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Figures:
    """Describe the figures of the cell that ran last, or of this scenario's own `Run`."""

    do: ClassVar = "figures"
    result: str


Step = (
    Make
    | Use
    | Set
    | Get
    | Call
    | Operate
    | Iterate
    | Define
    | Amend
    | Seed
    | Run
    | Trace
    | Swap
    | Images
    | StandIn
    | Train
    | Figures
)

# Letters of a name that a process tells.
MOST_LETTERS: Final = 200

# What only a live notebook can perform.
LIVE: Final = (Amend, Run, Trace, Swap, Images, StandIn, Figures)

# Fields that came later, with what they were before: as long as they say nothing else, a question
# is written as it was, so that answers that were recorded of it are found.
_LATER: Final = {"kwargs": {}, "heard": False, "tried": False}


def _plain(step: Step) -> list[object]:
    names = [name for name in step.__dataclass_fields__ if name != "do"]
    if isinstance(step, Call | Get):
        while names[-1] in _LATER and getattr(step, names[-1]) == _LATER[names[-1]]:
            names.pop()
    return [step.do, *(getattr(step, name) for name in names)]


def _require_sendable(number: int, step: Step) -> None:
    """Raise AssignmentError where a step holds what has no plain form."""
    try:
        encode(_plain(step), whole=True)
    except UnsendableError as error:
        raise AssignmentError(
            f"Step {number} of a question, {type(step).__name__}, holds a {error}, which cannot be "
            "sent to a student's process. Give a function, or a class, as source with `Define`, "
            "stand for what an earlier step made with `Ref`, and send the contents of any other "
            "object as one of the values that docs/values.md lists."
        ) from error


# Of a message that is kept: one that holds a whole test set takes tens of times as many.
MOST_BYTES_KEPT: Final = 2**20


@dataclass(frozen=True)
class Scenario:
    """Steps to perform one after the other on fresh objects."""

    steps: tuple[Step, ...]

    def __init__(self, *steps: Step) -> None:
        object.__setattr__(self, "steps", steps)

    def after(self, step: Amend) -> "Scenario":
        """Return these steps with `step` before them, none of which is encoded anew."""
        scenario = Scenario(step, *self.steps)
        # What may be over a limit is told of by whoever asks for the frame.
        with suppress(WireError):
            if self.steps:
                scenario.__dict__["_frame"] = preceded(_amending(step), self.frame)
        return scenario

    @property
    def unamended(self) -> "Scenario":
        """The question as it is put to whoever has none of the student's code: the reference."""
        kept = [step for step in self.steps if not isinstance(step, Amend)]
        return self if len(kept) == len(self.steps) else Scenario(*kept)

    @cached_property
    def plain(self) -> list[list[object]]:
        """The steps as plain data, as a subject performs them."""
        return [_plain(step) for step in self.steps]

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The index of the first step with a result of this name, or that does something to it."""
        found: dict[str, int] = {}
        for index, step in enumerate(self.steps):
            name = getattr(step, "result", getattr(step, "target", None))
            if name is not None:
                found.setdefault(name, index)
        return found

    @property
    def frame(self) -> bytes:
        """The steps as one message. Raises AssignmentError where they hold what cannot be sent."""
        known: bytes | None = self.__dict__.get("_frame")
        if known is not None:
            return known
        made = self._encoded()
        if len(made) <= MOST_BYTES_KEPT:
            self.__dict__["_frame"] = made
        return made

    def _encoded(self) -> bytes:
        try:
            return encode(self.plain, whole=True)
        except UnsendableError:
            for number, step in enumerate(self.steps, start=1):
                _require_sendable(number, step)
            raise

    @cached_property
    def key(self) -> str:
        """Names the scenario by its contents: equal steps, equal key."""
        return hashlib.blake2b(self.frame, digest_size=16).hexdigest()


# Edits are asked about in turns of at most a few.
@lru_cache(maxsize=16)
def _amending(step: Amend) -> bytes:
    return encode(_plain(step), whole=True)


@dataclass(frozen=True, slots=True)
class Value:
    """A step came to an end.

    `changed` are the arguments, its own or an earlier call's, that it altered in place: the index
    of the step that handed each out, and the argument's position there. `printed` is what it
    printed, and `warned` the class and the message of each warning, both of a call that is heard.
    """

    value: Any
    changed: tuple[tuple[int, int], ...] = ()
    work: int | None = None
    printed: str = ""
    warned: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Raised:
    """A step raised an exception; `line` is the source line of the student's that raised it.

    `near` is a name that is there and most like the one that was not found, `has` are those of the
    student's own object that had no such attribute, as the process tells.

    `fault` is told where no student's code is to blame: it is the reference that raised, or whoever
    is asked cannot perform such a step. To read a value there is the assignment's fault. Only the
    grader's side says so.
    """

    error: str
    message: str
    line: str = ""
    near: str = field(default="", compare=False, kw_only=True)
    has: tuple[str, ...] = field(default=(), compare=False, kw_only=True)
    fault: str = field(default="", compare=False, repr=False, kw_only=True)

    def __str__(self) -> str:
        """Return the exception as Python would print it, in one line."""
        return one_line(f"{self.error}: {self.message}" if self.message else self.error)


@dataclass(frozen=True, slots=True)
class Lack:
    """What the machine that grades lacks: a `module`, a set of `data`, or else a newer `python`.

    `here` is the version that graded, `written` the one that the notebook says it was written
    with, "" for none.
    """

    module: str = ""
    data: str = ""
    python: str = ""
    here: str = ""
    written: str = ""


@dataclass(frozen=True, slots=True)
class Lacking(Raised):
    """An exception that is due to what the machine that grades lacks.

    Only the grader's side says so: whatever a student's process raises is `Raised`.
    """

    lack: Lack = Lack()


@dataclass(frozen=True, slots=True)
class Absent(Raised):
    """A name that is asked for and not defined, with what can be told of why.

    `cell`, in words, is where it is written, and `ended` the error that this cell ended with, both
    "" for none; `near` is a class or function of nearly that name. Only the grader's side says so.
    """

    cell: str = ""
    ended: str = ""


@dataclass(frozen=True, slots=True)
class Stopped:
    """No answer came: the step ran over its time, or the process died of it.

    `step` is the index of the step that it was at, as the process has told, None where it has not.
    `doubtful` says that others who use the machine may be why.
    """

    reason: str
    step: int | None = field(default=None, compare=False)
    doubtful: bool = field(default=False, compare=False)


Outcome = Value | Raised | Stopped


def to_plain(outcome: Outcome) -> list[object]:
    """Return an outcome as plain data."""
    match outcome:
        case Value(value, changed, work, printed, warned):
            noise = [[printed, [list(each) for each in warned]]] if printed or warned else []
            return ["value", value, [list(place) for place in changed], work, *noise]
        case Raised(error, message, line, near=near, has=has):
            known = [[near, list(has)]] if near or has else []
            return ["raised", error, message, line, *known]
        case Stopped(reason, step):
            return ["stopped", reason, step]


def from_plain(plain: Any) -> Outcome:
    """Return the outcome that `to_plain` made plain data of. Raises WireError."""
    if isinstance(plain, list) and plain and isinstance(plain[0], str):
        match plain:
            case ["stopped", str(reason)]:
                return Stopped(reason)
            case ["stopped", str(reason), None | int() as step]:
                return Stopped(reason, step)
    return from_answer(plain)


def from_answer(answer: Any) -> Value | Raised:
    """Return what one step came to by the plain answer of the process that performed it.

    That no answer came is nothing that a process tells. Raises WireError.
    """
    # Comparing an array with a text has no truth of its own.
    if not (isinstance(answer, list) and answer and isinstance(answer[0], str)):
        raise WireError("an outcome is malformed")
    match answer:
        # Work is computed with as a float, which has no room for any integer that can travel.
        case ["value", _, _, int() as work, *_] if work.bit_length() > 63:
            raise WireError("the work of a call is no count")
        case ["value", value, list(changed), None | int() as work]:
            return Value(value, tuple(map(_place, changed)) if changed else (), work)
        case ["value", value, list(changed), None | int() as work, [str(printed), list(warned)]]:
            return Value(
                value, tuple(map(_place, changed)), work, printed, tuple(map(_warning, warned))
            )
        case ["raised", str(error), str(message), str(line)]:
            return Raised(one_line(error), message, line)
        case ["raised", str(error), str(message), str(line), [str(near), list(has)]]:
            known = tuple(map(_known_name, has))
            return Raised(one_line(error), message, line, near=_known_name(near), has=known)
    raise WireError("an outcome is malformed")


def _place(answer: Any) -> tuple[int, int]:
    match answer:
        case [int(step), int(position)] if step >= 0 and position >= 0:
            return step, position
    raise WireError("the place of a changed argument is malformed")


def _known_name(answer: Any) -> str:
    if not isinstance(answer, str):
        raise WireError("a name that is there is malformed")
    # A process may send any text for a name, and reports tell it within a sentence.
    return one_line(answer)[:MOST_LETTERS]


def _warning(answer: Any) -> tuple[str, str]:
    match answer:
        case [str(category), str(message)]:
            return category, message
    raise WireError("a warning is malformed")


def outcomes_of(scenario: Scenario, answers: Any) -> tuple[Outcome, ...]:
    """Return the outcomes that a subject's plain answer stands for.

    Raises WireError where the answer does not fit the scenario: one outcome a step, of which only
    the last and steps that are tried may have raised, and no change of an argument that was not
    handed out by then.
    """
    if not isinstance(answers, list) or not 0 < len(answers) <= len(scenario.steps):
        raise WireError("the number of outcomes does not fit the question")
    outcomes = tuple(from_answer(answer) for answer in answers)
    whole = len(outcomes) == len(scenario.steps)
    if any(
        isinstance(each, Raised) and not (isinstance(step, Call | Get) and step.tried)
        for step, each in zip(scenario.steps, outcomes[:-1], strict=False)
    ):
        raise WireError("a step was performed after one that raised")
    if not whole and isinstance(outcomes[-1], Value):
        raise WireError("steps are missing from the answer")
    for index, each in enumerate(outcomes):
        for step, position in each.changed if isinstance(each, Value) else ():
            call = scenario.steps[step] if step <= index else None
            if not isinstance(call, Call) or position >= len(call.args):
                raise WireError("an argument was changed that was never handed out")
    return outcomes


@dataclass(frozen=True)
class Transcript:
    """What came back for a scenario: one outcome a step, up to the one that ended it.

    That is the first that is no `Value`, but for steps that are `tried`.
    """

    scenario: Scenario
    outcomes: tuple[Outcome, ...]

    def outcome(self, result: str) -> Outcome:
        """Return the outcome of the step whose result has this name.

        Where an earlier step ended the scenario, that step's outcome. Raises KeyError where the
        scenario has no such step.
        """
        return self.outcomes[min(self.place(result), len(self.outcomes) - 1)]

    def place(self, result: str) -> int:
        """Return the index of the step whose result has this name. Raises KeyError for none."""
        return self.scenario.places[result]

    def raised_at(self, result: str) -> int | None:
        """Return the index of the step for whose sake there is no value of this name, or None.

        That is the step itself, or the one that ended the scenario before. Raises KeyError where
        the scenario has no such step.
        """
        place = self.place(result)
        if place < len(self.outcomes) - 1:
            return place if isinstance(self.outcomes[place], Raised) else None
        return self.failed_at

    def raised(self, result: str) -> bool:
        """Whether it was the very step with this result that raised.

        Raises KeyError where the scenario has no such step.
        """
        place = self.place(result)
        return place < len(self.outcomes) and isinstance(self.outcomes[place], Raised)

    @property
    def failure(self) -> tuple[Step, Raised | Stopped] | None:
        """The step that ended the scenario early and what happened, or None."""
        last, index = self.outcomes[-1], self.failed_at
        if isinstance(last, Value) or index is None:
            return None
        return self.scenario.steps[index], last

    @property
    def failed_at(self) -> int | None:
        """The index of the step that ended the scenario early, or None."""
        last = self.outcomes[-1]
        if isinstance(last, Value):
            return None
        told = last.step if isinstance(last, Stopped) else None
        return len(self.outcomes) - 1 if told is None else told


def calls(scenario: Scenario) -> list[str]:
    """Return what each step of a scenario calls: "Linear", "Linear.forward", "double".

    A method has the name of what its object was made by, or of the object that the notebook holds.
    """
    named: dict[str, str] = {}
    classes = made_of(scenario.steps)
    return [_call(step, made, named) for step, made in zip(scenario.steps, classes, strict=True)]


def made_of(steps: Sequence[Step]) -> list[str]:
    """Return the class that each step makes an object of, "" for none.

    What is called by a name of the notebook's that begins with a capital letter is a class.
    """
    results: set[str] = set()
    found = []
    for step in steps:
        match step:
            case Make(kind=kind):
                found.append(kind)
            case Call(target=kind, method="") if kind[:1].isupper() and kind not in results:
                found.append(kind)
            case _:
                found.append("")
        names_itself = isinstance(step, Use) and step.name == step.target
        if not names_itself and not isinstance(step, Set):
            results.add(_given_name(step))
    return found


def _given_name(step: Step) -> str:
    """Return what a step makes something known as."""
    return str(getattr(step, "result", getattr(step, "target", "")))


def _call(step: Step, made: str, named: dict[str, str]) -> str:
    if made:
        named[_given_name(step)] = made
        return made
    match step:
        case Use(target=target, name=name):
            named[target] = name
            return name
        case Call(result=result, target=target, method=""):
            # What is then done with it is done with what that function made.
            called = named[result] = named.get(target, target)
            return called
        case Call(target=target, method=method):
            return f"{named.get(target, target)}.{method}"
        case Operate(operator=name, args=args):
            on = [each.name for each in args if isinstance(each, Ref)]
            return f"{named.get(on[0], on[0])}.{name}" if on else name
        case Iterate(target=target):
            return f"{named.get(target, target)}.__iter__"
        case Get(target=target, attribute=attribute) | Set(target=target, attribute=attribute):
            return f"{named.get(target, target)}.{attribute}"
        case Images(dataset=dataset):
            return f"{dataset}.transform"
        case Run(cells=cells) | Trace(cells=cells):
            return "\n".join(cells)
    return step.do


# How many seconds of processor time are plenty for the answer to a scenario.
Usual = Callable[[Scenario], float]


@dataclass
class Patience:
    """What is left of the time, in seconds, that some answers together may take."""

    left: float


DRAWN: Final = Scenario(Figures("figures"))
"""What figures the cell made that ran last."""


class Answering(Protocol):
    """A state of a notebook that answers scenarios: a snapshot, or a recording of one."""

    @property
    def received(self) -> int:
        """About how many bytes its answers took so far."""

    def ask(
        self,
        scenarios: Sequence[Scenario],
        *,
        seconds: float,
        usual: Usual | None = None,
        patience: Patience | None = None,
    ) -> Iterator[Transcript]:
        """Yield one transcript a scenario, in order, as `Snapshot.ask` does."""

    def reset(self) -> None:
        """Let the next question go to the state as it was."""

    def close(self) -> None:
        """Let go of the state."""


class Subject(Protocol):
    """Whoever can turn a scenario into a transcript."""

    def answer(self, scenario: Scenario) -> Transcript:
        """Return what came back for `scenario`."""
