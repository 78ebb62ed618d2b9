"""Who takes the course: the table that every platform exports, in whatever words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from grader.collecting.tables import Line, read_table
from grader.errors import UsageError
from grader.text import one_line, printable

# What columns are called, without case and without what is no letter or digit. Of several that may
# be the id, the first that every line fills is.
IDS: Final = (
    *("id", "studentid", "sid", "orgdefinedid", "studentnumber", "matriculationnumber"),
    *("idnumber", "idnummer", "matrikelnummer", "индивидуальныйномер", "sisuserid", "sisloginid"),
    *("username", "user", "login", "loginid", "имяпользователя", "anmeldename"),
    *("identifier", "githubusername", "github"),
)
_EMAILS: Final = (
    *("email", "emailaddress", "mail", "emailadresse", "адресэлектроннойпочты"),
    *("studentemail", "электроннаяпочта"),
)
_NAMES: Final = (
    *("name", "fullname", "student", "studentname", "displayname", "vollständigername"),
    *("полноеимя", "фио"),
)
_FIRST: Final = ("firstname", "givenname", "forename", "vorname", "имя")
_LAST: Final = ("lastname", "surname", "familyname", "nachname", "фамилия")
_SECTIONS: Final = ("section", "sections", "sectionname", "group", "groups", "gruppe", "группа")
# With it, Brightspace puts # before what a spreadsheet would take for a number.
_END_OF_LINE: Final = "endoflineindicator"
_NOT_PLAIN: Final = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class Person:
    """Somebody on the roster.

    `extras` holds all other columns as they were, by their headers: what a platform knows the
    person by is among them.
    """

    id: str
    name: str = ""
    email: str = ""
    section: str = ""
    extras: Mapping[str, str] = field(default_factory=dict)


def plain(header: str) -> str:
    """Return a header as its words are compared: small letters and digits only."""
    return _NOT_PLAIN.sub("", header).casefold()


def read_roster(path: Path) -> dict[str, Person]:
    """Return the people of a roster by their ids, in the file's order.

    Canvas' gradebook, Moodle's participants and grading worksheets, the rosters of Gradescope,
    Blackboard, Brightspace, GitHub Classroom and Classroom 50 are known by their headers, and any
    table with a column `id` or another that tells people apart. Raises UsageError, naming file and
    line, for what does not fit.
    """
    headers, lines = read_table(path)
    lines = [line for line in lines if not _is_nobody(line)]
    if not lines:
        raise UsageError(f"{path} names nobody. Export the roster again.")
    column = _id_column(path, headers, lines)
    known = {plain(header): header for header in reversed(headers)}
    marked = _END_OF_LINE in known
    people: dict[str, Person] = {}
    begun: dict[str, int] = {}
    for line in lines:
        person = _person(line, column, known, marked=marked)
        _require_id(path, line, person, begun)
        begun[person.id] = line.number
        people[person.id] = person
    return people


def _require_id(path: Path, line: Line, person: Person, begun: Mapping[str, int]) -> None:
    where = f"{path}, line {line.number}"
    if person.id in begun:
        raise UsageError(
            f"{where}: has the id {printable(person.id)!r}, which line {begun[person.id]} has as "
            "well. Give each student one line and an id of their own."
        )
    if person.id != one_line(person.id):
        raise UsageError(f"{where}: the id {person.id!r} cannot be shown. Write it in one line.")


def _id_column(path: Path, headers: Sequence[str], lines: Sequence[Line]) -> str:
    """Return the header of the column that every line fills and that tells people apart best."""
    ranked = [
        header
        for wanted in (*IDS, *_EMAILS)
        for header in headers
        if plain(header) == wanted and any(line.cells[header].strip() for line in lines)
    ]
    if not ranked:
        raise UsageError(
            f"{path}, line 1: no column tells students apart; there is "
            f"{', '.join(map(printable, headers[:12]))}. Call one of them id."
        )
    for header in ranked:
        if all(line.cells[header].strip() for line in lines):
            return header
    lacking = next(line for line in lines if not line.cells[ranked[0]].strip())
    raise UsageError(
        f"{path}, line {lacking.number}: has no {printable(ranked[0])}. Fill it in, or take out "
        "the line."
    )


def _person(line: Line, column: str, known: Mapping[str, str], *, marked: bool) -> Person:
    used = {column}

    def first(words: Sequence[str]) -> str:
        header = next((known[word] for word in words if word in known), "")
        if not header or header == column:
            return line.cells[column].strip() if header else ""
        used.add(header)
        return line.cells[header].strip()

    name = first(_NAMES)
    if not name:
        name = " ".join(filter(None, (first(_FIRST), first(_LAST))))
    email, section = first(_EMAILS), first(_SECTIONS)
    said = line.cells[column].strip()
    said = said.removeprefix("#") if marked else said
    extras = {header: cell for header, cell in line.cells.items() if header not in used and header}
    return Person(said, name, email, section, extras)


def _is_nobody(line: Line) -> bool:
    """Whether a line is one of those that Canvas adds: the points possible, the student to test."""
    words = {plain(header): cell for header, cell in line.cells.items()}
    if "student" not in words or "id" not in words:
        return False
    name = plain(words["student"])
    posting = not name and not words["id"].strip()
    return posting or name.startswith("pointspossible") or name in ("studenttest", "teststudent")
