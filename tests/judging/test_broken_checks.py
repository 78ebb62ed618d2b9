"""What the terminal says where a check itself breaks: who wrote it learns where to look."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.tiny_assignment import DOUBLE, TRIPLE, declare, write


@pytest.mark.parametrize("dev", [False, True])
def test_a_broken_check_is_told_by_its_place(tmp_path: Path, dev: bool) -> None:
    """In a line, with the file and the line; only who develops the grader is shown its insides."""
    assignment = declare(tmp_path / "tiny")
    checks = assignment / "checks.py"
    right = 'times(student, "double", 2)'
    checks.write_text(checks.read_text("utf-8").replace(right, "absent_name"), "utf-8")
    write(tmp_path / "submission.ipynb", [DOUBLE, TRIPLE])
    options = ["-X", "dev", "-W", "ignore"] if dev else []
    call = [sys.executable, *options, "-m", "grader", str(tmp_path / "submission.ipynb")]
    done = subprocess.run(
        [*call, "--assignment", str(assignment)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 3
    line = 1 + checks.read_text("utf-8").splitlines().index("    absent_name")
    told = "the check doubles failed to judge: NameError: name 'absent_name' is not defined "
    told += f"({checks}, line {line})"
    assert (told in done.stderr) is not dev
    assert ("Traceback" in done.stderr) is dev
