"""GitHub annotations, read by the grammar of workflow commands, at the right lines."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grader.reports.github import to_annotations
from grader.results.model import Note, Result
from tests.reports.courses import SPOILING
from tests.reports.examples import HOSTILE, TEXTS, check, everything, exercise, result

pytestmark = pytest.mark.xdist_group("reports")

# As the runner reads a line: a command, properties with commas between, and after "::" the data.
# https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions
COMMAND = re.compile(r"::(?P<name>[a-z-]+)(?: (?P<properties>[^\r\n]*?))?::(?P<data>[^\r\n]*)")
PROPERTY = re.compile(r"(?P<name>[a-zA-Z]+)=(?P<value>[^:,\r\n]*)")
NAMES = {"file", "line", "endLine", "col", "endColumn", "title"}


class Command(NamedTuple):
    """A workflow command as the runner understands it."""

    name: str
    properties: dict[str, str]
    data: str


def unescaped(text: str, *codes: str) -> str:
    """Return text with these escapes undone, the percent sign's last, as the runner does."""
    for code in (*codes, "%0D", "%0A", "%25"):
        text = text.replace(code, chr(int(code[1:], 16)))
    return text


def commands(text: str) -> list[Command]:
    """Return the commands of a text that has nothing but commands, one a line."""
    assert not text or text.endswith("\n")
    read = []
    for line in text.split("\n")[:-1]:
        match = COMMAND.fullmatch(line)
        assert match, line
        assert not re.search("%(?!25|0D|0A|3A|2C)", line), line
        parts = [PROPERTY.fullmatch(part) for part in match["properties"].split(",")]
        properties = {
            part["name"]: unescaped(part["value"], "%3A", "%2C") for part in parts if part
        }
        assert len(properties) == len(parts), line
        assert set(properties) <= NAMES
        read.append(Command(match["name"], properties, unescaped(match["data"])))
    return read


@settings(deadline=None)
@given(TEXTS, st.integers(1, 3))
@example(HOSTILE, 1)
@example(SPOILING, 1)
@example("a%0A::error::b, c: %25 \r\n::stop-commands::x", 2)
def test_whatever_is_told_stays_in_its_annotation(text: str, exercises: int) -> None:
    """No text ends its command, begins another or gets into another property."""
    graded = everything(text)
    read = commands(to_annotations(graded, "{}") * exercises)
    assert len(read) == 4 * exercises
    assert {each.name for each in read} == {"error", "warning"}
    for each in read:
        assert set(each.properties) == {"file", "line", "title"}
        assert each.properties["file"] == graded.submission.path
        assert each.properties["line"] == "1"


def test_skipped_checks_are_one_line() -> None:
    """What failed is told in full, and what builds on it as how many that are."""
    checks = [
        check("failed", message="It is None."),
        *[check("skipped", id=each) for each in "abc"],
    ]
    (told,) = commands(to_annotations(result(exercise(*checks)), "{}"))
    assert told.data.splitlines() == [
        "✗ It works. It is None.",
        "- 3 checks skipped (12 points lost): they build on what did not pass above.",
    ]


def test_an_annotation_points_at_its_cell(real: Result, typical: Path) -> None:
    """The line is that on which the exercise's cell begins in the notebook's file."""
    text = typical.read_text("utf-8")
    read = commands(to_annotations(real, text))
    lines = text.splitlines()
    linear, relu = (int(each.properties["line"]) - 1 for each in read)
    assert any("class Linear" in line for line in lines[linear : linear + 3])
    assert any("class ReLU" in line for line in lines[relu : relu + 3])
    assert read[0].properties["title"] == "The Linear layer: 32 of 40 points"
    assert read[0].data.count("✗") == 3
    assert "zeros written into the input" in read[1].data


def test_no_more_are_written_than_are_shown() -> None:
    """GitHub shows ten of a kind: the tenth says how many more there are."""
    many = [exercise(check("failed"), name=f"e{number}") for number in range(13)]
    read = commands(to_annotations(result(*many, notes=[Note(text="x")]), "{}"))
    assert len(read) == 10
    assert read[-1].data.endswith("There are 3 more of these.")
