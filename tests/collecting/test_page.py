"""The page in the docs shows what the command prints."""

import csv
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from grader.collecting import limits
from grader.collecting.platforms import PLATFORMS
from tests.collecting.exports import Zip, notebook, table, zipped
from tests.collecting.mending import mend
from tests.notebooks import ROOT

PAGE = (ROOT / "docs" / "collecting.md").read_text("utf-8")
PEOPLE = (
    ("alee", "Anna Lee"),
    ("blind", "Bo Lind"),
    ("kim1", "Kim Park"),
    ("kim2", "Kim Park"),
    ("zvdb", "Zoë van den Berg"),
)


def block(title: str) -> str:
    """Return what the page shows under a title."""
    found = re.search(rf'```\w+ title="{re.escape(title)}"\n(.*?)```', PAGE, re.DOTALL)
    assert found is not None, title
    return found[1]


def run(folder: Path, command: str, status: int) -> str:
    """Return what a command of the page prints."""
    program, *arguments = command.split()
    path = Path(sys.executable).with_name(program)
    ended = subprocess.run(
        [str(path), *arguments],
        cwd=folder,
        env={**os.environ, "COLUMNS": "80"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == status, ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a roster and what Moodle gives to download."""
    folder = tmp_path_factory.mktemp("course")
    header = ("First name", "Last name", "ID number", "Email address")
    rows = [(*name.split(" ", 1), user, f"{user}@uni.example") for user, name in PEOPLE]
    (folder / "participants.csv").write_text(table([header, *rows]), "utf-8-sig")
    made = Zip(folder / "moodle.zip")
    made.add("Anna Lee_1201_assignsubmission_file_/nn.ipynb", notebook("x = 1"))
    made.add("Anna Lee_1201_assignsubmission_file_/helper.py", b"y = 1")
    made.add("Bo Lind_1202_assignsubmission_file_/nn.pdf", b"%PDF")
    made.add("Kim Park_1204_assignsubmission_file_/nn.ipynb", notebook("x = 2"))
    packed = zipped([("homework/nn.ipynb", notebook("x = 3")), ("__MACOSX/x", b"")])
    made.add("Zoë van den Berg_1205_assignsubmission_file_/homework.zip", packed)
    made.write()
    return folder


def test_the_page_s_commands_print_what_it_shows(course: Path) -> None:
    """First what is left to a person, then that nothing is; and the list is as it is shown."""
    command, _newline, shown = block("the download of a class").partition("\n")
    assert run(course, command.removeprefix("$ "), 1) == shown
    out = course / "submissions"
    rows = csv.reader(io.StringIO((out / "collected.csv").read_text("utf-8")))
    lines = block("submissions/collected.csv, in part").splitlines()
    kept = [(row[0], row[1], row[4], row[7], row[9]) for row in rows]
    assert [" | ".join(row).strip() for row in kept] == lines
    mend(out, ".unmatched/1/nn.ipynb", "kim2")
    command, _newline, shown = block("the same again").partition("\n")
    assert run(course, command.removeprefix("$ "), 0) == shown
    laid_out = sorted(
        path.relative_to(course).as_posix()
        for path in out.rglob("*")
        if path.is_file() and not any(part.startswith(".") for part in path.parts)
    )
    assert laid_out == block("what is there then").splitlines()


def test_the_page_names_every_platform() -> None:
    """And the limits that archives have."""
    for name in PLATFORMS:
        assert name in PAGE, f"the table of docs/collecting.md needs a row for {name}"
    for number in (limits.LARGEST_FILE, limits.LARGEST_SUBMISSION):
        assert f"{number // 2**20} MB" in PAGE
    assert f"{limits.MOST_FILES:,} files" in PAGE
    assert f"{limits.MOST_PACKED:,} entries" in PAGE
    assert f"{limits.RATIO} times" in PAGE
