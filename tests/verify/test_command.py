"""`grader verify` as an instructor or a CI job calls it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from grader import models
from grader.authoring.verify.certificate import Certificate
from tests.verify.assignments import SOUND, WEAK, mistake, variant, written


def command(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run `grader verify` with the arguments."""
    call = [sys.executable, "-c", "from grader.cli import grader; grader()", "verify"]
    return subprocess.run(
        [*call, *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "XDG_CACHE_HOME": str(cwd / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("checks", "status"), [(SOUND, 0), (WEAK, 1)], ids=["sound", "weak"])
def test_the_exit_status_tells_whether_anything_is_wrong(
    tmp_path: Path, checks: str, status: int
) -> None:
    """It is 0 where all verdicts are right, 1 where some are wrong."""
    written(tmp_path, checks)
    done = command("tiny", cwd=tmp_path)
    assert done.returncode == status, done.stderr
    last = done.stdout.rstrip().splitlines()[-1]
    assert last.startswith(f"{status} wrong verdict")
    assert done.stderr == ""


def test_an_unusable_call_is_one_sentence(tmp_path: Path) -> None:
    """An assignment that is not there, or whose files do not fit, is told of with status 2."""
    written(tmp_path, mistakes=["Mistake(name='a', exercise='b', explanation='', hint='')"])
    for name, told in (("none", "There is no assignment 'none'"), ("tiny", "is of no exercise")):
        done = command(name, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert told in done.stderr
        assert "Traceback" not in done.stderr


def test_a_name_where_nothing_is_says_where_was_looked(tmp_path: Path) -> None:
    """Who calls it from another folder reads where assignments are looked for."""
    done = command("none", cwd=tmp_path)
    assert done.returncode == 2
    told = "There is no assignment 'none': there is no `reference` folder with any in the working"
    assert told in done.stderr


def test_the_report_shows_what_is_wrong(tmp_path: Path) -> None:
    """The report has a table of the candidates and the checks, and what is to be mended."""
    unfair = variant("a list", "def double(n):\n    return [2 * n]")
    written(tmp_path, WEAK, variants=[unfair])
    told = command("tiny", cwd=tmp_path).stdout
    for part in (
        "right variants",
        "mutant: double: return 2 * n → return 2 + n",
        "variant: a list",
        "`double` has no known mistakes",
        "double.two",
    ):
        assert part in told


def test_json_on_stdout_is_a_certificate(tmp_path: Path) -> None:
    """`--json -` prints the certificate and nothing else."""
    written(tmp_path, WEAK)
    done = command("tiny", "--json", "-", cwd=tmp_path)
    read = models.made(Certificate, json.loads(done.stdout))
    assert [each.wrong for each in read.wrong] == ["No check notices it."]
    assert done.returncode == 1


def test_the_page_is_the_same_every_time(tmp_path: Path) -> None:
    """`--page` writes Markdown with all that was proven, and no trace of when or where."""
    once = mistake("half | of it", code="def double(n):\n    return n")
    declared = 'Equivalent(old="return 2 * n", new=("return 2 + n",), reason="Why not.")'
    right = variant("a sum", "def double(n):\n    return n + n")
    written(tmp_path, WEAK, mistakes=[once], variants=[right], equivalents=[declared])
    pages = []
    for jobs, name in ((1, "one.md"), (3, "two.md")):
        done = command("tiny", "--jobs", jobs, "--page", name, cwd=tmp_path)
        assert done.returncode == 0, done.stdout
        pages.append((tmp_path / name).read_text("utf-8"))
    assert pages[0] == pages[1]
    for part in (
        "# The proof of Tiny",
        r"| half \| of it | `double` | 2 | `two` | yes |",
        "- a sum (`double`)",
        "### Why not.",
        "-    return 2 * n\n+    return 2 + n",
        "| `double.two` | 2 |",
    ):
        assert part in pages[0], part
    assert str(tmp_path) not in pages[0]


def test_a_page_that_cannot_be_written_is_told_of(tmp_path: Path) -> None:
    """A report that has no place to go is the caller's to mend."""
    written(tmp_path)
    done = command("tiny", "--page", "nowhere/page.md", cwd=tmp_path)
    assert done.returncode == 2
    assert "nowhere/page.md cannot be written" in done.stderr
