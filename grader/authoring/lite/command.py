"""What `grader release --lite` does, and what it prints."""

from collections.abc import Sequence
from importlib.metadata import packages_distributions
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Final

import click
from packaging.requirements import Requirement

from grader.assignment.loading import load
from grader.assignment.model import ANSWERS, CONFIG, PUBLIC, Assignment
from grader.authoring.lite.notebook import ABSENT, absent, browser_notebook
from grader.authoring.lite.site import (
    Page,
    Pyodide,
    build,
    pyodide_from,
    require_jupyterlite,
    require_replaceable,
)
from grader.authoring.lite.wheels import Wheel, of_grader, vendored
from grader.authoring.release.command import Steps, released_folder
from grader.authoring.release.repository import publish
from grader.errors import UsageError
from grader.i18n import SOURCE, catalogues_in
from grader.judging.answer_key import repacked
from grader.notebook.imports import imported_by

# What judging recorded answers imports, beside numpy, which Pyodide has.
JUDGING: Final = (
    *("annotated-types", "hypothesis", "ipython", "jinja2", "markupsafe", "packaging"),
    *("platformdirs", "polib", "rich", "typing-extensions"),
)
# What JupyterLite's kernel imports. Its way of asking IPython whether to wait for a cell ended with
# IPython 9.
KERNEL: Final = ("comm", "ipython>=8.12,<9", "jedi")
# Pyodide has these, or its packages for the kernel do.
PYODIDES: Final = frozenset({"ipykernel", "numpy", "piplite", "pyodide-kernel"})


def lite(folder: Path, out: Path, site: Path, language: str | None, pyodide: str | None) -> None:
    """Write a site for browsers of the assignment in `folder` into the folder `site`.

    It has a notebook for each language that the assignment has a catalogue of, or for the one that
    is named. Answers that lie released below `out` are taken from there. `pyodide` is a folder or
    an address. Raises UsageError.
    """
    require_jupyterlite()
    require_replaceable(site)
    source = pyodide_from(pyodide)
    assignment = load(folder)
    _require_askable(assignment)
    known = (SOURCE, *catalogues_in(folder))
    if language is not None and language not in known:
        raise UsageError(f"{folder} speaks {', '.join(known)}.")
    languages = known if language is None else (language,)
    brought = _brought(assignment)
    with TemporaryDirectory() as work:
        contents, released = Path(work) / "contents", Path(work) / "released"
        _take_answers(assignment, out, released)
        pages = [_page(assignment, each, contents, released, brought) for each in languages]
        build(site, contents, _wheels(source, brought), pages, source)
    size = sum(path.stat().st_size for path in site.rglob("*") if path.is_file())
    click.echo(f"wrote {site}, {size / 2**20:.0f} MB: any static server can show it")
    if source == Pyodide():
        click.echo("its page loads Pyodide from the address that JupyterLite names; see --pyodide")
    for module in absent(assignment):
        click.echo(f"warning: no browser has {module}: cells that import it fail there", err=True)


def _require_askable(assignment: Assignment) -> None:
    """Raise UsageError where a browser can ask nothing of an assignment."""
    if not any(exercise.unit for exercise in assignment.exercises):
        raise UsageError(
            f"{assignment.name} has no exercise that is asked of definitions alone, and a browser "
            "runs no whole notebook."
        )


def _brought(assignment: Assignment) -> list[str]:
    """Return what the notebook imports, is installed here, and is pure, as it is packed along."""
    distributions = packages_distributions()
    tops = {name.partition(".")[0] for name in imported_by(assignment.reference)} - ABSENT
    names = sorted({name for top in tops for name in distributions.get(top, ())[:1]})
    return [name for name in names if name.lower() in PURE]


# Of what notebooks of a course import, what is pure and not of every Pyodide.
PURE: Final = frozenset({"tqdm"})


def _wheels(pyodide: Pyodide, brought: Sequence[str]) -> list[Wheel]:
    grader = of_grader([*JUDGING, "numpy"])
    wanted = map(Requirement, (*KERNEL, *JUDGING, *brought))
    return [grader, *vendored(wanted, pyodide.python, but=PYODIDES)]


def _take_answers(assignment: Assignment, out: Path, released: Path) -> None:
    """Take along what was recorded for the folder that lies below `out`: it may be as it must."""
    known = released_folder(out, assignment.name, SOURCE) / PUBLIC / ANSWERS
    if known.is_file():
        beside = released_folder(released, assignment.name, SOURCE) / PUBLIC
        beside.mkdir(parents=True)
        (beside / ANSWERS).write_bytes(known.read_bytes())


def _page(
    assignment: Assignment, language: str, contents: Path, released: Path, brought: Sequence[str]
) -> Page:
    """Write what the page of one language holds below `contents`, of a folder below `released`."""
    main = released_folder(released, assignment.name, SOURCE)
    folder = released_folder(released, assignment.name, language)
    with Steps(assignment.name) as steps:
        written = publish(assignment, folder, steps.begin, language=language, beside=main)
    target = contents / folder.name
    for path in written:
        place = PurePosixPath(path.relative_to(folder).as_posix())
        if _is_shown(place, assignment):
            content = path.read_bytes()
            (target / place).parent.mkdir(parents=True, exist_ok=True)
            (target / place).write_bytes(repacked(content) if place.name == ANSWERS else content)
    notebook = target / f"{assignment.name}.ipynb"
    told = notebook.read_text("utf-8")
    notebook.write_text(browser_notebook(told, assignment, language, brought), "utf-8")
    title = (
        assignment.config.title if language == SOURCE else f"{assignment.config.title} ({language})"
    )
    return Page(f"{target.name}/{notebook.name}", title, language)


def _is_shown(place: PurePosixPath, assignment: Assignment) -> bool:
    """Whether a file of a released folder is of use in a browser."""
    shown = {f"{assignment.name}.ipynb", CONFIG, *assignment.config.files}
    return place.parts[0] == PUBLIC or place.as_posix() in shown
