"""Gradescope's results.json, by the rules of its fields."""

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import example, given, settings

from grader.reports.gradescope import to_gradescope
from grader.results.model import Result
from tests.drawn_results import results
from tests.reports.examples import HOSTILE, everything

pytestmark = pytest.mark.xdist_group("reports")

FORMATS = {"enum": ["text", "html", "simple_format", "md", "ansi"]}
VISIBILITY = {"enum": ["hidden", "after_due_date", "after_published", "visible"]}
NUMBER = {"type": "number"}
TEXT = {"type": "string"}
# https://gradescope-autograders.readthedocs.io/en/latest/specs/#output-format
RULES: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "score": NUMBER,
        "execution_time": NUMBER,
        "output": TEXT,
        "output_format": FORMATS,
        "test_output_format": FORMATS,
        "test_name_format": FORMATS,
        "visibility": VISIBILITY,
        "stdout_visibility": VISIBILITY,
        "extra_data": {"type": "object"},
        "leaderboard": {"type": "array"},
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "score": NUMBER,
                    "max_score": NUMBER,
                    "status": {"enum": ["passed", "failed"]},
                    "name": TEXT,
                    "name_format": FORMATS,
                    "number": TEXT,
                    "output": TEXT,
                    "output_format": FORMATS,
                    "tags": {"type": "array", "items": TEXT},
                    "visibility": VISIBILITY,
                    "extra_data": {"type": "object"},
                },
            },
        },
    },
    # The score is that of the whole or stands at every test.
    "anyOf": [
        {"required": ["score"]},
        {"properties": {"tests": {"items": {"required": ["score"]}}}, "required": ["tests"]},
    ],
}
SCHEMA = jsonschema.Draft202012Validator(RULES)


@settings(deadline=None, max_examples=40)
@given(results())
@example(everything(HOSTILE))
def test_every_result_keeps_to_the_rules(drawn: Result) -> None:
    """Fields, types and words are Gradescope's, text is shown as text, and the score is given."""
    read = json.loads(to_gradescope(drawn))
    SCHEMA.validate(read)
    assert read["score"] == drawn.score
    assert {read[f"{each}output_format"] for each in ("", "test_")} == {"text"}
    assert read["test_name_format"] == "text"
    assert sum(len(each.checks) for each in drawn.exercises) == len(read["tests"])


def test_what_is_pending_is_neither_passed_nor_lost(whole: Result) -> None:
    """A check that waits has no score and no status, and its name says that it waits."""
    read = json.loads(to_gradescope(whole))
    waiting = [each for each in read["tests"] if "score" not in each]
    assert len(waiting) == 2
    assert not any("status" in each or "max_score" in each for each in waiting)
    assert "neither given nor lost" in waiting[0]["name"]
    given_points = sum(each.get("score", 0) for each in read["tests"])
    assert given_points == read["score"] == pytest.approx(whole.score)
