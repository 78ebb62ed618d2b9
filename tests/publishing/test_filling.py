"""Scores are filled into the tables of platforms, and every other byte stays as it was."""

import csv
import io
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.collecting.roster import Person as Student
from grader.errors import UsageError
from grader.publishing import matching
from grader.publishing.filling import Filling, filled

PEOPLE = (
    Student("10001", "Anna Lee", "anna@uni.edu", extras={"SIS Login ID": "alee"}),
    Student("10002", "Boris, Jr.", "boris@uni.edu", extras={"SIS Login ID": "boris"}),
    Student("10003", "Клара", "clara@uni.edu", extras={"SIS Login ID": "clara"}),
    Student("10004", "Dora", "dora@uni.edu"),
)
GRADES = {"10001": 7.5, "10002": 9.0, "10003": 10.0}
CANVAS = (
    "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Assignment 1 (1234),Assignment 2 (1240),"
    "Final Score\r\n"
    ",,,,,Manual Posting,,\r\n"
    "    Points Possible,,,,,10,5,(read only)\r\n"
    '"Lee, Anna",501,10001,alee,CS-1,,4.5,90.00\r\n'
    '"Boris, ""Bo"", Jr.",502,10002,boris,"CS-1 and CS-2",3.00,,\r\n'
    '"Клара",503,10003,clara,CS-1,"",1,\r\n'
    '"Nobody, Known",504,99999,nobody,CS-1,2,2,\r\n'
    '"Student, Test",505,,5a1b,CS-1,,,\r\n'
)
MOODLE = (
    '\ufeffIdentifier,"Full name","Email address",Status,Grade,"Maximum Grade","Grade can be '
    'changed","Last modified (submission)"\n'
    'Participant 71,"Anna Lee",anna@uni.edu,"Submitted for grading - ",,10.00,Yes,"Friday, 6 '
    'November 2026, 1:30 PM"\n'
    'Participant 72,Boris,boris@uni.edu,"No submission - ",5.00,10.00,Yes,-\n'
)
BLACKBOARD = (
    '"Last Name"\t"First Name"\t"Username"\t"Student ID"\t"Last Access"\t"Availability"\t'
    '"Assignment 1 [Total Pts: 10 Score] |664617"\r\n'
    '"Lee"\t"Anna"\t"alee"\t"10001"\t"2026-11-28 12:11:00"\t"Yes"\t""\r\n'
    '"Иванов"\t"Борис"\t"boris"\t"10002"\t"2026-11-28 12:11:00"\t"Yes"\t"Needs Grading"\r\n'
)
BRIGHTSPACE = (
    "OrgDefinedId,Username,Last Name,First Name,Email,Assignment 1 Points Grade <Numeric "
    "MaxPoints:10>,End-of-Line Indicator\r\n"
    "#10001,#alee,Lee,Anna,anna@uni.edu,,#\r\n"
    "#10002,#boris,Petrov,Boris,boris@uni.edu,4,#\r\n"
)
GERMAN = 'Matrikel;"E-Mail";ID-Nummer;Email;Punkte\n1;x;;anna@uni.edu;6,5\n2;x;;boris@uni.edu;\n'


def changes(filling: Filling) -> dict[str, tuple[str, str]]:
    """Return what changes, by the students."""
    return {each.student: (each.before, each.after) for each in filling.changes}


def test_canvas_gets_its_export_back() -> None:
    """Mark, quotes, line ends, read-only columns and lines that are of no student stay."""
    filling = filled(CANVAS.encode(), "Assignment 1 (1234)", PEOPLE, GRADES)
    expected = (
        CANVAS.replace("CS-1,,4.5", "CS-1,7.5,4.5")
        .replace('CS-2",3.00,', 'CS-2",9,')
        .replace('CS-1,"",1', 'CS-1,"10",1')
    )
    assert filling.content() == expected.encode()
    assert filling.matching.column == "SIS User ID"
    assert filling.unknown == (
        "line 7 (Nobody, Known, 504)",
        "line 8 (Student, Test, 505)",
    )
    assert filling.most == 10


def test_moodle_gets_its_worksheet_back() -> None:
    """People are told apart by their address there, and the marked and quoted titles are read."""
    filling = filled(MOODLE.encode(), "Grade", PEOPLE, GRADES)
    expected = MOODLE.replace('grading - ",,', 'grading - ",7.5,').replace("5.00,10.00", "9,10.00")
    assert filling.content() == expected.encode()
    assert filling.matching.column == "Email address"
    assert filling.missing == ("10003",)


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [(b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"", "utf-16-le"), (b"", "utf-8")],
)
def test_blackboard_gets_its_table_back(mark: bytes, encoding: str) -> None:
    """Tabs and 16 bits a character are what Blackboard calls a workbook; quotes stay."""
    filling = filled(mark + BLACKBOARD.encode(encoding), "assignment 1", PEOPLE, GRADES)
    expected = BLACKBOARD.replace('"Yes"\t""', '"Yes"\t"7.5"').replace('"Needs Grading"', '"9"')
    assert filling.content() == mark + expected.encode(encoding)


