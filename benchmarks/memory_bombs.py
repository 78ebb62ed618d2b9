"""Notebooks that are made to take much of the grader's own memory, each graded with a real kernel.

    python -m benchmarks.memory_bombs NAME

grades one of them in this process, and prints its peak in MiB and what became of the notebook.
`benchmarks.memory` runs all of them.
"""

import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from grader.assignment.model import Exercise
from grader.checks.compare import array
from grader.checks.network_gradcheck import wrong_together
from grader.checks.plots.drawings import judge_drawings
from grader.execution.submission import Submission
from grader.grading import Options, grade
from grader.notebook.reading import read
from grader.results.model import Result
from grader.scenario import Call, Scenario, Subject
from grader.verdicts import CheckFailed
from reference.nn_from_scratch.curves import find_curve
from reference.nn_from_scratch.predictions import find_images
from reference.nn_from_scratch.stand_ins import STAND_INS
from reference.nn_from_scratch.training import CLASSIFIER, small_network
from tests.attacks.bombs.greed import GREED
from tests.attacks.bombs.sockets import SOCKETS
from tests.drawing import LITTLE_TRAINING
from tests.grading import nn_from_scratch
from tests.notebooks import FAST_DATA, SLOW, reference_cells, submission
from tests.tiny_assignment import DOUBLE, TRIPLE, graded_with_limits

# Bytes that the process which runs the notebook sends as a message's content.
RAW: Final = (
    SOCKETS
    + """
def raw(kind, content):
    header = kernel.session.msg_header(kind)
    parts = [kernel.session.pack(each) for each in (header, kernel.get_parent()["header"], {})]
    parts.append(content)
    sent = [b"<IDS|MSG>", kernel.session.sign(parts), *parts]
    kernel.iopub_socket.send_multipart(sent)
"""
)


def _shown(values: str) -> str:
    """Return a cell that shows what this expression for bytes of JSON holds."""
    before, after = '{"metadata": {}, "data": {"application/json": [', "]}}"
    return f"{RAW}raw('display_data', b'{before}' + {values} + b'{after}')"


def _tiny(*cells: str) -> Result:
    with tempfile.TemporaryDirectory() as folder:
        return graded_with_limits(Path(folder), [DOUBLE, *cells, TRIPLE])


def _message(values: str) -> Callable[[], Result]:
    """Return a bomb of one message that shows what this expression for bytes holds."""
    return lambda: _tiny(_shown(values))


def _printed(source: str, count: int = 16) -> Callable[[], Result]:
    return lambda: _tiny(*[source] * count)


def _probed(path: Path, *probes: Exercise) -> Result:
    """Grade a notebook by the checks of `probes` alone."""
    assignment = nn_from_scratch()
    assignment = replace(assignment, exercises=(*assignment.exercises, *probes))
    options = Options(only=tuple(each.id for each in probes))
    # What was asked is recorded, as for a course.
    return grade(read(path), assignment, options, keep=lambda _recording: None)


def _figures(source: str, count: int) -> Callable[[], Result]:
    """Return a bomb of so many cells that draw after a training."""
    probe = Exercise("probe", "Probe", points=1, names=("network",))

    @probe.check(points=1)
    def looked_at(submission: Submission) -> None:
        """Look for drawings."""
        for judge in (
            lambda found: find_images(submission, found),
            lambda found: find_curve("loss", submission, found),
        ):
            try:
                judge_drawings(submission, CLASSIFIER, STAND_INS, judge)
            except CheckFailed as failed:
                print(failed.message, file=sys.stderr)  # noqa: T201

    def graded() -> Result:
        with tempfile.TemporaryDirectory() as folder:
            cells = {"data": FAST_DATA, "train-loop": LITTLE_TRAINING}
            drop = ("data-look", "learning-curves", "predictions")
            append = tuple([source] * count)
            path = submission(Path(folder), cells, drop=drop, append=append)
            return _probed(path, probe)

    return graded


WEIGHTS: Final = """
_Linear = Linear

class Linear(_Linear):
    @property
    def W(self):
        return np.zeros((300_000, 1, *self.kept.shape)) if hasattr(self, "kept") else None

    @W.setter
    def W(self, value):
        self.kept = np.array(value) if not hasattr(self, "kept") else self.kept

    def forward(self, input):
        self.input = input
        return input @ self.kept + self.b

    def backward(self, grad):
        self.grad_W, self.grad_b = self.input.T @ grad, grad.sum(axis=0)
        return grad @ self.kept.T
"""


