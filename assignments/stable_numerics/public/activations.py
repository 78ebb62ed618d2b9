"""The exercises `sigmoid` and `tanh`: layers that work on each number by itself."""
from collections.abc import Callable
import numpy as np
from grader import Call, Exercise, Make, Scenario, Subject, _, marked
from grader.checks.compare import agrees, array, close, numpy_array, unchanged, writes_nothing
from grader.checks.gradcheck import bends
from grader.checks.vectorisation import ROWS, require_vectorised
from .activation_cases import ActivationCase, cases_of
from .answers import TERMS, is_own_gradient, own_pass, require
from .rows_cases import KINDS
FORWARD = marked('What `forward` returned')
BACKWARD = marked('What `backward` returned')
Slope = Callable[[np.ndarray], np.ndarray]

def require_outputs(student: Subject, reference: Subject, case: ActivationCase, hint: str) -> None:
    """Require that `forward` returns what the reference does."""
    require(array(student.answer(case.once), 'y', what=_(FORWARD)), array(reference.answer(case.once), 'y'), what=_(FORWARD), shown='y', magnitude=1.0, others={_('its input, unchanged'): case.x.astype(float)}, hint=hint)

def require_gradient(student: Subject, reference: Subject, case: ActivationCase, slope: Slope) -> None:
    """Require that `backward` returns the right gradient, or the one of the layer's own forward."""
    got = array(student.answer(case.once), 'grad_x', what=_(BACKWARD))
    expected = array(reference.answer(case.once), 'grad_x')
    magnitude = np.abs(case.upstream)
    y = array(student.answer(case.once), 'y', what=_(FORWARD))
    if agrees(got, expected, terms=TERMS, magnitude=magnitude):
        return
    if y.shape == case.shape and agrees(got, case.upstream * slope(y), terms=TERMS, magnitude=magnitude * np.maximum(1.0, np.abs(y)) ** 2):
        return
    right = array(reference.answer(case.once), 'y')
    if not agrees(y, right, terms=TERMS, magnitude=1.0):
        forward = student.answer(case.varied())
        of_its_own = own_pass(lambda place: student.answer(case.varied(place)), lambda x: student.answer(case.passed(x)), 'grad_x')
        if is_own_gradient(case.probe(), forward, case.upstream, got) and bends(of_its_own, case.elsewhere(), case.upstream):
            return
    require(got, expected, what=_(BACKWARD), shown='grad_x', magnitude=magnitude, others={_('the gradient that it was given'): case.upstream, _('what `forward` returned'): y, _('the slope alone, whatever gradient it was given'): slope(right)}, hint=_('For one number: by how much does the output move when x moves by 0.1?'))

def require_latest(student: Subject, case: ActivationCase) -> None:
    """Require that a layer goes by its own latest input."""
    fresh, later = (student.answer(case.once), student.answer(case.later))
    for name, what, magnitude in (('y', _(FORWARD), np.ones(case.shape)), ('grad_x', _(BACKWARD), np.abs(case.upstream))):
        close(array(later, name, what=what), array(fresh, name, what=what), what=_('{what} after a pass with another input, beside another layer,', what=what), terms=TERMS, magnitude=magnitude, hint=_('What is left over from another pass, or shared between two layers?'))

def activation(id_: str, layer: str, formula: str, slope: Slope) -> Exercise:
    """Return the exercise about the class `layer`, whose slope is `slope` of its output."""
    exercise = Exercise(id_, f'The {layer} layer', points=10, names=(layer,))
    ordinary, far = cases_of(layer)

    def values(student: Subject, reference: Subject, case: ActivationCase) -> None:
        hint = _('Try 0 and a few numbers on both sides of it, and draw what comes back.')
        require_outputs(student, reference, case, hint)

    def large_inputs(student: Subject, reference: Subject, case: ActivationCase) -> None:
        hint = _('Print each intermediate value for this input. Which fraction survives it?')
        require_outputs(student, reference, case, hint)

    def gradient(student: Subject, reference: Subject, case: ActivationCase) -> None:
        require_gradient(student, reference, case, slope)

    def latest_input(student: Subject, case: ActivationCase) -> None:
        require_latest(student, case)

    def arguments_unchanged(student: Subject, case: ActivationCase) -> None:
        names = {'y': 'x', 'grad_x': 'grad'}
        unchanged(student.answer(case.once), names)
        if case.numbers.kind == KINDS[-1]:
            writes_nothing(student.answer(case.read_only()), names)

    def vectorised(student: Subject, reference: Subject) -> None:
        hint = _('Which operation handles all numbers at once?')
        require_vectorised(student, reference, _pass, ['y', 'grad_x'], hint=hint)
        numpy_array(student.answer(_pass(ROWS)), 'y', what=_(FORWARD))
        numpy_array(student.answer(_pass(ROWS)), 'grad_x', what=_(BACKWARD))

    def _pass(rows: int) -> Scenario:
        x, grad = np.random.default_rng(rows).integers(-3, 4, (2, rows, 3)).astype(float)
        return Scenario(Make('layer', layer), Call('y', 'layer', 'forward', [x], counted=True), Call('grad_x', 'layer', 'backward', [grad], counted=True))

    def declare(check: Callable[..., None], points: float, sentence: str, *, case: type | None=None, needs: tuple[Callable[..., None], ...]=()) -> None:
        check.__doc__ = sentence
        if case is not None:
            check.__annotations__['case'] = case
        exercise.check(points=points, needs=needs)(check)
    declare(values, 3, f'`forward` returns {formula}, number by number.', case=ordinary)
    declare(large_inputs, 2, '`forward` is right also where exponentials overflow or underflow.', case=far, needs=(values,))
    declare(gradient, 3, '`backward` returns the gradient with respect to the input.', case=ordinary)
    declare(latest_input, 1, 'A layer goes by its own latest input.', case=ordinary, needs=(gradient,))
    declare(arguments_unchanged, 0.5, '`forward` and `backward` leave the arrays that they are given as they were.', case=ordinary, needs=(values,))
    declare(vectorised, 0.5, 'The layer handles an array as a whole, without a Python loop over its numbers.', needs=(values, gradient))
    return exercise
sigmoid = activation('sigmoid', 'Sigmoid', '1 / (1 + exp(-x))', lambda y: y * (1 - y))
tanh = activation('tanh', 'Tanh', 'the hyperbolic tangent of x', lambda y: 1 - y ** 2)
