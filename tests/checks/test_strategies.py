"""What the inputs of layers promise: every kind occurs, arrives as it is, and shrinks well."""

import numpy as np
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from grader.agent.wire import decode, encode
from grader.checks.strategies import (
    DTYPES,
    INTEGERS,
    KINDS,
    LAYOUTS,
    MATRICES,
    SHAPES,
    Numbers,
    laid_out,
    read_only,
)

ANY = Numbers.strategy()


@given(ANY, SHAPES, st.integers(0, 9))
def test_the_same_numbers_make_the_same_array(
    numbers: Numbers, shape: tuple[int, ...], which: int
) -> None:
    """Arrays follow from the few values of a case alone."""
    array = numbers.array(which, *shape)
    np.testing.assert_array_equal(array, numbers.array(which, *shape))
    assert array.shape == shape
    assert array.dtype == np.float64
    assert array.flags.c_contiguous
    assert np.all(np.isfinite(array))


@given(ANY, SHAPES)
def test_a_layer_is_given_the_dtype_and_the_layout(
    numbers: Numbers, shape: tuple[int, ...]
) -> None:
    """The numbers are those of the array, in float32 where that is asked, in any layout."""
    given_array = numbers.given(3, *shape)
    assert given_array.dtype == numbers.dtype
    np.testing.assert_array_equal(given_array, numbers.array(3, *shape).astype(numbers.dtype))


@pytest.mark.parametrize("writeable", [True, False])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_layout_and_writability_arrive_in_the_students_process(
    layout: str, writeable: bool
) -> None:
    """What a layer is given there has the flags that it had here."""
    array = laid_out(np.arange(12.0).reshape(3, 4), layout)
    sent = array if writeable else read_only(array)
    arrived = decode(encode(sent))
    np.testing.assert_array_equal(arrived, array)
    contiguous = (arrived.flags.c_contiguous, arrived.flags.f_contiguous)
    assert contiguous == {"C": (True, False), "F": (False, True), "strided": (False, False)}[layout]
    assert arrived.flags.writeable == writeable


@given(SHAPES, st.sampled_from(LAYOUTS))
def test_a_layout_changes_no_number(shape: tuple[int, ...], layout: str) -> None:
    """Equal arrays, of whatever number of axes."""
    array = np.random.default_rng(1).standard_normal(shape)
    np.testing.assert_array_equal(laid_out(array, layout), array)


def test_what_is_read_only_cannot_be_changed_and_leaves_the_array_writable() -> None:
    """The view is locked, not what it shows."""
    array = laid_out(np.ones((2, 3)), "F")
    view = read_only(array)
    with pytest.raises(ValueError, match="read-only"):
        view[0, 0] = 2
    assert view.flags.f_contiguous
    array[0, 0] = 3
    assert view[0, 0] == 3


def test_large_tiny_and_zero_numbers_occur() -> None:
    """Each kind is what it is called."""
    sizes = {kind: np.abs(Numbers(kind, seed=5).array(0, 5, 5)) for kind in KINDS}
    assert sizes["large"].max() > 100
    assert 0 < sizes["tiny"].max() < 0.01
    assert 0 < np.mean(sizes["zeros"] == 0) < 1
    assert set(sizes["integers"].ravel()) == set(np.abs(INTEGERS))


def test_no_integer_is_zero() -> None:
    """A zero hides what it is multiplied by: they are a kind of their own."""
    assert 0 not in INTEGERS


def test_shrinking_ends_in_small_integers() -> None:
    """The simplest numbers are float64 in C order, and those of one case differ."""
    simplest = find(ANY, lambda numbers: True)
    assert simplest == Numbers("integers", "float64", "C", 0) == Numbers()
    first = [simplest.array(which, 1, 1).item() for which in range(4)]
    assert set(first) <= set(INTEGERS)
    assert len(set(first)) == 4


@pytest.mark.parametrize("kind", KINDS[1:])
def test_shrinking_keeps_the_kind_that_matters_and_nothing_else(kind: str) -> None:
    """What does not matter is the simplest."""
    found = find(ANY, lambda numbers: numbers.kind == kind, settings=settings(database=None))
    assert found == Numbers(kind)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_dtype_and_layout_is_drawn(dtype: str, layout: str) -> None:
    """No value of a small field is out of reach."""
    wanted = Numbers("integers", dtype, layout)
    quiet = settings(database=None, max_examples=2000)
    assert (
        find(ANY, lambda each: each.dtype == dtype and each.layout == layout, settings=quiet)
        == wanted
    )


def test_sizes_go_down_to_one_and_are_square_or_not() -> None:
    """Matrices of one element, one row, one column, squares and others."""
    quiet = settings(database=None)
    assert find(MATRICES, lambda shape: True, settings=quiet) == (1, 1)
    assert find(MATRICES, lambda shape: shape[0] == shape[1] > 1, settings=quiet) == (2, 2)
    assert find(MATRICES, lambda shape: shape[0] < shape[1], settings=quiet) == (1, 2)
    assert find(SHAPES, lambda shape: len(shape) == 4, settings=quiet) == (1, 1, 1, 1)
