"""What `grader import` does, and what it prints."""

import hashlib
import json
import re
import secrets
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import click
import tomli_w

from grader.asking.plain_checks import Plain
from grader.assignment.loading import load
from grader.assignment.model import CHECKS, CONFIG, REFERENCE, Assignment, Exercise
from grader.authoring.importing.exercises import Course, course
from grader.authoring.importing.folder import checks_source, copy_files, files_of_cells, notebook
from grader.authoring.importing.merging import blocks_of, merged
from grader.authoring.importing.parts import Material, Note, identifier
from grader.authoring.importing.reading import material
from grader.authoring.new import SEED_BITS
from grader.errors import AssignmentError, UsageError
from grader.files import write_atomically
from grader.subjects.reference import reference

# What was written the last time, so that an author's changes are told from it.
RECORD: Final = "imported.json"
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
    folder = shelf / name
    record = _record(folder)
    with tempfile.TemporaryDirectory(prefix="grader_import_") as scratch:
        made, copied = _proved(found, Path(scratch), name)
        _lay_out(found, made, Path(scratch) / name)
        notes = [*found.notes, *made.notes]
        notes += [check.note for each in made.exercises for check in each.checks]
        notes += _write(found, made, Path(scratch) / name, folder, record)
    for path in copied:
        click.echo(f"copied {path}")
    absent = [Note(f"`{each}`", "left to a person", _ABSENT) for each in files_of_cells(found)]
    for note in absent:
        click.echo(f"left to a person: {note.where}: {note.why}")
    notes += absent
    _report(found, made, notes, folder)
    return 1 if any(each.taken == "left to a person" for each in notes) else 0


_ABSENT: Final = (
    "Cells of the notebook read it, and it is not there where students' notebooks are graded: let "
    "a cell write the file, or hold what is in it."
)


def _record(folder: Path) -> Mapping[str, str] | None:
    """Return the digests of what was written the last time, None for no last time."""
    if not folder.exists():
        return None
    try:
        told = json.loads((folder / RECORD).read_text("utf-8"))
        return {str(name): str(digest) for name, digest in told.items()}
    except (OSError, ValueError, AttributeError) as error:
        raise UsageError(
            f"{folder} is there already and was not imported ({RECORD} is missing or unreadable). "
            "Choose another name with --name, or move it away."
        ) from error


def _lay_out(found: Material, made: Course, folder: Path) -> list[Path]:
    folder.mkdir(exist_ok=True)
    copied = copy_files(found, folder)
    (folder / "__init__.py").write_text(f'"""{found.title}."""\n', "utf-8")
    (folder / CONFIG).write_text(_config(found, made), "utf-8")
    (folder / REFERENCE).write_text(notebook(found, folder.name), "utf-8")
    (folder / CHECKS).write_text(joined(checks_source(made, found, found.title)), "utf-8")
    return copied


def joined(blocks: Mapping[str, str]) -> str:
    """Return a file that consists of blocks, the first of which is its docstring."""
    docstring, *others = blocks.values()
    return f"{docstring}\n\n" + "\n\n\n".join(others) + "\n"


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
    return tomli_w.dumps(told)


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


_SENT: Final = re.compile(r"holds an? [\w.]*\bchecks\.(\w+), which cannot be sent")


def _prove(made: Course, folder: Path) -> None:
    """Perform all checks on the solution; what does not hold there is left to a person."""
    if all(check.left for each in made.exercises for check in each.checks):
        # There is nothing to perform, and perhaps no exercise to load.
        return
    assignment = load(folder)
    failed: dict[str, str] = {}
    for exercise in assignment.exercises:
        if not exercise.manual:
            failed |= _failed(assignment, exercise)
    for each in made.exercises:
        each.checks = [
            replace(check, left=failed.get(check.name, check.left)) for check in each.checks
        ]
        left = {check.name for check in each.checks if check.left}
        each.checks = [
            replace(check, needs="") if check.needs in left else check for check in each.checks
        ]


def _failed(assignment: Assignment, exercise: Exercise) -> dict[str, str]:
    """Return why checks do not hold for the solution, by their ids."""
    failed = {}
    try:
        right = reference(assignment.reference, exercise.names)
    except AssignmentError as error:
        return {check.id: str(error) for check in exercise.checks}
    for check in exercise.checks:
        plain: Plain = check.function.plain  # type: ignore[attr-defined]
        try:
            trial = plain.trial(None, right)
        except AssignmentError as error:
            failed[check.id] = str(error)
            continue
        if trial.failure is not None:
            failed[check.id] = f"it does not hold for the solution: {trial.failure.message}"
        elif not trial.asks:
            failed[check.id] = "it asks nothing of what students write, and holds for everyone"
    return failed


def _write(
    found: Material, made: Course, scratch: Path, folder: Path, record: Mapping[str, str] | None
) -> list[Note]:
    """Write the folder, but keep what an author has changed since; return notes on that."""
    notes: list[Note] = []
    folder.mkdir(parents=True, exist_ok=True)
    text = joined(checks_source(made, found, found.title))
    blocks = blocks_of(text)
    written = {f"{CHECKS}: {name}": _digest(block) for name, block in blocks.items()}
    kept: list[str] = []
    if record is not None and (folder / CHECKS).is_file():
        known = {
            name.removeprefix(f"{CHECKS}: "): digest
            for name, digest in record.items()
            if name.startswith(f"{CHECKS}: ")
        }
        there = blocks_of((folder / CHECKS).read_text("utf-8"))
        merging, kept = merged(blocks, there, known, _digest)
        text = joined(merging)
    notes += [
        Note(f"{CHECKS}, {name}", "as it is", "It is kept as you have changed it.") for name in kept
    ]
    write_atomically(folder / CHECKS, text)
    for path in sorted(scratch.rglob("*")):
        name = str(path.relative_to(scratch))
        if not path.is_file() or name == CHECKS or "__pycache__" in name:
            continue
        target, content = folder / name, path.read_bytes()
        written[name] = _digest(content)
        theirs = target.read_bytes() if target.is_file() else None
        if theirs is not None and record is not None and record.get(name) != _digest(theirs):
            if theirs != content and name != CONFIG:
                why = "You have changed it: it is kept, and what the source has now is not in it."
                notes.append(Note(name, "left to a person", why))
            continue
        if name == CONFIG and theirs is not None:
            written[name] = record[name] if record and name in record else written[name]
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(target, content)
    write_atomically(folder / RECORD, json.dumps(written, indent=1, sort_keys=True) + "\n")
    return notes


def _digest(content: str | bytes) -> str:
    raw = content.encode() if isinstance(content, str) else content
    return hashlib.blake2b(raw, digest_size=12).hexdigest()


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
