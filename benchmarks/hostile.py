"""What hangs costs, and whether what is only slow is spared: on a quiet machine and a busy one.

    python -m benchmarks.hostile --load 0
    python -m benchmarks.hostile --load 10

With `--load`, so many processes that compute without an end run beside. Every notebook is the
reference with one method or cell changed, graded in its exercises about definitions, from the start
of the grader's work to the result. What hangs must soon come to a result, and cost its own exercise
alone; what is honest and slow must have all of its points, as it has without load. The figure of a
question that hangs is what its notebook takes beyond the reference itself under the same load.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.table import Table

from grader.assignment.loading import load as loaded
from grader.execution.calibration import slowness
from grader.grading import Options, grade
from grader.notebook.reading import read
from tests.notebooks import ROOT, SLOW, edited, submission

FORWARD: Final = "def forward(self, input):"
FULL: Final = {"linear": 40.0, "relu": 20.0}
# Seconds that are promised, for a question that hangs and for a cell without an end, with what it
# takes to interrupt that.
QUESTION: Final = 15.0
CELL: Final = 65.0

LOOP: Final = "a loop over rows"

# What `forward` of one layer begins with.
HANGS: Final[Mapping[str, str]] = {
    "a loop": "while True: pass",
    "a loop of numpy": "while True: np.maximum(input, 0)",
    "a sleep": "import time; time.sleep(10**6)",
    "a list without an end": "held = []\n        while True: held.append(len(held))",
    "a memory bomb": "held = []\n        while True: held.append(b'x' * 2**24)",
    "a crash": "import os; os.abort()",
    "a child": (
        "import os\n        if os.fork() == 0:\n            while True: pass\n        os.wait()"
    ),
}
SLOWLY: Final[Mapping[str, str]] = {
    # Loses the point for that, and no other.
    LOOP: "rows = [np.maximum(row, 0) for row in np.atleast_1d(input)]",
    "long floats": "input = np.asarray(input, np.longdouble).astype(input.dtype)",
    "prints": "print(input)",
    "a late import of torch": "import torch",
    "a moment's rest": "import time; time.sleep(0.002)",
}
ENDLESS: Final[Mapping[str, str]] = {
    "a cell that loops": "while True: pass",
    "a cell that sleeps": "import time; time.sleep(10**6)",
}


@contextmanager
def load(processes: int) -> Iterator[None]:
    """Keep the machine busy meanwhile with so many processes."""
    command = [sys.executable, "-c", "while True: pass"]
    crowd = [subprocess.Popen(command) for _ in range(processes)]
    try:
        # The load of a machine is felt only once they all run.
        time.sleep(min(5.0, processes))
        yield
    finally:
        for each in crowd:
            each.kill()
            each.wait()


def graded(folder: Path, forward: str = "", last: str = "") -> tuple[float, dict[str, float]]:
    """Return after how many seconds a notebook has its result, and the scores in that."""
    changes = {"relu": edited("relu", (FORWARD, f"{FORWARD}\n        {forward}"))}
    # A cell that the exercises need is run: this one binds what they ask about.
    if last:
        changes = {"relu": f"{edited('relu')}\n{last}"}
    path = submission(folder, changes, drop=SLOW)
    assignment = loaded(ROOT / "reference" / "nn_from_scratch")
    started = time.monotonic()
    result = grade(read(path), assignment, Options(only=tuple(FULL)), slowness=slowness())
    taken = time.monotonic() - started
    return taken, {exercise.id: exercise.score for exercise in result.exercises}


@click.command()
@click.option("--load", "busy", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--only", default="", help="Ways whose names hold this.")
def main(busy: int, only: str) -> None:
    """Grade each notebook once, and tell what it took and what was promised."""
    console = Console(width=100)
    table = Table("notebook", "seconds", "beyond the reference", "promised", "scores", "kept")
    with load(busy), tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # The first loads what all of them need.
        graded(folder, "pass")
        usual, scores = graded(folder, "pass")
        table.add_row("the reference", f"{usual:.1f}", "", "", _text(scores), _word(scores == FULL))
        rows = [
            *((way, {"forward": code}, QUESTION) for way, code in HANGS.items()),
            *((way, {"last": code}, CELL) for way, code in ENDLESS.items()),
            *((way, {"forward": code}, None) for way, code in SLOWLY.items()),
        ]
        for way, changed, promised in rows:
            if only not in way:
                continue
            taken, scores = graded(folder, **changed)
            beyond = taken - usual
            kept = scores == {**FULL, "relu": FULL["relu"] - (way == LOOP)}
            if promised is not None:
                kept = beyond <= promised and scores["linear"] == FULL["linear"]
            limit = "all points" if promised is None else f"{promised:g} s"
            table.add_row(way, f"{taken:.1f}", f"{beyond:.1f}", limit, _text(scores), _word(kept))
        average = os.getloadavg()[0]
    console.print(table)
    console.print(f"load {busy} of its own; {average:.1f} in all over the last minute")


def _text(scores: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {score:g}" for name, score in scores.items())


def _word(kept: bool) -> str:
    return "yes" if kept else "NO"


if __name__ == "__main__":
    main()
