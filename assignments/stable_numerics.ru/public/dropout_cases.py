"""What a `Dropout` layer is asked."""
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final, Self
import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from grader import Call, Case, Item, Make, Scenario, Seed, Set, Step, _, question
from grader.checks.strategies import DTYPES, LAYOUTS, SHAPES, Numbers, laid_out, read_only
RATES: Final = (0.5, 0.25, 0.8, 0.1)
OTHER_RATE: Final = 0.65
KINDS: Final = ('integers', 'normal', 'large', 'tiny')
MANY: Final = (64, 64)
UPSTREAM: Final = np.random.default_rng(0).standard_normal(MANY)
TRAIN: Final = Set('layer', 'training', True)
TEST: Final = Set('layer', 'training', False)

@dataclass(frozen=True)
class DropoutCase(Case):
    """A rate, an input without zeros and an upstream gradient of one shape."""
    rate: float
    shape: tuple[int, ...]
    numbers: Numbers

    @classmethod
    def strategy(cls) -> SearchStrategy[Self]:
        """Return how cases are drawn."""
        numbers = st.builds(Numbers, kind=st.sampled_from(KINDS), dtype=st.sampled_from(DTYPES), layout=st.sampled_from(LAYOUTS), seed=st.integers(0, 2 ** 16))
        return st.builds(cls, rate=st.sampled_from(RATES), shape=SHAPES, numbers=numbers)

    @cached_property
    def x(self) -> np.ndarray:
        """The input."""
        return self.numbers.given(0, *self.shape)

    @cached_property
    def other_x(self) -> np.ndarray:
        """Another input."""
        return self.numbers.given(1, *self.shape)

    @cached_property
    def upstream(self) -> np.ndarray:
        """The gradient that arrives from above."""
        return laid_out(self.numbers.array(2, *self.shape), self.numbers.layout)

    def inputs(self) -> Sequence[Item]:
        """Return the rate and both arrays."""
        return [Item.of('rate', self.rate), Item.of('x', self.x), Item.of('grad', self.upstream)]

    def edges(self) -> Sequence[str]:
        """Return whether an axis is of length 1."""
        return [_('an axis of length 1')] if 1 in self.shape else []

    def _start(self, rate: float | None=None) -> list[Step]:
        rate = self.rate if rate is None else rate
        return [Seed(self.numbers.seed), Make('layer', 'Dropout', [rate])]

    def _pass(self, x: np.ndarray) -> list[Step]:
        return [Call('y', 'layer', 'forward', [x]), Call('grad_x', 'layer', 'backward', [self.upstream])]

    @question
    def once(self) -> Scenario:
        """One pass while training."""
        return Scenario(*self._start(), *self._pass(self.x))

    @question
    def later(self) -> Scenario:
        """A pass while training after one with another input, beside another layer."""
        forward, backward = self._pass(self.x)
        return Scenario(*self._start(), Make('other', 'Dropout', [self.rate]), Call('y_before', 'layer', 'forward', [self.other_x]), forward, Call('y_other', 'other', 'forward', [self.other_x]), backward)

    @question
    def tested(self) -> Scenario:
        """A pass while testing, of a layer that has trained before."""
        return Scenario(*self._start(), Call('y_before', 'layer', 'forward', [self.x]), TEST, *self._pass(self.x))

    @question
    def tested_first(self) -> Scenario:
        """A pass while testing, of a new layer."""
        return Scenario(*self._start(), TEST, *self._pass(self.x))

    @question
    def nothing_dropped(self) -> Scenario:
        """A pass while training with the rate 0."""
        return Scenario(*self._start(0.0), *self._pass(self.x))

    def read_only(self) -> Scenario:
        """Return one pass with arrays that cannot be changed."""
        return Scenario(*self._start(), Call('y', 'layer', 'forward', [read_only(self.x)]), Call('grad_x', 'layer', 'backward', [read_only(self.upstream)]))

@dataclass(frozen=True)
class ManyCase(Case):
    """A rate, measured on many ones."""
    rate: float

    @classmethod
    def strategy(cls) -> SearchStrategy[Self]:
        """Return how cases are drawn."""
        return st.builds(cls, rate=st.sampled_from(RATES))

    def inputs(self) -> Sequence[Item]:
        """Return the rate and the input."""
        return [Item.of('rate', self.rate), Item.of('x', np.ones(MANY))]

    @question
    def passes(self) -> Scenario:
        """Two forward passes while training, one while testing, and one more while training."""
        return many(self.rate)

@cache
def many(rate: float) -> Scenario:
    """Return the passes of many ones through a layer with this rate, beside one with another."""
    ones = np.ones(MANY)
    return Scenario(Seed(1), Make('layer', 'Dropout', [rate]), Make('other', 'Dropout', [OTHER_RATE]), Call('first', 'layer', 'forward', [ones]), Call('second', 'layer', 'forward', [ones]), TEST, Call('tested', 'layer', 'forward', [ones]), TRAIN, Call('third', 'layer', 'forward', [ones]))

@cache
def back(rate: float) -> Scenario:
    """Return a pass of many ones, forward and backward, as `DropoutCase.later` is of few numbers.

    Of few numbers all may be dropped, and a layer that drops them all keeps nothing.
    """
    ones = np.ones(MANY)
    return Scenario(Seed(2), Make('layer', 'Dropout', [rate]), Make('other', 'Dropout', [rate]), Call('y_before', 'layer', 'forward', [ones]), Call('y', 'layer', 'forward', [ones]), Call('y_other', 'other', 'forward', [ones]), Call('grad_x', 'layer', 'backward', [UPSTREAM]))
