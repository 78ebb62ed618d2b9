"""The commands `grade` and `grader`."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any, Final, NoReturn

import click

import grader.lean as _lean  # noqa: F401 - before anything else
from grader import __version__
from grader.errors import INTERRUPTED, GraderError, InternalError
from grader.i18n import SOURCE
from grader.reports.formats import COURSE_FORMATS, FORMATS
from grader.text import printable


def _complain(error: GraderError) -> None:
    """Print what went wrong, for the person who can mend it."""
    from rich.console import Console  # noqa: PLC0415 - slow to import, and mostly not needed

    from grader.reports.github import as_text  # noqa: PLC0415

    # It may name a file, and a student may have named that.
    with as_text(Console(stderr=True)):
        click.echo(f"Error: {printable(str(error))}", err=True)


def no_traceback(command: Callable[..., Any]) -> Callable[..., Any]:
    """Turn what a command raises, and what ends it, into a sentence and an exit status."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        _unwind_at_sigterm()
        try:
            return command(*args, **kwargs)
        except GraderError as error:
            _complain(error)
            sys.exit(error.exit_status)
        # Whoever stops reading what is printed has seen enough: click ends quietly.
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except KeyboardInterrupt:
            import logging  # noqa: PLC0415 - a call that is not ended does without

            # What asyncio was at is told by it, with a traceback, once it is collected.
            logging.getLogger("asyncio").disabled = True
            # click would end with 1, which has a meaning of its own.
            click.echo("\nInterrupted.", err=True)
            sys.exit(INTERRUPTED)
        except Exception as error:  # noqa: BLE001 - a fault of ours must not look like a user's
            _our_fault(error)

    return run


def _our_fault(error: Exception) -> NoReturn:
    click.echo(
        f"Error: the grader itself failed ({type(error).__name__}: {error}). This is nobody's "
        "mistake but ours; nothing was scored. Please report it, with the output of the same "
        "command run with `python -P -X dev -m grader`.",
        err=True,
    )
    if sys.flags.dev_mode:
        raise error
    sys.exit(InternalError.exit_status)


PATH = click.Path(path_type=Path)
# How long a call that is ended by SIGTERM may take to leave nothing behind.
UNWIND_SECONDS: Final = 15.0

# Processes that are started here would look for modules in the working folder first, where those
# of a student may lie.
os.environ["PYTHONSAFEPATH"] = "1"


LEVELS = click.Choice(["score", "verdicts", "hints", "everything", "staff"])
FEEDBACK = click.option(
    "--feedback",
    type=LEVELS,
    default="everything",
    show_default=True,
    help="The most that reports tell of a check; `staff` also tells what checks withhold.",
)


LANGUAGE = click.option(
    "--lang",
    "language",
    metavar="CODE",
    help="Speak to students in this language, en or ru; the notebook's own if not given.",
)


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
    if (len(paths) > 1 or paths[0].is_dir()) and options["dask"] is None:
        from grader.course import processes  # noqa: PLC0415

        if (options["jobs"] or processes.processors()) > 1:
            processes.look_ahead()
    from grader.course.batch import grade_paths  # noqa: PLC0415

    sys.exit(grade_paths(paths, **options))


def _unwind_at_sigterm() -> None:
    """Have what ends this process by SIGTERM end it as Ctrl-C does: nothing is left behind."""
    with suppress(ValueError):  # Only the main thread may.
        signal.signal(signal.SIGTERM, _ended)


def _ended(_number: int, _frame: object) -> NoReturn:
    # Being told again must not keep it from cleaning up.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    # What it runs may take an interrupt for its own: it ends all the same.
    late = threading.Timer(UNWIND_SECONDS, os._exit, [INTERRUPTED])
    late.daemon = True
    late.start()
    raise KeyboardInterrupt


