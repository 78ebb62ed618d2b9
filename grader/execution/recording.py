"""Keeping a graded submission so that it can be judged again without running it.

A recording is one compressed stream of frames in the format that answers travel in: first the
notebook and how its cells ended, then one frame for each answer. Reading one back runs nothing
and unpickles nothing.
"""

import json
import platform
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from functools import cache
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
from grader.subjects.recorded import Answers, Recorded, Recorder, Room

VERSION: Final = 2

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

    `sandbox` and `versions` are what it ran in and with, as a result tells them.
    """

    notebook: Notebook
    run: Run
    sandbox: str
    versions: Mapping[str, str]

    @property
    def unanswered(self) -> int:
        """How many questions have been asked to which no answer was kept."""
        kept = self.run.snapshots.values()
        return sum(each.unanswered for each in kept if isinstance(each, Recorded))

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
    # Arrays take the room: a higher level compresses them hardly more, in three times as long.
    packer = zlib.compressobj(level=1)
    parts = [packer.compress(encode(head, KEPT_LIMITS))]
    for index, snapshot in run.snapshots.items():
        for key, outcomes in snapshot.answers.items() if isinstance(snapshot, Recorder) else ():
            frame = encode([index, key, [to_plain(each) for each in outcomes]], KEPT_LIMITS)
            parts.append(packer.compress(frame))
    return b"".join([*parts, packer.flush()])


class Packed:
    """The recording that the bytes of the file at `path` hold, read as far as is asked for.

    Raises UsageError where they hold none.
    """

    def __init__(self, content: bytes, path: Path) -> None:
        self._path = path
        self._stream = Inflating(content)
        with self._readable():
            self._head = receive(self._stream, KEPT_LIMITS)
            if self._head["version"] != VERSION:
                raise WireError(f"it has the version {self._head['version']}")
            self.notebook = _notebook(self._head["notebook"])
            self.absent = tuple(self._head["plan"].get("absent", ()))

    def recording(self) -> Recording:
        """Return all of it, which is read once. Raises UsageError where that cannot be read."""
        with self._readable():
            answers: dict[int, Answers] = {index: {} for index in self._head["snapshots"]}
            for index, key, outcomes in _rest(self._stream):
                answers[index][key] = tuple(map(from_plain, outcomes))
            return _restored(self._head, self.notebook, answers)

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
    """Compressed bytes, read as a connection is and inflated only as far as they are read."""

    def __init__(self, content: bytes) -> None:
        self._content = memoryview(content)
        self._inflater = zlib.decompressobj()
        self._left = MOST_UNPACKED

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
            self._left -= len(data)
            if self._left < 0:
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
