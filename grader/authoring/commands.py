"""What `grader release` does, and what it prints."""

import sys
from pathlib import Path

import click

from grader.assignment import load
from grader.authoring.gradescope import autograder
from grader.authoring.publishing import publish
from grader.errors import UnusableInputError
from grader.files import write_atomically
from grader.languages import SOURCE, catalogues_in


def released_folder(out: Path, name: str, language: str) -> Path:
    """Return where below `out` an assignment is released in a language."""
    return out / (name if language == SOURCE else f"{name}.{language}")


def release(
    folder: Path, out: Path, gradescope: Path | None = None, language: str | None = None
) -> None:
    """Write what students get of the assignment in `folder`, or an autograder for Gradescope.

    Students get a folder for each language that the assignment has a catalogue of, or for the one
    that is named. Raises UnusableInputError where it has none of that.
    """
    assignment = load(folder)
    if gradescope is not None:
        write_atomically(gradescope, autograder(assignment))
        click.echo(f"wrote {gradescope}, which holds the solution: it is for Gradescope alone")
        return
    shown = sys.stderr.isatty()

    def progress(told: str) -> None:
        if shown:
            click.echo(f"\r\033[K{told}", nl=False, err=True)

    known = (SOURCE, *catalogues_in(folder))
    if language is not None and language not in known:
        raise UnusableInputError(
            f"{folder} speaks {', '.join(known)}. `grader translate {assignment.name} {language}` "
            "begins a catalogue."
        )
    main = released_folder(out, assignment.name, SOURCE)
    for code in known if language is None else (language,):
        target = released_folder(out, assignment.name, code)
        written = publish(assignment, target, progress, language=code, beside=main)
        if shown:
            click.echo("\r\033[K", nl=False, err=True)
        for path in written:
            click.echo(f"wrote {path}")
