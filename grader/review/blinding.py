"""Telling students apart without telling who they are.

What stands in for a student, an attempt or an item follows from its identifier and from a key of
the gradebook: each process that opens the gradebook finds the same, and the order is nobody's.
"""

import re
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from grader.gradebook.tables import Grading, Person

HIDDEN: Final = "[name]"
# What is shorter is part of too many words.
_SHORTEST: Final = 4
# As many as have five digits; of more digits there are ten times as many each.
_NUMBERS: Final = 90_000
_BYTES: Final = 8


class Blinding:
    """What stands in for identifiers in one gradebook."""

    def __init__(self, key: bytes) -> None:
        self._key = blake2b(key, digest_size=32).digest()

    @classmethod
    def of(cls, session: Session) -> "Blinding":
        """Return that of a gradebook, whose first grading is its key: it never changes.

        How long that grading took is part of it, so that a list of names does not suffice to
        find out who is who.
        """
        first = session.scalar(select(Grading.result).order_by(Grading.id).limit(1))
        return cls((first or "").encode("utf-8", "surrogatepass"))

    def number(self, *what: object) -> int:
        """Return a number below 2**64 that stands for something."""
        text = "\0".join(map(str, what)).encode("utf-8", "surrogatepass")
        return int.from_bytes(blake2b(text, digest_size=_BYTES, key=self._key).digest(), "big")

    def share(self, *what: object) -> float:
        """Return a number from 0 to below 1 that stands for something."""
        return self.number(*what) / 256**_BYTES

    def code(self, *what: object) -> str:
        """Return sixteen digits that stand for something in addresses."""
        return f"{self.number(*what):016x}"

    def pseudonyms(self, people: Iterable[str]) -> Mapping[str, str]:
        """Return a name for each student; it hangs on others only where two would have the same.

        Where half of the numbers of five digits would be taken, all have longer ones.
        """
        everybody = sorted(people, key=lambda each: self.number("person", each))
        numbers = _NUMBERS
        while numbers < 2 * len(everybody):
            numbers *= 10
        first = numbers // 9
        taken: dict[int, str] = {}
        for person in everybody:
            place = self.number("person", person) % numbers
            while place in taken:
                place = (place + 1) % numbers
            taken[place] = person
        return {each: f"Student {first + place}" for place, each in taken.items()}


def blinded(text: str, person: Person) -> str:
    """Return a text without a student's name, parts of it, identifier and address."""
    words = {person.name, person.id, person.email, *person.name.split()}
    known = sorted((each for each in words if len(each) >= _SHORTEST), key=len, reverse=True)
    if not known:
        return text
    pattern = rf"(?<!\w)(?:{'|'.join(map(re.escape, known))})(?!\w)"
    return re.sub(pattern, HIDDEN, text, flags=re.IGNORECASE)
