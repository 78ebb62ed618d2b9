"""The result of grading one submission: the model, and the schema published from it.

A result is plain data and as strict as its schema: sums that do not add up are
refused. After a change to a model, `python -m grader.results.schema` writes the schema
again.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, ClassVar, Literal, Self

from annotated_types import Ge, MultipleOf

from grader import __version__
from grader.errors import InternalError
from grader.models import FINITE, Model, Pattern
from grader.results.drawings import Curve, Example
from grader.results.evidence import Evidence, Number
from grader.text import Line, Name, Prose, Text

Points = Annotated[float, Ge(0), MultipleOf(0.5), FINITE]
Digest = Annotated[str, Pattern(r"^[0-9a-f]{64}$")]
Seconds = Annotated[float, Ge(0), FINITE]
Status = Literal["passed", "failed", "skipped", "review", "error"]
Level = Literal["score", "verdicts", "hints", "everything"]
SlipKind = Literal[
    "name",
    "self",
    "call",
    "return",
    "transpose",
    "axis",
    "sign",
    "operator",
    "order",
    "comparison",
    "constant",
    "function",
    "argument",
    "copy",
    "assignment",
    "statement",
    "indentation",
    "factor",
    "index",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult(Model):
    """How one check ended."""

    id: Name
    title: Prose
    """The sentence that the student reads."""
    status: Status
    points: Points
    """The points given: all for `passed`, some or none for `failed` and for what `follows` from a
    slip, else none."""
    max_points: Points
    message: Prose = ""
    evidence: Evidence | None = None
    mistake: Name | None = None
    """The known mistake whose answers are the same as the student's, by its name in English.

    Where there are two, it is the one that fails this check."""
    hint: Prose | None = None
    feedback: Level = "everything"
    """The most that a student may be told of it."""
    after_submission: bool = False
    """Whether it is in review only because the instructor's side has to judge it."""
    comment: Prose = ""
    """What a person says who gave its points, told wherever the check is."""
    follows: bool = False
    """Whether it is not passed only for a slip that is charged once, whichever checks it fails."""

    def require_sound(self) -> None:
        """Raise ValueError where the points do not follow the status."""
        least = self.max_points if self.status == "passed" else 0
        given = self.status in ("passed", "failed") or self.follows
        most = self.max_points if given else 0
        if self.after_submission and self.status != "review":
            raise ValueError(f"a check that is {self.status} does not wait for its submission")
        if not least <= self.points <= most:
            raise ValueError(
                f"a check that is {self.status} cannot have {self.points:g} points "
                f"of {self.max_points:g}"
            )

    @property
    def pending(self) -> float:
        """The points neither given nor lost: all of a check in review or error."""
        return self.max_points if self.status in ("review", "error") else 0

    @property
    def lost(self) -> float:
        """The points that the student did not get and will not get."""
        return self.max_points - self.points - self.pending


