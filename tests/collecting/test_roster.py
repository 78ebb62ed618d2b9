"""Rosters as platforms export them, with their quirks."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.collecting.naming import joined
from grader.collecting.roster import Person, read_roster
from grader.errors import UsageError
from tests.collecting.exports import PLATFORMS, a_class, table


def written(folder: Path, content: str | bytes) -> Path:
    """Write a roster."""
    path = folder / "roster.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(folder: Path, content: str | bytes) -> str:
    """Return the sentence with which a roster is refused, without its folder."""
    with pytest.raises(UsageError) as caught:
        read_roster(written(folder, content))
    return str(caught.value).replace(f"{folder}/", "")


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda each: str(each.__name__))
def test_every_platform_s_roster_is_read(platform: Any, tmp_path: Path) -> None:
    """Everybody is in it once, in the file's order, and nobody who is no student."""
    students = a_class(60)
    people = read_roster(platform.roster(tmp_path / "roster.csv", students))
    assert len(people) == 60
    for student, person in zip(students, people.values(), strict=True):
        assert person.name in (student.name, f"{student.last}, {student.first}")
        assert person.email in (student.email, "")


def test_canvas_adds_rows_that_are_nobody(tmp_path: Path) -> None:
    """The points possible, what posts by hand, and the student to test with are left out."""
    path = written(
        tmp_path,
        "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,NN (1)\n"
        ",,,,,Manual Posting\n"
        "    Points Possible,,,,,10\n"
        '"Lee, Anna",17,0042,alee,Sec 1,\n'
        '"Student, Test",18,,9f,Sec 1,\n',
    )
    assert read_roster(path) == {
        "17": Person(
            *("17", "Lee, Anna", "", "Sec 1"),
            {"SIS User ID": "0042", "SIS Login ID": "alee", "NN (1)": ""},
        )
    }


def test_other_columns_are_kept_as_they_were(tmp_path: Path) -> None:
    """By their headers, spaces and all; where a header comes twice it is the first."""
    path = written(tmp_path, "id;name;Note;Note\n7;Ada; x ;y\n")
    assert read_roster(path)["7"].extras == {"Note": " x "}


def test_brightspace_marks_its_ids(tmp_path: Path) -> None:
    """The mark is not part of an id, nor are zeros lost."""
    path = written(tmp_path, "OrgDefinedId,Username,End-of-Line Indicator\n#007,#ada,#\n")
    assert list(read_roster(path)) == ["007"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_encodings_and_separators(encoding: str, separator: str, tmp_path: Path) -> None:
    """Names in any script, with commas and quotes, survive."""
    names = ['Ада "Ада" Лавлейс', "King, Jr., Martin; Luther", "李\t明"]
    rows = [["id", "name"], *([str(at), name] for at, name in enumerate(names))]
    path = written(tmp_path, table(rows, separator).encode(encoding))
    assert [each.name for each in read_roster(path).values()] == names


def test_excel_s_first_line_is_none(tmp_path: Path) -> None:
    """It says which separator follows, and lines count on."""
    assert list(read_roster(written(tmp_path, "sep=;\r\nid;name\r\n1;a\r\n"))) == ["1"]
    assert "line 4: has the id '1', which line 3 has" in refusal(
        tmp_path, "sep=;\nid;name\n1;a\n1;b\n"
    )


def test_the_id_is_the_first_column_that_all_fill(tmp_path: Path) -> None:
    """Moodle's id numbers may be empty: then it is the address."""
    path = written(
        tmp_path,
        "First name,Last name,ID number,Email address\nA,B,,a@x\nC,D,12,c@x\n",
    )
    people = read_roster(path)
    assert list(people) == ["a@x", "c@x"]
    assert people["a@x"].email == "a@x"
    assert people["c@x"].extras == {"ID number": "12"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (
            "id,name\n1,a\n2,b\n1,c\n",
            "roster.csv, line 4: has the id '1', which line 2 has as well",
        ),
        ('id,name\n1,"a\nb"\n2,b,c\n', "roster.csv, line 4: has 3 cells, and there are 2 headers"),
        ('id,name\n1,"a\n', "roster.csv, line 2: cannot be read as CSV"),
        ("id,name\n1,a\n,b\n", "roster.csv, line 3: has no id"),
        ("colour,name\nred,a\n", "roster.csv, line 1: no column tells students apart"),
        ("id,name\n", "roster.csv names nobody"),
        ("", "roster.csv is empty"),
        (b"id,name\n1,a\n2,\xe9\n", "roster.csv, line 3: is not in UTF-8"),
        (b"PK\x03\x04...", "roster.csv is a workbook or an archive"),
        ("id,name\n1,a\n\u202e2,b\n", "roster.csv, line 3: the id '\\u202e2' cannot be shown"),
    ],
)
def test_what_does_not_fit_is_named(content: str | bytes, sentence: str, tmp_path: Path) -> None:
    """With file and line, and what to do."""
    assert refusal(tmp_path, content).startswith(sentence)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("id" + "," * 200_000 + "\n1\n", "roster.csv, line 1: has 200001 columns"),
        ("id" + "," * 4_000 + "\n" + "1\n" * 4_000, "has 4001 lines of 4001 columns"),
        ("i" * 200_000 + ",a\n1,2\n", "cannot be read as CSV"),
    ],
    ids=["columns", "cells", "header"],
)
def test_a_table_of_any_shape_is_no_roster(content: str, sentence: str, tmp_path: Path) -> None:
    """Some hundred kilobytes may mean billions of cells."""
    assert sentence in refusal(tmp_path, content)


def test_a_pipe_is_no_roster(tmp_path: Path) -> None:
    """It is not waited for, and it would be empty where it is read again."""
    os.mkfifo(tmp_path / "roster.csv")
    with pytest.raises(UsageError, match="a device, a pipe or a socket"):
        read_roster(tmp_path / "roster.csv")


def test_a_name_of_any_length_is_run_together_once() -> None:
    """Which word comes first is tried for as many words as names have."""
    assert joined("Anna van den Berg") == {
        *("annavandenberg", "vandenberganna", "denbergannavan", "bergannavanden")
    }
    assert joined("a " * 5_000) == {"a" * 5_000}


def test_a_roster_that_is_not_there(tmp_path: Path) -> None:
    """It is a mistake of the call."""
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_roster(tmp_path / "roster.csv")
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        read_roster(tmp_path)


@given(st.binary(max_size=200))
def test_whatever_comes(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """It is read or refused."""
    path = tmp_path_factory.mktemp("roster") / "roster.csv"
    path.write_bytes(content)
    with suppress(UsageError):
        assert read_roster(path)
