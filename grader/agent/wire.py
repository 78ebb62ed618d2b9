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
import socket
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

import numpy as np

_NAMES: Final = (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64"),
)
DTYPES: Final = {np.dtype(name).str: np.dtype(name) for name in _NAMES}

MAX_DIMENSIONS: Final = 16


class WireError(ValueError):
    """A message that is not in the format, or is over a limit."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a message may be.

    `json_bytes` and `array_bytes` count what is on the wire, `depth` how deep values are nested,
    `nodes` how many there are.
    """

    json_bytes: int = 8 * 2**20
    array_bytes: int = 512 * 2**20
    depth: int = 24
    nodes: int = 200_000


DEFAULT_LIMITS: Final = Limits()

# An answer has to be kept by a grader that may hold thousands of them. This is room for every
# number of 10,000 images, twice.
ANSWER_LIMITS: Final = Limits(array_bytes=64 * 2**20)


def answer_limits(array_bytes: int) -> Limits:
    """Return the limits of an answer whose arrays may have so many bytes together."""
    return replace(ANSWER_LIMITS, array_bytes=array_bytes)


@dataclass(frozen=True, slots=True)
class Ref:
    """Stands for an object that an earlier step of the same scenario made."""

    name: str


@dataclass(frozen=True, slots=True)
class Described:
    """Stands for a value that is no plain data: only the name of its type travels."""

    type_name: str


class Budget:
    """Counts the nodes and the array bytes of one message against its limits."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.nodes = limits.nodes
        self.array_bytes = limits.array_bytes

    def node(self, depth: int, count: int = 1) -> None:
        """Take `count` values at this depth. Raises WireError where there are none left."""
        self.nodes -= count
        if self.nodes < 0 or (count and depth > self.limits.depth):
            raise WireError(
                f"a message has over {self.limits.nodes} values or is nested over "
                f"{self.limits.depth} deep"
            )

    def array(self, size: int) -> None:
        """Take so many bytes of arrays. Raises WireError where there are none left."""
        self.array_bytes -= size
        if self.array_bytes < 0:
            raise WireError(f"the arrays of a message are over {self.limits.array_bytes} bytes")


class Reader:
    """Turns a JSON tree and the arrays' bytes into a value, strictly."""

    def __init__(self, payload: memoryview, budget: Budget) -> None:
        self.payload = payload
        self.budget = budget
        self.position = 0

    def value(self, tree: object, depth: int) -> Any:
        """Return the value of a tree; who calls has taken it from the budget."""
        kind = type(tree)
        if kind is str or tree is None or kind is bool:
            return tree
        if kind is list:
            return self._tagged(tree, depth)  # type: ignore[arg-type]
        if kind is int:
            if not -(2**63) <= tree < 2**63:  # type: ignore[operator]
                raise WireError("an integer has over 64 bits")
            return tree
        # JSON has no infinity, but a literal such as 1e999 makes one.
        if kind is float and math.isfinite(tree):  # type: ignore[arg-type]
            return tree
        raise WireError("a number is out of range" if kind is float else "a value has no tag")

    def _tagged(self, tree: list[object], depth: int) -> Any:
        if not tree:
            raise WireError("a value has no tag")
        tag = tree[0]
        if tag == "l":
            return self._items(tree, depth + 1)
        if tag == "r" and len(tree) == 2 and isinstance(tree[1], str):
            return Ref(tree[1][:200])
        if tag == "a":
            return self._array(tree[1:])
        if tag == "t":
            return tuple(self._items(tree, depth + 1))
        if tag == "d":
            return dict(self._pairs(tree[1:], depth + 1))
        if tag in ("f", "x") and len(tree) == 2 and isinstance(tree[1], str):
            return self._named(tag, tree[1])
        raise WireError("a value has an unknown tag")

    def _items(self, tree: list[object], depth: int) -> list[Any]:
        """Return the values that stand behind a tag."""
        self.budget.node(depth, len(tree) - 1)
        value = self.value
        found = [item if type(item) is str else value(item, depth) for item in tree]
        del found[0]
        return found

    def _pairs(self, rest: list[object], depth: int) -> Iterator[tuple[str, Any]]:
        keys, values = rest[::2], rest[1::2]
        if len(keys) != len(values) or len(set(map(str, keys))) != len(keys):
            raise WireError("a dictionary is malformed")
        self.budget.node(depth, len(values))
        for key, item in zip(keys, values, strict=True):
            if not isinstance(key, str):
                raise WireError("a dictionary's key is no string")
            yield key, self.value(item, depth)

    def _named(self, tag: object, text: str) -> Any:
        if tag == "f":
            if text not in ("nan", "inf", "-inf"):
                raise WireError("a float is malformed")
            return float(text)
        return Described(text[:200])

    def _array(self, rest: list[object]) -> np.ndarray:
        if len(rest) != 4:
            raise WireError("an array is malformed")
        name, shape, layout, writeable = rest
        if (
            not (isinstance(name, str) and name in DTYPES)
            or layout not in ("C", "F", "S")
            or not isinstance(writeable, bool)
        ):
            raise WireError("an array's dtype or layout is not allowed")
        if not isinstance(shape, list) or len(shape) > MAX_DIMENSIONS:
            raise WireError("an array's shape is malformed")
        if not all(type(size) is int and 0 <= size < 2**48 for size in shape):
            raise WireError("an array's shape is malformed")
        dtype = DTYPES[name]
        size = math.prod(shape) * dtype.itemsize
        self.budget.array(size)
        if self.position + size > len(self.payload):
            raise WireError("an array is longer than the message that carries it")
        data = self.payload[self.position : self.position + size]
        self.position += size
        order: Any = "F" if layout == "F" else "C"
        array = np.ndarray(shape, dtype, bytearray(data), order=order)
        array = strided(array) if layout == "S" else array
        array.flags.writeable = writeable
        return array


def strided(array: np.ndarray) -> np.ndarray:
    """Return an equal array that is contiguous in neither order, where its shape allows that."""
    if array.ndim == 0:
        return array
    wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
    wide[..., ::2] = array
    return wide[..., ::2]


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


_LENGTH: Final = struct.Struct("!I")


def tell(connection: socket.socket, options: dict[str, Any]) -> None:
    """Send the options. Raises OSError where nobody takes them."""
    content = json.dumps(options).encode()
    connection.sendall(_LENGTH.pack(len(content)) + content)


def told(connection: socket.socket) -> dict[str, Any]:
    """Wait for the options, and take no more than them. Raises EOFError where none come."""
    (length,) = _LENGTH.unpack(_exactly(connection, _LENGTH.size))
    options: dict[str, Any] = json.loads(_exactly(connection, length))
    return options
