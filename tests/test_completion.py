"""Shells complete what is typed of the commands."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

COMMANDS = Path(sys.executable).parent


def answered(command: str, words: str, **how: str) -> str:
    """Return what a command answers to a shell that asks it to complete the last word."""
    number = str(len(words.split(" ")) - 1)
    return subprocess.run(
        [COMMANDS / command],
        env={**os.environ, "COMP_WORDS": words, "COMP_CWORD": number, **how},
        check=True,
        capture_output=True,
        text=True,
    ).stdout


@pytest.mark.parametrize(
    ("command", "words", "completed"),
    [
        ("grade", "grade --fail", "--fail-under"),
        ("grade", "grade --feedback hi", "hints"),
        ("grader", "grader ver", "verify"),
    ],
)
def test_the_last_word_is_completed(command: str, words: str, completed: str) -> None:
    """Options, their choices and commands are known."""
    variable = f"_{command.upper()}_COMPLETE"
    assert f"plain,{completed}" in answered(command, words, **{variable: "bash_complete"})


@pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash")
def test_a_shell_takes_the_line_that_the_docs_show() -> None:
    """The line in the documentation is a script that bash runs without a word."""
    line = 'eval "$(_GRADE_COMPLETE=bash_source grade)" && complete -p grade'
    ran = subprocess.run(
        ["bash", "--norc", "-c", line],
        env={**os.environ, "PATH": f"{COMMANDS}{os.pathsep}{os.environ['PATH']}"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert (ran.stdout.split()[-1], ran.stderr) == ("grade", "")
