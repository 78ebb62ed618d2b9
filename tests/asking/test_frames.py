"""Tables in plain checks: drawn, handed in, computed with and compared."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader import (
    Exercise,
    floats,
    frames,
    integers,
    keeps_arguments,
    models,
    one_of,
    optional,
    result,
)
from grader.asking.agreement import CompareOptions, difference
from grader.asking.disturbing import disturbances
from grader.asking.inputs import kind_of
from grader.asking.libraries import as_data
from grader.errors import AssignmentError
from grader.judging.judge import judge
from grader.results.model import CheckResult
from grader.subjects.reference import Reference

BOOK = pd.DataFrame({"fruit": ["apple", "pear", "plum"], "grams": [1.0, np.nan, 3.0]})
NAMED = BOOK.set_index("fruit")

SOLUTION = """
import pandas as pd

def heavy(table):
    return table[table["grams"] > 2].reset_index(drop=True)

def means(table):
    return table.groupby("fruit")["grams"].mean()
"""


# Names, weights of which some are missing, and counts.
TABLE: Any = frames(
    "rows", fruit=one_of("apple", "pear"), grams=optional(floats(low=1, high=9)), n=integers()
)


def of(solution: str) -> Reference:
    """Return who answers by a solution."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(solution, namespace)  # noqa: S102
    return Reference(namespace)


def said(got: Any, expected: Any, **terms: Any) -> str | None:
    """Return what is said of the difference between two objects of pandas."""
    found = difference(as_data(got), as_data(expected), options=CompareOptions(**terms))
    return None if found is None else found.message("`t`")


def judged(exercise: Exercise, solution: str, right: str = SOLUTION) -> dict[str, CheckResult]:
    """Judge a solution by the checks of an exercise, whose reference is `right`."""
    student, reference = of(solution), of(right)
    found = judge(exercise, student=student, reference=reference, submission=None, seed=1)
    return {each.id: each for each in found.checks}


@pytest.mark.parametrize(
    ("got", "expected", "sentence"),
    [
        (
            BOOK.assign(grams=[1.0, np.nan, 4.0]),
            BOOK,
            "`t['grams']` is 4 in the row 2, expected 3.",
        ),
        (NAMED + 1, NAMED, "`t['grams']` is 2 in the row 'apple', expected 1."),
        (
            BOOK.assign(grams=0.0),
            BOOK.assign(grams=[0.0, np.nan, 0.0]),
            "`t['grams']` is 0 in the row 1, expected missing.",
        ),
        (
            BOOK.assign(fruit=["apple", None, "plum"]),
            BOOK,
            "`t['fruit']` is missing in the row 1, expected 'pear'.",
        ),
        (
            BOOK.assign(grams=["1", None, "3"]),
            BOOK,
            "`t['grams']` is '1' in the row 0, expected 1.",
        ),
        (BOOK[["fruit"]], BOOK, "`t` has no column 'grams'."),
        (BOOK.assign(n=1), BOOK, "`t` has the column 'n', which it should not have."),
        (
            BOOK[["grams", "fruit"]],
            BOOK,
            "`t` has the columns ['grams', 'fruit'], expected ['fruit', 'grams'].",
        ),
        (BOOK[:2], BOOK, "`t` has 2 rows, expected 3."),
        (NAMED[:2], NAMED, "`t` has no row 'plum'."),
        (NAMED, NAMED[:2], "`t` has a row 'plum', which it should not."),
        (
            NAMED[::-1],
            NAMED,
            "`t` has its rows labelled ['plum', 'pear', 'apple'], in this order, expected "
            "['apple', 'pear', 'plum'].",
        ),
        (
            BOOK[1:],
            BOOK[1:].reset_index(drop=True),
            "`t` has its rows labelled [1, 2], in this order, expected [0, 1].",
        ),
        (BOOK["grams"], BOOK, "`t` is a pandas.Series, expected a pandas.DataFrame."),
        (3, BOOK, "`t` is a number, expected a pandas.DataFrame."),
        (NAMED["grams"] * 2, NAMED["grams"], "`t` is 2 in the row 'apple', expected 1."),
        (NAMED.index[::-1], BOOK.index, "`t` has no row 0."),
    ],
)
def test_a_difference_names_its_place(got: Any, expected: Any, sentence: str) -> None:
    """The column, the row by its label, and both values; or what is amiss with the labels."""
    assert said(got, expected) == sentence


@pytest.mark.parametrize(
    "got",
    [
        BOOK.copy(),
        BOOK.astype({"grams": "Float64"}),
        BOOK.astype({"fruit": "category"}),
        BOOK.astype({"fruit": object}).rename_axis("row"),
    ],
)
def test_dtypes_and_names_of_indexes_do_not_count(got: Any) -> None:
    """What holds the same values by the same labels is the same table."""
    assert said(got, BOOK) is None


