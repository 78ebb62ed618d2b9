"""How often luck decides about a training: right solutions that fail, broken ones that pass.

    python -m benchmarks.luck --runs 200 --jobs 4

The reference is trained from `--runs` seeds, every other network of `benchmarks.networks` from
`--others`, and both from the seeds of the paired looks, all by the step that the grader itself
trains layers with and judged on its noisy test images. A run takes about 6 s of one core.

From these accuracies follows what the rule of `grader.checks.training.reruns` makes of each
network. What a training of one's own comes to when it is run again is taken to be one more
independent draw. The bound is the upper end of the exact one-sided 95 % confidence interval of a
share (C. J. Clopper and E. S. Pearson, The use of confidence or fiducial limits, Biometrika 26,
1934).

docs/luck.md tells what it came to.
"""

import json
import math
import os
import statistics
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import click
import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.networks import (
    NEARLY_RIGHT,
    NETWORKS,
    RIGHT,
    RIGHT_NETWORKS,
    WRONG_LAYERS,
    WRONG_TRAININGS,
)
from grader.assignment.loading import load
from grader.checks.training.classifier import as_rows, noisy
from grader.checks.training.divergence import parting
from grader.checks.training.metrics import accuracy
from grader.checks.training.recipe import FIRST_STEPS, TRAINED
from grader.checks.training.trained import LUCK
from grader.datasets import load_images, locate
from grader.scenario import Call, Scenario, Value
from grader.subjects.reference import Reference, cells, performing
from reference.nn_from_scratch.training import BAR, PAIRED

ASSIGNMENT: Final = Path(__file__).parent.parent / "reference" / "nn_from_scratch"
NOTEBOOK: Final = ASSIGNMENT / "solution.ipynb"
# numpy's threads fight over matrices as small as these.
THREADS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
CONFIDENCE: Final = 0.95
QUANTILES: Final = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95)

Accuracies = dict[str, dict[int, float]]


