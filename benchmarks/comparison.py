"""Grading beside bare nbclient, nbgrader and Otter, as ratios of one run.

    python -m benchmarks.comparison
    python -m benchmarks.comparison --whole

A notebook of three cells, one of it and ten; with `--whole` also the whole reference notebook,
which takes minutes. Every round does each once, and each round begins with another, so that
whatever else the machine does falls on all of them. All have one thread for numerics but for
"as installed". The others' environments are made at the first call, in the user's cache folder.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version as own_version
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks import other_graders, processor
from benchmarks.small_course import declare, submissions
from grader.datasets import locate
from grader.sandbox.folders import THREADS

ROOT: Final = Path(__file__).parent.parent
REFERENCE: Final = ROOT / "reference" / "nn_from_scratch"
TEN: Final = 10
# Of whole notebooks: the start of a batch, once for all, is a small part of it.
DOZEN: Final = 12
# What is installed has been compiled; where a checkout may not be, it would be at every start.
NO_BYTECODE: Final = "PYTHONDONTWRITEBYTECODE"

BARE, NBGRADER, OTTER = "bare nbclient", "nbgrader", "Otter"
PACKAGES: Final = ("nbgrader", "otter-grader")
COLD, BATCH = "grade, one", "grade, a batch"
AS_INSTALLED: Final = "bare nbclient, as installed"


@dataclass(frozen=True)
class Goal:
    """The most that one way may take as a ratio to another, per submission."""

    way: str
    other: str
    most: float


SMALL_GOALS: Final = (
    Goal(COLD, BARE, 1.0),
    Goal(BATCH, f"{BARE}, ten", 1 / 3),
    Goal(BATCH, f"{NBGRADER}, ten", 1 / 5),
    Goal(BATCH, f"{OTTER}, ten", 1 / 20),
)
WHOLE_GOALS: Final = (
    Goal(COLD, BARE, 0.5),
    Goal(COLD, AS_INSTALLED, 0.2),
    Goal(BATCH, BARE, 0.2),
    Goal(BATCH, AS_INSTALLED, 0.07),
)

Way = Callable[[], None]


def run(
    *commands: list[str],
    folder: Path = ROOT,
    variables: Mapping[str, str] = os.environ,
    threads: bool = True,
) -> None:
    """Run commands one after the other. Raises RuntimeError where one fails."""
    variables = {name: value for name, value in variables.items() if name != NO_BYTECODE}
    single = dict.fromkeys(THREADS, "1") if threads else {}
    for command in commands:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**variables, **single},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{command} failed:\n{done.stdout}{done.stderr}")


def bare(paths: list[Path], *options: str, threads: bool = True) -> None:
    """Run notebooks by nbclient alone."""
    run([sys.executable, "-m", "benchmarks.bare", *options, *map(str, paths)], threads=threads)


def grade(what: Path, assignment: Path, *options: str) -> None:
    """Grade as the command does."""
    chosen = ["--assignment", str(assignment), "--no-require-sandbox", *options]
    run([sys.executable, "-m", "grader", str(what), *chosen])


def batch(folder: Path, assignment: Path, *options: str) -> None:
    """Grade a folder with two workers, into a new folder of results."""
    with tempfile.TemporaryDirectory() as out:
        grade(folder, assignment, "--out", out, "--jobs", "2", *options)


def by_another(course: other_graders.Nbgrader | other_graders.Otter) -> None:
    """Have a course graded by the grader that it was made for."""
    run(*course.commands(), folder=course.folder, variables=course.variables)


def small_ways(folder: Path, *, others: bool) -> dict[str, tuple[Way, int]]:
    """Return the ways to grade small notebooks, each with how many it grades."""
    assignment = declare(folder / "small")
    ten = sorted(submissions(folder / "ten", TEN).iterdir())
    ways: dict[str, tuple[Way, int]] = {
        BARE: (lambda: bare(ten[:1]), 1),
        COLD: (lambda: grade(ten[0], assignment), 1),
        f"{BARE}, ten": (lambda: bare(ten), TEN),
        BATCH: (lambda: batch(folder / "ten", assignment), TEN),
    }
    graders: dict[str, type[other_graders.Nbgrader] | type[other_graders.Otter]] = {
        NBGRADER: other_graders.Nbgrader,
        OTTER: other_graders.Otter,
    }
    for name, kind in graders.items() if others else ():
        for count, told in ((1, name), (TEN, f"{name}, ten")):
            ways[told] = (partial(by_another, kind(folder / f"{name}-{count}", count)), count)
    return ways


def whole_ways(folder: Path) -> dict[str, tuple[Way, int]]:
    """Return the ways to run the whole reference notebook."""
    notebook = REFERENCE / "solution.ipynb"
    few = folder / "whole"
    few.mkdir()
    for number in range(DOZEN):
        shutil.copy(notebook, few / f"s{number}.ipynb")
    # Downloading is not what is compared.
    data = ("--data", str(locate("FashionMNIST").root))
    return {
        BARE: (lambda: bare([notebook], *data), 1),
        AS_INSTALLED: (lambda: bare([notebook], *data, threads=False), 1),
        COLD: (lambda: grade(notebook, REFERENCE), 1),
        BATCH: (lambda: batch(few, REFERENCE), DOZEN),
        f"{BATCH}, --quick": (lambda: batch(few, REFERENCE, "--quick"), DOZEN),
    }


@dataclass(frozen=True)
class Taken:
    """What a way took for each submission: seconds on the wall, and of the processor."""

    wall: float
    cpu: float


def measure(ways: Mapping[str, tuple[Way, int]], rounds: int) -> dict[str, list[Taken]]:
    """Return what each way took in each round."""
    seconds: dict[str, list[Taken]] = {name: [] for name in ways}
    names = list(ways)
    for number in track(range(rounds), "Measuring", transient=True):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            way, count = ways[name]
            before, started = processor.used(), time.perf_counter()
            way()
            wall = time.perf_counter() - started
            seconds[name].append(Taken(wall / count, (processor.used() - before) / count))
    return seconds


def tell(console: Console, taken: Mapping[str, list[Taken]], goals: tuple[Goal, ...]) -> None:
    """Print what was measured, and each goal beside its ratio."""
    walls = {name: statistics.median(each.wall for each in every) for name, every in taken.items()}
    cpus = {name: statistics.median(each.cpu for each in every) for name, every in taken.items()}
    shown = Table("way", box=None, header_style="bold")
    for column in ("wall s a submission", "CPU s"):
        shown.add_column(column, justify="right")
    for name in taken:
        shown.add_row(name, f"{walls[name]:.2f}", f"{cpus[name]:.2f}")
    console.print(shown)
    aims = Table("goal, of the wall", box=None, header_style="bold")
    for column in ("at most", "measured", "in a round", "of the CPU"):
        aims.add_column(column, justify="right")
    for goal in (each for each in goals if each.way in walls and each.other in walls):
        wall, cpu = (of[goal.way] / of[goal.other] for of in (walls, cpus))
        rounds = zip(taken[goal.way], taken[goal.other], strict=True)
        ratios = [one.wall / other.wall for one, other in rounds]
        spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
        told = f"{goal.way} to {goal.other}"
        aims.add_row(told, f"{goal.most:.2f}", f"{wall:.2f}", spread, f"{cpu:.2f}")
    console.print(aims)


@click.command()
@click.option("--rounds", type=click.IntRange(min=1), default=5, show_default=True)
@click.option("--others/--no-others", default=True, help="Beside nbgrader and Otter, too.")
@click.option("--whole", is_flag=True, help="Also the whole reference notebook: minutes a round.")
@click.option("--whole-rounds", type=click.IntRange(min=1), default=1, show_default=True)
def main(rounds: int, others: bool, whole: bool, whole_rounds: int) -> None:
    """Measure grading beside what others take."""
    console = Console()
    known = [f"nbclient {own_version('nbclient')}"]
    if others:
        known += [f"{name} {other_graders.version(name)}" for name in PACKAGES]
    console.print(f"{', '.join(known)}; {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        console.print(f"\nThree cells, {rounds} rounds, load {os.getloadavg()[0]:.1f} before")
        tell(console, measure(small_ways(folder, others=others), rounds), SMALL_GOALS)
        if whole:
            console.print(f"\nThe whole notebook, load {os.getloadavg()[0]:.1f} before")
            tell(console, measure(whole_ways(folder), whole_rounds), WHOLE_GOALS)


if __name__ == "__main__":
    main()