@dataclass(frozen=True, slots=True, kw_only=True)
class MistakeInfo(Model):
    """A known mistake that answers every question as the student's code does."""

    name: Name
    explanation: Prose
    """What the code does, in place of what it should."""
    hint: Prose


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipInfo(Model):
    """A place in the student's code with which, once it is mended, the whole exercise passes."""

    kind: SlipKind
    cell: Annotated[int, Ge(0)]
    """The index of its cell, counted from 0."""
    line: Annotated[int, Ge(1)]
    """The number of its line in that cell, counted from 1."""
    code: Text
    """The line, as the student wrote it."""
    about: Prose
    """What it is about, in a sentence."""
    hint: Prose
    price: Points | None = None
    """What it is charged, null where that would be more than what is lost as it stands."""
    mend: Text | None = None
    """What would mend it, where the assignment tells that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExerciseResult(Model):
    """The checks of one exercise and their sums."""

    id: Name
    title: Text
    score: Points
    max_score: Points
    pending: Points
    """The points of checks that are in review or error, neither given nor lost."""
    checks: tuple[CheckResult, ...]
    mistake: MistakeInfo | None = None
    other_mistake: MistakeInfo | None = None
    """A second known mistake, where only the two together answer as the student's code does."""
    cell: Annotated[int, Ge(0)] | None = None
    """The index of the cell that the exercise is done in, counted from 0, null if there is none."""
    slips: tuple[SlipInfo, ...] = ()
    """One slip, or two, with which mended every check passes, where such were found."""

    @classmethod
    def of(cls, *, checks: Iterable[CheckResult], **fields: Any) -> Self:
        """Return the result with the sums of `checks`, and with its other `fields`."""
        checks = tuple(checks)
        return cls(checks=checks, **cls._sums(checks), **fields)

    def with_checks(self, checks: Iterable[CheckResult], **changes: Any) -> Self:
        """Return the same with other checks and their sums, and with `changes` of other fields."""
        checks = tuple(checks)
        return replace(self, checks=checks, **self._sums(checks), **changes)

    @property
    def mistakes(self) -> tuple[MistakeInfo, ...]:
        """The known mistakes that it looks like: none, one, or two together."""
        return tuple(each for each in (self.mistake, self.other_mistake) if each is not None)

    def called(
        self,
        mistake: MistakeInfo,
        other: MistakeInfo | None = None,
        of_other: Collection[str] = (),
    ) -> Self:
        """Return this result with the name of the mistake, also at the checks that failed.

        Where there are two, those with an id in `of_other` have the name of the `other`.
        """
        checks = [
            replace(check, mistake=(other if check.id in of_other and other else mistake).name)
            if check.status == "failed"
            else check
            for check in self.checks
        ]
        return replace(self, checks=tuple(checks), mistake=mistake, other_mistake=other)

    @staticmethod
    def _sums(checks: tuple[CheckResult, ...]) -> dict[str, Any]:
        return {
            "score": sum(check.points for check in checks),
            "max_score": sum(check.max_points for check in checks),
            "pending": sum(check.pending for check in checks),
        }

    def require_sound(self) -> None:
        """Raise ValueError where sums do not add up, or two parts have one id."""
        _require_sums(self, self._sums(self.checks))
        _require_different([check.id for check in self.checks])


