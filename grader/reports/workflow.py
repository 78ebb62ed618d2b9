"""Printing in a GitHub workflow, which takes lines of a certain form for commands to itself.

https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from grader.text import printable


@contextmanager
def as_text(console: Console) -> Iterator[None]:
    """Have nothing that is printed on `console` meanwhile be taken for a command.

    A line of a student's may look like one. Elsewhere than in a workflow nothing is added.
    """
    if os.environ.get("GITHUB_ACTIONS") != "true":
        yield
        return
    # Commands are off until this is said again, which nobody can know before.
    token = secrets.token_hex(16)
    _print(console, f"::stop-commands::{token}")
    try:
        yield
    finally:
        _print(console, f"::{token}::")


def say(console: Console, text: str) -> None:
    """Print a text as it is, in which a student's words may stand."""
    with as_text(console):
        _print(console, printable(text))


def _print(console: Console, line: str) -> None:
    console.print(line, markup=False, emoji=False, highlight=False, soft_wrap=True)
