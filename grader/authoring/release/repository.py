"""Writing what students get: a repository that checks itself, free of solutions."""

from pathlib import Path
from typing import Final

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from grader.assignment.beside import files_of
from grader.assignment.model import ANSWERS, CONFIG, HANDED_OUT, PUBLIC, Assignment
from grader.authoring.release.files import REQUIREMENTS, config, requirements
from grader.authoring.release.kept_answers import kept_answers
from grader.authoring.release.public_code import leaks, public_code
from grader.authoring.release.readme import readme
from grader.authoring.release.record_answers import Progress, up_to_date
from grader.authoring.release.student_notebook import read_reference, released_text, solution_lines
from grader.authoring.release.workflow import pipeline, workflow
from grader.authoring.translate import public_catalogues
from grader.errors import AssignmentError, UsageError
from grader.files import write_atomically
from grader.i18n import SOURCE, spoken
from grader.notebook.cell_map import CellMap
from grader.notebook.reading import read

WORKFLOW: Final = ".github/workflows/grade.yml"
PIPELINE: Final = ".gitlab-ci.yml"
# What running a notebook and a student's own work leave in the folder.
IGNORED: Final = ".venv/\n.ipynb_checkpoints/\n__pycache__/\n.cache/\ndata/\nfeedback/\n"


def publish(
    assignment: Assignment,
    out: Path,
    progress: Progress = lambda _told: None,
    *,
    language: str = SOURCE,
    beside: Path | None = None,
) -> list[Path]:
    """Write all that students get of an assignment into the folder `out`; return the files.

    `language` is the code of the one that the notebook and what surrounds it are written in,
    `beside` what was released of the same assignment in another. The same assignment gives the
    same bytes every time. Answers are recorded anew only where something has changed that they
    follow from. What `public/` holds besides is removed. Raises AssignmentError where the
    assignment cannot be released, and UsageError where `out` cannot be written to.
    """
    answers = out / PUBLIC / ANSWERS
    told = texts(assignment, language)
    files: dict[str, str | bytes] = dict(told)
    public = [text for path, text in told.items() if path.startswith(f"{PUBLIC}/")]
    for path, data in files_of(assignment).items():
        files[path] = data
        if any(path in text for text in public):
            # Public checks look for it beside them.
            files[f"{PUBLIC}/{path}"] = data
    if not up_to_date(answers, assignment):
        files[f"{PUBLIC}/{ANSWERS}"] = _answers(assignment, beside, progress)
    for name, content in files.items():
        _folder((out / name).parent)
        write_atomically(out / name, content)
    _remove_others(out / PUBLIC, {*(out / name for name in files), answers})
    return [
        *(out / name for name in files),
        *([] if answers in map(out.joinpath, files) else [answers]),
    ]


def _answers(assignment: Assignment, beside: Path | None, progress: Progress) -> bytes:
    known = beside / PUBLIC / ANSWERS if beside is not None else None
    if known is not None and up_to_date(known, assignment):
        return known.read_bytes()
    return kept_answers(assignment, progress)


def texts(assignment: Assignment, language: str = SOURCE) -> dict[str, str]:
    """Return all files but the recorded answers: their text by their path in the folder.

    Raises AssignmentError where one of them would hold a line of the solution.
    """
    source = assignment.reference
    student = nbformat.reads(released_text(source), as_version=4)
    secrets = solution_lines(read_reference(source))
    code = public_code(assignment.folder, secrets)
    with spoken(language, assignment.sources):
        told_readme = readme(assignment)
    files = {
        f"{assignment.name}.ipynb": notebook_text(assignment, language),
        "README.md": told_readme,
        REQUIREMENTS: requirements(assignment),
        CONFIG: config(assignment),
        ".gitignore": IGNORED,
        WORKFLOW: workflow(assignment),
        PIPELINE: pipeline(assignment),
        f"{PUBLIC}/{HANDED_OUT}": _text(_code_alone(student)),
        **{f"{PUBLIC}/{name}": text for name, text in code.items()},
        **{f"{PUBLIC}/{name}": text for name, text in public_catalogues(assignment, code)},
    }
    for name, text in files.items():
        found = leaks(text, secrets)
        if found:
            raise AssignmentError(f"{name} would hand out a line of the solution: {found[0]!r}.")
    return files


def notebook_text(assignment: Assignment, language: str = SOURCE) -> str:
    """Return the text of the notebook that students get. Raises AssignmentError as `texts` does."""
    student = nbformat.reads(released_text(assignment.reference, language), as_version=4)
    return _text(_with_check_cells(student, assignment))


def _code_alone(student: NotebookNode) -> NotebookNode:
    """Return the notebook's code: what the checks compare a submission with."""
    student.cells = [cell for cell in student.cells if cell.cell_type == "code"]
    return student


def _text(notebook: NotebookNode) -> str:
    return str(nbformat.writes(notebook)) + "\n"


def _folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be made a folder ({error.strerror}). Name another place."
        ) from error


def _remove_others(folder: Path, kept: set[Path]) -> None:
    """Remove the files of a former release: an outdated check could hold what is now hidden."""
    for path in folder.iterdir():
        if path.is_file() and path not in kept:
            path.unlink()


# Without the package, or somewhere that it cannot look from, the notebook goes on all the same.
_SOURCE: Final = """\
# Ask the public checks of what is defined so far. It never counts.
try:
    %load_ext grader
    %check {exercise}
except Exception as problem:
    print("To check yourself here: pip install -r requirements.txt, and restart.", problem)"""


def _with_check_cells(student: NotebookNode, assignment: Assignment) -> NotebookNode:
    """Return the notebook with a cell below each exercise that can be asked on its own.

    The cell stands after the one in which the reference has all that the exercise needs. The
    argument is changed.
    """
    cells = CellMap(read(assignment.reference))
    ids = [cell.id for cell in read(assignment.reference).cells]
    for exercise in assignment.exercises:
        ready = cells.ready(exercise.names) if exercise.unit else None
        below = next(
            (place for place, cell in enumerate(student.cells) if cell.id == _id(ids, ready)), None
        )
        if below is not None:
            cell = new_code_cell(_SOURCE.format(exercise=exercise.id), id=f"check-{exercise.id}")
            student.cells.insert(below + 1, cell)
    return student


def _id(ids: list[str], index: int | None) -> str | None:
    return ids[index] if index is not None else None