def test_rows_may_come_in_any_order() -> None:
    """With `order=False`, neither the order of rows and columns nor the labels count."""
    shuffled = BOOK[["grams", "fruit"]].iloc[[2, 0, 1]]
    assert said(shuffled, BOOK) is not None
    assert said(shuffled, BOOK, order=False) is None
    assert said(shuffled.assign(grams=1.0), BOOK, order=False) is not None


@given(st.data())
def test_drawn_tables_are_kept_and_moved(data: st.DataObject) -> None:
    """A drawn table has its columns and rows, is read back the same, and is disturbed a little."""

    def drawn(code: Any, t: Any = TABLE) -> None:
        """Draw a table."""

    kind = kind_of(drawn)
    assert kind is not None
    case = data.draw(kind.strategy())
    t = case.values["t"]
    assert list(t.columns) == ["fruit", "grams", "n"]
    assert len(t) == case.sizes["rows"]
    assert t["grams"].dtype == np.float64
    assert models.loads(kind, models.dumps(case)).values["t"].equals(t)
    for disturbance in disturbances():
        moved = disturbance.value(as_data(t)).pandas()
        assert np.allclose(moved["grams"], t["grams"], rtol=1e-6, equal_nan=True)
        assert moved["n"].equals(t["n"])
    assert case.inputs()[0].value is not None


def test_a_column_is_an_input() -> None:
    """What is no input is refused by its name."""
    with pytest.raises(AssignmentError, match="`grams` is 3"):
        frames("rows", grams=3)
    with pytest.raises(AssignmentError, match="`optional` is given 3"):
        optional(3)


@pytest.fixture
def stall() -> Exercise:
    """Return an exercise about tables, with a check of each kind."""
    stall = Exercise("stall", "Stall", points=7, names=("heavy", "means"))

    @stall.compare(result(3, hint="Which rows?"))
    def selected(code, table=TABLE):  # type: ignore[no-untyped-def]
        """`heavy` returns the heavy ones."""
        return code.heavy(table)

    @stall.compare(2)
    def averages(code, table=TABLE):  # type: ignore[no-untyped-def]
        """`means` returns the means."""
        return code.means(table)

    @stall.check(points=1, needs=selected)
    def as_pandas_has_it(code, table=TABLE):  # type: ignore[no-untyped-def]
        """`heavy` returns a table to compute with."""
        found = code.heavy(table)
        assert isinstance(found, pd.DataFrame)
        assert found.shape[1] == 3
        assert found["grams"].min() > 2 or found.empty
        assert list(found.columns) == list(table.columns)

    @stall.check(points=1)
    def kept(code, table=TABLE):  # type: ignore[no-untyped-def]
        """Leave the table as it was."""
        keeps_arguments(code.heavy(table))

    return stall


def test_the_reference_passes(stall: Exercise) -> None:
    """Whoever answers as the reference does has all points."""
    assert {each.status for each in judged(stall, SOLUTION).values()} == {"passed"}


def test_wrong_tables_are_told_by_their_rows(stall: Exercise) -> None:
    """A small table on which it fails is shown, and what is amiss in which row."""
    results = judged(stall, SOLUTION.replace("> 2", "> 5").replace(".mean()", ".max()"))
    assert results["selected"].status == "failed"
    assert " rows, expected " in results["selected"].message
    evidence = results["selected"].evidence
    assert evidence is not None
    assert str(evidence.inputs[0].value).startswith("pd.DataFrame({'fruit': ['apple'")
    assert "in the row 'apple', expected" in results["averages"].message


def test_a_table_that_is_changed_in_place_is_noticed(stall: Exercise) -> None:
    """`keeps_arguments` sees what became of a table, missing values and all."""
    inplace = SOLUTION.replace("    return table[", '    table["n"] += 1\n    return table[')
    assert judged(stall, inplace)["kept"].status == "failed"
    assert "in place" in judged(stall, inplace)["kept"].message


def test_numpy_computes_with_a_series() -> None:
    """A column that the notebook returns is compared by numpy's functions, as anybody writes it."""
    scaled = Exercise("scaled", "Scaled", points=2, names=("scaled",))

    @scaled.check(points=2)
    def doubles(code, table=TABLE):  # type: ignore[no-untyped-def]
        """`scaled` returns twice the grams."""
        got, twice = code.scaled(table["grams"]), 2 * table["grams"].to_numpy()
        assert np.allclose(got, twice, equal_nan=True)

    source = "def scaled(column):\n    return 2 * column\n"
    assert judged(scaled, source, source)["doubles"].status == "passed"
    wrong = judged(scaled, source.replace("2 *", "3 *"), source)["doubles"]
    assert wrong.status == "failed"
