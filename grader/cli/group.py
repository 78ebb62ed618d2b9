"""The command `grader`, which the others belong to."""

import click

from grader import __version__


@click.group()
@click.version_option(__version__)
def grader() -> None:
    """Everything an instructor does beside grading."""
