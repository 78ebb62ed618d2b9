"""What a process holds that is forked from a warm one: `python -m tests.attacks.warmed RUNG`."""

import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Final

from grader.sandbox.rungs import Rung
from grader.sandbox.warm import Warmth
from tests.tiny_assignment import DOUBLE, TRIPLE, graded_with_limits

CELL: Final = """
status = dict(line.split(":\\t") for line in open("/proc/self/status").read().splitlines())
raise ValueError(" ".join(status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")))
"""


def held(rung: Rung) -> str:
    """Return how the cell ended that tells which capabilities it has."""
    with tempfile.TemporaryDirectory() as folder, closing(Warmth()) as warmth:
        cells = [DOUBLE, CELL, TRIPLE]
        result = graded_with_limits(Path(folder), cells, rung=rung, warmth=warmth)
        return str(result.cells[1].error)


if __name__ == "__main__":
    print(held(Rung(int(sys.argv[1]))))  # noqa: T201
