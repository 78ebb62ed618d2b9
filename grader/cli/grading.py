"""The command `grade`."""

import os
import sys
from pathlib import Path
from typing import Any

import click

from grader import __version__
from grader.cli.options import FEEDBACK, LANGUAGE, PATH
from grader.cli.running import no_traceback
from grader.reports.formats import COURSE_FORMATS, FORMATS


@click.command(
    epilog="""\b
Examples:
  grade submission.ipynb
  grade submission.ipynb --only linear,relu
  grade submission.ipynb --json result.json --fail-under 60
  grade submission.ipynb --report html=page.html --report junit=junit.xml
  grade submission.ipynb --quick
  grade --preflight submission.ipynb
  grade submissions/ --out results/ --report html"""
)
@click.argument("paths", nargs=-1, required=True, type=PATH)
@click.option("--assignment", metavar="NAME|DIR", help="The assignment; found if not given.")
@click.option("--only", metavar="IDS", default="", help="Only these exercises, with commas.")
@click.option("--data", type=PATH, help="A folder that holds the data sets.")
@click.option("--json", "json_file", metavar="FILE", help="Write the result, - for stdout.")
@click.option("--out", type=PATH, help="Write one result a notebook, and grades.csv.")
@click.option(
    "--gradebook",
    type=PATH,
    metavar="FILE",
    help="Keep attempts and grades in this file too; --out is then the folder beside it.",
)
@click.option(
    "--report",
    multiple=True,
    metavar="FORMAT[=FILE]",
    help="Write a report, - for stdout, with --out also without FILE: "
    f"{', '.join((*FORMATS, *COURSE_FORMATS))}. Repeatable.",
)
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Grade so many side by side.")
@click.option(
    "--dask",
    metavar="ADDRESS",
    is_flag=False,
    flag_value="local",
    help="Grade by the workers of this Dask scheduler, of one on this machine without ADDRESS.",
)
@click.option(
    "--shard",
    metavar="I/N",
    help="With --out: grade only part I of N, for clusters; `grader merge` joins the parts.",
)
@click.option("--force", is_flag=True, help="With --out: grade again what was graded before.")
@click.option("--fail-under", type=float, metavar="N", help="Exit with 1 below N points.")
@click.option("--cell-seconds", type=float, help="How long a cell may run.")
@click.option("--total-seconds", type=float, help="How long the notebook may run.")
@click.option("--quick", is_flag=True, help="Leave out the training; what needs it waits.")
@click.option("--faithful", is_flag=True, help="Make each batch as the notebook does; slow.")
@click.option("--preflight", is_flag=True, help="Only tell in seconds whether it will grade.")
@LANGUAGE
@click.option("--seed", type=int, metavar="N", help="Draw other questions, from this seed.")
@FEEDBACK
@click.option(
    "--require-sandbox/--no-require-sandbox",
    default=None,
    help="Refuse to grade without a sandbox; the default for several notebooks.",
)
@click.version_option(__version__)
@no_traceback
def grade(paths: tuple[Path, ...], *, preflight: bool, **options: Any) -> None:
    """Grade notebooks, or all notebooks below a folder.

    Exit status: 0 graded, 1 graded and below --fail-under, 2 the call or a file cannot be used,
    3 the grader failed. Of several notebooks, the gravest. With --preflight, 1 where one of them
    will not grade.
    """
    if preflight:
        from grader.course.preflights import preflight_paths  # noqa: PLC0415

        sys.exit(preflight_paths(paths, options["assignment"], options["language"]))
    # `--help` must not wait for numpy, nor for what is looked for while numpy is imported.
    from grader.sandbox.rungs import look_ahead  # noqa: PLC0415

    look_ahead()
    several = len(paths) > 1 or paths[0].is_dir()
    if several and options["dask"] is None and hasattr(os, "fork"):
        from grader.course.workers import processes  # noqa: PLC0415

        if (options["jobs"] or processes.processors()) > 1:
            processes.look_ahead()
    from grader.course.batch import grade_paths  # noqa: PLC0415

    sys.exit(grade_paths(paths, **options))
