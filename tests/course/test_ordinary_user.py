"""A batch graded by somebody who is not root, and whose submissions have no users of their own."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from grader.sandbox.folders import remove
from tests.attacks.stage import ORDINARY, stepping_down, users
from tests.notebooks import ROOT
from tests.tiny_assignment import DOUBLE, TRIPLE, declare, write

pytestmark = pytest.mark.skipif(
    "ordinary" not in users(), reason="nobody can be stepped down to from here"
)

# Two workers that ask the broker as they do in a batch, and what each of them has.
TWO_WORKERS = """
import json
from grader.course.workers.forkserver_broker import BrokeredClient, BrokeredServers, Broker
from grader.sandbox.limits import Limits
from grader.sandbox.rungs import Rung
from grader.sandbox.forkserver import ServerSpec
broker = Broker()
workers = [BrokeredServers(broker.requests) for _ in range(2)]
told = {}
for rung in (Rung.NAMESPACES, Rung.KERNEL):
    had = [each.get(ServerSpec(modules=("json",), rung=rung, limits=Limits())) for each in workers]
    told[int(rung)] = [
        [isinstance(each, BrokeredClient) for each in had],
        [each.ready for each in had],
        len({each.folder for each in had}),
    ]
for each in workers:
    each.close()
broker.close()
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


def batch(home: Path, *submissions: Sequence[str], **limits: float) -> list[dict[str, Any]]:
    """Grade notebooks of these cells side by side as an ordinary user; return their results."""
    declare(home / "tiny", **limits)
    (home / "in").mkdir()
    for number, cells in enumerate(submissions):
        write(home / "in" / f"s{number}.ipynb", cells)
    for folder, _folders, files in os.walk(home):
        for name in (folder, *(f"{folder}/{each}" for each in files)):
            os.chown(name, ORDINARY, ORDINARY)
    options = ["--assignment", str(home / "tiny"), "--out", str(home / "out"), "--jobs", "2"]
    called(home, "-m", "grader", str(home / "in"), *options)
    assert {path.name for path in home.iterdir()} == {"tiny", "in", "out"}
    return [json.loads(path.read_text()) for path in sorted((home / "out").glob("s?.json"))]


def test_workers_share_one_fork_server(home: Path) -> None:
    """On every rung that has one, so that a further worker takes little memory."""
    told = json.loads(called(home, "-c", TWO_WORKERS))
    assert told["1"] == [[True, True], [True, True], 1]
    assert told["2"] == [[True, True], [True, True], 1]


def test_a_batch_comes_to_the_same(home: Path) -> None:
    """Every submission is graded, right and wrong ones, and nothing is left behind."""
    wrong = DOUBLE.replace("2", "3")
    results = batch(home, [DOUBLE, TRIPLE], [wrong, TRIPLE], [DOUBLE, TRIPLE], [wrong, TRIPLE])
    assert [each["score"] for each in results] == [5, 3, 5, 3]
    assert all(each["sandbox"].startswith("rung 1") for each in results)


GREEDY = """
import subprocess, time
taken = []
try:
    while True:
        taken.append(subprocess.Popen(["sleep", "60"]))
except OSError:
    time.sleep(4)
for each in taken:
    each.kill()
    each.wait()
assert len(taken) > 20, len(taken)
"""


def test_one_submission_does_not_take_the_processes_of_another(home: Path) -> None:
    """Linux counts a user's processes, but those of each submission for themselves."""
    results = batch(home, *[[GREEDY, DOUBLE, TRIPLE]] * 2, processes=40)
    assert [result["cells"][0]["error"] for result in results] == [None, None]
    assert [result["score"] for result in results] == [5, 5]


NO_MORE = """
import ctypes, os
from pathlib import Path
libc = ctypes.CDLL(None, use_errno=True)
for flag in (0x10000000, 0x00020000, 0x20000000):
    assert libc.unshare(flag) == -1, flag
assert Path("/proc/sys/user/max_user_namespaces").read_text() == "0\\n"
for process in ("self", "1"):
    lines = Path("/proc", process, "status").read_text().splitlines()
    status = dict(line.split(":", 1) for line in lines)
    assert all(int(status[f"Cap{name}"], 16) == 0 for name in ("Inh", "Prm", "Eff", "Amb")), status
assert os.getuid() == os.geteuid() != 0
assert sorted(each for each in os.listdir("/proc") if each.isdigit())[0] == "1"
assert len(Path("/proc/self/uid_map").read_text().splitlines()) == 1
"""


def test_a_submission_has_no_more_rights_in_a_namespace_of_its_own(home: Path) -> None:
    """It and who watches it have no capability there, can make no more, and are who they were."""
    results = batch(home, [NO_MORE, DOUBLE, TRIPLE], [DOUBLE, TRIPLE])
    assert results[0]["cells"][0]["status"] == "ok", results[0]["cells"][0]
    assert results[0]["score"] == 5


RUIN = """
import fcntl, os
mine = [
    path
    for top in ("/dev", "/etc", "/tmp", "/proc/1")
    for folder, _, names in os.walk(top)
    for path in (folder, *(f"{folder}/{name}" for name in names))
    if os.path.exists(path) and os.stat(path).st_uid == os.getuid()
]
# Its folders, its sockets and these file systems are nobody else's.
folder = os.path.dirname(os.path.dirname(os.environ["TMPDIR"]))
own = (folder, "/dev/shm", "/dev/pts", "/proc", "/dev/null")
done = []
for path in ["/dev", "/", *mine]:
    if os.path.realpath(path).startswith(own) or "/runs/" in path:
        continue
    for ruin in (
        lambda: os.chmod(path, 0),
        lambda: os.utime(path, (1, 1)),
        lambda: os.setxattr(path, "user.told", b"the answers"),
        lambda: fcntl.fcntl(os.open(path, os.O_RDONLY), 1024, fcntl.F_WRLCK),
    ):
        try:
            ruin()
        except OSError:
            continue
        done.append(path)
assert not done, done
assert any("/code/" in each for each in mine), mine
"""


def test_a_submission_ruins_nothing_for_another(home: Path) -> None:
    """Nothing that others of the same fork server see can be changed, marked or held up."""
    results = batch(home, [RUIN, DOUBLE, TRIPLE], *[[DOUBLE, "!ls /dev/pts", TRIPLE]] * 3)
    assert results[0]["cells"][0]["error"] is None
    assert [each["score"] for each in results] == [5] * 4
    assert all(cell["status"] == "ok" for each in results for cell in each["cells"])
