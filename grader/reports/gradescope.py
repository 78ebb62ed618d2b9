"""A result as Gradescope's `results.json`.

The fields are those of https://gradescope-autograders.readthedocs.io/en/latest/specs/.
"""

import json
from typing import Any

from grader.i18n import _
from grader.reports.formats import Graded
from grader.reports.plain import check_text, mistake_text
from grader.reports.wording import cells_that_failed, cost, scope, score, told_once
from grader.results.model import CheckResult, ExerciseResult, Result
from grader.text import one_line, printable


def write_report(graded: Graded) -> str:
    """Return the report of a result in this format."""
    return to_gradescope(graded.result)


def to_gradescope(result: Result) -> str:
    """Return the file's text.

    Every check is a test that the student may see, its output plain text. The score of the whole
    is given, so what is pending has neither a score nor a status of its own: it is not lost.
    """
    fields = {
        "score": result.score,
        "execution_time": round(result.seconds),
        "output": _output(result),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": {
            "sha256": result.submission.sha256,
            "assignment_version": result.assignment.version,
            "grader_version": result.grader_version,
            "pending": result.pending,
        },
        "tests": [
            _test(check, exercise, f"{place}.{number}")
            for place, exercise in enumerate(told_once(result.exercises), start=1)
            for number, check in enumerate(exercise.checks, start=1)
        ],
    }
    return json.dumps(fields, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _output(result: Result) -> str:
    parts = [score(result)]
    told = [mistake_text(exercise) for exercise in result.exercises]
    parts += [text for text in told if text]
    failed = list(cells_that_failed(result.cells))
    if failed:
        parts.append("\n".join([f"{_('Cells that did not run to their end')}:", *failed]))
    parts += scope(result)
    return printable("\n\n".join(parts))


def _test(check: CheckResult, exercise: ExerciseResult, number: str) -> dict[str, Any]:
    name = f"{one_line(exercise.title)}: {one_line(check.title)}"
    output = check_text(check, one_line(exercise.id))
    pending = check.status in ("review", "error")
    test: dict[str, Any] = {
        "name": f"{name} ({cost(check)})" if pending else name,
        "number": number,
        "output": output,
        "tags": [one_line(exercise.id)],
        "visibility": "visible",
    }
    if not pending:
        test |= {
            "score": check.points,
            "max_score": check.max_points,
            "status": "passed" if check.status == "passed" else "failed",
        }
    return test
