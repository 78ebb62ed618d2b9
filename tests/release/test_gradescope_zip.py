"""The autograder for Gradescope, run as Gradescope runs it."""

import ast
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from grader.assignment.loading import load
from grader.assignment.model import REFERENCE, TIMES
from grader.authoring.release.command import release
from grader.authoring.release.gradescope import autograder
from grader.authoring.release.record_answers import digest
from grader.errors import AssignmentError
from tests import tiny_release
from tests.notebooks import ROOT
from tests.reports.test_gradescope import SCHEMA
from tests.tiny_release import RIGHT, notebook

NUMPY = "import numpy as np"
STUBS = {
    "apt-get": 'echo "apt-get $*" >> "$LOG"',
    "python3": """
echo "python3 $*" >> "$LOG"
mkdir -p "$3/bin"
printf '#!/bin/sh\\necho "pip $*" >> "$LOG"\\n' > "$3/bin/pip"
printf '#!/bin/sh\\necho "uv $* in $PWD, $UV_PYTHON_INSTALL_DIR" >> "$LOG"\\n' > "$3/bin/uv"
mkdir -p "$3/../venv/bin"
printf '#!/bin/sh\\necho "grader $*" >> "$LOG"\\n' > "$3/../venv/bin/grader"
printf '#!/bin/sh\\necho "grade $*" >> "$LOG"\\n' > "$3/../venv/bin/grade"
chmod +x "$3/bin/pip" "$3/bin/uv" "$3/../venv/bin/grader" "$3/../venv/bin/grade"
""",
}


def unpacked(content: Path, folder: Path) -> Path:
    """Unpack a zip into `folder` as Gradescope does, and return that."""
    for name in ("source", "submission", "results"):
        (folder / name).mkdir()
    # Unlike Python's own, it keeps the permissions.
    with zipfile.ZipFile(content) as archive:
        for entry in archive.infolist():
            path = Path(archive.extract(entry, folder / "source"))
            path.chmod(entry.external_attr >> 16)
    return folder


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what is /autograder there, the zip unpacked in it."""
    folder = tmp_path_factory.mktemp("autograder")
    release(tiny_release.reference(folder / "mine" / "tiny"), folder, folder / "autograder.zip")
    return unpacked(folder / "autograder.zip", folder)


@pytest.fixture
def submission(root: Path) -> Path:
    """Return an empty folder for what is handed in."""
    folder = root / "submission"
    shutil.rmtree(folder)
    folder.mkdir()
    (root / "results" / "results.json").unlink(missing_ok=True)
    return folder


def begun(root: Path, cwd: Path | None = None, **environment: str) -> "subprocess.Popen[bytes]":
    """Begin the autograder, in the folder `cwd` where one is given."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.Popen(
        [root / "source" / "run_autograder"],
        cwd=cwd or root,
        env={**os.environ, "AUTOGRADER_ROOT": str(root), "PATH": path, **environment},
        stderr=subprocess.DEVNULL,
    )


def results(root: Path) -> Any:
    """Return the results that were written, which keep to Gradescope's rules."""
    told = json.loads((root / "results" / "results.json").read_text("utf-8"))
    SCHEMA.validate(told)
    assert [each.name for each in (root / "results").iterdir()] == ["results.json"]
    return told


def run(root: Path, **environment: str) -> Any:
    """Run the autograder and return its results."""
    assert begun(root, None, **environment).wait() == 0
    return results(root)


def test_a_submission_gets_its_points(root: Path, submission: Path) -> None:
    """The hidden checks count there, and students see nothing of what they ask."""
    notebook(submission / "tiny.ipynb", [NUMPY, *RIGHT])
    assert run(root)["score"] == 12


@pytest.mark.parametrize("files", [{}, {"a.ipynb": "{}", "b.ipynb": "{}"}, {"tiny.ipynb": "{}"}])
def test_what_cannot_be_graded_is_told(root: Path, submission: Path, files: dict[str, str]) -> None:
    """No notebook, several, and one that is none: a sentence, not a failure of the autograder."""
    for name, text in files.items():
        (submission / name).write_text(text, "utf-8")
    told = run(root)
    assert told["score"] == 0
    assert "tiny.ipynb" in told["output"]


