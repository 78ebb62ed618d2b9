"""The messages between the grader and the process that runs student code.

A message is a tree of None, booleans, 64-bit integers, floats, strings, lists,
tuples, dictionaries with string keys, numpy arrays of numbers, `Ref` and
`Described`. On the wire it is a frame: two lengths, the tree as JSON, and the
arrays' bytes one after the other. Nothing else can be expressed, so decoding
can neither run code nor build an object of anybody else's making.

In JSON a scalar stands for itself and everything else is a list that begins
with a one-letter tag, so that no value can be mistaken for a tag.

An array arrives with the memory layout and the writability it was sent with:
a layer has to cope with both, so questions must be able to carry them.
"""

import json
import math
import struct
from collections.abc import Sequence
from typing import Any, Final, Protocol

import numpy as np

from .reading import Reader
from .values import (
    ANSWER_LIMITS,
    DEFAULT_LIMITS,
    DTYPES,
    MAX_DIMENSIONS,
    Budget,
    Described,
    Limits,
    Ref,
    WireError,
    answer_limits,
)

__all__ = [
    "ANSWER_LIMITS",
    "DTYPES",
    "HEADER",
    "Described",
    "Limits",
    "Ref",
    "WireError",
    "answer_limits",
    "decode",
    "encode",
    "joined",
    "receive",
    "weighed",
]

HEADER: Final = struct.Struct(">IQ")

# What a value takes, beside the numbers of an array, and a letter of a text at most.
_VALUE_BYTES: Final = 64
_WIDEST: Final = 4

_JSON: Final = json.JSONEncoder(allow_nan=False, separators=(",", ":"))


class Stream(Protocol):
    """What a frame is read from: a connected socket."""

    def recv(self, size: int, /) -> bytes:
        """Return up to `size` bytes, and none at the end of the stream."""
        ...


