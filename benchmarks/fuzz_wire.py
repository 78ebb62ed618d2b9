"""Fuzzes the wire: frames of valid values, changed at random, end in a value or in WireError.

    python -m benchmarks.fuzz_wire --seconds 600

Each round takes the frame of a value of some kind and changes bytes of it, or the JSON in it: an
element is removed, repeated, exchanged for one of another frame or for one that has proved awkward.
What decodes has to encode again, and has to be shown as evidence. The time of each round and what a
frame takes of memory beyond its own size are bounded. The first failure ends it, with the frame.
"""

import json
import random
import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import click
import numpy as np

from grader.agent.values import (
    Categories,
    Failure,
    Frame,
    Index,
    Masked,
    Member,
    Missing,
    MultiIndex,
    Named,
    Picture,
    Record,
    Ref,
    Series,
    Sparse,
    Tensor,
)
from grader.agent.wire import HEADER, Described, Limits, WireError, decode, encode
from grader.results.evidence import Item
from tests.agent.valued import SEEN

NUMBERS: Final = np.arange(3.0)
TEXTS: Final = np.array(["x", None, float("nan")], object)
LABELS: Final = MultiIndex((Index(np.arange(3), name="n"), Index(TEXTS, "str")))
MASKED: Final = Masked(np.arange(3), np.array([True, False, False]))

SEEDS: Final[list[Any]] = [
    *(None, True, 1, 1.5, float("nan"), "text", [1, (2.5, "a")], {"a": [1], "b": None}, Ref("y")),
    *(Described("builtins.object"), NUMBERS, NUMBERS[::2], np.asfortranarray(np.ones((2, 3)))),
    *(2**100, -(2**70), 1 + 2j, b"bytes", bytearray(b"more"), {1, "a", (2, 3)}, frozenset([1.5])),
    *(range(5), range(9, 0, -2), slice(1, None, 2), ..., {1: "a", (1, 2): [3], None: 2.5}),
    *(Decimal("1.50"), Decimal("-Infinity"), Decimal("NaN"), Fraction(-1, 3)),
    *(date(2020, 1, 2), clock(1, 2, 3), datetime(2020, 1, 2, tzinfo=UTC), timedelta(1, 2, 3)),
    *(np.array([1j]), np.array(["a", "bcd"]), np.array([b"a"]), np.array(["2020"], "M8[D]")),
    np.array([1], "m8[ns]"),
    np.array([(1, 2.5, [1, 2])], [("a", "i4"), ("b", "f8"), ("c", "i2", 2)]),
    np.array([[1, "a"], [None, [1, 2]]], object),
    *(Tensor(NUMBERS, requires_grad=True, grad=NUMBERS), Tensor(np.ones(2, "f4"), "bfloat16")),
    *(MASKED, Missing("NA"), LABELS, Index(NUMBERS), Series(MASKED, "Int64", LABELS, "name")),
    Series(TEXTS, Categories(Index(np.array(["x"], object), "str"), True)),
    Series(np.array(["2020-01-01"] * 3, "M8[ns]"), "datetime64[ns, Europe/Berlin]"),
    Frame(Index(np.array(["a", "b"], object), "str"), (NUMBERS, TEXTS), ("float64", "str"), LABELS),
    Sparse(NUMBERS, np.array([[0, 1, 1], [2, 0, 1]]), (2, 3), "csr", True),
    Sparse(np.ones(2), np.array([[0, 1], [0, 1]]), (2, 3), "dia"),
    *(Picture(np.zeros((2, 3, 3), np.uint8), "RGB"), Picture(np.ones((2, 2), bool), "1")),
    Picture(np.zeros((2, 3), np.uint8), "P", np.zeros((4, 3), np.uint8)),
    *(Record("P", {"x": 1, "y": [2.5]}), Named((1, 2), "N", ("a", "b")), Member("C", "RED", 1)),
    Failure("ValueError", ("Exception", "BaseException"), "no"),
    *(seen for seen, _ in SEEN.values()),
]

