"""A result as a JSON file, the form that other programs read."""

import json

from grader import models
from grader.errors import UsageError
from grader.models import UnfitError
from grader.reports.formats import Graded
from grader.results.model import Result, renewed


def write_report(graded: Graded) -> str:
    """Return the report of a result in this format."""
    return to_json(graded.result)


def to_json(result: Result) -> str:
    """Return `result` as JSON, the same text for equal results, ending in a newline."""
    fields = models.plain(result)
    text = json.dumps(fields, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return text + "\n"


def from_json(text: str | bytes) -> Result:
    """Return the result that `to_json` wrote as `text`.

    Raises UsageError if `text` is no JSON, or JSON that is not a result
    as this version of the grader understands it.
    """
    try:
        return models.loads(Result, renewed(text))
    except UnfitError as unfit:
        where = f"at {'.'.join(map(str, unfit.place))}: " if unfit.place else ""
        raise UsageError(
            f"This is not a result that this version of the grader can read ({where}"
            f"{unfit.what}). Grade the notebook again to get a new one."
        ) from unfit
