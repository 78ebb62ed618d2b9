"""Whose line is whose: the people of a gradebook in the tables of a platform."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from grader.collecting.roster import Person as Student
from grader.errors import UsageError
from grader.text import nearest

# Columns that platforms tell people apart by, without case and without what is no letter or digit.
IDENTIFYING: Final = (
    *("sisuserid", "orgdefinedid", "studentid", "idnumber", "sid", "studentnumber"),
    *("id", "sisloginid", "loginid", "username", "integrationid"),
    *("emailaddress", "email", "identifier"),
)
_EMAILS: Final = ("emailaddress", "email")
_NOT_PLAIN: Final = re.compile(r"[\W_]+")
MOST_TOLD: Final = 12
# Platforms have three or four.
_MOST_IDENTIFYING: Final = 20


@dataclass(frozen=True)
class Matching:
    """Which rows are whose: students by the numbers of the rows, by the title of a column.

    `refused` says of rows why they are nobody's although they might be somebody's.
    """

    column: str
    found: Mapping[int, Student] = field(default_factory=dict)
    refused: Mapping[int, str] = field(default_factory=dict)

    @property
    def people(self) -> set[str]:
        """The identifiers of those who have a row."""
        return {each.id for each in self.found.values()}


def plain(title: str) -> str:
    """Return a title as titles are compared."""
    return _NOT_PLAIN.sub("", title).casefold()


def column_titled(headers: Sequence[str], title: str) -> int:
    """Return the number of the column with a title.

    It may be given without the number in parentheses or bars that platforms add, or in other case.
    Raises UsageError, with the titles that are near, where there is none or where there are two.
    """
    for same in (str.strip, _readable, _bare):
        found = [place for place, each in enumerate(headers) if same(each) == same(title)]
        if len(found) == 1:
            return found[0]
        if found:
            named = ", ".join(repr(headers[place]) for place in found)
            raise UsageError(f"there are several columns {title!r}: {named}. Name one in full.")
    near = nearest(title, headers) or nearest(_bare(title), map(_bare, headers))
    alike = [each for each in headers if _bare(title) and _bare(title) in _bare(each)]
    hints = alike or [each for each in headers if near in (each, _bare(each))]
    told = ", ".join(repr(each) for each in (hints or headers)[:MOST_TOLD])
    raise UsageError(
        f"there is no column {title!r}. {'Did you mean' if hints else 'There is'} {told}"
        f"{'?' if hints else '.'}"
    )


def _readable(title: str) -> str:
    return " ".join(title.split()).casefold()


def _bare(title: str) -> str:
    """Return a title without what platforms add to an assignment's."""
    # Of many spaces in a row, each would be tried as the first.
    said = " ".join(title.split())
    without = re.sub(r"\s*(?:\(\d+\)|\[[^\]]*\]|<[^>]*>|\|\s*\d+)\s*", " ", said)
    return _readable(without)


def matched(
    headers: Sequence[str],
    rows: Mapping[int, Sequence[str]],
    students: Sequence[Student],
    wanted: str | None = None,
) -> Matching:
    """Return which rows are whose.

    They are matched by one column: the one that is `wanted`, or else of those that identify people
    the one that tells most about. A row is nobody's where it could be two people's, where two rows
    are the same person's, and where another column says that it is somebody else's. Raises
    UsageError where no column will do.
    """
    if wanted is not None:
        place = column_titled(headers, wanted)
        return _settled(headers, rows, students, place, named=True)
    places = _identifying(headers)
    places.sort(key=lambda place: IDENTIFYING.index(plain(headers[place])))
    every = [_settled(headers, rows, students, place) for place in places]
    best = max(every, key=_worth, default=None)
    if best is None or not best.found:
        known = ", ".join(repr(each) for each in headers[:MOST_TOLD])
        tried = ", ".join(repr(headers[place]) for place in places)
        raise UsageError(
            "none of the gradebook's students is in it: "
            f"{f'they are not in {tried}' if tried else 'no column identifies people'}. Name the "
            f"column of their identifiers by --match; there is {known}."
        )
    return _agreeing(best, [each for each in every if _worth(each) == _worth(best)])


def _identifying(headers: Sequence[str]) -> list[int]:
    """Return the first columns that identify people: each is compared with each other."""
    places = (place for place, title in enumerate(headers) if plain(title) in IDENTIFYING)
    return list(islice(places, _MOST_IDENTIFYING))


def _worth(matching: Matching) -> int:
    return len(matching.found) + len(matching.refused)


def _agreeing(best: Matching, others: Iterable[Matching]) -> Matching:
    """Return a matching without the rows of which others that are as good say something else."""
    refused = dict(best.refused)
    for other in others:
        for number, student in best.found.items():
            named = other.found.get(number, student)
            if named.id != student.id:
                refused[number] = f"it is {student.id}, but by {other.column!r} {named.id}"
    kept = {number: each for number, each in best.found.items() if number not in refused}
    return Matching(best.column, kept, refused)


def _settled(
    headers: Sequence[str],
    rows: Mapping[int, Sequence[str]],
    students: Sequence[Student],
    place: int,
    *,
    named: bool = False,
) -> Matching:
    own = _by_value(students, headers[place], named=named)
    others = {
        other: _by_value(students, headers[other], only_same=True)
        for other in _identifying(headers)
        if other != place
    }
    found: dict[int, Student] = {}
    refused: dict[int, str] = {}
    for number, cells in rows.items():
        candidates = _looked_up(own, cells, place)
        if len(candidates) > 1:
            refused[number] = f"it could be {' or '.join(sorted(candidates))}"
        for student in candidates.values() if len(candidates) == 1 else ():
            found[number] = student
            for other, by_value in others.items():
                named_there = _looked_up(by_value, cells, other)
                if named_there and student.id not in named_there:
                    title, whom = headers[other], " or ".join(sorted(named_there))
                    refused[number] = f"it is {student.id}, but by {title!r} {whom}"
    times = Counter(each.id for each in found.values())
    for number, student in found.items():
        if times[student.id] > 1:
            refused.setdefault(number, f"it is one of {times[student.id]} lines of {student.id}")
    kept = {number: each for number, each in found.items() if number not in refused}
    return Matching(headers[place], kept, refused)


def _looked_up(
    by_value: Mapping[str, dict[str, Student]], cells: Sequence[str], place: int
) -> dict[str, Student]:
    value = _comparable(cells[place]) if place < len(cells) else ""
    return by_value.get(value, {}) if value else {}


def _by_value(
    students: Iterable[Student], title: str, *, named: bool = False, only_same: bool = False
) -> dict[str, dict[str, Student]]:
    """Return students, by their identifiers, by what a column of this title may say of them.

    That is what the roster has in its column of the same title; their identifier and address too,
    but with `only_same`; and with `named`, their name.
    """
    found: dict[str, dict[str, Student]] = {}
    for student in students:
        told = [value for key, value in student.extras.items() if plain(key) == plain(title)]
        if not only_same:
            told.append(student.id)
        if not only_same or plain(title) in _EMAILS:
            told.append(student.email)
        if named:
            told.append(student.name)
        for value in told:
            if _comparable(value):
                found.setdefault(_comparable(value), {})[student.id] = student
    return found


def _comparable(value: str) -> str:
    # Brightspace puts # before an identifier; spreadsheets keep a number as text by an apostrophe.
    return " ".join(str(value).split()).lstrip("#'").casefold()
