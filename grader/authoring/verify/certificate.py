"""What verifying an assignment comes to: plain data, from which the table and the page are made."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from annotated_types import Ge

from grader import __version__, models
from grader.authoring.verify.candidates import Kind
from grader.authoring.verify.trials import Ended
from grader.models import Model
from grader.results.model import AssignmentInfo, Points
from grader.text import Line, Name, Text

SOUND, WRONG = 0, 1
KINDS: Final[tuple[Kind, ...]] = ("reference", "released", "mistake", "variant", "mutant")

Count = Annotated[int, Ge(0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal(Model):
    """An input that would tell a mutant that no check notices from the reference, if one was found.

    It is looked for where checks name their inputs by hand.
    """

    tried: Count
    """How many inputs were tried, this one included."""
    check: Name | None = None
    """The check that asks such a question, after its exercise and a dot."""
    question: Line | None = None
    """What would have to be asked."""
    expected: Line | None = None
    """What the reference does, such as "gives 2"."""
    got: Line | None = None
    """What the mutant does."""
    lines: Text | None = None
    """Lines that ask it in the check."""

    @property
    def told(self) -> str:
        """It in a sentence."""
        if self.question is None:
            return (
                f"Of {counted(self.tried, 'input')} like those that the checks name, none tells it "
                "from the reference: perhaps none does."
            )
        return f"`{self.question}` would: the reference {self.expected}, this {self.got}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried(Model):
    """How one candidate fared."""

    kind: Kind
    name: Text
    exercise: Name | None = None
    """The exercise that a mistake or a variant belongs to."""
    costs: dict[Name, Points]
    """The points lost, by the ids of the exercises in which there are any."""
    failed: tuple[Name, ...]
    """The ids of the checks that failed, each after its exercise's and a dot."""
    ended: Ended = "answered"
    """How its trials ended: by an answer, killed for its time, or by a crash."""
    named: Name | None = None
    """The known mistake that it was called."""
    reason: Text | None = None
    """Why a mutant that no check notices is right."""
    diff: str | None = None
    """What was changed in a mutant."""
    here: Line | None = None
    """What a released folder tells of a mistake otherwise than official grading, "" for nothing."""
    own: Points | None = None
    """The points that a mistake loses in the checks that it is about."""
    beyond: Points | None = None
    """What it loses beyond them, in checks that it fails as well or that are skipped for it."""
    followed: Points | None = None
    """What it costs in all where follow-through marks mend it, if one edit does."""
    varies: Line | None = None
    """What it loses otherwise with the questions from another seed."""
    wrong: Line | None = None
    """Why the verdict on it is wrong, null where it is right."""
    proposal: Proposal | None = None
    """What a check would have to ask to notice a mutant, where it was looked for."""

    @property
    def killed(self) -> bool:
        """Whether it lost anything."""
        return bool(self.failed) or self.ended != "answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckTally(Model):
    """How many wrong solutions, mistakes and mutants, one check notices."""

    exercise: Name
    id: Name
    title: Text
    points: Points
    fails: Count
    """Those that fail it."""
    alone: Count
    """Those that fail it and no other."""

    @property
    def key(self) -> str:
        """Its id with that of its exercise."""
        return f"{self.exercise}.{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate(Model):
    """What is proven of the checks of an assignment, and what is not."""

    schema_version: Literal[1] = 1
    grader_version: Name = __version__
    assignment: AssignmentInfo
    exercises: dict[Name, Points]
    """The unit exercises and their points: those that are judged without running a notebook."""
    candidates: tuple[Tried, ...]
    checks: tuple[CheckTally, ...]
    unproven: tuple[Text, ...]
    """What the candidates do not show."""
    seeds: Count = 1
    """With how many seeds' questions every candidate was judged."""

    def of(self, kind: Kind) -> tuple[Tried, ...]:
        """Return the candidates of one kind."""
        return tuple(each for each in self.candidates if each.kind == kind)

    @property
    def wrong(self) -> tuple[Tried, ...]:
        """The candidates on which the verdict is wrong."""
        return tuple(each for each in self.candidates if each.wrong)

    @property
    def varying(self) -> tuple[Tried, ...]:
        """The candidates of which the questions' seed decides what they lose."""
        return tuple(each for each in self.candidates if each.varies)

    @property
    def named(self) -> tuple[Tried, ...]:
        """The known mistakes that are called by their own names."""
        return tuple(each for each in self.of("mistake") if each.named == each.name)

    @property
    def unnamed(self) -> tuple[Tried, ...]:
        """The known mistakes that are not called anything."""
        return tuple(each for each in self.of("mistake") if each.named is None)

    @property
    def told_alike(self) -> tuple[Tried, ...]:
        """The known mistakes of which a released folder tells just what official grading tells."""
        return tuple(each for each in self.of("mistake") if each.here == "")

    @property
    def charged_beyond(self) -> tuple[Tried, ...]:
        """The known mistakes that cost more than the checks that they are about."""
        return tuple(each for each in self.of("mistake") if each.beyond)

    @property
    def excused(self) -> tuple[Tried, ...]:
        """The mutants that no check notices, for a stated reason."""
        return tuple(each for each in self.of("mutant") if each.reason and not each.killed)

    @property
    def redundant(self) -> tuple[CheckTally, ...]:
        """The checks that notice nothing alone."""
        return tuple(each for each in self.checks if not each.alone)

    @property
    def exit_status(self) -> int:
        """What the command line ends with."""
        return WRONG if self.wrong else SOUND

    @property
    def summary(self) -> str:
        """The outcome in a sentence or two."""
        number = len(self.candidates)
        seeds = f", each with {self.seeds} seeds" if self.seeds > 1 else ""
        wrong = counted(len(self.wrong), "wrong verdict")
        told = f"{wrong} on {counted(number, 'candidate')}{seeds}."
        mistakes = len(self.of("mistake"))
        if mistakes:
            share = 100 * len(self.named) // mistakes
            told += f" {len(self.named)} of {mistakes} mistakes are named ({share} %)."
            share = 100 * len(self.told_alike) // mistakes
            told += f" A released folder tells the same of {len(self.told_alike)} ({share} %)."
        return told


