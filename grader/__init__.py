"""Grades machine-learning notebooks by asking questions of what the student wrote."""

from typing import Any

__version__ = "0.1.0"


def load_ipython_extension(shell: Any) -> None:
    """Add the magic `%check` to a notebook: `%load_ext grader`."""
    from grader.inline.magic import install  # noqa: PLC0415 - only a notebook needs it

    install(shell)
