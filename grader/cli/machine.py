"""What this machine has, and what it lacks: `grader data` and `grader doctor`."""

from pathlib import Path

import click

from grader.cli.group import grader
from grader.cli.options import PATH
from grader.cli.running import no_traceback


@grader.command(epilog="\b\nExamples:\n  grader data\n  grader data --folder ~/fashion-mnist")
@click.argument("names", nargs=-1)
@click.option("--folder", type=PATH, help="A folder that holds the data sets.")
@no_traceback
def data(names: tuple[str, ...], folder: Path | None) -> None:
    """Find the data sets that assignments train on, or get them, and say which."""
    from grader.datasets import DATASETS, locate  # noqa: PLC0415

    for name in names or DATASETS:
        located = locate(name, folder=folder)
        click.echo(f"{name}: {located.root} (from {located.source}, contents verified)")


@grader.command(
    epilog="\b\nExamples:\n  grader doctor\n  grader doctor --for nn_from_scratch submissions/"
)
@click.option(
    "--for",
    "course",
    type=(str, PATH),
    metavar="NAME FOLDER",
    help="Show what the notebooks of an assignment import and this machine lacks.",
)
@no_traceback
def doctor(course: tuple[str, Path] | None) -> None:
    """Show what this machine has of all that grading needs, and how to get the rest."""
    if course is not None:
        _doctor_for(*course)
        return
    from grader.doctor import needs  # noqa: PLC0415
    from grader.sandbox.cgroup import finding as cgroups  # noqa: PLC0415
    from grader.sandbox.rungs import Rung, available, findings, policy  # noqa: PLC0415

    best = available()[0]
    bounded = [cgroups()] if policy(best).boxed else []
    for finding in (*needs(), *findings(), *bounded):
        click.echo(f"{'yes' if finding.here else 'no ':3}  {finding.what:12} {finding.detail}")
    click.echo(f"Notebooks are confined by {best}.")
    if best is not min(Rung):
        lacking = [finding.detail for finding in findings() if not finding.here]
        click.echo(f"What would raise it: {'; '.join(lacking)}.")


def _doctor_for(name: str, folder: Path) -> None:
    from grader.assignment.config import config_of  # noqa: PLC0415
    from grader.assignment.loading import named_folder  # noqa: PLC0415
    from grader.assignment.model import CONFIG  # noqa: PLC0415
    from grader.course.imports import course_needs  # noqa: PLC0415

    for finding in course_needs(config_of(named_folder(name) / CONFIG), folder):
        click.echo(f"{'yes' if finding.here else 'no ':3}  {finding.what:12} {finding.detail}")
