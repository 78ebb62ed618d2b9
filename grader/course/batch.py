"""Grading the notebooks of one call, and telling of each as it is done."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from grader.errors import GraderError, UnusableInputError
from grader.feedback import Feedback, shown
from grader.files import write_atomically
from grader.finding import find_assignment
from grader.grading import grade
from grader.notebook import Notebook, find, read
from grader.reports.csv_file import Row, grades_csv
from grader.reports.json_file import to_json
from grader.reports.terminal import show, summary
from grader.results import Result
from grader.sandbox.rungs import choose

GRADED, BELOW, UNUSABLE, FAILED = 0, 1, 2, 3


@dataclass(frozen=True, kw_only=True)
class How:
    """How each notebook of a call is graded: what `grade` takes, the assignment by its name."""

    assignment: str | None = None
    only: tuple[str, ...] = ()
    data: Path | None = None
    cell_seconds: float | None = None
    total_seconds: float | None = None
    seed: int | None = None


def grade_paths(
    paths: Sequence[Path],
    *,
    json_file: str | None = None,
    out: Path | None = None,
    fail_under: float | None = None,
    feedback: str = "everything",
    require_sandbox: bool | None = None,
    only: str = "",
    **how: Any,
) -> int:
    """Grade every notebook in `paths`, write the reports, and return the exit status.

    `how` are the other fields of `How`. A file that cannot be used, or on which the grader fails,
    is told of and the others go on. Raises UnusableInputError where the call itself cannot be
    carried out.
    """
    notebooks = find(paths)
    required = len(notebooks) > 1 if require_sandbox is None else require_sandbox
    choose(required=required)
    if json_file is not None and len(notebooks) > 1:
        raise UnusableInputError("--json writes one result; use --out for several notebooks.")
    if out is not None:
        _make(out)
    told = Console(stderr=True)
    quiet = json_file == "-"
    each = How(only=tuple(name.strip() for name in only.split(",") if name.strip()), **how)
    rows: list[Row] = []
    status = GRADED
    for path, name in zip(notebooks, names(notebooks), strict=True):
        try:
            with _watched(told, path) as watch:
                whole = _grade(read(path), each, watch)
        except GraderError as error:
            told.print(f"Error: {error}", markup=False, highlight=False, soft_wrap=True)
            rows.append(Row.unusable(name, str(error)))
            status = max(status, error.exit_status)
        else:
            result = shown(whole, Feedback.named(feedback))
            rows.append(Row.graded(name, result))
            status = max(status, _status(result, fail_under))
            _report(result, json_file, out, name, quiet=quiet)
        if out is not None:
            write_atomically(out / "grades.csv", grades_csv(rows))
    if len(rows) > 1 and not quiet:
        summary([row.result for row in rows if row.result is not None], Console())
    return status


def _grade(notebook: Notebook, how: How, watch: Callable[[str], None]) -> Result:
    assignment = find_assignment(notebook, how.assignment)

    def progress(index: int, done: int, total: int) -> None:
        watch(f"cell {index + 1} ({done + 1} of {total})")

    try:
        return grade(
            notebook,
            assignment,
            only=how.only,
            data=how.data,
            cell_seconds=how.cell_seconds,
            total_seconds=how.total_seconds,
            seed=how.seed,
            progress=progress,
            stage=lambda title: watch(f"asking: {title}"),
        )
    except GraderError:
        raise
    except Exception as error:
        raise GraderError(
            f"{notebook.path}: the grader itself failed ({type(error).__name__}: {error}). This is "
            "nobody's mistake but ours, and nothing was scored. Please report it, with the file."
        ) from error


def _status(result: Result, fail_under: float | None) -> int:
    if result.exit_status == FAILED:
        return FAILED
    return BELOW if fail_under is not None and result.score < fail_under else GRADED


def _report(
    result: Result, json_file: str | None, out: Path | None, name: str, *, quiet: bool
) -> None:
    if json_file == "-":
        sys.stdout.write(to_json(result))
    elif json_file is not None:
        write_atomically(Path(json_file), to_json(result))
    if out is not None:
        write_atomically(out / f"{name}.json", to_json(result))
    if not quiet:
        show(result, Console())


def names(paths: Sequence[Path]) -> list[str]:
    """Return a name for each path, its stem where that is its own, else one that is unique."""
    stems = [path.stem for path in paths]
    chosen: list[str] = []
    for path, stem in zip(paths, stems, strict=True):
        name = stem if stems.count(stem) == 1 else f"{path.resolve().parent.name}-{stem}"
        number = 2
        unique = name
        while unique in chosen:
            unique, number = f"{name}-{number}", number + 1
        chosen.append(unique)
    return chosen


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnusableInputError(
            f"{folder} cannot be made a folder for the results: {error.strerror}. "
            "Name another with --out."
        ) from error


@contextmanager
def _watched(console: Console, path: Path) -> Iterator[Callable[[str], None]]:
    """Show what is being done: on a terminal as it goes, elsewhere one line a minute at most."""
    text = f"Grading {path.name}"
    if not console.is_terminal:
        with _lines(console, text) as watch:
            yield watch
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns: list[Any] = [
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        TimeElapsedColumn(),
    ]
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(text, total=None)

        def watch(now: str) -> None:
            progress.reset(task, description=f"{text}: {now}")

        yield watch


@contextmanager
def _lines(console: Console, text: str) -> Iterator[Callable[[str], None]]:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
    said = time.monotonic()

    def watch(now: str) -> None:
        nonlocal said
        if time.monotonic() - said > 60:
            said = time.monotonic()
            console.print(f"  {now}", markup=False, highlight=False, soft_wrap=True)

    yield watch
