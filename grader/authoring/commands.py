"""What `grader release` does, and what it prints."""

import sys
from pathlib import Path

import click

from grader.assignment import load
from grader.authoring.gradescope import autograder
from grader.authoring.publishing import publish
from grader.files import write_atomically


def release(folder: Path, out: Path, gradescope: Path | None) -> None:
    """Write what students get of the assignment in `folder`, or an autograder for Gradescope."""
    assignment = load(folder)
    if gradescope is not None:
        write_atomically(gradescope, autograder(assignment))
        click.echo(f"wrote {gradescope}, which holds the solution: it is for Gradescope alone")
        return
    shown = sys.stderr.isatty()

    def progress(told: str) -> None:
        if shown:
            click.echo(f"\r\033[K{told}", nl=False, err=True)

    written = publish(assignment, out / assignment.name, progress)
    if shown:
        click.echo("\r\033[K", nl=False, err=True)
    for path in written:
        click.echo(f"wrote {path}")
