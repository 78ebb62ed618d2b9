"""What a process holds that is forked from a fork server: `python -m tests.attacks.forked RUNG`."""

import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Final

from grader.sandbox.forkserver import ServerCache
from grader.sandbox.rungs import Rung
from tests.tiny_assignment import DOUBLE, TRIPLE, graded_with_limits

CELL: Final = """
status = dict(line.split(":\\t") for line in open("/proc/self/status").read().splitlines())
raise ValueError(" ".join(status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")))
"""


def held(rung: Rung) -> str:
    """Return how the cell ended that tells which capabilities it has."""
    with tempfile.TemporaryDirectory() as folder, closing(ServerCache()) as servers:
        cells = [DOUBLE, CELL, TRIPLE]
        result = graded_with_limits(Path(folder), cells, rung=rung, servers=servers)
        return str(result.cells[1].error)


if __name__ == "__main__":
    print(held(Rung(int(sys.argv[1]))))  # noqa: T201