def test_brightspace_gets_its_export_back() -> None:
    """An identifier is known without the sign before it."""
    filling = filled(BRIGHTSPACE.encode(), "Assignment 1 Points Grade", PEOPLE, GRADES)
    expected = BRIGHTSPACE.replace("uni.edu,,#", "uni.edu,7.5,#").replace(",4,#", ",9,#")
    assert filling.content() == expected.encode()


def test_a_table_with_semicolons_keeps_its_decimal_comma() -> None:
    """Numbers are written as the table writes them."""
    filling = filled(GERMAN.encode("cp1252"), "Punkte", PEOPLE, GRADES)
    assert changes(filling) == {"10001": ("6,5", "7,5"), "10002": ("", "9")}
    assert filling.content().endswith(b"anna@uni.edu;7,5\n2;x;;boris@uni.edu;9\n")


def test_excel_may_say_what_separates() -> None:
    """Its line before the titles is no line of the table, and stays."""
    content = b"sep=;\r\nID;Score\r\n10001;\r\n"
    assert filled(content, "Score", PEOPLE, GRADES).content() == (
        b"sep=;\r\nID;Score\r\n10001;7.5\r\n"
    )


def test_a_score_that_is_there_already_keeps_its_form() -> None:
    """7.50 is 7.5: not a byte changes."""
    content = b"ID,Score\n10001,7.50\n10002,9.\n"
    filling = filled(content, "Score", PEOPLE, GRADES)
    assert (filling.same, filling.changes) == (("10001", "10002"), ())
    assert filling.content() == content


def test_what_a_person_decided_there_is_left_alone() -> None:
    """Who is excused, or has a letter, keeps that, and is listed."""
    filling = filled(b"ID,Score\n10001,EX\n10002,B+\n10003,\n", "Score", PEOPLE, GRADES)
    assert changes(filling) == {"10003": ("", "10")}
    assert filling.refused == (
        "line 2 (10001, EX): its cell says 'EX'",
        "line 3 (10002, B+): its cell says 'B+'",
    )


def test_who_has_no_grade_is_left_alone() -> None:
    """An empty cell stays empty, and a score that is there stays."""
    content = b"ID,Score\n10004,\n10003,\n"
    filling = filled(content, "Score", PEOPLE, {"10003": 1.0})
    assert filling.content() == b"ID,Score\n10004,\n10003,1\n"
    assert filling.unknown == ()


def test_two_lines_of_one_student_are_refused() -> None:
    """It is not known which is meant: neither is filled in."""
    filling = filled(b"ID,Score\n10001,\n10001,\n10002,\n", "Score", PEOPLE, GRADES)
    assert list(changes(filling)) == ["10002"]
    assert [each.split(": ")[1] for each in filling.refused] == [
        "it is one of 2 lines of 10001",
        "it is one of 2 lines of 10001",
    ]


def test_a_line_that_two_could_be_is_refused() -> None:
    """Two students share an address: neither gets the line's score."""
    twins = (Student("1", email="we@uni.edu"), Student("2", email="we@uni.edu"), *PEOPLE)
    grades = {"1": 1.0, "2": 2.0, "10001": 3.0}
    content = b"Email,Score\nwe@uni.edu,\nanna@uni.edu,\n"
    filling = filled(content, "Score", twins, grades)
    assert changes(filling) == {"10001": ("", "3")}
    assert filling.refused == ("line 2 (we@uni.edu): it could be 1 or 2",)


def test_a_line_that_contradicts_itself_is_refused() -> None:
    """By one column it is Anna's, by the address Boris'."""
    content = b"ID,Email,Score\n10001,boris@uni.edu,\n10003,clara@uni.edu,\n"
    filling = filled(content, "Score", PEOPLE, GRADES)
    assert list(changes(filling)) == ["10003"]
    assert "it is 10001, but by 'Email' 10002" in filling.refused[0]


def test_numbers_of_the_platform_are_not_taken_for_the_roster_s() -> None:
    """One column decides who is who: the one by which most are found."""
    content = b"ID,SIS User ID,Score\n10002,10001,\n7,10002,\n8,10003,\n"
    filling = filled(content, "Score", PEOPLE, GRADES)
    assert filling.content() == b"ID,SIS User ID,Score\n10002,10001,7.5\n7,10002,9\n8,10003,10\n"


