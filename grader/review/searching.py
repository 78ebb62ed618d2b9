"""Finding answers by what they say, by check, by known mistake and by student."""

from dataclasses import dataclass

from grader.review.items import Handed, Item, View


@dataclass(frozen=True)
class Question:
    """What is looked for; "" asks for nothing."""

    text: str = ""
    check: str = ""
    mistake: str = ""
    student: str = ""

    @property
    def asks(self) -> bool:
        """Whether it asks for anything."""
        return any((self.text, self.check, self.mistake, self.student))


@dataclass(frozen=True)
class Found:
    """An attempt that was found, and the items of it that answer the question."""

    handed: Handed
    items: tuple[Item, ...]


def search(view: View, asked: Question) -> list[Found]:
    """Return what answers all that a question asks, in an order that hangs on no name."""
    of_attempt: dict[int, list[Item]] = {}
    for item in view.items:
        of_attempt.setdefault(item.attempt_id, []).append(item)
    found = []
    for handed in sorted(view.handed, key=lambda each: each.key):
        if asked.mistake and asked.mistake not in handed.mistakes:
            continue
        if asked.student and not _is(handed, asked.student.casefold()):
            continue
        items = tuple(
            each
            for each in of_attempt.get(handed.id, ())
            if asked.check in ("", each.name)
            and " ".join(asked.text.split()).casefold() in each.normal
        )
        if items or not (asked.text or asked.check):
            found.append(Found(handed, items))
    return found


def known_mistakes(view: View) -> list[str]:
    """Return the names of the mistakes that somebody made."""
    return sorted({name for each in view.handed for name in each.mistakes})


def _is(handed: Handed, student: str) -> bool:
    person = handed.person
    return any(student in each.casefold() for each in (person.id, person.name, person.email))
