"""What waits for a person in a gradebook: its items, in groups of equal answers."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from grader import models
from grader.errors import UsageError
from grader.gradebook.book import Gradebook, assignment_named
from grader.gradebook.tables import (
    Assignment,
    Attempt,
    Decision,
    Grade,
    Grading,
    Lock,
    Person,
    Void,
    now,
)
from grader.results.model import CheckResult, ExerciseResult, Result, renewed
from grader.review.blinding import Blinding, blinded
from grader.text import may_be_cut

# SQLite takes some thousand values in a question.
_AT_ONCE: Final = 500


class GoneError(UsageError):
    """An address names something that the gradebook does not have, or has no more."""


@dataclass(frozen=True)
class Waiting:
    """A check of an attempt that the grader left to a person, as its grading has it."""

    exercise: str
    exercise_title: str
    check: str
    title: str
    max_points: float
    message: str
    text: str
    """What the student wrote, "" where no answer in words was found."""

    @property
    def name(self) -> str:
        """What the check is called."""
        return f"{self.exercise}.{self.check}"


@dataclass(frozen=True)
class Judged:
    """What of a grading is needed here: it is kept, since gradings do not change."""

    waiting: tuple[Waiting, ...]
    mistakes: frozenset[str]

    @classmethod
    def of(cls, text: str) -> "Judged":
        """Return it from the JSON of a result."""
        result = models.loads(Result, renewed(text))
        checks = [(each, check) for each in result.exercises for check in each.checks]
        waiting = [
            _waiting(each, check)
            for each, check in checks
            if check.status == "review" and not check.after_submission
        ]
        named = {each.mistake.name for each in result.exercises if each.mistake is not None}
        named |= {check.mistake for _each, check in checks if check.mistake is not None}
        return cls(tuple(waiting), frozenset(named))


def _waiting(exercise: ExerciseResult, check: CheckResult) -> Waiting:
    return Waiting(
        exercise=exercise.id,
        exercise_title=exercise.title,
        check=check.id,
        title=check.title,
        max_points=check.max_points,
        message=check.message,
        text=_text(check) or _answer(exercise),
    )


def _answer(exercise: ExerciseResult) -> str:
    """Return the answer in words, which stands beside the first criterion only."""
    texts = (_text(check) for check in exercise.checks if check.status == "review")
    return next(filter(None, texts), "")


def _text(check: CheckResult) -> str:
    return (check.evidence.text if check.evidence is not None else None) or ""


@dataclass(frozen=True)
class Item:
    """A check of an attempt that waits for a person, or did until one decided it.

    `second` says that it is here for a second opinion: what others decided must not be shown.
    """

    key: str
    attempt_id: int
    report: str
    number: int
    student: str
    waiting: Waiting
    decisions: tuple[Decision, ...] = ()
    """All about its points, the earliest first, those that were undone among them."""
    opinions: tuple[Decision, ...] = ()
    held_by: str = ""
    """Who looks at it now, "" where nobody else does."""
    void: bool = False
    second: bool = False

    @property
    def name(self) -> str:
        """What its check is called."""
        return self.waiting.name

    @property
    def decided(self) -> Decision | None:
        """The decision that counts."""
        return next((each for each in reversed(self.decisions) if each.undone_at is None), None)

    @property
    def waits(self) -> bool:
        """Whether somebody has to decide it: points, or an opinion on them."""
        return self.second or (self.decided is None and not self.void)

    @property
    def last(self) -> int:
        """The number of the last decision or opinion about it, 0 where there is none."""
        return max((each.id for each in (*self.decisions, *self.opinions)), default=0)

    @cached_property
    def normal(self) -> str:
        """Its answer without what does not matter: spaces, and upper or lower case."""
        return " ".join(self.waiting.text.split()).casefold()


@dataclass(frozen=True)
class Group:
    """The items of a check whose answers are equal."""

    items: tuple[Item, ...]

    @property
    def front(self) -> Item:
        """The one that stands for all: one that waits and is free, if there is any."""
        free = (each for each in self.items if each.waits and not each.held_by)
        waiting = (each for each in self.items if each.waits)
        return next(free, None) or next(waiting, None) or self.items[0]

    @property
    def waiting(self) -> int:
        """How many of them wait."""
        return sum(each.waits for each in self.items)

    @property
    def free(self) -> bool:
        """Whether one of them waits, and nobody else looks at it."""
        return any(each.waits and not each.held_by for each in self.items)


@dataclass(frozen=True)
class Handed:
    """An attempt that counts or is the last of its student."""

    id: int
    key: str
    number: int
    person: Person
    student: str
    waiting: tuple[Waiting, ...]
    mistakes: frozenset[str]


@dataclass(frozen=True)
class View:
    """What the gradebook holds at one moment, as one grader sees it."""

    assignment: Assignment
    blinding: Blinding
    students: dict[str, str]
    handed: tuple[Handed, ...]
    items: tuple[Item, ...]

    @cached_property
    def checks(self) -> dict[str, list[Item]]:
        """The items of each check, the checks in the order of the assignment."""
        found: dict[str, list[Item]] = {}
        for each in self.items:
            found.setdefault(each.name, []).append(each)
        return found

    @cached_property
    def _by_key(self) -> dict[str, Item]:
        return {each.key: each for each in self.items}

    @cached_property
    def _groups(self) -> dict[str, list[Group]]:
        return {}

    def item(self, key: str) -> Item:
        """Return the item of an address. Raises GoneError where there is none."""
        found = self.maybe(key)
        if found is None:
            raise GoneError("There is no such item, or its notebook was graded anew meanwhile.")
        return found

    def maybe(self, key: str) -> Item | None:
        """Return the item of an address, None where there is none."""
        return self._by_key.get(key)

    def at(self, attempt: int, exercise: str, check: str) -> Item | None:
        """Return the item about a check of an attempt, None where it waits for nobody."""
        return self.maybe(self.blinding.code("item", attempt, exercise, check))

    def attempt(self, key: str) -> Handed:
        """Return the attempt of an address. Raises GoneError where there is none."""
        found = next((each for each in self.handed if each.key == key), None)
        if found is None:
            raise GoneError("There is no such report, or a later notebook took its place.")
        return found

    def groups(self, check: str) -> list[Group]:
        """Return the groups of a check, in an order that hangs on no name.

        What is here for a second opinion is by itself: how many agree would tell something. So is
        an answer of which only the beginning is known.
        """
        if check not in self._groups:
            every: dict[str, list[Item]] = {}
            for each in sorted(self.checks.get(check, ()), key=lambda item: item.key):
                alone = each.second or not each.normal or may_be_cut(each.normal)
                every.setdefault(each.key if alone else f"text {each.normal}", []).append(each)
            self._groups[check] = [Group(tuple(each)) for each in every.values()]
        return self._groups[check]

    def group(self, item: Item) -> Group:
        """Return the group that an item belongs to."""
        return self.groups(item.name)[self._place(item)]

    def next(self, item: Item) -> Item | None:
        """Return what waits after an item, from the start at the end; None where nothing does."""
        groups, place = self.groups(item.name), self._place(item)
        later = (each.front for each in (*groups[place + 1 :], *groups[:place]) if each.free)
        return next(later, None)

    def previous(self, item: Item) -> Item | None:
        """Return what stands before an item, None at the first."""
        groups, place = self.groups(item.name), self._place(item)
        return groups[place - 1].front if place else None

    def first(self, check: str) -> Item | None:
        """Return the first item of a check that waits, None where none does."""
        return next((each.front for each in self.groups(check) if each.free), None)

    def _place(self, item: Item) -> int:
        groups = self.groups(item.name)
        keys = (any(one.key == item.key for one in each.items) for each in groups)
        return next(place for place, found in enumerate(keys) if found)


@dataclass
class Desk:
    """A gradebook, and how one grader looks at it.

    `share` is the part of what others decided that is offered for a second opinion.
    """

    book: Gradebook
    assignment: str | None
    who: str
    names: bool = False
    share: float = 0.0
    _judged: dict[int, Judged] = field(default_factory=dict)
    _shown: dict[tuple[int, str, str], tuple[Waiting, ...]] = field(default_factory=dict)
    _codes: dict[tuple[int, str, str], tuple[str, float]] = field(default_factory=dict)

    def look(self, session: Session) -> View:
        """Return what the gradebook holds now."""
        assignment = assignment_named(session, self.assignment)
        blinding = Blinding.of(session)
        people = {each.id: each for each in session.scalars(select(Person))}
        students = self._students(people, blinding)
        handed = [
            Handed(
                id=each.id,
                key=blinding.code("attempt", each.id),
                number=each.number,
                person=people[each.person_id],
                student=students[each.person_id],
                waiting=self._waiting(grading, people[each.person_id]),
                mistakes=self._judged[grading].mistakes,
            )
            for each, grading in self._attempts(session, assignment)
        ]
        items = tuple(self._items(session, assignment, blinding, handed))
        return View(assignment, blinding, students, tuple(handed), items)

    def _students(self, people: dict[str, Person], blinding: Blinding) -> dict[str, str]:
        if not self.names:
            return dict(blinding.pseudonyms(people))
        return {
            id_: f"{each.name} ({id_})" if each.name and each.name != id_ else id_
            for id_, each in people.items()
        }

    def _attempts(self, session: Session, assignment: Assignment) -> list[tuple[Attempt, int]]:
        """Return the attempts that count or are last, with the gradings that are in force."""
        of_assignment = Attempt.assignment_id == assignment.id
        gradings = (
            select(Grading.attempt_id, func.max(Grading.id))
            .join(Attempt, Attempt.id == Grading.attempt_id)
            .where(of_assignment)
            .group_by(Grading.attempt_id)
        )
        newest = {row[0]: row[1] for row in session.execute(gradings)}
        counting = set(
            session.scalars(select(Grade.attempt_id).where(Grade.assignment_id == assignment.id))
        )
        withdrawn = select(Decision.attempt_id).where(
            Decision.kind == "withdrawal", Decision.undone_at.is_(None)
        )
        there = select(Attempt).where(of_assignment, Attempt.id.not_in(withdrawn))
        every = session.scalars(there.order_by(Attempt.number)).all()
        last = {each.person_id: each for each in every if each.id in newest}
        chosen = [
            (each, newest[each.id])
            for each in every
            if each.id in newest and (each.id in counting or last[each.person_id] is each)
        ]
        self._read(session, [grading for _attempt, grading in chosen])
        return chosen

    def _read(self, session: Session, gradings: Iterable[int]) -> None:
        lacking = [each for each in gradings if each not in self._judged]
        for start in range(0, len(lacking), _AT_ONCE):
            some = Grading.id.in_(lacking[start : start + _AT_ONCE])
            for id_, text in session.execute(select(Grading.id, Grading.result).where(some)):
                self._judged[id_] = Judged.of(text)

    def _items(
        self, session: Session, assignment: Assignment, blinding: Blinding, handed: list[Handed]
    ) -> Iterator[Item]:
        decided = _by_check(
            session.scalars(
                select(Decision)
                .join(Attempt, Attempt.id == Decision.attempt_id)
                .where(Attempt.assignment_id == assignment.id, Decision.exercise != "")
                .order_by(Decision.id)
            )
        )
        locks = _by_check(session.scalars(select(Lock).where(Lock.until > now())))
        void = {
            (each.exercise, each.check_id)
            for each in session.scalars(
                select(Void).where(Void.assignment_id == assignment.id, Void.undone_at.is_(None))
            )
        }
        for each in handed:
            for waiting in each.waiting:
                place = (each.id, waiting.exercise, waiting.check)
                key, part = self._code(place, blinding)
                decisions = decided.get(place, ())
                item = Item(
                    key=key,
                    attempt_id=each.id,
                    report=each.key,
                    number=each.number,
                    student=each.student,
                    waiting=waiting,
                    decisions=tuple(one for one in decisions if one.kind == "points"),
                    opinions=tuple(one for one in decisions if one.kind == "opinion"),
                    held_by=next(
                        (one.who for one in locks.get(place, ()) if one.who != self.who), ""
                    ),
                    void=place[1:] in void,
                )
                yield replace(item, second=True) if self._owes(item, part) else item

    def _waiting(self, grading: int, person: Person) -> tuple[Waiting, ...]:
        """Return what of a grading waits, as this grader may see it."""
        waiting = self._judged[grading].waiting
        if self.names:
            return waiting
        place = (grading, person.name, person.email)
        if place not in self._shown:
            self._shown[place] = tuple(
                replace(each, text=blinded(each.text, person)) for each in waiting
            )
        return self._shown[place]

    def _code(self, place: tuple[int, str, str], blinding: Blinding) -> tuple[str, float]:
        """Return what stands for an item in addresses, and its place between 0 and 1."""
        if place not in self._codes:
            key = blinding.code("item", *place)
            self._codes[place] = key, blinding.share("second", key)
        return self._codes[place]

    def _owes(self, item: Item, part: float) -> bool:
        """Whether this grader owes a second opinion on an item.

        Which are in the sample hangs on nothing but the gradebook: a larger share adds to it.
        """
        decided = item.decided
        if part >= self.share or decided is None or decided.who == self.who or item.void:
            return False
        return not any(each.who == self.who and each.undone_at is None for each in item.opinions)


def _by_check(rows: Iterable[Any]) -> dict[tuple[int, str, str], list[Any]]:
    found: dict[tuple[int, str, str], list[Any]] = {}
    for each in rows:
        found.setdefault((each.attempt_id, each.exercise, each.check_id), []).append(each)
    return found
