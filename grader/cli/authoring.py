"""The commands of those who write assignments."""

import os
import sys
from pathlib import Path

import click

from grader.cli.group import grader
from grader.cli.options import PATH
from grader.cli.running import no_traceback
from grader.errors import UsageError
from grader.i18n import SOURCE


@grader.command(
    epilog="\b\nExamples:\n  grader new my_first_network\n"
    '  grader new my_first_network --title "My first network"'
)
@click.argument("name")
@click.option("--title", help="What students read; the name in words if not given.")
@click.option("--out", type=PATH, default=Path("reference"), show_default=True)
@no_traceback
def new(name: str, title: str | None, out: Path) -> None:
    """Lay out a new assignment: a small one that works, to be changed into your own."""
    from grader.authoring.new import new as lay_out  # noqa: PLC0415

    for path in lay_out(name, out, title):
        click.echo(f"wrote {path}")
    click.echo(f"Next: `grader verify {name}` proves its checks, `grader release {name}` writes")
    click.echo("what students get.")


@grader.command(
    "import",
    epilog="\b\nExamples:\n  grader import source/ps1/problem1.ipynb\n"
    "  grader import lab03.ipynb --name lab_three\n"
    "  grader import solution.ipynb test_lab.py --student lab.ipynb",
)
@click.argument("source", type=PATH)
@click.argument("tests", nargs=-1, type=PATH)
@click.option("--name", help="What the assignment is called; after the file if not given.")
@click.option("--student", type=PATH, help="What students get, where SOURCE does not mark it.")
@click.option("--out", type=PATH, default="reference", show_default=True, help="Where it goes.")
@no_traceback
def import_(
    source: Path, tests: tuple[Path, ...], name: str | None, student: Path | None, out: Path
) -> None:
    """Make an assignment of an nbgrader or Otter notebook, or of one with asserts.

    SOURCE is the notebook with its solutions, TESTS are files for pytest or testbook. Each test
    becomes a check, which runs outside the student's process. Exit status: 1 where a person has
    to look at some of it.
    """
    from grader.authoring.importing.command import import_ as bring  # noqa: PLC0415

    sys.exit(bring(source, tests, name, out, student))


@grader.command(
    epilog="\b\nExamples:\n  grader ask nn_from_scratch\n"
    "  grader ask nn_from_scratch submission.ipynb"
)
@click.argument("name")
@click.argument("submission", type=PATH, required=False)
@no_traceback
def ask(name: str, submission: Path | None) -> None:
    """Open a prompt with `code`, which stands for the reference or for a submission.

    What checks call on it can be tried there. A submission runs in its sandbox.
    """
    from grader.assignment.loading import named_folder  # noqa: PLC0415
    from grader.authoring.prompt import prompt  # noqa: PLC0415

    prompt(named_folder(name), submission)


@grader.command(
    epilog="\b\nExamples:\n  grader verify nn_from_scratch\n"
    "  grader verify nn_from_scratch --jobs 4 --page docs/proof.md\n"
    "  grader verify nn_from_scratch --seeds 5\n"
    "  grader verify nn_from_scratch --watch"
)
@click.argument("name")
@click.option("--jobs", type=click.IntRange(min=1), help="Processes at a time; one a core.")
@click.option("--json", "json_file", metavar="FILE", help="Write the proof, - for stdout.")
@click.option("--page", "page_file", type=PATH, metavar="FILE", help="Write it as Markdown.")
@click.option(
    "--seeds",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Repeat it with the questions of so many seeds.",
)
@click.option("--anew", is_flag=True, help="Judge also what is remembered.")
@click.option("--watch", is_flag=True, help="Judge again at each save, and show the holes alone.")
@no_traceback
def verify(
    name: str,
    jobs: int | None,
    json_file: str | None,
    page_file: Path | None,
    seeds: int,
    anew: bool,
    watch: bool,
) -> None:
    """Prove an assignment's checks: wrong solutions lose points, right ones none.

    Judges the reference, the student notebook, the assignment's known mistakes and right variants,
    and mutants of the reference that are made here. What was judged before, and follows from
    nothing that has changed, is remembered. Exit status: 0 nothing is wrong, 1 there are
    wrong verdicts, 2 the call or the assignment cannot be used, 3 the grader failed.
    """
    from grader.assignment.loading import load, named_folder  # noqa: PLC0415

    if watch:
        if json_file or page_file or anew:
            raise UsageError("--watch goes without --json, --page and --anew: it writes no proof.")
        from grader.authoring.verify.watch import watch as watched  # noqa: PLC0415

        watched(named_folder(name), jobs=jobs or os.cpu_count() or 1, seeds=seeds)
        return
    from grader.authoring.verify.afresh import import_afresh  # noqa: PLC0415
    from grader.authoring.verify.command import report  # noqa: PLC0415

    import_afresh()
    assignment = load(named_folder(name))
    sys.exit(
        report(
            assignment,
            jobs=jobs,
            json_file=json_file,
            page_file=page_file,
            seeds=seeds,
            anew=anew,
        )
    )


