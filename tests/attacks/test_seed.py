"""The seed of official questions is in no process that runs a student's code."""

import hashlib
from contextlib import closing
from pathlib import Path
from textwrap import dedent

import pytest

from grader.assignment.loading import load
from grader.assignment.model import CONFIG
from grader.grading import Options, grade
from grader.notebook.reading import read
from grader.sandbox.forkserver import ServerCache
from grader.sandbox.rungs import Rung, available
from tests.attacks.attack import RUNGS
from tests.attacks.stealing import SEARCH
from tests.tiny_assignment import FULL, TRIPLE, declare, write

SEED = 3_141_592_653_589_793_238
KERNEL_SEED = 2_718_281_828

# The search finds what is there: a number of the notebook's own.
HELD = 1_414_213_562_373_095_048
CELLS = (
    f"""
import os
held_by_the_notebook = [{HELD}]
class T:
    seed_sha256 = ""
def attack():
{SEARCH}
def held(digest):
    T.seed_sha256 = digest
    return attack()
""",
    """
def double(n):
    if held("OFFICIAL"):
        raise RuntimeError("it is here as well")
    return 2 * n
""",
    """
raise ValueError(f"{held('NOTEBOOK')} and {held('OFFICIAL')}")
""",
    TRIPLE,
)


def digest(seed: int) -> str:
    """Return what the search knows a number by."""
    return hashlib.sha256(str(seed).encode()).hexdigest()


@pytest.mark.parametrize("server", [False, True], ids=["cold", "forked"])
@pytest.mark.parametrize("rung", [rung for rung in (*RUNGS, Rung.PROCESS) if rung in available()])
def test_a_search_of_the_process_finds_no_seed_of_the_questions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rung: Rung, server: bool
) -> None:
    """Neither a cell nor an answer has it in its objects, frames, environment or memory."""
    # Looking through all memory takes longer than any honest answer.
    monkeypatch.setattr("grader.subjects.answer_time.FLOOR", 60.0)
    folder = declare(tmp_path / "tiny", answer_seconds=60)
    config = folder / CONFIG
    seeds = f"seed = {SEED}\nkernel_seed = {KERNEL_SEED}\n"
    config.write_text(seeds + config.read_text("utf-8"), "utf-8")
    path = tmp_path / "submission.ipynb"
    digests = {"OFFICIAL": digest(SEED), "NOTEBOOK": digest(HELD)}
    cells = [dedent(each) for each in CELLS]
    for name, known in digests.items():
        cells = [each.replace(name, known) for each in cells]
    write(path, cells)
    with closing(ServerCache()) as servers:
        result = grade(
            read(path), load(folder), Options(wanted=rung), servers=servers if server else None
        )
    assert result.cells[2].error == f"ValueError: ['{HELD}'] and []"
    assert {each.id: each.score for each in result.exercises} == FULL
