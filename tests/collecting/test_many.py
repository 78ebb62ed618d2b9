"""A class twice as large takes twice the work: nobody is compared with everybody."""

import cProfile
import pstats
from pathlib import Path
from typing import Any

import pytest

from tests.collecting.conftest import Collect
from tests.collecting.exports import Blackboard, HandIn, a_class, notebook

# Who looks for a student's rows asks where they are from, and compares them.
LOOKING = ("inside", "__eq__", "shown")


def asked(collect: Collect, folder: Path, size: int) -> tuple[int, int]:
    """Return how often rows are looked at as a class is collected, and once more."""
    folder.mkdir()

    def handed_in(place: int) -> list[HandIn]:
        none = {"nn.pdf": b"%PDF"}
        return [HandIn({"nn.ipynb": notebook(f"x = {place}")} if place % 5 else none)]

    students = a_class(size, handed_in)
    Blackboard.roster(folder / "roster.csv", students)
    Blackboard.export(folder / "export.zip", students)
    found = []
    for _ in range(2):
        profile = cProfile.Profile()
        profile.runcall(
            collect, folder / "export.zip", roster=folder / "roster.csv", out=folder / "out"
        )
        stats: Any = pstats.Stats(profile)
        calls = {key[2]: 0 for key in stats.stats}
        for (_file, _line, name), (_, count, *_rest) in stats.stats.items():
            calls[name] += count
        found.append(sum(calls.get(name, 0) for name in LOOKING))
    return found[0], found[1]


@pytest.mark.parametrize("again", [0, 1])
def test_twice_the_class_is_twice_the_work(collect: Collect, tmp_path: Path, again: int) -> None:
    """The first time, and when all of it is there already."""
    small, large = (asked(collect, tmp_path / str(size), size)[again] for size in (40, 80))
    assert large < 2.4 * small
