"""The exercise `relu`: the layer max(x, 0) and its gradient."""
from typing import Final
import numpy as np
from grader import BuildsOn, Call, CheckFailed, Exercise, Make, Scenario, Subject, _, any_of, marked
from grader.checks.compare import agrees, array, close, differing, numpy_array, require_numbers, same_shape, unchanged, writes_nothing
from grader.checks.diagnosis import Context, Diagnosis, diagnose
from grader.checks.finite_differences import Probe
from grader.checks.gradcheck import bends, check_gradient, forward_answers
from grader.checks.methods import require_own
from grader.checks.strategies import KINDS
from grader.checks.vectorisation import FEW_ROWS, require_vectorised
from .relu_cases import ReLUCase, ShapeCase
relu = Exercise('relu', 'The ReLU layer', points=20, names=('ReLU',))
FORWARD: Final = marked('What `forward` returned')
BACKWARD: Final = marked('What `backward` returned')

def require_values(student: Subject, reference: Subject, case: ReLUCase) -> None:
    """Require that `forward` returns what the reference does."""
    got = array(student.answer(case.once), 'y', what=_(FORWARD))
    expected = array(reference.answer(case.once), 'y')
    same_shape(got, expected.shape, what='y')
    if not agrees(got, expected, terms=1, magnitude=np.abs(case.x)):
        require_numbers(student.answer(case.once), 'y', expected, what='y')
        found = _looks_like(got, expected, case, 'x', {_('its input, unchanged'): case.x})
        raise CheckFailed(f'y {found.sentence}' if found else _('y has the right shape, but wrong values.'), differing('y', got, expected), _('What becomes of a negative number, and what of a positive one?'), sized=found is not None and found.sized)

def _looks_like(got: np.ndarray, expected: np.ndarray, case: ReLUCase, by: str, others: dict[str, np.ndarray]) -> Diagnosis | None:
    magnitude = np.abs({'x': case.x, 'grad': case.upstream}[by])
    found = diagnose(got, expected, Context(terms=1, magnitude=magnitude, others=others))
    return None if found is not None and found.kind == 'transposed' else found

@relu.check(points=6)
def values(student: Subject, reference: Subject, case: ReLUCase) -> None:
    """`forward` returns max(x, 0), element by element."""
    require_values(student, reference, case)

def settled(got: np.ndarray, case: ReLUCase) -> np.ndarray:
    """Return `got` with 0 where x is 0 and the gradient is a right one there.

    At the kink every number from 0 to the upstream gradient is a subgradient.
    """
    low, high = (np.minimum(case.upstream, 0), np.maximum(case.upstream, 0))
    return np.where((case.x == 0) & (got >= low) & (got <= high), 0.0, got)

def fits_its_own_forward(student: Subject, reference: Subject, case: ReLUCase, got: np.ndarray) -> bool:
    """Whether a gradient is that of the student's own forward, where that is another.

    One that is no more than linear does not count: its gradient asks for nothing.
    """
    mine, right = (student.answer(case.once), reference.answer(case.once))
    if agrees(array(mine, 'y'), array(right, 'y'), terms=1, magnitude=np.abs(case.x)):
        return False
    points = case.probe()
    outputs = forward_answers(student.answer(case.varied()), len(points.points))
    if outputs is None:
        return False
    verdict = check_gradient(points, outputs, case.upstream, got)
    if verdict.status == 'fail' or not verdict.decided:
        return False

    def own(place: Probe) -> tuple[list[np.ndarray], np.ndarray] | None:
        outputs = forward_answers(student.answer(case.varied(place)), len(place.points))
        passed = student.answer(case.passed(place.at))
        return None if outputs is None else (outputs, array(passed, 'grad_x'))
    try:
        return bends(own, case.elsewhere(), case.upstream)
    except CheckFailed:
        return False

