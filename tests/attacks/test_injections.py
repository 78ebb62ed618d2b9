"""Attacks on whoever reads a report gain nothing, in any format."""

import json

import pytest
from click.testing import CliRunner

from grader.cli import grade
from grader.reports.formats import FORMATS
from tests.attacks.attack import RUNGS
from tests.attacks.injections import INJECTIONS, TERMINAL, Injection
from tests.attacks.readers import outcomes, reports
from tests.attacks.table import FILE, ended, told

pytestmark = pytest.mark.xdist_group("injections")

# What each would do if a report held it as it is.
RAW = {
    "steer a terminal": ("markdown", "{}"),
    "reverse the order of text": ("html", "<p>{}</p>"),
    "run a script in a page": ("html", "<p>{}</p>"),
    "link and show pictures": ("markdown", "{}"),
    "calculate in a table": ("csv", "{}"),
    "give orders to a workflow": (TERMINAL, "{}"),
    "break a file's form": ("junit", "<a>{}</a>"),
}


@pytest.mark.parametrize("injection", INJECTIONS, ids=lambda each: each.slug)
def test_an_injection_is_text(injection: Injection) -> None:
    """What a student wrote is text in each report, whatever it would be elsewhere."""
    outcome = outcomes()[injection.slug]
    assert not outcome.won, outcome.how


@pytest.mark.parametrize("injection", INJECTIONS, ids=lambda each: each.slug)
def test_an_injection_is_found(injection: Injection) -> None:
    """In a report that takes text as it is, each is found: the suite can fail."""
    name, frame = RAW[injection.name]
    assert injection.done({**reports(), name: frame.format(injection.text)}) == [name]


@pytest.mark.parametrize("name", [*FORMATS, "csv", TERMINAL])
def test_the_texts_have_reached_the_reports(name: str) -> None:
    """Each report tells something of what the student wrote, so that it could do harm there."""
    assert "canary" in reports()[name]


def test_the_students_own_cells_come_back_as_they_were() -> None:
    """The notebook with the feedback has the student's cells unchanged."""
    kept = [
        "".join(cell["source"])
        for cell in json.loads(reports()["notebook"])["cells"]
        if cell["cell_type"] == "code"
    ]
    assert any("canary" in source for source in kept)


def test_the_page_of_attacks_is_true() -> None:
    """The docs list each injection with what came of it."""
    page = FILE.read_text("utf-8")
    for rung in RUNGS:
        for each in INJECTIONS:
            assert told(page, each, rung) == ended(each, rung, outcomes()[each.slug]), each.name


def test_an_error_message_is_clean_text() -> None:
    """A file that cannot be used is named without what its name would do to a terminal."""
    done = CliRunner().invoke(grade, ["/nowhere/\x1b[2J\u202ea.ipynb"])
    assert "/nowhere/a.ipynb" in done.output
