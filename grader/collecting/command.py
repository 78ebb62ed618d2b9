"""`grader collect`: from downloads and a roster to a folder that `grade` takes as it is."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import click

from grader.collecting.choosing import Choice, Chosen, Wanted, choose
from grader.collecting.deposits import Context, Deposit, Platform
from grader.collecting.downloads import inside, opened_download, source_of
from grader.collecting.layout import SET_ASIDE, Layout, alone_in, folder_of, is_set_aside
from grader.collecting.manifest import (
    MANIFEST,
    ROSTER,
    Collected,
    read_manifest,
    shown,
    write_manifest,
)
from grader.collecting.matching import Roster, described
from grader.collecting.platforms import PLATFORMS, recognised
from grader.collecting.roster import Person, read_roster
from grader.collecting.trees import Entry, EntryError, Parts, Tree
from grader.errors import UsageError
from grader.files import write_atomically

_NOTHING: Final = "nothing was handed in"
_GONE: Final = "the file of attempt {} is gone: name its download again"
_IS_GONE: Final = re.compile(_GONE.format(r"([0-9]{1,6})"))
_OTHER_CHOSEN: Final = "another of the student's notebooks is the one"
# What a person writes into the column to say that a file is nobody's.
_NOBODY: Final = "-"
_MOST_SHOWN: Final = 5


@dataclass(frozen=True)
class _Found:
    """A deposit, where it lies in which download, whose it is, or why that is not known."""

    deposit: Deposit
    source: str
    person: Person | None
    reason: str
    partners: frozenset[str] = frozenset()


@dataclass
class _Collecting:
    """One call: what the folder has, and what is added to it."""

    layout: Layout
    wanted: Wanted
    # Rows without a file, by where they come from below the download.
    fileless: dict[str, list[Collected]] = field(default_factory=dict)
    added: int = 0
    there: int = 0

    def take(self, found: _Found) -> None:
        """Lay out what a deposit comes to, or note why there is nothing."""
        with ExitStack() as open_files:
            choice = choose(found.deposit, self.wanted, open_files)
            reasons = [choice.reason] if choice.reason else []
            for chosen in choice.attempts:
                reasons += self._add(found, chosen, "" if found.person else found.reason)
            if choice.unclear:
                self._unclear(found, choice)
                return
        self._forget(found)
        if reasons:
            self._note(found, "; ".join(reasons))

    def _add(self, found: _Found, chosen: Chosen, whose: str, *, nobody: bool = False) -> list[str]:
        """Add an attempt; return why it could not be."""
        note = "; ".join(filter(None, (whose, chosen.note)))
        row = _row(found, found.person, chosen.notebook.source, note)
        late = chosen.notebook.late
        row = replace(row, late=row.late if late is None else late)
        row = replace(row, student="") if nobody else row
        try:
            added = self.layout.add(row, chosen, found.partners)
        except EntryError as error:
            return [f"{shown(chosen.notebook.name)} {error}"]
        self.added += added is not None
        self.there += added is None
        return []

    def _unclear(self, found: _Found, choice: Choice) -> None:
        """Lay aside notebooks of which a person is to say which is the right one."""
        own = described(found.person) if found.person else ""
        advice = f"one of several notebooks of {own}: write " if own else found.reason
        advice += f"{found.person.id} into the line of the right one" if found.person else ""
        reasons = []
        for chosen in choice.unclear:
            reasons += self._add(found, chosen, advice, nobody=True)
        sources = {
            inside(each): each
            for each in map(shown, (one.notebook.source for one in choice.unclear))
        }
        rows = [each for source in sources.values() for each in self.layout.of_source(source)]
        self._forget(found)
        if any(each.row.student for each in rows):
            for each in rows:
                if not each.row.student and not is_set_aside(each.row):
                    each.row = replace(each.row, note=f"{SET_ASIDE}: {_OTHER_CHOSEN}")
        elif found.person or reasons:
            self._note(found, "; ".join([choice.reason, *reasons]))

    def _forget(self, found: _Found) -> None:
        """Drop what former calls noted of a deposit, but for what a person said of it."""
        source = inside(shown(found.source))
        if source in self.fileless:
            self.fileless[source] = [
                each
                for each in self.fileless[source]
                if is_set_aside(each)
                or each.student in found.partners
                # A person has said whose it is.
                or (each.student and not found.person)
            ]

    def _note(self, found: _Found, reason: str) -> None:
        whose = [] if found.person else [found.reason]
        row = _row(found, found.person, found.source, "; ".join([reason, *whose]))
        same = self.fileless.setdefault(inside(row.source), [])
        # About no other of those who handed it in together.
        own = (each for each in same if each.student not in found.partners)
        if not any(each.handed_in == row.handed_in for each in own):
            same.append(row)


def collect(downloads: Sequence[Path], roster: Path, out: Path, assignment: str | None) -> int:
    """Lay out what downloads hold; return the exit status, 1 where something is left to a person.

    Raises UsageError where a download, the roster, or what was collected before cannot be used.
    """
    people = read_roster(roster)
    content = roster.read_bytes()
    context = Context(Roster(people), Path(assignment).name if assignment else "")
    with ExitStack() as open_files:
        trees = [(each, _tree(each, (out, roster), open_files)) for each in downloads]
        with alone_in(out):
            layout = Layout(out, people)
            rows = _rows(out, people)
            layout.take_in([row for row in rows if row.file])
            wanted = Wanted(context.assignment)
            fileless: dict[str, list[Collected]] = {}
            for row in rows:
                if not row.file and row.source and not _is_lost(layout, row):
                    fileless.setdefault(inside(row.source), []).append(row)
            collecting = _Collecting(layout, wanted, fileless)
            found = [each for path, tree in trees for each in _found(path, tree, context, rows)]
            wanted.deposits = [each.deposit for each in found]
            for each in sorted(_with_partners(found), key=_order):
                collecting.take(each)
            rows = _every_row(collecting, people)
            write_atomically(out / ROSTER, content)
            write_manifest(out, rows)
    return _report(collecting, rows, people)


def _is_lost(layout: Layout, row: Collected) -> bool:
    """Whether a row is about a file that was there once; it keeps its number."""
    gone = _IS_GONE.fullmatch(row.note)
    if gone is not None:
        layout.lose(replace(row, attempt=int(gone[1])))
    return gone is not None


def _tree(download: Path, but: Sequence[Path], open_files: ExitStack) -> Tree:
    if download.exists() and but[0].exists() and download.samefile(but[0]):
        raise UsageError(
            f"{download} is what is collected into. Name the download, or another --out."
        )
    return opened_download(download, but, open_files)


def _rows(out: Path, people: Mapping[str, Person]) -> list[Collected]:
    """Return what was collected before, with what a person has written into the list since."""
    if not (out / MANIFEST).exists():
        return []
    return [_mended(out, row, people) for row in read_manifest(out)]


def _mended(out: Path, row: Collected, people: Mapping[str, Person]) -> Collected:
    if row.student == _NOBODY:
        note = row.note if row.note.startswith(SET_ASIDE) else f"{SET_ASIDE}; {row.note}"
        return replace(row, student="", note=note.rstrip("; "))
    if not row.student or row.student in people:
        return row
    # A spreadsheet takes 00123 for a number.
    meant = [each for each in people if each.lstrip("0") == row.student.lstrip("0")]
    if len(meant) == 1 and row.student.isdigit():
        return replace(row, student=meant[0])
    if not row.file or row.file.split("/")[0] == folder_of(row.student):
        return row
    raise UsageError(
        f"{out / MANIFEST}: the student {row.student!r} of {row.file} is not on the roster. Write "
        f"an id of the roster, nothing, or {_NOBODY} for what is nobody's."
    )


def _found(path: Path, tree: Tree, context: Context, rows: Sequence[Collected]) -> Iterator[_Found]:
    """Yield what a download holds, and print what it was taken for."""
    name, tree, around = recognised(tree, context)
    platform = PLATFORMS[name]
    decided = _decided(platform, around, context, rows)
    before = source_of(path) + "".join(f"{each}/" for each in around)
    count = 0
    for deposit in platform.deposits(tree, context):
        count += 1
        match = context.roster.match(deposit.who)
        person = match.person
        if deposit.who.lasting and deposit.who.label in decided:
            person = context.roster.people[decided[deposit.who.label]]
        yield _Found(deposit, before + deposit.place, person, match.reason)
    click.echo(f"{shown(str(path))}: {name}, {count} submission{'s' * (count != 1)}")


def _with_partners(found: Sequence[_Found]) -> Iterator[_Found]:
    """Yield what was found, each with the others who handed in the same together."""
    together: dict[str, set[str]] = {}
    for each in found:
        together.setdefault(each.source, set()).update({each.person.id} if each.person else ())
    for each in found:
        own = {each.person.id} if each.person else set()
        yield replace(each, partners=frozenset(together[each.source] - own))


def _decided(
    platform: Platform, around: Parts, context: Context, rows: Sequence[Collected]
) -> dict[str, str]:
    """Return whose submissions a platform's labels are by the list, where that is one person."""

    def unread(_limit: int) -> bytes:
        raise EntryError("is not at hand")

    owners, entries = {}, []
    for row in rows:
        if row.student in context.roster.people and row.file and row.source:
            parts = tuple(inside(row.source).split("/"))
            below = parts[len(around) :] if parts[: len(around)] == around else parts
            owners[row.source] = row.student
            entries.append(Entry(below, row.source, 0, unread))
    labels: dict[str, set[str]] = {}
    try:
        for deposit in platform.deposits(Tree(entries), context):
            for entry in deposit.files.entries:
                labels.setdefault(deposit.who.label, set()).add(owners[entry.source])
    except UsageError:
        return {}
    return {label: next(iter(found)) for label, found in labels.items() if len(found) == 1}


