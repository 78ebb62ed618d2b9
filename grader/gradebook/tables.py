"""The tables of a gradebook, as docs/gradebook.md describes them.

Times are text in UTC, as 2026-11-30T18:05:09Z: they sort, and every tool can read them. Nothing
that a person decided is ever deleted: what is taken back keeps when and by whom.
"""

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    JSON,
    Dialect,
    Float,
    ForeignKey,
    Index,
    MetaData,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from grader.text import encodable

_FORMAT: Final = "%Y-%m-%dT%H:%M:%SZ"


def now() -> datetime:
    """Return the present moment in UTC, to the second, as the tables keep it."""
    return datetime.now(UTC).replace(microsecond=0)


class Moment(TypeDecorator[datetime]):
    """A moment as text in UTC, to the second."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """Return the text of a moment that knows its time zone."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} names no time zone")
        # `strftime` writes years before 1000 with fewer digits than can be read again.
        return f"{value.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat()}Z"

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return the moment that a text tells."""
        del dialect
        return None if value is None else datetime.strptime(value, _FORMAT).replace(tzinfo=UTC)


class Words(TypeDecorator[str]):
    """A text; what is half a character, as names and arguments can have, is replaced."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return the text as it can be written."""
        del dialect
        return value if value is None or value.isascii() else encodable(value)


class Base(DeclarativeBase):
    """What all tables share: names for constraints, which migrations refer to."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Moment, dict[str, Any]: JSON, float: Float, str: Words}  # noqa: RUF012


class Person(Base):
    """A student, by the identifier that the roster has, or else by the name of the submission."""

    __tablename__ = "people"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    section: Mapped[str] = mapped_column(default="")
    extras: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What else the roster says of them, by its columns."""
    on_roster: Mapped[bool] = mapped_column(default=False)


class Assignment(Base):
    """An assignment, as the last grading knew it; `rules` are those of its `assignment.toml`."""

    __tablename__ = "assignments"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str] = mapped_column(default="")
    version: Mapped[str] = mapped_column(default="")
    max_score: Mapped[float] = mapped_column(default=0.0)
    rules: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Attempt(Base):
    """What a student handed in once: a file with one content.

    `submission` is what it is called in the folder of results, which is given relative to the
    gradebook. `problem` says why it could not be graded, "" where it could. `sources` is the digest
    of its cells alone, which saving it again does not change. `source` is where it came from, as
    the list of what was collected says.
    """

    __tablename__ = "attempts"
    __table_args__ = (
        UniqueConstraint("person_id", "assignment_id", "number"),
        Index(None, "results", "submission"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignments.id"), index=True)
    number: Mapped[int]
    """1 for the first."""
    handed_in: Mapped[datetime | None]
    submission: Mapped[str]
    path: Mapped[str]
    results: Mapped[str] = mapped_column(default="")
    sha256: Mapped[str] = mapped_column(default="", index=True)
    sources: Mapped[str | None]
    problem: Mapped[str] = mapped_column(default="")
    replaced: Mapped[bool] = mapped_column(default=False)
    """Whether another file lies in its place by now, so that only the gradebook knows it."""
    source: Mapped[str] = mapped_column(default="")
    set_aside: Mapped[bool] = mapped_column(default=False)
    """Whether the list of what was collected said, when it was last read, that it is nobody's."""

    person: Mapped[Person] = relationship()
    assignment: Mapped[Assignment] = relationship()


class Grading(Base):
    """That an attempt was judged, and the whole result; the last one of an attempt is in force."""

    __tablename__ = "gradings"

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id"), index=True)
    at: Mapped[datetime] = mapped_column(default=now)
    cause: Mapped[str]
    """`grade`, or `rejudge`: judged again from the answers that were kept."""
    key: Mapped[str]
    """What it was made from, as `results/.grading` has it."""
    feedback: Mapped[str] = mapped_column(default="everything")
    """How much of it the student is told: the level of the run."""
    grader_version: Mapped[str]
    assignment_version: Mapped[str]
    score: Mapped[float]
    max_score: Mapped[float]
    pending: Mapped[float]
    status: Mapped[str]
    result: Mapped[str]
    """The result in JSON, by the published schema, without what persons decided."""


class Score(Base):
    """What a grading came to in one exercise, without what persons decided."""

    __tablename__ = "scores"

    grading_id: Mapped[int] = mapped_column(ForeignKey("gradings.id"), primary_key=True)
    exercise: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    score: Mapped[float]
    max_score: Mapped[float]
    pending: Mapped[float]


class Decision(Base):
    """What a person decided about an attempt.

    `kind` is `points` for those of a check, which take the place of what was given before;
    `adjustment` for points given or taken away beside all checks; `opinion` for points that a
    second person gave for comparison and that do not count; `withdrawal` for that the attempt does
    not count at all.
    """

    __tablename__ = "decisions"

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id"), index=True)
    kind: Mapped[str]
    exercise: Mapped[str] = mapped_column(default="")
    check_id: Mapped[str] = mapped_column(default="")
    points: Mapped[float]
    comment: Mapped[str] = mapped_column(default="")
    """What the student reads."""
    why: Mapped[str] = mapped_column(default="")
    """What only the course's staff reads."""
    rubric: Mapped[list[int]] = mapped_column(JSON, default=list)
    """The rubric items that were chosen."""
    who: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now)
    undone_by: Mapped[str | None]
    undone_at: Mapped[datetime | None]
    together: Mapped[int | None]
    """The first of the decisions that were made at once, and are undone at once."""
    from_table: Mapped[bool] = mapped_column(default=False)
    """Whether a line of a table brought it: the same line again is no new decision."""

    attempt: Mapped[Attempt] = relationship()


class Extension(Base):
    """That a student may hand an assignment in until another moment."""

    __tablename__ = "extensions"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignments.id"))
    until: Mapped[datetime]
    why: Mapped[str] = mapped_column(default="")
    who: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now)
    undone_by: Mapped[str | None]
    undone_at: Mapped[datetime | None]


