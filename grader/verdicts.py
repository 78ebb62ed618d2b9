"""What judging one check comes to, and how a check says so.

A check function returns where all is well. It raises CheckFailed where the student's work is at
fault, NeedsReview where only a person can tell, and AfterSubmission where the recorded answers of
a student's repository do not suffice. Anything else that it raises is a fault of
the grader or of the assignment, and is never scored.
"""

import re
from dataclasses import dataclass, field
from typing import Any, Final, Literal, final

from grader.errors import AssignmentError
from grader.i18n import _, marked
from grader.results.evidence import Evidence
from grader.scenario import (
    Absent,
    Call,
    Get,
    Images,
    Iterate,
    Lack,
    Lacking,
    Make,
    Operate,
    Outcome,
    Raised,
    Run,
    Scenario,
    Set,
    Step,
    Stopped,
    Trace,
    Transcript,
    Use,
    Value,
)

# What Python says of a method that takes fewer arguments than it is given.
_ONE_TOO_MANY: Final = re.compile(
    r"(?:\w+\.)+(?P<method>\w+)\(\) takes (?:from \d+ to )?(?P<takes>\d+) positional arguments? "
    r"but (?P<given>\d+) w"
)

_NO_NAME: Final = re.compile(r"name '(?P<name>\w+)' is not defined")
_NOT_FOUND: Final = re.compile(
    r"has no attribute '(?P<attribute>\w+)'|name '(?P<name>\w+)' is not defined"
)

Status = Literal["passed", "failed", "skipped", "review", "error"]


@final
@dataclass(frozen=True, eq=False)
class Judged:
    """What a check has judged: what came of the step number `index` of a `transcript`.

    Without a transcript, it is computed from what was read last. `argument` is the step and the
    position of an argument that the step changed in place. `shown` is the expression that was
    compared, as the check's source has it, `path` leads to the place in its value, and `difference`
    is what was there and what should have been. `condition` is what should have held, in the
    check's source, and `raises` are the exceptions one of which was expected.
    """

    transcript: Transcript | None = None
    index: int = 0
    argument: tuple[int, int] | None = None
    shown: str = ""
    path: str = ""
    difference: tuple[Any, Any] | None = None
    condition: str = ""
    raises: tuple[str, ...] = ()


@final
@dataclass
class CheckFailed(Exception):  # noqa: N818
    """The student's work does not do what the check asks.

    `message` tells the student what is wrong, `hint` leads on without giving the answer away,
    `evidence` shows it. `sized` says that an example tells this only where its sizes differ, and
    `ground` that what builds on the check can be asked all the same. `about` is what was judged,
    as far as that is known: the cell that asks it again follows from it.
    """

    message: str
    evidence: Evidence | None = None
    hint: str | None = None
    sized: bool = False
    ground: bool = False
    about: Judged | None = field(default=None, kw_only=True, compare=False, repr=False)


@final
@dataclass
class NeedsReview(Exception):  # noqa: N818
    """The grader cannot tell; `message` tells a person what to look at."""

    message: str
    evidence: Evidence | None = None


@final
@dataclass
class AfterSubmission(Exception):  # noqa: N818
    """Only the instructor's side can tell, since it takes what a student's repository lacks."""

    message: str = marked("This is checked after submission.")


@final
@dataclass
class BuildsOn(Exception):  # noqa: N818
    """What a check asks was not reached, and the check `name` has said why."""

    name: str


@final
@dataclass(frozen=True)
class Verdict:
    """The outcome of one check, with what the student is told.

    `sized`, `ground` and `about` are those of `CheckFailed`. `after_submission` says of one in
    review that the instructor's side will judge it. `builds_on` is the name that `BuildsOn` gave.
    """

    status: Status
    message: str = ""
    evidence: Evidence | None = None
    hint: str | None = None
    sized: bool = False
    ground: bool = False
    after_submission: bool = False
    builds_on: str = ""
    about: Judged | None = field(default=None, compare=False, repr=False)


