"""How much memory the grader itself takes for notebooks that are made to take much.

`python -m benchmarks.memory` writes each file, reads it in a process of its own, and prints that
process's peak; then it grades each notebook of `memory_bombs` with a real kernel, and prints the
peak of the process that grades, not of those that run the notebook. The goal is 500 MiB.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks import memory_bombs
from grader.notebook.reading import SIZE_LIMIT

GOAL: Final = 500
# A little below the limit, so that it is read.
SIZE: Final = SIZE_LIMIT - 2**20

READ: Final = """
import sys
from pathlib import Path
from grader.notebook.reading import NotebookError, read
try:
    told = f"{len(read(Path(sys.argv[1])).cells)} cells"
except NotebookError as error:
    told = str(error).partition(" ")[2]
# Of this program alone: what getrusage says goes on from whoever started it.
(peak,) = (line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(int(peak.split()[1]) // 1024, told, sep="\\t")
"""


def _repeated(part: str) -> str:
    return f'{{"nbformat": 4, "cells": [{",".join([part] * (SIZE // (len(part) + 1)))}]}}'


def _with_output(output: str) -> str:
    cell: dict[str, Any] = {"cell_type": "code", "metadata": {}, "source": "x", "outputs": []}
    cells = [cell, {**cell, "outputs": [output]}]
    return json.dumps({"nbformat": 4, "metadata": {}, "cells": cells}, ensure_ascii=False)


BOMBS: Final[dict[str, Callable[[], str]]] = {
    "cells without anything": lambda: _repeated("{}"),
    "lists without anything": lambda: _repeated("[]"),
    "cells of one letter": lambda: _repeated('{"source":"x","cell_type":"code"}'),
    "short texts": lambda: _repeated('"a"'),
    "one long output": lambda: _with_output("A" * (SIZE - 1000)),
    "one long output, one wide character": lambda: _with_output("\U0001f600" + "A" * (SIZE - 1000)),
    "an output of commas": lambda: _with_output("," * (SIZE - 1000)),
    "an output of escapes": lambda: _with_output("\\" * (SIZE // 2 - 1000)),
    "a text without an end": lambda: (
        '{"nbformat": 4, "cells": [' + "[]," * 2**20 + '"' + "a" * 2**25
    ),
}


Peak = tuple[str, int, float, str]


def peaks() -> Iterator[Peak]:
    """Yield each bomb's name, the peak in MiB, the seconds that it took, and how it ended."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "bomb.ipynb")
        for name, content in BOMBS.items():
            path.write_text(content(), "utf-8")
            yield _peak(name, ["-c", READ, str(path)])
    for name in memory_bombs.BOMBS:
        yield _peak(name, ["-m", memory_bombs.__name__, name])


def _peak(name: str, arguments: Sequence[str]) -> Peak:
    """Return what a program that prints its peak and how it ended tells of itself."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONSAFEPATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    peak, _tab, told = done.stdout.rstrip("\n").rpartition("\n")[2].partition("\t")
    return name, int(peak), time.perf_counter() - started, told


if __name__ == "__main__":
    for name, peak, seconds, told in peaks():
        kept = "kept" if peak < GOAL else "MISSED"
        print(f"{name:36} {peak:5} MiB ({kept})  {seconds:4.1f} s  {told}"[:150])  # noqa: T201
