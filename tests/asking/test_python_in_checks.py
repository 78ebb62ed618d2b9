"""What Python says of stand-ins in a check is what it says of the notebook's objects."""

from collections.abc import Callable
from textwrap import dedent
from typing import Any

import numpy as np
import pytest

from grader.asking.plain_checks import Plain
from grader.errors import AssignmentError
from grader.scenario import Define
from grader.subjects.reference import Reference
from grader.verdicts import CheckFailed

NOTEBOOK = """
import numpy as np

class Linear:
    def __init__(self, size=3):
        self.W = np.ones(size)
        self.bias = None
    def forward(self, x):
        return x @ self.W

class Deep(Linear):
    pass

def spoil(a):
    a[0] = 7

def spoil_by_name(*, a):
    a[0] = 7

def order(items):
    items.sort()

def apply(function, x):
    return function(x)

def root(x):
    if x < 0:
        raise ValueError("no root of a negative number")
    return x ** 0.5

def some():
    yield 1

class OwnError(Exception):
    pass

def refuse():
    raise OwnError("as I like")

kept = []
def keep(item):
    kept.append(item)
    return kept[-1]
"""


def came(check: Callable[..., Any]) -> CheckFailed | None:
    """Return how a check fails on the notebook, None where it holds."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(NOTEBOOK, namespace)  # noqa: S102 - our own
    return Plain(check).trial(None, Reference(namespace)).failure


def test_classes_are_told_apart() -> None:
    """`type`, `isinstance` and `issubclass` know the notebook's classes, and libraries'."""

    def check(code: Any) -> None:
        Linear, Deep = code.Linear, code.Deep
        layer, deep = Linear(), Deep()
        assert type(layer) == Linear  # noqa: E721
        assert type(deep) != Linear  # noqa: E721
        assert isinstance(deep, Linear)
        assert isinstance(deep, (int, Linear))
        assert not isinstance(layer, Deep)
        assert issubclass(Deep, Linear)
        assert not isinstance(layer, np.ndarray)
        assert type(layer.W) is np.ndarray
        assert isinstance(layer.W, np.ndarray)
        assert type(layer.forward(np.ones(3))) in (float, np.float64)

    assert came(check) is None


def test_attributes_are_looked_for_where_the_object_is() -> None:
    """`hasattr`, `getattr` with a default and `callable` ask the object itself."""

    def check(code: Any) -> None:
        layer = code.Linear()
        assert hasattr(layer, "W")
        assert not hasattr(layer, "weights")
        assert getattr(layer, "weights", 3) == 3
        assert callable(layer.forward)
        assert callable(code.root)
        assert not callable(layer.W)

    assert came(check) is None


def test_dir_looks_into_objects_where_they_are() -> None:
    """Around itself a check does not look."""

    def check(code: Any) -> None:
        assert "forward" in dir(code.Linear)
        assert "W" in dir(code.Linear())
        assert "backward" not in dir(code.Deep)
        assert "append" in dir([1])

    assert came(check) is None

    def around(code: Any) -> None:
        assert "code" in dir()

    with pytest.raises(AssignmentError, match="which sees the check"):
        came(around)


def test_numbers_of_numpys_are_told_as_numbers() -> None:
    """An item of an array that is wrong is told by its value."""

    def check(code: Any) -> None:
        assert code.Linear().W[1] == 2

    failed = came(check)
    assert failed is not None
    assert failed.message == "`Linear().W[1]` is 1, expected 2."


def test_none_is_none() -> None:
    """`is None` is about the value; two names of an object are the same, two objects are not."""

    def check(code: Any) -> None:
        layer = code.Linear()
        assert layer.bias is None
        assert layer.W is not None
        assert layer is not None
        assert code.keep(layer) is layer
        assert code.Linear() is not layer
        found = "none" if layer.bias is None else "some"
        assert found == "none"

    assert came(check) is None


@pytest.mark.parametrize("by", ["position", "name"])
def test_what_a_call_changes_in_place_is_changed(by: str) -> None:
    """An array that the notebook's code writes into is what it made of it, also in the check."""

    def by_position(code: Any) -> None:
        given = np.zeros(3)
        before = given.copy()
        code.spoil(given)
        assert np.array_equal(given, before)

    def by_name(code: Any) -> None:
        given = np.zeros(3)
        before = given.copy()
        code.spoil_by_name(a=given)
        assert np.array_equal(given, before)

    failure = came(by_position if by == "position" else by_name)
    assert failure is not None
    assert failure.message == "`given` has the right shape, but wrong values."


