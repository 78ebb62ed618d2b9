"""However a notebook ends, some state of it is kept, and asked what it defines."""

from pathlib import Path

import pytest

from tests.tiny_assignment import DOUBLE, TRIPLE, graded_with_limits

LATE = "import time\ntime.sleep(60)"
DEATH = "import os\nos._exit(1)"


@pytest.mark.parametrize(
    ("cells", "seconds", "statuses"),
    [
        ([LATE, DOUBLE, TRIPLE], 5, ["timeout", "skipped", "skipped"]),
        ([f"{DOUBLE}\n{DEATH}"], 100, ["died"]),
    ],
    ids=["out of time", "dead"],
)
def test_where_no_cell_leaves_a_state_names_are_missing(
    tmp_path: Path, cells: list[str], seconds: float, statuses: list[str]
) -> None:
    """A student is told what the notebook does not define, and not that nothing can be asked."""
    result = graded_with_limits(tmp_path / "tiny", cells, total_seconds=seconds)
    assert [cell.status for cell in result.cells] == statuses
    messages = [check.message for each in result.exercises for check in each.checks]
    assert all(message.startswith("The notebook defines no `") for message in messages)
    assert len(messages) == 2


def test_a_pool_of_threads_that_is_gone_is_told(tmp_path: Path) -> None:
    """Why a function that waits for one gives no answer stands in a note, at the pool's cell."""
    pool = "from concurrent.futures import ThreadPoolExecutor as Pool\npool = Pool(2)"
    cells = [f"{pool}\nlist(pool.map(abs, [1, 2]))", DOUBLE, TRIPLE]
    result = graded_with_limits(tmp_path / "tiny", cells)
    (note,) = (each for each in result.notes if "pool of threads" in each.text)
    assert note.cell == 0
