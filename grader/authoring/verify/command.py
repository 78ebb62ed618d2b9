"""Verifying an assignment for a person: progress while it runs, and the reports at its end."""

import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from grader.assignment.model import Assignment
from grader.authoring.verify.certificate import (
    VARYING,
    Certificate,
    Tried,
    fates,
    to_json,
    varying,
)
from grader.authoring.verify.memory import Memory
from grader.authoring.verify.page import page
from grader.authoring.verify.verify import verify
from grader.files import write_atomically
from grader.reports.console import Page
from grader.text import one_line


def report(
    assignment: Assignment,
    *,
    jobs: int | None,
    json_file: str | None,
    page_file: Path | None,
    seeds: int = 1,
    anew: bool = False,
) -> int:
    """Verify `assignment`, report on it, and return the exit status.

    `jobs` is None for one a core, `seeds` how many every candidate is judged with. What is
    remembered is not judged again, unless all is to be done `anew`. Raises UsageError where a
    report cannot be written, and what `verify` raises.
    """
    memory = Memory.of(assignment)
    if anew:
        memory.kept.clear()
    with (
        contextlib.closing(memory),
        _progress(Console(stderr=True), f"Verifying {assignment.name}") as progress,
    ):
        workers = jobs or os.cpu_count() or 1
        certificate = verify(
            assignment, jobs=workers, seeds=seeds, progress=progress, memory=memory
        )
    if json_file == "-":
        sys.stdout.write(to_json(certificate))
    else:
        _show(certificate, Console())
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


def _show(certificate: Certificate, console: Console) -> None:
    """Print `certificate` on `console`, ending with the line that sums it up."""
    page = Page(console)
    page.line(f"{one_line(certificate.assignment.title)}: are its checks sound?", "bold")
    points = ", ".join(f"{id_} ({most:g})" for id_, most in certificate.exercises.items())
    page.line(f"Exercises judged without running a notebook, and their points: {points}.", "dim")
    page.gap()
    _show_fates(certificate, page)
    _show_checks(certificate, page)
    _show_tried("Wrong verdicts", certificate.wrong, page)
    _show_lines(
        "Known mistakes that are not named",
        (f"{each.name} ({each.exercise})" for each in certificate.unnamed if not each.wrong),
        page,
    )
    _show_lines(VARYING, map(varying, certificate.varying), page)
    _show_lines("Not proven", certificate.unproven, page)
    page.gap()
    page.line(certificate.summary, "bold red" if certificate.wrong else "bold green")


def _show_fates(certificate: Certificate, page: Page) -> None:
    table = page.columns("Candidates", "", "How many", "Wrong verdicts", left=2)
    for title, number, fate, wrong in fates(certificate):
        table.add_row(*map(page.text, (title, fate, str(number), str(wrong))))
    page.table(table)


def _show_checks(certificate: Certificate, page: Page) -> None:
    page.gap()
    table = page.columns("Check", "", "Points", "Notices", "Alone", left=2)
    for check in certificate.checks:
        note = "" if check.alone else "redundant"
        numbers = (f"{check.points:g}", str(check.fails), str(check.alone))
        table.add_row(*map(page.text, (check.key, note, *numbers)))
    page.table(table)
    page.gap()
    page.line(
        "How many of the mistakes and mutants fail a check, and how many fail it and no other. A "
        "redundant check notices nothing alone: none of them would get all points without it.",
        "dim",
    )


def _show_tried(title: str, some: Iterable[Tried], page: Page) -> None:
    for number, each in enumerate(some):
        if not number:
            page.heading(title)
        page.line(f"{each.kind}: {one_line(each.name)}", indent=4, mark=page.mark("failed"))
        page.write(page.code(each.wrong or ""), indent=6)
        show_proposal(each, page, indent=6)


def show_proposal(tried: Tried, page: Page, indent: int) -> None:
    """Print what a check would have to ask to notice a mutant, where that was looked for."""
    proposal = tried.proposal
    if proposal is None:
        return
    page.write(page.code(proposal.told), indent)
    if proposal.lines is not None:
        page.write(page.code(f"To paste into `{proposal.check}`:"), indent)
        page.source(proposal.lines, indent + 2)


def _show_lines(title: str, lines: Iterable[str], page: Page) -> None:
    for number, line in enumerate(lines):
        if not number:
            page.heading(title)
        page.write(page.code(one_line(line)), indent=4, mark=page.mark("review"))