@grader.command(
    epilog="\b\nExamples:\n  grader release nn_from_scratch\n"
    "  grader release nn_from_scratch --diff\n"
    "  grader release nn_from_scratch --grader-from dist/notebook_grader-0.1.0-py3-none-any.whl\n"
    "  grader release nn_from_scratch --owner uni-ml --ref v0.1.0\n"
    "  grader release nn_from_scratch --gradescope autograder.zip\n"
    "  grader release nn_from_scratch --classroom50 ../classroom50/ml-2026\n"
    "  grader release nn_from_scratch --lite site"
)
@click.argument("name")
@click.option("--out", type=PATH, default=Path("assignments"), show_default=True)
@click.option("--diff", is_flag=True, help="Only show what students would notice.")
@click.option(
    "--gradescope",
    type=PATH,
    metavar="FILE",
    help="Write an autograder for Gradescope, with the solution, instead.",
)
@click.option(
    "--classroom50",
    "classroom",
    type=PATH,
    metavar="FOLDER",
    help="Write an autograder into a classroom's folder of Classroom 50 as well.",
)
@click.option("--lang", "language", metavar="CODE", help="Only in this language, en or ru.")
@click.option(
    "--grader-from",
    "source",
    metavar="WHEEL|URL",
    help="Where students install the grader from: a wheel, put beside, or an address.",
)
@click.option("--owner", metavar="NAME", help="Or whose copy of it on GitHub; with --ref.")
@click.option("--ref", metavar="TAG", help="With --owner: the tag or commit.")
@click.option(
    "--lite",
    "site",
    type=PATH,
    metavar="FOLDER",
    help="Write a site instead, on which students work and check themselves in their browser.",
)
@click.option(
    "--pyodide",
    metavar="FOLDER|URL",
    help="Where that site takes Python from: a distribution, put into it, or a pyodide.js.",
)
@no_traceback
def release(
    name: str,
    out: Path,
    diff: bool,
    gradescope: Path | None,
    language: str | None,
    source: str | None,
    classroom: Path | None,
    owner: str | None,
    ref: str | None,
    site: Path | None,
    pyodide: str | None,
) -> None:
    """Write what students get of an assignment: a folder that checks itself, free of solutions."""
    from grader.assignment.loading import named_folder  # noqa: PLC0415
    from grader.authoring.release.command import address, released_folder  # noqa: PLC0415
    from grader.authoring.release.command import release as write  # noqa: PLC0415
    from grader.authoring.release.diff import difference  # noqa: PLC0415

    folder = named_folder(name)
    if diff:
        code = language or SOURCE
        click.echo(difference(folder, released_folder(out, folder.name, code), code))
        return
    if site is not None:
        from grader.authoring.lite.command import lite  # noqa: PLC0415

        lite(folder, out, site, language, pyodide)
        return
    if source is not None and owner is not None:
        raise click.UsageError("Say where the grader comes from once: --grader-from or --owner.")
    source = source or address(owner, ref)
    write(folder, out, gradescope, language, source, classroom)


@grader.command(epilog="\b\nExamples:\n  grader time nn_from_scratch")
@click.argument("name")
@no_traceback
def time(name: str) -> None:
    """Record how long the reference's cells take, from which the limits of students' follow.

    Runs the reference notebook, its training too. Exit status: 0 it is written, 2 the call or the
    assignment cannot be used, 3 the grader failed.
    """
    from grader.assignment.loading import load, named_folder  # noqa: PLC0415
    from grader.authoring.times import record  # noqa: PLC0415

    record(load(named_folder(name)))


@grader.command(epilog="\b\nExamples:\n  grader translate nn_from_scratch ru")
@click.argument("name")
@click.argument("language", metavar="CODE")
@no_traceback
def translate(name: str, language: str) -> None:
    """Bring the catalogue of a language in step with an assignment's texts, or begin one.

    Exit status: 0 it is whole, 1 it lacks translations, 2 the call or a file cannot be used.
    """
    from grader.assignment.loading import named_folder  # noqa: PLC0415
    from grader.authoring.translate import update  # noqa: PLC0415

    path, lacking = update(named_folder(name), language)
    for gap in lacking:
        click.echo(f"{gap.reason}: {gap.message}")
    here = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    click.echo(f"wrote {here}; without a translation: {len(lacking)}")
    sys.exit(1 if lacking else 0)
