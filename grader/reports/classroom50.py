"""A result as the points of Classroom 50's `result.json`.

The fields are those of
https://github.com/foundation50/classroom50/blob/main/schemas/result-v1.schema.json. Whose result it
is, and of which commit, only the job there knows: `autograder.py`, which `grader release
--classroom50` writes, adds that.
"""

import json
from collections.abc import Iterator
from math import ceil
from typing import Any, Final

from grader.reports.formats import Graded
from grader.reports.plain import check_text
from grader.reports.wording import scope
from grader.results.model import CheckResult, ExerciseResult, Result
from grader.text import one_line

# Points are multiples of a half, and numbers there are whole.
_HALVES: Final = 2


def write_report(graded: Graded) -> str:
    """Return the report of a result in this format."""
    return to_classroom50(graded.result)


def to_classroom50(result: Result) -> str:
    """Return the file's text.

    Every check is a test. Where one is worth half a point, all are counted in halves. Else what
    was given is rounded up in such a way that the whole is by less than a point too much; `points`
    has what it is. What is pending counts as not given yet, and says so.
    """
    checks = [(each, check) for each in result.exercises for check in each.checks]
    whole = all(float(check.max_points).is_integer() for _, check in checks)
    scale = 1 if whole else _HALVES
    tests = list(_tests(checks, scale))
    if tests:
        # What holds for all has no place of its own.
        tests[0]["output"] = "\n\n".join([*scope(result), tests[0]["output"]]).strip()
    fields = {
        "score": sum(each["score"] for each in tests),
        "max-score": sum(each["max-score"] for each in tests),
        "tests": tests,
    }
    return json.dumps(fields, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _tests(
    checks: list[tuple[ExerciseResult, CheckResult]], scale: int
) -> Iterator[dict[str, Any]]:
    given, told = 0.0, 0
    for exercise, check in checks:
        given += check.points * scale
        score, told = ceil(given) - told, ceil(given)
        test: dict[str, Any] = {
            "test-name": f"{one_line(exercise.title)}: {one_line(check.title)}",
            "passed": check.status == "passed",
            "score": score,
            "max-score": round(check.max_points * scale),
            "points": check.points,
            # Fields of one's own are kept there as they are.
            "output": check_text(check, one_line(exercise.id)),
        }
        yield test | ({"pending": check.pending} if check.pending else {})
