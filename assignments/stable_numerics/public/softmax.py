"""The exercise `softmax`: probabilities from logits of any size, and the gradient."""
import numpy as np
from grader import Call, CheckFailed, Exercise, Scenario, Subject, _, any_of, marked
from grader.checks.compare import agrees, array, numpy_array, unchanged, writes_nothing
from grader.checks.gradcheck import bends
from grader.checks.vectorisation import ROWS, require_vectorised
from .answers import TERMS, is_own_gradient, own_pass, require
from .rows_cases import KINDS, FarSoftmaxCase, SoftmaxCase, softmax_of
softmax = Exercise('softmax', 'Softmax and its gradient', points=20, names=('softmax', 'grad_softmax'))
RETURNED = marked('What `softmax` returned')
GRADIENT = marked('What `grad_softmax` returned')

@softmax.check(points=5)
def values(student: Subject, reference: Subject, case: SoftmaxCase) -> None:
    """`softmax` turns each row of logits into probabilities."""
    require(array(student.answer(case.forward), 'q', what=_(RETURNED)), array(reference.answer(case.forward), 'q'), what=_(RETURNED), shown='q', magnitude=case.reach, sizes={_('the batch size'): case.batch, _('the number of classes'): case.classes}, others={_('the logits'): case.logits.astype(float)}, hint=_('What should each row of it add up to? Which axis is that?'))

@softmax.check(points=5, needs=values)
def large_logits(student: Subject, reference: Subject, case: FarSoftmaxCase) -> None:
    """`softmax` is right also for logits whose exponentials overflow or underflow."""
    require(array(student.answer(case.forward), 'q', what=_(RETURNED)), array(reference.answer(case.forward), 'q'), what=_(RETURNED), shown='q', magnitude=case.reach, hint=_('Print each intermediate value for these logits. What may you subtract from a row?'))

@softmax.check(points=7)
def gradient(student: Subject, reference: Subject, case: SoftmaxCase) -> None:
    """`grad_softmax` returns the gradient with respect to the logits."""
    got = array(student.answer(case.backward), 'gradient', what=_(GRADIENT))
    expected = array(reference.answer(case.backward), 'gradient')
    q, upstream = (np.asarray(case.probabilities), np.abs(case.upstream))
    magnitude = q * (upstream + (q * upstream).sum(axis=1, keepdims=True))
    if agrees(got, expected, terms=TERMS, magnitude=magnitude):
        return
    if _fits_its_own_forward(student, reference, case):
        return
    require(got, expected, what=_(GRADIENT), shown='gradient', magnitude=magnitude, sizes={_('the batch size'): case.batch, _('the number of classes'): case.classes}, others={_('the gradient that it was given'): case.upstream, _('the first of the two terms alone'): q * case.upstream}, hint=_('When one logit goes up, every probability of its row changes. Which way?'))

def _fits_its_own_forward(student: Subject, reference: Subject, case: SoftmaxCase) -> bool:
    """Whether the gradient is that of the student's own softmax, where that is another."""
    try:
        mine = array(student.answer(case.forward), 'q')
        claimed = array(student.answer(case.chained()), 'gradient')
    except CheckFailed:
        return False
    right = array(reference.answer(case.forward), 'q')
    if agrees(mine, right, terms=TERMS, magnitude=case.reach):
        return False
    own = own_pass(lambda place: student.answer(case.varied(place)), lambda logits: student.answer(case.chained(logits)), 'gradient')
    forward = student.answer(case.varied())
    return is_own_gradient(case.probe(), forward, case.upstream, claimed) and bends(own, case.elsewhere(), case.upstream)

@softmax.check(points=1, needs=any_of(values, gradient))
def arguments_unchanged(student: Subject, case: SoftmaxCase) -> None:
    """Both functions leave the arrays that they are given as they were."""
    unchanged(student.answer(case.forward), {'q': 'logits'})
    unchanged(student.answer(case.backward), {'gradient': 'probabilities'})
    if case.numbers.kind == KINDS[-1]:
        writes_nothing(student.answer(case.read_only()), {'q': 'logits'})

@softmax.check(points=2, needs=(values, gradient))
def vectorised(student: Subject, reference: Subject) -> None:
    """Both functions handle a batch as a whole, without a Python loop over its rows."""
    hint = _('Which argument of `sum` and `max` keeps the rows apart?')
    require_vectorised(student, reference, _passes, ['q', 'gradient'], hint=hint)
    numpy_array(student.answer(_passes(ROWS)), 'q', what=_(RETURNED))
    numpy_array(student.answer(_passes(ROWS)), 'gradient', what=_(GRADIENT))

def _passes(rows: int) -> Scenario:
    random = np.random.default_rng(rows)
    logits, grad = random.integers(-3, 4, (2, rows, 4)).astype(float)
    return Scenario(Call('q', 'softmax', args=[logits], counted=True), Call('gradient', 'grad_softmax', args=[softmax_of(logits), grad], counted=True))