@relu.check(points=7)
def gradient_values(student: Subject, reference: Subject, case: ReLUCase) -> None:
    """`backward` passes the upstream gradient on where x was positive, and nothing elsewhere."""
    if student.answer(case.once).raised('y') and student.answer(case.once).raised('grad_x'):
        raise BuildsOn('values')
    got = array(student.answer(case.once), 'grad_x', what=_(BACKWARD))
    same_shape(got, case.shape, what=_(BACKWARD))
    expected = settled(array(reference.answer(case.once), 'grad_x'), case)
    if agrees(settled(got, case), expected, terms=1, magnitude=np.abs(case.upstream)):
        return
    if fits_its_own_forward(student, reference, case, got):
        return
    others = {_('the gradient that it was given'): case.upstream, _('what `forward` returned'): array(student.answer(case.once), 'y'), _('1 where x was positive, whatever gradient it was given'): (case.x > 0).astype(float)}
    if np.array_equal(got, case.upstream):
        require_own(student, 'ReLU', 'backward')
    found = _looks_like(got, expected, case, 'grad', others)
    raise CheckFailed('{} {}'.format(_(BACKWARD), found.sentence if found else _('has wrong values.')), differing('grad_x', got, expected), _('Which of the two arrays, x or the upstream gradient, should decide what is open?'), sized=found is not None and found.sized)

@relu.check(points=2, needs=values)
def any_shape(student: Subject, reference: Subject, case: ShapeCase) -> None:
    """`forward` works for arrays of any number of dimensions."""
    require_values(student, reference, case)
    transcript = student.answer(case.once)
    numpy_array(transcript, 'y', what=_(FORWARD))
    numpy_array(transcript, 'grad_x', what=_(BACKWARD))

@relu.check(points=2, needs=gradient_values)
def second_call(student: Subject, case: ReLUCase) -> None:
    """A layer goes by its own latest input."""
    fresh, together = (student.answer(case.once), student.answer(case.together))
    gradient = array(fresh, 'grad_x', what=_(BACKWARD))
    upstream, x = (np.abs(case.upstream), np.abs(case.x))
    close(array(student.answer(case.twice), 'grad_x', what=_(BACKWARD)), gradient, what=_('What `backward` returned after a second pass'), terms=1, magnitude=upstream, hint=_('What is left over from the first pass?'))
    if not fresh.raised('y'):
        close(array(together, 'y', what=_(FORWARD)), array(fresh, 'y'), what=_('What `forward` returned after a pass with another input'), terms=1, magnitude=x, hint=_('What does `forward` change beside what it keeps for `backward`?'))
    close(array(together, 'grad_x', what=_(BACKWARD)), gradient, what=_("What `backward` of a layer returned, after another layer's `forward`,"), terms=1, magnitude=upstream, hint=_('What do two layers share? Where does `forward` put what `backward` needs?'))

@relu.check(points=2, needs=any_of(values, gradient_values))
def arguments_unchanged(student: Subject, case: ReLUCase) -> None:
    """`forward` and `backward` leave the arrays that they are given as they were."""
    names = {'y': 'x', 'grad_x': 'grad'}
    if student.answer(case.once).raised('y'):
        raise BuildsOn('values')
    unchanged(student.answer(case.once), names)
    if case.numbers.kind == KINDS[-1]:
        writes_nothing(student.answer(case.locked), names)

@relu.check(points=1, needs=any_of(values, gradient_values))
def vectorised(student: Subject, reference: Subject) -> None:
    """The layer handles an array as a whole, without a Python loop over its elements."""
    if all((student.answer(_pass(rows)).raised('y') for rows in FEW_ROWS)):
        raise BuildsOn('values')
    hint = _('Which operation handles all elements at once?')
    require_vectorised(student, reference, _pass, ['y'], hint=hint, cell=GROWING)
GROWING: Final = 'from timeit import timeit\n\nimport numpy as np\n\nrelu = ReLU()\nfor rows in (10, 1000):\n    x = np.ones((rows, 3))\n    seconds = timeit(lambda: relu.forward(x), number=20)\n    print(rows, seconds)  # expected not nearly 100 times as long for 1000 rows'

def _pass(rows: int) -> Scenario:
    x = np.random.default_rng(rows).integers(-3, 4, (rows, 3)).astype(float)
    return Scenario(Make('relu', 'ReLU'), Call('y', 'relu', 'forward', [x], counted=True))
