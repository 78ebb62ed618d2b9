"""What platforms give to download of a class, as their documentation and public examples show it.

Each platform has a roster and an export of the same students, so that a test, or a whole made-up
course, hands in once and downloads from everywhere.
"""

import csv
import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import yaml

DUE: Final = datetime(2026, 11, 28, 12, 30, 5, tzinfo=UTC)
_FIRST: Final = (
    *("Anna", "Boris", "Chloë", "Дмитрий", "Émile", "Farah", "Grace", "Håkon", "Ines", "José"),
    *("Kwame", "李", "Maria", "Ngọc", "Olga", "Ol'ga", "Anne-Marie", "Qi", "Ravi", "Ανδρέας"),
)
_LAST: Final = (
    *("Lee", "Petrov", "O'Neill", "Иванов", "García López", "Müller", "van den Berg", "Smith"),
    *("Nguyễn", "de Souza", "明", "Þórsdóttir", "Jones"),
)


def notebook(text: str = "x = 1", assignment: str = "") -> bytes:
    """Return a small notebook, which says what it belongs to where that is given."""
    metadata: dict[str, Any] = {"kernelspec": {"name": "python3", "language": "python"}}
    if assignment:
        metadata["grader"] = {"assignment": assignment, "version": "1"}
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": text, "outputs": []}
    document = {"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": [cell]}
    return json.dumps(document).encode()


@dataclass(frozen=True)
class HandIn:
    """What a student handed in once: its files by their names, when, and whether late."""

    files: dict[str, bytes]
    time: datetime = DUE
    late: bool = False


@dataclass(frozen=True)
class Student:
    """A student as all platforms know them, with what they handed in."""

    number: int
    first: str
    last: str
    handed_in: tuple[HandIn, ...] = ()

    @property
    def name(self) -> str:
        """First name and last name."""
        return f"{self.first} {self.last}"

    @property
    def user(self) -> str:
        """What they type to log in."""
        plain = unicodedata.normalize("NFKD", self.last).encode("ascii", "ignore").decode()
        return f"{re.sub(r'[^a-z]', '', plain.lower())[:6] or 'user'}{self.number}"

    @property
    def email(self) -> str:
        """Their address."""
        return f"{self.user}@uni.example"

    @property
    def sid(self) -> str:
        """Their number at the university."""
        return f"00{700000 + self.number}"


def a_class(size: int, handed_in: Callable[[int], Sequence[HandIn]] | None = None) -> list[Student]:
    """Return a class of so many, of whom no two have the same name.

    Each handed in one notebook of their own, unless `handed_in` says what the student of a place
    did.
    """
    students = []
    for place in range(size):
        first, last = _FIRST[place % len(_FIRST)], _LAST[place % len(_LAST)]
        again = place // (len(_FIRST) * len(_LAST))
        last = f"{last} {chr(ord('A') + again)}" if again else last
        own = handed_in(place) if handed_in else [HandIn({"nn.ipynb": notebook(f"x = {place}")})]
        students.append(Student(place + 1, first, last, tuple(own)))
    return students


