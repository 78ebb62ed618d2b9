"""The README of a student's repository: what to do, within a minute, in the language in force."""

from collections.abc import Iterator, Sequence

from grader.assignment.model import Assignment, Check
from grader.i18n import _
from grader.reports.wording import number, points


def readme(assignment: Assignment) -> str:
    """Return `README.md`."""
    return "\n\n".join(_parts(assignment)) + "\n"


def _parts(assignment: Assignment) -> Iterator[str]:
    notebook = f"{assignment.name}.ipynb"
    yield f"# {_(assignment.config.title)}"
    yield _(
        "Open `{notebook}`, read from top to bottom, and replace each "
        "`raise NotImplementedError(...)`.",
        notebook=notebook,
    )
    yield f"## {_('Set up, once')}"
    yield _console(
        "python -m venv .venv && source .venv/bin/activate",
        "pip install --requirement requirements.txt",
        f"jupyter lab {notebook}",
    )
    yield f"## {_('Check your work, as often as you like')}"
    yield _(
        "In the notebook, `%load_ext grader` and then `%check` ask the public checks of what is "
        "defined so far; `%check --fresh` runs the saved notebook anew first. In a terminal:"
    )
    quick = f"grade {notebook} --quick        # {_('leaves out the training')}"
    yield _console(
        *[quick] * (assignment.config.training is not None),
        f"grade {notebook}",
        f"grade {notebook} --report html=page.html",
        f"grade --preflight {notebook}    # {_('will it grade at all? In seconds')}",
    )
    yield _(
        "Each check that fails shows the smallest example on which it does, and a cell that "
        "reproduces it."
    )
    yield f"## {_('What counts')}"
    total = sum(exercise.points for exercise in assignment.exercises)
    yield _("{points} can be reached:", points=points(total))
    yield _table(assignment)
    yield _(
        "The checks here ask fixed questions, whose answers are recorded in `public/`. Official "
        "grading asks others, so only code that is right for every input gets the points there. "
        "Hand in `{notebook}` alone. If this folder is a repository on GitHub, every push is "
        "checked by `.github/workflows/grade.yml`; see the run's summary.",
        notebook=notebook,
    )


def _console(*lines: str) -> str:
    return "\n".join(["```console", *lines, "```"])


def _table(assignment: Assignment) -> str:
    heads = (_("Exercise"), _("Points"), _("Checked only after submission"))
    rows = [
        f"| {_(each.title)} | {number(each.points)} | {_later(each.checks)} |"
        for each in assignment.exercises
    ]
    return "\n".join([f"| {' | '.join(heads)} |", "| --- | ---: | ---: |", *rows])


def _later(checks: Sequence[Check]) -> str:
    later = sum(each.points for each in checks if not each.public)
    return number(later) if later else ""
