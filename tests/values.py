"""Every value that can travel between the grader and a student's process, as strategies."""

from datetime import UTC

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader.agent.values import Member, Named, Record
from grader.agent.wire import DTYPES, Described, Ref

LAYOUTS = ("C", "F", "strided", "reversed", "broadcast")


@st.composite
def arrays(draw: st.DrawFn) -> np.ndarray:
    """Draw an array of any dtype, shape, memory layout and writability."""
    shape = draw(hnp.array_shapes(min_dims=0, max_dims=5, min_side=0, max_side=3))
    array = draw(hnp.arrays(draw(st.sampled_from(sorted(DTYPES))), shape))
    layout = draw(st.sampled_from(LAYOUTS))
    if layout == "F":
        array = np.asfortranarray(array)
    elif layout == "strided" and array.ndim:
        array = np.repeat(array, 2, axis=-1)[..., ::2]
    elif layout == "reversed" and array.ndim:
        array = array[::-1]
    elif layout == "broadcast":
        array = np.broadcast_to(array, (2, *array.shape))
    if draw(st.booleans()):
        array.flags.writeable = False
    return array


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.text(st.characters(), max_size=8),
    st.builds(Ref, st.text(max_size=8)),
    # Names that would end a line of a report arrive without what does so.
    st.builds(Described, st.text(max_size=8).filter(str.isprintable)),
)
VALUES = st.recursive(
    SCALARS | arrays(),
    lambda values: (
        st.lists(values, max_size=4)
        | st.lists(values, max_size=4).map(tuple)
        | st.dictionaries(st.text(st.characters(), max_size=4), values, max_size=4)
    ),
    max_leaves=12,
)

# Of kinds that are no plain JSON, nor arrays of numbers.
KEYS = st.recursive(
    st.one_of(
        st.none(),
        st.integers(),
        st.floats(allow_nan=False),
        st.text(st.characters(), max_size=4),
        st.binary(max_size=4),
        st.complex_numbers(allow_nan=False),
        st.decimals(allow_nan=False, max_value=10**9, min_value=-(10**9), places=3),
        st.fractions(),
        st.dates(),
        st.times(),
        st.datetimes(),
        st.datetimes(timezones=st.just(UTC)),
        st.timedeltas(),
    ),
    lambda keys: st.lists(keys, max_size=3).map(tuple) | st.frozensets(keys, max_size=3),
    max_leaves=5,
)
OTHER_ARRAYS = hnp.arrays(
    st.one_of(
        hnp.complex_number_dtypes(endianness="<"),
        hnp.unicode_string_dtypes(endianness="<", min_len=1, max_len=5),
        hnp.byte_string_dtypes(min_len=1, max_len=5),
        hnp.datetime64_dtypes(endianness="<"),
        hnp.timedelta64_dtypes(endianness="<"),
        st.just(np.dtype([("a", "<i4"), ("b", "<U3"), ("c", "<f8", (2,))])),
    ),
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3),
)
RARE_VALUES = st.recursive(
    KEYS | OTHER_ARRAYS | st.builds(slice, st.integers(), st.none(), st.integers()),
    lambda values: st.one_of(
        st.lists(values, max_size=4),
        st.sets(KEYS, max_size=4),
        st.dictionaries(KEYS, values, max_size=4),
        st.binary(max_size=4).map(bytearray),
        st.dictionaries(st.sampled_from("xyz"), values).map(lambda each: Record("P", each)),
        st.tuples(values, values).map(lambda each: Named(each, "N", ("a", "b"))),
        st.builds(Member, st.just("C"), st.just("RED"), values),
    ),
    max_leaves=10,
)
