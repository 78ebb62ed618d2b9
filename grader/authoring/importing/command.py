"""What `grader import` does, and what it prints."""

import os
import re
import secrets
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final, NoReturn

import click
import tomli_w

from grader.asking.plain_checks import Plain
from grader.assignment.loading import PACKAGES, load
from grader.assignment.model import CHECKS, CONFIG, REFERENCE, Assignment, Exercise
from grader.assignment.model import Check as Declared
from grader.authoring.importing.exercises import Check, Course, course
from grader.authoring.importing.folder import (
    checks_source,
    copy_files,
    files_of_cells,
    notebook,
    plain,
)
from grader.authoring.importing.merging import joined, record, write
from grader.authoring.importing.parts import Material, Note, identifier
from grader.authoring.importing.reading import material
from grader.authoring.new import SEED_BITS, require_name
from grader.authoring.release.student_notebook import released_text
from grader.errors import AssignmentError, UsageError
from grader.files import write_atomically
from grader.subjects.reference import Reference, handed_out, reference
from grader.verdicts import CheckFailed

REPORT: Final = "imported.md"


def import_(
    source: Path,
    tests: Sequence[Path],
    name: str | None,
    shelf: Path,
    student: Path | None = None,
) -> int:
    """Make an assignment below `shelf` of the one in `source`, and return the exit status.

    `tests` are files of tests, `student` the notebook that students get.
    1 says that a person has to look at some of it. Raises UsageError where the source cannot be
    used, or where a folder is there that was not imported.
    """
    found = material(source, tests, student)
    name = name or identifier(source.stem, "assignment")
    require_name(name)
    folder = shelf / name
    former = record(folder)
    try:
        shelf.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=shelf, prefix=".import_") as scratch:
            with _ending_nothing():
                made, copied = _proved(found, Path(scratch), name)
            _lay_out(found, made, Path(scratch) / name)
            notes = [*found.notes, *made.notes]
            notes += [check.note for each in made.exercises for check in each.checks]
            notes += write(Path(scratch) / name, folder, former)
    except OSError as error:
        raise UsageError(
            f"{folder} cannot be written ({error.strerror}). Name another place with --out."
        ) from error
    for path in copied:
        click.echo(f"copied {path}")
    _report(found, made, notes, folder)
    return 1 if any(each.taken == "left to a person" for each in notes) else 0


@contextmanager
def _ending_nothing() -> Iterator[None]:
    """Have `os._exit` in a test end that test, as `exit` does, and not the whole import."""
    own, leave = os.getpid(), os._exit

    def end(status: int) -> NoReturn:
        if os.getpid() != own:
            leave(status)
        raise SystemExit(status)

    os._exit = end
    try:
        yield
    finally:
        os._exit = leave


def _lay_out(found: Material, made: Course, folder: Path) -> list[Path]:
    folder.mkdir(exist_ok=True)
    copied = copy_files(found, folder)
    (folder / "__init__.py").write_text(f'"""{plain(found.title)}."""\n', "utf-8")
    (folder / CONFIG).write_text(_config(found, made), "utf-8")
    (folder / REFERENCE).write_text(notebook(found, folder.name), "utf-8")
    (folder / CHECKS).write_text(joined(checks_source(made, found, found.title)), "utf-8")
    return copied


# Libraries that do in a course what students do in others.
_LIBRARIES: Final = ("torch", "tensorflow", "sklearn", "keras", "jax")


def _config(found: Material, made: Course) -> str:
    imports = " ".join(made.imports + [part.source for part in found.parts if not part.markdown])
    used = [each for each in _LIBRARIES if f"import {each}" in imports or f"from {each}" in imports]
    told: dict[str, object] = {
        "title": found.title,
        "version": "1",
        "seed": secrets.randbits(SEED_BITS),
    }
    if used:
        told["libraries"] = used
    read = files_of_cells(found)
    if read:
        told["files"] = read
    # Its points are to be what they were.
    return tomli_w.dumps({**told, "follow_through": {"marks": False}})


def _proved(found: Material, scratch: Path, name: str) -> tuple[Course, list[Path]]:
    """Return what is made of a source once its checks were performed, and the files copied.

    A class that students are given is the assignment's, unless its objects go to students' code.
    """
    shared: set[str] = set()
    while True:
        made = course(found, shared)
        # A module is loaded once from a path.
        folder = scratch / f"proof_{len(shared)}" / name
        folder.parent.mkdir()
        copied = _lay_out(found, made, folder)
        _prove(made, folder)
        reasons = [check.left for each in made.exercises for check in each.checks]
        sent = {name for each in reasons for name in _SENT.findall(each)} - shared
        if not sent:
            break
        shared |= sent
    made.notes += [
        Note(
            f"`{each}`", "with a change", "Its objects go to students' code: it is asked for there."
        )
        for each in sorted(shared)
    ]
    return made, copied


