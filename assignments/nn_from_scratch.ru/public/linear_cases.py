"""What a `Linear` layer is asked."""
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self
import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from grader import Call, Case, Get, Item, Make, Scenario, Set, Step, _, question
from grader.checks.finite_differences import LINEAR_STEP, Probe, probe
from grader.checks.gradcheck import forward_at
from grader.checks.strategies import SIZES, Numbers, laid_out, read_only
USUAL_RATE: Final = 0.1
OTHER_RATE: Final = 0.5
ELSEWHERE: Final = 0.6

def shifted(array: np.ndarray, by: float) -> np.ndarray:
    """Return an array of the same type with all its numbers moved; by 0 it is left as it is."""
    return (array + by).astype(array.dtype) if by else array

@dataclass(frozen=True)
class LinearCase(Case):
    """A layer's weights, an input and an upstream gradient.

    `batch` rows, `n_in` inputs, `n_out` outputs.
    """
    batch: int
    n_in: int
    n_out: int
    numbers: Numbers

    @classmethod
    def strategy(cls) -> SearchStrategy[Self]:
        """Return how cases are drawn: sizes from 1 on, small integers first."""
        return st.builds(cls, batch=SIZES, n_in=SIZES, n_out=SIZES, numbers=Numbers.strategy())

    @cached_property
    def x(self) -> np.ndarray:
        """The input, (batch, n_in)."""
        return self.numbers.given(0, self.batch, self.n_in)

    @cached_property
    def other_x(self) -> np.ndarray:
        """Another input, (batch, n_in)."""
        return self.numbers.given(1, self.batch, self.n_in)

    @cached_property
    def weights(self) -> np.ndarray:
        """W, (n_in, n_out)."""
        return self.numbers.array(2, self.n_in, self.n_out)

    @cached_property
    def bias(self) -> np.ndarray:
        """b, (n_out,)."""
        return self.numbers.array(3, self.n_out)

    @cached_property
    def upstream(self) -> np.ndarray:
        """The gradient that arrives from above, (batch, n_out): random, since ones hide faults."""
        return laid_out(self.numbers.array(4, self.batch, self.n_out), self.numbers.layout)

    @cached_property
    def other_weights(self) -> np.ndarray:
        """The W of another layer, (n_in, n_out)."""
        return self.numbers.array(5, self.n_in, self.n_out)

    def inputs(self) -> Sequence[Item]:
        """Return the arrays by the names of the formula."""
        return [Item.of('x', self.x), Item.of('W', self.weights), Item.of('b', self.bias), Item.of('grad', self.upstream), Item.of('other_x', self.other_x)]

    def sizes_differ(self) -> bool:
        """Whether batch, inputs and outputs are different in number."""
        return len({self.batch, self.n_in, self.n_out}) == 3

    def edges(self) -> Sequence[str]:
        """Return which of batch, inputs and outputs there is one of."""
        sizes = ((self.batch, _('one row')), (self.n_in, _('one input')), (self.n_out, _('one output')))
        return [words for size, words in sizes if size == 1]

    @cached_property
    def magnitudes(self) -> dict[str, np.ndarray]:
        """Bounds of the sums of the absolute terms of y, W, b and x's gradients."""
        x, up, weights, bias = (float(np.max(np.abs(each))) for each in (self.x, self.upstream, self.weights, self.bias))
        return {'y': np.full((self.batch, self.n_out), self.n_in * x * weights + bias), 'W': np.full(self.weights.shape, self.batch * x * up), 'b': np.full(self.bias.shape, self.batch * up), 'x': np.full(self.x.shape, self.n_out * up * weights)}

    def _layer(self, *, rate: float=USUAL_RATE, bias: bool=True, shift: float=0.0) -> list[Step]:
        return [Make('layer', 'Linear', [self.n_in, self.n_out, rate]), Set('layer', 'W', shifted(self.weights, shift)), Set('layer', 'b', shifted(self.bias, shift) if bias else np.zeros(self.n_out))]

    def _pass(self, x: np.ndarray, name: str='') -> list[Step]:
        return [Call(f'y{name}', 'layer', 'forward', [x], tried=True), Call(f'grad_x{name}', 'layer', 'backward', [self.upstream], tried=True)]

    def _step(self, rate: float) -> Scenario:
        return Scenario(*self._layer(rate=rate), *self._pass(self.x), *self._reads())

    def _reads(self) -> list[Step]:
        return [Get(name, 'layer', name, tried=True) for name in ('grad_W', 'grad_b', 'W', 'b')]

    @question
    def forward(self) -> Scenario:
        """One forward pass."""
        return Scenario(*self._layer(), Call('y', 'layer', 'forward', [self.x]))

    @question
    def forward_without_bias(self) -> Scenario:
        """One forward pass with b = 0."""
        return Scenario(*self._layer(bias=False), Call('y', 'layer', 'forward', [self.x]))

    @question
    def step(self) -> Scenario:
        """One forward and backward pass at the usual rate."""
        return self._step(USUAL_RATE)

    @question
    def large_step(self) -> Scenario:
        """One forward and backward pass at another rate, beside a layer with the usual one."""
        other = Make('other', 'Linear', [self.n_in, self.n_out, USUAL_RATE])
        return Scenario(*self._layer(rate=OTHER_RATE), other, *self._pass(self.x), *self._reads())

    @cached_property
    def elsewhere(self) -> Scenario:
        """The passes of `large_step` for an input and weights that are no small integers.

        What is 0 or 1 for them is so for others.
        """
        layer = self._layer(rate=OTHER_RATE, shift=ELSEWHERE)
        return Scenario(*layer, *self._pass(shifted(self.x, ELSEWHERE)), *self._reads())

    @question
    def two_steps(self) -> Scenario:
        """Two passes at another rate, with the weights between them and after them."""
        between = [Get(f'{name}_first', 'layer', name) for name in ('W', 'b')]
        first, second = (self._pass(self.x, '_first'), self._pass(self.other_x))
        layer = self._layer(rate=OTHER_RATE)
        return Scenario(*layer, *first, *between, *second, *self._reads())

    @cached_property
    def made_first(self) -> Scenario:
        """One forward pass of a layer as it was made, after another has been made.

        Weights start at random: no two answers are the same, so it is none of the questions.
        """
        return Scenario(Make('layer', 'Linear', [self.n_in, self.n_out]), Make('other', 'Linear', [self.n_in + 1, self.n_out + 1]), Call('y', 'layer', 'forward', [self.x], tried=True), Get('b', 'layer', 'b'))

    @question
    def frozen(self) -> Scenario:
        """One forward and backward pass at the rate 0, at which no weight moves."""
        return Scenario(*self._layer(rate=0.0), *self._pass(self.x))

    def frozen_at(self, weights: np.ndarray) -> Scenario:
        """Return the passes of `frozen` with these weights for W, (n_in, n_out)."""
        layer = [*self._layer(rate=0.0), Set('layer', 'W', weights)]
        return Scenario(*layer, *self._pass(self.x))

    def _gradients(self, *passes: Step) -> Scenario:
        reads = [Get(name, 'layer', name, tried=True) for name in ('grad_W', 'grad_b')]
        return Scenario(*self._layer(rate=0.0), *passes, *reads)

    @question
    def once(self) -> Scenario:
        """The gradients of a fresh layer for the other input."""
        return self._gradients(*self._pass(self.other_x))

    @question
    def twice(self) -> Scenario:
        """The gradients for the other input after a pass with the first, and W between them."""
        first, second = (self._pass(self.x, '_first'), self._pass(self.other_x))
        return self._gradients(*first, Get('W_first', 'layer', 'W'), *second)

    @question
    def together(self) -> Scenario:
        """The outputs and gradients for the latest of two inputs, beside another layer."""
        forward, backward = self._pass(self.other_x)
        return self._gradients(Make('other', 'Linear', [self.n_in, self.n_out, 0.0]), Set('other', 'W', self.other_weights), Call('y_before', 'layer', 'forward', [self.x], tried=True), forward, Call('y_other', 'other', 'forward', [self.x], tried=True), backward)

    def handed(self, upstream: np.ndarray) -> Scenario:
        """Return the gradients for another upstream gradient, (batch, n_out)."""
        return self._gradients(Call('y', 'layer', 'forward', [self.x]), Call('grad_x', 'layer', 'backward', [upstream]))

    def one_by_one(self) -> Scenario:
        """Return the gradients of each example alone."""
        steps: list[Step] = []
        for row in range(self.batch):
            steps += [Call(f'y_{row}', 'layer', 'forward', [self.x[row:row + 1]]), Call(f'grad_x_{row}', 'layer', 'backward', [self.upstream[row:row + 1]]), *(Get(f'grad_{name}_{row}', 'layer', f'grad_{name}') for name in ('W', 'b'))]
        return Scenario(*self._layer(rate=0.0), *steps)

    @cached_property
    def locked(self) -> Scenario:
        """The passes of `frozen` with arrays that cannot be changed."""
        x, upstream = (read_only(self.x), read_only(self.upstream))
        return Scenario(*self._layer(rate=0.0), Call('y', 'layer', 'forward', [x]), Call('grad_x', 'layer', 'backward', [upstream]))

    def probe(self, which: str) -> Probe:
        """Return where the forward pass is asked for its gradient by "x", "W" or "b"."""
        at = {'x': self.x, 'W': self.weights, 'b': self.bias}[which]
        return probe(at, step=LINEAR_STEP)

    def places(self) -> tuple['LinearCase', 'LinearCase']:
        """Return two cases of these sizes with one upstream gradient, and other x and W."""
        numbers = Numbers('normal', 'float64', 'C', self.numbers.seed)
        here = LinearCase(self.batch, self.n_in, self.n_out, numbers)
        return (here, Moved(self.batch, self.n_in, self.n_out, numbers))

    def varied(self, which: str) -> Scenario:
        """Return forward passes at the points of the probe."""
        attribute = '' if which == 'x' else which
        points = self.probe(which).points
        return Scenario(*self._layer(), *forward_at(points, 'layer', attribute=attribute, argument=self.x))

class Moved(LinearCase):
    """A case with the other input and the weights of the other layer in the place of its own."""

    @cached_property
    def x(self) -> np.ndarray:
        """The input, (batch, n_in)."""
        return self.other_x

    @cached_property
    def weights(self) -> np.ndarray:
        """W, (n_in, n_out)."""
        return self.other_weights
