"""Every block in the docs is what it says that it is, and what is to work works."""

import ast
import copy
import json
import shutil
import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader import models
from grader.assignment.config import Config
from grader.assignment.loading import load
from grader.assignment.model import Exercise
from grader.judging.judge import judge
from grader.subjects.reference import reference
from grader.verdicts import CheckFailed
from reference.nn_from_scratch import linear as checks
from tests.docs.pages import Block, blocks, every_block, pages
from tests.notebooks import ROOT

LANGUAGES = {"console", "bash", "python", "yaml", "toml", "json", "text", "markdown", "po"}
AUTHORS = ROOT / "docs" / "authors.md"


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_block_says_what_it_is(page: Path) -> None:
    """Otherwise nothing holds it to anything."""
    assert [str(each) for each in blocks(page) if each.language not in LANGUAGES] == []


@pytest.mark.parametrize("block", every_block("python"), ids=str)
def test_python_can_be_read(block: Block) -> None:
    """As a module or as a cell, magics aside."""
    lines = block.text.splitlines()
    plain = ["pass" if line.startswith("%") else line for line in lines]
    ast.parse(textwrap.dedent("\n".join(plain)))


def test_data_can_be_read() -> None:
    """JSON is JSON, and the names and values of TOML are those of `assignment.toml`."""
    for block in every_block("json"):
        json.loads(block.text)
    configured = every_block("toml")
    assert configured
    for block in configured:
        models.made(Config, {"title": "Any", **tomllib.loads(block.text)})


@pytest.mark.parametrize("block", every_block("bash"), ids=str)
def test_scripts_are_sound(block: Block) -> None:
    """ShellCheck finds nothing in them."""
    shellcheck = shutil.which("shellcheck", path=str(Path(sys.executable).parent))
    assert shellcheck is not None
    command = [shellcheck, "--shell", "bash", "-"]
    done = subprocess.run(command, input=block.text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def python(page: Path, begins: str) -> str:
    """Return the Python block of a page that begins so."""
    (text,) = (each.text for each in blocks(page) if each.text.startswith(begins))
    return text


def executed(text: str) -> dict[str, Any]:
    """Execute a block where all that checks of the first assignment use is there."""
    known = dict(vars(checks))
    # What is declared here belongs to nothing.
    known["linear"] = copy.copy(Exercise("linear", "Linear", points=40, names=("Linear",)))
    exec(compile(text, "docs", "exec"), known)  # noqa: S102 - the docs' own code
    return known


def test_the_first_check_for_authors_judges() -> None:
    """It passes the reference, asked as a student."""
    declared = executed(python(AUTHORS, "from grader import Exercise"))["linear"]
    right = reference(load(ROOT / "reference" / "nn_from_scratch").reference, ("Linear",))
    result = judge(declared, student=right, reference=right, submission=None, seed=1)
    assert [check.status for check in result.checks] == ["passed"]


def test_the_rubric_for_authors_declares_an_exercise() -> None:
    """With a criterion of 4 points."""
    declared = executed(python(AUTHORS, "from grader.checks.manual import"))
    assert declared["words"].points == 4


def test_the_message_for_authors_is_told() -> None:
    """The check fails with the sentence and the hint."""
    text = python(AUTHORS, "from grader import _, marked")
    with pytest.raises(CheckFailed, match=r"`b` has 3 numbers\.") as failed:
        executed(f"b = np.zeros(3)\n{text}")
    assert np.zeros(3).size == 3
    assert failed.value.hint == "How many?"


def test_the_hidden_check_is_hidden() -> None:
    """As it is declared where releasing is described."""
    text = python(ROOT / "docs" / "releasing.md", "@linear.check(points=6, public=False)")
    (check,) = executed(text)["linear"].checks
    assert (check.points, check.public) == (6, False)


def test_the_check_that_is_shown_is_a_real_one() -> None:
    """It stands so in the first assignment."""
    source = (ROOT / "reference" / "nn_from_scratch" / "linear.py").read_text("utf-8")
    assert python(ROOT / "docs" / "how_it_works.md", "@linear.check(points=3") in source
