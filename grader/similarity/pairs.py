"""Pairs of students whose solutions are alike, by their code, their wrong answers or both."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from grader.similarity.fingerprints import (
    Common,
    Comparison,
    Tokens,
    all_tokenised,
    common_to_all,
    hashes,
)
from grader.similarity.gathering import Handed, LeftOut
from grader.similarity.wrong_answers import Equal, rarity

# What honest solutions of one exercise share is below this: see tests/similarity.
LEAST_SHARE: Final = 0.5
# Characters of tokenised code. In less, all of it can be alike by chance.
LEAST_TOKENS: Final = 90
# How surprising equal wrong answers of a pair have to be: as what a quarter of the class answers.
LEAST_BITS: Final = 2.0
# In a small class, whatever only two answer is worth a look.
SMALL_CLASS: Final = 8


@dataclass(frozen=True)
class Pair:
    """Two notebooks that a person should look at side by side."""

    one: Handed
    other: Handed
    common: Common
    equal: tuple[Equal, ...] = ()

    @property
    def by_code(self) -> bool:
        """Whether their code is why."""
        return max(self.common.shares) >= LEAST_SHARE and self.common.tokens >= LEAST_TOKENS

    @property
    def by_answers(self) -> bool:
        """Whether their wrong answers are why."""
        return bool(self.equal) and (
            rarity(self.equal) >= LEAST_BITS or self.equal[0].judged < SMALL_CLASS
        )


@dataclass(frozen=True)
class Alike:
    """What comparing a class came to: its pairs, the most alike first, and what was not compared.

    `compared` counts notebooks.
    """

    pairs: tuple[Pair, ...]
    left_out: tuple[LeftOut, ...]
    compared: int


def alike(
    handed: Sequence[Handed],
    handed_out: str,
    equal: Mapping[frozenset[str], tuple[Equal, ...]],
    workers: int,
) -> Alike:
    """Compare each two students' notebooks, without what was handed out.

    Of students with several notebooks, each two are one pair: that of the most alike.
    Raises UsageError where copydetect is not installed.
    """
    usable, tokens, given, left_out = _tokenised(handed, handed_out, workers)
    by_student: dict[str, list[int]] = {}
    for index, each in enumerate(usable):
        by_student.setdefault(each.student, []).append(index)
    every = {
        student: [hashes(tokens[index]) for index in own] for student, own in by_student.items()
    }
    comparison = Comparison([each.code for each in usable], tokens, common_to_all(given, every))
    left_out += [
        LeftOut(each.name, _NOTHING_OWN)
        for index, each in enumerate(usable)
        if not comparison.own(index)
    ]
    closely = comparison.likely([each.student for each in usable])
    closely += [
        (min(one, other), max(one, other))
        for pair in equal
        if pair <= by_student.keys()
        for one in by_student[min(pair)]
        for other in by_student[max(pair)]
    ]
    found: dict[frozenset[str], Pair] = {}
    for one, other in dict.fromkeys(closely):
        students = frozenset((usable[one].student, usable[other].student))
        if len(students) < 2:
            continue
        common = comparison.compared(one, other)
        pair = Pair(usable[one], usable[other], common, equal.get(students, ()))
        former = found.get(students)
        if former is None or max(common.shares) > max(former.common.shares):
            found[students] = pair
    return Alike(tuple(_in_order(found.values())), tuple(left_out), len(usable))


_NOTHING_OWN: Final = (
    "has no code of its own to compare, beside what was handed out and what most of the class has"
)
_TOO_LONG: Final = "what it is made of could not be told in time; look at it yourself"


def _tokenised(
    handed: Sequence[Handed], handed_out: str, workers: int
) -> tuple[list[Handed], list[Tokens], list[Tokens], list[LeftOut]]:
    """Return what can be compared, its tokens and those of what was handed out, and what cannot."""
    codes = [each.code for each in handed]
    every = list(all_tokenised([*codes, handed_out], workers))
    usable = [each for each, tokens in zip(handed, every, strict=False) if tokens is not None]
    left_out = [
        LeftOut(each.name, _TOO_LONG)
        for each, tokens in zip(handed, every, strict=False)
        if tokens is None
    ]
    tokens = [each for each in every[:-1] if each is not None]
    given = [each for each in every[-1:] if each is not None]
    return usable, tokens, given, left_out


def _in_order(pairs: Iterable[Pair]) -> list[Pair]:
    """Return those that are worth a look, the most alike by code and by answers in turn.

    No number weighs the one against the other.
    """
    found = [pair for pair in pairs if pair.by_code or pair.by_answers]
    place: dict[int, int] = {}
    for key in (_by_code, _by_answers):
        for number, pair in enumerate(sorted(found, key=key, reverse=True)):
            place[id(pair)] = min(number, place.get(id(pair), number))
    return sorted(found, key=lambda pair: (place[id(pair)], *(-each for each in _by_code(pair))))


def _by_code(pair: Pair) -> tuple[float, ...]:
    return (max(pair.common.shares) if pair.by_code else 0, pair.common.tokens)


def _by_answers(pair: Pair) -> tuple[float, ...]:
    return (rarity(pair.equal), len(pair.equal))
