"""What a `Linear` layer is asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from grader.cases import Case, question
from grader.checks.differences import perturbations
from grader.evidence import Item
from grader.scenario import Call, Get, Make, Scenario, Set, Step

# The rate that the layer has by default, and one that no solution has by accident.
USUAL_RATE: Final = 0.1
OTHER_RATE: Final = 0.5


@dataclass(frozen=True)
class LinearCase(Case):
    """A layer's weights, an input and an upstream gradient.

    `batch` rows, `n_in` inputs, `n_out` outputs; `kind` is how large the numbers are, `dtype` and
    `order` are the input's: loaders deliver float32, and arrays come in every memory layout.
    """

    batch: int
    n_in: int
    n_out: int
    kind: str
    dtype: str
    order: str
    seed: int

    @classmethod
    def strategy(cls) -> SearchStrategy[Self]:
        """Return how cases are drawn: sizes from 1 on, small integers first."""
        return st.builds(
            cls,
            batch=st.integers(1, 6),
            n_in=st.integers(1, 5),
            n_out=st.integers(1, 5),
            kind=st.sampled_from(["integers", "normal", "large", "small"]),
            dtype=st.sampled_from(["float64", "float32"]),
            order=st.sampled_from(["C", "F"]),
            seed=st.integers(0, 2**16),
        )

    def _array(self, which: int, *shape: int) -> np.ndarray:
        random = np.random.default_rng([self.seed, which])
        if self.kind == "integers":
            # No zeros: a zero hides what it is multiplied with.
            numbers = [1.0, 2.0, 3.0, -1.0, -2.0]
            if self.seed == 0:
                # What shrinking ends in: numbers in a row, each array with a start of its own.
                return np.resize(np.roll(numbers, -which), shape)
            return random.choice(numbers, size=shape)
        scale = {"normal": 1.0, "large": 100.0, "small": 0.01}[self.kind]
        return scale * random.standard_normal(shape)

    @cached_property
    def x(self) -> np.ndarray:
        """The input, (batch, n_in)."""
        return self._input(0)

    @cached_property
    def other_x(self) -> np.ndarray:
        """Another input, (batch, n_in)."""
        return self._input(1)

    def _input(self, which: int) -> np.ndarray:
        array = self._array(which, self.batch, self.n_in).astype(self.dtype)
        return np.asfortranarray(array) if self.order == "F" else array

    @cached_property
    def weights(self) -> np.ndarray:
        """W, (n_in, n_out)."""
        return self._array(2, self.n_in, self.n_out)

    @cached_property
    def bias(self) -> np.ndarray:
        """b, (n_out,)."""
        return self._array(3, self.n_out)

    @cached_property
    def upstream(self) -> np.ndarray:
        """The gradient that arrives from above, (batch, n_out): random, since ones hide faults."""
        return self._array(4, self.batch, self.n_out)

    def inputs(self) -> Sequence[Item]:
        """Return the arrays by the names of the formula."""
        return [
            Item.of("x", self.x),
            Item.of("W", self.weights),
            Item.of("b", self.bias),
            Item.of("grad", self.upstream),
        ]

    def _layer(self, *, rate: float = USUAL_RATE, bias: bool = True) -> list[Step]:
        return [
            Make("layer", "Linear", [self.n_in, self.n_out, rate]),
            Set("layer", "W", self.weights),
            Set("layer", "b", self.bias if bias else np.zeros(self.n_out)),
        ]

    def _pass(self, x: np.ndarray, name: str = "") -> list[Step]:
        return [
            Call(f"y{name}", "layer", "forward", [x]),
            Call(f"grad_x{name}", "layer", "backward", [self.upstream]),
        ]

    def _step(self, rate: float) -> Scenario:
        reads = [Get(name, "layer", name) for name in ("grad_W", "grad_b", "W", "b")]
        return Scenario(*self._layer(rate=rate), *self._pass(self.x), *reads)

    @question
    def forward(self) -> Scenario:
        """One forward pass."""
        return Scenario(*self._layer(), Call("y", "layer", "forward", [self.x]))

    @question
    def forward_without_bias(self) -> Scenario:
        """One forward pass with b = 0."""
        return Scenario(*self._layer(bias=False), Call("y", "layer", "forward", [self.x]))

    @question
    def step(self) -> Scenario:
        """One forward and backward pass at the usual rate."""
        return self._step(USUAL_RATE)

    @question
    def large_step(self) -> Scenario:
        """One forward and backward pass at another rate."""
        return self._step(OTHER_RATE)

    @question
    def frozen(self) -> Scenario:
        """One forward and backward pass at the rate 0, at which no weight moves."""
        return Scenario(*self._layer(rate=0.0), *self._pass(self.x))

    def _gradients(self, *passes: Step) -> Scenario:
        reads = [Get(name, "layer", name) for name in ("grad_W", "grad_b")]
        return Scenario(*self._layer(rate=0.0), *passes, *reads)

    @question
    def once(self) -> Scenario:
        """The gradients of a fresh layer for the other input."""
        return self._gradients(*self._pass(self.other_x))

    @question
    def twice(self) -> Scenario:
        """The gradients for the other input after a pass with the first."""
        return self._gradients(*self._pass(self.x, "_first"), *self._pass(self.other_x))

    def varied(self, which: str) -> Scenario:
        """Return forward passes with each element of x, W or b moved a little, y0, y1, ..."""
        steps: list[Step] = self._layer()
        array = {"x": self.x, "W": self.weights, "b": self.bias}[which]
        for index, moved in enumerate(perturbations(array)):
            x = self.x
            if which == "x":
                x = moved
            else:
                steps.append(Set("layer", which, moved))
            steps.append(Call(f"y{index}", "layer", "forward", [x]))
        return Scenario(*steps)