@dataclass(frozen=True, slots=True, kw_only=True)
class CellResult(Model):
    """How one cell of the notebook ended."""

    index: Annotated[int, Ge(0)]
    """Its place among all cells of the notebook, counted from 0."""
    status: Literal["ok", "error", "timeout", "died", "skipped"]
    seconds: Seconds
    error: Line | None = None
    """What went wrong, or why the cell was skipped."""
    begins: Line | None = None
    """The first line of its source."""
    count: Annotated[int, Ge(1)] | None = None
    """The number that Jupyter shows beside it, null where none was saved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note(Model):
    """Something worth knowing that cost no points."""

    cell: Annotated[int, Ge(0)] | None = None
    """The index of the cell that it is about, counted from 0."""
    text: Prose


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionInfo(Model):
    """Which notebook was graded."""

    name: Name
    path: Name
    """The path as the user gave it."""
    sha256: Digest
    """The digest of the file's bytes, in hexadecimal digits."""
    sources: Digest | None = None
    """The digest of its cells' sources alone, which saving it again does not change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentInfo(Model):
    """What it was graded against."""

    name: Name
    title: Text
    version: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class Grading(Model):
    """That the same submission was graded, and what it came to."""

    date: Annotated[str, Pattern(r"^\d{4}-\d\d-\d\dT\d\d:\d\dZ$")]
    """When that was, to the minute, in UTC."""
    score: Points
    max_score: Points
    pending: Points
    sha256: Digest
    """The digest of the file as it was then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result(Model):
    """The result of grading one submission."""

    __pydantic_config__: ClassVar[Mapping[str, Any]] = {
        **Model.__pydantic_config__,
        "json_schema_extra": {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": "urn:notebook-grader:result:1",
        },
    }

    schema_version: Literal[1] = 1
    grader_version: Name = __version__
    submission: SubmissionInfo
    assignment: AssignmentInfo
    score: Points
    max_score: Points
    pending: Points
    """The points of checks that are in review or error, neither given nor lost."""
    exercises: tuple[ExerciseResult, ...]
    cells: tuple[CellResult, ...] = ()
    notes: tuple[Note, ...] = ()
    integrity: tuple[Note, ...] = ()
    """What the instructor should look at; an honest notebook can give rise to it."""
    measures: dict[Line, Number] = field(default_factory=dict)
    """What was measured of the student's networks, by name: "accuracy" is the share of test images
    that one got right, "loss" the mean cross-entropy in nats."""
    curves: tuple[Curve, ...] = ()
    """The curves of the training that the student drew, as they were recognised."""
    examples: tuple[Example, ...] = ()
    """The pictures with predictions that the student drew, as they were recognised."""
    history: tuple[Grading, ...] = ()
    """Its gradings as a whole so far, the earliest first, where results were kept in one place."""
    sandbox: Line
    """How the student's code was confined."""
    versions: dict[Line, Line] = field(default_factory=dict)
    """The versions of what the notebook was run with, by name."""
    seconds: Seconds
    """How long grading took."""
    partial: bool = False
    """Whether only some of the assignment's exercises were graded."""
    quick: bool = False
    """Whether the notebook's training was left out, and what needs it left pending."""
    stopped: Annotated[int, Ge(0)] = 0
    """How many questions came to no answer, most often since the student's code hung or crashed.

    Only the instructor's side is told: 0 in what a student sees.
    """
    contended: bool = False
    """Whether others on the machine may be why something was ended at a limit.

    Only the instructor's side is told: false in what a student sees.
    """
    language: Annotated[str, Pattern(r"^[a-zA-Z_]{2,12}$")] = "en"
    """The code of the language that its texts are in."""
    released: bool = False
    """Whether the public checks of a student's repository judged it: official grading asks anew."""

    @classmethod
    def of(cls, *, exercises: Iterable[ExerciseResult], **known: Any) -> Self:
        """Return the result with the sums of `exercises`; measures may be NaN or infinite.

        `known` are its other fields. Raises TypeError where one is missing, and FieldError where
        one does not fit.
        """
        exercises = tuple(exercises)
        sums: dict[str, Any] = cls._sums(exercises)
        return cls(exercises=exercises, **known, **sums)

    def with_exercises(self, judged: Iterable[ExerciseResult]) -> Self:
        """Return the result with these in the places of those with their ids, and new sums."""
        anew = {each.id: each for each in judged}
        exercises = tuple(anew.get(each.id, each) for each in self.exercises)
        sums: dict[str, Any] = self._sums(exercises)
        return replace(self, exercises=exercises, **sums)

    @staticmethod
    def _sums(exercises: tuple[ExerciseResult, ...]) -> dict[str, float]:
        return {
            "score": sum(exercise.score for exercise in exercises),
            "max_score": sum(exercise.max_score for exercise in exercises),
            "pending": sum(exercise.pending for exercise in exercises),
        }

    def require_sound(self) -> None:
        """Raise ValueError where sums do not add up, or two parts have one id."""
        _require_sums(self, self._sums(self.exercises))
        _require_different([exercise.id for exercise in self.exercises])

    @property
    def status(self) -> Literal["graded", "review", "error"]:
        """Whether every check was judged, some wait for a person, or the grader failed at some."""
        statuses = {check.status for exercise in self.exercises for check in exercise.checks}
        if "error" in statuses:
            return "error"
        return "review" if "review" in statuses else "graded"

    @property
    def after_submission(self) -> float:
        """The points of the checks that the instructor's side has to judge."""
        every = [check for exercise in self.exercises for check in exercise.checks]
        return sum(check.max_points for check in every if check.after_submission)

    @property
    def exit_status(self) -> int:
        """What the command line ends with: 3 where the grader failed at a check, else 0."""
        return InternalError.exit_status if self.status == "error" else 0


def _require_sums(whole: Model, sums: dict[str, float]) -> None:
    for name, total in sums.items():
        if getattr(whole, name) != total:
            raise ValueError(f"{name} is {getattr(whole, name):g}, but its parts sum to {total:g}")


def _require_different(ids: list[str]) -> None:
    if len(set(ids)) < len(ids):
        raise ValueError(f"two of these have the same id: {', '.join(ids)}")


def renewed(document: str | bytes) -> str | bytes:
    """Return the JSON of a result, or of what holds one as its `result`, as it is written now.

    Results were once written with their measures as two fields of their own, and with a field of
    cells that nothing filled in.
    """
    try:
        tree = json.loads(document)
    except (ValueError, RecursionError):
        return document
    holders = [tree, tree.get("result")] if isinstance(tree, dict) else []
    former = [each for each in holders if isinstance(each, dict) and "accuracy" in each]
    for result in former:
        measures = {name: result.pop(name, None) for name in ("accuracy", "loss")}
        for cell in result.get("cells") or ():
            cell.pop("stage", None)
        result["measures"] = {name: each for name, each in measures.items() if each is not None}
    return json.dumps(tree) if former else document
