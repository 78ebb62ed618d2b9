"""The list of what was collected, through a spreadsheet and back."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.collecting.manifest import MANIFEST, Collected, read_manifest, shown, write_manifest
from grader.errors import UsageError
from grader.text import FORMULA

ROW = Collected(
    *("anna", "Anna Lee", "a@x", "1", 2, datetime(2026, 11, 28, 12, 30, 5, tzinfo=UTC), True),
    *("anna/2/nn.ipynb", "moodle.zip: Anna Lee_1/nn.ipynb", "a; =note"),
)
TEXTS = st.text(
    st.one_of(st.sampled_from(f"{FORMULA}'\";|, ab"), st.characters(codec="utf-8")), max_size=12
).map(shown)


def test_it_is_a_plain_table(tmp_path: Path) -> None:
    """With a header for each field; times and yes are such as a spreadsheet leaves alone."""
    write_manifest(tmp_path, [ROW])
    assert (tmp_path / MANIFEST).read_text("utf-8") == (
        '"student","name","email","section","attempt","handed_in","late","file","source","note"\n'
        '"anna","Anna Lee","a@x","1","2","2026-11-28T12:30:05Z","yes","anna/2/nn.ipynb",'
        '"moodle.zip: Anna Lee_1/nn.ipynb","a; \'=note"\n'
    )
    assert read_manifest(tmp_path) == [ROW]


@given(student=TEXTS, name=TEXTS, note=TEXTS)
def test_texts_survive(
    tmp_path_factory: pytest.TempPathFactory, student: str, name: str, note: str
) -> None:
    """Also those that begin as a formula, or as what keeps a text from being one."""
    folder = tmp_path_factory.mktemp("list")
    row = Collected(student.strip(), name, note=note)
    write_manifest(folder, [row])
    assert read_manifest(folder) == [row]


def test_a_spreadsheet_may_write_it_anew(tmp_path: Path) -> None:
    """With semicolons, a mark at its start, other columns and another order of them."""
    (tmp_path / MANIFEST).write_text(
        "note;file;student;name;email;section;attempt;handed_in;late;source;mine\r\n"
        "n;anna/1/x.ipynb;anna;Anna;;;1;2026-11-28 12:30:05;TRUE;s;?\r\n",
        "utf-8-sig",
    )
    (row,) = read_manifest(tmp_path)
    assert row == Collected(
        *("anna", "Anna", "", "", 1, datetime(2026, 11, 28, 12, 30, 5, tzinfo=UTC), True),
        *("anna/1/x.ipynb", "s", "n"),
    )


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('"student"', '"who"', "line 1: lacks the column student"),
        ('"2"', '"two"', "line 2: the attempt 'two' is no number"),
        ('"yes"', '"maybe"', "line 2: late is 'maybe'"),
        ("2026-11-28T12:30:05Z", "28.11.26", "line 2: handed_in is '28.11.26'"),
    ],
)
def test_what_was_spoilt_is_named(old: str, new: str, sentence: str, tmp_path: Path) -> None:
    """With the line, and what to write there."""
    write_manifest(tmp_path, [ROW])
    path = tmp_path / MANIFEST
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(UsageError, match=sentence):
        read_manifest(tmp_path)
