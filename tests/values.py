"""Every value that can travel between the grader and a student's process, as strategies."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

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
    st.builds(Described, st.text(max_size=8)),
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
