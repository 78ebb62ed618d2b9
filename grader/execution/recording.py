"""Keeping a graded submission so that it can be judged again without running it.

A recording is frames in the format that answers travel in: first the notebook and how its cells
ended, then one frame for each answer. The first is a compressed stream by itself, and so are
answers that were given one after the other: who asks for few of them inflates few. Before the
streams stands how long each is, and which answers it has. Reading one back runs nothing and
unpickles nothing.
"""

import itertools
import json
import platform
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from grader.agent.wire import ANSWER_LIMITS, Limits, WireError, encode, receive
from grader.assignment.handed_out import cell_map
from grader.assignment.model import Assignment
from grader.datasets import Located
from grader.errors import UsageError
from grader.execution.plan import Plan
from grader.execution.run import Run
from grader.execution.submission import Submission
from grader.notebook.reading import Cell, Notebook
from grader.sandbox.cell_end import CellEnd
from grader.scenario import from_plain, to_plain
from grader.subjects.recorded import Answers, Later, Recorded, Recorder, Room

VERSION: Final = 3
# Of this former version, all frames are one stream.
_ONE_STREAM: Final = 2
# How a recording begins, as no stream does; then comes the length of the table of its streams.
_MAGIC: Final = b"grader answers\n"
_LENGTH: Final = struct.Struct(">Q")
# Bytes of frames after which another stream begins: smaller ones are compressed less well.
_STREAM: Final = 2**18

# What was answered within the limits of an answer is kept, whatever its length becomes when it is
# written anew, and so is every notebook that can be read.
KEPT_LIMITS: Final = Limits(
    json_bytes=2**30,
    array_bytes=ANSWER_LIMITS.array_bytes,
    depth=ANSWER_LIMITS.depth + 8,
    nodes=10_000_000,
    refs=False,
)
# Bytes that are inflated at a time: what is left of them is copied at each reading.
_PIECE: Final = 2**16

MOST_UNPACKED: Final = 256 * 2**20
"""Bytes of a recording as it is read: a notebook has 48 MB at most, and its answers 64 MiB."""


@dataclass(frozen=True)
class Recording:
    """A submission that has run: its notebook, its run, and what its states answered.

    `sandbox` and `versions` are what it ran in and with, as a result tells them. `broken` is why
    answers that were asked for could not be read.
    """

    notebook: Notebook
    run: Run
    sandbox: str
    versions: Mapping[str, str]
    broken: Sequence[UsageError] = ()

    @property
    def unanswered(self) -> int:
        """How many questions have been asked to which no answer was kept."""
        kept = self.run.snapshots.values()
        return sum(each.unanswered for each in kept if isinstance(each, Recorded))

    def require_read(self) -> None:
        """Raise UsageError where an answer that was asked for could not be read."""
        for error in self.broken:
            raise error

    def submission(self, assignment: Assignment, datasets: Mapping[str, Located]) -> Submission:
        """Return the submission, as far as it can be asked."""
        cells = cell_map(self.notebook, assignment)
        return Submission(self.notebook, cells, self.run, assignment, datasets)


def record(run: Run) -> None:
    """Have what the states of `run` answer from now on be kept, as far as there is room."""
    room = Room()
    for index, snapshot in run.snapshots.items():
        run.snapshots[index] = Recorder(snapshot, room)