def test_the_notebook_is_found_among_other_files(root: Path, submission: Path) -> None:
    """By its name among several, or as the only one under another name; what systems add is not."""
    (submission / "__MACOSX").mkdir()
    (submission / "__MACOSX" / "._tiny.ipynb").write_text("")
    folder = submission / "homework"
    folder.mkdir()
    right = notebook(folder / "tiny.ipynb", [NUMPY, *RIGHT])
    notebook(submission / "draft.ipynb", [NUMPY])
    assert run(root)["score"] == 12
    (submission / "draft.ipynb").unlink()
    right.rename(folder / "mine (2).ipynb")
    assert run(root)["score"] == 12


def test_the_released_folder_may_be_handed_in_whole(root: Path, submission: Path) -> None:
    """What it holds of the notebook as it was handed out is not a second submission."""
    (submission / "public").mkdir()
    notebook(submission / "public" / "handed_out.ipynb", [NUMPY])
    notebook(submission / "mine.ipynb", [NUMPY, *RIGHT])
    assert run(root)["score"] == 12


def test_what_is_handed_in_beside_a_notebook_is_neither_read_nor_run(
    root: Path, submission: Path
) -> None:
    """Another assignment, modules, start-up files and links change nothing, wherever it begins."""
    ran = root / "ran"
    code = f"open({str(ran)!r}, 'w').close()\n"
    modules = ("grader", "json", "sitecustomize", "usercustomize", "numpy", "conftest", "signal")
    files = {
        **{f"{name}.py": code for name in modules},
        "grader/__init__.py": code,
        "start.pth": f"import os; {code}",
        "pyproject.toml": f"[tool.grader]\nassignment = '{submission}'\n",
        "pyvenv.cfg": "home = /nowhere\n",
        "assignment.toml": 'title = "Mine"\nseed = 1\n',
        "checks.py": code,
        "reference/tiny/assignment.toml": 'title = "Mine"\n',
        "reference/tiny/checks.py": code,
        "public/checks.py": code,
        ".grading/names.moving": "{}",
        ".ipynb_checkpoints/tiny.ipynb": "{}",
        f"{'deep/' * 300}tiny.py": code,
    }
    for name, text in files.items():
        (submission / name).parent.mkdir(parents=True, exist_ok=True)
        (submission / name).write_text(text, "utf-8")
    results_file = root / "results" / "results.json"
    for name in ("results.json", "results.json.new", "loop"):
        (submission / name).symlink_to(submission if name == "loop" else results_file)
    os.close(os.open(os.fsencode(submission) + b"/caf\xe9.txt", os.O_CREAT))
    os.mkfifo(submission / "pipe.ipynb")
    notebook(submission / "reference" / "tiny" / "solution.txt", [NUMPY])
    notebook(submission / "tiny.ipynb", [NUMPY, *RIGHT])
    assert begun(root, submission).wait() == 0
    assert results(root)["score"] == 12
    (submission / "tiny.ipynb").unlink()
    assert begun(root, submission).wait() == 0
    assert "Hand in one notebook, tiny.ipynb" in results(root)["output"]
    assert not ran.exists()


def test_how_long_cells_take_is_known_there_too(tmp_path: Path) -> None:
    """What `grader time` has recorded is in the zip: endless cells end there as soon."""
    folder = tiny_release.reference(tmp_path / "tiny")
    (folder / TIMES).write_text("{}", "utf-8")
    with zipfile.ZipFile(io.BytesIO(autograder(load(folder)))) as archive:
        assert f"reference/tiny/{TIMES}" in archive.namelist()


