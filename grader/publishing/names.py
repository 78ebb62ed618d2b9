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
_PARTICIPANT: Final = re.compile(r"participant (\d+)", re.IGNORECASE)
# The beginning of names that Moodle leaves out.
_HIDDEN: Final = (".", "~")


def feedback_name(
    platform: Platform, student: Student, parts: Sequence[str], suffix: str
) -> str | None:
    """Return the path of a student's feedback in what the platform gets, None where none will do.

    `parts` are the names in the path that the notebook had in the platform's download, for
    gradescope those of its own path, and `suffix` what the format's files end in.
    """
    stem = PurePosixPath(parts[-1]).stem if parts else "feedback"
    if platform == "moodle":
        return _moodle(student, parts, stem, suffix)
    if platform == "canvas":
        return _canvas(parts, suffix)
    if platform == "nbgrader":
        return _nbgrader(parts, stem, suffix)
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
    for part in reversed(parts):
        if _CANVAS.fullmatch(part) and part == one_line(part):
            # A notebook goes back as the one that it was.
            ending = SUFFIX if suffix.endswith(SUFFIX) else suffix
            return f"{PurePosixPath(part).stem}{ending}"
    return None


def _nbgrader(parts: Sequence[str], stem: str, suffix: str) -> str | None:
    """Return the path below nbgrader's `feedback/`: student, assignment, notebook."""
    if len(parts) >= 2 and (found := _INBOUND.fullmatch(parts[-2])):
        whose = (found["who"], found["assignment"])
    elif len(parts) >= 3:
        whose = (parts[-3], parts[-2])
    else:
        return None
    names = (*whose, f"{stem}{suffix}")
    if any(each != one_line(each) or each in (".", "..") for each in names):
        return None
    return "/".join(names)


def _fit(stem: str) -> str:
    """Return the stem of a file's name that is shown as it is."""
    shown = one_line(stem).replace("/", "_").replace("\\", "_")
    return shown.lstrip("".join(_HIDDEN)) or "feedback"


def _folder(identifier: str) -> str:
    """Return the folder of a student: the identifier itself where it can be a folder's name."""
    usual = re.fullmatch(r"[\w@+-][\w@+. -]*", identifier) and not identifier.endswith((".", " "))
    return identifier if usual else file_stem(identifier) or "_"
