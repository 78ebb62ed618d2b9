"""The exercise `cross_entropy`: the mean loss of a batch from its logits, and the gradient."""
import math
from typing import Final
import numpy as np
from grader import Call, CheckFailed, Evidence, Exercise, Scenario, Subject, _, any_of, marked
from grader.checks.compare import agrees, array, numpy_array, proportional, same_shape, unchanged, writes_nothing
from grader.checks.gradcheck import bends
from grader.checks.vectorisation import ROWS, require_vectorised
from .answers import TERMS, is_own_gradient, own_pass, require
from .rows_cases import KINDS, FarLossCase, LossCase, RowsCase, softmax_of
cross_entropy = Exercise('cross_entropy', 'Cross-entropy and its gradient', points=30, names=('cross_entropy', 'grad_cross_entropy'))
RETURNED = marked('What `cross_entropy` returned')
GRADIENT = marked('What `grad_cross_entropy` returned')

def _sizes(case: RowsCase) -> dict[str, int]:
    return {_('the batch size'): case.batch, _('the number of classes'): case.classes}

def require_loss(student: Subject, reference: Subject, scenario: Scenario, case: RowsCase, *, hint: str) -> None:
    """Require that the loss is one number, the right one."""
    got = array(student.answer(scenario), 'loss', what=_(RETURNED))
    if got.size != 1:
        same_shape(got, (), what=_(RETURNED))
    require(got.reshape(()), array(reference.answer(scenario), 'loss'), what=_(RETURNED), shown='loss', magnitude=2 * case.reach, sizes=_sizes(case), instead=_without_largest(scenario, reference), hint=hint)

def _without_largest(scenario: Scenario, reference: Subject) -> dict[str, np.ndarray]:
    """Return the loss where what was subtracted from the logits is not counted, by what is told."""
    call, = scenario.steps
    logits = call.args[0] if isinstance(call, Call) else None
    if not isinstance(logits, np.ndarray):
        return {}
    loss = array(reference.answer(scenario), 'loss')
    told = _('is right but for the largest logit of each row, which does not count in it.')
    return {told: loss - np.mean(np.max(logits.astype(np.float64), axis=1))}

@cross_entropy.check(points=6)
def one_example(student: Subject, reference: Subject, case: LossCase) -> None:
    """The loss of one example is -log of the probability of its class."""
    hint = _('Which of the probabilities counts, and when is the loss 0?')
    require_loss(student, reference, case.alone, case, hint=hint)

@cross_entropy.check(points=4, needs=one_example)
def mean_of_batch(student: Subject, reference: Subject, case: LossCase) -> None:
    """The loss of a batch is the mean over its examples."""
    hint = _('Feed the same example once, and then twice in one batch. What should change?')
    require_loss(student, reference, case.forward, case, hint=hint)

@cross_entropy.check(points=7, needs=one_example)
def large_logits(student: Subject, reference: Subject, case: FarLossCase) -> None:
    """The loss is right also for logits whose exponentials overflow or underflow."""
    hint = _('Print each intermediate value for these logits. Of what is a logarithm taken?')
    try:
        require_loss(student, reference, case.alone, case, hint=hint)
    except CheckFailed:
        require_no_bound(student)
        raise
    if not _picks_its_own(student, reference, case):
        return
    got = array(student.answer(case.forward), 'loss', what=_(RETURNED))
    expected = array(reference.answer(case.forward), 'loss')
    factors = (1, case.batch)
    if not any((agrees(got.reshape(()), each * expected, terms=TERMS, magnitude=2 * case.reach * each) for each in (factors if got.size == 1 else ()))):
        require_loss(student, reference, case.forward, case, hint=hint)
_BATCH: Final = 7
_TELLING: Final = Scenario(Call('loss', 'cross_entropy', args=[np.random.default_rng(0).integers(-3, 4, (_BATCH, 4)).astype(float), np.arange(_BATCH) * 3 % 4]))

def _picks_its_own(student: Subject, reference: Subject, case: FarLossCase) -> bool:
    """Whether the loss of batches of ordinary logits is the mean or the sum over the examples."""
    for asked, batch in ((_TELLING, _BATCH), (case.ordinary, case.batch)):
        try:
            got = array(student.answer(asked), 'loss')
        except CheckFailed:
            return False
        right = array(reference.answer(asked), 'loss')
        if got.size != 1 or not any((agrees(got.reshape(()), each * right, terms=TERMS, magnitude=2 * case.reach * each) for each in (1, batch))):
            return False
    return True
_OUT: Final = 1000.0
_NEAR: Final = 1.0

def require_no_bound(student: Subject) -> None:
    """Raise CheckFailed where no loss is larger than a certain number, telling why that is.

    A probability that is clipped at a small number p gives losses up to -log(p), the right ones
    below that; one to which p is added gives other ones also a little below it.
    """
    largest = _loss_of(student, _OUT)
    if largest is None or not 1 < largest < _OUT / 2 or largest != _loss_of(student, 2 * _OUT):
        return
    below = _loss_of(student, largest - _NEAR)
    if below is None:
        return
    smallest = math.exp(-largest)
    if abs(below - (largest - _NEAR)) < 0.001:
        told = _('Your loss is never larger than {largest:.4g}: somewhere the probability is clipped at about {smallest:.0e}.', largest=largest, smallest=smallest)
    elif abs(below - (largest - math.log(1 + math.exp(_NEAR)))) < 0.001:
        told = _('Your loss is never larger than {largest:.4g}: somewhere about {smallest:.0e} is added to the probability.', largest=largest, smallest=smallest)
    else:
        return
    raise CheckFailed(told, Evidence(cell=_BOUND), _('Write the loss down without any probability in it: what is log(exp(z) / sum)?'))
