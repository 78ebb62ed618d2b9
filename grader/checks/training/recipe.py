"""How an assignment trains its network, as what a scenario asks of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from grader.scenario import Train

FIRST_STEPS: Final = 100
# Mistakes show in the first steps; what depends on values that come up later, up to the last.
WATCHED: Final = (1, 2, 3, 4, 5, 10, 20, 50, FIRST_STEPS)

# What the trained chain is called in a scenario.
TRAINED: Final = "trained"

Parameters = Sequence[Mapping[str, np.ndarray]]


@dataclass(frozen=True)
class Recipe:
    """How an assignment trains its network.

    `layers` are what each is called and the arguments it is made with, `initial` draws the arrays
    by attribute that each starts from (an empty mapping for a layer without any). The training
    images of the data set `data`, flattened and divided by `divisor`, come in batches of `batch`,
    all of them in each of `epochs`, shuffled anew. From each of `seeds` the reference clears the
    bar with a margin.
    """

    layers: tuple[tuple[str, tuple[object, ...]], ...]
    initial: Callable[[np.random.Generator], Parameters]
    data: str
    batch: int
    epochs: int
    divisor: float
    seeds: tuple[int, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What the notebook must define to be trained so."""
        return tuple(dict.fromkeys(kind for kind, _arguments in self.layers))

    def parameters(self, seed: int) -> Parameters:
        """Return the arrays that the training with `seed` starts from."""
        return self.initial(np.random.default_rng([seed, 0]))

    def order(self, seed: int, rows: int) -> np.ndarray:
        """Return the rows of each batch, int32 (steps, batch); what fills no batch is left out."""
        random = np.random.default_rng([seed, 1])
        whole = rows - rows % self.batch
        epochs = [random.permutation(rows)[:whole] for _epoch in range(self.epochs)]
        return np.concatenate(epochs).astype(np.int32).reshape(-1, self.batch)

    def training(
        self, seed: int, images: np.ndarray, labels: np.ndarray, steps: int | None = None
    ) -> Train:
        """Return the training on `images`, uint8 (n, ...), or its first `steps` steps, watched.

        Only the images that it needs are sent along.
        """
        order = self.order(seed, len(images))[:steps]
        needed, places = np.unique(order, return_inverse=True)
        return Train(
            TRAINED,
            self.layers,
            self.parameters(seed),
            images.reshape(len(images), -1)[needed],
            labels[needed],
            places.astype(np.int32).reshape(order.shape),
            self.divisor,
            () if steps is None else [step for step in WATCHED if step <= steps],
        )
