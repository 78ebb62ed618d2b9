"""One notebook of a class that was collected is graded alone, and is its student's all the same."""

from pathlib import Path

import pytest

from grader.collecting.layout import folder_of
from grader.collecting.manifest import Collected, write_manifest
from grader.course import jobs
from grader.course.diffing import diff
from tests.course.test_rejudging_book import Course
from tests.course.test_results_folder import made_of


@pytest.mark.parametrize("student", ["anna", "B/7", "Jörg.Lee"])
@pytest.mark.parametrize("alone_first", [True, False])
def test_it_is_the_student_s_by_file_and_by_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, student: str, alone_first: bool
) -> None:
    """Whichever is named, the file, its folder or all, the list says whose it is."""
    monkeypatch.setattr(jobs, "grade", made_of)
    monkeypatch.setattr("grader.course.batch.slowness", lambda: 1)
    course = Course(tmp_path)
    place = f"{folder_of(student)}/2/nn.ipynb"
    path = course.hand_in(place, 4)
    write_manifest(course.handed_in, [Collected(student, attempt=2, file=place, source="a: b")])
    calls = [(path,), (path.parents[1],), (course.handed_in,)]
    for call in calls if alone_first else reversed(calls):
        assert course.grade(*call) == 0
        row = course.grades()
        assert {each: row[each]["attempt"] for each in row} == {student: "2"}


@pytest.mark.parametrize("student", ["anna", "B/7", "Jörg.Lee", "Anna"])
def test_a_folder_and_its_gradebook_know_the_same_students(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    student: str,
) -> None:
    """Compared with each other, whatever an identifier is made of, they tell the same person."""
    monkeypatch.setattr(jobs, "grade", made_of)
    monkeypatch.setattr("grader.course.batch.slowness", lambda: 1)
    course = Course(tmp_path)
    place = f"{folder_of(student)}/1/nn.ipynb"
    course.hand_in(place, 4)
    write_manifest(course.handed_in, [Collected(student, attempt=1, file=place, source="a: b")])
    assert course.grade() == 0
    capsys.readouterr()
    assert diff(str(course.out), str(course.book), None, None) == 0
    assert capsys.readouterr().out.startswith("1 compared: 0 up, 0 down")
