"""What a layer is asked that works on each number by itself."""
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import ClassVar, Self
import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from grader import Call, Case, Item, Make, Scenario, Step, _, question
from grader.checks.finite_differences import Probe
from grader.checks.gradcheck import elsewhere, forward_at
from grader.checks.strategies import SHAPES, Numbers, laid_out, read_only
from .rows_cases import FAR, ordinary_numbers, unit_probe

@dataclass(frozen=True)
class ActivationCase(Case):
    """An input and an upstream gradient of one shape, of one to four axes."""
    layer: ClassVar[str]
    shape: tuple[int, ...]
    numbers: Numbers

    @classmethod
    def strategy(cls) -> SearchStrategy[Self]:
        """Return how cases are drawn."""
        return st.builds(cls, shape=SHAPES, numbers=ordinary_numbers())

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
        return [Item.of('x', self.x), Item.of('grad', self.upstream)]

    def edges(self) -> Sequence[str]:
        """Return whether an axis is of length 1."""
        return [_('an axis of length 1')] if 1 in self.shape else []

    def _pass(self, x: np.ndarray) -> list[Step]:
        return [Call('y', 'layer', 'forward', [x]), Call('grad_x', 'layer', 'backward', [self.upstream])]

    @question
    def once(self) -> Scenario:
        """One forward and one backward pass."""
        return Scenario(Make('layer', self.layer), *self._pass(self.x))

    @question
    def later(self) -> Scenario:
        """A pass after one with another input, beside another layer."""
        forward, backward = self._pass(self.x)
        return Scenario(Make('layer', self.layer), Make('other', self.layer), Call('y_before', 'layer', 'forward', [self.other_x]), forward, Call('y_other', 'other', 'forward', [self.other_x]), backward)

    def read_only(self) -> Scenario:
        """Return one pass with arrays that cannot be changed."""
        return Scenario(Make('layer', self.layer), Call('y', 'layer', 'forward', [read_only(self.x)]), Call('grad_x', 'layer', 'backward', [read_only(self.upstream)]))

    def probe(self) -> Probe:
        """Return where the forward pass is asked for its gradient."""
        return unit_probe(self.x)

    def varied(self, probed: Probe | None=None) -> Scenario:
        """Return forward passes at the points of a probe, that of the input if none is given."""
        points = (probed or self.probe()).points
        return Scenario(Make('layer', self.layer), *forward_at(points, 'layer'))

    def elsewhere(self) -> list[Probe]:
        """Return two other places to ask for the gradient at."""
        return [unit_probe(each) for each in elsewhere(self.shape, self.numbers.seed)]

    def passed(self, x: np.ndarray) -> Scenario:
        """Return one pass with another input."""
        return Scenario(Make('layer', self.layer), *self._pass(x))

class FarActivationCase(ActivationCase):
    """An input whose exponentials are no numbers, or 0."""

    @cached_property
    def x(self) -> np.ndarray:
        """The input."""
        values = FAR * self.numbers.array(0, *self.shape)
        return laid_out(values.astype(self.numbers.dtype), self.numbers.layout)

@cache
def cases_of(layer: str) -> tuple[type[ActivationCase], type[FarActivationCase]]:
    """Return the classes of cases for what the notebook defines as `layer`."""
    return (type(f'{layer}Case', (ActivationCase,), {'layer': layer}), type(f'Far{layer}Case', (FarActivationCase,), {'layer': layer}))