_BOUND: Final = 'import numpy as np\n\nprint(cross_entropy(np.array([[0.0, 1000.0]]), np.array([0])))  # expected 1000.0'

def _loss_of(student: Subject, logit: float) -> float | None:
    """Return the loss where the wrong one of two classes has a logit, and the right one 0."""
    given = [np.array([[0.0, logit]]), np.array([0])]
    try:
        loss = array(student.answer(Scenario(Call('loss', 'cross_entropy', args=given))), 'loss')
    except CheckFailed:
        return None
    return float(loss.reshape(())) if loss.size == 1 and np.all(np.isfinite(loss)) else None

@cross_entropy.check(points=6)
def gradient_direction(student: Subject, reference: Subject, case: LossCase) -> None:
    """`grad_cross_entropy` points in the direction of the gradient, whatever its length."""
    got = array(student.answer(case.backward), 'gradient', what=_(GRADIENT))
    expected = array(reference.answer(case.backward), 'gradient')
    try:
        proportional(got, expected, what=_(GRADIENT), terms=TERMS, magnitude=1.0)
    except CheckFailed:
        if not fits_its_own_forward(student, reference, case, got):
            require_gradient(got, expected, case)
            raise

@cross_entropy.check(points=4, needs=gradient_direction)
def gradient(student: Subject, reference: Subject, case: LossCase) -> None:
    """`grad_cross_entropy` is the gradient of the mean with respect to the logits."""
    got = array(student.answer(case.backward), 'gradient', what=_(GRADIENT))
    expected = array(reference.answer(case.backward), 'gradient')
    right = agrees(got, expected, terms=TERMS, magnitude=1.0 / case.batch)
    if not right and (_is_of_the_sum(got, expected, case) or not fits_its_own_forward(student, reference, case, got)):
        require_gradient(got, expected, case)

def _is_of_the_sum(got: np.ndarray, expected: np.ndarray, case: LossCase) -> bool:
    return case.batch > 1 and agrees(got, case.batch * expected, terms=TERMS, magnitude=1.0)

def require_gradient(got: np.ndarray, expected: np.ndarray, case: LossCase) -> None:
    """Require that a gradient is the right one."""
    q = np.asarray(case.probabilities)
    answers = np.eye(case.classes)[case.labels]
    require(got, expected, what=_(GRADIENT), shown='gradient', magnitude=1.0 / case.batch, sizes=_sizes(case), others={_('the probabilities that it was given'): q, _('1 for the right class and 0 elsewhere'): answers, _('the probabilities, divided by the batch size'): q / case.batch})

def fits_its_own_forward(student: Subject, reference: Subject, case: LossCase, got: np.ndarray) -> bool:
    """Whether a gradient is that of the student's own loss, where that is another."""
    try:
        mine = array(student.answer(case.forward), 'loss')
    except CheckFailed:
        return False
    right = array(reference.answer(case.forward), 'loss')
    if mine.shape == () and agrees(mine, right, terms=TERMS, magnitude=2 * case.reach):
        return False
    own = own_pass(lambda place: student.answer(case.varied(place)), lambda logits: student.answer(case.passed(logits)), 'gradient')
    forward = student.answer(case.varied())
    return is_own_gradient(case.probe(), forward, np.ones(()), got) and bends(own, case.elsewhere(), np.ones(()))

@cross_entropy.check(points=1, needs=any_of(one_example, gradient_direction))
def arguments_unchanged(student: Subject, case: LossCase) -> None:
    """Both functions leave the arrays that they are given as they were."""
    unchanged(student.answer(case.forward), {'loss': 'logits'})
    unchanged(student.answer(case.backward), {'gradient': 'probabilities'})
    if case.numbers.kind == KINDS[-1]:
        names = {'loss': 'logits', 'gradient': 'probabilities'}
        writes_nothing(student.answer(case.read_only()), names)

@cross_entropy.check(points=2, needs=(one_example, gradient_direction))
def vectorised(student: Subject, reference: Subject) -> None:
    """Both functions handle a batch as a whole, without a Python loop over its rows."""
    hint = _('How does numpy pick one number out of each row?')
    require_vectorised(student, reference, _passes, ['loss', 'gradient'], hint=hint)
    numpy_array(student.answer(_passes(ROWS)), 'gradient', what=_(GRADIENT))

def _passes(rows: int) -> Scenario:
    random = np.random.default_rng(rows)
    logits = random.integers(-3, 4, (rows, 4)).astype(float)
    labels = random.integers(0, 4, rows)
    return Scenario(Call('loss', 'cross_entropy', args=[logits, labels], counted=True), Call('gradient', 'grad_cross_entropy', args=[softmax_of(logits), labels], counted=True))