def packed(submission: Submission, *, sandbox: str, versions: Mapping[str, str]) -> bytes:
    """Return the recording of a submission whose run was given to `record`, as a file's bytes."""
    run, notebook = submission.run, submission.notebook
    head = {
        "version": VERSION,
        "sandbox": sandbox,
        "versions": dict(versions),
        "notebook": {
            "path": str(notebook.path),
            "name": notebook.name,
            "cells": [
                [each.index, each.id, each.kind, each.source, each.count] for each in notebook.cells
            ],
            "metadata": json.dumps(notebook.metadata),
            "sha256": notebook.sha256,
            "language": notebook.language,
            "link": notebook.link,
        },
        "plan": {
            **asdict(run.plan),
            "keep": sorted(run.plan.keep),
            "graded": sorted(run.plan.graded),
        },
        "ends": [
            [index, {**asdict(end), "displayed": sorted(end.displayed)}]
            for index, end in run.ends.items()
        ],
        "skipped": [list(each) for each in run.skipped.items()],
        "notes": [list(each) for each in run.notes],
        "lacking": sorted(run.lacking),
        "newer": [list(each) for each in run.newer.items()],
        "python": run.python,
        "left_out": [[cell, module, list(names)] for cell, module, names in run.left_out],
        "mends": [list(each) for each in run.mends.items()],
        "snapshots": list(run.snapshots),
    }
    streams = [_compressed(encode(head, KEPT_LIMITS))]
    held = []
    for index, keys, frames in _gathered(run):
        streams.append(_compressed(frames))
        held.append([index, keys])
    table = _compressed(encode([[len(each) for each in streams], held], KEPT_LIMITS))
    return b"".join([_MAGIC, _LENGTH.pack(len(table)), table, *streams])


def _compressed(content: bytes) -> bytes:
    # Arrays take the room: a higher level compresses them hardly more, in three times as long.
    return zlib.compress(content, level=1)


def _gathered(run: Run) -> Iterator[tuple[int, list[str], bytes]]:
    """Yield the answers of each state, some at a time: their keys, and their frames."""
    for index, snapshot in run.snapshots.items():
        keys: list[str] = []
        frames: list[bytes] = []
        for key, outcomes in snapshot.answers.items() if isinstance(snapshot, Recorder) else ():
            keys.append(key)
            plain = [to_plain(each) for each in outcomes]
            frames.append(encode([index, key, plain], KEPT_LIMITS))
            if sum(map(len, frames)) >= _STREAM:
                yield index, keys, b"".join(frames)
                keys, frames = [], []
        if frames:
            yield index, keys, b"".join(frames)


class Packed:
    """The recording that the bytes of the file at `path` hold, read as far as is asked for.

    Raises UsageError where they hold none.
    """

    def __init__(self, content: bytes, path: Path) -> None:
        self.content = content
        self._path = path
        self._room = Room(MOST_UNPACKED)
        self._streams: list[tuple[int, list[str], bytes]] = []
        with self._readable():
            self._rest = Inflating(self._first(), self._room)
            self._head = receive(self._rest, KEPT_LIMITS)
            if self._head["version"] not in (VERSION, _ONE_STREAM):
                raise WireError(f"it has the version {self._head['version']}")
            self.notebook = _notebook(self._head["notebook"])
            self.absent = tuple(self._head["plan"].get("absent", ()))

    def _first(self) -> bytes:
        """Return the stream with the head, and note the others."""
        if not self.content.startswith(_MAGIC):
            return self.content
        begin = len(_MAGIC) + _LENGTH.size
        (length,) = _LENGTH.unpack(self.content[len(_MAGIC) : begin])
        table = Inflating(self.content[begin : begin + length], self._room)
        sizes, held = receive(table, KEPT_LIMITS)
        ends = [*itertools.accumulate(sizes, initial=begin + length)]
        first, *others = (self.content[each[0] : each[1]] for each in itertools.pairwise(ends))
        self._streams = [
            (index, keys, each) for (index, keys), each in zip(held, others, strict=True)
        ]
        return first

    def recording(self) -> Recording:
        """Return all of it, which is read once. Raises UsageError where that cannot be read."""
        with self._readable():
            answers: dict[int, Answers] = {index: {} for index in self._head["snapshots"]}
            rest = [Inflating(each, self._room) for _index, _keys, each in self._streams]
            for index, key, outcomes in itertools.chain(_rest(self._rest), *map(_rest, rest)):
                answers[index][key] = tuple(map(from_plain, outcomes))
            return _restored(self._head, self.notebook, answers)

    def opened(self) -> Recording:
        """Return it with answers that are read as they are asked for.

        Whether all that were asked for could be read, its `require_read` tells afterwards. Raises
        UsageError where the rest cannot be read.
        """
        if not self._streams:
            return self.recording()
        readers: dict[int, dict[str, Callable[[], Answers]]]
        readers = {index: {} for index in self._head["snapshots"]}
        broken: list[UsageError] = []
        with self._readable():
            for index, keys, stream in self._streams:
                read = partial(self._answers, stream, broken)
                readers[index].update(dict.fromkeys(keys, read))
            kept = {index: Later(each) for index, each in readers.items()}
            return replace(_restored(self._head, self.notebook, kept), broken=broken)

    def _answers(self, stream: bytes, broken: list[UsageError]) -> Answers:
        try:
            with self._readable():
                return {
                    key: tuple(map(from_plain, outcomes))
                    for _index, key, outcomes in _rest(Inflating(stream, self._room))
                }
        except UsageError as error:
            # Whoever judges takes what is raised for a fault of the answer's.
            broken.append(error)
            raise

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except (zlib.error, WireError, EOFError, KeyError, TypeError, ValueError) as error:
            raise UsageError(
                f"{self._path} is no recording that this version of the grader can read "
                f"({error}). Grade the notebook again with --force."
            ) from error


