"""What was collected from a platform is graded as its students' attempts."""

import csv
import io
from pathlib import Path

import pytest

from tests.gradebook.course import RIGHT, WRONG, Course, write

pytestmark = pytest.mark.xdist_group("gradebook")


def test_students_attempts_and_moments_are_the_platforms(tmp_path: Path) -> None:
    """Two attempts are one student's, the last counts, late by the rule; all have a row."""
    course = Course.made(
        tmp_path, "\n[handing_in]\ndue = 2026-11-01T12:00:00Z\npercent_per_day = 20\n"
    )
    download = tmp_path / "download"
    download.mkdir()
    write(download / "leeanna_1_11_nn.ipynb", WRONG)
    write(download / "leeanna_LATE_1_12_nn-1.ipynb", RIGHT)
    write(download / "ohboris_2_13_nn.ipynb", RIGHT)
    (download / "zoe_3_14_nn.pdf").write_bytes(b"%PDF")
    roster = tmp_path / "roster.csv"
    roster.write_text(
        "Student,ID,SIS Login ID,Section\n"
        '"Lee, Anna",1,lee,A\n"Oh, Boris",2,oh,A\n"Zoe",3,zoe,B\n"Nobody, Nina",4,nina,B\n',
        "utf-8",
    )
    course.submissions.rmdir()
    course.run(*("collect", download, "--roster", roster, "--out", course.submissions))
    assert course.grade() == 0
    table = course.run("gradebook", "list", course.book, "--csv", "-")
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(table))}
    assert set(rows) == {"Lee, Anna", "Oh, Boris", "Zoe", "Nobody, Nina"}
    anna = rows["Lee, Anna"]
    assert (anna["attempt"], anna["score"], anna["section"]) == ("2", "2", "A")
    assert "attempt 2 of 2 counts" in anna["note"]
    assert rows["Nobody, Nina"]["status"] == "missing"
    assert rows["Zoe"]["grade"] == ""
    assert rows["Zoe"]["note"]
