"""The commands of a course's week, from the download of submissions to published grades."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from grader.cli.group import grader
from grader.cli.options import BOOK, BY, LEVELS, OF_ASSIGNMENT, PATH, WHY
from grader.cli.running import no_traceback


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
    from grader.course.bookkeeping.commands import tell_grades  # noqa: PLC0415

    tell_grades(book, assignment, csv_file, json_file)


@gradebook.command("show", epilog="\b\nExamples:\n  grader gradebook show course.db anna")
@BOOK
@click.argument("student")
@no_traceback
def show_student(book: Path, student: str) -> None:
    """Show all that the gradebook knows of a student, with the numbers of decisions."""
    from grader.course.bookkeeping.commands import tell_student  # noqa: PLC0415

    tell_student(book, student)


@gradebook.command(epilog="\b\nExamples:\n  grader gradebook enrol course.db roster.csv")
@BOOK
@click.argument("roster", type=PATH)
@no_traceback
def enrol(book: Path, roster: Path) -> None:
    """Take in the roster: everybody on it has a row. `grade` does so where `collect` left one."""
    from grader.course.bookkeeping.commands import enrol as take_in  # noqa: PLC0415

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
    from grader.course.bookkeeping.commands import give_points  # noqa: PLC0415

    give_points(book, student, points, **options)


@gradebook.command(
    epilog='\b\nExamples:\n  grader gradebook withdraw course.db anna --why "the wrong file"\n'
    "  grader gradebook withdraw course.db anna --attempt 2"
)
@BOOK
@click.argument("student")
@click.option("--attempt", type=click.IntRange(1), help="Its number; the one that counts without.")
@OF_ASSIGNMENT
@WHY
@BY
@no_traceback
def withdraw(book: Path, student: str, **options: Any) -> None:
    """Let an attempt not count, whatever it came to; `undo` brings it back."""
    from grader.course.bookkeeping.commands import withdraw as let_go  # noqa: PLC0415

    let_go(book, student, **options)


@gradebook.command(epilog="\b\nExamples:\n  grader gradebook rename course.db hw1 layers")
@BOOK
@click.argument("old")
@click.argument("new")
@no_traceback
def rename(book: Path, old: str, new: str) -> None:
    """Go on with an assignment whose folder is called otherwise by now, with all that it has."""
    from grader.course.bookkeeping.commands import rename as call_it  # noqa: PLC0415

    call_it(book, old, new)


@gradebook.command(epilog="\b\nExamples:\n  grader gradebook undo course.db 17")
@BOOK
@click.argument("decision", type=int)
@BY
@no_traceback
def undo(book: Path, decision: int, who: str | None) -> None:
    """Take a decision back, by the number that `show` tells."""
    from grader.course.bookkeeping.commands import undo as take_back  # noqa: PLC0415

    take_back(book, decision, who)


@gradebook.command(
    epilog='\b\nExamples:\n  grader gradebook extend course.db anna "2026-12-03 23:59" --why ill\n'
    "  grader gradebook extend course.db anna --back"
)
@BOOK
@click.argument("student")
@click.argument(
    "until",
    type=click.DateTime(["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d"]),
    required=False,
)
@click.option("--back", is_flag=True, help="Take the latest extension back; one before it counts.")
@OF_ASSIGNMENT
@WHY
@BY
@no_traceback
def extend(
    book: Path,
    student: str,
    until: datetime | None,
    *,
    back: bool,
    assignment: str | None,
    why: str,
    who: str | None,
) -> None:
    """Let a student hand in until another moment, in this machine's time zone."""
    from grader.course.bookkeeping import commands  # noqa: PLC0415

    if back == (until is not None):
        raise click.UsageError("Name the moment, or take the latest extension back by --back.")
    if until is None:
        commands.take_extension_back(book, student, assignment=assignment, who=who)
    else:
        moment = until.astimezone()
        commands.extend(book, student, moment, assignment=assignment, why=why, who=who)


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
    from grader.course.bookkeeping.commands import void as let_go  # noqa: PLC0415

    if not options["back"] and not options["why"]:
        raise click.UsageError("Say why, by --why: reports show it.")
    let_go(book, check, **options)


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
    epilog="\b\nExamples:\n  grader merge results/ --out results/\n"
    "  grader merge results/ --out results/ --gradebook course.db\n"
    "  grader merge part-*-of-16/ --out results/ --report csv=grades.csv"
)
@click.argument("parts", nargs=-1, required=True, type=PATH, metavar="RESULTS...")
@click.option("--out", type=PATH, required=True, help="The folder of results of the whole.")
@click.option(
    "--gradebook", type=PATH, metavar="FILE", help="Keep attempts and grades in this file too."
)
@click.option(
    "--report",
    multiple=True,
    metavar="FORMAT[=FILE]",
    help="Write a report, beside those that the parts were asked for. Repeatable.",
)
@no_traceback
def merge(
    parts: tuple[Path, ...], out: Path, gradebook: Path | None, report: tuple[str, ...]
) -> None:
    """Join the parts that `grade --shard` wrote into what one call would have written.

    RESULTS are folders that hold parts, or parts themselves. Merging again takes in what is new.
    Exit status: 0 all parts are joined, 1 something is missing, or two parts have different results
    of a submission, 2 the call or a part cannot be used.
    """
    from grader.course.parts.merging import merge as join  # noqa: PLC0415

    sys.exit(join(parts, out=out, gradebook=gradebook, report=report))


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
    from grader.course.mistakes.cataloguing import list_mistakes  # noqa: PLC0415

    sys.exit(list_mistakes(results, write=write, jobs=jobs))


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
    type=click.Choice(["moodle", "canvas", "nbgrader", "gradescope"]),
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
