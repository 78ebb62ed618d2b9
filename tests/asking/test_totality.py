"""Whatever two values can arrive: that they are compared, and told of, raises nothing."""

import datetime as dt
import operator
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from benchmarks.fuzz_wire import SEEDS
from grader import models
from grader.agent.values import Frame, Index, Masked, Missing, Named, Record, Series, Tensor
from grader.agent.wire import WireError, decode, encode
from grader.asking.agreement import CompareOptions, difference
from grader.asking.asserts import agreed, compared, held
from grader.asking.bounds import weight
from grader.results.evidence import Evidence
from grader.scenario import Scenario, Transcript, Value
from grader.verdicts import CheckFailed

AWKWARD: Final = [
    *(0, -1, 2**63, 10**4000, -(2**13_999), 0.0, -0.0, 1e308, float("inf"), float("nan"), True),
    *("", "\ud800", "\x1b[31m", "`", "a" * 5000, "9" * 5000, b"", b"\xff", None, ..., 1j),
    *(complex("nan+infj"), Decimal("NaN"), Decimal("1e4000"), Decimal("-Infinity"), Missing("NaT")),
    *(Fraction(10**4000, 3), dt.datetime.max.replace(tzinfo=dt.UTC), dt.date.min, dt.timedelta.max),
    *(dt.datetime.min.replace(tzinfo=dt.UTC), range(0), range(2**62, 2**62 + 3)),
    *(np.array("NaT", "M8[ns]"), np.array(["NaT", "2020"], "M8[D]"), np.array([2**62], "m8[Y]")),
    *(np.zeros((0, 3)), np.zeros(0, object), np.array(5), np.array(["\ud800", ""]), np.array("")),
    *(np.array([[]], "U1"), np.array([None, 10**4000, [1]], object), np.full((2, 2), np.nan)),
    *(np.broadcast_to(np.float32(3e38), (3, 3)), np.array([1 + 1j, np.inf]), np.array([2**64 - 1])),
    *(np.ones((1,) * 12), np.array([True]), np.array([(1, "a")], [("n", "i4"), ("t", "U1")])),
    Tensor(np.array(2.0, "f4"), "float32", requires_grad=True),
    Tensor(np.zeros((0, 2)), "float64"),
    Masked(np.array([1.0, np.nan]), np.array([True, True])),
    Index(np.array([], object), "object"),
    Index(np.array([1, 1, 2]), name=("a", 1)),
    Series(np.array([np.nan, 1.0]), "float64", Index(np.array(["a", "a"], object), "object")),
    Frame(Index(np.array(["a", "a"], object), "object"), (np.ones(2), np.array([1, 2]))),
    Frame(Index(np.array([], object), "object"), ()),
    Frame(
        Index(np.array([1, None], object), "object"),
        (np.array([[1], "x"], object)[:1], np.array(["NaT"], "M8[ns]")),
    ),
    Record("P", {"x": float("nan")}),
    Named((1,), "N", ("a",)),
]


def _arrived(value: object) -> Any:
    """Return a value as it arrives, None where it cannot."""
    try:
        return decode(encode(value))
    except WireError:
        return None