def fates(certificate: Certificate) -> list[tuple[str, int, str, int]]:
    """Return for each kind of candidate: its name, how many, what became of them, how many wrong.

    Kinds of which there are none are left out.
    """
    rows = []
    for kind in KINDS:
        some = certificate.of(kind)
        if some:
            wrong = sum(bool(each.wrong) for each in some)
            rows.append((_TITLES[kind], len(some), _fate(kind, certificate), wrong))
    return rows


_TITLES: Final[dict[Kind, str]] = {
    "reference": "the reference",
    "released": "the student notebook",
    "mistake": "known mistakes",
    "variant": "right variants",
    "mutant": "mutants",
}


def _fate(kind: Kind, certificate: Certificate) -> str:
    some = certificate.of(kind)
    if kind == "mistake":
        right = sum(not each.wrong for each in some)
        return f"{right} cost just their exercise, {len(certificate.named)} are named"
    if kind == "mutant":
        return _mutants(some, len(certificate.excused))
    if kind == "released":
        full = sum(certificate.exercises.values())
        return f"gets {full - _lost(some):g} of {full:g} points"
    lost = _lost(some)
    return f"lose {lost:g} points" if kind == "variant" else f"loses {lost:g} points"


def _lost(some: Iterable[Tried]) -> float:
    return sum(points for each in some for points in each.costs.values())


def _mutants(some: Iterable[Tried], excused: int) -> str:
    killed = [each for each in some if each.killed]
    parts = [f"{len(killed)} killed"]
    for ended, how in (("time", "by time"), ("crash", "by a crash")):
        number = sum(each.ended == ended for each in killed)
        if number:
            parts.append(f"{number} of them {how}")
    return ", ".join([*parts, f"{excused} right for a reason"])


VARYING: Final = "What the questions' seed decides"


def varying(tried: Tried) -> str:
    """Return in a line how what a candidate loses hangs on the seed."""
    told = " and ".join(f"{lost:g} in `{each}`" for each, lost in tried.costs.items())
    return f"{tried.name}: it loses {told or 'nothing'}, {tried.varies}"


def counted(number: int, what: str) -> str:
    """Return a number with a noun in its singular or plural."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def to_json(certificate: Certificate) -> str:
    """Return a certificate as JSON, the same text for equal ones, ending in a newline."""
    fields = models.plain(certificate)
    return json.dumps(fields, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