# Of the assignment's own, or of a module's that students are given beside the notebook.
_SENT: Final = re.compile(rf"holds an? {PACKAGES}\w+\.\w+\.(\w+), which cannot be sent")


def _prove(made: Course, folder: Path) -> None:
    """Perform all checks on the solution; what does not hold there is left to a person."""
    if all(check.left for each in made.exercises for check in each.checks):
        # There is nothing to perform, and perhaps no exercise to load.
        return
    assignment = load(folder)
    failed: dict[str, str] = {}
    students = folder / "students.ipynb"
    students.write_text(released_text(assignment.reference), "utf-8")
    for exercise in assignment.exercises:
        if not exercise.manual:
            failed |= _proving_nothing(exercise, students) | _failed(assignment, exercise)
    for each in made.exercises:
        each.checks = [
            replace(check, left=_why(check, failed[check.name])) if check.name in failed else check
            for check in each.checks
        ]
        left = {check.name for check in each.checks if check.left}
        each.checks = [
            replace(check, needs="") if check.needs in left else check for check in each.checks
        ]


def _why(check: Check, failed: str) -> str:
    """Return why a check is left, with what may have been meant to be asked before."""
    if not check.rebound:
        return failed
    return f"{failed.rstrip('.')}; {check.rebound}, and it is asked for as it is at the end"


def _failed(assignment: Assignment, exercise: Exercise) -> dict[str, str]:
    """Return why checks do not hold for the solution, by their ids."""
    failed = {}
    try:
        right = reference(assignment.reference, exercise.names)
    except AssignmentError as error:
        return {check.id: str(error) for check in exercise.checks}
    for check in exercise.checks:
        asking: Plain = check.function.plain  # type: ignore[attr-defined]
        try:
            trial = asking.trial(None, right)
        except AssignmentError as error:
            failed[check.id] = str(error)
            continue
        except SystemExit:
            failed[check.id] = "it ends Python by itself, with `exit`"
            continue
        if trial.failure is not None:
            failed[check.id] = f"it does not hold for the solution: {trial.failure.message}"
        elif not trial.asks:
            failed[check.id] = "it asks nothing of what students write, and holds for everyone"
    return failed


def _proving_nothing(exercise: Exercise, students: Path) -> dict[str, str]:
    """Return what is to be said of checks that hold for the notebook as students get it."""
    try:
        unwritten = handed_out(students, exercise.names)
    except AssignmentError:
        return {}
    why = "it holds for the notebook as students get it, whatever they write"
    return {
        check.id: why
        for check in exercise.checks
        if check.points and any(_holds(check, each) for each in unwritten)
    }


def _holds(check: Declared, subject: Reference) -> bool:
    plain: Plain = check.function.plain  # type: ignore[attr-defined]
    try:
        trial = plain.trial(None, subject)
    except (AssignmentError, CheckFailed, SystemExit):
        return False
    # What is returned is compared.
    return trial.failure is None and trial.returned is None


def _report(found: Material, made: Course, notes: Iterable[Note], folder: Path) -> None:
    """Write the report, and print what is in it in short."""
    notes = list(notes)
    lines = [
        f"# {found.title}",
        "",
        f"Imported from `{found.path.name}`, a notebook in {found.format} format.",
    ]
    for taken in ("left to a person", "with a change", "as it is"):
        those = [each for each in notes if each.taken == taken]
        if not those:
            continue
        lines += [
            "",
            f"## Taken over {taken}" if taken != "left to a person" else "## Left to a person",
            "",
        ]
        for each in those:
            lines.append(f"- {each.where}: {each.why}")
            if each.shown:
                lines += ["", *(f"      {line}".rstrip() for line in each.shown.split("\n")), ""]
    write_atomically(folder / REPORT, "\n".join(lines) + "\n")
    checks = [check for each in made.exercises for check in each.checks]
    left = [check for check in checks if check.left]
    total = sum(each.manual for each in made.exercises) + sum(
        c.points for c in checks if not c.left
    )
    click.echo(
        f"wrote {folder}: {len(checks) - len(left)} of {len(checks)} tests are checks, "
        f"{total:g} points."
    )
    for check in left:
        why = check.left.rstrip(".")
        click.echo(f"left to a person: {check.where}, {check.points:g} points: {why}.")
    click.echo(f"{folder / REPORT} says what became of each cell.")
