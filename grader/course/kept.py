"""All that a folder of results holds, whoever's call it came by."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from grader.course.manual_points import Points
from grader.course.store import Record, Store
from grader.i18n import _, spoken
from grader.reports.csv_file import Row
from grader.reports.writer import Reports
from grader.results.by_hand import with_points
from grader.results.feedback import Feedback, shown
from grader.results.model import Note, Result

UNREADABLE = (
    "its record in {folder} cannot be read by this version of the grader: grade it again, or use "
    "the version that wrote it"
)


@dataclass(frozen=True)
class Held:
    """A submission of a folder of results: its result as it counts, or why there is none.

    `whole` is what is known, with the points that a person gave, and `seen` what its files tell.
    `unread` is the stem of a record that cannot be read, whose submission's name is not known.
    """

    name: str
    row: Row
    record: Record | None = None
    whole: Result | None = None
    seen: Result | None = None
    unread: str = ""

    def add_to(self, reports: Reports, twins: "Twins") -> None:
        """Have it stand in the reports on the whole course."""
        if self.whole is not None and self.seen is not None and self.row.totals:
            reports.add(self.name, self.seen, twins.noted(self.name, self.whole))
        else:
            reports.fail(self.name, self.row.note)


def everything(
    store: Store, given: Points, level: Feedback | None = None, but: Collection[str] = ()
) -> Iterator[Held]:
    """Yield all that is kept, once each, at the level that it was written at or at `level`.

    What is in the files of the stems `but` is left out.
    """
    failed = {each.name: each.sentence for each in store.unusable()}
    for stem, record in store.records(but):
        if record is None:
            told = UNREADABLE.format(folder=store.folder)
            yield Held(stem, Row.unusable(stem, failed.pop(stem, told)), unread=stem)
            continue
        name = record.name
        whole = with_points(record.result, given.get(name, ()))
        with spoken(whole.language):
            seen = shown(whole, Feedback.named(record.feedback) if level is None else level)
        row = Row.graded(name, seen)
        if name in failed:
            row = Row.unusable(name, f"{failed.pop(name)} (A result of a former version is kept.)")
        yield Held(name, row, record, whole, seen)
    for name, sentence in failed.items():
        yield Held(name, Row.unusable(name, sentence))


@dataclass(frozen=True)
class Twins:
    """Which submissions are the same byte for byte, by their names, and which the reference."""

    alike: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reference: frozenset[str] = frozenset()

    @classmethod
    def of(cls, digests: Mapping[str, str], reference: Iterable[str] = ()) -> Self:
        """Return them from the digests of files, by the names of the submissions."""
        groups: dict[str, list[str]] = defaultdict(list)
        for name, digest in sorted(digests.items()):
            groups[digest].append(name)
        alike = {
            name: tuple(each for each in group if each != name)
            for group in groups.values()
            for name in group
            if len(group) > 1
        }
        return cls(alike, frozenset(reference))

    def noted(self, name: str, result: Result) -> Result:
        """Return a result with a note for the instructor, where its file is not its own."""
        told = []
        with spoken(result.language):
            if name in self.alike:
                others = ", ".join(f"`{each}`" for each in self.alike[name])
                told.append(
                    _("The file is byte for byte the same as that of {others}.", others=others)
                )
            if name in self.reference:
                told.append(_("The file is byte for byte the assignment's own reference."))
        notes = (Note(text=text) for text in told)
        return replace(result, integrity=(*result.integrity, *notes))
