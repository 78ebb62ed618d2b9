"""What the wire promises: plain data arrives as it left, whole or not at all."""

import math
import socket
import threading
import tracemalloc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from grader.agent.wire import (
    HEADER,
    Described,
    Limits,
    WireError,
    decode,
    encode,
    joined,
    preceded,
    receive,
)
from tests.values import VALUES


def same(got: Any, sent: Any) -> bool:
    """Whether two values are equal in type and content, NaNs and signs of zeros included."""
    if type(got) is not type(sent):
        return False
    if isinstance(sent, np.ndarray):
        return bool(
            got.dtype == sent.dtype
            and got.shape == sent.shape
            and got.tobytes() == sent.tobytes()
            and got.flags.writeable == sent.flags.writeable
            and got.flags.c_contiguous == sent.flags.c_contiguous
            and got.flags.f_contiguous == sent.flags.f_contiguous
        )
    if isinstance(sent, float):
        return repr(got) == repr(sent)
    if isinstance(sent, list | tuple):
        return len(got) == len(sent) and all(map(same, got, sent))
    if isinstance(sent, dict):
        return list(got) == list(sent) and all(same(got[key], sent[key]) for key in sent)
    return bool(got == sent)


@given(VALUES)
@example([math.nan, math.inf, -math.inf, -0.0, 2**63 - 1, -(2**63)])
@example({"l": ["l", "a"], "": ("d", {"f": "nan"})})
def test_plain_data_arrives_as_it_left(value: object) -> None:
    """Whatever the format can express survives, with arrays' layout and writability."""
    assert same(decode(encode(value)), value)


@given(st.lists(VALUES, max_size=4))
def test_joined_frames_are_the_frame_of_the_list(values: list[object]) -> None:
    """What was encoded once need not be encoded again to travel with others."""
    assert joined([encode(value) for value in values]) == encode(values)


@given(VALUES, st.lists(VALUES, min_size=1, max_size=4))
def test_a_preceded_frame_is_the_frame_of_the_longer_list(
    first: object, rest: list[object]
) -> None:
    """A question that is asked of edited code is not encoded anew for each edit."""
    assert preceded(encode(first), encode(rest)) == encode([first, *rest])


def test_frames_that_are_too_much_together_are_not_joined() -> None:
    """The limits of a message hold for the whole."""
    frames = [encode(np.zeros(3)), encode([1, 2])]
    for together in (joined, lambda frames, *limits: preceded(*frames, *limits)):
        together(frames)
        for limits in (Limits(array_bytes=23), Limits(json_bytes=20), Limits(nodes=4)):
            with pytest.raises(WireError):
                together(frames, limits)


@given(VALUES)
def test_one_value_has_one_frame(value: object) -> None:
    """Equal values make equal bytes, so that a scenario's key names its contents."""
    assert encode(value) == encode(decode(encode(value)))


@pytest.mark.parametrize("dtype", [">f8", ">i4", ">u2"])
def test_big_endian_numbers_keep_their_values(dtype: str) -> None:
    """An array in the other byte order arrives with the same numbers."""
    sent = np.array([1, 2, 515], dtype)
    np.testing.assert_array_equal(decode(encode(sent)), sent)


class Loud(dict[str, int]):
    pass


def table(rows: list[list[float]]) -> np.ndarray:
    """Return an array of a subclass of numpy's."""
    return np.array(rows).view(np.recarray)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (object(), "builtins.object"),
        (1 << 14_000, "builtins.int"),
        ({object(): 2}, "builtins.dict"),
        ({object()}, "builtins.set"),
        (len, "builtins.builtin_function_or_method"),
        (np.zeros(2, np.longdouble), f"numpy array of {np.dtype(np.longdouble)}"),
        (np.zeros(2, "V8"), "numpy array of |V8"),
        (np.zeros(2, "i4,O"), "numpy array of [('f0', '<i4'), ('f1', 'O')]"),
        (np.zeros((1,) * 17), "numpy array of float64"),
    ],
)
def test_what_is_no_plain_data_travels_as_a_type_name(value: object, name: str) -> None:
    """Of any other object nothing but its type is told."""
    assert decode(encode(value)) == Described(name)
    assert decode(encode([value])) == [Described(name)]