@cache
def _data(name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    located = locate(name)
    seed = load(ASSIGNMENT).config.seed
    return (*load_images(located, "train"), *noisy(*load_images(located, "test"), seed))


def _subject(name: str) -> Reference:
    network = NETWORKS[name]
    return performing(network.alteration.applied(cells(NOTEBOOK, network.recipe.names)), name)


def reached(name: str, seed: int) -> float:
    """Return the accuracy on noisy test images of the network `name`, trained from `seed`.

    It is 0 where the network raises.
    """
    recipe = NETWORKS[name].recipe
    images, labels, asked, answers = _data(recipe.data)
    logits = Call("logits", TRAINED, "forward", [as_rows(asked, recipe.divisor)])
    scenario = Scenario(recipe.training(seed, images, labels), logits)
    outcome = _subject(name).answer(scenario).outcomes[-1]
    if not isinstance(outcome, Value):
        return 0.0
    return accuracy(outcome.value, answers)


def train(wanted: Iterable[tuple[str, int]], jobs: int, keep: Path | None) -> Accuracies:
    """Return the accuracies of the networks by name and seed, and of those that `keep` holds.

    New ones are written to `keep` as they come.
    """
    known = _kept(keep) if keep is not None and keep.exists() else {}
    missing = [each for each in dict.fromkeys(wanted) if each[1] not in known.get(each[0], {})]
    os.environ.update(dict.fromkeys(THREADS, "1"))
    with ProcessPoolExecutor(
        jobs, mp_context=get_context("spawn"), initializer=os.nice, initargs=(10,)
    ) as pool:
        futures = {pool.submit(reached, *each): each for each in missing}
        done = as_completed(futures)
        for future in track(done, "Training", total=len(futures), transient=True):
            name, seed = futures[future]
            known.setdefault(name, {})[seed] = future.result()
            if keep is not None:
                keep.write_text(json.dumps(known), "utf-8")
    return known


def _kept(path: Path) -> Accuracies:
    plain = json.loads(path.read_text("utf-8"))
    return {name: {int(seed): a for seed, a in runs.items()} for name, runs in plain.items()}


@cache
def leaves_the_path(name: str) -> bool:
    """Whether the layers part from the reference within the first paired steps."""
    images, labels, *_ = _data(PAIRED.data)
    first = PAIRED.training(PAIRED.seeds[0], images, labels, FIRST_STEPS)
    found = parting(_subject(name), _subject(RIGHT), first)
    return found is not None and not found.unpaired


def looked_at(name: str) -> tuple[int, ...]:
    """Return the paired seeds that the rule may come to: layers off the path get one look."""
    return PAIRED.seeds[:1] if leaves_the_path(name) else PAIRED.seeds


def upper_bound(hits: int, runs: int) -> float:
    """Return the largest share that is not refuted by `hits` in `runs`, to six digits."""

    def at_most(share: float) -> float:
        return sum(
            math.comb(runs, k) * share**k * (1 - share) ** (runs - k) for k in range(hits + 1)
        )

    low, high = hits / runs, 1.0
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (middle, high) if at_most(middle) > 1 - CONFIDENCE else (low, middle)
    return high


def passing(
    own: Sequence[float], paired: Sequence[float] | None, looks: int, *, on_the_path: bool
) -> float:
    """Return the share of notebooks with a network that the rule passes.

    `own` are accuracies of the network itself and `paired` those of its layers in the paired
    looks, None where its training is not as handed out; `looks` is how often it is run again.
    """
    clears = statistics.fmean(each >= BAR for each in own)
    near = statistics.fmean(BAR - LUCK <= each < BAR for each in own)
    again = 1 - (1 - clears) ** looks
    if paired is None:
        return clears + near * again
    if not on_the_path:
        return clears + near * (paired[0] >= BAR)
    return clears + near * (1.0 if max(paired) >= BAR else again)


def spread(found: Sequence[float]) -> Table:
    """Return how the accuracies of the reference are spread."""
    below = sum(each < BAR for each in found)
    bound = upper_bound(below, len(found))
    table = Table("the reference", "accuracy", box=None, header_style="bold")
    rows = {
        "runs": str(len(found)),
        "mean": f"{statistics.fmean(found):.4f}",
        "standard deviation": f"{statistics.stdev(found):.4f}",
        "lowest": f"{min(found):.4f}",
        **{f"{share:.0%} quantile": f"{np.quantile(found, share):.4f}" for share in QUANTILES},
        "highest": f"{max(found):.4f}",
        f"below {BAR}": f"{below} ({below / len(found):.1%}, at most {bound:.1%})",
    }
    for name, shown in rows.items():
        table.add_row(name, shown)
    return table


def verdicts(found: Accuracies, names: Iterable[str], looks: int, title: str) -> Table:
    """Return what the rule makes of networks."""
    table = Table(title, box=None, header_style="bold")
    for column in ("runs", "mean", "lowest", "highest", f">= {BAR}", "paired", "passes"):
        table.add_column(column, justify="right")
    for name in names:
        own = [a for seed, a in found[name].items() if seed not in PAIRED.seeds]
        alone = NETWORKS[name].as_handed_out
        paired = [found[name][seed] for seed in looked_at(name)] if alone else None
        path = alone and not leaves_the_path(name)
        table.add_row(
            name,
            str(len(own)),
            *(f"{each:.4f}" for each in (statistics.fmean(own), min(own), max(own))),
            f"{statistics.fmean(each >= BAR for each in own):.0%}",
            "" if paired is None else f"{paired[0]:.4f}{' ' if path else ' parts'}",
            f"{passing(own, paired, looks, on_the_path=path):.2%}",
        )
    return table


def failing(found: Sequence[float], looks: int) -> Table:
    """Return how often the rule fails the reference, by what its training is like."""
    below = sum(each < BAR for each in found)
    table = Table("a right solution fails", box=None, header_style="bold")
    table.add_column("measured", justify="right")
    table.add_column("at most", justify="right")
    draws = {
        "by one run alone": 1,
        f"with a training of its own: {1 + looks} runs": 1 + looks,
        f"in float32, as handed out: {1 + len(PAIRED.seeds) + looks} runs": 1
        + len(PAIRED.seeds)
        + looks,
    }
    for name, count in draws.items():
        share, bound = below / len(found), upper_bound(below, len(found))
        table.add_row(name, f"{share**count:.1e}", f"{bound**count:.1e}")
    table.add_row("in float64, as handed out: paired", "0", "0")
    return table


@click.command()
@click.option("--runs", type=click.IntRange(min=20), default=200, show_default=True)
@click.option("--others", type=click.IntRange(min=1), default=8, show_default=True)
@click.option("--jobs", type=click.IntRange(min=1), default=4, show_default=True)
@click.option(
    "--keep",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file that keeps the accuracies, so that none is measured twice.",
)
def main(runs: int, others: int, jobs: int, keep: Path | None) -> None:
    """Measure how often the rule about second looks fails right networks and passes broken ones."""
    wanted = {
        name: (
            *range(runs if name == RIGHT else others),
            *(looked_at(name) if network.as_handed_out else ()),
        )
        for name, network in NETWORKS.items()
    }
    trained = train([(name, seed) for name in wanted for seed in wanted[name]], jobs, keep)
    found = {name: {seed: trained[name][seed] for seed in wanted[name]} for name in wanted}
    looks = len(load(ASSIGNMENT).config.looks)
    own = [found[RIGHT][seed] for seed in range(runs)]
    console = Console()
    console.print(spread(own), "", failing(own, looks), "")
    titles = {
        "right": RIGHT_NETWORKS,
        "wrong layers, training as handed out": WRONG_LAYERS,
        "layers with a fault that hardly matters": NEARLY_RIGHT,
        "right layers, a wrong training": WRONG_TRAININGS,
    }
    for title, networks in titles.items():
        console.print(verdicts(found, networks, looks, title), "")


if __name__ == "__main__":
    main()