def answer(transcript: Transcript, result: str) -> Value:
    """Return the outcome of the step whose result has this name.

    Raises CheckFailed where the student's code raised or never answered before or at that step,
    NeedsReview where it failed for something that the grading environment lacks, AssignmentError
    where it was the reference that raised, or the step is one that nobody there can perform.
    """
    outcome = transcript.outcome(result)
    if isinstance(outcome, Value):
        return outcome
    index = transcript.raised_at(result)
    if index is None:
        raise KeyError(result)
    raise _came_to_nothing(transcript, index)


def judged(transcript: Transcript, result: str) -> Judged:
    """Return that the value of the step whose result has this name was judged."""
    return Judged(transcript, transcript.place(result))


def ended(transcript: Transcript) -> CheckFailed | NeedsReview | AssignmentError:
    """Return what to raise for a scenario that came to no end.

    Raises ValueError where it did.
    """
    index = transcript.failed_at
    if index is None:
        raise ValueError("the scenario came to its end")
    return _came_to_nothing(transcript, index)


def _came_to_nothing(
    transcript: Transcript, index: int
) -> CheckFailed | NeedsReview | AssignmentError:
    """Return what to raise for the step at `index`, which came to no value."""
    outcome = transcript.outcomes[min(index, len(transcript.outcomes) - 1)]
    failed = unanswered(transcript.scenario.steps[index], outcome, transcript.scenario)
    if isinstance(failed, CheckFailed):
        failed.about = Judged(transcript, index)
    return failed


def unanswered(
    step: Step, outcome: Outcome, scenario: Scenario | None = None
) -> CheckFailed | NeedsReview | AssignmentError:
    """Return what to raise for a step, of a `scenario`, that came to no value."""
    where = described(step)
    if isinstance(outcome, Stopped):
        return CheckFailed(
            _("{where} gave no answer: {reason}.", where=where, reason=outcome.reason)
        )
    if not isinstance(outcome, Raised):
        raise TypeError(f"{where} came to a value")
    if outcome.fault:
        return AssignmentError(f"{outcome.fault}: {where} raised {outcome}")
    if isinstance(outcome, Lacking):
        return lacking(where, outcome.lack)
    evidence = Evidence(text=outcome.line) if outcome.line else None
    name = sought(step)
    if isinstance(outcome, Absent) and name is not None:
        return absent(name, outcome)
    if outcome.error == "NotImplementedError":
        told = _("{where} is not written yet: it raised {outcome}.", where=where, outcome=outcome)
    else:
        told = _("{where} raised {outcome}.", where=where, outcome=outcome)
    return CheckFailed(told, evidence, _what_leads_on(step, outcome, scenario))


def _what_leads_on(step: Step, raised: Raised, scenario: Scenario | None) -> str | None:
    """Return a hint for whoever's code raised, None where nothing more is known."""
    return (
        _without_self(step, raised)
        or _without_object(raised, scenario)
        or _instead(raised)
        or _with_nothing(raised)
    )


def _instead(raised: Raised) -> str | None:
    """Return a hint that tells which name there is in the place of one that was not found."""
    found = _NOT_FOUND.search(raised.message)
    if found is None or raised.error not in ("AttributeError", "NameError"):
        return None
    name = found["attribute"] or found["name"]
    if raised.near:
        return _(
            "This line asks for `{name}`; what there is, is `{near}`. Which of the two is meant?",
            name=name,
            near=raised.near,
        )
    if raised.has:
        return _(
            "This line asks for `{name}`; what the object has, is {names}.",
            name=name,
            names=", ".join(f"`{each}`" for each in raised.has),
        )
    return None


def _with_nothing(raised: Raised) -> str | None:
    """Return a hint where something in the line that raised is None."""
    if raised.error not in ("TypeError", "AttributeError") or "NoneType" not in raised.message:
        return None
    return _(
        "Something in this line is None: nothing has been stored there yet, or a call gave nothing "
        "back. Which line should have done so?"
    )


