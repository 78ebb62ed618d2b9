"""What `grade --preflight` tells: whether a notebook will grade, and a receipt for it."""

from collections.abc import Iterator

from rich.console import Console

from grader.preflight import Found, Preflight
from grader.reports.page import Page
from grader.reports.wording import cells_that_failed
from grader.text import one_line

__all__ = ["show_preflight"]


def show_preflight(told: Preflight, console: Console) -> None:
    """Print it, ending with the receipt: the digest of the file's bytes."""
    page = Page(console)
    page.line(f"{one_line(told.notebook.name)}: {told.assignment.config.title}", "bold")
    for found in told.exercises:
        mark = page.mark("failed" if found.missing else "passed")
        page.write(page.code(f"{one_line(found.exercise.title)}: {_where(found)}"), mark=mark)
    for line in (*cells_that_failed(told.failed), *_broken(told)):
        page.line(line, mark=page.mark("failed"))
    for index in told.unwritten:
        page.line(f"cell {index + 1} is still to be written", mark=page.mark("review"))
    page.gap()
    if told.left_out:
        page.line(f"{told.left_out} cells were not run: the training, and what no class needs.")
    page.line(_verdict(told), "bold" if told.good else "bold red")
    page.line(f"Receipt: sha256 {told.notebook.sha256}")


def _where(found: Found) -> str:
    if found.missing:
        names = ", ".join(f"`{name}`" for name in found.missing)
        return f"nothing defines {names}"
    return "the whole notebook" if found.cell is None else f"cell {found.cell + 1}"


def _broken(told: Preflight) -> Iterator[str]:
    failed = {cell.index for cell in told.failed}
    for index in told.broken:
        if index not in failed:
            yield f"cell {index + 1} is not valid Python: nobody can run it"


def _verdict(told: Preflight) -> str:
    if told.good:
        return "It will grade."
    return "It would grade, but not what is marked. Mend that and save the notebook again."
