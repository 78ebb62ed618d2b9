"""An autograder for Gradescope: a zip whose layout its documentation asks for.

https://gradescope-autograders.readthedocs.io/en/latest/specs/: `setup.sh` is run once, when the
image is built, and `run_autograder` for each submission. The zip is found in `/autograder/source`,
the submission in `/autograder/submission`, and the result is expected in
`/autograder/results/results.json`.
"""

import io
import json
import zipfile
from pathlib import Path
from textwrap import fill
from typing import Final

from grader.assignment.loading import SHELF
from grader.assignment.model import HANDED_OUT, PUBLIC, Assignment
from grader.authoring.release.files import REQUIREMENTS, requirements
from grader.authoring.release.filling import TEMPLATES, Filled, hand_in
from grader.errors import AssignmentError
from grader.reports.wording import number
from grader.results.model import Result
from grader.text import encodable

SUFFIX: Final = ".template"

# Gradescope ends a submission after 10 minutes where nothing else is set:
# https://gradescope-autograders.readthedocs.io/en/latest/troubleshooting/. The answers may take as
# long as the cells do, and the start of everything a minute.
HOST_SECONDS: Final = 600
STOP_SECONDS: Final = HOST_SECONDS - 30
CELLS_SECONDS: Final = 240

_WIDTH: Final = 98


def autograder(assignment: Assignment, wheel: Path | None = None) -> bytes:
    """Return the zip: `setup.sh`, `run_autograder`, and the assignment with its solution.

    The same assignment gives the same bytes. The installed grader is the one that the assignment's
    `install` names, its `wheel` in the zip where it is one. The reference is graded once, to tell
    how many points can be reached. Raises AssignmentError where it loses any, and what `grade`
    raises.
    """
    quick = assignment.config.training is not None
    total_seconds = min(assignment.config.limits.total_seconds, CELLS_SECONDS)
    options = ["--quick"] * quick + ["--total-seconds", f"{total_seconds:g}"]
    known = {
        "name": assignment.name,
        "shelf": SHELF,
        "handed_out": json.dumps([PUBLIC, HANDED_OUT]),
        "options": json.dumps(options),
        "stop_seconds": str(STOP_SECONDS),
        "datasets": " ".join(assignment.config.datasets),
        "points": _points(assignment, quick=quick),
        "hand_in": hand_in(),
    }
    packages = requirements(assignment).replace("jupyterlab\n", "")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("setup.sh", "run_autograder", "README.md"):
            text = (TEMPLATES / "gradescope" / f"{name}{SUFFIX}").read_text("utf-8")
            executable = name != "README.md"
            _add(archive, name, Filled(text).substitute(known), executable=executable)
        _add(archive, REQUIREMENTS, packages)
        if wheel is not None:
            _add(archive, wheel.name, wheel.read_bytes())
        for path in _files(assignment.folder):
            place = path.relative_to(assignment.folder).as_posix()
            if encodable(place) != place:
                told = encodable(str(path))
                raise AssignmentError(f"{told} has a name that no zip can hold: rename the file.")
            _add(archive, f"{SHELF}/{assignment.name}/{place}", path.read_bytes())
    return buffer.getvalue()


def _points(assignment: Assignment, *, quick: bool) -> str:
    """Return what the README says of points: what to set as total, and what stays pending."""
    result = _graded(assignment, quick=quick)
    pending = {
        f"{each.id}.{check.id}": check.pending
        for each in result.exercises
        for check in each.checks
        if check.pending
    }
    total, reached, later = map(number, (result.max_score, result.score, result.pending))
    if not pending:
        return f'Set "Autograder points" to {total}.'
    about = (
        f'Set "Autograder points" to {reached}: so many can be reached. {later} of {total} points '
        "stay pending, also of the reference:"
    )
    waiting = "\n".join(f"- `{name}`: {number(points)}" for name, points in pending.items())
    ways = "Give them by hand: switch manual grading on and add a question worth as many points."
    if quick:
        ways += (
            " Or have the training run, which `--quick` leaves out: take that out of `OPTIONS` in "
            "`run_autograder`, raise `STOP_SECONDS` there, and set the time-out to 40 minutes, the "
            'CPU to 2 and "Autograder points" to as much as the reference gets.'
        )
    return "\n\n".join([fill(about, _WIDTH), waiting, fill(ways, _WIDTH)])


def _graded(assignment: Assignment, *, quick: bool) -> Result:
    """Grade the reference as the zip grades submissions."""
    from grader.grading import Options, grade  # noqa: PLC0415 - imports what runs notebooks
    from grader.notebook.reading import read  # noqa: PLC0415

    result = grade(read(assignment.reference), assignment, Options(quick=quick))
    lost = [each.id for each in result.exercises if any(check.lost for check in each.checks)]
    if lost:
        how = " --quick" * quick
        raise AssignmentError(
            f"{assignment.reference} itself loses points, in {', '.join(lost)}: see what "
            f"`grade {assignment.reference}{how}` says of it."
        )
    return result


def _files(folder: Path) -> list[Path]:
    """Return all files of the assignment: checks read some, and notebooks find some beside them."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and _is_own(path, folder))


def _is_own(path: Path, folder: Path) -> bool:
    parts = path.relative_to(folder).parts
    hidden = any(each.startswith((".", "__pycache__")) for each in parts)
    return not hidden and parts[0] != PUBLIC


def _add(
    archive: zipfile.ZipFile, name: str, content: str | bytes, *, executable: bool = False
) -> None:
    # The time of writing would make each zip another one.
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.external_attr = (0o755 if executable else 0o644) << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, content)
