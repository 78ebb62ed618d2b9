"""What it costs to look, after each cell, whether a notebook's network was changed.

    python -m benchmarks.weights

Seconds of the processor for one look, in this process, beside those of the shortest cells that a
notebook has: an empty one, and one batch of the training. And what keeping the state costs then, a
fork, beside a look.
"""

import os
import statistics
import time
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, Final

import numpy as np
from IPython.core.interactiveshell import InteractiveShell
from rich.console import Console
from rich.table import Table

from grader.agent.weights import Watch
from grader.datasets import load_images, locate
from grader.subjects.reference import cells
from tests.notebooks import REFERENCE

TIMES: Final = 200


def seconds(work: Callable[[], object], times: int = TIMES) -> float:
    """Return the median of the processor's seconds that `work` takes."""
    taken = []
    for _ in range(times):
        started = time.process_time()
        work()
        taken.append(time.process_time() - started)
    return statistics.median(taken)


def classes() -> dict[str, Any]:
    """Return what the reference defines for a network."""
    namespace: dict[str, Any] = {}
    for source in cells(REFERENCE, ("Linear", "ReLU", "Sequential")):
        exec(source, namespace)  # noqa: S102 - the assignment's own solution
    return namespace


def networks(defined: Mapping[str, Any], images: np.ndarray) -> dict[str, Any]:
    """Return networks that have seen images, by what they are called here."""
    layer, relu, row = defined["Linear"], defined["ReLU"], defined["Sequential"]

    def built(*sizes: int) -> Any:
        layers = [each for pair in pairwise(sizes) for each in (layer(*pair), relu())]
        return row(layers[:-1])

    usual, wide, fed = built(784, 40, 40, 10), built(784, 1000, 1000, 10), built(784, 40, 40, 10)
    usual.forward(images[:32])
    wide.forward(images[:32])
    fed.forward(images)
    return {
        "784-40-40-10, as handed out": usual,
        "784-1000-1000-10": wide,
        "784-40-40-10, fed with all training images at once": fed,
    }


def fork() -> None:
    """Fork once, as for a state that is kept."""
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def main() -> None:
    """Print the table."""
    images, _labels = load_images(locate("FashionMNIST"), "train")
    rows = images.reshape(len(images), -1).astype(np.float32) / 255
    defined = classes()
    shell = InteractiveShell.instance()
    table = Table("what", "ms of the processor")
    table.add_row("an empty cell", f"{1000 * seconds(lambda: shell.run_cell('pass')):.3f}")
    for name, network in networks(defined, rows).items():
        watch = Watch({"network": network}, ["network"])
        table.add_row(f"a look at {name}", f"{1000 * seconds(watch.changed):.3f}")
    usual = networks(defined, rows)["784-40-40-10, as handed out"]
    gradient = np.full((32, 10), 1e-6)
    step = lambda: (usual.forward(rows[:32]), usual.backward(gradient))  # noqa: E731
    table.add_row("one batch of the training", f"{1000 * seconds(step):.3f}")
    table.add_row("a fork of this process", f"{1000 * seconds(fork, 20):.3f}")
    Console().print(table)


if __name__ == "__main__":
    main()
