"""What a large course takes on many machines: a simulation, by Dask and in parts.

    python -m benchmarks.simulation
    python -m benchmarks.simulation --results results/ --cores 16
    python -m benchmarks.simulation --measure

Nothing is graded. Submissions take as long as those of a folder of results were recorded to take,
or as docs/speed.md says that the whole notebook takes. By Dask one process hands out each
submission and writes its result, one after the other; in parts each machine grades those that fall
to it by their names, and a merge follows. `--measure` measures what handing out and merging take of
the processor, by real calls on small submissions.
"""

import heapq
import json
import math
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import click
from rich.console import Console

# A whole notebook in a batch, docs/speed.md: 6.69 s with two workers.
WHOLE_SECONDS: Final = 2 * 6.69
# How wide they scatter, and how many run until the limit of a cell, is supposed and not measured.
SCATTER: Final = 0.3
STUCK_SHARE: Final = 0.001
STUCK_SECONDS: Final = 600.0
SIZES: Final = (10_000, 100_000)
MACHINES: Final = (1, 10, 100)
COURSES: Final = (10, 60)
# How long a worker is busy while it is measured what waiting for many takes.
HELD_SECONDS: Final = 5.0


@dataclass(frozen=True)
class Costs:
    """What there is beside grading, all in seconds.

    A machine is given after a `wait`, exponentially distributed with this mean, and takes `start`
    until its workers grade. One process takes `hand_out` for each submission by Dask, and
    `each_worker` more for each worker that it waits for; `list_` is what each part takes to find
    one file of the folder, `merge` what joining takes for one submission.
    """

    wait: float = 30.0
    start: float = 5.0
    hand_out: float = 0.04
    each_worker: float = 0.00001
    list_: float = 0.0001
    merge: float = 0.005


def recorded(results: Path) -> list[float]:
    """Return the seconds that the submissions of a folder of results took."""
    read = (json.loads(path.read_bytes()) for path in results.glob("*.json"))
    found = [float(each["seconds"]) for each in read if "seconds" in each]
    if not found:
        raise click.ClickException(f"{results} holds no result that says how long it took.")
    return found


def supposed(count: int, drawn: random.Random) -> list[float]:
    """Return seconds around those of the whole notebook, a few of them at the limit."""
    middle = math.log(WHOLE_SECONDS) - SCATTER**2 / 2
    return [
        STUCK_SECONDS if drawn.random() < STUCK_SHARE else drawn.lognormvariate(middle, SCATTER)
        for _ in range(count)
    ]


def ready(machines: int, costs: Costs, drawn: random.Random) -> list[float]:
    """Return when each machine begins to grade."""
    waits = (drawn.expovariate(1 / costs.wait) if costs.wait else 0.0 for _ in range(machines))
    return [each + costs.start for each in waits]


def by_dask(work: Sequence[float], begins: Sequence[float], cores: int, costs: Costs) -> float:
    """Return when the last result is written, by one process that hands out and writes all.

    Whoever is free waits for it in turn: its time for one submission is for taking the former
    result and handing out the next.
    """
    free = [(begin, worker) for worker, begin in enumerate(sorted([*begins] * cores))]
    heapq.heapify(free)
    one = costs.hand_out + costs.each_worker * len(free)
    desk = 0.0
    for seconds in work:
        asked, worker = heapq.heappop(free)
        desk = max(desk, asked) + one
        heapq.heappush(free, (desk + seconds, worker))
    # The last results are only to be taken.
    return max(desk, max(free)[0])


def part_seconds(work: Sequence[float], cores: int, files: int, costs: Costs) -> float:
    """Return how long one part of `files` submissions takes on a machine that has begun."""
    free = [files * costs.list_] * cores
    for seconds in work:
        heapq.heapreplace(free, free[0] + seconds)
    return max(free)


def in_parts(
    work: Sequence[float],
    begins: Sequence[float],
    cores: int,
    costs: Costs,
    *,
    parts: int,
    drawn: random.Random,
) -> tuple[float, float]:
    """Return when the last part is done, and when all are merged.

    Where there are more parts than machines, a machine that is done takes the next and starts anew.
    """
    own: list[list[float]] = [[] for _ in range(parts)]
    for seconds in work:
        own[drawn.randrange(parts)].append(seconds)
    free = sorted(begins)
    ends = []
    for number, part in enumerate(own):
        again = costs.start if number >= len(begins) else 0.0
        end = free[0] + again + part_seconds(part, cores, len(work), costs)
        heapq.heapreplace(free, end)
        ends.append(end)
    return max(ends), max(ends) + costs.merge * len(work)


def told(seconds: float) -> str:
    """Return a time in the unit that one thinks of it in."""
    if seconds < 3600:
        return f"{seconds / 60:.1f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 48 * 3600 else f"{seconds / 86400:.1f} d"


def rows(
    draw: Callable[[int], Sequence[float]], cores: int, costs: Costs, seed: int
) -> list[tuple[str, ...]]:
    """Return the rows of the table: sizes by machines, each way with its share of the ideal."""
    found = []
    for size in SIZES:
        work = draw(size)
        for machines in MACHINES:
            drawn = random.Random(seed)  # noqa: S311 - no secret
            begins = ready(machines, costs, drawn)
            ideal = sum(work) / machines / cores
            dask = by_dask(work, begins, cores, costs)
            few, joined = in_parts(work, begins, cores, costs, parts=machines, drawn=drawn)
            many, later = in_parts(work, begins, cores, costs, parts=4 * machines, drawn=drawn)
            shares = [f"{told(each)} ({ideal / each:.0%})" for each in (dask, few, joined)]
            shares += [f"{told(each)} ({ideal / each:.0%})" for each in (many, later)]
            found.append((f"{size:,}", str(machines), told(ideal), *shares))
    return found


