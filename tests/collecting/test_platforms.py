"""Every platform's download of a class is laid out, and every student has a row."""

from pathlib import Path
from typing import Any

import pytest

from grader.collecting import platforms
from grader.collecting.manifest import read_manifest
from grader.collecting.roster import read_roster
from tests.collecting.conftest import Collect
from tests.collecting.exports import (
    ALL_ATTEMPTS,
    DUE,
    PLATFORMS,
    HandIn,
    a_class,
    later,
    notebook,
)


def by_name(platform: Any) -> str:
    """Return what a platform's export is called here."""
    return str(platform.__name__)


@pytest.mark.parametrize("name", platforms.PLATFORMS)
def test_each_platform_has_an_export(name: str) -> None:
    """One that is new has a class's download here, so that all of the below is true of it."""
    shown = [each for each in PLATFORMS if each.platform == name]
    assert shown, f"PLATFORMS in tests/collecting/exports.py needs an export of {name}"


@pytest.mark.parametrize("platform", PLATFORMS, ids=by_name)
def test_a_class_is_collected(platform: Any, collect: Collect, tmp_path: Path) -> None:
    """Each student's notebook lies in the student's folder; who handed in nothing has a row."""

    def handed_in(place: int) -> list[HandIn]:
        return [] if place % 10 == 7 else [HandIn({"nn.ipynb": notebook(f"x = {place}")})]

    students = a_class(40, handed_in)
    roster = platform.roster(tmp_path / "roster.csv", students)
    download = platform.export(tmp_path / "download", students)
    out = tmp_path / "submissions"
    result = collect(download, roster=roster, out=out)
    assert f": {platform.platform}, 36 submissions" in result.output
    assert "Students: 40, 36 with a notebook, 4 without." in result.output
    people, rows = read_roster(roster), read_manifest(out)
    assert [row.student for row in rows] == list(people)
    assert (out / "roster.csv").read_bytes() == roster.read_bytes()
    for place, row in enumerate(rows):
        if place % 10 == 7:
            assert (row.file, row.attempt, row.note) == ("", 0, "nothing was handed in")
            continue
        assert (out / row.file).read_bytes() == notebook(f"x = {place}")
        assert (row.attempt, row.file.split("/")[1]) == (1, "1")
        assert row.note == ""
        if platform.knows_time:
            assert row.handed_in is not None
            assert row.handed_in.replace(second=0) == DUE.replace(second=0)
        else:
            assert row.handed_in is None


@pytest.mark.parametrize("platform", PLATFORMS, ids=by_name)
def test_running_it_twice_does_no_harm(platform: Any, collect: Collect, tmp_path: Path) -> None:
    """Nothing is collected again, and nothing is changed."""
    students = a_class(12)
    roster = platform.roster(tmp_path / "roster.csv", students)
    download = platform.export(tmp_path / "download", students)
    out = tmp_path / "submissions"
    collect(download, roster=roster, out=out)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    result = collect(download, roster=roster, out=out)
    assert "Notebooks: 0 collected, 12 there already." in result.output
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("platform", ALL_ATTEMPTS, ids=by_name)
def test_attempts_are_numbered_by_time(platform: Any, collect: Collect, tmp_path: Path) -> None:
    """Several of a student are told apart, and which is late is the platform's to say."""
    early, late = notebook("early"), notebook("late")
    both = [HandIn({"nn.ipynb": early}), HandIn({"nn.ipynb": late}, later(30), late=True)]
    students = a_class(6, lambda _place: both)
    roster = platform.roster(tmp_path / "roster.csv", students)
    out = tmp_path / "submissions"
    collect(platform.export(tmp_path / "download", students), roster=roster, out=out)
    rows = read_manifest(out)
    assert len(rows) == 12
    for row in rows:
        assert (out / row.file).read_bytes() == (early, late)[row.attempt - 1]
        if platform.__name__ == "Canvas":
            assert row.late is (row.attempt == 2)
        else:
            assert row.late is None


@pytest.mark.parametrize("platform", PLATFORMS, ids=by_name)
def test_a_later_download_adds_to_it(platform: Any, collect: Collect, tmp_path: Path) -> None:
    """The attempt that there was keeps its number and its bytes; the new one gets the next."""
    first = [HandIn({"nn.ipynb": notebook("first")})]
    again = [*first, HandIn({"nn.ipynb": notebook("again")}, later(2))]
    out = tmp_path / "submissions"
    for number, handed_in in enumerate((first, again)):
        students = a_class(3, {0: first, 1: handed_in, 2: first}.__getitem__)
        roster = platform.roster(tmp_path / "roster.csv", students)
        download = platform.export(tmp_path / f"download{number}", students)
        collect(download, roster=roster, out=out)
    second = [row for row in read_manifest(out) if row.attempt == 2]
    assert len(second) == 1
    assert (out / second[0].file).read_bytes() == notebook("again")
    student = second[0].student
    assert [row.attempt for row in read_manifest(out) if row.student == student] == [1, 2]
