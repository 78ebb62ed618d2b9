"""What functions of rows of logits are asked: softmax, cross-entropy and their gradients."""
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self
import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from grader import Call, Case, Item, Ref, Scenario, _, question
from grader.checks.finite_differences import STEP, Probe, probe
from grader.checks.gradcheck import elsewhere, forward_at
from grader.checks.strategies import DTYPES, LAYOUTS, SIZES, Numbers, laid_out, read_only
KINDS: Final = ('integers', 'normal', 'zeros', 'tiny')
FAR: Final = 1000.0
PLACES: Final = ('high', 'low', 'rows', 'spread')

def ordinary_numbers() -> SearchStrategy[Numbers]:
    """Return how arrays of ordinary numbers are drawn."""
    return st.builds(Numbers, kind=st.sampled_from(KINDS), dtype=st.sampled_from(DTYPES), layout=st.sampled_from(LAYOUTS), seed=st.integers(0, 2 ** 16))

def unit_probe(at: np.ndarray) -> Probe:
    """Return where to ask for the gradient of a function that bends over lengths of about 1.

    Where the numbers of `at` are small, steps in proportion to them would be lost in rounding.
    """
    largest = float(np.max(np.abs(at)))
    return probe(at, step=STEP / min(1.0, largest) if largest else STEP)

def softmax_of(logits: np.ndarray) -> np.ndarray:
    """Return the softmax of each row, float64 (batch, classes)."""
    shifted = np.asarray(logits, np.float64)
    powers = np.exp(shifted - shifted.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))

@dataclass(frozen=True)
class RowsCase(Case):
    """Logits of `batch` examples and `classes` classes, and what belongs to them.

    `first` is the class of the first example; those of the others follow it.
    """
    batch: int
    classes: int
    first: int
    numbers: Numbers

    @classmethod
    def strategy(cls) -> SearchStrategy[Self]:
        """Return how cases are drawn: one example of two classes first."""
        return st.builds(cls, batch=SIZES, classes=st.integers(2, 5), first=st.integers(0, 4), numbers=ordinary_numbers())

    def sizes_differ(self) -> bool:
        """Whether there are several examples, and not as many as classes."""
        return 1 < self.batch != self.classes

    def edges(self) -> Sequence[str]:
        """Return whether there is one example."""
        return [_('one row')] if self.batch == 1 else []

    @property
    def values(self) -> np.ndarray:
        """The numbers of the logits, float64 (batch, classes)."""
        return self.numbers.array(0, self.batch, self.classes)

    @cached_property
    def logits(self) -> np.ndarray:
        """The logits, (batch, classes), as they are given."""
        return laid_out(self.values.astype(self.numbers.dtype), self.numbers.layout)

    @cached_property
    def labels(self) -> np.ndarray:
        """The right classes, int64 (batch,)."""
        return (self.first + np.arange(self.batch)) % self.classes

    @cached_property
    def other_logits(self) -> np.ndarray:
        """Logits that no forward pass is compared at, (batch, classes), as they are given."""
        values = self.numbers.array(2, self.batch, self.classes)
        return laid_out(values.astype(self.numbers.dtype), self.numbers.layout)

    @cached_property
    def probabilities(self) -> np.ndarray:
        """The softmax of the other logits, float64 (batch, classes), in the layout of the case.

        Of these a gradient is asked for: those of `logits` are what a forward pass should return,
        and whoever was given them could keep them for it.
        """
        return laid_out(softmax_of(self.other_logits), self.numbers.layout)

    @cached_property
    def upstream(self) -> np.ndarray:
        """The gradient that arrives from above, float64 (batch, classes)."""
        return laid_out(self.numbers.array(1, self.batch, self.classes), self.numbers.layout)

    @cached_property
    def reach(self) -> float:
        """The size of the largest logit, and 1."""
        return 1.0 + float(np.max(np.abs(self.logits)))

    def probe(self) -> Probe:
        """Return where the forward pass is asked for its gradient."""
        return unit_probe(self.other_logits)

    def elsewhere(self) -> list[Probe]:
        """Return two other places to ask for the gradient at."""
        places = elsewhere((self.batch, self.classes), self.numbers.seed)
        return [unit_probe(each) for each in places]

