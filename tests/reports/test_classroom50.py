"""The points of Classroom 50's result.json, by the rules of its fields."""

import json
from dataclasses import replace
from typing import Any, Final

import jsonschema
import pytest
from hypothesis import example, given, settings

from grader.reports.classroom50 import to_classroom50
from grader.results.model import Result
from tests.drawn_results import results
from tests.reports.examples import HOSTILE, check, everything, exercise, result

pytestmark = pytest.mark.xdist_group("reports")

WHOLE = {"type": "integer", "minimum": 0}
TEXT = {"type": "string", "minLength": 1}
TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$"}
POINTS: Final[dict[str, Any]] = {
    "score": WHOLE,
    "max-score": WHOLE,
    "tests": {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["test-name", "passed", "score", "max-score"],
            "properties": {
                "test-name": TEXT,
                "passed": {"type": "boolean"},
                "score": WHOLE,
                "max-score": WHOLE,
            },
        },
    },
}
# https://github.com/foundation50/classroom50/blob/main/schemas/result-v1.schema.json, of August
# 2026; what its runner checks beyond it is in `assert_adds_up`.
RULES: Final[dict[str, Any]] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "schema": {"const": "classroom50/result/v1"},
        "classroom": TEXT,
        "assignment": TEXT,
        "assignment_type": {"enum": ["individual", "group"]},
        "owner": TEXT,
        "submission": {"type": "string", "pattern": "^submit/"},
        "commit": TEXT,
        "release": TEXT,
        "review": TEXT,
        "datetime": TIME,
        "graded_at": TIME,
        "submitted_by": {"type": "object"},
        **POINTS,
    },
}
RULES["required"] = sorted(set(RULES["properties"]) - {"graded_at", "submitted_by"})
SCHEMA = jsonschema.Draft202012Validator(RULES)
OF_POINTS = jsonschema.Draft202012Validator(
    {"type": "object", "additionalProperties": False, "properties": POINTS, "required": [*POINTS]}
)


def assert_adds_up(told: Any) -> None:
    """Hold what the schema cannot say: nothing is above its maximum, and tests add up."""
    for each in (told, *told["tests"]):
        assert each["score"] <= each["max-score"]
        assert type(each["score"]) is type(each["max-score"]) is int
    for field in ("score", "max-score"):
        assert told[field] == sum(each[field] for each in told["tests"])


@settings(deadline=None, max_examples=60)
@given(results())
@example(everything(HOSTILE))
def test_every_result_keeps_to_the_rules(drawn: Result) -> None:
    """Whole numbers that add up, by less than a point too much and never too little."""
    told = json.loads(to_classroom50(drawn))
    OF_POINTS.validate(told)
    assert_adds_up(told)
    scale = 1 if told["max-score"] == drawn.max_score else 2
    assert told["max-score"] == drawn.max_score * scale
    assert 0 <= told["score"] - drawn.score * scale < 1
    assert sum(each["points"] for each in told["tests"]) == drawn.score


def test_half_points_are_not_lost() -> None:
    """Those given round up in the sum alone; a check worth a half has all counted in halves."""
    partly = [replace(check("failed", 2, id=each), points=0.5) for each in "abc"]
    told = json.loads(to_classroom50(result(exercise(*partly))))
    assert [each["score"] for each in told["tests"]] == [1, 0, 1]
    assert (told["score"], told["max-score"]) == (2, 6)
    halves = json.loads(
        to_classroom50(result(exercise(check(points=0.5), check(points=2, id="b"))))
    )
    assert (halves["score"], halves["max-score"]) == (5, 5)


def test_what_is_pending_says_so(whole: Result) -> None:
    """It counts as not given yet, as no test passed, and how much it is stands beside it."""
    told = json.loads(to_classroom50(whole))
    waiting = [each for each in told["tests"] if "pending" in each]
    assert len(waiting) == 2
    assert sum(each["pending"] for each in waiting) == whole.pending
    assert not any(each["passed"] or each["score"] for each in waiting)