@click.group()
@click.version_option(__version__)
def grader() -> None:
    """Everything an instructor does beside grading."""


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
    from grader.sandbox.rungs import Rung, available, findings  # noqa: PLC0415

    for finding in (*needs(), *findings(), cgroups()):
        click.echo(f"{'yes' if finding.here else 'no ':3}  {finding.what:12} {finding.detail}")
    best = available()[0]
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
    epilog="\b\nExamples:\n  grader release nn_from_scratch\n"
    "  grader release nn_from_scratch --diff\n"
    "  grader release nn_from_scratch --grader-from dist/notebook_grader-0.1.0-py3-none-any.whl\n"
    "  grader release nn_from_scratch --gradescope autograder.zip"
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
@click.option("--lang", "language", metavar="CODE", help="Only in this language, en or ru.")
@click.option(
    "--grader-from",
    "source",
    metavar="WHEEL|URL",
    help="Where students install the grader from: a wheel, put beside, or an address.",
)
@no_traceback
def release(
    name: str,
    out: Path,
    diff: bool,
    gradescope: Path | None,
    language: str | None,
    source: str | None,
) -> None:
    """Write what students get of an assignment: a folder that checks itself, free of solutions."""
    from grader.assignment.loading import named_folder  # noqa: PLC0415
    from grader.authoring.release.command import release as write  # noqa: PLC0415
    from grader.authoring.release.command import released_folder  # noqa: PLC0415
    from grader.authoring.release.diff import difference  # noqa: PLC0415

    folder = named_folder(name)
    if diff:
        code = language or SOURCE
        click.echo(difference(folder, released_folder(out, folder.name, code), code))
        return
    write(folder, out, gradescope, language, source)


@grader.command(
    epilog="\b\nExamples:\n  grader verify nn_from_scratch\n"
    "  grader verify nn_from_scratch --jobs 4 --page docs/proof.md\n"
    "  grader verify nn_from_scratch --seeds 5"
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
@no_traceback
def verify(
    name: str, jobs: int | None, json_file: str | None, page_file: Path | None, seeds: int
) -> None:
    """Prove an assignment's checks: wrong solutions lose points, right ones none.

    Judges the reference, the student notebook, the assignment's known mistakes and right variants,
    and mutants of the reference that are made here. Exit status: 0 nothing is wrong, 1 there are
    wrong verdicts, 2 the call or the assignment cannot be used, 3 the grader failed.
    """
    from grader.assignment.loading import load, named_folder  # noqa: PLC0415
    from grader.authoring.verify.command import report  # noqa: PLC0415

    assignment = load(named_folder(name))
    status = report(assignment, jobs=jobs, json_file=json_file, page_file=page_file, seeds=seeds)
    sys.exit(status)


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
    epilog="\b\nExamples:\n  grader collect submissions.zip --roster roster.csv\n"
    "  grader collect moodle.zip late.zip --roster participants.csv --out submissions/\n"
    "  grader collect clones/ --roster roster.csv --assignment nn_from_scratch"
)
@click.argument("downloads", nargs=-1, required=True, type=PATH, metavar="DOWNLOAD...")
@click.option("--roster", type=PATH, required=True, metavar="CSV", help="Who takes the course.")
@click.option("--out", type=PATH, default=Path("submissions"), show_default=True)
@click.option("--assignment", metavar="NAME", help="Of several notebooks, the one of this.")
@no_traceback
def collect(downloads: tuple[Path, ...], roster: Path, out: Path, assignment: str | None) -> None:
    """Lay out what students handed in, as a learning platform gives it to download.

    A zip file, or the folder that it was unpacked to, from Canvas, Moodle, Gradescope, Blackboard,
    Brightspace, nbgrader, GitHub or Drive, or a folder for each student. Nothing is overwritten.
    Exit status: 0 it is done, 1 some of it is left to a person, 2 the call or a file cannot be
    used.
    """
    from grader.collecting.command import collect as bring  # noqa: PLC0415

    sys.exit(bring(downloads, roster, out, assignment))


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