class SoftmaxCase(RowsCase):
    """Logits of ordinary size for `softmax`."""

    def inputs(self) -> Sequence[Item]:
        """Return the logits, the probabilities and the gradient."""
        return [Item.of('logits', self.logits), Item.of('probabilities', self.probabilities), Item.of('grad', self.upstream)]

    @question
    def forward(self) -> Scenario:
        """The probabilities."""
        return Scenario(Call('q', 'softmax', args=[self.logits]))

    @question
    def backward(self) -> Scenario:
        """The gradient, from right probabilities."""
        return Scenario(Call('gradient', 'grad_softmax', args=[self.probabilities, self.upstream]))

    def chained(self, logits: np.ndarray | None=None) -> Scenario:
        """Return the gradient from the student's own probabilities, of other logits if given."""
        return Scenario(Call('q', 'softmax', args=[self.other_logits if logits is None else logits]), Call('gradient', 'grad_softmax', args=[Ref('q'), self.upstream]))

    def varied(self, probed: Probe | None=None) -> Scenario:
        """Return the probabilities at the points of a probe, that of the case if none is given."""
        return Scenario(*forward_at((probed or self.probe()).points, 'softmax', ''))

    def read_only(self) -> Scenario:
        """Return both passes with arrays that cannot be changed."""
        given = [read_only(self.probabilities), read_only(self.upstream)]
        return Scenario(Call('q', 'softmax', args=[read_only(self.logits)]), Call('gradient', 'grad_softmax', args=given))

class LossCase(RowsCase):
    """Logits of ordinary size and labels for `cross_entropy`."""

    def inputs(self) -> Sequence[Item]:
        """Return the logits, the labels and the probabilities."""
        return [Item.of('logits', self.logits), Item.of('labels', self.labels), Item.of('probabilities', self.probabilities)]

    @question
    def forward(self) -> Scenario:
        """The loss of the batch."""
        return Scenario(Call('loss', 'cross_entropy', args=[self.logits, self.labels]))

    @question
    def alone(self) -> Scenario:
        """The loss of the first example alone."""
        return Scenario(Call('loss', 'cross_entropy', args=[self.logits[:1], self.labels[:1]]))

    @question
    def backward(self) -> Scenario:
        """The gradient, from right probabilities."""
        given = [self.probabilities, self.labels]
        return Scenario(Call('gradient', 'grad_cross_entropy', args=given))

    def passed(self, logits: np.ndarray) -> Scenario:
        """Return the gradient from the right probabilities of other logits."""
        given = [softmax_of(logits), self.labels]
        return Scenario(Call('gradient', 'grad_cross_entropy', args=given))

    def varied(self, probed: Probe | None=None) -> Scenario:
        """Return the losses at the points of a probe, that of the case if none is given."""
        return Scenario(*(Call(f'at{index}', 'cross_entropy', args=[point, self.labels]) for index, point in enumerate((probed or self.probe()).points)))

    def read_only(self) -> Scenario:
        """Return both passes with arrays that cannot be changed."""
        labels = read_only(self.labels)
        return Scenario(Call('loss', 'cross_entropy', args=[read_only(self.logits), labels]), Call('gradient', 'grad_cross_entropy', args=[read_only(self.probabilities), labels]))

@dataclass(frozen=True)
class FarCase(RowsCase):
    """Logits whose exponentials are no numbers, or 0.

    `place` is where they lie: all "high" up, all "low", the "rows" far from each other, or the
    classes of a row ("spread").
    """
    place: str = PLACES[0]

    @classmethod
    def strategy(cls) -> SearchStrategy[Self]:
        """Return how cases are drawn."""
        return st.builds(cls, batch=SIZES, classes=st.integers(2, 5), first=st.integers(0, 4), numbers=ordinary_numbers(), place=st.sampled_from(PLACES))

    @property
    def values(self) -> np.ndarray:
        """The numbers of the logits, float64 (batch, classes)."""
        values = super().values
        match self.place:
            case 'high':
                return values + FAR
            case 'low':
                return values - FAR
            case 'rows':
                return np.asarray(values + FAR * np.arange(self.batch)[:, None])
            case _:
                return np.asarray(FAR * values)

class FarSoftmaxCase(FarCase):
    """Logits that lie far out, for `softmax`."""

    def inputs(self) -> Sequence[Item]:
        """Return the logits."""
        return [Item.of('logits', self.logits)]

    @question
    def forward(self) -> Scenario:
        """The probabilities."""
        return Scenario(Call('q', 'softmax', args=[self.logits]))

class FarLossCase(FarCase):
    """Logits that lie far out, and labels, for `cross_entropy`."""

    def inputs(self) -> Sequence[Item]:
        """Return the logits and the labels."""
        return [Item.of('logits', self.logits), Item.of('labels', self.labels)]

    @question
    def forward(self) -> Scenario:
        """The loss of the batch."""
        return Scenario(Call('loss', 'cross_entropy', args=[self.logits, self.labels]))

    @question
    def alone(self) -> Scenario:
        """The loss of the first example alone."""
        return Scenario(Call('loss', 'cross_entropy', args=[self.logits[:1], self.labels[:1]]))

    @question
    def ordinary(self) -> Scenario:
        """The loss of a batch of as many examples whose logits are of ordinary size."""
        logits = laid_out(self.numbers.array(0, self.batch, self.classes).astype(self.numbers.dtype), self.numbers.layout)
        return Scenario(Call('loss', 'cross_entropy', args=[logits, self.labels]))
