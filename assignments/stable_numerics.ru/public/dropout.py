"""The exercise `dropout`: inverted dropout while training, nothing while testing.

What is random is judged by what holds in every draw, and the rate by a bound that a right layer
exceeds once in 10^12 questions.
"""
import math
from collections.abc import Sequence
from typing import Final
import numpy as np
from grader import CheckFailed, Evidence, Exercise, Item, Subject, _, marked
from grader.checks.compare import agrees, array, close, differing, numpy_array, unchanged, writes_nothing
from .dropout_cases import KINDS, MANY, UPSTREAM, DropoutCase, ManyCase, back, many
dropout = Exercise('dropout', 'The Dropout layer', points=20, names=('Dropout',))
FORWARD = marked('What `forward` returned')
BACKWARD = marked('What `backward` returned')
TERMS: Final = 2
TRAINING: Final = ('first', 'second', 'third')
ODDS: Final = 1e-12

def bound(count: int) -> float:
    """Return how far the share of `count` independent draws may be from its probability.

    W. Hoeffding, Probability inequalities for sums of bounded random variables, J. Amer. Statist.
    Assoc. 58, 1963: it is exceeded with a probability of at most 2 exp(-2 count t^2).
    """
    return math.sqrt(math.log(2 / ODDS) / (2 * count))

def masks(student: Subject, rate: float) -> list[np.ndarray]:
    """Return what was dropped of many ones in each pass while training, as arrays of bool."""
    transcript = student.answer(many(rate))
    outputs = [array(transcript, name, what=_(FORWARD)) for name in TRAINING]
    for output in outputs:
        if output.shape != MANY:
            raise CheckFailed(_('x has the shape {shape}, and what `forward` returned {got}.', shape=MANY, got=output.shape))
    return [output == 0 for output in outputs]

def share(student: Subject, rate: float) -> float:
    """Return the share of numbers that were dropped."""
    return float(np.mean(masks(student, rate)))

def draws(student: Subject, rate: float) -> int:
    """Return how many independent draws decided about what was dropped in all passes.

    Of numbers that go together, as those of a whole column, there is one.
    """
    dropped = masks(student, rate)
    for axis in (0, 1):
        if all((np.array_equal(each.all(axis), each.any(axis)) for each in dropped)):
            return len(dropped) * MANY[1 - axis]
    return len(dropped) * math.prod(MANY)

@dropout.check(points=1)
def drops(student: Subject, case: ManyCase) -> None:
    """While training, `forward` sets some numbers to 0 and keeps others."""
    dropped = masks(student, case.rate)[0]
    if dropped.all() or not dropped.any():
        ones, rate = (dropped.size, case.rate)
        if dropped.all():
            told = _('All {ones} ones came back as 0, with the rate {rate}.', ones=ones, rate=rate)
        else:
            told = _('None of the {ones} ones came back as 0, with the rate {rate}.', ones=ones, rate=rate)
        raise CheckFailed(told, hint=_('A new layer is training. What decides about each number?'))
    numpy_array(student.answer(many(case.rate)), TRAINING[0], what=_(FORWARD))

def factors(student: Subject, case: DropoutCase) -> tuple[float, ...]:
    """Return what kept numbers may be multiplied by.

    A layer that takes the rate for the share to be kept is charged for that alone.
    """
    right = 1 / (1 - case.rate)
    dropped, slack = (share(student, case.rate), bound(len(TRAINING) * math.prod(MANY)))
    swapped = abs(dropped - (1 - case.rate)) <= slack
    return (right, 1 / case.rate) if swapped else (right,)

@dropout.check(points=4, needs=drops)
def kept_scaled(student: Subject, case: DropoutCase) -> None:
    """While training, each number is 0 or its input divided by 1 - rate."""
    got = array(student.answer(case.once), 'y', what=_(FORWARD))
    if got.shape != case.shape:
        raise CheckFailed(_('x has the shape {shape}, and what `forward` returned {got}.', shape=case.shape, got=got.shape))
    allowed = factors(student, case)
    _require_scaled(got, case.x.astype(np.float64), allowed)
    ones = array(student.answer(many(case.rate)), TRAINING[0], what=_(FORWARD))
    _require_scaled(ones, np.ones(MANY), allowed)

def _require_scaled(got: np.ndarray, x: np.ndarray, allowed: Sequence[float]) -> None:
    """Require that each number is 0 or that of x times one of the factors that are allowed."""
    expected = [np.where(got == 0, 0.0, x * each) for each in allowed]
    if not any((agrees(got, each, terms=TERMS, magnitude=np.abs(each)) for each in expected)):
        raise CheckFailed(_('{forward} is neither 0 nor x divided by 1 - rate everywhere.', forward=_(FORWARD)), differing('y', got, expected[0]), _('What was the mean of a number before some were dropped, and what is it now?'))