def test_numpy_scalars_and_subclasses_arrive_as_plain_values() -> None:
    """A numpy scalar is an array of no dimensions, a subclass of dict is a dict."""
    got = decode(encode([np.float32(2.5), np.bool_(True), table([[1.0]]), Loud(a=1)]))
    assert [type(each) for each in got] == [np.ndarray] * 3 + [dict]
    assert [each.shape for each in got[:3]] == [(), (), (1, 1)]


RECURSIVE: list[object] = []
RECURSIVE.append(RECURSIVE)


@pytest.mark.parametrize(
    "value",
    [
        RECURSIVE,
        [0] * 300,
        "x" * 3000,
        np.zeros(5000, np.uint8),
        [np.zeros(1500, np.uint8)] * 3,
        # Far more than any memory, were it ever laid out.
        np.broadcast_to(np.uint8(0), (2**40,)),
    ],
    ids=["recursive", "nodes", "text", "array", "arrays", "virtual"],
)
def test_a_message_over_a_limit_is_not_encoded(value: object) -> None:
    """Limits hold for the sender too, before the message is built."""
    limits = Limits(json_bytes=2000, array_bytes=4000, depth=8, nodes=200)
    with pytest.raises(WireError, match=r"over"):
        encode(value, limits)


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Return two connected sockets."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


Ends = tuple[socket.socket, socket.socket]


def test_messages_arrive_one_after_the_other(ends: Ends) -> None:
    """A stream of frames is read frame by frame, whatever pieces it comes in."""
    ours, theirs = ends
    sent = [1, np.arange(300_000.0), [], {"a": "b"}]

    def trickle() -> None:
        for byte in encode(sent[0]):
            theirs.send(bytes([byte]))
        theirs.sendall(b"".join(map(encode, sent[1:])))

    writer = threading.Thread(target=trickle)
    writer.start()
    got = [receive(ours) for _ in sent]
    writer.join()
    assert all(map(same, got, sent))


@pytest.mark.parametrize("end", [0, 1, HEADER.size, HEADER.size + 3, -1])
def test_a_stream_that_ends_within_a_message_is_an_eof_error(ends: Ends, end: int) -> None:
    """Whoever stops speaking, at a frame's edge or within it, has closed the connection."""
    ours, theirs = ends
    theirs.sendall(encode([1, np.zeros(3)])[:end])
    theirs.close()
    with pytest.raises(EOFError):
        receive(ours)


@pytest.mark.parametrize("end", [0, 5, HEADER.size, -1])
def test_a_stream_that_falls_silent_is_a_timeout(ends: Ends, end: int) -> None:
    """What the stream raises reaches the caller as it is."""
    ours, theirs = ends
    theirs.sendall(encode([1, np.zeros(3)])[:end])
    ours.settimeout(0.01)
    with pytest.raises(TimeoutError):
        receive(ours)


def test_a_message_that_is_too_long_is_refused_by_its_header(ends: Ends) -> None:
    """Nothing of it is waited for."""
    ours, theirs = ends
    theirs.sendall(HEADER.pack(8, 2**63))
    with pytest.raises(WireError, match="over the limit"):
        receive(ours)


def test_an_announced_message_reserves_no_memory_before_it_arrives(ends: Ends) -> None:
    """A header that promises the most that is allowed costs what has arrived, no more."""
    ours, theirs = ends
    limits = Limits()
    theirs.sendall(HEADER.pack(limits.json_bytes, limits.array_bytes) + b"[")
    ours.settimeout(0.01)
    tracemalloc.start()
    try:
        with pytest.raises(TimeoutError):
            receive(ours)
        # One read asks the system for up to 1 MiB.
        assert tracemalloc.get_traced_memory()[1] < 3 * 2**20
    finally:
        tracemalloc.stop()
