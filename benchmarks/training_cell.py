"""How long the training cell takes, beside the floor: the student's own numpy and nothing else.

    python -m benchmarks.training_cell --epochs 10 --rounds 3

Every round runs the reference's training once in each way, and each round begins with another way,
so that whatever else the machine does falls on all of them. Only the training cell counts. The
floor is that cell in a plain process with one thread, on arrays that were cut into batches before.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click
import nbformat
import numpy as np
from rich.console import Console
from rich.progress import track

from benchmarks.overhead import table
from grader.datasets import load_images, locate
from grader.execution.plan import Plan
from grader.execution.run import run
from grader.notebook.reading import read
from grader.sandbox.box import Box
from grader.sandbox.folders import environment
from grader.sandbox.kernel import BoxKernels
from grader.sandbox.limits import Limits
from grader.sandbox.rungs import choose

REFERENCE: Final = Path(__file__).parent.parent / "reference" / "nn_from_scratch" / "solution.ipynb"
DATA: Final = "FashionMNIST"
DEFINING: Final = ("imports", "layer-sequential", "softmax-crossentropy", "linear", "relu")
WAYS: Final = ("--faithful", "made at once", "floor")
SECONDS: Final = 3600.0

# Runs cells given as JSON on stdin, and tells how long the last took.
FLOOR: Final = """
import json, sys, time
import numpy as np
given = json.load(sys.stdin)
names = {}
for source in given["cells"]:
    exec(source, names)
names["tqdm"] = lambda batches, **options: batches

def batches(part):
    stored = np.load(given[part])
    images = stored["images"].reshape(len(stored["images"]), -1).astype(np.float32) / 255
    labels = stored["labels"].astype(np.int64)
    order = np.random.permutation(len(labels))
    rows = [order[start : start + 32] for start in range(0, len(order), 32)]
    return [(images[each], labels[each]) for each in rows]

names["train_loader"], names["test_loader"] = batches("train"), batches("test")
started = time.perf_counter()
exec(given["training"], names)
print("took", time.perf_counter() - started)
"""


def cells(epochs: int) -> dict[str, str]:
    """Return the sources of the reference's code cells, with so many epochs to train."""
    notebook = nbformat.read(REFERENCE, as_version=4)
    sources = {each.id: each.source for each in notebook.cells if each.cell_type == "code"}
    sources["train-loop"] = sources["train-loop"].replace("epochs = 10", f"epochs = {epochs}")
    return sources


def in_a_kernel(sources: Mapping[str, str], folder: Path, *, faithful: bool) -> float:
    """Return the seconds of the training cell as a submission's. Raises RuntimeError."""
    chosen = [sources[name] for name in (*DEFINING, "data", "train-loop")]
    path = folder / "training.ipynb"
    written = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, chosen)))
    path.write_text(nbformat.writes(written), "utf-8")
    every = tuple(range(len(chosen)))
    plan = Plan(every, cell_seconds=SECONDS, total_seconds=SECONDS, faithful=faithful)
    raws = {DATA: locate(DATA).raw}
    with Box(raws, rung=choose(required=False), limits=Limits()) as box:
        ran = run(read(path), plan, BoxKernels(box))
        ran.close()
    if any(end.status != "ok" for end in ran.ends.values()):
        raise RuntimeError(f"the training did not end: {ran.ends}")
    return ran.ends[every[-1]].seconds


def in_a_process(sources: Mapping[str, str], folder: Path) -> float:
    """Return the seconds of the training cell on arrays, in a process that does nothing else."""
    given = {
        "cells": [sources[name].replace("%matplotlib inline", "") for name in DEFINING],
        "training": sources["train-loop"],
        "train": str(folder / "train.npz"),
        "test": str(folder / "test.npz"),
    }
    done = subprocess.run(
        [sys.executable, "-c", FLOOR],
        input=json.dumps(given),
        env=environment(folder, folder),
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout.split()[-1])


@click.command()
@click.option("--epochs", type=click.IntRange(min=1), default=10, show_default=True)
@click.option("--rounds", type=click.IntRange(min=2), default=3, show_default=True)
def main(epochs: int, rounds: int) -> None:
    """Measure the training cell as submissions run it, and its floor."""
    sources = cells(epochs)
    seconds: dict[str, list[float]] = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("train", "test"):
            images, labels = load_images(locate(DATA), part)
            np.savez(folder / f"{part}.npz", images=images, labels=labels)
        for number in track(range(rounds), "Measuring", transient=True):
            first = number % len(WAYS)
            for way in WAYS[first:] + WAYS[:first]:
                if way == "floor":
                    taken = in_a_process(sources, folder)
                else:
                    taken = in_a_kernel(sources, folder, faithful=way == "--faithful")
                seconds[way].append(taken)
    console = Console()
    console.print(f"The training cell, {epochs} epochs; {rounds} rounds.")
    console.print(table(seconds, "floor"))


if __name__ == "__main__":
    main()
