"""The steps of a course's week, as its documentation has them typed."""

import csv
import io
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from click.testing import CliRunner
from sqlalchemy import select

from grader.assignment.model import CHECKS
from grader.cli import grader
from grader.course.batch import grade_paths
from grader.course.bookkeeping.commands import bring_up_to_date
from grader.gradebook.book import Gradebook
from grader.gradebook.decisions import decide
from grader.gradebook.grades import result_of
from grader.gradebook.tables import Attempt
from tests.collecting.exports import Blackboard, HandIn, Student
from tests.week.made_up import class_of, write_assignment


@dataclass
class Week:
    """A course in a folder, and its students."""

    folder: Path
    students: list[Student]
    downloads: int = 0

    @classmethod
    def begun(cls, folder: Path, size: int) -> "Week":
        """Return a course of so many, with its assignment and roster."""
        week = cls(folder, class_of(size))
        write_assignment(folder / "reference")
        Blackboard.roster(week.roster, week.students)
        return week

    @property
    def roster(self) -> Path:
        """The roster, as the platform exports it."""
        return self.folder / "roster.csv"

    @property
    def book(self) -> Path:
        """The gradebook."""
        return self.folder / "course.db"

    @property
    def submissions(self) -> Path:
        """What was collected."""
        return self.folder / "submissions"

    @property
    def results(self) -> Path:
        """The folder of results."""
        return self.folder / "course.results"

    @property
    def assignment(self) -> Path:
        """The assignment's folder."""
        return self.folder / "reference" / "layers"

    def run(self, *arguments: object, status: int = 0) -> str:
        """Run a command of `grader`, and return what it printed."""
        done = CliRunner().invoke(grader, [*map(str, arguments)])
        assert done.exit_code == status, done.output
        return done.output

    def collect(self) -> str:
        """Download all submissions, and collect them."""
        self.downloads += 1
        export = Blackboard.export(self.folder / f"export{self.downloads}.zip", self.students)
        return self.run("collect", export, "--roster", self.roster, "--out", self.submissions)

    def grade(self, jobs: int = 1) -> int:
        """Grade what was collected."""
        return grade_paths(
            [self.submissions],
            gradebook=self.book,
            jobs=jobs,
            require_sandbox=False,
            assignment=str(self.assignment),
            report=["html"],
        )

    def grades(self) -> dict[str, dict[str, str]]:
        """Return the lines of the gradebook's table, by the students."""
        table = self.run("gradebook", "list", self.book, "--csv", "-")
        return {row["student"]: row for row in csv.DictReader(io.StringIO(table))}

    def read_all(self) -> int:
        """Give every sentence that waits its points, as a person does; return how many."""
        book, count = Gradebook.opened(self.book), 0
        with book.writing() as session:
            for attempt in session.scalars(select(Attempt).order_by(Attempt.id)):
                result = result_of(session, attempt)
                for exercise in result.exercises if result is not None else ():
                    for check in exercise.checks:
                        if check.status == "review":
                            points = (attempt.id % 3) / 2
                            decide(
                                session,
                                attempt,
                                points,
                                who="maria",
                                exercise=exercise.id,
                                check_id=check.id,
                                comment=f"For {attempt.person_id}.",
                            )
                            count += 1
        bring_up_to_date(book)
        return count

    def hand_in_late(self, student: Student, content: bytes, time: datetime) -> None:
        """Let a student hand in once more."""
        more = HandIn({"nn.ipynb": content}, time, late=True)
        place = self.students.index(student)
        self.students[place] = replace(student, handed_in=(*student.handed_in, more))

    def void(self, check: str) -> str:
        """Give everybody the points of a check."""
        return self.run("void", self.book, check, "--why", "It was unclear.")

    def publish(self) -> str:
        """Read what waits, and write each student's feedback."""
        self.read_all()
        return self.run("publish", self.book, "--feedback", self.folder / "feedback")

    def mend(self, *changes: tuple[str, str]) -> None:
        """Change the assignment's checks."""
        path = self.assignment / CHECKS
        text = path.read_text("utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path.write_text(text, "utf-8")