def encode(value: object, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """Return the frame of `value`; what is no plain data is encoded as `Described`.

    Raises WireError where the message is over a limit.
    """
    buffers: list[bytes] = []
    budget = Budget(limits)
    budget.node(0)
    body = _JSON.encode(_tree(value, buffers, budget, 0)).encode("utf-8", "surrogatepass")
    payload = b"".join(buffers)
    if len(body) > limits.json_bytes:
        raise WireError(f"a message of {len(body)} bytes is over the limit of {limits.json_bytes}")
    return HEADER.pack(len(body), len(payload)) + body + payload


def joined(frames: Sequence[bytes], limits: Limits = DEFAULT_LIMITS) -> bytes:
    """Return the frame of the list of the values that `frames`, made by `encode`, stand for.

    Raises WireError where the message may be over a limit.
    """
    bodies, payloads = [b'"l"'], []
    for frame in frames:
        body = HEADER.size + HEADER.unpack_from(frame)[0]
        bodies.append(frame[HEADER.size : body])
        payloads.append(frame[body:])
    body, payload = b"[" + b",".join(bodies) + b"]", b"".join(payloads)
    header = HEADER.pack(len(body), len(payload))
    _sizes(header, limits)
    # In JSON every value but the outermost stands behind a comma.
    if body.count(b",") + 1 > limits.nodes:
        raise WireError(f"a message may have over {limits.nodes} values")
    return header + body + payload


def decode(frame: bytes, limits: Limits = DEFAULT_LIMITS) -> Any:
    """Return the value of one whole frame. Raises WireError, and nothing else."""
    if len(frame) < HEADER.size:
        raise WireError("a frame is shorter than its header")
    body_size, payload_size = _sizes(frame[: HEADER.size], limits)
    if len(frame) != HEADER.size + body_size + payload_size:
        raise WireError("a frame's length is not what its header says")
    view = memoryview(frame)[HEADER.size :]
    return _decode_body(view[:body_size], view[body_size:], limits)[0]


def receive(stream: Stream, limits: Limits = DEFAULT_LIMITS) -> Any:
    """Return the next message of `stream`.

    Raises EOFError where the stream ends, WireError where the message is not in the format, and
    whatever the stream raises (TimeoutError, OSError).
    """
    return weighed(stream, limits)[0]


def weighed(stream: Stream, limits: Limits = DEFAULT_LIMITS) -> tuple[Any, int]:
    """Return the next message of `stream` as `receive` does, and about how many bytes it takes."""
    body_size, payload_size = _sizes(_exactly(stream, HEADER.size), limits)
    body = _exactly(stream, body_size)
    payload = _exactly(stream, payload_size)
    return _decode_body(memoryview(body), memoryview(payload), limits)


# Most of a message are texts and references to objects: nothing may be slow about them.
def _tree(value: object, buffers: list[bytes], budget: Budget, depth: int) -> object:
    """Return the JSON of a value; who calls has taken it from the budget."""
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return value
    if kind is list or kind is tuple:
        items: Any = value
        depth += 1
        budget.node(depth, len(items))
        return [
            "l" if kind is list else "t",
            *[each if type(each) is str else _tree(each, buffers, budget, depth) for each in items],
        ]
    if kind is int:
        return value if -(2**63) <= value < 2**63 else _described(value)  # type: ignore[operator]
    if kind is float:
        return value if math.isfinite(value) else ["f", repr(value)]  # type: ignore[arg-type]
    # What only says that it is an array would be asked to make one.
    if issubclass(kind, np.ndarray | np.generic):
        return _array_tree(np.asarray(value), buffers, budget)
    if isinstance(value, Ref):
        return ["r", value.name]
    if isinstance(value, Described):
        return ["x", value.type_name]
    if isinstance(value, dict) and all(type(key) is str for key in value):
        budget.node(depth + 1, len(value))
        pairs = (
            part
            for key, item in value.items()
            for part in (key, _tree(item, buffers, budget, depth + 1))
        )
        return ["d", *pairs]
    if isinstance(value, list | tuple):
        plain = tuple(value) if isinstance(value, tuple) else list(value)
        return _tree(plain, buffers, budget, depth)
    return _described(value)


def _described(value: object) -> list[str]:
    kind = type(value)
    return ["x", f"{kind.__module__}.{kind.__qualname__}"[:200]]


def _array_tree(array: np.ndarray, buffers: list[bytes], budget: Budget) -> list[object]:
    little = array.dtype.newbyteorder("<") if array.dtype.byteorder == ">" else array.dtype
    if little.str not in DTYPES or array.ndim > MAX_DIMENSIONS:
        return ["x", f"numpy array of {array.dtype}"[:200]]
    budget.array(array.nbytes)
    layout = "C" if array.flags.c_contiguous else "F" if array.flags.f_contiguous else "S"
    data = array.astype(little, copy=False).tobytes("F" if layout == "F" else "C")
    buffers.append(data)
    return ["a", little.str, list(array.shape), layout, bool(array.flags.writeable)]


def _sizes(header: bytes | bytearray, limits: Limits) -> tuple[int, int]:
    body_size, payload_size = HEADER.unpack(header)
    if body_size > limits.json_bytes or payload_size > limits.array_bytes:
        raise WireError(f"a message of {body_size} and {payload_size} bytes is over the limit")
    return body_size, payload_size


def _exactly(stream: Stream, size: int) -> bytearray:
    # Grown as data arrives: a header alone must not make the reader set memory aside.
    data = bytearray()
    while len(data) < size:
        part = stream.recv(min(size - len(data), 2**20))
        if not part:
            raise EOFError("the other side closed the connection")
        data += part
    return data


def _decode_body(body: memoryview, payload: memoryview, limits: Limits) -> tuple[Any, int]:
    """Return the value of a message, and about how many bytes it takes."""
    raw = bytes(body)
    # Each list is a value or the shape of one, and takes thirty times what it does here.
    if raw.count(b"[") + raw.count(b"{") > 2 * limits.nodes + 2:
        raise WireError(f"a message has over {limits.nodes} values")
    try:
        tree = _PLAIN_JSON.decode(raw.decode("utf-8", "surrogatepass"))
        reader = Reader(payload, Budget(limits))
        reader.budget.node(0)
        value = reader.value(tree, 0)
    except WireError:
        raise
    except (ValueError, TypeError, RecursionError, OverflowError, MemoryError) as error:
        raise WireError(f"a message is not in the format: {error}") from error
    if reader.position != len(payload):
        raise WireError("a message carries bytes that belong to no array")
    values = limits.nodes - reader.budget.nodes
    return value, len(payload) + _WIDEST * len(raw) + _VALUE_BYTES * values


def _refuse(constant: str) -> float:
    raise WireError(f"{constant} is no JSON number")


_PLAIN_JSON: Final = json.JSONDecoder(parse_constant=_refuse)