@dropout.check(points=3, needs=drops)
def rate(student: Subject, case: ManyCase) -> None:
    """While training, numbers are dropped with the probability `rate`."""
    got, slack = (share(student, case.rate), bound(draws(student, case.rate)))
    if abs(got - case.rate) > slack:
        raise CheckFailed(_('Of {count} numbers {got:.1%} were dropped, with the rate {rate}. Chance explains a difference of up to {points:.1f} percentage points.', count=len(TRAINING) * math.prod(MANY), got=got, rate=case.rate, points=100 * slack), Evidence(expected=Item.of(_('share of zeros'), case.rate), got=Item.of(_('share of zeros'), got)), _('Is `rate` the probability to go or to stay?'))

@dropout.check(points=2, needs=drops)
def drawn_anew(student: Subject, case: ManyCase) -> None:
    """Each number is drawn by itself, and anew in every `forward` while training."""
    first, second, third = masks(student, case.rate)
    if np.array_equal(first, second) or np.array_equal(first, third):
        raise CheckFailed(_('Two calls of `forward` dropped exactly the same numbers.'), hint=_('Where are the random numbers drawn, and how often is that line run?'))
    columns = _('Whole columns are dropped or kept together.')
    rows = _('Whole rows are dropped or kept together.')
    for axis, told in ((0, columns), (1, rows)):
        if np.array_equal(first.all(axis), first.any(axis)):
            raise CheckFailed(told, hint=_('How many random numbers does an array of this shape need?'))
    if not third.any():
        raise CheckFailed(_('After a test, with `training` True again, nothing is dropped any more.'), hint=_('What does a test leave behind?'))

@dropout.check(points=5, needs=drops)
def mask_reused(student: Subject, case: DropoutCase) -> None:
    """`backward` does to the gradient what the latest `forward` did to its input."""
    transcript = student.answer(case.later)
    y = array(transcript, 'y', what=_(FORWARD))
    got = array(transcript, 'grad_x', what=_(BACKWARD))
    if y.shape != case.shape:
        raise CheckFailed(_('x has the shape {shape}, and what `forward` returned {got}.', shape=case.shape, got=y.shape))
    _require_same_mask(got, case.upstream * (y / case.x.astype(np.float64)))
    transcript = student.answer(back(case.rate))
    many_back = array(transcript, 'grad_x', what=_(BACKWARD))
    _require_same_mask(many_back, UPSTREAM * array(transcript, 'y', what=_(FORWARD)))

def _require_same_mask(got: np.ndarray, expected: np.ndarray) -> None:
    close(got, expected, what=_(BACKWARD), terms=TERMS + 2, magnitude=np.abs(expected), hint=_('`forward` dropped some numbers and scaled the others. What does each of them do to its gradient, and which note tells you?'))

@dropout.check(points=3, needs=drops)
def testing(student: Subject, case: DropoutCase) -> None:
    """With `training` False, everything passes unchanged, forward and backward."""
    for asked in (case.tested_first, case.tested):
        transcript = student.answer(asked)
        for name, what, expected in (('y', _(FORWARD), case.x.astype(np.float64)), ('grad_x', _(BACKWARD), case.upstream)):
            close(array(transcript, name, what=what), expected, what=_('{what} with `training` False', what=what), terms=TERMS, magnitude=np.abs(expected), hint=_('What was scaled while training, and what is left to be done here?'))

@dropout.check(points=1, needs=drops)
def rate_zero(student: Subject, case: DropoutCase) -> None:
    """With the rate 0 nothing is dropped, also while training."""
    close(array(student.answer(case.nothing_dropped), 'y', what=_(FORWARD)), case.x.astype(np.float64), what=_('{forward} with the rate 0', forward=_(FORWARD)), terms=TERMS, magnitude=np.abs(case.x.astype(np.float64)), hint=_('With which probability should a number go?'))

@dropout.check(points=1, needs=drops)
def arguments_unchanged(student: Subject, case: DropoutCase) -> None:
    """`forward` and `backward` leave the arrays that they are given as they were."""
    names = {'y': 'x', 'y_before': 'x', 'grad_x': 'grad'}
    unchanged(student.answer(case.once), names)
    unchanged(student.answer(case.tested), names)
    if case.numbers.kind == KINDS[-1]:
        writes_nothing(student.answer(case.read_only()), names)