def _order(found: _Found) -> tuple[object, ...]:
    time = found.deposit.handed_in
    whose = found.person.id if found.person else ""
    known = (1, time.timestamp()) if time else (0, 0.0)
    return (whose, known, found.deposit.order, found.source)


def _row(found: _Found, person: Person | None, source: str, note: str) -> Collected:
    deposit = found.deposit
    time = deposit.handed_in.replace(microsecond=0) if deposit.handed_in else None
    told = (shown(source), shown(note))
    if person is None:
        who = deposit.who
        return Collected(
            "", shown(who.name), shown(who.email), "", 0, time, deposit.late, "", *told
        )
    about = (person.id, person.name, person.email, person.section)
    return Collected(*about, 0, time, deposit.late, "", *told)


def _every_row(collecting: _Collecting, people: Mapping[str, Person]) -> list[Collected]:
    """Return the rows of the list: what a person has to look at, then the roster's order."""
    layout = collecting.layout
    rows = [layout.described(each.row) for each in layout.kept]
    rows += [layout.described(each) for some in collecting.fileless.values() for each in some]
    rows += [
        replace(row, file="", attempt=0, note=_GONE.format(row.attempt))
        for row in layout.lost.values()
    ]
    seen = {row.student for row in rows}
    rows += [
        Collected(each.id, each.name, each.email, each.section, note=_NOTHING)
        for each in people.values()
        if each.id not in seen
    ]
    places = {each: place for place, each in enumerate(people)}

    def order(row: Collected) -> tuple[object, ...]:
        last = len(places) + is_set_aside(row)
        place = -1 if is_open(row) else places.get(row.student, last)
        return (place, row.attempt == 0, row.attempt, row.source, row.file)

    return sorted(rows, key=order)


