"""Verifying an assignment for a person: progress while it runs, and the reports at its end."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from grader.assignment.model import Assignment
from grader.authoring.verify.certificate import to_json
from grader.authoring.verify.page import page
from grader.authoring.verify.table import show
from grader.authoring.verify.verify import verify
from grader.files import write_atomically


def report(
    assignment: Assignment, *, jobs: int | None, json_file: str | None, page_file: Path | None
) -> int:
    """Verify `assignment`, report on it, and return the exit status.

    `jobs` is None for one a core. Raises UsageError where a report cannot be written, and
    what `verify` raises.
    """
    with _progress(Console(stderr=True), f"Verifying {assignment.name}") as progress:
        certificate = verify(assignment, jobs=jobs or os.cpu_count() or 1, progress=progress)
    if json_file == "-":
        sys.stdout.write(to_json(certificate))
    else:
        show(certificate, Console())
        if json_file is not None:
            write_atomically(Path(json_file), to_json(certificate))
    if page_file is not None:
        write_atomically(page_file, page(certificate))
    return certificate.exit_status


@contextmanager
def _progress(console: Console, text: str) -> Iterator[Callable[[int, int], None]]:
    """Show how far it is: a bar on a terminal, nothing elsewhere."""
    if not console.is_terminal:
        yield lambda _done, _total: None
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(text, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
