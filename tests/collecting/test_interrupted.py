"""A call that ends in the middle leaves nothing half, and the next goes on."""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from grader.collecting.layout import alone_in
from grader.collecting.manifest import read_manifest
from grader.errors import UsageError
from tests.collecting.conftest import Collect
from tests.collecting.exports import Blackboard, HandIn, a_class, later, notebook
from tests.collecting.mending import mend


class Killed(BaseException):
    """Stands for the end of the process."""


@contextmanager
def killed_at(step: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """End what is done here before the `step`th change of a file or folder."""
    steps = [0]

    def counted(change: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            steps[0] += 1
            if steps[0] == step:
                raise Killed
            return change(*args, **kwargs)

        return call

    with monkeypatch.context() as patched:
        for name in ("rename", "replace", "mkdir", "write_bytes", "write_text"):
            patched.setattr(Path, name, counted(getattr(Path, name)))
        yield steps


def state(out: Path) -> dict[str, bytes]:
    """Return what is graded, and the lists."""
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in out.rglob("*")
        if path.is_file() and not path.relative_to(out).parts[0].startswith(".")
    }


def test_at_whatever_moment_it_ends(
    collect: Collect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What there is by then is whole, and the same call comes to the same as if nothing was."""
    attempts = [
        HandIn({"nn.ipynb": notebook("one"), "a.py": b"1"}),
        HandIn({"nn.ipynb": notebook("two")}, later(1)),
    ]
    students = a_class(3, lambda place: attempts[: place + 1][:2])
    roster = Blackboard.roster(tmp_path / "roster.csv", students)
    first = Blackboard.export(tmp_path / "first.zip", students[:2])
    download = Blackboard.export(tmp_path / "download.zip", students)
    first_user, second_user = (student.sid for student in students[:2])

    def begun(out: Path) -> None:
        collect(first, roster=roster, out=out)
        mend(out, f"{first_user}/1/nn.ipynb", second_user)

    begun(tmp_path / "whole")
    collect(download, roster=roster, out=tmp_path / "whole")
    whole = state(tmp_path / "whole")
    contents = {path: content for path, content in whole.items() if path.endswith(".ipynb")}
    # Until it is brought to the other student.
    contents[f"{first_user}/1/nn.ipynb"] = notebook("one")
    step, ended = 0, False
    while not ended:
        step += 1
        out = tmp_path / f"out{step}"
        begun(out)
        with killed_at(step, monkeypatch) as steps:
            # The command's runner lets what is no Exception through.
            with suppress(Killed):
                collect(download, roster=roster, out=out, status=None)
            ended = steps[0] < step
        found = {path: each for path, each in state(out).items() if path.endswith(".ipynb")}
        assert found.items() <= contents.items()
        collect(download, roster=roster, out=out)
        assert state(out) == whole
    assert step > 20


def test_processes_that_are_killed(tmp_path: Path) -> None:
    """In a class of 60, again and again, until one comes to the end."""
    students = a_class(60)
    roster = Blackboard.roster(tmp_path / "roster.csv", students)
    download = Blackboard.export(tmp_path / "download.zip", students)
    out = tmp_path / "out"
    command = [str(Path(sys.executable).with_name("grader")), "collect", str(download)]
    command += ["--roster", str(roster), "--out", str(out)]
    drawn = random.Random(0)  # noqa: S311 - moments, not secrets
    for _ in range(6):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        # From when it writes on, so that the moments are those that matter.
        while not (out / ".collecting").exists() and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.002)
        time.sleep(drawn.uniform(0, 0.2))
        process.send_signal(signal.SIGKILL)
        process.wait()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "Students: 60, 60 with a notebook, 0 without." in done.stdout
    rows = read_manifest(out)
    assert [row.attempt for row in rows] == [1] * 60
    for place, row in enumerate(rows):
        assert (out / row.file).read_bytes() == notebook(f"x = {place}")
        assert [each.name for each in (out / row.file).parent.parent.iterdir()] == ["1"]


def test_two_calls_do_not_meet(tmp_path: Path) -> None:
    """The second is told to wait."""
    out = tmp_path / "out"
    told = pytest.raises(UsageError, match="Another call is writing to")
    with alone_in(out), told, alone_in(out):
        pass


def test_a_folder_that_cannot_be_made(collect: Collect, tmp_path: Path) -> None:
    """A file is in its place, and stays."""
    students = a_class(1)
    roster = Blackboard.roster(tmp_path / "roster.csv", students)
    download = Blackboard.export(tmp_path / "download.zip", students)
    (tmp_path / "out").write_text("mine")
    result = collect(download, roster=roster, out=tmp_path / "out", status=2)
    assert "out cannot be written to: File exists" in result.output
