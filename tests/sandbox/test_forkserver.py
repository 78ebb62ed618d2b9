"""Submissions that are forked from a fork server are as those that start cold, and apart."""

import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from grader.execution.plan import Plan
from grader.execution.run import run
from grader.grading import Options, grade
from grader.notebook.reading import read
from grader.results.model import Result
from grader.sandbox.box import Box
from grader.sandbox.confinement import readable_below
from grader.sandbox.forkserver import ForkServer, ServerCache, ServerSpec
from grader.sandbox.kernel import BoxKernels
from grader.sandbox.limits import Limits
from grader.sandbox.rungs import Rung, available, policy
from tests.grading import nn_from_scratch, together
from tests.notebooks import SLOW, edited, submission
from tests.tiny_assignment import write

pytestmark = pytest.mark.xdist_group("forkservers")


# What keeps states without a fork needs no server for forks.
FORKING = [rung for rung in available() if rung != Rung.PLAIN]


@pytest.fixture(scope="module", params=FORKING, ids=lambda rung: f"rung{int(rung)}")
def rung(request: pytest.FixtureRequest) -> Rung:
    """Return each rung of confinement that works here."""
    return Rung(request.param)


@pytest.fixture(scope="module")
def servers(rung: Rung) -> Iterator[ServerCache]:
    """Return what keeps one fork server for all tests on a rung."""
    kept = ServerCache()
    yield kept
    kept.close()


def graded(path: Path, rung: Rung, servers: ServerCache | None) -> Result:
    """Grade the layers of a notebook; the cells' errors tell the tests what they saw."""
    return grade(
        read(path),
        nn_from_scratch(),
        Options(only=("linear", "relu"), wanted=rung, cell_seconds=20),
        servers=servers,
        private=together(path),
    )


def telling(folder: Path, expression: str, *, before: str = "", name: str = "n.ipynb") -> Path:
    """Write a notebook whose `relu` cell ends in an error that tells what `expression` is."""
    cell = f"{edited('relu')}\n{before}\nraise ValueError(repr({expression}))"
    return submission(folder, {"relu": cell}, drop=SLOW, name=name)


def told(result: Result) -> str:
    """Return what the notebook told."""
    (error,) = [cell.error for cell in result.cells if cell.error]
    return error


def same(one: Result, other: Result) -> bool:
    """Whether two results are the same but for the times."""
    cells = tuple(replace(cell, seconds=0) for cell in one.cells)
    others = tuple(replace(cell, seconds=0) for cell in other.cells)
    return replace(one, cells=cells, seconds=0) == replace(other, cells=others, seconds=0)


def started(servers: ServerCache) -> ForkServer:
    """Return the fork server that is kept."""
    assert isinstance(servers._server, ForkServer)
    return servers._server


def test_forked_and_cold_come_to_the_same(tmp_path: Path, rung: Rung, servers: ServerCache) -> None:
    """Scores, evidence, notes and the ends of cells do not depend on how it was started."""
    path = submission(tmp_path, {"linear": edited("linear", ("+ self.b", "- self.b"))}, drop=SLOW)
    assert same(graded(path, rung, servers), graded(path, rung, None))


def test_data_sets_below_the_folder_for_temporary_files_are_there(
    tmp_path: Path, rung: Rung
) -> None:
    """Wherever they lie, a notebook reads them as it does cold, and nothing beside them."""
    raw = tmp_path / "sets" / "raw"
    raw.mkdir(parents=True)
    (raw / "train").write_text("1 2 3")
    (tmp_path / "sets" / "secret").write_text("4")
    for folder in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        folder.chmod(0o755)
    path = tmp_path / "n.ipynb"
    write(
        path,
        [
            f"from pathlib import Path\nfolder = Path({str(raw)!r})",
            "assert (folder / 'train').read_text() == '1 2 3'",
            "(folder.parent / 'secret').read_text()",
        ],
    )
    limits = Limits()
    with (
        ForkServer(
            ServerSpec(modules=("json",), datasets={"Set": raw}, rung=rung, limits=limits)
        ) as server,
        Box({"Set": raw}, rung=rung, limits=limits, server=server) as box,
    ):
        assert server.ready
        ran = run(read(path), Plan((0, 1, 2)), BoxKernels(box))
    statuses = [ran.ends[index].status for index in (0, 1, 2)]
    assert statuses == ["ok", "ok", "error" if policy(rung).sandbox else "ok"]


