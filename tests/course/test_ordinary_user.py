"""A batch graded by somebody who is not root: workers then keep warm processes of their own."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.sandbox.removal import remove
from tests.attacks.stage import ORDINARY, stepping_down, users
from tests.notebooks import ROOT
from tests.tiny_assignment import DOUBLE, TRIPLE, declare, write

pytestmark = pytest.mark.skipif(
    "ordinary" not in users(), reason="nobody can be stepped down to from here"
)

# Two workers that ask the lender as they do in a batch, and what each of them has.
TWO_WORKERS = """
import json
from grader.course.lending import Borrowed, BorrowedWarmth, Lender
from grader.sandbox.limits import Limits
from grader.sandbox.rungs import Rung
lender = Lender()
workers = [BorrowedWarmth(lender.counter) for _ in range(2)]
told = {}
for rung in (Rung.NAMESPACES, Rung.KERNEL):
    had = [each.get(("json",), {}, rung=rung, limits=Limits()) for each in workers]
    told[int(rung)] = [
        [isinstance(each, Borrowed) for each in had],
        [each.ready for each in had],
        len({each.folder for each in had}),
    ]
for each in workers:
    each.close()
lender.close()
print(json.dumps(told))
"""


def called(home: Path, *arguments: str) -> str:
    """Return what Python prints as an ordinary user whose home is `home`."""
    os.chown(home, ORDINARY, ORDINARY)
    done = subprocess.run(
        [*stepping_down(), sys.executable, *arguments],
        cwd=ROOT,
        env={"HOME": str(home), "TMPDIR": str(home), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def home() -> Iterator[Path]:
    """Return a folder that an ordinary user reaches, gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="home-"))
    folder.chmod(0o755)
    yield folder
    remove(folder)


def test_processes_are_shared_only_outside_of_user_namespaces(home: Path) -> None:
    """In one, Linux counts a user's processes together: submissions would starve each other."""
    told = json.loads(called(home, "-c", TWO_WORKERS))
    assert told["1"] == [[False, False], [True, True], 2]
    assert told["2"] == [[True, True], [True, True], 1]


def test_a_batch_comes_to_the_same(home: Path) -> None:
    """Every submission is graded, right and wrong ones, and nothing is left behind."""
    declare(home / "tiny")
    (home / "in").mkdir()
    for number in range(4):
        write(home / "in" / f"s{number}.ipynb", [DOUBLE.replace("2", "23"[number % 2]), TRIPLE])
    for folder, _folders, files in os.walk(home):
        for name in (folder, *(f"{folder}/{each}" for each in files)):
            os.chown(name, ORDINARY, ORDINARY)
    options = ["--assignment", str(home / "tiny"), "--out", str(home / "out"), "--jobs", "2"]
    called(home, "-m", "grader", str(home / "in"), *options)
    results = [json.loads(path.read_text()) for path in sorted((home / "out").glob("s?.json"))]
    assert [each["score"] for each in results] == [5, 3, 5, 3]
    assert all(each["sandbox"].startswith("rung 1") for each in results)
    assert {path.name for path in home.iterdir()} == {"tiny", "in", "out"}