def test_a_list_is_sorted_in_place() -> None:
    """A list that is handed to one call after the other is the same list."""

    def check(code: Any) -> None:
        items = [3, 1, 2]
        for _ in range(2):
            code.order(items)
        assert items == [1, 2, 3]
        assert len(items) == 3

    assert came(check) is None


def test_functions_are_handed_in() -> None:
    """Lambdas, a check's own functions and libraries' run where the notebook's code calls them."""

    def check(code: Any) -> None:
        plus = 3

        def times(x: Any) -> Any:
            return np.multiply(x, plus)

        assert code.apply(lambda x: x + plus, 2) == 5
        assert code.apply(times, 2) == 6
        assert times(3) == 9
        assert code.apply(np.tanh, 0.0) == 0
        assert code.apply(len, "four") == 4

    assert came(check) is None


def test_a_function_that_reads_an_array_is_refused() -> None:
    """What cannot be written into its source is the assignment's fault, and is named."""

    def check(code: Any) -> None:
        weights = np.ones(3)
        code.apply(lambda x: x @ weights, np.ones(3))

    with pytest.raises(AssignmentError, match="it reads `weights`, a ndarray"):
        came(check)


def test_a_function_tells_students_what_it_reads() -> None:
    """Its source is complete, and what the reproducing cell shows."""

    def check(code: Any) -> None:
        plus = 3
        assert code.apply(lambda x: x + plus, 2) == 5

    plain = Plain(check)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(NOTEBOOK, namespace)  # noqa: S102 - our own
    define, _call = plain.trial(None, Reference(namespace)).planned.scenario.steps
    assert isinstance(define, Define)
    assert define.source == dedent("""\
        plus = 3
        function = lambda x: x + plus""")


def test_exceptions_are_caught_by_try() -> None:
    """`try` catches what the notebook's code raises, by its class, and with its message."""

    def check(code: Any) -> None:
        try:
            code.root(-1)
        except ValueError as error:
            assert "negative" in str(error)  # noqa: PT017
        else:
            raise AssertionError("a root of a negative number")
        try:
            code.refuse()
        except Exception as error:  # noqa: BLE001
            assert type(error).__name__ == "OwnError"  # noqa: PT017
        assert code.root(4) == 2

    assert came(check) is None


def test_the_end_of_an_iterator_is_caught() -> None:
    """`next` of one that has ended raises StopIteration, which a `try` may be there for."""

    def check(code: Any) -> None:
        items = code.some()
        assert next(items) == 1
        try:
            next(items)
        except StopIteration:
            ended = True
        else:
            ended = False
        assert ended

    assert came(check) is None


def test_a_try_around_what_does_not_raise_goes_on() -> None:
    """The `else` of a `try` is what does not hold then."""

    def check(code: Any) -> None:
        try:
            code.root(4)
        except ValueError:
            pass
        else:
            raise AssertionError("it has to refuse 4")

    failure = came(check)
    assert failure is not None
    assert failure.message == "it has to refuse 4"


def test_an_assert_is_not_taken_for_an_exception_of_the_notebooks() -> None:
    """`except ValueError` lets an assert fail that stands in its `try`."""

    def check(code: Any) -> None:
        try:  # noqa: SIM105
            assert code.root(4) == 3
        except ValueError:
            pass

    assert came(check) is not None


def test_values_are_keys() -> None:
    """A number or a text of the notebook's is found in sets and dictionaries."""

    def check(code: Any) -> None:
        found = code.root(4.0)
        assert found in {2.0, 3.0}
        assert {2.0: "two"}[found] == "two"

    assert came(check) is None


def test_what_is_printed_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    """A check that prints says nothing on the grader's terminal."""

    def check(code: Any) -> None:
        print("the root is", code.root(4))  # noqa: T201

    assert came(check) is None
    assert capsys.readouterr().out == ""
