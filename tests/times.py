"""How long tests take, as they were last measured: what begins first, and what is quick.

`TIMES=write make test` measures them anew. Only what takes a while is listed: a test by its id, and
by the name of a file what its tests share and is made first. What a machine was busy with beside
them is in it, so they are good for an order and for no more.
"""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final, TypeVar

from grader.files import write_atomically

FILE: Final = Path(__file__).with_name("times.json")
# In seconds. What takes less is not listed, and no order of such tests matters.
LISTED: Final = 1.0
USUAL: Final = 0.1
WRITES: Final = os.environ.get("TIMES") == "write"

# A test's id with the group that it has to stay with, None for none.
Test = tuple[str, str | None]
Key = TypeVar("Key")


@cache
def known() -> Mapping[str, float]:
    """Return the seconds of what is listed: tests by their ids, what they share by their file."""
    return dict(json.loads(FILE.read_text("utf-8")))


def seconds(test: str) -> float:
    """Return how long a test takes."""
    return known().get(test, USUAL)


def longest_first(tests: Sequence[Test]) -> list[int]:
    """Return the places of `tests` in the order in which to begin them.

    What cannot be divided among workers decides when the last of them ends: a group, or a single
    test. So the longest of these begins first. The tests of a file stay together, in their order:
    what they share is made once.
    """
    together: dict[str, float] = {}
    for file, group in dict.fromkeys((_file(test), group) for test, group in tests):
        if group is not None:
            together[group] = together.get(group, 0.0) + known().get(file, 0.0)
    for test, group in tests:
        if group is not None:
            together[group] += seconds(test)
    longest: dict[str, float] = {}
    for test, group in tests:
        whole = seconds(test) if group is None else together[group]
        longest[_unit(test, group)] = max(longest.get(_unit(test, group), 0.0), whole)
    return sorted(range(len(tests)), key=lambda place: _place(longest, *tests[place]))


def _place(longest: Mapping[str, float], test: str, group: str | None) -> tuple[float, str]:
    unit = _unit(test, group)
    return -longest[unit], unit


def _unit(test: str, group: str | None) -> str:
    return _file(test) if group is None else f"@{group}"


def _file(test: str) -> str:
    return test.partition("::")[0]


def key(test: str, when: str, took: float) -> str:
    """Return by what to list how long a part of a test took; `when` is what pytest calls the part.

    What takes long before a test begins is what others of its file find made.
    """
    return _file(test) if when == "setup" and took >= LISTED else test


def measured(took: Mapping[str, float], former: Mapping[str, float] | None = None) -> str:
    """Return what is to stand in `FILE` after tests `took` so long; others stay as they were."""
    now = {**(known() if former is None else former), **took}
    listed = {test: round(each, 1) for test, each in sorted(now.items()) if each >= LISTED}
    return json.dumps(listed, indent=1, ensure_ascii=False) + "\n"


def write(took: Mapping[str, float]) -> None:
    """Write down how long tests `took`."""
    write_atomically(FILE, measured(took))


def within(tests: Iterable[Key], takes: Mapping[Key, float], most: float) -> list[Key]:
    """Return the first of `tests` that together take at most so many seconds.

    One that is too long is left out, and those after it that are not are taken.
    """
    taken: list[Key] = []
    for test in tests:
        if takes[test] <= most:
            taken.append(test)
            most -= takes[test]
    return taken
