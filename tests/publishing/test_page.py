"""The page on publishing shows what its commands print."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from grader.cli import grader
from grader.collecting.roster import Person as Student
from grader.gradebook.attempts import Delivery, enrol, record, take_assignment
from grader.gradebook.book import Gradebook
from grader.gradebook.decisions import decide
from grader.gradebook.tables import Attempt, Grading
from tests.docs.pages import Block, blocks, simple
from tests.gradebook.made import result
from tests.notebooks import ROOT
from tests.publishing.platforms import TOKEN, Platform, served

PAGE = ROOT / "docs" / "publishing.md"
SHOWN = [each for each in blocks(PAGE) if each.language == "console"]
EXPORT = (
    "\ufeffStudent,ID,SIS Login ID,Section,Assignment 1 (1234),Final Score\r\n"
    "    Points Possible,,,,10,(read only)\r\n"
    '"Lee, Anna",501,anna,CS-1,,90\r\n'
    '"Petrov, Boris",502,boris,CS-1,3.00,45\r\n'
    '"Student, Test",505,5a1b,CS-1,,\r\n'
)
# The day before the moment that the page names, and the day after it, in whichever zone.
BEFORE, AFTER = (datetime(2026, 11, 29, 11, tzinfo=UTC), datetime(2026, 12, 2, 11, tzinfo=UTC))


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    """Lay out the class of the page, go there, and serve Canvas."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GRADER_CANVAS_TOKEN", TOKEN)
    book = Gradebook.opened(Path("course.db"), create=True)
    with book.writing() as session:
        enrol(
            session, [Student(each, email=f"{each}@uni.edu") for each in ("anna", "boris", "dora")]
        )
        row = take_assignment(session, "tiny", "Tiny", "1", {})
        for place, (name, points) in enumerate({"anna": (5, 1.5), "boris": (3, 1)}.items()):
            digest = f"{place:064x}"
            path = f"download/{name.title()} Lee_7{place}_assignsubmission_file_/nn.ipynb"
            delivery = Delivery(name, name, path, "course.results", sha256=digest)
            record(session, row, delivery, result(name, digest, *points), "k", "grade")
        session.execute(update(Grading).values(at=BEFORE))
        (boris,) = session.scalars(select(Attempt).where(Attempt.person_id == "boris"))
        decision = decide(session, boris, 5.0, who="maria", exercise="one", check_id="first")
        decision.at = AFTER
    book.close()
    Path("export.csv").write_text(EXPORT, "utf-8", newline="")
    with served("canvas") as platform:
        platform.most = 10.0
        yield platform


@pytest.mark.parametrize("block", SHOWN, ids=lambda block: str(block.title))
def test_the_page_shows_what_is_printed(block: Block, course: Platform) -> None:
    """Each command of a block is followed by its output, word for word."""
    shown = []
    for command in block.commands:
        (words,) = simple(command.replace("https://canvas.uni.edu", course.url))
        done = CliRunner().invoke(grader, words[1:])
        assert done.exit_code in (0, 1), done.output
        output = done.output.replace(course.url, "https://canvas.uni.edu")
        shown += [f"$ {command}", *(line.rstrip() for line in output.splitlines())]
    assert block.text.splitlines() == shown
