"""Values on a terminal: what was expected and what came, fit to compare."""

import re

import numpy as np
import pytest

from grader.results.evidence import Evidence, Item, Worst
from tests.reports.examples import check, compared, exercise, flat, result, shown


def test_expected_and_got_are_matrices_one_below_the_other() -> None:
    """Both are aligned alike, the worst element is marked without colour, and its place named."""
    expected = np.array([[1.0, -2.25, 3.0], [100.0, 5.0, 6.0]])
    got = expected.copy()
    got[1, 2] = -0.125
    worst = Worst.of((1, 2), 6.0, -0.125)
    text = shown(result(exercise(compared(expected, got, worst))))
    lines = [line.rstrip() for line in text.splitlines()]
    top = next(number for number, line in enumerate(lines) if "expected" in line)
    assert lines[top : top + 4] == [
        "      expected  [[   1.0     -2.25     3.0   ]",
        "                 [ 100.0      5.0   >  6.0  <]]  (2, 3)",
        "      got       [[   1.0     -2.25     3.0   ]",
        "                 [ 100.0      5.0   > -0.125<]]  (2, 3)",
    ]
    assert "Furthest apart at [1, 2]: expected 6.0, got -0.125." in text


def test_the_sign_of_a_zero_is_not_told() -> None:
    """A student who wonders about -0.0 wonders about nothing."""
    text = shown(result(exercise(compared(np.array([1.0, 2.0]), np.array([-0.0, 2.0])))))
    assert "-0.0" not in text


def test_a_shape_alone_is_told_as_one() -> None:
    """Where only the shape is expected, it stands beside the one that came."""
    evidence = Evidence(expected=Item.shaped("y", (2,)), got=Item.of("y", np.array([[1.0, 2.0]])))
    text = flat(shown(result(exercise(check("failed", evidence=evidence)))))
    assert "expected an array of shape (2,) got [[ 1.0 2.0]] (1, 2)" in text


@pytest.mark.parametrize(
    ("expected", "got"), [(0.1, 0.1 + 1e-7), (1e-9, 2e-9), (1.0, np.nextafter(1.0, 2)), (3e7, 4e7)]
)
def test_a_small_difference_is_written_out(expected: float, got: float) -> None:
    """The numbers of the worst element are told apart, however near they are."""
    worst = Worst.of((0,), expected, got)
    pair = np.array([expected, 0.5]), np.array([got, 0.5])
    text = flat(shown(result(exercise(compared(*pair, worst)))))
    found = re.search(r"Furthest apart at \[0\]: expected (\S+), got (\S+)\.", text)
    assert found is not None
    assert float(found[1]) != float(found[2])
    assert float(found[2]) == pytest.approx(got, rel=1e-3)


@pytest.mark.parametrize(("got", "told"), [(-1.0, False), (np.nextafter(1.0, 2), True)])
def test_a_single_number_needs_no_pointing_out(got: float, told: bool) -> None:
    """There is nothing to mark, and nothing to add where the two can be told apart."""
    worst = Worst.of((0, 0), 1.0, got)
    text = shown(result(exercise(compared(np.ones((1, 1)), np.full((1, 1), got), worst))))
    assert ">" not in text
    assert ("Furthest apart" in text) == told


def test_a_number_that_is_none_is_shown() -> None:
    """NaN and infinity stand in the matrix as numpy writes them."""
    got = np.array([1.0, np.nan, -np.inf])
    text = shown(result(exercise(compared(np.ones(3), got, Worst.of((1,), 1, np.nan)))))
    assert re.search(r"got +\[ +1\.0 +> nan< +-inf \]", text)
    assert "expected 1.0, got nan." in text


def test_a_large_array_is_told_in_a_line() -> None:
    """Nobody reads ten thousand numbers: range, mean and shape are enough."""
    got = np.linspace(0, 1, 10_000).reshape(100, 100)
    got[0, 0] = np.nan
    text = flat(shown(result(exercise(compared(np.zeros((100, 100)), got)))))
    assert "expected from 0.0 to 0.0, mean 0.0 (100, 100)" in text
    assert "got from 0.0001 to 1.0, mean 0.5001, 1 not finite (100, 100)" in text


def test_an_empty_array_is_called_empty() -> None:
    """An array without elements still tells its shape."""
    assert re.search(
        r"got +empty  \(0, 3\)", shown(result(exercise(compared(1, np.zeros((0, 3))))))
    )


def test_text_in_an_array_is_quoted() -> None:
    """An array of text, empty text included, is told from one of numbers."""
    text = shown(result(exercise(compared(np.array(["nan", "1", ""]), np.array([["a b"]])))))
    assert re.search(r"expected +\[ *nan +'1' +''\]", text)
    assert re.search(r"got +\[\['a b'\]\]", text)


def test_types_are_told_where_they_differ() -> None:
    """The type of the elements is shown only where the two answers differ in it."""
    text = shown(result(exercise(compared(np.ones(2), np.ones(2, np.float32)))))
    assert "(2,) float64" in text
    assert "(2,) float32" in text
    assert "float64" not in shown(result(exercise(compared(np.ones(2), np.zeros(2)))))
