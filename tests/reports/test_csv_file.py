"""Grades as a table: one line for each submission, safe to open in a spreadsheet."""

import csv
import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grader.reports.csv_file import Row, grades_csv
from tests.reports.examples import CONTROLS, HOSTILE, TEXTS, check, everything, exercise, result


def read(text: str) -> list[list[str]]:
    """Return the rows of a CSV file."""
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def test_grades_are_a_table() -> None:
    """One row for each submission, one column for each exercise of any, numbers plain."""
    rows = [
        Row.graded("alice.ipynb", result(exercise(check(points=2.5), name="relu"))),
        Row.graded("bob.ipynb", result(exercise(check("review", 4), name="linear"), partial=True)),
        Row.graded(
            "carol.ipynb", result(exercise(check("error", 4), check(points=4), name="relu"))
        ),
        Row.unusable("dave.ipynb", "dave.ipynb is not a notebook: it is a picture, or so."),
    ]
    text = grades_csv(rows)
    assert read(text) == [
        ["submission", "score", "max_score", "pending", "relu", "linear", "status", "note"],
        ["alice.ipynb", "2.5", "2.5", "0", "2.5", "", "graded", ""],
        [
            "bob.ipynb", "0", "4", "4", "", "0", "review",
            "checks: 1 to be looked at by a person; only some exercises graded",
        ],
        ["carol.ipynb", "4", "8", "4", "4", "", "error", "checks: 1 on which the grader failed"],
        ["dave.ipynb", "", "", "", "", "", "unusable",
         "dave.ipynb is not a notebook: it is a picture, or so."],
    ]  # fmt: skip
    assert text.count("\r\n") == 5


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", "\x1b[0m=", " =", "＝", "-5"])
def test_formulas_are_text_in_a_spreadsheet(start: str) -> None:
    """A submission named like a formula computes nothing."""
    [_, row] = read(grades_csv([Row.unusable(f"{start}cmd()|'x'!A0", f"{start}HYPERLINK(1,2)")]))
    assert row[0].startswith("'")
    assert row[-1].startswith("'")
    assert row[0].endswith("cmd()|'x'!A0")


LIVELY = st.text(st.sampled_from("=+-@;,\t|\"'\n\r\x00 a1＝"), max_size=20)


@settings(deadline=None)
@given(TEXTS | LIVELY, st.sampled_from(";\t|,"))
@example("a;=1+1", ";")
@example('a";=1+1;"', ";")
@example("a\t=1+1", "\t")
def test_no_cell_is_a_formula_whatever_separates_cells(text: str, separator: str) -> None:
    """Spreadsheets of many countries take a semicolon for it."""
    written = grades_csv([Row.graded(text, everything(text)), Row.unusable(text, text)])
    for row in csv.reader(io.StringIO(written, newline=""), delimiter=separator):
        assert not any(each.lstrip().startswith(("=", "+", "-", "@", "＝")) for each in row)


@settings(deadline=None)
@given(TEXTS)
@example(HOSTILE)
@example("a,b\n\"c\" 'd'")
def test_text_is_inert_in_a_table(text: str) -> None:
    """Whatever a name holds, every row has its columns, no formula and no control character."""
    written = grades_csv([Row.graded(text, everything(text)), Row.unusable(text, text)])
    assert not set(written.replace("\r\n", "\n")) & CONTROLS
    written.encode()
    header, *rows = read(written)
    assert len(rows) == 2
    for row in [header, *rows]:
        assert len(row) == len(header) == 8
        assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for cell in row)
