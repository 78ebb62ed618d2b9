"""Where the kernel bounds a submission's memory and processes, and where it cannot."""

import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner

from grader.cli import grader
from grader.execution.plan import Plan
from grader.execution.run import Run, run
from grader.notebook.reading import read
from grader.sandbox.box import Box
from grader.sandbox.cgroup import LEAF, Group, Hierarchy, Mount, hierarchies, mounts
from grader.sandbox.forkserver import ServerCache
from grader.sandbox.kernel import BoxKernels
from grader.sandbox.limits import MEBIBYTE, Limits
from grader.sandbox.rungs import Rung, available
from tests.tiny_assignment import DOUBLE, FULL, TRIPLE, graded_with_limits

bounded = pytest.mark.skipif(
    {each for found in hierarchies() for each in found.controllers} != {"memory", "pids"},
    reason="no control group can be made here",
)

# A gibibyte in one call of the kernel's, which nobody can look in on.
AT_ONCE = """
import mmap
held = mmap.mmap(-1, 2**30)
held.madvise(23)  # MADV_POPULATE_WRITE
held.close()
"""


def groups() -> list[Path]:
    """Return the groups of this process that are there."""
    return [
        folder for found in hierarchies() for folder in found.folder.glob(f"{LEAF}-{os.getpid()}-*")
    ]


def ran(folder: Path, cell: str, **limits: int) -> tuple[Run, int]:
    """Run a cell; return how that ended, and the most bytes of memory that were held at once."""
    path = folder / "submission.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)]), path)
    with Box({}, rung=available()[0], limits=Limits(**limits)) as box:
        done = run(read(path), Plan(cells=(0,)), BoxKernels(box))
        done.close()
        peak = box.group.peak()
    assert peak is not None
    return done, peak


@bounded
def test_memory_taken_between_two_looks_is_bounded_too(tmp_path: Path) -> None:
    """Where the kernel bounds memory, not even a moment exceeds the limit, and the cell says so."""
    done, peak = ran(tmp_path, AT_ONCE, memory_bytes=400 * MEBIBYTE)
    assert peak <= 400 * MEBIBYTE
    assert "limit of memory: over 400 MiB" in done.ends[0].error


@bounded
def test_what_others_take_away_is_not_told_as_a_limit_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill far below the submission's own limit is no fault of its own, and told as that."""
    with crowded(256 * MEBIBYTE) as narrow:
        monkeypatch.setattr("grader.sandbox.cgroup.hierarchies", lambda: narrow)
        done, _peak = ran(tmp_path, AT_ONCE, memory_bytes=6144 * MEBIBYTE)
    assert "memory: there was none left on the machine" in done.ends[0].error
    assert done.contended


@contextmanager
def crowded(most: int) -> Iterator[tuple[Hierarchy, ...]]:
    """Return hierarchies in which all groups together have so many bytes of memory."""
    made = []
    for number, found in enumerate(hierarchies()):
        folder = found.folder / f"crowded-{os.getpid()}-{number}"
        folder.mkdir()
        if found.version == 2:
            (folder / "cgroup.subtree_control").write_text("+memory +pids", "ascii")
        if "memory" in found.controllers:
            name = "memory.max" if found.version == 2 else "memory.limit_in_bytes"
            (folder / name).write_text(str(most), "ascii")
        made.append(replace(found, folder=folder))
    try:
        yield tuple(made)
    finally:
        for each in made:
            each.folder.rmdir()


@bounded
def test_the_same_memory_is_had_where_there_is_room(tmp_path: Path) -> None:
    """With a limit above it, the same cell takes what it wants and ends well."""
    done, peak = ran(tmp_path, AT_ONCE, memory_bytes=2048 * MEBIBYTE)
    assert done.ends[0].status == "ok", done.ends[0].error
    assert peak > 1024 * MEBIBYTE


@bounded
def test_a_refused_thread_is_told_where_the_cell_bears_it(tmp_path: Path) -> None:
    """A cell that gets no more threads and goes on without has a note with the limit's value."""
    cell = """
import contextlib, threading
stop = threading.Event()
with contextlib.suppress(RuntimeError):
    for _ in range(80):
        threading.Thread(target=stop.wait, daemon=True).start()
stop.set()
"""
    done, _ = ran(tmp_path, cell, processes=64)
    assert done.ends[0].status == "ok"
    assert [text for _, text in done.notes] == [
        "A process or a thread was refused at the limit of 64 in all."
    ]


