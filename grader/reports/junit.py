"""A result as JUnit XML, the form in which CI systems read tests.

It keeps to what both the schema for Apache Ant and that of Jenkins' xUnit plugin accept: each
exercise is a suite, each check a case in it.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from grader.reports.formats import Graded, Refused
from grader.reports.plain import check_text, mistake_text
from grader.reports.wording import REFUSED, scope, told_once
from grader.results.model import CheckResult, ExerciseResult, Result
from grader.text import one_line, printable

# What XML 1.0 can hold: https://www.w3.org/TR/xml/#charsets
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_report(graded: Graded) -> str:
    """Return the report of a result in this format."""
    return to_junit(graded.result)


def write_refusal(refused: Refused) -> str:
    """Return what says why a submission was not graded."""
    what = _name(refused.name, "submission")
    suite = _begun(what, what, ["error"], 0, 0.0, _moment(None))
    ET.SubElement(suite, "properties")
    case = ET.SubElement(suite, "testcase", classname=what, name=REFUSED, time="0.000")
    ET.SubElement(case, "error", type=REFUSED, message=_clean(one_line(refused.sentence)))
    ET.SubElement(suite, "system-out")
    ET.SubElement(suite, "system-err")
    return _document([suite])


def to_junit(result: Result, at: datetime | None = None) -> str:
    """Return `result` as XML, graded at a time which is now if it is not given.

    A failed check is a failure, one on which the grader failed an error; checks that were skipped
    or wait for a person are skipped. The first suite carries the time that grading took.
    """
    moment = _moment(at)
    seconds = result.seconds
    suites = []
    for place, exercise in enumerate(told_once(result.exercises)):
        suites.append(_suite(exercise, result, place, 0.0 if place else seconds, moment))
    return _document(suites)


def _moment(at: datetime | None) -> str:
    return (at or datetime.now(UTC)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _document(suites: Iterable[ET.Element]) -> str:
    root = ET.Element("testsuites")
    root.extend(suites)
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _suite(
    exercise: ExerciseResult, result: Result, place: int, seconds: float, moment: str
) -> ET.Element:
    statuses = [check.status for check in exercise.checks]
    name, package = _name(exercise.title, exercise.id), _name(result.submission.name, "submission")
    suite = _begun(name, package, statuses, place, seconds, moment)
    properties = ET.SubElement(suite, "properties")
    for name, value in _properties(exercise, result):
        ET.SubElement(properties, "property", name=name, value=value)
    for check in exercise.checks:
        suite.append(_case(check, exercise, result))
    ET.SubElement(suite, "system-out").text = _clean(mistake_text(exercise))
    ET.SubElement(suite, "system-err")
    return suite


def _begun(
    name: str, package: str, statuses: Sequence[str], place: int, seconds: float, moment: str
) -> ET.Element:
    """Return a suite without its cases, which come to `statuses`."""
    return ET.Element(
        "testsuite",
        name=name,
        package=package,
        id=str(place),
        timestamp=moment,
        hostname="localhost",
        tests=str(len(statuses)),
        failures=str(statuses.count("failed")),
        errors=str(statuses.count("error")),
        skipped=str(statuses.count("skipped") + statuses.count("review")),
        time=f"{seconds:.3f}",
    )


def _properties(exercise: ExerciseResult, result: Result) -> Iterable[tuple[str, str]]:
    yield "score", f"{exercise.score:g}"
    yield "max_score", f"{exercise.max_score:g}"
    yield "pending", f"{exercise.pending:g}"
    yield "assignment_version", _clean(one_line(result.assignment.version))
    yield "sandbox", _clean(one_line(result.sandbox))
    if scope(result):
        yield "scope", _clean(one_line(" ".join(scope(result))))


def _case(check: CheckResult, exercise: ExerciseResult, result: Result) -> ET.Element:
    # CI systems show classes by their packages, which dots separate.
    kind = f"{_name(result.assignment.name, 'assignment')}.{_name(exercise.id, 'exercise')}"
    title = f"{check.id}: {check.title}"
    case = ET.Element("testcase", classname=kind, name=_name(title, "check"), time="0.000")
    if check.status in ("skipped", "review"):
        ET.SubElement(case, "skipped", message=_clean(one_line(check.message)))
    elif check.status in ("failed", "error"):
        outcome = "failure" if check.status == "failed" else "error"
        message = _clean(one_line(check.message))
        told = ET.SubElement(case, outcome, type=check.status, message=message)
        told.text = _clean(check_text(check, exercise.id))
    elif check.comment:
        ET.SubElement(case, "system-out").text = _clean(check.comment)
    return case


def _name(text: str, otherwise: str) -> str:
    return _clean(one_line(text)) or otherwise


def _clean(text: str) -> str:
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", printable(text))
