"""Where the processes of workers come from."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tiny_assignment import DOUBLE, TRIPLE, declare, write

# Starts the server, waits until it has imported what workers need, and tells of it.
STARTED = """
import json, os, psutil
from grader.course.workers.processes import context
process = context().Process(target=int)
process.start()
process.join()
children = psutil.Process().children()
(server,) = [each for each in children if "forkserver" in " ".join(each.cmdline())]
ignored = [line for line in open(f"/proc/{server.pid}/status") if line.startswith("SigIgn")]
told = {"threads": server.num_threads(), "ignored": int(ignored[0].split()[1], 16)}
print(json.dumps({**told, "left": os.environ.get("OMP_NUM_THREADS")}))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere each worker starts anew")
@pytest.mark.parametrize("threads", [None, "2"])
def test_the_server_can_be_forked_safely(threads: str | None) -> None:
    """It has one thread and leaves Ctrl-C to its parent, whose environment stays as it was."""
    variables = {name: text for name, text in os.environ.items() if name != "OMP_NUM_THREADS"}
    if threads is not None:
        variables["OMP_NUM_THREADS"] = threads
    done = subprocess.run(
        [sys.executable, "-c", STARTED], env=variables, capture_output=True, text=True, check=True
    )
    told = json.loads(done.stdout)
    assert told["threads"] == 1
    assert told["ignored"] & 0b10
    assert told["left"] == threads


def test_a_long_path_for_temporary_files_is_no_obstacle(tmp_path: Path) -> None:
    """Where the server's socket would have too long a path, workers start without it."""
    temporary = tmp_path / ("long" * 25)
    temporary.mkdir()
    (tmp_path / "in").mkdir()
    for name in ("one", "two"):
        write(tmp_path / "in" / f"{name}.ipynb", [DOUBLE, TRIPLE])
    done = subprocess.run(
        [
            *(sys.executable, "-P", "-m", "grader", str(tmp_path / "in"), "--jobs", "2"),
            *("--assignment", str(declare(tmp_path / "tiny"))),
        ],
        env={**os.environ, "TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.count("Score: 5 of 5 points")) == (0, 2)
