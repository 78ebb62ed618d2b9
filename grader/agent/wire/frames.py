"""Frames: whole messages as bytes, and the streams that they are read from."""

import json
import socket
import struct
from collections.abc import Sequence
from typing import Any, Final, Protocol

from .limits import DEFAULT_LIMITS, Budget, Limits, WireError
from .reading import Reader
from .writing import Writer, tree_of

HEADER: Final = struct.Struct(">IQ")

# What a value takes, beside the numbers of an array, and a letter of a text at most.
_VALUE_BYTES: Final = 64
_WIDEST: Final = 4

_JSON: Final = json.JSONEncoder(allow_nan=False, separators=(",", ":"))


class Stream(Protocol):
    """What a frame is read from: a connected socket."""

    def recv(self, size: int, /) -> bytes:
        """Return up to `size` bytes, and none at the end of the stream."""


def encode(value: object, limits: Limits = DEFAULT_LIMITS, *, whole: bool = False) -> bytes:
    """Return the frame of `value`; what is no plain data is encoded as `Described`.

    Raises WireError where the message is over a limit, and UnsendableError where it has to be
    `whole` and holds what has no plain form.
    """
    writer = Writer(Budget(limits), whole=whole)
    writer.budget.node(0)
    body = _JSON.encode(tree_of(value, writer, 0)).encode("utf-8", "surrogatepass")
    payload = b"".join(writer.buffers)
    if len(body) > limits.json_bytes:
        raise WireError(f"a message of {len(body)} bytes is over the limit of {limits.json_bytes}")
    return HEADER.pack(len(body), len(payload)) + body + payload


def joined(frames: Sequence[bytes], limits: Limits = DEFAULT_LIMITS) -> bytes:
    """Return the frame of the list of the values that `frames`, made by `encode`, stand for.

    Raises WireError where the message may be over a limit.
    """
    parts = [_parts(frame) for frame in frames]
    body = b"[" + b",".join([b'"l"', *(body for body, _payload in parts)]) + b"]"
    return _put_together(body, b"".join(payload for _body, payload in parts), limits)


def preceded(first: bytes, rest: bytes, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """Return the frame of the list that `rest` stands for, with the value of `first` before it.

    Both were made by `encode`, and the list is not empty. Raises WireError where the message may be
    over a limit.
    """
    (value, payload), (items, payload_of_items) = _parts(first), _parts(rest)
    opening = b'["l",'
    body = opening + value + b"," + items.removeprefix(opening)
    return _put_together(body, payload + payload_of_items, limits)


def _parts(frame: bytes) -> tuple[bytes, bytes]:
    """Return the body and the payload of a frame."""
    end = HEADER.size + HEADER.unpack_from(frame)[0]
    return frame[HEADER.size : end], frame[end:]


def _put_together(body: bytes, payload: bytes, limits: Limits) -> bytes:
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
    # Many kinds of values are made here, each with errors of its own.
    except Exception as error:
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
