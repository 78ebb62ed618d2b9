"""What is told of large courses on many machines is what the simulation says."""

import json
import random
from pathlib import Path

import pytest

from benchmarks.simulation import (
    COLUMNS,
    Costs,
    by_dask,
    in_parts,
    markdown,
    recorded,
    rows,
    supposed,
)
from tests.notebooks import ROOT

FREE = Costs(wait=0, start=0, hand_out=0, each_worker=0, list_=0, merge=0)
WORK = (3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0)


def test_one_worker_takes_as_long_as_all_together() -> None:
    """Either way, where nothing else takes time."""
    assert by_dask(WORK, [0.0], 1, FREE) == sum(WORK)
    drawn = random.Random(1)  # noqa: S311 - no secret
    assert in_parts(WORK, [0.0], 1, FREE, parts=1, drawn=drawn) == (sum(WORK), sum(WORK))


def test_several_workers_share_it() -> None:
    """Whoever is free takes the next: two take 17 s for what is 31 s in all."""
    assert by_dask(WORK, [0.0], 2, FREE) == 17
    assert by_dask(WORK, [0.0, 0.0], 1, FREE) == 17


def test_who_hands_out_is_the_bound() -> None:
    """However many workers there are, 1,000 submissions take a thousand times its time."""
    costs = Costs(wait=0, start=0, hand_out=0.5, each_worker=0.001)
    assert by_dask([1.0] * 1000, [0.0] * 100, 1, costs) > 1000 * 0.6 - 1
    assert by_dask([1.0] * 1000, [0.0] * 100, 1, FREE) == 10


def test_the_slowest_part_is_the_bound() -> None:
    """It counts from when its machine began, and merging comes after it."""
    costs = Costs(wait=0, start=0, hand_out=0, list_=0, merge=0.25)
    drawn = random.Random(1)  # noqa: S311 - no secret
    done, merged = in_parts([1.0] * 100, [0.0, 50.0], 1, costs, parts=2, drawn=drawn)
    assert 90 < done < 110
    assert merged == done + 25


def test_recorded_seconds_are_read(tmp_path: Path) -> None:
    """From the results of a folder."""
    for number, seconds in enumerate(WORK):
        (tmp_path / f"{number}.json").write_text(json.dumps({"seconds": seconds}), "utf-8")
    assert sorted(recorded(tmp_path)) == sorted(WORK)


@pytest.fixture(scope="module")
def table() -> list[tuple[str, ...]]:
    """Return what the command tells without options."""
    drawn = random.Random(1)  # noqa: S311 - no secret
    return rows(lambda count: supposed(count, drawn), 8, Costs(), 1)


def test_the_page_has_what_the_command_tells(table: list[tuple[str, ...]]) -> None:
    """Number by number."""
    assert len(table) == 6
    assert {len(row) for row in table} == {len(COLUMNS)}
    assert markdown(table) in (ROOT / "docs" / "cluster.md").read_text("utf-8")