def test_files_that_notebooks_and_checks_read_are_there_too(tmp_path: Path) -> None:
    """What lies in the assignment's folder is in the zip, but no cache and nothing released."""
    folder = tiny_release.reference(tmp_path / "tiny")
    for name in ("data/x.csv", "answers.txt", "__pycache__/a.pyc", ".cache/b", "public/c"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("1", "utf-8")
    with zipfile.ZipFile(io.BytesIO(autograder(load(folder)))) as archive:
        names = {each.removeprefix("reference/tiny/") for each in archive.namelist()}
    assert {"data/x.csv", "answers.txt"} <= names
    assert not names & {"__pycache__/a.pyc", ".cache/b", "public/c"}


def test_what_else_lies_in_an_assignment_s_folder_hinders_nothing(tmp_path: Path) -> None:
    """A pipe is not waited for, a loop not followed; a name that is no text is told."""
    folder = tiny_release.reference(tmp_path / "tiny")
    for name in ("pipe.py", "pipe.csv"):
        os.mkfifo(folder / name)
    (folder / "loop").symlink_to(folder)
    assert digest(load(folder))
    with zipfile.ZipFile(io.BytesIO(autograder(load(folder)))) as archive:
        assert not [name for name in archive.namelist() if "pipe" in name or "loop" in name]
    os.close(os.open(os.fsencode(folder) + b"/caf\xe9.py", os.O_CREAT))
    assert digest(load(folder))
    with pytest.raises(AssignmentError, match="a name that no zip can hold"):
        autograder(load(folder))


def test_the_wrong_file_is_named(root: Path, submission: Path) -> None:
    """Who hands in something else reads what was found, and what is wanted."""
    (submission / "tiny.py").write_text("print(1)")
    told = run(root)["output"]
    assert told == "Hand in one notebook, tiny.ipynb: there is no notebook here (tiny.py)."


def test_a_file_that_is_no_notebook_is_told_in_a_sentence(root: Path, submission: Path) -> None:
    """Without what `grade` says of its progress, and by the name that the student gave it."""
    (submission / "mine").mkdir()
    (submission / "mine" / "tiny.ipynb").write_text("<html>Log in</html>")
    told = run(root)["output"]
    assert told == (
        "mine/tiny.ipynb is a web page (HTML), not a notebook; hand in the .ipynb file itself."
    )


@pytest.mark.parametrize("linked", ["a file", "a folder"])
def test_a_link_is_passed_over(root: Path, submission: Path, linked: str) -> None:
    """The reference is no submission, by whatever link it comes."""
    reference = root / "source" / "reference" / "tiny" / REFERENCE
    assert reference.is_file()
    if linked == "a file":
        (submission / "tiny.ipynb").symlink_to(reference)
    else:
        (submission / "work").symlink_to(reference.parent)
    told = run(root)
    assert told["score"] == 0
    assert "there is no notebook here" in told["output"]
    assert "twice_the_numbers" not in json.dumps(told)
    notebook(submission / "mine.ipynb", [NUMPY, *RIGHT])
    assert run(root)["score"] == 12


def alive(marker: str) -> list[str]:
    """Return the processes that have `marker` in their command line."""
    found = subprocess.run(
        ["pgrep", "-f", "--", marker], capture_output=True, text=True, check=False
    )
    return found.stdout.split()


def test_what_takes_too_long_ends_before_the_host_ends_it(root: Path, submission: Path) -> None:
    """There are results, which say that they are no grade, and nothing goes on."""
    notebook(submission / "tiny.ipynb", [NUMPY, *RIGHT, "while True: pass"])
    told = run(root, AUTOGRADER_STOP_SECONDS="0.5")
    assert told["score"] == 0
    assert told["output"].startswith("This is no grade")
    assert "0.5 seconds" in told["output"]
    assert alive(str(submission / "tiny.ipynb")) == []


def test_the_host_may_stop_it(root: Path, submission: Path, tmp_path: Path) -> None:
    """Results are written when the host says that its time is up."""
    started = tmp_path / "started"
    notebook(submission / "tiny.ipynb", [NUMPY])
    process = begun(root, PATH=stub(tmp_path, f"touch {started}; sleep 100"))
    while not started.exists():
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    assert process.wait() == 0
    assert results(root)["output"].startswith("This is no grade")


def stub(folder: Path, grade: str) -> str:
    """Return a search path on which `grade` is something else."""
    folder.mkdir(exist_ok=True)
    (folder / "grade").write_text(f"#!/bin/sh\n{grade}\n")
    (folder / "grade").chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


@pytest.mark.parametrize(
    "grade",
    ["exit 3", "kill -9 $$", "exit 0", 'for last; do :; done; echo "{" > "${last#gradescope=}"'],
    ids=["failed", "killed", "silent", "torn"],
)
def test_where_the_grader_fails_results_say_so(
    root: Path, submission: Path, tmp_path: Path, grade: str
) -> None:
    """They are valid, and say that this is no grade."""
    notebook(submission / "tiny.ipynb", [NUMPY, *RIGHT])
    told = run(root, PATH=stub(tmp_path, grade))
    assert told["output"].startswith("This is no grade")


def test_any_python_of_an_image_runs_it(root: Path) -> None:
    """What finds the notebook is written for the Python that the image has, from 3.8 on."""
    source = (root / "source" / "run_autograder").read_text("utf-8")
    ast.parse(source, feature_version=(3, 8))
    assert source.startswith("#!/usr/bin/env python3\n")


def setup(root: Path, tmp_path: Path, **stubs: str) -> "tuple[int, list[str]]":
    """Run setup.sh with stubs; return its exit status and what was called."""
    here, log = tmp_path / "autograder", tmp_path / "log"
    shutil.copytree(root / "source", here / "source")
    commands = tmp_path / "bin"
    commands.mkdir()
    for name, text in {**STUBS, **stubs}.items():
        (commands / name).write_text(f"#!/bin/sh\n{text}\n")
        (commands / name).chmod(0o755)
    environment = {"PATH": f"{commands}:/usr/bin:/bin", "AUTOGRADER_ROOT": str(here)}
    environment["LOG"] = str(log)
    done = subprocess.run([here / "source" / "setup.sh"], env=environment, check=False)
    told = log.read_text("utf-8").replace(str(here), "/autograder")
    return done.returncode, told.splitlines()


def test_the_image_gets_a_python_of_its_own(root: Path, tmp_path: Path) -> None:
    """The default image's is too old: uv brings one, and PyTorch without a GPU's libraries."""
    status, called = setup(root, tmp_path)
    assert status == 0
    assert [line.partition(" in ")[0] for line in called[2:]] == [
        "python3 -m venv /autograder/uv",
        "pip install --quiet uv>=0.8",
        "uv venv --quiet --python 3.12 /autograder/venv",
        "uv pip install --quiet --python /autograder/venv/bin/python --torch-backend cpu "
        "--requirement requirements.txt",
        "grade --version",
    ]
    assert called[5].endswith("in /autograder/source, /autograder/python")
    assert "bubblewrap libseccomp2" in called[1]


def test_an_image_that_lacks_something_is_not_built(root: Path, tmp_path: Path) -> None:
    """What fails while the image is built fails it: nobody finds out by a submission."""
    status, called = setup(root, tmp_path, **{"apt-get": 'echo "$*" >> "$LOG"; exit 100'})
    assert (status, len(called)) == (100, 1)


def test_the_layout_is_the_documented_one(root: Path) -> None:
    """Both scripts stand at the top, executable, and setup installs what grading needs."""
    for name in ("setup.sh", "run_autograder"):
        path = root / "source" / name
        assert os.access(path, os.X_OK)
        assert path.read_text("utf-8").startswith("#!/usr/bin/env ")
    shellcheck = shutil.which("shellcheck", path=f"{Path(sys.executable).parent}")
    assert shellcheck is not None
    subprocess.run([shellcheck, root / "source" / "setup.sh"], check=True)
    needed = (root / "source" / "requirements.txt").read_text("utf-8").splitlines()
    assert "numpy" in needed
    assert "jupyterlab" not in needed


def test_the_same_assignment_gives_the_same_zip(root: Path) -> None:
    """Whoever uploads it anew can tell whether it has changed."""
    assignment = load(root / "mine" / "tiny")
    assert autograder(assignment) == (root / "autograder.zip").read_bytes()


def test_the_total_to_set_is_what_can_be_reached(root: Path, tmp_path: Path) -> None:
    """The reference earns exactly the points that the README says to set, and so do its tests."""
    readme = (root / "source" / "README.md").read_text("utf-8")
    assert 'Set "Autograder points" to 12.' in readme
    whole = tmp_path / "whole"
    whole.mkdir()
    (whole / "autograder.zip").write_bytes(autograder(load(ROOT / "reference" / "nn_from_scratch")))
    unpacked(whole / "autograder.zip", whole)
    shutil.copy(
        ROOT / "reference" / "nn_from_scratch" / REFERENCE,
        whole / "submission" / "nn_from_scratch.ipynb",
    )
    readme = (whole / "source" / "README.md").read_text("utf-8")
    told = run(whole)
    (total,) = map(float, re.findall(r'Set "Autograder points" to (\d+):', readme))
    pending = map(float, re.findall(r"^- `[\w.]+`: ([\d.]+)$", readme, re.MULTILINE))
    assert told["score"] == total < 100
    assert total + sum(pending) == 100
    assert sum(each.get("max_score", 0) for each in told["tests"]) == total