AWKWARD: Final[list[Any]] = [
    *(0, -1, 1, 2**31, 2**48, 2**62, 2**63 - 1, -(2**63), 10**30, 0.5, -0.0, "", "\ud800", "|O"),
    *("<U999999999", "<U1", "|S0", "<M8[99999Y]", "<c16", "nan", "x" * 5000, "9" * 5000, None),
    *(True, [], ["l"], ["t"], ["d"], ["dict"], ["set"], {}, [[]], ["f", "nan"], ["ellipsis"]),
    *(["int", "f" * 3500], ["int", "f" * 9999], ["range", 0, 2**62, 1], ["range", 0, 5, 0]),
    *(["decimal", 0, "1", 10**9], ["fraction", 1, 0], ["fraction", 2, 4], ["bytes", 2**40]),
    *(["delta", 10**12, 0, 0], ["datetime", 1, 1, 1, 0, 0, 0, 0, 2, None], ["v"], ["v", "Tensor"]),
    *(["a", "<f8", [0, 2**47], "C", True], ["a", "<U1", [1], "C", True]),
    *(["objects", [0, 2**47], True], ["objects", [2**40], True], ["complex", 1, 2]),
    *(["fields", ["t", "a"], 0, ["t", ["objects", [1], True, None]], True],),
    *(["v", "Missing", "NA"], ["v", "Record", "P", ["d"]], ["v", "Sparse", 1, 2, 3, 4, 5]),
]

SLOW: Final = 5.0
LIMITS: Final = Limits(array_bytes=2**24)


def parted(frame: bytes) -> tuple[Any, bytes]:
    """Return the JSON and the other bytes of a frame."""
    body = HEADER.size + HEADER.unpack_from(frame)[0]
    return json.loads(frame[HEADER.size : body].decode("utf-8", "surrogatepass")), frame[body:]


def whole(tree: Any, payload: bytes) -> bytes:
    """Return the frame of a tree."""
    body = json.dumps(tree).encode("utf-8", "surrogatepass")
    return HEADER.pack(len(body), len(payload)) + body + payload


def nodes(tree: Any) -> list[tuple[list[Any], int]]:
    """Return the place of each element of a tree that stands in a list."""
    found = []
    if isinstance(tree, list):
        for place, each in enumerate(tree):
            found += [(tree, place), *nodes(each)]
    return found


def changed_tree(drawn: random.Random, tree: Any, others: list[Any]) -> Any:
    """Return a tree in which one element is another, is gone, or is there twice."""
    root = [json.loads(json.dumps(tree))]
    place, index = drawn.choice(nodes(root))
    what = drawn.randrange(5)
    if what == 0:
        del place[index]
    elif what == 1:
        place.insert(index, place[index])
    elif what == 2:
        place[index] = drawn.choice(AWKWARD)
    elif what == 3:
        found, at = drawn.choice(nodes([drawn.choice(others)]))
        place[index] = found[at]
    else:
        place[index] = [drawn.choice(("l", "t", "set", "objects", "v")), place[index]]
    return root[0] if root else None


def changed_bytes(drawn: random.Random, frame: bytes) -> bytes:
    """Return a frame in which some bytes are others."""
    data = bytearray(frame)
    for _ in range(drawn.randint(1, 4)):
        data[drawn.randrange(len(data))] = drawn.randrange(256)
    return bytes(data)


def mutant(drawn: random.Random, frames: list[bytes], trees: list[tuple[Any, bytes]]) -> bytes:
    """Return a frame that is nearly a valid one."""
    if drawn.random() < 0.3:
        return changed_bytes(drawn, drawn.choice(frames))
    tree, payload = drawn.choice(trees)
    for _ in range(drawn.randint(1, 3)):
        tree = changed_tree(drawn, tree, [each for each, _payload in trees])
    if drawn.random() < 0.3 and payload:
        payload = changed_bytes(drawn, payload)
    return whole(tree, payload)


def try_frame(frame: bytes) -> bool:
    """Return whether a frame decodes. Raises whatever goes wrong beside a WireError."""
    try:
        value = decode(frame, LIMITS)
    except WireError:
        return False
    again = encode(value)
    decode(again)
    repr(value)
    Item.of("value", value)
    return True


@click.command()
@click.option("--seconds", default=60.0)
@click.option("--seed", default=0)
def main(seconds: float, seed: int) -> None:
    """Decode changed frames for so long, and tell how many there were."""
    drawn = random.Random(seed)  # noqa: S311
    frames = [encode(value) for value in SEEDS]
    trees = [parted(frame) for frame in frames]
    end, tried, decoded, slowest = time.monotonic() + seconds, 0, 0, 0.0
    while time.monotonic() < end:
        frame = mutant(drawn, frames, trees)
        started = time.process_time()
        try:
            decoded += try_frame(frame)
        except BaseException:
            print(f"after {tried} frames: {frame!r}")  # noqa: T201
            raise
        slowest = max(slowest, time.process_time() - started)
        if slowest > SLOW:
            raise click.ClickException(f"{slowest:.1f} s for {frame!r}")
        tried += 1
    print(f"{tried} frames, {decoded} of which decoded; {slowest * 1000:.0f} ms at most")  # noqa: T201


if __name__ == "__main__":
    main()
