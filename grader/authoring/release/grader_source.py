"""Where students and Gradescope get the grader from."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Final

from grader.assignment.model import Assignment
from grader.errors import UsageError

# https://packaging.python.org/en/latest/specifications/binary-distribution-format/#file-name-convention
_WHEEL: Final = re.compile(r"notebook_grader-[^-]+(-\d[^-]*)?-[^-]+-[^-]+-[^-]+\.whl")
_ADDRESS: Final = re.compile(r"(git\+)?(https|ssh|file)://\S+")


def coming_from(assignment: Assignment, source: str | None) -> tuple[Assignment, Path | None]:
    """Return the assignment with the grader coming from `source`, and the wheel to put beside it.

    `source` is an address or a wheel of the grader; None leaves it to the assignment's `install`.
    Raises UsageError where it is neither.
    """
    if source is None:
        return assignment, None
    path = Path(source)
    wheel = path if _WHEEL.fullmatch(path.name) and path.is_file() else None
    if wheel is None and not _ADDRESS.fullmatch(source):
        raise UsageError(
            f"--grader-from {source}: name a wheel of the grader that is there "
            "(notebook_grader-….whl), or an address: https://….whl, or git+https://…@TAG."
        )
    install = path.name if wheel is not None else source
    config = assignment.config.model_copy(update={"install": install})
    return replace(assignment, config=config), wheel