@bounded
def test_a_group_goes_with_its_submission(tmp_path: Path) -> None:
    """Nothing is left of a group after grading, whatever the notebook has started."""
    cell = "import subprocess\nsubprocess.Popen(['sleep', '100'], start_new_session=True)"
    result = graded_with_limits(tmp_path, [DOUBLE, cell, TRIPLE])
    assert result.sandbox.endswith("; memory bounded by the kernel")
    assert groups() == []


@bounded
def test_a_group_ends_what_is_left_in_it() -> None:
    """A process that hid from everybody else ends with its group."""
    group = Group(Limits())
    with group.entrances() as entrances:
        enter = "".join(f"echo 0 >&{each}; " for each in entrances)
        process = subprocess.Popen(
            ["bash", "-c", f"{enter} echo; exec sleep 100"],
            stdout=subprocess.PIPE,
            pass_fds=entrances,
        )
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        group.close()
        assert process.wait(10) == -signal.SIGKILL
    assert groups() == []


@bounded
def test_a_group_that_is_gone_bounds_nothing() -> None:
    """Whoever has removed it: nobody is let into what is left, and all is watched."""
    group = Group(Limits())
    for folder in groups():
        folder.rmdir()
    with group.entrances() as entrances:
        assert entrances == []
    assert group.controllers == ()
    group.close()


@contextmanager
def closed(_group: Group) -> Iterator[list[int]]:
    """Open what refuses whatever is written to it."""
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - it is no ordinary file
        yield [full.fileno()]


@bounded
def test_where_the_kernel_lets_nobody_in_memory_is_watched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A notebook is graded all the same, and its report says who holds it to its limits."""
    monkeypatch.setattr(Group, "entrances", closed)
    result = graded_with_limits(tmp_path, [DOUBLE, TRIPLE])
    assert result.sandbox.endswith("; memory watched")
    assert result.score == result.max_score


def test_what_the_machine_ends_elsewhere_harms_no_cell_that_ended_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where memory is watched, a kill that was somebody else's is not told of a cell that lives."""
    monkeypatch.setattr("grader.sandbox.cgroup.hierarchies", tuple)
    kills = itertools.count()
    monkeypatch.setattr("grader.sandbox.watchdog.kills", lambda: next(kills))
    result = graded_with_limits(tmp_path, [DOUBLE, "print('well')", TRIPLE, "1 / 0"])
    assert [each.status for each in result.cells] == ["ok", "ok", "ok", "error"]
    assert "memory: there was none left on the machine" in (result.cells[-1].error or "")
    assert result.sandbox.endswith("; memory watched")


@bounded
def test_where_only_the_next_kernel_is_not_let_in_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the first has left goes on answering, and from then on memory is watched."""
    ways = iter([Group.entrances, closed])

    def next_way(group: Group) -> AbstractContextManager[Sequence[int]]:
        return next(ways)(group)

    monkeypatch.setattr(Group, "entrances", next_way)
    cells = [DOUBLE, "import os\nos._exit(1)", TRIPLE]
    result = graded_with_limits(tmp_path, cells)
    assert [each.status for each in result.cells] == ["ok", "died", "ok"]
    assert result.score == result.max_score
    assert result.sandbox.endswith("; memory watched")
    assert groups() == []


@bounded
@pytest.mark.parametrize("rung", [rung for rung in available() if rung != Rung.PLAIN])
@pytest.mark.parametrize("server", [False, True], ids=["cold", "forked"])
def test_a_notebook_has_no_way_into_its_group(tmp_path: Path, rung: Rung, server: bool) -> None:
    """None of what the kernel's process has open is a file of a control group."""
    cell = """
import os
opened = [each.path for each in os.scandir("/proc/self/fd")]
links = [os.readlink(each) for each in opened if os.path.lexists(each)]
assert len(links) > 5
assert not [each for each in links if each.endswith(("tasks", "cgroup.procs"))], links
"""
    with closing(ServerCache()) as servers:
        result = graded_with_limits(
            tmp_path, [DOUBLE, cell, TRIPLE], rung=rung, servers=servers if server else None
        )
    assert [each.status for each in result.cells] == ["ok", "ok", "ok"]
    assert result.sandbox.endswith("; memory bounded by the kernel")


