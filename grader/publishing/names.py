"""What feedback files are called, so that a platform knows whose they are."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Final, Literal

from grader.collecting.roster import Person as Student
from grader.publishing.matching import plain
from grader.results.identity import SUFFIX, file_stem
from grader.text import one_line

Platform = Literal["moodle", "canvas", "nbgrader", "gradescope"]
PLATFORMS: Final[tuple[Platform, ...]] = ("moodle", "canvas", "nbgrader", "gradescope")

# `Anna Lee_1234_assignsubmission_file_`, a folder or the beginning of a file's name; since Moodle
# 4.1 folders end without the last bar.
_MOODLE: Final = re.compile(
    r"(?P<folder>[^_/]+_\d+_assignsubmission_(?:file|onlinetext)(?:_|$))(?P<file>.*)", re.DOTALL
)
# `leeanna_LATE_12345_67890_nn-2.ipynb`: the student's number at Canvas, and the file's.
_CANVAS: Final = re.compile(r"[^_/]+(?:_LATE)?_\d+_(?:question_\d+_)?\d+_.+", re.DOTALL)
# `anna+ps1+2026-11-28 12:30:05.123456 UTC`, a folder of nbgrader's exchange.
_INBOUND: Final = re.compile(r"(?P<who>[^+]+)\+(?P<assignment>[^+]+)\+\d{4}-.*", re.DOTALL)
# The folder of all submissions in nbgrader's course.
_SUBMITTED: Final = "submitted"
_PARTICIPANT: Final = re.compile(r"participant (\d+)", re.IGNORECASE)
# The beginning of names that Moodle leaves out.
_HIDDEN: Final = (".", "~")


def feedback_name(
    platform: Platform, student: Student, parts: Sequence[str], suffix: str, above: int = 0
) -> str | None:
    """Return the path of a student's feedback in what the platform gets, None where none will do.

    `parts` are the names in the path that the notebook had in the platform's download, for
    gradescope those of its own path, and `suffix` what the format's files end in. So many of the
    names as `above` lead to the download. What says whose the notebook is stands before what the
    student has named, and so the first that could say it does.
    """
    stem = PurePosixPath(parts[-1]).stem if parts else "feedback"
    if platform == "moodle":
        return _moodle(student, parts, stem, suffix)
    if platform == "canvas":
        return _canvas(parts[above:], suffix)
    if platform == "nbgrader":
        return _nbgrader(student, parts[max(above - 2, 0) :], min(above, 2), suffix)
    return f"{_folder(student.id)}/{_fit(stem)}{suffix}"


def _moodle(student: Student, parts: Sequence[str], stem: str, suffix: str) -> str | None:
    for part in parts:
        found = _MOODLE.fullmatch(part)
        if found is None or part != one_line(part):
            continue
        if found["file"]:
            return f"{found['folder']}{PurePosixPath(found['file']).stem}{suffix}"
        return f"{part}/{_fit(stem)}{suffix}"
    # A grading worksheet has the number as well, and whoever typed his text in has no file.
    for title, cell in student.extras.items():
        numbered = _PARTICIPANT.fullmatch(str(cell).strip())
        if plain(title) == "identifier" and numbered is not None:
            name = one_line(student.name).replace("_", " ").replace("/", " ") or "Participant"
            return f"{name}_{numbered[1]}_assignsubmission_file_/{_fit(stem)}{suffix}"
    return None


def _canvas(parts: Sequence[str], suffix: str) -> str | None:
    for part in parts:
        if _CANVAS.fullmatch(part) and part == one_line(part):
            # A notebook goes back as the one that it was.
            ending = SUFFIX if suffix.endswith(SUFFIX) else suffix
            return f"{PurePosixPath(part).stem}{ending}"
    return None


def _nbgrader(student: Student, parts: Sequence[str], above: int, suffix: str) -> str | None:
    """Return the path below nbgrader's `feedback/`: student, assignment, notebook.

    A student's folder and an assignment's may be named themselves, and stand above.
    """
    inbound = next(filter(None, map(_INBOUND.fullmatch, parts[:-1])), None)
    if inbound is not None:
        whose: Sequence[str] = (inbound["who"], inbound["assignment"])
    else:
        at = _own_folder(student, parts[:-2], above)
        whose = parts[at : at + 2]
        if at + 2 >= len(parts):
            return None
    names = (*whose, f"{PurePosixPath(parts[-1]).stem}{suffix}")
    if any(each != one_line(each) or each in (".", "..") for each in names):
        return None
    return "/".join(names)


def _own_folder(student: Student, parts: Sequence[str], above: int) -> int:
    """Return which of folders is a student's: the first that is called so, or as nbgrader does."""
    known = (student.id, student.email.partition("@")[0], *student.extras.values())
    for at, part in enumerate(parts):
        if part and part in known:
            return at
    return parts.index(_SUBMITTED) + 1 if _SUBMITTED in parts else above


def _fit(stem: str) -> str:
    """Return the stem of a file's name that is shown as it is."""
    shown = one_line(stem).replace("/", "_").replace("\\", "_")
    return shown.lstrip("".join(_HIDDEN)) or "feedback"


def _folder(identifier: str) -> str:
    """Return the folder of a student: the identifier itself where it can be a folder's name."""
    usual = re.fullmatch(r"[\w@+-][\w@+. -]*", identifier) and not identifier.endswith((".", " "))
    return identifier if usual else file_stem(identifier) or "_"
