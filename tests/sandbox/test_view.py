"""A submission sees what its Python needs, and nothing private, wherever the two lie."""

import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import UsageError
from grader.execution.plan import Plan
from grader.execution.run import run
from grader.notebook.reading import read
from grader.sandbox.box import Box
from grader.sandbox.forkserver import ServerCache, ServerSpec
from grader.sandbox.kernel import BoxKernels
from grader.sandbox.limits import Limits
from grader.sandbox.rungs import Rung, available, policy
from grader.sandbox.view import _told_apart, view
from tests.tiny_assignment import write

STRONG = [rung for rung in available() if policy(rung).sandbox]
rungs = pytest.mark.parametrize("rung", STRONG, ids=lambda rung: f"rung{int(rung)}")


def test_folders_of_the_system_where_courses_live_are_not_shown() -> None:
    """What lies below /opt or /usr/src, as in containers, is no part of what Python needs."""
    shown = [path for path in view([]).shown if not path.is_symlink()]
    exchange = "/usr/local/share/nbgrader/exchange"
    for course in ("/opt/course", "/usr/src/app", "/srv/course", "/usr/local/src/x", exchange):
        assert not [path for path in shown if Path(course).is_relative_to(path)]


def test_a_link_to_python_shows_nothing_beside_it(tmp_path: Path) -> None:
    """Where Python is started by a link, the link is shown, and not the folder above it."""
    link = tmp_path / "bin" / "python"
    link.parent.mkdir()
    link.symlink_to(sys.executable)
    (tmp_path / "notes.txt").write_text("private")
    code = (
        "import sys; sys.path.extend(sys.argv[1:]); from grader.sandbox.view import view; "
        "print(*(path for path in view([]).shown), sep='\\n')"
    )
    paths = [str(Path(__file__).parents[1]), *(path for path in sys.path if path)]
    done = subprocess.run([link, "-c", code, *paths], capture_output=True, text=True, check=True)
    below = [line for line in done.stdout.splitlines() if line.startswith(str(tmp_path))]
    assert below == [str(link)]


def test_what_python_needs_cannot_be_private() -> None:
    """An assignment that is a folder of the system itself is refused in words."""
    with pytest.raises(UsageError, match="Move the assignment"):
        view([], [Path("/usr/lib")])


parts = st.lists(st.sampled_from("ab"), min_size=1, max_size=5).map(lambda names: Path("/", *names))


@given(st.dictionaries(parts, st.booleans()), parts)
def test_of_two_paths_on_one_way_the_deeper_decides(marks: dict[Path, bool], asked: Path) -> None:
    """Leaving out the marks that change nothing changes nothing."""

    def seen(marks: dict[Path, bool]) -> bool:
        above = [path for path in (asked, *asked.parents) if path in marks]
        return marks[above[0]] if above else False

    assert seen(_told_apart(marks)) == seen(marks)


def files_below(folder: Path) -> Path:
    """Lay out a course in a folder that notebooks read: their data, and beside it the solution."""
    for name in ("data/x", "course/solution", "course/venv/lib/y"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(path.name)
    for path in (folder, *folder.rglob("*"), *folder.parents):
        if path.is_relative_to("/tmp"):  # noqa: S108 - pytest's folders are open to root alone
            path.chmod(0o755)
    return folder


def told(folder: Path, cell: str, **how: Any) -> str:
    """Return the error in which a cell ends that runs in a box made as `how` says."""
    path = folder / "n.ipynb"
    write(path, [cell])
    with Box(limits=Limits(), **how) as box:
        ran = run(read(path), Plan(cells=(0,)), BoxKernels(box))
        ran.close()
    return ran.ends[0].error


@rungs
@pytest.mark.parametrize("server", [False, True], ids=["cold", "forked"])
def test_what_is_private_in_a_folder_that_is_shown_is_closed(
    tmp_path: Path, rung: Rung, *, server: bool
) -> None:
    """A course inside a folder of data is not read; what is shown inside the course is."""
    folder = files_below(tmp_path / "shown")
    cell = f"""
from pathlib import Path
folder = Path({str(folder)!r})
found = []
for name in ("data/x", "course/solution", "course/venv/lib/y"):
    try:
        found.append((folder / name).read_text())
    except OSError:
        found.append("closed")
raise ValueError(" ".join(found))
"""
    shown = {"all": folder, "inner": folder / "course" / "venv" / "lib"}
    private = (folder / "course", folder / "course" / "solution")
    with closing(ServerCache()) as servers:
        one = None
        if server:
            one = servers.get(
                ServerSpec(datasets=shown, rung=rung, limits=Limits(), private=private)
            )
        said = told(tmp_path, cell, datasets=shown, rung=rung, private=private, server=one)
    assert said == "ValueError: x closed y"


@rungs
def test_a_notebook_that_could_read_what_is_private_is_not_run(tmp_path: Path, rung: Rung) -> None:
    """Whether it is closed is tried in the kernel's process, and an error names the folder."""
    # Notebooks read it on every rung, however private somebody says that it is.
    private = [Path("/proc/self/status")]
    with pytest.raises(UsageError, match=r"could read what it must not.*/proc"):
        told(tmp_path, "pass", datasets={}, rung=rung, private=private)
