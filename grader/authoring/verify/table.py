"""A certificate on a terminal."""

from collections.abc import Iterable

from rich.console import Console

from grader.authoring.verify.certificate import Certificate, Tried, fates
from grader.reports.console import Page
from grader.text import one_line


def show(certificate: Certificate, console: Console) -> None:
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


def _show_lines(title: str, lines: Iterable[str], page: Page) -> None:
    for number, line in enumerate(lines):
        if not number:
            page.heading(title)
        page.write(page.code(one_line(line)), indent=4, mark=page.mark("review"))
