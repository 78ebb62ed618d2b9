"""The page on the gradebook shows what its commands print."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from grader.cli import grade, grader
from tests.docs.pages import blocks, simple
from tests.gradebook.course import WRONG, Course
from tests.notebooks import ROOT

PAGE = ROOT / "docs" / "gradebook.md"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
ROSTER = "id,name,section\nanna,Anna Lee,A\nboris,Boris Petrov,A\nclara,Clara Jones,B\n"


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    """Lay out the class of the page, and go there."""
    course = Course.made(tmp_path)
    course.submissions.rename(tmp_path / "submissions")
    for name, *code in (("anna",), ("boris", WRONG)):
        course.hand_in(f"../submissions/{name}", *code)
    (tmp_path / "roster.csv").write_text(ROSTER, "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("USER", "maria")
    monkeypatch.setenv("LOGNAME", "maria")
    return course


def printed(command: str) -> list[str]:
    """Return what a command of the page prints, with a moment for any."""
    (words,) = simple(command)
    command_of = {"grade": grade, "grader": grader}[words[0]]
    done = CliRunner().invoke(command_of, words[1:])
    assert done.exit_code == 0, done.output
    return [MOMENT.sub("2026-11-30T18:05:09Z", line.rstrip()) for line in done.stdout.splitlines()]


def test_the_page_shows_what_is_printed(course: Course) -> None:
    """Its commands are typed one after the other, and print what stands below them."""
    for block in blocks(PAGE):
        if block.language != "console":
            continue
        shown = []
        for command in block.commands:
            shown += [f"$ {command}", *printed(command)]
        assert block.text.splitlines() == shown, f"{block}\n" + "\n".join(shown)
    assert course.book.is_file()
