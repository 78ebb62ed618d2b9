"""Wheels that are packed from what is installed here can be installed elsewhere."""

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from grader import __version__
from grader.authoring.lite.command import JUDGING, KERNEL, PYODIDES
from grader.authoring.lite.wheels import PURE, Wheel, of_grader, vendored, write
from grader.errors import AssignmentError
from grader.judging.answer_key import publication, repacked
from tests.notebooks import ROOT

ANSWERS = ROOT / "assignments" / "stable_numerics" / "public" / "answers.bin"


def paths(wheel: Wheel) -> list[str]:
    """Return the paths of a wheel's files."""
    with zipfile.ZipFile(io.BytesIO(wheel.content)) as archive:
        return archive.namelist()


def test_what_is_required_comes_along_and_is_pure() -> None:
    """A browser's markers decide, and what Pyodide has is left to it."""
    wheels = vendored([Requirement("rich"), Requirement("numpy")], "3.12", but={"numpy"})
    names = {each.name.partition("-")[0] for each in wheels}
    assert {"rich", "pygments", "markdown_it_py", "mdurl"} <= names
    assert "numpy" not in names
    assert all(each.name.endswith(f"-{PURE}.whl") for each in wheels)
    # Nothing for other platforms: IPython wants psutil and pexpect everywhere but there.
    kernel = vendored(map(Requirement, ("matplotlib-inline", "comm")), "3.12")
    assert not {"psutil", "pexpect"} & {each.name.partition("-")[0] for each in kernel}


def test_what_is_compiled_only_to_be_faster_is_left_out() -> None:
    """MarkupSafe is packed without what was compiled of it, and no bytecode of anybody's."""
    (wheel,) = vendored([Requirement("markupsafe")], "3.12")
    assert not [path for path in paths(wheel) if path.endswith((".so", ".pyc", ".c"))]
    assert "markupsafe/_native.py" in paths(wheel)


def test_a_wheel_is_the_same_whenever_it_is_packed() -> None:
    """A site that is built again changes only where something else is in it."""
    first, second = (vendored([Requirement("mdurl")], "3.12")[0] for _ in range(2))
    assert first.content == second.content


def test_pip_installs_them(tmp_path: Path) -> None:
    """Records, metadata and names are as an installer wants them, the grader's among them."""
    needed = vendored([Requirement("mdurl")], "3.12")
    wheels = write([of_grader(["mdurl>=0.1"]), *needed], tmp_path / "wheels")
    target = tmp_path / "target"
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-compile"),
            *("--find-links", tmp_path / "wheels", "--target", target),
            f"notebook-grader=={__version__}",
        ],
        check=True,
    )
    assert len(wheels) == 2
    assert (target / "mdurl" / "__init__.py").is_file()
    ours = {path.relative_to(ROOT) for path in (ROOT / "grader").rglob("*.py")}
    assert ours <= {path.relative_to(target) for path in (target / "grader").rglob("*.py")}
    assert list((target / "grader").rglob("*.po"))


# What a browser's Python has not: no processes of its own, no sockets that lead anywhere, and of
# packages what JUDGING names with what that requires.
ALONE = """
import sys
sys.path.insert(0, {folder!r})
class Nobody:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {absent!r}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Nobody())
import grader.inline.browser, grader.checks.gradcheck, grader.checks.training.trained
print(len([name for name in sys.modules if name.startswith("grader.")]))
"""
# Modules of the standard library that Pyodide lacks or has without what they stand for.
ABSENT = {"fcntl", "grp", "lzma", "pwd", "resource", "ssl", "termios", "_multiprocessing"}


def test_judging_imports_no_more_than_it_is_said_to() -> None:
    """Whoever makes judging import another package finds it out here, not in a browser."""
    wheels = vendored(map(Requirement, (*KERNEL, *JUDGING)), "3.11", but=PYODIDES)
    brought = {
        path.partition("/")[0].removesuffix(".py") for each in wheels for path in paths(each)
    }
    here = Path(pytest.__file__).parents[1]
    installed = {each.name.partition(".")[0].partition("-")[0] for each in here.iterdir()}
    absent = installed - brought - {"numpy", "grader", ""} | ABSENT
    source = ALONE.format(folder=str(ROOT), absent=absent)
    ran = subprocess.run(
        [sys.executable, "-P", "-c", source], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert int(ran.stdout) > 0


def test_recorded_answers_are_the_same_without_lzma(tmp_path: Path) -> None:
    """What a site holds of them is packed in the way that any Python can unpack."""
    (tmp_path / ANSWERS.name).write_bytes(repacked(ANSWERS.read_bytes()))
    here, there = publication(ANSWERS), publication(tmp_path / ANSWERS.name)
    assert here.packed() == there.packed()


@pytest.mark.parametrize("content", [b"\x78\xda", b"\x78\xdagarbage", b"nothing", b""])
def test_broken_answers_are_told(tmp_path: Path, content: bytes) -> None:
    """A file that was cut short is named, with what to do, as one of LZMA is."""
    path = tmp_path / "answers.bin"
    path.write_bytes(content)
    with pytest.raises(AssignmentError, match=r"answers\.bin holds no recorded answers"):
        publication(path)
