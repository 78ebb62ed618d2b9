"""The score of a submission over time, told from the result that stood where the new one will.

It goes from result to result, so that nothing else needs to be kept, and nothing is told that the
student has not been told before.
"""

import stat
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from grader.errors import UsageError
from grader.reports.json_file import from_json
from grader.results.model import Grading, Result

# Who grades after every change wants to see the last ones.
MOST: Final = 50
# A result with all its examples and pictures is far smaller.
_LARGEST: Final = 32 * 2**20


def continued(result: Result, places: Iterable[Path], now: datetime | None = None) -> Result:
    """Return `result` with the gradings that the former results at `places` tell, and its own.

    Only a result of the same file, by its path, for the same assignment counts. A grading of some
    exercises or without the training is none; one of an unchanged file takes the place of the last.
    """
    every = (_told(result, place) for place in places)
    before = next((found for found in every if found), ())
    if result.partial or result.quick:
        return replace(result, history=before)
    moment = (now or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
    digest = result.submission.sha256
    if before and before[-1].sha256 == digest:
        before, moment = before[:-1], before[-1].date
    own = Grading(
        date=moment,
        score=result.score,
        max_score=result.max_score,
        pending=result.pending,
        sha256=digest,
    )
    return replace(result, history=(*before, own)[-MOST:])


def _told(result: Result, place: Path) -> tuple[Grading, ...]:
    """Return the gradings that the result in a file tells, none where it is another's."""
    try:
        mode = place.lstat()
        # A link that a student made could lead to somebody else's.
        if not stat.S_ISREG(mode.st_mode) or mode.st_size > _LARGEST:
            return ()
        former = from_json(place.read_bytes())
    except (OSError, UsageError):
        return ()
    same = former.submission.path == result.submission.path
    return former.history if same and former.assignment.name == result.assignment.name else ()