def test_as_many_columns_of_identifiers_are_compared_as_platforms_have(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each is compared with each other: thousands of one title come to no end."""
    told: list[str] = []
    by_value = matching._by_value

    def counted(*arguments: Any, **options: Any) -> Any:
        told.append(arguments[1])
        return by_value(*arguments, **options)

    monkeypatch.setattr(matching, "_by_value", counted)
    table = f"Score{',ID' * 60}\n,{','.join(['10001'] * 60)}\n"
    assert changes(filled(table.encode(), "Score", PEOPLE, GRADES)) == {"10001": ("", "7.5")}
    assert len(told) == 20 * 20


def test_a_column_may_be_named_to_match_by() -> None:
    """Names, too, where somebody says so; a name that is not there proposes what is near."""
    content = b"Student,Score\nAnna Lee,\n"
    with pytest.raises(UsageError, match="--match"):
        filled(content, "Score", PEOPLE, GRADES)
    assert changes(filled(content, "Score", PEOPLE, GRADES, "Student")) == {"10001": ("", "7.5")}
    with pytest.raises(UsageError, match="Did you mean 'Student'"):
        filled(content, "Score", PEOPLE, GRADES, "Studnt")


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("Asignment 1", r"Did you mean 'Assignment 1 \(1234\)'"),
        ("Homework", "There is 'Student', 'ID'"),
        ("Assignment", r"Did you mean 'Assignment 1 \(1234\)', 'Assignment 2 \(1240\)'"),
    ],
)
def test_a_column_that_is_not_there_is_told(title: str, told: str) -> None:
    """What is near is proposed, or else what there is."""
    with pytest.raises(UsageError, match=told):
        filled(CANVAS.encode(), title, PEOPLE, GRADES)


def test_two_columns_of_one_title_are_refused() -> None:
    """It is not guessed which is meant, and the numbers tell them apart."""
    content = b"ID,Quiz (1),Quiz (2)\n10001,,\n"
    with pytest.raises(UsageError, match=r"several columns 'quiz': 'Quiz \(1\)', 'Quiz \(2\)'"):
        filled(content, "quiz", PEOPLE, GRADES)
    assert filled(content, "Quiz (2)", PEOPLE, GRADES).content() == (
        b"ID,Quiz (1),Quiz (2)\n10001,,7.5\n"
    )


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'ID,Score\n10001,"\n10002,\n', "line 2 opens a quote"),
        (b"PK\x03\x04\x00\x00\x00\x00", "no table of text"),
        (b"", "no column 'Score'"),
        (b"ID,Score\n5,\n", "none of the gradebook's students"),
    ],
)
def test_what_is_no_table_is_told(content: bytes, told: str) -> None:
    """A broken or another file is refused, and what to do is said."""
    with pytest.raises(UsageError, match=told):
        filled(content, "Score", PEOPLE, GRADES)


def test_a_line_without_the_cell_is_told() -> None:
    """A cell that is not there is not made."""
    content = b"ID,Name,Score\n10001,Anna\n10002,Boris,\n"
    filling = filled(content, "Score", PEOPLE, GRADES)
    assert filling.content() == b"ID,Name,Score\n10001,Anna\n10002,Boris,9\n"
    assert "it has no cell" in filling.refused[0]


# What may stand in a cell: everything that a table has signs for, too.
TEXTS = st.text(st.sampled_from("aЖ,;\t\"'\r\n #=0."), max_size=6)
SEPARATORS = st.sampled_from(",;\t")


def quoted(text: str, separator: str, *, always: bool) -> str:
    """Return a cell as it is written."""
    signs = (separator, '"', "\r", "\n")
    if always or text.startswith('"') or any(sign in text for sign in signs):
        escaped = text.replace('"', '""')
        return f'"{escaped}"'
    return text


@given(
    rows=st.lists(st.tuples(TEXTS, TEXTS, TEXTS), max_size=5),
    always=st.lists(st.booleans(), min_size=4, max_size=4),
    separator=SEPARATORS,
    end=st.sampled_from(["\r\n", "\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le"]),
    last=st.booleans(),
)
def test_no_other_cell_and_no_other_byte_changes(
    rows: Sequence[tuple[str, str, str]],
    always: Sequence[bool],
    separator: str,
    end: str,
    encoding: str,
    last: bool,
) -> None:
    """For any table: what stands before and behind the cells that are filled in stays as it was."""
    people = [Student(f"s{number}") for number in range(len(rows))]
    grades = {each.id: 7.5 for each in people}
    table = [("Before", "Username", "Score", "After")]
    table += [(before, f"s{number}", "", after) for number, (before, _, after) in enumerate(rows)]

    def written(filled_in: str) -> bytes:
        lines = [
            separator.join(
                quoted(filled_in if place == 2 and at else cell, separator, always=always[place])
                for place, cell in enumerate(row)
            )
            for at, row in enumerate(table)
        ]
        return (end.join(lines) + (end if last else "")).encode(encoding)

    if not rows:
        return
    filling = filled(written(""), "Score", people, grades)
    comma = any(change.after == "7,5" for change in filling.changes)
    assert filling.content() == written("7,5" if comma else "7.5")
    text = filling.content().decode("utf-16" if encoding == "utf-16" else encoding)
    read = list(csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=separator))
    assert [[row[0], row[1], row[3]] for row in read[1:]] == [
        [before, f"s{number}", after] for number, (before, _, after) in enumerate(rows)
    ]
