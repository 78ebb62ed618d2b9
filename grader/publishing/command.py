"""`grader publish`: what it does and says."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console

from grader.errors import UsageError
from grader.files import content_of, require_writable, write_atomically
from grader.gradebook.book import Gradebook, assignment_named
from grader.gradebook.decisions import user
from grader.publishing.feedback import DEFAULT, FeedbackWriter, marked, present, write_files
from grader.publishing.filling import Filling, filled
from grader.publishing.matching import matched
from grader.publishing.names import Platform
from grader.publishing.publications import (
    Publishable,
    Ready,
    publishable,
    put_on_record,
    unpublished,
)
from grader.publishing.services import RefusedError, Service
from grader.reports.console import Page
from grader.reports.github import as_text, say
from grader.reports.wording import number as points

DONE, LEFT = 0, 1
MOST_LISTED: Final = 20


def many(number: int, what: str) -> str:
    """Return how many there are of something."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


@dataclass(frozen=True)
class Wish:
    """What a call of `grader publish` asks for."""

    assignment: str | None = None
    feedback: Path | None = None
    form: str = DEFAULT
    platform: Platform = "gradescope"
    fill: Path | None = None
    column: str | None = None
    match: str | None = None
    out: Path | None = None
    force: bool = False
    canvas: str | None = None
    moodle: str | None = None
    course: int | None = None
    assignment_id: int | None = None
    send: bool = False
    provisional: bool = False
    who: str | None = None

    def require_whole(self) -> None:
        """Raise UsageError where it does not say all that it takes, before anything is done."""
        if self.fill is not None and self.column is None:
            raise UsageError("--fill needs --column TITLE: the column that scores go to.")
        if self.fill is None and (self.column or self.out):
            raise UsageError("--column and --out belong to --fill EXPORT.csv.")
        if not any((self.feedback, self.fill, self.canvas, self.moodle)):
            raise UsageError(
                "Say where to publish: --feedback OUT for files, --fill EXPORT.csv for scores in a "
                "platform's own table, --canvas URL or --moodle URL for its web service."
            )
        if self.canvas is not None and self.moodle is not None:
            raise UsageError("Send to one platform at a time.")
        if self.canvas is not None and None in (self.course, self.assignment_id):
            raise UsageError(
                "--canvas needs --course N and --assignment-id N: both stand in the address of the "
                "assignment's page."
            )
        if self.moodle is not None and self.assignment_id is None:
            raise UsageError("--moodle needs --assignment-id N: the assignment's own number.")
        if self.send and not (self.canvas or self.moodle):
            raise UsageError("--send belongs to --canvas or --moodle.")
        if self.fill is not None and self.out is not None:
            self._require_other(self.fill, self.out)

    def _require_other(self, fill: Path, out: Path) -> None:
        same = os.path.realpath(fill) == os.path.realpath(out)
        if same and not self.force:
            raise UsageError(
                f"--out {out} is the export itself. Name another file, or add --force to write "
                "into it."
            )
        require_writable(out)


