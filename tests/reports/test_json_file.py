"""A result as JSON: valid by the schema, stable, and strict when it is read back."""

import json
from dataclasses import replace

import jsonschema
import pytest
from hypothesis import given, settings

from grader.errors import UsageError
from grader.reports.json_file import from_json, to_json
from grader.results.model import Result
from grader.results.schema import schema_text
from tests.drawn_results import check, result, results
from tests.reports.examples import HOSTILE, everything

SCHEMA = jsonschema.Draft202012Validator(json.loads(schema_text()))


@settings(deadline=None, max_examples=40)
@given(results())
def test_every_result_follows_the_schema_and_comes_back_from_json(drawn: Result) -> None:
    """JSON is valid by the schema, loses nothing, and is the same text the second time."""
    text = to_json(drawn)
    SCHEMA.validate(json.loads(text))
    again = from_json(text)
    assert again == drawn
    assert to_json(again) == text
    text.encode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '"\\ud800"',
        to_json(result()).replace('"schema_version": 1', '"schema_version": 2'),
        to_json(result()).replace('"partial"', '"more": 1, "partial"'),
        to_json(result()).replace('"score": 0.0', '"score": NaN'),
        to_json(result(check())).replace('"score": 2.0', '"score": "2.0"'),
    ],
)
def test_what_is_no_result_is_refused_in_a_sentence(text: str) -> None:
    """A file of another kind, a newer version or a further field is the caller's to mend."""
    with pytest.raises(UsageError, match="Grade the notebook again"):
        from_json(text)


def test_a_result_of_a_former_version_is_read() -> None:
    """Its accuracy and its loss, which had fields of their own, are among its measures."""
    measured = replace(result(check()), measures={"accuracy": 0.5})
    former = json.loads(to_json(measured))
    former |= {**former.pop("measures"), "loss": None}
    assert from_json(json.dumps(former)) == measured


def test_a_fault_is_told_with_its_place() -> None:
    """The message says which field is wrong, without a traceback's noise."""
    text = to_json(result(check())).replace('"status": "passed"', '"status": "great"')
    with pytest.raises(UsageError, match=r"exercises\.0\.checks\.0\.status") as caught:
        from_json(text)
    assert "pydantic" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_json_is_stable_and_sorted() -> None:
    """Equal results are equal files, indented by two, ending in a newline."""
    text = to_json(everything(HOSTILE))
    assert text == to_json(from_json(text))
    assert text.endswith("\n}\n")
    assert text.startswith('{\n  "assignment": {\n    "name"')