@grader.command(
    epilog="\b\nExamples:\n  grader rejudge results/ --dry-run\n"
    "  grader rejudge results/ --never-lower\n"
    "  grader rejudge results/ --waiting points.csv\n"
    "  grader rejudge results/ --manual points.csv"
)
@click.argument("results", type=PATH)
@click.option("--dry-run", is_flag=True, help="Show who would move, and write nothing.")
@click.option("--never-lower", is_flag=True, help="Keep the former result where it is higher.")
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Judge so many side by side.")
@click.option("--manual", type=PATH, metavar="CSV", help="Count the points given in this table.")
@click.option(
    "--waiting",
    type=PATH,
    metavar="CSV",
    help="Write a table of what waits for a person; alone, judge nothing.",
)
@click.option(
    "--feedback",
    type=LEVELS,
    help="The most that reports tell of a check; what the run told, if not given.",
)
@no_traceback
def rejudge(results: Path, **options: Any) -> None:
    """Judge a folder of results again, or a gradebook, after a check or its points were mended.

    The answers that were kept are judged anew; a student's code is run only for new questions.
    Reports that the folder holds are written again, at the level of the run.
    """
    from grader.course.rejudging import rejudge as judge_again  # noqa: PLC0415

    sys.exit(judge_again(results, **options))


@grader.command(
    "diff",
    epilog="\b\nExamples:\n  grader diff results.before/ results/\n"
    "  grader diff course.db@2026-11-30T12:00 course.db",
)
@click.argument("before")
@click.argument("after")
@click.option(
    "--assignment", metavar="NAME", help="The assignment, where a gradebook holds several."
)
@click.option("--json", "json_file", metavar="FILE", help="Write it as JSON, - for stdout.")
@no_traceback
def compare(before: str, after: str, assignment: str | None, json_file: str | None) -> None:
    """Compare two runs: who moved, by how much and by which checks, and who is only in one.

    Each is a folder of results, or a gradebook, also as it was at a moment: course.db@MOMENT.
    """
    from grader.course.diffing import diff  # noqa: PLC0415

    sys.exit(diff(before, after, assignment, json_file))


BOOK = click.argument("book", type=PATH)
OF_ASSIGNMENT = click.option(
    "--assignment", metavar="NAME", help="The assignment, where the gradebook holds several."
)
BY = click.option(
    "--as", "who", metavar="NAME", help="Who decides it; your user name if not given."
)
WHY = click.option("--why", default="", help="The reason, for the course's staff.")


@grader.group()
def gradebook() -> None:
    """Read a gradebook that `grade --gradebook` keeps, and decide what persons decide.

    Nothing that was decided is lost by grading or judging again, and all of it can be undone.
    """


@gradebook.command(
    "list",
    epilog="\b\nExamples:\n  grader gradebook list course.db\n"
    "  grader gradebook list course.db --csv grades.csv",
)
@BOOK
@OF_ASSIGNMENT
@click.option("--csv", "csv_file", metavar="FILE", help="Write a table instead, - for stdout.")
@click.option("--json", "json_file", metavar="FILE", help="Write JSON instead, - for stdout.")
@no_traceback
def list_grades(
    book: Path, assignment: str | None, csv_file: str | None, json_file: str | None
) -> None:
    """Show what counts for each student, and why."""
    from grader.course.gradebook_commands import tell_grades  # noqa: PLC0415

    tell_grades(book, assignment, csv_file, json_file)


@gradebook.command("show", epilog="\b\nExamples:\n  grader gradebook show course.db anna")
@BOOK
@click.argument("student")
@no_traceback
def show_student(book: Path, student: str) -> None:
    """Show all that the gradebook knows of a student, with the numbers of decisions."""
    from grader.course.gradebook_commands import tell_student  # noqa: PLC0415

    tell_student(book, student)


@gradebook.command(epilog="\b\nExamples:\n  grader gradebook enrol course.db roster.csv")
@BOOK
@click.argument("roster", type=PATH)
@no_traceback
def enrol(book: Path, roster: Path) -> None:
    """Take in the roster: everybody on it has a row. `grade` does so where `collect` left one."""
    from grader.course.gradebook_commands import enrol as take_in  # noqa: PLC0415

    take_in(book, roster)


