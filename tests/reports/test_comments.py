"""What a person says of a check is told in every format, also where all points were given."""

from pathlib import Path

import pytest
from rich.console import Console

from grader import models
from grader.reports.formats import FORMATS, Graded
from grader.reports.terminal import show
from grader.results.by_hand import Given, with_points
from grader.results.feedback import Feedback, shown
from grader.results.model import Result
from tests.gradebook.course import Course

WORDS = "Say what n is."


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Path]:
    """Return a result with points by hand, all of a check's and some of another's."""
    course = Course.made(tmp_path_factory.mktemp("read"))
    path = course.hand_in("anna")
    assert course.grade(book=False) == 0
    written = models.loads(Result, (course.results / "anna.json").read_bytes())
    digest = written.submission.sha256
    given = [
        Given(sha256=digest, exercise="why", check="sum", points=2, comment=f"Yes. {WORDS}"),
        Given(sha256=digest, exercise="why", check="clear", points=0.5, comment=f"No. {WORDS}"),
    ]
    return with_points(written, given), path


@pytest.mark.parametrize("level", ["verdicts", "hints", "everything"])
@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_tells_comments(read: tuple[Result, Path], name: str, level: str) -> None:
    """Both comments stand in the report, whatever else the level withholds."""
    result, path = read
    report = FORMATS[name].write(Graded(shown(result, Feedback.named(level)), path))
    # Markdown escapes full stops, and JSON backslashes.
    plain = report.replace("\\\\", "\\").replace("\\.", ".")
    assert f"Yes. {WORDS}" in plain
    assert f"No. {WORDS}" in plain


def test_the_terminal_tells_comments(read: tuple[Result, Path]) -> None:
    """Both stand there, the one of a check with all its points too."""
    console = Console(width=100, record=True, quiet=False, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    show(read[0], console)
    told = console.export_text()
    console.file.close()
    assert f"Yes. {WORDS}" in told
    assert f"No. {WORDS}" in told


def test_a_score_alone_tells_none(read: tuple[Result, Path]) -> None:
    """Where only the score is to be told, nobody's words are."""
    result, path = read
    report = FORMATS["json"].write(Graded(shown(result, Feedback.SCORE), path))
    assert WORDS not in report
