"""Whose a submission is: by what a platform says of its student, and never by a guess."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from grader.collecting.naming import exact, folded, joined, loose
from grader.collecting.roster import IDS, Person, plain
from grader.text import one_line

# Whom a row of the roster is known by, beside its id.
_KNOWN: Final = frozenset((*IDS, "email", "emailaddress", "githubid", "canvasuserid"))
_MOST_NAMED: Final = 5
# What stands between a title and a name.
_BETWEEN: Final = re.compile(r"\s+[-–—]\s+|\s*[_()\[\]]\s*")


@dataclass(frozen=True)
class Who:
    """What a platform says of a student.

    `label` is the same for each of the student's submissions, and another student's is another.
    `ids` are what may be an id, a username or an address. `name` is the student's, and
    `run_together` says that it has no spaces, and any order. `parts` are a file's name and pieces
    of it: each may be an id or a name, or neither. `unsure` says that the ids are numbers of the
    platform's own, which may be something else in this roster: the name has to agree. `lasting`
    says that the next submission with this label is the same student's.
    """

    label: str
    ids: tuple[str, ...] = ()
    name: str = ""
    email: str = ""
    parts: tuple[str, ...] = ()
    run_together: bool = False
    unsure: bool = False
    lasting: bool = True


@dataclass(frozen=True)
class Match:
    """The person whose a submission is, or the reason why that is not known."""

    person: Person | None
    reason: str = ""


def described(person: Person) -> str:
    """Return how a person of the roster is told to the instructor."""
    name = one_line(person.name)
    return f"{person.id} ({name})" if name and name != person.id else person.id


def parts_of(name: str) -> tuple[str, ...]:
    """Return a file's name, and the pieces of it that may be a student's id or name."""
    words = [word for word in name.split("_") if word.strip()]
    runs = [" ".join(words[at : at + size]) for size in (1, 2, 3) for at in range(len(words))]
    return tuple(dict.fromkeys((name, *filter(None, _BETWEEN.split(name)), *runs)))


@dataclass
class Roster:
    """The people of a course, found by what platforms call them."""

    people: Mapping[str, Person]
    _ids: dict[str, set[str]] = field(init=False)
    _local: dict[str, set[str]] = field(init=False)
    _exact: dict[tuple[str, ...], set[str]] = field(init=False)
    _loose: dict[tuple[str, ...], set[str]] = field(init=False)
    _joined: dict[str, set[str]] = field(init=False)

    def __post_init__(self) -> None:
        self._ids, self._local, self._joined = defaultdict(set), defaultdict(set), defaultdict(set)
        self._exact, self._loose = defaultdict(set), defaultdict(set)
        for person in self.people.values():
            self._enter(person)

    def _enter(self, person: Person) -> None:
        others = [cell for header, cell in person.extras.items() if plain(header) in _KNOWN]
        for said in filter(None, map(folded, (person.id, person.email, *others))):
            self._ids[said].add(person.id)
            self._ids[said.removeprefix("#")].add(person.id)
            if "@" in said:
                self._local[said.partition("@")[0]].add(person.id)
        if exact(person.name):
            self._exact[exact(person.name)].add(person.id)
            self._loose[loose(person.name)].add(person.id)
            for whole in joined(person.name):
                self._joined[whole].add(person.id)

    def match(self, who: Who) -> Match:
        """Return whose a submission is. Where several may be meant, it is nobody's."""
        by_id = self._by_ids((*who.ids, who.email))
        by_name = self._by_name(who)
        if by_id and by_name:
            both = by_id & by_name
            if not both:
                return Match(None, f"the id is that of {self._told(by_id)}, and the name is that "
                             f"of {self._told(by_name)}")  # fmt: skip
            return self._one(both, "the id and the name are those of")
        if by_id:
            if who.unsure and who.name and not self._agrees(by_id, who):
                return Match(
                    None, f"the number is that of {self._told(by_id)}, and the name is not"
                )
            return self._one(by_id, "the id is that of")
        if by_name:
            return self._one(by_name, "the name is that of")
        by_part = self._by_parts(who.parts)
        if by_part:
            return self._one(by_part, "the file's name names")
        return Match(None, "nobody on the roster is called so")

    def _by_ids(self, ids: Iterable[str]) -> set[str]:
        wanted = list(filter(None, map(folded, ids)))
        found = set().union(*(self._ids.get(each, set()) for each in wanted))
        return found or set().union(*(self._local.get(each, set()) for each in wanted))

    def _by_name(self, who: Who) -> set[str]:
        if not who.name:
            return set()
        if who.run_together:
            return self._joined.get("".join(loose(who.name)), set())
        return self._called(who.name)

    def _called(self, name: str) -> set[str]:
        found = self._exact.get(exact(name)) if exact(name) else None
        return found or (self._loose.get(loose(name), set()) if loose(name) else set())

    def _by_parts(self, parts: Iterable[str]) -> set[str]:
        whole, *pieces = *parts, ""
        if found := self._by_ids((whole,)) or self._called(whole):
            return found
        return set().union(*(self._by_ids((each,)) or self._called(each) for each in pieces))

    def _agrees(self, ids: Iterable[str], who: Who) -> bool:
        """Whether a name shares a word with that of one of these, or is not known of one."""
        said = "".join(loose(who.name))
        names = [self.people[each].name for each in ids]
        return any(
            not name or any(len(word) > 1 and word in said for word in loose(name))
            for name in names
        )

    def _one(self, ids: set[str], words: str) -> Match:
        if len(ids) == 1:
            return Match(self.people[next(iter(ids))])
        return Match(None, f"{words} {self._told(ids)}")

    def _told(self, ids: set[str]) -> str:
        order = [each for each in self.people if each in ids]
        told = [described(self.people[each]) for each in order[:_MOST_NAMED]]
        more = len(order) - len(told)
        return " and ".join(told) + (f" and {more} more" if more else "")