class Void(Base):
    """That a check of an assignment gives everybody its points."""

    __tablename__ = "voids"

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignments.id"), index=True)
    exercise: Mapped[str]
    check_id: Mapped[str]
    why: Mapped[str]
    """What the students read."""
    who: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now)
    undone_by: Mapped[str | None]
    undone_at: Mapped[datetime | None]


class RubricItem(Base):
    """Something that graders find again and again at one check, with the points it gives."""

    __tablename__ = "rubric_items"

    id: Mapped[int] = mapped_column(primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignments.id"), index=True)
    exercise: Mapped[str]
    check_id: Mapped[str]
    position: Mapped[int]
    text: Mapped[str]
    points: Mapped[float]
    retired: Mapped[bool] = mapped_column(default=False)


class RegradeRequest(Base):
    """That a student asks for a second look, and what was answered."""

    __tablename__ = "regrade_requests"

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id"), index=True)
    exercise: Mapped[str] = mapped_column(default="")
    check_id: Mapped[str] = mapped_column(default="")
    text: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now)
    answer: Mapped[str] = mapped_column(default="")
    answered_by: Mapped[str | None]
    answered_at: Mapped[datetime | None]

    attempt: Mapped[Attempt] = relationship()


class Lock(Base):
    """That a person looks at a check of an attempt now, until `until`."""

    __tablename__ = "locks"

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempts.id"), primary_key=True)
    exercise: Mapped[str] = mapped_column(primary_key=True)
    check_id: Mapped[str] = mapped_column(primary_key=True)
    who: Mapped[str]
    until: Mapped[datetime]


class Publication(Base):
    """That a student was told a grade: which one, when, and where."""

    __tablename__ = "publications"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignments.id"))
    attempt_id: Mapped[int | None] = mapped_column(ForeignKey("attempts.id"))
    grade: Mapped[float]
    pending: Mapped[float]
    where: Mapped[str]
    who: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now)


class Grade(Base):
    """What counts for a student now: the best or the last attempt, with all that was decided.

    It follows from the other tables, and is written anew with whatever changes them.
    """

    __tablename__ = "grades"

    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), primary_key=True)
    assignment_id: Mapped[int] = mapped_column(ForeignKey("assignments.id"), primary_key=True)
    attempt_id: Mapped[int | None] = mapped_column(ForeignKey("attempts.id"))
    score: Mapped[float | None]
    """The points of all checks, as they count."""
    adjustment: Mapped[float] = mapped_column(default=0.0)
    deduction: Mapped[float] = mapped_column(default=0.0)
    """What was taken off because it was late."""
    grade: Mapped[float | None]
    """score + adjustment - deduction, at least 0; null where there is nothing to count."""
    pending: Mapped[float] = mapped_column(default=0.0)
    max_score: Mapped[float]
    status: Mapped[str]
    """`graded`, `review`, `error`, `ungraded`, `unusable`, `withdrawn` or `missing`."""
    note: Mapped[str] = mapped_column(default="")
    """Why: how late it was, what could not be graded, which attempt counts of how many."""

    person: Mapped[Person] = relationship()
    assignment: Mapped[Assignment] = relationship()
    attempt: Mapped[Attempt | None] = relationship()