@dataclass
class Zip:
    """A zip file that is being made, in which nothing is checked."""

    path: Path
    entries: list[tuple[str, bytes]] = field(default_factory=list)

    def add(self, name: str, content: bytes) -> None:
        """Add an entry."""
        self.entries.append((name, content))

    def write(self) -> Path:
        """Write the file."""
        with zipfile.ZipFile(self.path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in self.entries:
                archive.writestr(name, content)
        return self.path


def zipped(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Return a zip file's bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return file.getvalue()


def table(rows: Iterable[Iterable[str]], delimiter: str = ",", end: str = "\r\n") -> str:
    """Return a table as programs write it."""
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter, lineterminator=end).writerows(rows)
    return file.getvalue()


class Canvas:
    """A gradebook with its extra rows, and "Download Submissions": what was last handed in."""

    platform = "Canvas"
    knows_time = False

    @staticmethod
    def roster(path: Path, students: Sequence[Student]) -> Path:
        header = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "NN (4001)"]
        rows = [
            header,
            ["", "", "", "", "", "Manual Posting"],
            ["    Points Possible", "", "", "", "", "100.00"],
            *(
                [
                    f"{s.last}, {s.first}",
                    str(90000 + s.number),
                    s.sid,
                    s.user,
                    "Sec 1 and Sec 2",
                    "",
                ]
                for s in students
            ),
            ["Student, Test", "99999", "", "0a1b2c", "Sec 1", ""],
        ]
        path.write_text(table(rows, end="\n"), "utf-8-sig")
        return path

    @staticmethod
    def export(path: Path, students: Sequence[Student]) -> Path:
        made = Zip(path)
        for s in students:
            for at, each in enumerate(s.handed_in):
                who = "".join(c for c in f"{s.last}{s.first}".lower() if c.isalnum())
                late = "_LATE" if each.late else ""
                for order, (name, content) in enumerate(each.files.items()):
                    stem, dot, suffix = name.rpartition("/")[2].rpartition(".")
                    shown = f"{stem}-{at}{dot}{suffix}" if at else f"{stem}{dot}{suffix}"
                    number = 500000 + 1000 * s.number + 10 * at + order
                    made.add(f"{who}{late}_{90000 + s.number}_{number}_{shown}", content)
        return made.write()


class Moodle:
    """Participants, and "Download all submissions" in folders."""

    platform = "Moodle"
    knows_time = False

    @staticmethod
    def roster(path: Path, students: Sequence[Student]) -> Path:
        header = ["First name", "Last name", "ID number", "Email address", "Groups"]
        rows = [header, *([s.first, s.last, s.sid, s.email, "Group A"] for s in students)]
        path.write_text(table(rows), "utf-8-sig")
        return path

    @staticmethod
    def folder(s: Student) -> str:
        """Return what a student's folder is called; a quote is none of a file's name there."""
        return f"{s.name.replace(chr(39), '')}_{3000 + s.number}_assignsubmission_file_"

    @classmethod
    def export(cls, path: Path, students: Sequence[Student]) -> Path:
        made = Zip(path)
        for s in students:
            for name, content in (s.handed_in[-1].files if s.handed_in else {}).items():
                made.add(f"{cls.folder(s)}/{name}", content)
        return made.write()


class MoodleFlat(Moodle):
    """A grading worksheet, and the download without folders."""

    knows_time = True

    @staticmethod
    def roster(path: Path, students: Sequence[Student]) -> Path:
        header = ["Identifier", "Full name", "Email address", "Status", "Grade", "Maximum grade",
                  "Last modified (submission)", "Feedback comments"]  # fmt: skip
        rows = [header]
        for s in students:
            status, time = "No submission", "-"
            if s.handed_in:
                late = " - 2 hours 3 mins late" if s.handed_in[-1].late else ""
                local = s.handed_in[-1].time.astimezone()
                status = f"Submitted for grading{late}"
                time = f"{local:%A, %d %B %Y, %I:%M %p}"
            rows.append(
                [f"Participant {3000 + s.number}", s.name, s.email, status, "", "100", time, ""]
            )
        path.write_text(table(rows, ";"), "utf-8")
        return path

    @classmethod
    def export(cls, path: Path, students: Sequence[Student]) -> Path:
        made = Zip(path)
        for s in students:
            for name, content in (s.handed_in[-1].files if s.handed_in else {}).items():
                made.add(f"{cls.folder(s)}{name.rpartition('/')[2]}", content)
        return made.write()


class Gradescope:
    """A roster, and "Export Submissions": the last of each, with metadata in Ruby's YAML."""

    platform = "Gradescope"
    knows_time = True

    @staticmethod
    def roster(path: Path, students: Sequence[Student]) -> Path:
        header = ["First Name", "Last Name", "SID", "Email", "Sections"]
        rows = [header, *([s.first, s.last, s.sid, s.email, "1"] for s in students)]
        path.write_text(table(rows, end="\n"), "utf-8")
        return path

    @staticmethod
    def export(path: Path, students: Sequence[Student]) -> Path:
        made, metadata = Zip(path), {}
        for s in students:
            if not s.handed_in:
                continue
            folder, last = f"submission_{7000 + s.number}", s.handed_in[-1]
            metadata[folder] = {
                ":submitters": [{":name": s.name, ":sid": s.sid, ":email": s.email}],
                ":created_at": last.time,
                ":score": 0.0,
                ":history": [{":created_at": each.time} for each in s.handed_in[:-1]],
            }
            for name, content in last.files.items():
                made.add(f"assignment_123_export/{folder}/{name}", content)
        text = yaml.safe_dump(metadata, allow_unicode=True)
        made.add("assignment_123_export/submission_metadata.yml", text.encode())
        return made.write()


