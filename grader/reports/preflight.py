"""What `grade --preflight` tells: whether a notebook will grade, and a receipt for it."""

from collections.abc import Iterator

from rich.console import Console

from grader.execution.lacks import python
from grader.i18n import _, _n
from grader.notebook.newer_syntax import newer
from grader.preflight import Found, Preflight
from grader.reports.console import Page
from grader.reports.wording import cells_that_failed
from grader.text import capital, one_line


def show_preflight(told: Preflight, console: Console) -> None:
    """Print it, ending with the receipt: the digest of the file's bytes."""
    page = Page(console)
    page.line(f"{one_line(told.notebook.name)}: {_(told.assignment.config.title)}", "bold")
    for found in told.exercises:
        mark = page.mark("failed" if found.missing else "passed")
        page.write(
            page.code(f"{one_line(_(found.exercise.title))}: {_where(found, told)}"), mark=mark
        )
    for line in (*cells_that_failed(told.failed), *_broken(told)):
        page.write(page.code(line), mark=page.mark("failed"))
    for index in told.unwritten:
        still = _("{cell} is still to be written", cell=told.notebook.cells[index].name)
        page.write(page.code(still), mark=page.mark("review"))
    for module in told.own:
        lost = _(
            "`{module}` is a file of your own, which is not there when this is graded: put its "
            "code into the notebook",
            module=module,
        )
        page.write(page.code(lost), mark=page.mark("review"))
    page.gap()
    if told.left_out:
        page.line(
            _n(
                "{number} cell was not run: only what your classes and functions need was.",
                "{number} cells were not run: only what your classes and functions need was.",
                told.left_out,
            )
        )
    if told.network is not None:
        page.line(_trained(told, told.network))
    page.line(_verdict(told), "bold" if told.good else "bold red")
    page.line(_("Receipt: sha256 {sha256}", sha256=told.notebook.sha256))


def _where(found: Found, told: Preflight) -> str:
    cell = "" if found.cell is None else told.notebook.cells[found.cell].name
    if not found.missing:
        return cell or _("the whole notebook")
    if cell:
        return _("{cell}, which has to be mended first", cell=cell)
    names = ", ".join(f"`{name}`" for name in found.missing)
    if found.near:
        return _("nothing defines {names}, but there is `{near}`", names=names, near=found.near)
    return _("nothing defines {names}", names=names)


def _trained(told: Preflight, network: str) -> str:
    """Return which cell is taken for the training, and what is judged whichever it is."""
    if told.training is None:
        return _(
            "Which cell trains `{network}` cannot be told without running it. What is judged is "
            "`{network}` after the last of the assignment's cells that changes it.",
            network=network,
        )
    return _(
        "{cell} is taken for the training. What is judged is `{network}` after the last of the "
        "assignment's cells that changes it.",
        cell=capital(told.notebook.cells[told.training].name),
        network=network,
    )


def _broken(told: Preflight) -> Iterator[str]:
    failed = {cell.index for cell in told.failed}
    for index in told.broken:
        cell = told.notebook.cells[index]
        needed = newer(cell.source)
        if needed is not None:
            yield _(
                "{cell} needs Python {python}, and this is Python {here}",
                cell=cell.name,
                python=needed[0],
                here=python(),
            )
        elif index not in failed:
            yield _("{cell} is not valid Python: nobody can run it", cell=cell.name)


def _verdict(told: Preflight) -> str:
    if told.good:
        return _("It will grade.")
    return _("It would grade, but not what is marked. Mend that and save the notebook again.")