_numbers = st.one_of(
    arrays.boolean_dtypes(),
    arrays.integer_dtypes(endianness="<"),
    arrays.floating_dtypes(endianness="<", sizes=(16, 32, 64)),
    arrays.complex_number_dtypes(endianness="<", sizes=(64, 128)),
    arrays.datetime64_dtypes(max_period="D", endianness="<"),
    arrays.unicode_string_dtypes(endianness="<", max_len=3),
)
_arrays = arrays.arrays(
    _numbers, arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)
)
_leaves = st.one_of(
    st.sampled_from([*SEEDS, *AWKWARD]),
    st.integers(),
    st.floats(),
    st.text(max_size=3),
    _arrays,
    _arrays.map(lambda each: Tensor(each, str(each.dtype)) if each.dtype.kind in "if" else each),
)
_hashable = st.one_of(st.integers(), st.text(max_size=2), st.none(), st.floats(), st.booleans())
VALUES: Final = st.recursive(
    _leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(_hashable, inner, max_size=3),
        st.sets(_hashable, max_size=3),
        st.dictionaries(st.sampled_from(["x", "y"]), inner, max_size=2).map(
            lambda fields: Record("P", fields)
        ),
    ),
    max_leaves=5,
).map(_arrived)
TERMS: Final = [
    CompareOptions(),
    CompareOptions(exact=True),
    CompareOptions(rtol=1e-3),
    CompareOptions(shape="broadcast"),
    CompareOptions(order=False),
]
FUNCTIONS: Final = [np.allclose, np.array_equal, np.isclose, np.array_equiv, np.equal, isinstance]
COMPARISONS: Final = {"Eq": operator.eq, "NotEq": operator.ne, "Lt": operator.lt}


def asserted(assertion: Callable[[], None]) -> None:
    """Let an assertion fail by nothing but its verdict, of which reports can be made."""
    try:
        assertion()
    except CheckFailed as raised:
        failed = raised
    else:
        return
    assert failed.message
    _reported(failed.evidence)


def _reported(evidence: Evidence | None) -> None:
    if evidence is not None:
        models.loads(Evidence, models.dumps(evidence))


def holds(judge: Callable[..., Any], *values: Any) -> bool | None:
    """Return what Python says, None where it says nothing."""
    try:
        return bool(judge(*values))
    except Exception:  # noqa: BLE001 - then the check itself has broken, which others tell
        return None


quick = settings(
    max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), database=None
)
pytestmark = pytest.mark.filterwarnings("ignore")


@quick
@given(VALUES, VALUES, st.lists(VALUES, max_size=2), st.sampled_from(TERMS))
def test_any_two_values_are_compared(
    got: Any, expected: Any, others: Any, options: CompareOptions
) -> None:
    """A value is right where the reference's is the same; else where they differ can be told."""
    for pair in ((got, expected), (expected, expected)):
        found = difference(*pair, others, options=options)
        if found is not None:
            assert found.message("`y`")
            assert found.message("What `f` returned")
            _reported(found.evidence("y"))
    weight([Transcript(Scenario(), (Value(got),))])


@quick
@given(VALUES, VALUES, st.sampled_from(sorted(COMPARISONS)), st.sampled_from(FUNCTIONS))
def test_any_assert_that_does_not_hold_is_told(
    got: Any, expected: Any, how: str, function: Callable[..., Any]
) -> None:
    """Whatever it compares, and whichever side has no name."""
    if holds(COMPARISONS[how], got, expected) is not None:
        for texts in (("code.y", "3"), ("3", "code.y"), ("code.y", "z")):
            told = partial(compared, got, expected, how, *texts, "y == z", lambda: None)
            asserted(told)
    if holds(function, got, expected) is not None:
        asserted(
            lambda: agreed(function, (got, expected), ("code.y", "z"), "f(y, z)", lambda: None)
        )
    if holds(bool, got) is not None:
        asserted(lambda: held(got, "code.y", lambda: None))


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (2**100 + 1, 2**100),
        (2**62 + 1, 2**62),
        (np.array(2**62 + 1), 2**62),
        (np.array([2**62 + 1]), np.array([2**62])),
        (np.array([2**64 - 1], np.uint64), np.array([2**64 - 2], np.uint64)),
        (1, 10**4000),
        (np.array([1], "m8[ns]"), np.array([2**62], "m8[Y]")),
    ],
)
def test_large_integers_have_to_be_equal(got: Any, expected: Any) -> None:
    """Their neighbours are other numbers, which floats cannot tell."""
    for one, other in ((got, expected), (expected, got)):
        assert difference(one, other) is not None
        assert difference(one, one) is None
    assert difference(2**100 + 1, 2**100, options=CompareOptions(rtol=1e-9)) is None