class Blackboard:
    """A roster in UTF-16 with tabs, and "Assignment File Download" with all attempts."""

    platform = "Blackboard"
    knows_time = True

    @staticmethod
    def roster(path: Path, students: Sequence[Student]) -> Path:
        header = ["Last Name", "First Name", "Username", "Student ID", "Last Access"]
        rows = [header, *([s.last, s.first, s.user, s.sid, "2026-11-29"] for s in students)]
        path.write_bytes(table(rows, "\t").encode("utf-16"))
        return path

    @staticmethod
    def export(path: Path, students: Sequence[Student]) -> Path:
        made = Zip(path)
        for s in students:
            for each in s.handed_in:
                time = f"{each.time.astimezone():%Y-%m-%d-%H-%M-%S}"
                before = f"Homework_1_{s.user}_attempt_{time}"
                names = [f"{before}_{name.rpartition('/')[2]}" for name in each.files]
                listed = "".join(
                    f"\tOriginal filename: {name}\n\tFilename: {given}\n"
                    for name, given in zip(each.files, names, strict=True)
                )
                made.add(
                    f"{before}.txt",
                    f"Name: {s.name} ({s.user})\nAssignment: Homework_1\nDate Submitted: Saturday, "
                    "28 November 2026 12:30:05 o'clock UTC\nCurrent Mark: Needs Marking\n\n"
                    "Submission Field:\nThere is no student submission text data for this "
                    "assignment.\n\nComments:\nThere are no student comments for this assignment."
                    f"\n\nFiles:\n{listed}".encode(),
                )
                for given, content in zip(names, each.files.values(), strict=True):
                    made.add(given, content)
        return made.write()


class Brightspace:
    """A grade export with its marks and last column, and a download of an assignment."""

    platform = "Brightspace"
    knows_time = True

    @staticmethod
    def roster(path: Path, students: Sequence[Student]) -> Path:
        header = ["OrgDefinedId", "Username", "Last Name", "First Name", "Email",
                  "NN Points Grade", "End-of-Line Indicator"]  # fmt: skip
        people = ([f"#{s.sid}", f"#{s.user}", s.last, s.first, s.email, "", "#"] for s in students)
        path.write_text(table([header, *people]), "utf-8-sig")
        return path

    @staticmethod
    def export(path: Path, students: Sequence[Student]) -> Path:
        made = Zip(path)
        for s in students:
            for each in s.handed_in:
                local = each.time.astimezone()
                clock = f"{int(f'{local:%I}')}{local:%M %p}"
                time = f"{local:%b} {local.day}, {local.year} {clock}"
                for name, content in each.files.items():
                    made.add(f"{40000 + s.number}-67890 - {s.name} - {time}/{name}", content)
        made.add("index.html", b"<!DOCTYPE html><html><body>Submissions</body></html>")
        return made.write()


class Nbgrader:
    """Plain ids, and the folder `submitted` in a zip."""

    platform = "nbgrader"
    knows_time = True

    @staticmethod
    def roster(path: Path, students: Sequence[Student]) -> Path:
        header = ["id", "first_name", "last_name", "email", "lms_user_id"]
        rows = [header, *([s.user, s.first, s.last, s.email, ""] for s in students)]
        path.write_text(table(rows, end="\n"), "utf-8")
        return path

    @staticmethod
    def export(path: Path, students: Sequence[Student]) -> Path:
        made = Zip(path)
        for s in students:
            for each in s.handed_in[-1:]:
                for name, content in each.files.items():
                    made.add(f"submitted/{s.user}/ps1/{name}", content)
                stamp = f"{each.time:%Y-%m-%d %H:%M:%S.%f} UTC"
                made.add(f"submitted/{s.user}/ps1/timestamp.txt", stamp.encode())
        return made.write()


