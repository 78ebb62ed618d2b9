"""What a result promises: sums that add up, and a schema that tells the truth."""

import json
import math
from dataclasses import FrozenInstanceError

import jsonschema
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from grader import models
from grader.errors import UsageError
from grader.reports.json_file import from_json, to_json
from grader.results.model import ExerciseResult, Result
from grader.results.schema import SCHEMA_FILE, schema_text
from tests.drawn_results import POINTS, check, result, results


def test_the_published_schema_is_up_to_date() -> None:
    """The committed schema is the model's own; `python -m grader.results.schema` writes it."""
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text()


def test_the_schema_is_a_schema() -> None:
    """The schema names its draft, keeps to it, and allows no further fields."""
    schema = json.loads(schema_text())
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == "urn:notebook-grader:result:1"
    jsonschema.Draft202012Validator.check_schema(schema)
    models = [each for each in schema["$defs"].values() if "properties" in each]
    for model in [schema, *models]:
        assert model["additionalProperties"] is False
        assert sorted(model["required"]) == sorted(model["properties"])


@settings(deadline=None, max_examples=40)
@given(results(), st.sampled_from(["score", "max_score", "pending"]), POINTS)
def test_sums_that_do_not_add_up_are_refused(drawn: Result, field: str, points: float) -> None:
    """Neither a result nor an exercise can hold another sum than its parts have."""
    fields = json.loads(to_json(drawn))
    for whole in [fields, *fields["exercises"]]:
        right = whole[field]
        assume(points != right)
        whole[field] = points
        with pytest.raises(UsageError, match="parts sum to"):
            from_json(json.dumps(fields))
        whole[field] = right


@settings(deadline=None, max_examples=40)
@given(results())
def test_points_are_given_lost_or_pending(drawn: Result) -> None:
    """What a result is worth is what was given, what is pending and what was lost."""
    judged = [check for exercise in drawn.exercises for check in exercise.checks]
    assert drawn.max_score == drawn.score + drawn.pending + sum(each.lost for each in judged)


@pytest.mark.parametrize(
    ("status", "points", "pending", "lost"),
    [
        ("passed", 2, 0, 0),
        ("failed", 0, 0, 2),
        ("failed", 0.5, 0, 1.5),
        ("skipped", 0, 0, 2),
        ("review", 0, 2, 0),
        ("error", 0, 2, 0),
    ],
)
def test_where_the_points_of_a_check_go(
    status: str, points: float, pending: float, lost: float
) -> None:
    """Review and error leave points pending; only failed and skipped checks lose any."""
    judged = check(status=status, points=points)
    assert (judged.points, judged.pending, judged.lost) == (points, pending, lost)


@pytest.mark.parametrize(
    ("status", "points"),
    [
        ("passed", 1.5),
        ("passed", 0),
        ("failed", 2.5),
        ("skipped", 0.5),
        ("review", 2),
        ("error", 2),
        ("failed", -1),
        ("failed", 0.25),
        ("failed", math.nan),
        ("passed", math.inf),
    ],
)
def test_points_that_do_not_suit_the_status_are_refused(status: str, points: float) -> None:
    """A check cannot be passed without its points, nor have points that it was not given."""
    with pytest.raises(ValueError, match="points"):
        check(status=status, points=points)


def test_ids_are_different() -> None:
    """Two checks or exercises with one id are refused: reports tell them apart by it."""
    with pytest.raises(ValueError, match="same id"):
        ExerciseResult.of(id="linear", title="Linear", checks=[check("a"), check("a")])
    twice = ExerciseResult.of(id="linear", title="Linear", checks=[])
    fields = models.plain(result()) | {"exercises": [twice, twice]}
    with pytest.raises(ValueError, match="same id"):
        models.made(Result, fields)


@pytest.mark.parametrize(
    ("statuses", "status", "exit_status"),
    [
        ([], "graded", 0),
        (["passed", "failed", "skipped"], "graded", 0),
        (["failed", "review"], "review", 0),
        (["review", "error", "passed"], "error", 3),
    ],
)
def test_only_the_graders_own_failure_shows_in_the_exit_status(
    statuses: list[str], status: str, exit_status: int
) -> None:
    """Lost points are a graded notebook; a check in error is the grader's fault and ends with 3."""
    judged = [
        check(str(i), each, points=2 if each == "passed" else 0) for i, each in enumerate(statuses)
    ]
    graded = result(*judged)
    assert (graded.status, graded.exit_status) == (status, exit_status)


def test_results_cannot_be_changed() -> None:
    """A result stays what it was judged to be."""
    with pytest.raises(FrozenInstanceError):
        result().score = 100  # type: ignore[misc]
