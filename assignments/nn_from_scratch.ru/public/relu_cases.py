"""What a `ReLU` layer is asked."""
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self
import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from grader import Call, Case, Item, Make, Scenario, Step, _, question
from grader.checks.finite_differences import Probe, probe
from grader.checks.gradcheck import elsewhere, forward_at
from grader.checks.methods import whose
from grader.checks.strategies import MATRICES, SHAPES, Numbers, laid_out, read_only

@dataclass(frozen=True)
class ReLUCase(Case):
    """An input and an upstream gradient of one shape."""
    shape: tuple[int, ...]
    numbers: Numbers

    @classmethod
    def strategy(cls) -> SearchStrategy[Self]:
        """Return how cases are drawn: matrices."""
        return st.builds(cls, shape=MATRICES, numbers=Numbers.strategy())

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
        """The gradient that arrives from above, with both signs."""
        return laid_out(self.numbers.array(2, *self.shape), self.numbers.layout)

    def inputs(self) -> Sequence[Item]:
        """Return both arrays."""
        return [Item.of('x', self.x), Item.of('grad', self.upstream), Item.of('other_x', self.other_x)]

    def sizes_differ(self) -> bool:
        """Whether no two axes are of one length, and not all numbers are one."""
        return len(set(self.shape)) == len(self.shape) and self.x.size > 1

    def edges(self) -> Sequence[str]:
        """Return which axes are of length 1."""
        words = (_('one row'), _('one column'))
        return [each for each, size in zip(words, self.shape, strict=True) if size == 1]

    @question
    def once(self) -> Scenario:
        """One forward and one backward pass."""
        return Scenario(Make('relu', 'ReLU'), *self._pass(self.x))

    @question
    def own(self) -> Scenario:
        """Whose method `backward` is."""
        return whose('ReLU', 'backward')

    @question
    def twice(self) -> Scenario:
        """A pass after one with another input."""
        return Scenario(Make('relu', 'ReLU'), *self._pass(self.other_x, '_first'), *self._pass(self.x))

    @question
    def together(self) -> Scenario:
        """A pass whose forward follows one with another input, beside another layer."""
        forward, backward = self._pass(self.x)
        return Scenario(Make('relu', 'ReLU'), Make('other', 'ReLU'), Call('y_before', 'relu', 'forward', [self.other_x], tried=True), forward, Call('y_other', 'other', 'forward', [self.other_x], tried=True), backward)

    @cached_property
    def locked(self) -> Scenario:
        """One pass with arrays that cannot be changed."""
        return Scenario(Make('relu', 'ReLU'), Call('y', 'relu', 'forward', [read_only(self.x)]), Call('grad_x', 'relu', 'backward', [read_only(self.upstream)]))

    def _pass(self, x: np.ndarray, name: str='') -> list[Step]:
        return [Call(f'y{name}', 'relu', 'forward', [x], tried=True), Call(f'grad_x{name}', 'relu', 'backward', [self.upstream], tried=True)]

    def probe(self) -> Probe:
        """Return where the forward pass is asked for its gradient."""
        return probe(self.x)

    def varied(self, probed: Probe | None=None) -> Scenario:
        """Return forward passes at the points of a probe, that of the input if none is given."""
        points = (probed or self.probe()).points
        return Scenario(Make('relu', 'ReLU'), *forward_at(points, 'relu'))

    def elsewhere(self) -> list[Probe]:
        """Return two other places to ask for the gradient at."""
        return [probe(each) for each in elsewhere(self.shape, self.numbers.seed)]

    def passed(self, x: np.ndarray) -> Scenario:
        """Return one pass with another input."""
        return Scenario(Make('relu', 'ReLU'), *self._pass(x))

class ShapeCase(ReLUCase):
    """An input of one to four dimensions."""

    @classmethod
    def strategy(cls) -> SearchStrategy[Self]:
        """Return how cases are drawn."""
        return st.builds(cls, shape=SHAPES, numbers=Numbers.strategy())

    def edges(self) -> Sequence[str]:
        """Return whether an axis is of length 1."""
        return [_('an axis of length 1')] if 1 in self.shape else []