def test_where_submissions_live_in_what_they_read_none_is_forked(
    tmp_path: Path, rung: Rung, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On rung 1 that folder cannot be emptied for them; they start cold, and read it as ever."""
    assert readable_below(Path("/usr/share/somewhere"), []) is None
    assert readable_below(tmp_path, [tmp_path]) is None
    assert readable_below(tmp_path, [tmp_path / "set"]) == [str(tmp_path / "set")]
    monkeypatch.setattr("grader.sandbox.forkserver.readable_below", lambda _folder, _data: None)
    with ForkServer(ServerSpec(modules=("json",), rung=rung, limits=Limits())) as server:
        assert server.ready is not policy(rung).own_namespaces


RANDOM = """
import random, uuid
import numpy as np, torch
drawn = [random.random(), np.random.rand(), np.random.default_rng().random()]
drawn += [random.Random().random()]
drawn += [torch.rand(1).item(), torch.initial_seed()]
"""


def test_random_numbers_are_fresh_and_the_same(
    tmp_path: Path, rung: Rung, servers: ServerCache
) -> None:
    """Each submission draws what it draws alone, whatever was drawn before it."""
    path = telling(tmp_path, "drawn", before=RANDOM)
    first = told(graded(path, rung, servers))
    assert first == told(graded(path, rung, servers)) == told(graded(path, rung, None))


def test_whoever_asks_for_the_banner_draws_nothing(tmp_path: Path, rung: Rung) -> None:
    """Clients ask until they are answered, so on a busy machine more often than on an idle one."""
    before = "import random\nstate = random.getstate()\nget_ipython().kernel.banner"
    path = telling(tmp_path, "random.getstate() == state", before=before)
    assert told(graded(path, rung, None)) == "ValueError: True"


LITTER = """
import os, subprocess, sys, builtins, torch
import numpy as np
for folder in (os.getcwd(), os.path.expanduser("~"), os.environ["TMPDIR"], *OTHERS):
    try:
        with open(os.path.join(folder, "litter"), "w") as file:
            file.write("I was here")
    except OSError:
        pass
os.environ["LITTER"] = "1"
np.litter = builtins.litter = torch.litter = sys.litter = True
if os.fork() == 0:
    os.setsid()
    import time
    time.sleep(60)
"""

LOOK = """
import os, sys, builtins, torch, glob
import numpy as np
places = (os.getcwd(), os.path.expanduser("~"), os.environ["TMPDIR"], "/tmp", "/dev/shm", "/tmp/*")
found = [path for place in places for path in glob.glob(os.path.join(place, "litter*"))]
found += [name for name in os.environ if name == "LITTER"]
found += [repr(each) for each in (np, builtins, torch, sys) if hasattr(each, "litter")]
"""


def test_nothing_is_carried_on(tmp_path: Path, rung: Rung, servers: ServerCache) -> None:
    """What one submission leaves in files, modules and the environment the next never sees."""
    graded(telling(tmp_path, "1", before=litter(rung), name="a.ipynb"), rung, servers)
    assert told(graded(telling(tmp_path, "found", before=LOOK), rung, servers)) == "ValueError: []"


def litter(rung: Rung) -> str:
    """Return code that leaves something everywhere, without a sandbox in its own folders alone."""
    others = ("/tmp", "/dev/shm") if policy(rung).sandbox else ()  # noqa: S108
    return f"OTHERS = {others!r}\n{LITTER}"


def test_processes_left_behind_end_with_the_submission(
    tmp_path: Path, rung: Rung, servers: ServerCache
) -> None:
    """Where a submission left a process, there are as many as before once it is graded."""
    graded(submission(tmp_path, drop=SLOW), rung, servers)
    server = psutil.Process(started(servers).pid)
    before = {each.pid for each in server.children(recursive=True)}
    graded(telling(tmp_path, "1", before=litter(rung)), rung, servers)
    assert {each.pid for each in server.children(recursive=True)} == before


def test_it_sees_no_more_processes_than_alone(
    tmp_path: Path, rung: Rung, servers: ServerCache
) -> None:
    """In namespaces of its own a submission does not see the process it was forked from."""
    if not policy(rung).own_namespaces:
        pytest.skip("there are no namespaces on this rung")
    before = "import os\nseen = [each for each in os.listdir('/proc') if each.isdigit()]"
    server = told(graded(telling(tmp_path, "len(seen)", before=before), rung, servers))
    cold = told(graded(telling(tmp_path, "len(seen)", before=before), rung, None))
    assert int(server.split()[-1]) <= int(cold.split()[-1])


@pytest.mark.parametrize("bomb", ["import os; os._exit(1)", "import os; os.kill(os.getpid(), 9)"])
def test_after_a_death_it_goes_on(
    tmp_path: Path, rung: Rung, servers: ServerCache, bomb: str
) -> None:
    """A kernel that dies is forked anew, and the next submission is graded as ever."""
    path = submission(tmp_path, append=(bomb,), drop=SLOW)
    assert graded(path, rung, servers).score == 60
    assert graded(submission(tmp_path, drop=SLOW), rung, servers).score == 60


def test_a_fork_server_that_is_gone_is_replaced(
    tmp_path: Path, rung: Rung, servers: ServerCache
) -> None:
    """Killed between two submissions, it costs nothing but the time to start another."""
    path = submission(tmp_path, drop=SLOW)
    graded(path, rung, servers)
    os.kill(started(servers).pid, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(started(servers).pid)], timeout=20)
    assert graded(path, rung, servers).score == 60


def test_one_that_dies_under_a_submission_costs_it_nothing(
    tmp_path: Path, rung: Rung, servers: ServerCache
) -> None:
    """What dies with it is run again; the points, and the one recording, are as ever."""
    path = submission(tmp_path, drop=SLOW)
    graded(path, rung, servers)
    kept: list[bytes] = []
    killed: list[int] = []

    def kill(_index: int, _done: int, _total: int) -> None:
        if not killed:
            killed.append(started(servers).pid)
            os.kill(killed[0], signal.SIGKILL)

    options = Options(only=("linear", "relu"), wanted=rung)
    result = grade(
        read(path),
        nn_from_scratch(),
        options,
        servers=servers,
        private=together(path),
        keep=kept.append,
        progress=kill,
    )
    assert (result.score, len(kept), len(killed)) == (60, 1, 1)
    assert all(cell.status == "ok" for cell in result.cells)
