"""The steps that only a live notebook can perform: running its code, its data, its figures."""

import contextlib
from typing import Any

import numpy as np

from . import figures
from .amending import amend
from .perform import Performance
from .shims import seeds
from .swapping import swapped
from .tracing import traced
from .training import train


class StandInNetwork:
    """Answers with meaningless logits, the same for the same input, and learns nothing."""

    def __init__(self, classes: int) -> None:
        self.classes = classes
        self.layers: list[object] = []

    def forward(self, batch: Any) -> np.ndarray:
        """Return logits of shape (batch, classes)."""
        rows = np.asarray(batch, dtype=np.float64)
        sums = rows.reshape(len(rows), -1).sum(axis=1, keepdims=True)
        return np.asarray(np.cos(sums * np.arange(1, self.classes + 1)))

    __call__ = forward

    def backward(self, gradient: Any) -> Any:
        """Return `gradient` as it came."""
        return gradient


def steps(shell: Any) -> dict[str, Any]:
    """Return the steps by name; `shell` is the IPython shell that runs the notebook."""

    def run(_performance: Performance, cells: list[str], seed: int | None) -> list[object]:
        if seed is not None:
            seeds.seed_everything(seed, override=True)
        figures.begin_cell()
        errors: list[object] = []
        for cell in cells:
            result = shell.run_cell(cell, store_history=False, silent=False)
            error = result.error_before_exec or result.error_in_exec
            errors.append(f"{type(error).__name__}: {error}"[:500] if error else None)
        return errors

    def stand_in(performance: Performance, name: str, kind: str, value: Any) -> None:
        made = StandInNetwork(value) if kind == "network" else performance.resolve(value)
        performance.namespace[name] = made

    def images(performance: Performance, result: str, dataset: str, stack: np.ndarray) -> None:
        from PIL import Image  # noqa: PLC0415 - only a notebook with images has it

        transform = performance.named(dataset).transform
        rows = [Image.fromarray(image) for image in stack]
        if transform is not None:
            rows = [transform(row) for row in rows]
        performance.objects[result] = np.stack([_array(row) for row in rows])

    def described(_performance: Performance, _result: str) -> Any:
        with contextlib.suppress(Exception):
            return figures.describe()
        return []

    def trace(performance: Performance, _result: str, *terms: Any) -> Any:
        figures.begin_cell()
        return traced(shell, performance.namespace, *terms)

    def swap(performance: Performance, *given: Any) -> None:
        swapped(performance.namespace, *given)

    return {
        "amend": amend,
        "run": run,
        "trace": trace,
        "swap": swap,
        "stand_in": stand_in,
        "images": images,
        "figures": described,
        "train": train,
    }


def _array(value: Any) -> np.ndarray:
    return value.numpy() if hasattr(value, "numpy") else np.asarray(value)
