"""The folders of submissions are gone with their grader, however that ends."""

import os
import signal
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from grader.assignment.model import REFERENCE
from grader.sandbox.process import failed
from tests.notebooks import ROOT
from tests.tiny_assignment import DOUBLE, TRIPLE, declare, write

MAKE = "from grader.sandbox.folders import Fresh; made = Fresh(); print(made.path, flush=True); "


def process(temporary: Path, code: str) -> "subprocess.Popen[str]":
    """Start Python with a folder for temporary files of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(temporary)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def temporary() -> Iterator[Path]:
    """Return a folder for temporary files, whose path leaves room for the names of sockets."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


def line(process: "subprocess.Popen[str]") -> str:
    """Return the next line that a process prints."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_what_a_killed_grader_leaves_is_swept_by_the_next(temporary: Path) -> None:
    """The folder of one that lives stays, and so does what is nobody's of ours."""
    with (
        process(temporary, MAKE + "input()") as killed,
        process(temporary, MAKE + "input()") as alive,
    ):
        left, kept = Path(line(killed)), Path(line(alive))
        (left / "deep").mkdir()
        killed.kill()
        killed.wait()
        (temporary / "ng-foreign").mkdir()
        (temporary / "ng-link").symlink_to(temporary / "ng-foreign")
        assert left.is_dir()
        with process(temporary, MAKE + "made.close()") as following:
            line(following)
        there = {path.name for path in temporary.iterdir()}
        alive.kill()
    assert there == {kept.name, "ng-foreign", "ng-link"}


GRADE: Final = "from grader.cli import grade; grade()"
GRADER: Final = "from grader.cli import grader; grader()"


ONE: Final = ["in/one.ipynb", "--assignment", "tiny", "--no-require-sandbox"]
TWO: Final = ["in", "--assignment", "tiny", "--no-require-sandbox", "--jobs", "2"]


@pytest.mark.parametrize(
    ("number", "code", "arguments"),
    [
        (signal.SIGTERM, GRADE, ONE),
        (signal.SIGHUP, GRADE, ONE),
        (signal.SIGTERM, GRADE, TWO),
        (signal.SIGHUP, GRADE, TWO),
        (signal.SIGTERM, GRADE, ["--preflight", "in", "--assignment", "tiny"]),
        (signal.SIGTERM, GRADER, ["time", "tiny"]),
    ],
    ids=["grade", "hung up", "batch", "batch hung up", "preflight", "time"],
)
def test_a_command_that_is_ended_leaves_nothing(
    tmp_path: Path, temporary: Path, number: int, code: str, arguments: list[str]
) -> None:
    """A signal ends it as Ctrl-C does, and the next call finds nothing of it.

    A terminal that goes tells all of its processes.
    """
    declare(tmp_path / "tiny")
    (tmp_path / "in").mkdir()
    slow = [DOUBLE, f"{TRIPLE}\nimport time; time.sleep(120)"]
    for name in ("in/one.ipynb", "in/two.ipynb", f"tiny/{REFERENCE}"):
        write(tmp_path / name, slow)
    with subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as running:
        until = time.monotonic() + 120
        # Those of one that is forked from a server lie in the server's folder.
        begun = ("ng-*/*/run/*", "ng-*/runs/*/*")
        while not any(map(list, map(temporary.glob, begun))) and time.monotonic() < until:
            time.sleep(0.1)
        assert list(temporary.glob("ng-*"))
        if number == signal.SIGHUP:
            os.killpg(running.pid, number)
        else:
            running.send_signal(number)
        _, said = running.communicate(timeout=120)
    assert running.returncode == 130
    assert "Interrupted." in said
    assert "Traceback" not in said
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("jobs", [1, 2])
def test_where_there_is_no_room_for_folders_nothing_is_left(
    tmp_path: Path, temporary: Path, jobs: int
) -> None:
    """A disk that takes no more is told by its place, and is not filled further."""
    declare(tmp_path / "tiny")
    (tmp_path / "in").mkdir()
    for name in ("in/one.ipynb", "in/two.ipynb"):
        write(tmp_path / name, [DOUBLE, TRIPLE])
    # No file may be longer: what runs a notebook cannot be copied.
    full = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)); {GRADE}"
    options = ["--assignment", "tiny", "--no-require-sandbox", "--jobs", str(jobs)]
    done = subprocess.run(
        [sys.executable, "-c", full, "in", "--out", "out", *options],
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    told = " ".join(done.stderr.split())
    assert done.returncode == 3, told
    assert told.count(f"cannot be made in {temporary} ([Errno 27] File too large)") == 2
    assert "the grader itself failed" not in told
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff" * 4096, b"first\n" * 2**23 + b"the reason\n"],
    ids=["nothing", "no text", "many lines"],
)
def test_what_a_kernel_says_of_its_failure_is_read_within_bounds(
    tmp_path: Path, content: bytes
) -> None:
    """The last line is told, however much a student's process has written there."""
    log = tmp_path / "kernel.log"
    log.write_bytes(content)
    tracemalloc.start()
    told = str(failed(log, RuntimeError("it died")))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**20
    assert len(told) < 2000
    assert ("the reason" in told) is content.endswith(b"the reason\n")
    assert ("it died" in told) is (content == b"")