KILLED = """
import os, signal
from grader.sandbox.cgroup import Group
from grader.sandbox.limits import Limits
group = Group(Limits())
print(os.getpid(), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@bounded
def test_groups_of_killed_graders_are_removed_by_the_next() -> None:
    """A grader that was killed leaves a group, which is gone when another one has begun."""
    done = subprocess.run([sys.executable, "-c", KILLED], capture_output=True, check=False)
    name = f"{LEAF}-{int(done.stdout)}-*"
    assert [each for found in hierarchies() for each in found.folder.glob(name)]
    other = Group(Limits())
    assert not [each for found in hierarchies() for each in found.folder.glob(name)]
    assert len(groups()) == len(hierarchies()), "groups of graders that live stay"
    other.close()


@pytest.fixture
def no_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the machine be one where no control group can be made."""
    monkeypatch.setattr("grader.sandbox.cgroup.hierarchies", tuple)


@pytest.mark.usefixtures("no_groups")
@pytest.mark.parametrize(
    ("cell", "limit"),
    [
        ("held = [b'x' * 2**20 for _ in range(2000) if not time.sleep(0.001)]", "memory: over 300"),
        ("subprocess.Popen(['sh', '-c', 'while :; do sleep 100 & done'])", "processes"),
    ],
    ids=["memory", "processes"],
)
def test_what_the_kernel_does_not_bound_is_watched(tmp_path: Path, cell: str, limit: str) -> None:
    """Without control groups the limits hold too, are named, and the report says who holds them."""
    cell = f"import subprocess, time\n{cell}\ntime.sleep(3)"
    result = graded_with_limits(
        tmp_path,
        [DOUBLE, cell, TRIPLE],
        rung=Rung.PROCESS,
        memory_bytes=300 * MEBIBYTE,
        processes=40,
    )
    assert {each.id: each.score for each in result.exercises} == FULL
    assert f"ended at the limit of {limit}" in (result.cells[1].error or "")
    assert result.sandbox.endswith("; memory watched")


@bounded
def test_the_doctor_says_that_the_kernel_bounds_memory() -> None:
    """`grader doctor` tells whether memory is bounded by the kernel."""
    assert "bounded by the kernel, version" in CliRunner().invoke(grader, ["doctor"]).output


@pytest.mark.usefixtures("no_groups")
def test_the_doctor_says_what_bounding_memory_needs() -> None:
    """Where memory is only watched, `grader doctor` says so, and what would bound it."""
    (line,) = (
        line
        for line in CliRunner().invoke(grader, ["doctor"]).output.splitlines()
        if "cgroups" in line
    )
    assert line.startswith("no")
    assert "memory is watched every 0.2 s" in line
    assert "Delegate=yes" in line


# As the manual page cgroups(7) and the kernel's documentation of /proc describe the two files.
FIRST = "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory"
BOTH = "39 31 0:36 /docker/1 /sys/fs/cgroup/both rw - cgroup cgroup rw,pids,memory"
SECOND = "41 31 0:38 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate"
OTHER = "36 31 0:33 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n24 1 0:2 / /proc rw - proc p rw"
SCOPE = "/user.slice/user-1000.slice/user@1000.service/app.slice/run-1.scope"


@pytest.mark.parametrize(
    ("mountinfo", "own", "found"),
    [
        (
            FIRST,
            "4:memory:/jobs/7\n0::/",
            Mount(1, ("memory",), Path("/sys/fs/cgroup/memory/jobs/7")),
        ),
        (
            BOTH,
            "4:pids,memory:/docker/1/x",
            Mount(1, ("memory", "pids"), Path("/sys/fs/cgroup/both/x")),
        ),
        (SECOND, f"0::{SCOPE}", Mount(2, (), Path(f"/sys/fs/cgroup{SCOPE}"))),
        (SECOND, "0::/", Mount(2, (), Path("/sys/fs/cgroup"))),
        (BOTH, "4:pids,memory:/docker/2", None),
        (OTHER, "2:cpu:/\n0::/", None),
    ],
    ids=["version 1", "a container", "version 2", "a namespace", "another container", "others"],
)
def test_the_graders_own_group_is_found(mountinfo: str, own: str, found: Mount | None) -> None:
    """The folder of the own group is told from what the kernel says of mounts and of groups."""
    assert list(mounts(f"{OTHER}\n{mountinfo}", own)) == ([found] if found else [])
