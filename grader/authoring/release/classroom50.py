"""An autograder for Classroom 50: the folder of an assignment in a classroom's `autograders/`.

https://github.com/foundation50/classroom50/wiki/Advanced-Autograding: the classroom's folder in
the organisation's `classroom50` repository has one for each assignment, in which `autograder.py`
is called for each submission. All that lies beside it is published on GitHub Pages, as a
compressed archive, where anybody can fetch it: it must be what students have anyway.
"""

import io
import json
import re
import tarfile
from pathlib import Path
from typing import Final

from grader.assignment.beside import files_of
from grader.assignment.model import CONFIG, HANDED_OUT, PUBLIC, Assignment
from grader.authoring.release.files import REQUIREMENTS, requirements
from grader.authoring.release.filling import TEMPLATES, Filled, hand_in
from grader.authoring.release.workflow import CPU_TORCH, needs_torch
from grader.errors import UsageError

FOLDER: Final = "autograders"
RUNTIME: Final = "runtime.json"

# A job there ends after 15 minutes; installing PyTorch takes some of them.
STOP_SECONDS: Final = 600
CELLS_SECONDS: Final = 240
# The runner fetches no larger archive.
MOST_BYTES: Final = 10 * 2**20

# What the job's machine is to have: without it Classroom 50 takes a Python that is too new.
_RUNTIME: Final = {"python": "3.12", "apt": ["bubblewrap", "libseccomp2"]}
_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9-]{1,38}")


def slug(assignment: Assignment) -> str:
    """Return what the assignment is called there. Raises UsageError where it cannot be."""
    made = assignment.name.lower().replace("_", "-")
    if not _SLUG.fullmatch(made):
        raise UsageError(
            f"{assignment.name} cannot be called so in Classroom 50, whose names have 2 to 39 "
            "letters, digits and hyphens: rename it."
        )
    return made


def autograder(
    assignment: Assignment, released: Path, wheel: Path | None = None
) -> dict[str, bytes]:
    """Return the files of the assignment's folder there, by their paths in it.

    `released` is what students get of it, `wheel` the grader's where the requirements name one
    beside them. Raises UsageError where Classroom 50 would not take them.
    """
    kept = [released / CONFIG, *(path for path in (released / PUBLIC).rglob("*") if path.is_file())]
    kept += [released / name for name in files_of(assignment)]
    files = {path.relative_to(released).as_posix(): path.read_bytes() for path in sorted(kept)}
    files["autograder.py"] = _script(assignment).encode()
    files[REQUIREMENTS] = requirements(assignment).replace("jupyterlab\n", "").encode()
    files[RUNTIME] = (json.dumps(_RUNTIME, indent=2) + "\n").encode()
    if wheel is not None:
        files[wheel.name] = wheel.read_bytes()
    packed = _packed(files)
    if packed > MOST_BYTES:
        raise UsageError(
            f"Classroom 50 takes at most {MOST_BYTES // 2**20} MiB for an assignment, and "
            f"{assignment.name} has {packed / 2**20:.0f}: hand out less beside the notebook, or "
            "make it a data set."
        )
    return files


def _script(assignment: Assignment) -> str:
    quick = assignment.config.training is not None
    total_seconds = min(assignment.config.limits.total_seconds, CELLS_SECONDS)
    worth = [check.points for each in assignment.exercises for check in each.checks]
    halves = any(not float(each).is_integer() for each in worth)
    torch = {"PIP_EXTRA_INDEX_URL": CPU_TORCH} if needs_torch(assignment) else {}
    known = {
        "name": assignment.name,
        "points": f"{sum(worth) * (2 if halves else 1):g}",
        "handed_out": json.dumps([PUBLIC, HANDED_OUT]),
        "options": json.dumps(["--quick"] * quick + ["--total-seconds", f"{total_seconds:g}"]),
        "stop_seconds": str(STOP_SECONDS),
        "packages": json.dumps(torch),
        "hand_in": hand_in(),
    }
    text = (TEMPLATES / "classroom50" / "autograder.py.template").read_text("utf-8")
    return Filled(text).substitute(known)


def _packed(files: dict[str, bytes]) -> int:
    """Return how many bytes the archive has that Classroom 50 makes of them."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getbuffer().nbytes
