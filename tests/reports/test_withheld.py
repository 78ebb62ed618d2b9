"""What a student must not see is in no file that a student gets, whatever the format."""

import json
from pathlib import Path
from typing import Final

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.notebook.reading import read
from grader.reports.formats import COURSE_FORMATS, FORMATS, Course, Graded
from grader.reports.writer import Reports
from grader.results.evidence import Evidence, Item
from grader.results.feedback import NAMES, Feedback, shown
from grader.results.model import CheckResult, MistakeInfo, Note, Result, SubmissionInfo
from tests.reports.examples import check, exercise, result
from tests.reports.examples import shown as on_terminal

pytestmark = pytest.mark.xdist_group("reports")

# From which level on a check's parts are told; a secret's name says which part holds it.
TOLD: Final = {
    "title": Feedback.VERDICTS,
    "hint": Feedback.HINTS,
    "mistake": Feedback.HINTS,
    "message": Feedback.EVERYTHING,
    "evidence": Feedback.EVERYTHING,
    "cell": Feedback.EVERYTHING,
}

# What tells everything is for the instructor alone.
OF_STUDENTS: Final = {name: form for name, form in COURSE_FORMATS.items() if name != "overview"}


def secret(part: str, number: int) -> str:
    """Return a word that no format has a reason to change."""
    return f"SECRET{part}{number}Z"


def secretive(number: int, status: str, level: str) -> CheckResult:
    """Return a check every part of which holds its own secret."""
    evidence = Evidence(
        inputs=(Item.of("x", secret("evidence", number)),),
        text=secret("evidence", number),
        cell=secret("cell", number),
    )
    return check(
        status,
        2,
        id=f"c{number}",
        title=secret("title", number),
        message=secret("message", number),
        hint=secret("hint", number),
        evidence=evidence,
        feedback=level,
    )


@pytest.fixture(scope="module")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a notebook of one cell."""
    path = tmp_path_factory.mktemp("withheld") / "a.ipynb"
    document = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1")])
    path.write_text(nbformat.writes(document), "utf-8")
    return path


def files(seen: Result, whole: Result, path: Path) -> dict[str, str]:
    """Return what every format writes for students and for everybody, and what a terminal shows."""
    asked = [f"{name}={path.parent / form.file}" for name, form in OF_STUDENTS.items()]
    reports = Reports.asked(asked, out=None, notebooks=[path])
    reports.take("a", path, seen, whole=whole)
    course = Course(reports.overview, reports.nameless, reports.rows, ("a",))
    written = {name: form.write(Graded(seen, path)) for name, form in FORMATS.items()}
    written |= {name: form.write(course) for name, form in OF_STUDENTS.items()}
    return written | {"terminal": on_terminal(seen)}


STATUSES = st.sampled_from(["passed", "failed", "skipped", "review", "error"])
CHECKS = st.lists(
    st.builds(lambda *given: given, STATUSES, st.sampled_from(NAMES[:-1])), min_size=1, max_size=3
)


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(drawn=CHECKS, run=st.sampled_from(NAMES[:-1]))
def test_what_is_withheld_is_in_no_file(
    notebook: Path, drawn: list[tuple[str, str]], run: str
) -> None:
    """Of no check is more written than its own level and the run's allow, in any format."""
    checks = [secretive(number, *each) for number, each in enumerate(drawn)]
    mistake = MistakeInfo(
        name="SECRETmistakeZ", explanation="SECRETmistakeZ", hint="SECRETmistakeZ"
    )
    whole = result(
        exercise(*checks).called(mistake),
        submission=SubmissionInfo(name="a", path=str(notebook), sha256=read(notebook).sha256),
        integrity=[Note(text="SECRETintegrityZ")],
    )
    ceiling = Feedback.named(run)
    levels = [min(ceiling, Feedback.named(level)) for _, level in drawn]
    hidden = {
        secret(part, number)
        for number, level in enumerate(levels)
        for part, least in TOLD.items()
        if level < least
    }
    failed = [level for (status, _), level in zip(drawn, levels, strict=True) if status == "failed"]
    if min([*failed, ceiling]) < Feedback.HINTS:
        hidden.add("SECRETmistakeZ")
    hidden.add("SECRETintegrityZ")
    for name, text in files(shown(whole, ceiling), whole, notebook).items():
        assert not {each for each in hidden if each in text}, name


def test_what_is_told_is_found(notebook: Path) -> None:
    """The secrets do show where they may, so that the test above could fail."""
    whole = result(
        exercise(secretive(0, "failed", "everything")),
        submission=SubmissionInfo(name="a", path=str(notebook), sha256=read(notebook).sha256),
    )
    written = files(whole, whole, notebook)
    for name in ("html", "json", "junit", "markdown", "gradescope", "terminal"):
        assert all(secret(part, 0) in written[name] for part in TOLD if part != "mistake"), name
    cells = "".join("".join(cell["source"]) for cell in json.loads(written["notebook"])["cells"])
    assert secret("message", 0) in cells
    assert secret("message", 0) in written["annotations"]


@pytest.mark.parametrize("level", list(Feedback))
def test_notes_on_integrity_are_the_instructor_s(notebook: Path, level: Feedback) -> None:
    """No student's file holds them at any level; `staff` has them in JSON and the terminal."""
    whole = result(
        exercise(check("passed")),
        submission=SubmissionInfo(name="a", path=str(notebook), sha256=read(notebook).sha256),
        integrity=[Note(text="SECRETintegrityZ")],
    )
    written = files(shown(whole, level), whole, notebook)
    staff = {"json", "terminal"} if level is Feedback.STAFF else set()
    assert {name for name, text in written.items() if "SECRETintegrityZ" in text} == staff
    assert {*FORMATS, *OF_STUDENTS, "terminal"} == set(written)


def test_the_instructor_s_page_tells_of_checks_that_students_do_not_see(notebook: Path) -> None:
    """It counts every check, whatever the run tells students; the one without names does not."""
    note = Note(text="SECRETintegrityZ")
    whole = result(exercise(secretive(0, "review", "score")), integrity=[note])
    seen = shown(whole, Feedback.EVERYTHING)
    reports = Reports()
    reports.wanted = Reports.asked(["overview", "anonymous"], out=Path(), notebooks=[]).wanted
    reports.take("a", notebook, seen, whole=whole)
    assert secret("title", 0) in reports.overview.page()
    assert secret("message", 0) in reports.overview.page()
    assert "SECRETintegrityZ" in reports.overview.page()
    assert "SECRET" not in reports.nameless.page(anonymous=True)
