"""Which checks the edits of a search could guess, and so are not what it goes by.

A search that goes on until a check passes is as many guesses as it has edits, and code can answer
otherwise for each. Of a check that asks one thing, or has few questions, one of them is soon right.
Where it asks many different things, none is: each is right by chance half of the time at most, or
whoever answers at random needs no search. Code can also learn from one edit to the next what an
answer should have been, and it hears on which question an edit was given up. So a mend has to hold
on questions that no edit has been asked.
"""

import math
import zlib
from collections.abc import Collection
from typing import Final

from grader.assignment.model import Check, Exercise
from grader.judging.judges import Judge
from grader.results.model import ExerciseResult

# How many edits are tried in all: for one slip, and for a second after each of two first ones.
MOST_GUESSES: Final = 1200
# How likely it may be that one of them answers all of a check's questions by chance.
CHANCE: Final = 0.01
# So many different questions: `MOST_GUESSES / 2 ** ENOUGH <= CHANCE`.
ENOUGH: Final = math.ceil(math.log2(MOST_GUESSES / CHANCE))
# Questions drawn anew are drawn from the seed of the others and this.
ANEW: Final = 0x5EED
# How many edits are judged by these, of the three searches together.
MOST_ANEW: Final = 30
# So many of them have to be none of the others: by the same reckoning.
ENOUGH_ANEW: Final = math.ceil(math.log2(MOST_ANEW / CHANCE))
# Of the questions that the mend which was found is asked at the end, and nothing that was tried.
# An exercise has at most so many mends, one for each of the definitions that are judged.
MOST_MENDS: Final = 3
ENOUGH_AT_LAST: Final = math.ceil(math.log2(MOST_MENDS / CHANCE))


def apart(seed: int, exercise: str, number: int) -> int:
    """Return the seed of questions that are asked once: for one `number` of one exercise alone."""
    return seed ^ zlib.crc32(f"{exercise} {number}".encode())


def telling(exercise: Exercise, judge: Judge, seed: int) -> frozenset[str]:
    """Return the ids of the checks that nobody guesses: they ask enough different questions."""
    return frozenset(
        check.id for check in exercise.checks if _is_telling(exercise, check, judge, seed)
    )


def _is_telling(exercise: Exercise, check: Check, judge: Judge, seed: int) -> bool:
    first, anew = (_questions(exercise, check, judge, drawn) for drawn in (seed, seed ^ ANEW))
    return len(first) >= ENOUGH and len(anew - first) >= ENOUGH_ANEW


def unforeseen(
    exercise: Exercise, judge: Judge, decisive: Collection[str], asked: Collection[int], last: int
) -> frozenset[str]:
    """Return those of `decisive` that have enough questions at the end which nobody knows by then.

    They are drawn from the seed `last`, and `asked` are the seeds of those that came before.
    """
    return frozenset(
        check.id
        for check in exercise.checks
        if check.id in decisive and _unforeseen(exercise, check, judge, asked, last)
    )


def _unforeseen(
    exercise: Exercise, check: Check, judge: Judge, asked: Collection[int], last: int
) -> bool:
    known = (_questions(exercise, check, judge, seed) for seed in asked)
    new = _questions(exercise, check, judge, last).difference(*known)
    return len(new) >= ENOUGH_AT_LAST


def _questions(exercise: Exercise, check: Check, judge: Judge, seed: int) -> set[frozenset[str]]:
    """Return what a check asks on each case that is drawn from a seed, nothing without cases."""
    cases = () if check.case is None else judge.cases(check.case, seed)
    return {judge.questions(exercise, check, case) for case in cases}


def left_open(
    exercise: Exercise, result: ExerciseResult, decisive: Collection[str]
) -> frozenset[str]:
    """Return the ids of the checks that a search does not go by, as an exercise came to `result`.

    That is what does not pass and is none of those that are `decisive`, with all that needs it and
    does not pass. None is, where nothing else fails: what is found then gives no points for it.
    """
    status = {check.id: check.status for check in result.checks}
    ids = {check.function: check.id for check in exercise.checks}
    found: set[str] = set()
    for check in exercise.checks:
        needed = {ids[each] for group in check.needs for each in group.checks}
        is_open = check.id not in decisive or not found.isdisjoint(needed)
        if is_open and status.get(check.id) != "passed":
            found.add(check.id)
    failed = {name for name, came in status.items() if came == "failed"}
    return frozenset(found) if failed - found else frozenset()


def given(
    result: ExerciseResult, decisive: Collection[str], opened: Collection[str]
) -> frozenset[str]:
    """Return the ids of the checks that a mend gives back where they pass with it.

    Of what is `opened`, as `left_open` says, it is what was not asked as it stood: the mend is the
    first that answers it.
    """
    waited = {check.id for check in result.checks if check.status == "skipped"}
    return frozenset({*decisive, *waited.intersection(opened)})