COLUMNS: Final = (
    *("submissions", "machines", "ideal", "Dask", "as many parts", "merged"),
    *("four times as many", "merged"),
)


def markdown(table: Sequence[tuple[str, ...]]) -> str:
    """Return the rows as docs/cluster.md has them."""
    lines = ["| " + " | ".join(COLUMNS) + " |", "|" + " --- |" * len(COLUMNS)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in table)])


def _used(work: Callable[[], object]) -> float:
    """Return what this process alone takes of the processor for something that it does quietly."""
    before = time.process_time()
    with (
        Path(os.devnull).open("w", encoding="utf-8") as nothing,
        redirect_stdout(nothing),
        redirect_stderr(nothing),
    ):
        work()
    return time.process_time() - before


def _slope(taken: Sequence[float]) -> float:
    """Return what one submission more takes."""
    return (taken[1] - taken[0]) / (COURSES[1] - COURSES[0])


def measured() -> Costs:
    """Measure what handing out and merging take, by real calls on small submissions."""
    from benchmarks.small_course import declare, submissions  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as name:
        base = Path(name)
        assignment = declare(base / "small")
        # What is imported once is no cost of a submission.
        every = [
            _beside(submissions(base / f"in{count}", count), base / f"out{count}", assignment)
            for count in (2, *COURSES)
        ]
    return Costs(
        hand_out=_slope([each.hand_out for each in every[1:]]),
        merge=_slope([each.merge for each in every[1:]]),
        list_=_slope([each.list_ for each in every[1:]]),
    )


def _beside(folder: Path, out: Path, assignment: Path) -> Costs:
    """Return what this process took in all beside grading a folder, by Dask and in two parts."""
    from grader.course.batch import grade_paths  # noqa: PLC0415
    from grader.course.parts.merging import merge  # noqa: PLC0415
    from grader.course.submissions import find  # noqa: PLC0415

    grade = partial(
        grade_paths, [folder], jobs=1, assignment=str(assignment), require_sandbox=False
    )
    handing_out = _used(partial(grade, out=out / "dask", dask="local"))
    for number in (1, 2):
        grade(out=out / "parts", shard=f"{number}/2")
    whole = out / "whole"
    joining = _used(partial(merge, [out / "parts"], out=whole, gradebook=None, report=()))
    return Costs(hand_out=handing_out, merge=joining, list_=_used(partial(find, [folder], whole)))


def waited(counts: Sequence[int] = (50, 400), rounds: int = 20) -> float:
    """Measure what looking at one worker more takes of the processor each time one is done."""
    from distributed import Client, wait  # noqa: PLC0415

    means = []
    with Client(processes=False, n_workers=1, threads_per_worker=1, dashboard_address=None) as ours:
        for count in counts:
            ours.submit(time.sleep, 0).result()
            busy = [ours.submit(time.sleep, HELD_SECONDS, pure=False) for _ in range(count)]
            taken = []
            for _ in range(rounds):
                before = time.process_time()
                try:
                    wait(busy, 0.001, return_when="FIRST_COMPLETED")
                except TimeoutError:
                    taken.append(time.process_time() - before)
            means.append(statistics.median(taken))
            for each in busy:
                each.cancel()
    return (means[1] - means[0]) / (counts[1] - counts[0])


@click.command()
@click.option("--results", type=click.Path(path_type=Path), help="Draw from what these took.")
@click.option("--cores", default=8, show_default=True, help="Workers of a machine.")
@click.option("--wait", default=Costs.wait, show_default=True, help="Mean seconds in the queue.")
@click.option("--start", default=Costs.start, show_default=True, help="Seconds of a start.")
@click.option("--hand-out", default=Costs.hand_out, show_default=True, help="Seconds for each.")
@click.option("--each-worker", default=Costs.each_worker, show_default=True)
@click.option("--merge", default=Costs.merge, show_default=True, help="Seconds for each.")
@click.option("--seed", default=1, show_default=True)
@click.option("--measure", is_flag=True, help="Measure what handing out and merging take.")
def main(results: Path | None, cores: int, seed: int, *, measure: bool, **costs: float) -> None:
    """Simulate courses of 10,000 and 100,000 on 1, 10 and 100 machines."""
    console = Console()
    if measure:
        found = measured()
        console.print(f"--hand-out {found.hand_out:.4f} --merge {found.merge:.4f}")
        console.print(f"--each-worker {waited():.7f}; a file to list {found.list_:.6f} s")
        return
    drawn = random.Random(seed)  # noqa: S311 - no secret
    if results is None:
        table = rows(lambda count: supposed(count, drawn), cores, Costs(**costs), seed)
    else:
        known = recorded(results)
        table = rows(lambda count: drawn.choices(known, k=count), cores, Costs(**costs), seed)
    sys.stdout.write(markdown(table) + "\n")


if __name__ == "__main__":
    main()