def is_open(row: Collected) -> bool:
    """Whether a person is still to say whose a row is."""
    return not row.student and not is_set_aside(row)


def _report(
    collecting: _Collecting, rows: Sequence[Collected], people: Mapping[str, Person]
) -> int:
    """Print what was done and what is left to do; return the exit status."""
    layout = collecting.layout
    added, there, out = collecting.added, collecting.there, shown(str(layout.out))
    parts = [f"{added} collected", f"{there} there already"]
    parts += [f"{layout.moved} moved to where the list says"] if layout.moved else []
    click.echo(f"Notebooks: {', '.join(parts)}.")
    have = {row.student for row in rows if row.file} & people.keys()
    lacking = [each for each in people if each not in have]
    click.echo(f"Students: {len(people)}, {len(have)} with a notebook, {len(lacking)} without.")
    reasons = {row.student: row.note for row in rows if not row.file}
    asked = [each for each in lacking if reasons.get(each, _NOTHING) != _NOTHING]
    _listed(f"{described(people[each])}: {shown(reasons[each])}" for each in asked)
    left = [row for row in rows if is_open(row)]
    if left:
        click.echo(f"Not matched: {len(left)}.")
        _listed(f"{row.source}: {row.note}" for row in left)
        click.echo(
            f"Next: write ids of the roster into the column `student` of {out}/{MANIFEST}, "
            f"{_NOBODY} for what is nobody's, and call this again."
        )
    click.echo(f"{'Then' if left else 'Next'}: grade {out}/ --out results/")
    return 1 if left else 0


def _listed(lines: Iterator[str]) -> None:
    every = list(lines)
    for line in every[:_MOST_SHOWN]:
        click.echo(f"  {line}")
    if len(every) > _MOST_SHOWN:
        click.echo(f"  and {len(every) - _MOST_SHOWN} more, in {MANIFEST}")