class Exchange(Nbgrader):
    """The exchange's own folder, with every attempt."""

    @staticmethod
    def export(path: Path, students: Sequence[Student]) -> Path:
        made = Zip(path)
        for s in students:
            for each in s.handed_in:
                stamp = f"{each.time:%Y-%m-%d %H:%M:%S.%f} UTC"
                for name, content in each.files.items():
                    made.add(f"inbound/{s.user}+ps1+{stamp}+a1b2c3/{name}", content)
                made.add(f"inbound/{s.user}+ps1+{stamp}+a1b2c3/timestamp.txt", stamp.encode())
        return made.write()


class GitHubClassroom:
    """GitHub Classroom's roster, and clones in a folder."""

    platform = "GitHub"
    knows_time = False
    before = "nn-from-scratch-"

    @staticmethod
    def user(s: Student) -> str:
        """Return a name at GitHub, with a hyphen and capitals."""
        return f"{s.user.capitalize()}-gh"

    @classmethod
    def roster(cls, path: Path, students: Sequence[Student]) -> Path:
        header = ["identifier", "github_username", "github_id", "name"]
        rows = [header, *([s.email, cls.user(s), str(s.number), s.name] for s in students)]
        path.write_text(table(rows, end="\n"), "utf-8")
        return path

    @classmethod
    def export(cls, path: Path, students: Sequence[Student]) -> Path:
        for s in students:
            for each in s.handed_in[-1:]:
                clone = path / "nn-submissions" / f"{cls.before}{cls.user(s)}"
                (clone / ".git").mkdir(parents=True)
                (clone / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
                (clone / "result.json").write_text("{}")
                for name, content in each.files.items():
                    (clone / name).parent.mkdir(parents=True, exist_ok=True)
                    (clone / name).write_bytes(content)
        (path / "nn-submissions" / "scores.csv").write_text("username,score\n")
        return path


class Classroom50(GitHubClassroom):
    """Classroom 50's roster, and clones whose names have the classroom's as well."""

    before = "cs-principles-nn-"

    @classmethod
    def roster(cls, path: Path, students: Sequence[Student]) -> Path:
        header = ["username", "first_name", "last_name", "email", "section", "github_id"]
        rows = [
            header,
            *([cls.user(s), s.first, s.last, s.email, "1", str(s.number)] for s in students),
        ]
        path.write_text(table(rows, end="\n"), "utf-8")
        return path


class Drive(Nbgrader):
    """Files that name their owners, as Google Classroom copies them."""

    platform = "files that name their owners"
    knows_time = False

    @staticmethod
    def export(path: Path, students: Sequence[Student]) -> Path:
        made = Zip(path)
        for s in students:
            for each in s.handed_in[-1:]:
                for name, content in each.files.items():
                    stem, _, suffix = name.rpartition("/")[2].rpartition(".")
                    forms = (f"{stem} - {s.name}.{suffix}", f"{s.name} - {stem}.{suffix}",
                             f"Copy of {stem} - {s.name} (1).{suffix}")  # fmt: skip
                    made.add(f"Homework/{forms[s.number % 3]}", content)
        return made.write()


class Folders(Nbgrader):
    """A folder for each student, called by the user's name or the person's."""

    platform = "a folder for each student"
    knows_time = False

    @staticmethod
    def export(path: Path, students: Sequence[Student]) -> Path:
        made = Zip(path)
        for s in students:
            for each in s.handed_in[-1:]:
                for name, content in each.files.items():
                    made.add(f"hw1/{s.user if s.number % 2 else s.name}/{name}", content)
        return made.write()


PLATFORMS: Final = (
    *(Canvas, Moodle, MoodleFlat, Gradescope, Blackboard, Brightspace, Nbgrader, Exchange),
    *(GitHubClassroom, Classroom50, Drive, Folders),
)
# Those that give more than the last attempt.
ALL_ATTEMPTS: Final = (Canvas, Blackboard, Brightspace, Exchange)


def later(hours: float) -> datetime:
    """Return a time so many hours after the first."""
    return DUE + timedelta(hours=hours)