def _without_self(step: Step, raised: Raised) -> str | None:
    """Return a hint where the method that was called takes one argument less than it was given.

    Python counts the object as one, which puzzles whoever has left `self` out.
    """
    called = step.method if isinstance(step, Call) else "__init__"
    counts = _ONE_TOO_MANY.match(raised.message) if raised.error == "TypeError" else None
    if counts is None or counts["method"] != called:
        return None
    if int(counts["given"]) != int(counts["takes"]) + 1:
        return None
    return _(
        "A method is given the object itself, too, as its first argument. Is `self` the first "
        "parameter of `{method}`, and is there one for each of the others?",
        method=counts["method"],
    )


def _without_object(raised: Raised, scenario: Scenario | None) -> str | None:
    """Return a hint where a name is not defined that is one of the object's attributes."""
    found = _NO_NAME.match(raised.message) if raised.error == "NameError" else None
    steps = scenario.steps if scenario is not None else ()
    attributes = {each.attribute for each in steps if isinstance(each, Set | Get)}
    if found is None or found["name"] not in attributes:
        return None
    return _(
        "A method finds what belongs to its object through `self`. Is `self.{name}` meant?",
        name=found["name"],
    )


def sought(step: Step) -> str | None:
    """Return the name that a step takes from the notebook, None where it takes none."""
    match step:
        case Make(kind=name) | Use(name=name) | Call(target=name):
            return name
    return None


def absent(name: str, why: Absent) -> CheckFailed:
    """Return what to raise for a name that the notebook does not define."""
    evidence = Evidence(text=why.line) if why.line else None
    if why.ended:
        return CheckFailed(
            _(
                "The notebook defines no `{name}`: {cell}, where it is written, ended with "
                "{error}.",
                name=name,
                cell=why.cell,
                error=why.ended,
            ),
            evidence,
        )
    if why.near:
        return CheckFailed(
            _(
                "The notebook defines no `{name}`, but there is `{near}`.",
                name=name,
                near=why.near,
            ),
            hint=_(
                "If that is the one, give it the name that was handed out: `{name}`.", name=name
            ),
        )
    return CheckFailed(_("The notebook defines no `{name}`.", name=name))


def lacking(what: str, lack: Lack) -> NeedsReview:
    """Return what to raise where `what` of the student's needs something that is not here."""
    if lack.module:
        return NeedsReview(
            _(
                "{what} needs the module `{module}`, which is not installed where this was graded. "
                "Your instructor can add it and grade again; if it is a file of your own, put its "
                "code into the notebook.",
                what=what,
                module=lack.module,
            )
        )
    if lack.data:
        return NeedsReview(
            _(
                "{what} needs the data set {data}, which is not where this was graded. "
                "`grader data {data}` gets it there; then it is to be graded again.",
                what=what,
                data=lack.data,
            )
        )
    told = _(
        "{what} needs Python {python}, and this was graded with Python {here}. Your instructor "
        "can grade it again with a newer one.",
        what=what,
        python=lack.python,
        here=lack.here,
    )
    if lack.written:
        told += _(" The notebook says that it was written with {written}.", written=lack.written)
    return NeedsReview(told)


def described(step: Step) -> str:
    """Return a step in a student's words."""
    match step:
        case Make(kind=kind):
            return _("Making a `{kind}`", kind=kind)
        case Call(method=method, target=target):
            return f"`{method or target}`"
        case Operate(operator="getitem"):
            return _("Taking an item")
        case Operate(operator=name):
            return _("Applying `{name}`", name=name)
        case Iterate():
            return _("Going through the items")
        case Get(attribute=name):
            return _("Reading the attribute `{name}`", name=name)
        case Set(attribute=name):
            return _("Setting the attribute `{name}`", name=name)
        case Use(name=name):
            return _("Looking up `{name}`", name=name)
        case Run() | Trace():
            return _("Running your cells again")
        case Images():
            return _("The data set's `transform`")
    return step.do