@dataclass(frozen=True)
class Desk:
    """What all ways of publishing need."""

    book: Gradebook
    what: Publishable
    console: Console
    who: str

    def say(self, text: str) -> None:
        """Print a sentence."""
        say(self.console, text)

    def listed(self, heading: str, lines: Sequence[str]) -> None:
        """Print lines below a heading, where there are any."""
        if not lines:
            return
        self.say(f"{heading}:")
        for line in lines[:MOST_LISTED]:
            self.say(f"  {line}")
        if len(lines) > MOST_LISTED:
            self.say(f"  and {len(lines) - MOST_LISTED} more")

    def rows(self, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Print a table whose first column is words and whose others are numbers."""
        page = Page(self.console)
        table = page.columns(*headings, left=1)
        for row in rows:
            table.add_row(*map(page.text, row))
        with as_text(self.console):
            page.table(table)

    def unpublished(self, where: str, each: Iterable[Ready]) -> list[Ready]:
        """Return those of grades that were not published there yet, or were another then."""
        with self.book.reading() as session:
            return unpublished(session, self.what, where, each)

    def put_on_record(self, where: str, each: Iterable[Ready]) -> None:
        """Keep that students were told these grades."""
        put_on_record(self.book, self.what, each, where=where, who=self.who)


def publish(path: Path, wish: Wish) -> int:
    """Publish grades of a gradebook, in all ways that are asked for, and tell what is left.

    Returns the exit status: 1 where anybody with a grade was left out. Raises UsageError where the
    call cannot be carried out, where points are pending too.
    """
    wish.require_whole()
    book, console = Gradebook.opened(path), Console()
    with book.reading() as session:
        row = assignment_named(session, wish.assignment)
        what = publishable(session, row, provisional=wish.provisional)
    desk = Desk(book, what, console, wish.who or user())
    desk.listed("Without a grade, and left alone", what.without)
    status = DONE
    if wish.feedback is not None:
        status = max(status, _give_feedback(desk, wish, wish.feedback))
    if wish.fill is not None:
        status = max(status, _fill(desk, wish, wish.fill))
    if wish.canvas is not None or wish.moodle is not None:
        status = max(status, _send(desk, wish, _service(wish)))
    return status


def _give_feedback(desk: Desk, wish: Wish, out: Path) -> int:
    with desk.book.reading() as session:
        every = list(marked(session, desk.book, desk.what.ready))
    files = FeedbackWriter(wish.platform, wish.form).written(every)
    told = {each.ready.student.id for each in every}
    files.lacking += [
        f"{each.student.id}: there is no result to tell of, only points by a person"
        for each in desk.what.ready
        if each.student.id not in told
    ]
    there = present(out, files)
    changed = {path for path, each in files.contents.items() if there.get(path) != each}
    owners = [each for owned in files.owners.values() for each in owned]
    where = f"feedback files for {wish.platform}"
    new = desk.unpublished(where, owners)
    known = {each.student.id for each in new}
    # Who was told the same grade with other words was told something new.
    new += [
        each
        for path in sorted(changed & there.keys())
        for each in files.owners[path]
        if each.student.id not in known
    ]
    if changed:
        write_files(out, files)
        desk.say(
            f"{out}: {many(len(files.contents), 'file')}, {len(changed)} of them new or changed."
        )
    else:
        desk.say(f"{out}: nothing is new; {many(len(files.contents), 'file')} as before.")
    desk.put_on_record(where, new)
    _tell_record(desk, where, new)
    desk.listed("Without a file", files.lacking)
    return LEFT if files.lacking else DONE


def _fill(desk: Desk, wish: Wish, export: Path) -> int:
    grades = {each.student.id: each.grade for each in desk.what.ready}
    try:
        content = content_of(export)
    except OSError as error:
        raise UsageError(f"{export} cannot be read: {error.strerror}.") from error
    try:
        filling = filled(content, wish.column or "", desk.what.students, grades, wish.match)
    except UsageError as error:
        raise UsageError(f"{export}: {error}") from error
    desk.say(f"Column {filling.column!r}; students are matched by {filling.matching.column!r}.")
    _compare_most(desk, export.name, filling.most)
    if wish.out is None:
        if filling.changes:
            rows = [(each.student, each.before, each.after) for each in filling.changes]
            desk.rows(("Student", "Before", "After"), rows)
        desk.say(
            f"{many(len(filling.changes), 'cell')} to change, {len(filling.same)} right already. "
            "Nothing was written: add --out FILE."
        )
    else:
        write_atomically(wish.out, filling.content())
        desk.say(
            f"{wish.out}: {many(len(filling.changes), 'cell')} filled in, {len(filling.same)} "
            "right already; all else is as it was."
        )
        where = f"scores in the table's column {filling.column!r}"
        filled_in = {*filling.same, *(each.student for each in filling.changes)}
        there = [each for each in desk.what.ready if each.student.id in filled_in]
        new = desk.unpublished(where, there)
        desk.put_on_record(where, new)
        _tell_record(desk, where, new)
    return _tell_left(desk, filling)


def _tell_left(desk: Desk, filling: Filling) -> int:
    desk.listed("With a grade, and not in the table", filling.missing)
    desk.listed("Lines that are not filled in", filling.refused)
    desk.listed("Lines of nobody whom the gradebook knows", filling.unknown)
    return LEFT if filling.missing or filling.refused else DONE


def _compare_most(desk: Desk, what: str, most: float | None) -> None:
    if most is not None and most != desk.what.max_score:
        desk.say(
            f"{what} gives {points(most)} points at most, the gradebook "
            f"{points(desk.what.max_score)}: scores are not converted."
        )


def _tell_record(desk: Desk, where: str, new: Sequence[Ready]) -> None:
    if new:
        desk.say(f"On record as published: {many(len(new), 'grade')} ({where}).")
    else:
        desk.say("No grade was published that was not before.")


def _service(wish: Wish) -> Service:
    """Return the platform that grades go to."""
    number_there = wish.assignment_id or 0
    if wish.canvas is not None:
        from grader.publishing.canvas import Canvas  # noqa: PLC0415 - another extra

        return Canvas(wish.canvas, wish.course or 0, number_there)
    from grader.publishing.moodle import Moodle  # noqa: PLC0415 - another extra

    return Moodle(wish.moodle or "", number_there)


def _send(desk: Desk, wish: Wish, service: Service) -> int:
    there = service.participants()
    try:
        matching = matched(there.headers, there.rows, desk.what.students, wish.match)
    except UsageError as error:
        raise UsageError(f"{service.where}: {error}") from error
    desk.say(f"{service.where}; students are matched by {matching.column!r}.")
    _compare_most(desk, "The assignment there", there.most)
    users = {student.id: place for place, student in matching.found.items()}
    known = [each for each in desk.what.ready if each.student.id in users]
    missing = [each.student.id for each in desk.what.ready if each.student.id not in users]
    new = desk.unpublished(service.where, known)
    same = len(known) - len(new)
    desk.listed("With a grade, and not found there", missing)
    refused = [f"{place}: {why}" for place, why in matching.refused.items()]
    desk.listed("Users there who are told apart by nothing", refused)
    status = LEFT if missing else DONE
    if not wish.send:
        if new:
            rows = [(each.student.id, points(each.grade)) for each in new]
            desk.rows(("Student", "Grade"), rows)
        desk.say(
            f"{many(len(new), 'grade')} to send, {same} sent before. Nothing was sent: add --send."
        )
        return status
    failed = _send_each(desk, service, users, new)
    desk.say(f"{many(len(new) - len(failed), 'grade')} sent, {same} sent before.")
    desk.listed("Not sent; the same call sends them again", failed)
    return LEFT if failed else status


def _send_each(
    desk: Desk, service: Service, users: dict[str, int], new: Iterable[Ready]
) -> list[str]:
    """Send grades, each put on record at once; return the lines on those that were refused."""
    failed, sent = [], 0
    for each in new:
        try:
            told = service.send(users[each.student.id], each.grade)
        except RefusedError as error:
            failed.append(f"{each.student.id}: {error}")
            continue
        except UsageError as error:
            raise UsageError(
                f"{error} Sent before, and on record: {many(sent, 'grade')}."
            ) from error
        desk.put_on_record(service.where, [each])
        sent += 1
        if told:
            desk.say(f"{each.student.id}: {told}.")
    return failed
