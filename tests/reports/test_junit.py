"""JUnit XML: by the rules of the schemas, whatever is reported, and read by a CI's own library."""

from pathlib import Path

import junitparser
import pytest
import xmlschema
from hypothesis import example, given, settings

from grader.reports.junit import to_junit
from grader.results.model import Result
from tests.drawn_results import check, result, results
from tests.reports.courses import SPOILING
from tests.reports.examples import HOSTILE, everything

pytestmark = pytest.mark.xdist_group("reports")

SCHEMA = xmlschema.XMLSchema(Path(__file__).with_name("junit.xsd"))


@settings(deadline=None, max_examples=40)
@given(results())
@example(everything(HOSTILE))
@example(everything(SPOILING))
@example(everything("\ufffe\x00]]>&amp;"))
def test_every_result_keeps_to_the_schema(drawn: Result) -> None:
    """Whatever a result holds, the file is well-formed and valid."""
    SCHEMA.validate(to_junit(drawn))


@pytest.mark.parametrize(
    ("old", "new"), [('time="', 'tyme="'), ('tests="1"', 'tests="one"'), ("<properties>", "<p/>")]
)
def test_the_schema_refuses_what_is_none(old: str, new: str) -> None:
    """A file with another attribute, a word for a number or another element is not valid."""
    text = to_junit(result(check())).replace(old, new).replace("</properties>", "")
    with pytest.raises((xmlschema.XMLSchemaException, SyntaxError)):
        SCHEMA.validate(text)


def test_a_ci_reads_the_same_numbers(whole: Result) -> None:
    """Suites are exercises, cases are checks, and each outcome is what the check's status says."""
    suites = list(junitparser.JUnitXml.fromstring(to_junit(whole).encode()))
    assert [each.name for each in suites] == [each.title for each in whole.exercises]
    for suite, exercise in zip(suites, whole.exercises, strict=True):
        statuses = [each.status for each in exercise.checks]
        assert suite.tests == len(list(suite)) == len(statuses)
        assert suite.failures == statuses.count("failed")
        assert suite.errors == statuses.count("error")
        assert suite.skipped == statuses.count("skipped") + statuses.count("review")
        for case, each in zip(suite, exercise.checks, strict=True):
            kinds = [type(outcome).__name__ for outcome in case.result]
            expected = {"passed": [], "failed": ["Failure"], "error": ["Error"]}
            assert kinds == expected.get(each.status, ["Skipped"])
    failed = next(case for case in suites[0] if case.result)
    assert "What has already been divided" in failed.result[0].text
