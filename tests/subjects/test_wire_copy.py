"""What passing within the grader's process promises: values arrive as messages deliver them."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given

from grader.agent.wire import WireError, decode, encode
from grader.subjects.wire_copy import passed
from tests.agent.test_wire import same
from tests.values import VALUES

BIG_ENDIAN = np.arange(3, dtype=">f8")
LARGE = np.zeros((200, 200))


class Text(str):
    """A string of another type."""

    __slots__ = ()


@given(VALUES)
@example([math.nan, math.inf, -math.inf, -0.0, 2**63 - 1, -(2**63), 2**63])
@example([BIG_ENDIAN, np.array(["a"]), np.float64(2.5), np.ma.masked_array([1.0, 2.0])])
@example(["\ud83d\ude00", Text("text"), "long" * 1000, {Text("key"): 1}, {1: 2}, object()])
@example([LARGE, LARGE.T, LARGE[:, ::2]])
@example([[1] * 2000, ([],), {}, 1j, b"", {1}])
def test_values_arrive_as_in_a_message(value: object) -> None:
    """In type and content, in layout and writability, they are what the wire delivers."""
    assert same(passed(value), decode(encode(value)))


@given(VALUES)
def test_what_arrives_shares_nothing_with_what_left(value: object) -> None:
    """Whoever changes what arrived changes nothing of the sender's, nor the same sent twice."""
    arrays = [*_arrays(passed([value, value])), *_arrays(value)]
    for index, one in enumerate(arrays):
        assert not any(np.shares_memory(one, other) for other in arrays[:index])


def _arrays(value: Any) -> list[np.ndarray]:
    if isinstance(value, np.ndarray):
        return [value]
    parts = value.values() if isinstance(value, dict) else value
    if isinstance(value, dict | list | tuple):
        return [array for part in parts for array in _arrays(part)]
    return []


def test_an_array_that_arrives_has_a_fixed_size() -> None:
    """It refuses to be resized in place, as one from a message does."""
    for arrived in (passed(np.ones(3)), decode(encode(np.ones(3)))):
        with pytest.raises(ValueError, match="resize"):
            arrived.resize(6)


def test_what_no_message_can_hold_does_not_arrive() -> None:
    """A list that holds itself is refused."""
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(WireError):
        passed(endless)