@gradebook.command(
    epilog="\b\nExamples:\n  grader gradebook points course.db anna 2.5 --check why.clear\n"
    '  grader gradebook points course.db anna --check linear.update 0 --why "copied"\n'
    '  grader gradebook points course.db anna 3 --comment "Found a mistake of ours."'
)
@BOOK
@click.argument("student")
@click.argument("points", type=float)
@click.option("--check", metavar="EXERCISE.CHECK", help="The check; beside all of them without.")
@click.option("--attempt", type=click.IntRange(1), help="Its number; the one that counts without.")
@click.option("--comment", default="", help="What the student reads.")
@OF_ASSIGNMENT
@WHY
@BY
@no_traceback
def points(book: Path, student: str, points: float, **options: Any) -> None:
    """Give a check of an attempt its points, or give and take points beside all checks.

    A negative number is written after `--`: `points course.db anna -- -5`.
    """
    from grader.course.gradebook_commands import give_points  # noqa: PLC0415

    give_points(book, student, points, **options)


@gradebook.command(epilog="\b\nExamples:\n  grader gradebook undo course.db 17")
@BOOK
@click.argument("decision", type=int)
@BY
@no_traceback
def undo(book: Path, decision: int, who: str | None) -> None:
    """Take a decision back, by the number that `show` tells."""
    from grader.course.gradebook_commands import undo as take_back  # noqa: PLC0415

    take_back(book, decision, who)


@gradebook.command(
    epilog='\b\nExamples:\n  grader gradebook extend course.db anna "2026-12-03 23:59" --why ill'
)
@BOOK
@click.argument("student")
@click.argument("until", type=click.DateTime(["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d"]))
@OF_ASSIGNMENT
@WHY
@BY
@no_traceback
def extend(
    book: Path,
    student: str,
    until: datetime,
    assignment: str | None,
    why: str,
    who: str | None,
) -> None:
    """Let a student hand in until another moment, in this machine's time zone."""
    from grader.course.gradebook_commands import extend as allow  # noqa: PLC0415

    allow(book, student, until.astimezone(), assignment=assignment, why=why, who=who)


@grader.command(
    epilog='\b\nExamples:\n  grader void course.db linear.start --why "The text was wrong."\n'
    "  grader void course.db linear.start --back"
)
@BOOK
@click.argument("check", metavar="EXERCISE.CHECK")
@click.option("--why", default="", help="The reason, which reports show.")
@click.option("--back", is_flag=True, help="Let it count again.")
@OF_ASSIGNMENT
@BY
@no_traceback
def void(book: Path, check: str, **options: Any) -> None:
    """Give everybody the points of a check."""
    from grader.course.gradebook_commands import void as let_go  # noqa: PLC0415

    if not options["back"] and not options["why"]:
        raise click.UsageError("Say why, by --why: reports show it.")
    let_go(book, check, **options)