def _weights() -> Result:
    """Grade layers that show large weights, of another shape than they have."""
    probe = Exercise("probe", "Probe", points=1, names=("Linear", "ReLU"))

    @probe.check(points=1)
    def probed(student: Subject, reference: Subject) -> None:
        """Ask the layers together."""
        wrong = wrong_together(student, reference, small_network)
        if wrong is not None:
            raise wrong

    with tempfile.TemporaryDirectory() as folder:
        linear = reference_cells()["linear"] + WEIGHTS
        return _probed(submission(Path(folder), {"linear": linear}, drop=SLOW), probe)


def _answers(made: str, count: int = 12) -> Callable[[], Result]:
    """Return a bomb whose every answer is large, in each of two exercises."""

    def graded() -> Result:
        probes = [Exercise(name, "Probe", points=1, names=("large",)) for name in ("one", "two")]
        for probe in probes:

            @probe.check(points=1)
            def probed(student: Subject) -> None:
                """Read large answers."""
                for number in range(count):
                    with suppress(CheckFailed):
                        array(student.answer(Scenario(Call("y", "large", args=[number]))), "y")

        with tempfile.TemporaryDirectory() as folder:
            large = f"def large(n):\n    return {made}"
            return _probed(submission(Path(folder), drop=SLOW, append=(large,)), *probes)

    return graded


(ENDLESS,) = (bomb.source for bomb in GREED if bomb.name == "a message without end")

IMAGES: Final = """
for _ in range(6):
    figure, axes = plt.subplots(1, 5)
    for ax in axes:
        ax.imshow(np.random.rand(360, 360))
"""
LINES: Final = """
figure, ax = plt.subplots()
for _ in range(10):
    ax.plot(np.random.rand(200_000))
"""
SMALL_IMAGES: Final = """
for _ in range(2):
    figure = plt.figure()
    for _ in range(40):
        ax = figure.add_axes((0, 0, 1, 1))
        for _ in range(60):
            ax.imshow(np.random.rand(28, 28))
"""

BOMBS: Final[dict[str, Callable[[], Result]]] = {
    "no bomb": lambda: _tiny("1"),
    "no bomb, after a training": _figures("1", 1),
    "600 images": _figures(IMAGES, 20),
    "lines of 40 cells": _figures(LINES, 40),
    "4,800 small images in a cell": _figures(SMALL_IMAGES, 1),
    "4 cells of wide text": _printed("print('\\U0001f600' + 'x' * 100_000_000)", 4),
    "16 cells of wide text that is kept": _printed("print('\\U0001f600' + 'x' * 7_900_000)"),
    "16 cells of empty objects": _printed(_shown("b','.join([b'{}'] * 120_000)")),
    "one message of 120 MiB, empty lists": _message("b','.join([b'[]'] * 40_000_000)"),
    "one message of 120 MiB, empty objects": _message("b','.join([b'{}'] * 40_000_000)"),
    "one message of 120 MiB, wide text": _message(
        "b'\"' + '\\U0001f600'.encode() + b'x' * 120_000_000 + b'\"'"
    ),
    "a message without end": lambda: _tiny(ENDLESS),
    "weights of another shape": _weights,
    "answers of 60 MB": _answers("np.full(7_800_000, float(n))"),
    "answers of truth values": _answers("np.full(60_000_000, bool(n))", 3),
    "answers of empty lists": _answers("[[n]] + [[] for _ in range(190_000)]", 100),
}


def told(result: Result) -> str:
    """Return in short what became of a notebook."""
    notes = {note.text for note in result.notes}
    ends = {cell.error for cell in result.cells if cell.error}
    checks = {check.message for each in result.exercises for check in each.checks if check.message}
    return f"{result.status} {result.score:g}: " + " | ".join(sorted({*ends, *notes, *checks}))


def peak() -> int:
    """Return the most memory that this process has taken so far, in MiB."""
    # Of this program alone: what getrusage says goes on from whoever started it.
    status = Path("/proc/self/status").read_text("ascii")
    (line,) = (each for each in status.splitlines() if each.startswith("VmHWM"))
    return int(line.split()[1]) // 1024


def main(arguments: Sequence[str]) -> None:
    """Grade the bomb of this name."""
    result = BOMBS[arguments[0]]()
    print(peak(), told(result).replace("\n", " "), sep="\t")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
