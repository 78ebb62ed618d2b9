"""What lies in a working folder may be a student's: none of it runs in the grader's name.

That is the folder in which a person calls a command, and that in which a notebook runs.
"""

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from grader.sandbox.forkserver import ServerCache
from grader.sandbox.rungs import Rung, available
from tests.attacks.attack import RUNGS
from tests.tiny_assignment import DOUBLE, TRIPLE, declare, graded_with_limits, write

# What the processes of the grader import first, and what they import of others' packages.
MODULES = (
    *("ctypes", "enum", "json", "multiprocessing", "pickle", "re", "socket", "typing"),
    *("click", "grader", "numpy", "pebble", "zmq"),
)
HERE = [rung for rung in RUNGS if rung in available()]
BESIDE_PYTHON = Path(sys.executable).parent


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with an assignment, two submissions and modules that leave a trace."""
    folder = tmp_path / "handed_in"
    folder.mkdir()
    declare(tmp_path / "tiny")
    for name in ("one", "two"):
        write(folder / f"{name}.ipynb", [DOUBLE, TRIPLE])
    for name in MODULES:
        (folder / f"{name}.py").write_text(f"open({str(tmp_path / 'won')!r}, 'a').write({name!r})")
    return folder


def call(folder: Path, *command: str, status: int = 0) -> str:
    """Run a command in the folder, as a user does, and return what it prints."""
    variables = {name: text for name, text in os.environ.items() if name != "PYTHONSAFEPATH"}
    done = subprocess.run(
        command, cwd=folder, env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == status, done.stderr
    return done.stdout


@pytest.mark.parametrize("what", [["one.ipynb"], ["."], [".", "--dask"]], ids=" ".join)
@pytest.mark.parametrize(
    "grade",
    [[str(BESIDE_PYTHON / "grade")], [sys.executable, "-P", "-m", "grader"]],
    ids=["command", "module"],
)
def test_no_module_of_the_working_folder_is_imported(
    folder: Path, grade: list[str], what: list[str]
) -> None:
    """Neither by the command nor by a process that it starts, whatever the module's name."""
    if "--dask" in what:
        pytest.importorskip("distributed")
    told = call(folder, *grade, *what, "--assignment", str(folder.parent / "tiny"))
    assert "5 of 5 points" in told
    assert not (folder.parent / "won").exists()


def test_judging_again_imports_none_either(folder: Path) -> None:
    """Its processes are not those that grade."""
    grade, grader = str(BESIDE_PYTHON / "grade"), str(BESIDE_PYTHON / "grader")
    assignment = str(folder.parent / "tiny")
    # Scripts among notebooks are told of, as what somebody may have handed in.
    call(folder, grade, ".", "--assignment", assignment, "--out", "results", status=2)
    config = folder.parent / "tiny" / "checks.py"
    config.write_text(config.read_text("utf-8").replace("points=2", "points=4"), "utf-8")
    assert "one" in call(folder, grader, "rejudge", "results", "--jobs", "2")
    assert not (folder.parent / "won").exists()


# Modules that are imported between the fork of a kernel's process and its confinement, and after
# that by the kernel before it gives up making sockets; and what IPython runs at its start.
PLANTED = """
import os
for name in ("ctypes", "json", "py_landlock", "pyseccomp", "resource", "socket", "zmq"):
    open(f"{name}.py", "w").write(PROGRAM)
startup = os.path.expanduser("~/ipython/profile_default/startup")
os.makedirs(startup, exist_ok=True)
open(f"{startup}/first.py", "w").write(PROGRAM)
os._exit(1)
"""
# What only a process that is confined in part can do: write elsewhere, or make a socket.
PROGRAM = """
try:
    open({mark!r}, "a").write(__name__)
except OSError:
    import _socket
    _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
    print("a socket")
"""

EMPTY = """
import os
assert not os.listdir(".") and not os.listdir(os.environ["TMPDIR"])
assert not os.path.exists(os.path.expanduser("~/ipython/profile_default/startup/first.py"))
"""


@pytest.mark.parametrize("server", [False, True], ids=["cold", "forked"])
@pytest.mark.parametrize("rung", HERE, ids=lambda rung: f"rung{int(rung)}")
def test_what_a_kernel_leaves_behind_does_not_run_in_the_next(
    tmp_path: Path, rung: Rung, *, server: bool
) -> None:
    """One that writes modules into its folders and dies finds none of them imported after it."""
    tmp_path.chmod(0o777)
    mark = tmp_path / "won"
    mark.touch()
    mark.chmod(0o666)
    cells = [
        f"PROGRAM = {PROGRAM.format(mark=str(mark))!r}\n{PLANTED}",
        EMPTY,
        DOUBLE,
        TRIPLE,
    ]
    with closing(ServerCache()) as servers:
        result = graded_with_limits(
            tmp_path / "tiny", cells, rung=rung, servers=servers if server else None
        )
    assert [cell.status for cell in result.cells] == ["died", "ok", "ok", "ok"]
    assert result.score == 5
    assert mark.read_text() == ""
