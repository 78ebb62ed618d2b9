"""Submissions for the tests: the reference with some of its cells replaced."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "reference" / "nn_from_scratch" / "solution.ipynb"

# The cells without which the two layers can still be asked.
SLOW = ("data", "data-look", "train-loop", "learning-curves", "predictions")


@cache
def _reference_text() -> str:
    return REFERENCE.read_text("utf-8")


def reference_cells() -> dict[str, str]:
    """Return the sources of the reference's code cells by their ids."""
    notebook = nbformat.reads(_reference_text(), as_version=4)
    return {cell.id: cell.source for cell in notebook.cells if cell.cell_type == "code"}


def submission(
    folder: Path,
    replace: Mapping[str, str] | None = None,
    *,
    drop: tuple[str, ...] = (),
    append: tuple[str, ...] = (),
    metadata: dict[str, Any] | None = None,
    name: str = "submission.ipynb",
) -> Path:
    """Write the reference with cells replaced, dropped and appended, and return its path."""
    notebook: NotebookNode = nbformat.reads(_reference_text(), as_version=4)
    notebook.cells = [cell for cell in notebook.cells if cell.id not in drop]
    for cell in notebook.cells:
        cell.source = (replace or {}).get(cell.id, cell.source)
    for source in append:
        notebook.cells.append(nbformat.v4.new_code_cell(source))
    notebook.metadata.update(metadata or {})
    path = folder / name
    path.write_text(nbformat.writes(notebook), "utf-8")
    return path


def edited(cell: str, *changes: tuple[str, str]) -> str:
    """Return a cell's source with each first string replaced by the second.

    Raises ValueError where a string to be replaced is not there: a test that changes nothing
    tests nothing.
    """
    source = reference_cells()[cell]
    for old, new in changes:
        if old not in source:
            raise ValueError(f"{cell} has no {old!r}")
        source = source.replace(old, new)
    return source


# One epoch, on the data as arrays: seconds instead of a minute.
FAST_DATA = """
from torchvision.datasets import FashionMNIST
import torch

def transform(image):
    return np.asarray(image, dtype=np.float32).ravel() / 255

train_dataset = FashionMNIST("./data", train=True, transform=transform, download=True)
test_dataset = FashionMNIST("./data", train=False, transform=transform, download=True)

def collate(examples):
    pixels, labels = zip(*examples)
    return np.stack(pixels), np.array(labels)

class Batches:
    def __init__(self, dataset, shuffle):
        self.x = dataset.data.numpy().reshape(len(dataset), -1).astype(np.float32) / 255
        self.y = dataset.targets.numpy()
        self.shuffle = shuffle

    def __len__(self):
        return -(-len(self.x) // 32)

    def __iter__(self):
        return self.of(32)

    def of(self, size):
        order = torch.randperm(len(self.x)).numpy() if self.shuffle else np.arange(len(self.x))
        for start in range(0, len(order), size):
            rows = order[start:start + size]
            yield self.x[rows], self.y[rows]

train_loader = Batches(train_dataset, True)
test_loader = Batches(test_dataset, False)
"""


def short_training(*changes: tuple[str, str]) -> dict[str, str]:
    """Return cells that train as well as the reference's in four epochs instead of ten.

    Small batches learn fast, large ones end without noise. `changes` are of the training's cell.
    """
    sizes = "train_loader.of((16, 16, 32, 256)[epoch])"
    short = (("epochs = 10", "epochs = 4"), ("tqdm(train_loader,", f"tqdm({sizes},"))
    return {"data": FAST_DATA, "train-loop": edited("train-loop", *short, *changes)}
