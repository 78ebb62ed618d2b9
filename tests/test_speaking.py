"""Feedback in another language: whole, and worth the same points."""

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from grader.grading import Options, grade
from grader.i18n import spoken
from grader.notebook.reading import read
from grader.reports.formats import FORMATS, Graded
from grader.reports.terminal import show
from grader.results.feedback import Feedback, shown
from grader.results.model import Result
from tests.grading import UNIT, nn_from_scratch, scores
from tests.notebooks import SLOW, edited, submission
from tests.typical import TYPICAL, Typical

# What is code, a name or the text of an error stays as it is.
_CODE = re.compile(
    r"`[^`]*`|<style>.*?</style>|<script>.*?</script>|<pre.*?</pre>|<code.*?</code>|<[^>]*>"
    r"|```.*?```|\w*Error\\?: [^<\n]*|&[a-z]+;|&#\d+;",
    re.DOTALL,
)
_ENGLISH = re.compile(
    r"\b(?:the|your|of|and|is|was|what|which|not|for|cell|check|points?|pending|hint|score|"
    r"passed|expected|got|lost|graded|version)\b",
    re.IGNORECASE,
)
# A cell that fails, one that prints too much of nothing, and mistakes of all kinds.
BROKEN = {
    "linear": edited("linear", ("x @ self.W + self.b", "x @ self.W"), ("grad @ self.W.T", "grad")),
    "relu": edited("relu", ("class ReLU", "undefined_name\n\nclass ReLU")),
}


def russian(path: Path, *only: str, level: Feedback = Feedback.STAFF) -> Result:
    """Grade the notebook at `path` in Russian."""
    result = grade(read(path), nn_from_scratch(), Options(only=only, language="ru"))
    with spoken("ru"):
        return shown(result, level)


def texts(result: Result) -> Iterator[str]:
    """Yield every text of a result that a student reads."""
    yield result.assignment.title
    for exercise in result.exercises:
        yield exercise.title
        if exercise.mistake is not None:
            yield from (exercise.mistake.name, exercise.mistake.explanation, exercise.mistake.hint)
        for check in exercise.checks:
            yield from (check.title, check.message, check.hint or "")
    yield from (note.text for note in (*result.notes, *result.integrity))
    yield from (cell.error or "" for cell in result.cells if cell.status == "skipped")


def require_russian(text: str) -> None:
    """Require that no English is left in a text but for code."""
    plain = _CODE.sub(" ", text)
    found = _ENGLISH.search(plain)
    assert found is None, plain[max(0, found.start() - 80) : found.end() + 80]


@pytest.mark.parametrize("typical", TYPICAL, ids=lambda typical: typical.name)
def test_a_mistake_is_explained_in_russian_at_the_same_price(
    tmp_path: Path, typical: Typical
) -> None:
    """Titles, messages, hints and names are Russian; the points are those of the English call."""
    path = submission(tmp_path, typical.cells, drop=SLOW)
    result = russian(path, *UNIT)
    assert scores(result) == dict(zip(UNIT, typical.points, strict=False))
    for text in texts(result):
        require_russian(text)
    told = " ".join(texts(result))
    assert len(re.findall(r"[а-яё]", told)) > len(re.findall(r"[a-z]", _CODE.sub("", told)))


@pytest.mark.xdist_group("broken in Russian")
@pytest.mark.parametrize("form", ["html", "markdown", "annotations", "gradescope", "notebook"])
def test_every_report_for_students_is_russian(tmp_path: Path, form: str, broken: Result) -> None:
    """What surrounds the feedback is in its language, too."""
    path = submission(tmp_path, BROKEN, drop=SLOW)
    # The feedback notebook belongs to one file.
    told = {"sha256": read(path).sha256, "path": "Anna.ipynb", "name": "Anna"}
    info = replace(broken.submission, **told)
    with spoken(broken.language):
        text = FORMATS[form].write(Graded(replace(broken, submission=info, versions={}), path))
    if form == "html":
        assert '<html lang="ru">' in text
    if form in ("html", "markdown"):
        require_russian(text)
    assert "Слой Linear" in text or "\\u0421\\u043b\\u043e\\u0439 Linear" in text


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Return the result of a notebook in which much is broken, nothing of it left out."""
    return russian(submission(tmp_path_factory.mktemp("broken"), BROKEN, drop=SLOW))


@pytest.mark.xdist_group("broken in Russian")
def test_a_terminal_speaks_russian(broken: Result) -> None:
    """What `grade` prints is Russian as a whole."""
    out = io.StringIO()
    with spoken(broken.language):
        show(broken, Console(file=out, width=200, color_system=None))
    lines = [line for line in out.getvalue().splitlines() if not line.startswith("      ")]
    require_russian("\n".join(lines))
    assert "Подсказка: " in out.getvalue()


@pytest.mark.xdist_group("broken in Russian")
def test_what_is_withheld_is_named_in_russian(broken: Result) -> None:
    """The line that stands for hidden checks is in the language of the others."""
    with spoken("ru"):
        least = shown(broken, Feedback.SCORE)
    for text in texts(least):
        require_russian(text)