def unpacked(content: bytes, path: Path) -> Recording:
    """Return the recording that the bytes of the file at `path` hold.

    Raises UsageError where they hold none.
    """
    return Packed(content, path).recording()


class Inflating:
    """Compressed bytes, read as a connection is and inflated only as far as they are read.

    There is `room` for so many, which other streams may share.
    """

    def __init__(self, content: bytes, room: Room) -> None:
        self._content = memoryview(content)
        self._inflater = zlib.decompressobj()
        self._room = room

    def recv(self, size: int, /) -> bytes:
        """Return the next bytes, none at the end.

        Raises zlib.error where the end is missing, or there are more than MOST_UNPACKED.
        """
        inflater = self._inflater
        while not inflater.eof:
            taken = inflater.unconsumed_tail
            if not taken:
                taken, self._content = bytes(self._content[:_PIECE]), self._content[_PIECE:]
            if not taken:
                raise zlib.error("it is cut off")
            data = inflater.decompress(taken, size)
            self._room.left -= len(data)
            if self._room.left < 0:
                raise zlib.error(f"it unpacks to more than {MOST_UNPACKED // 2**20} MB")
            if data:
                return data
        return b""


def _rest(stream: Inflating) -> Iterator[Any]:
    with suppress(EOFError):
        while True:
            yield receive(stream, KEPT_LIMITS)


def _notebook(told: Mapping[str, Any]) -> Notebook:
    return Notebook(
        path=Path(told["path"]),
        name=told["name"],
        cells=tuple(
            Cell(index, id_, kind, source, {}, *count)
            for index, id_, kind, source, *count in told["cells"]
        ),
        metadata=json.loads(told["metadata"]),
        sha256=told["sha256"],
        language=told["language"],
        link=told.get("link", ""),
    )


def _restored(
    head: Mapping[str, Any], notebook: Notebook, answers: Mapping[int, Answers]
) -> Recording:
    plan = Plan(**{**head["plan"], "cells": tuple(head["plan"]["cells"])})
    run = Run(notebook, replace(plan, keep=frozenset(plan.keep)))
    run.ends = {
        index: CellEnd(**{**end, "displayed": frozenset(end["displayed"])})
        for index, end in head["ends"]
    }
    run.skipped = dict(head["skipped"])
    run.notes = tuple((cell, text) for cell, text in head["notes"])
    # Older recordings have none of these.
    run.lacking = frozenset(head.get("lacking", ()))
    run.newer, run.python = dict(head.get("newer", ())), head.get("python", "")
    run.left_out = tuple(
        (cell, module, tuple(names)) for cell, module, names in head.get("left_out", ())
    )
    run.mends = dict(head.get("mends", ()))
    run.snapshots = {index: Recorded(kept) for index, kept in answers.items()}
    return Recording(notebook, run, head["sandbox"], head["versions"])


# What decides how a notebook's numbers and figures come out.
PACKAGES: Final = ("ipykernel", "matplotlib", "numpy", "torch", "torchvision")


@cache
def versions() -> dict[str, str]:
    """Return the version of Python and of each of `PACKAGES` that is installed, by name."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