@grader.command(
    epilog="\b\nExamples:\n  grader publish course.db --feedback feedback.zip --for moodle\n"
    '  grader publish course.db --fill export.csv --column "Assignment 1" --out filled.csv\n'
    "  grader publish course.db --canvas https://canvas.uni.edu --course 7 --assignment-id 42"
)
@BOOK
@OF_ASSIGNMENT
@click.option(
    "--feedback", type=PATH, metavar="OUT", help="Write feedback files to a folder or a .zip file."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["html", "markdown", "notebook", "json"]),
    default="html",
    show_default=True,
    help="With --feedback: what they are.",
)
@click.option(
    "--for",
    "platform",
    type=click.Choice(["moodle", "canvas", "gradescope"]),
    default="gradescope",
    show_default=True,
    help="With --feedback: who names them; gradescope has a folder a student.",
)
@click.option("--fill", type=PATH, metavar="CSV", help="Fill scores into a platform's own table.")
@click.option("--column", metavar="TITLE", help="With --fill: the column for the scores.")
@click.option("--match", metavar="TITLE", help="The column of identifiers; found if not given.")
@click.option("--out", type=PATH, help="With --fill: write the table here; a dry run without.")
@click.option("--force", is_flag=True, help="With --fill: --out may be the table itself.")
@click.option("--canvas", metavar="URL", help="Send to Canvas; GRADER_CANVAS_TOKEN has the token.")
@click.option("--moodle", metavar="URL", help="Send to Moodle; GRADER_MOODLE_TOKEN has the token.")
@click.option("--course", type=click.IntRange(1), metavar="N", help="The course at Canvas.")
@click.option("--assignment-id", type=click.IntRange(1), metavar="N", help="The assignment there.")
@click.option("--send", is_flag=True, help="Send to the platform; a dry run without.")
@click.option("--provisional", is_flag=True, help="Publish although points are pending.")
@BY
@no_traceback
def publish(book: Path, **options: Any) -> None:
    """Give grades and feedback back to students, by what their platform takes.

    Refused while points are pending. What was published is on record, and publishing it again does
    nothing. Exit status: 0 all of them, 1 somebody with a grade was left out, 2 the call cannot be
    carried out.
    """
    from grader.publishing.command import Wish  # noqa: PLC0415
    from grader.publishing.command import publish as give_back  # noqa: PLC0415

    sys.exit(give_back(book, Wish(**options)))


@grader.command(
    epilog="\b\nExamples:\n  grader similar submissions/\n"
    "  grader similar submissions/ --results results/ --out similar/\n"
    "  grader similar submissions/ --export code/"
)
@click.argument("folder", type=PATH)
@click.option("--assignment", metavar="NAME|DIR", help="The assignment; found if not given.")
@click.option("--results", type=PATH, help="Compare the wrong answers that `grade --out` kept.")
@click.option("--out", type=PATH, help="Write pages that show pairs side by side, and a table.")
@click.option("--export", "export_to", type=PATH, help="Write each one's code, for Dolos or JPlag.")
@no_traceback
def similar(folder: Path, **options: Any) -> None:
    """List pairs of suspiciously alike solutions: a hint for a person, never a score.

    Names, comments and the order of functions hide nothing. What was handed out, and what more
    than half of the class has, is left out.
    """
    from grader.similarity.command import similar as compare  # noqa: PLC0415

    compare(folder, **options)


@grader.command(
    epilog="\b\nExamples:\n  grader mistakes results/\n"
    "  grader mistakes results/ --write new_mistakes.py"
)
@click.argument("results", type=PATH)
@click.option(
    "--write",
    type=PATH,
    metavar="FILE",
    help="Add an entry of mistakes.py for each to the end of this file.",
)
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Judge so many side by side.")
@no_traceback
def mistakes(results: Path, write: Path | None, jobs: int | None) -> None:
    """Show what is wrong in a folder of results and that no known mistake explains.

    Wrong answers that are alike stand together, the most frequent first, each with an example, one
    student's lines, and what change of the reference answers so. No student's code is run.
    """
    from grader.course.cataloguing import list_mistakes  # noqa: PLC0415

    sys.exit(list_mistakes(results, write=write, jobs=jobs))


@grader.command(
    epilog="\b\nExamples:\n  grader review course.db\n"
    "  grader review course.db --as maria --second 0.1"
)
@BOOK
@BY
@OF_ASSIGNMENT
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Any free one if not given.")
@click.option("--open/--no-open", "browse", default=True, help="Whether to open a browser.")
@click.option("--show-names", "names", is_flag=True, help="Show who the students are.")
@click.option(
    "--second",
    type=click.FloatRange(0, 1),
    default=0.0,
    metavar="SHARE",
    help="Offer this share of what others decided for a second opinion.",
)
@no_traceback
def review(book: Path, **options: Any) -> None:
    """Open a page in the browser on which persons decide what waits for them in a gradebook.

    It is served to this machine only, until Ctrl-C, which also writes the reports anew. Names are
    hidden. Several graders may do so at once, each by a name of their own.
    """
    from grader.review.server import review as serve  # noqa: PLC0415

    serve(book, **options)
