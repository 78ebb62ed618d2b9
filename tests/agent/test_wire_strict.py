"""What the wire refuses: every message that is not exactly in its format.

Whoever runs student code writes to the grader whatever it likes. Reading that ends in a plain
value or in WireError, and costs no more memory than what was really sent.
"""

import contextlib
import json
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.agent.wire import DTYPES, HEADER, Limits, WireError, decode, encode


def frame(tree: object, payload: bytes = b"") -> bytes:
    """Return a frame with this JSON, a string being taken as it is."""
    body = (tree if isinstance(tree, str) else json.dumps(tree)).encode("utf-8", "surrogatepass")
    return HEADER.pack(len(body), len(payload)) + body + payload


EIGHT = bytes(8)
DEEP = '["l",' * 40 + "1" + "]" * 40

WRONG_DTYPES: list[object] = [
    *("|O8", "|O", "<c16", "<U3", "|S9", "|V8", "<M8[x]", ">f8", "float64", "", None, 8, [], {}),
    *("<U0", "|S0", "<M8[0s]", "<M8[1s]", "<M8[s][2]", "<M8[999999s]", "<f16", "<U99999999", "c16"),
    [["x", "<i4"], ["y", "<f4"]],
]
WRONG_SHAPES: list[object] = [
    *([-1], [True], [1.0], ["1"], [None], [2**48], [2**62, 4], [2], [0], [1] * 17, "1", 1, None),
    {},
]
WRONG_LAYOUTS: list[object] = ["X", "", None, 1, ["C"], {}]
WRONG_FLAGS: list[object] = [1, 0, None, "true"]
WRONG_ARRAYS: list[object] = [
    *(["a", dtype, [1], "C", True] for dtype in WRONG_DTYPES),
    *(["a", "<f8", shape, "C", True] for shape in WRONG_SHAPES),
    *(["a", "<f8", [1], layout, True] for layout in WRONG_LAYOUTS),
    *(["a", "<f8", [1], "C", flag] for flag in WRONG_FLAGS),
    ["a", "<f8", [1], "C"],
    ["a", "<f8", [1], "C", True, 0],
]


@pytest.mark.parametrize("tree", WRONG_ARRAYS, ids=str)
def test_no_other_array_comes_through(tree: object) -> None:
    """Only the listed dtypes, honest shapes and known layouts make an array."""
    with pytest.raises(WireError):
        decode(frame(tree, EIGHT))


@pytest.mark.parametrize(
    ("tree", "payload"),
    [
        (["a", "<f8", [1], "C", True], EIGHT + b"x"),
        (["a", "<f8", [1], "C", True], EIGHT[:7]),
        (["a", "<f8", [0, 2**47, 2**47], "C", True], b""),
        (["a", "<f8", [0, 2**47, 2**47], "S", True], b""),
        (None, EIGHT),
    ],
)
def test_an_array_has_exactly_its_bytes(tree: object, payload: bytes) -> None:
    """No byte is missing, and none is left over."""
    with pytest.raises(WireError):
        decode(frame(tree, payload))


WRONG_JSON = [
    *("NaN", "Infinity", "-Infinity", "1e999", "-1e999", "[1", "", " ", "\ufeff1", "nul", "'a'"),
    *('"a', '"\n"', "1 2", "01", "9" * 4000, "9" * 5000, str(2**63), str(-(2**63) - 1)),
    *("[" * 10**5, "{" * 10**5, DEEP),
]
WRONG_TREES: list[object] = [
    *([], {}, {"d": 1}, [1, 2], [None], [[]], [["l"]], ["z"], ["L"], [""]),
    *(["f", text] for text in ("1", "NaN", "infinity", "+inf", " nan", "1_0", 1, None)),
    *(["f"], ["r"], ["x"], ["r", "a", "b"], ["x", ["l"]], ["r", 1], ["f", "nan", "nan"]),
    *(["d", "a"], ["d", 1, 2], ["d", "a", 1, "a", 2], ["d", ["l"], 1], ["d", None, 1]),
]


@pytest.mark.parametrize("tree", [*WRONG_JSON, *WRONG_TREES], ids=lambda tree: str(tree)[:20])
def test_what_is_not_in_the_format_is_refused(tree: object) -> None:
    """No literal, tag, key or depth beyond the format comes through."""
    with pytest.raises(WireError):
        decode(frame(tree))


@given(st.binary(max_size=200), st.binary(max_size=40), st.booleans())
def test_arbitrary_bytes_are_refused_or_plain(body: bytes, payload: bytes, framed: bool) -> None:
    """Decoding ends in a value or in WireError, whatever the bytes."""
    data = HEADER.pack(len(body), len(payload)) + body + payload if framed else body + payload
    with contextlib.suppress(WireError):
        encode(decode(data))


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False)
        | st.text(max_size=4)
        | st.sampled_from([*"ltdafrx", *DTYPES, "|O8", "C", "S"]),
        lambda trees: st.lists(trees, max_size=6) | st.dictionaries(st.text(max_size=2), trees),
        max_leaves=20,
    ),
    st.binary(max_size=40),
)
def test_arbitrary_trees_are_refused_or_plain(tree: object, payload: bytes) -> None:
    """Well-formed JSON that means nothing ends in WireError as well."""
    with contextlib.suppress(WireError):
        encode(decode(frame(tree, payload)))


SMALL = encode(["value", {"k": (1, -0.5, np.array([[1.5]]))}, [[0, 1]], None])


def test_every_change_of_one_byte_is_noticed_or_harmless() -> None:
    """A frame with any byte changed is refused, or is another plain value."""
    for place in range(len(SMALL)):
        for byte in range(256):
            mutant = bytes([*SMALL[:place], byte, *SMALL[place + 1 :]])
            with contextlib.suppress(WireError):
                encode(decode(mutant))


def test_every_truncated_or_extended_frame_is_refused() -> None:
    """A frame is whole or nothing."""
    for frames in [*(SMALL[:end] for end in range(len(SMALL))), SMALL + b"\0", SMALL + SMALL]:
        with pytest.raises(WireError):
            decode(frames)


@pytest.mark.parametrize(
    "data",
    [
        HEADER.pack(2**32 - 1, 0),
        HEADER.pack(0, 2**64 - 1),
        HEADER.pack(2**32 - 1, 2**64 - 1),
        HEADER.pack(4, 2**29) + b"null",
        frame(["a", "<f8", [2**26], "C", True], EIGHT),
        frame(["a", "|u1", [2**47, 0, 2], "S", True]),
        frame(["a", "|u1", [2**29], "S", True], EIGHT),
        frame(["l", *[["a", "<f8", [2**25], "S", True]] * 100], EIGHT),
    ],
)
def test_a_forged_length_reserves_no_memory(data: bytes) -> None:
    """What a message says of its size is believed only as far as its bytes have arrived."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        with contextlib.suppress(WireError):
            decode(data)
        assert tracemalloc.get_traced_memory()[1] - before < 2**20
    finally:
        tracemalloc.stop()


def test_a_small_message_cannot_unfold_into_a_large_one() -> None:
    """Nodes are counted when read: their number is bounded, not only their bytes."""
    with pytest.raises(WireError, match="values"):
        decode(frame(["l", *[0] * 300]), Limits(nodes=200))
    with pytest.raises(WireError, match="over the limit"):
        decode(frame(["a", "|u1", [300], "C", True], bytes(300)), Limits(array_bytes=200))
