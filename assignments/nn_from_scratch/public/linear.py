"""The exercise `linear`: the layer y = x @ W + b, its gradients and its step.

A check needs another only where its question is meaningless without it, so that what is wrong is
charged once.
"""
from functools import partial
from typing import Final
import numpy as np
from grader import BuildsOn, Call, CheckFailed, Exercise, Make, Scenario, Set, Subject, _, answer, any_of
from grader.checks.compare import agrees, array, differing, misshapen, numpy_array, require_numbers, same_shape, unchanged, writes_nothing
from grader.checks.diagnosis import only_wrong
from grader.checks.methods import require_own
from grader.checks.strategies import KINDS
from grader.checks.vectorisation import FEW_ROWS, require_vectorised
from .linear_answers import after_update, claimed, equal, has_gradient, is_excused, is_right, named, no_gradient, require, require_direction, require_no_crash, right, wrong
from .linear_cases import OTHER_RATE, USUAL_RATE, LinearCase
from .linear_conduct import require_alone, require_end, require_same_step, require_step
from .own_weights import along, changes_nothing, fairly, goes_by_its_latest, runs, same, steps
from .start import require_start
linear = Exercise('linear', 'The Linear layer', points=40, names=('Linear',))

@linear.check(points=1)
@fairly()
def forward_shape(student: Subject, case: LinearCase) -> None:
    """`forward` returns an array of shape (batch, out_channels)."""
    transcript, what = (student.answer(case.forward_without_bias), _('What `forward` returned'))
    same_shape(array(transcript, 'y', what=what), (case.batch, case.n_out), what=what)
    numpy_array(transcript, 'y', what=what)

@linear.check(points=4, needs=forward_shape)
@fairly(charges='W')
def forward_weights(student: Subject, reference: Subject, case: LinearCase) -> None:
    """`forward` multiplies the input with the weights (here b = 0)."""
    got = array(student.answer(case.forward_without_bias), 'y')
    expected = array(reference.answer(case.forward_without_bias), 'y')
    if not equal(got, expected, case, 'y'):
        require_numbers(student.answer(case.forward_without_bias), 'y', expected, what='y')
        hint = _('With b = 0, how does one output depend on one row of x and one column of W?')
        raise wrong(got, expected, reference, case, 'y', what='y', hint=hint)

@linear.check(points=3, needs=forward_shape)
@fairly(charges='b')
def forward_bias(student: Subject, case: LinearCase) -> None:
    """`forward` adds the bias to every row."""
    with_bias = array(student.answer(case.forward), 'y')
    without = array(student.answer(case.forward_without_bias), 'y')
    same_shape(with_bias, without.shape, what=_('What `forward` returned'))
    bias = np.broadcast_to(case.bias, (case.batch, case.n_out))
    with np.errstate(invalid='ignore'):
        added = with_bias - without
    if not agrees(added, bias, terms=case.n_in, magnitude=case.magnitudes['y']):
        raise CheckFailed(_('y should be what your `forward` returns with b = 0, plus b in each row; it is not.'), differing('y', with_bias, without + bias), _('What should a zero input give?'))

@linear.check(points=1)
@fairly(runs)
def backward_runs(student: Subject, case: LinearCase) -> None:
    """`backward` comes to its end, and computes a gradient."""
    transcript = student.answer(case.step)
    require_end(transcript)
    returned = answer(transcript, 'grad_x').value
    numpy_array(transcript, 'grad_x', what=named('x'))
    if has_gradient(transcript):
        return
    if returned is None:
        raise no_gradient()
    if np.array_equal(returned, case.upstream):
        require_own(student, 'Linear', 'backward', [case.n_in, case.n_out])
        raise CheckFailed(_('`grad_W` and `grad_b` hold no gradient after `backward`, and it returns the gradient that it was given: so does the one of `Layer`.'), hint=_('Does your class have a `backward` of its own, spelt like this and indented as `forward` is?'))

@linear.check(points=4, needs=backward_runs)
@fairly(along('W'))
def weight_gradient_direction(student: Subject, reference: Subject, case: LinearCase) -> None:
    """`grad_W` is the gradient of the loss with respect to W, or a multiple of it."""
    require_direction(student, reference, case, 'W')

@linear.check(points=3, needs=weight_gradient_direction)
@fairly(same('W'))
def weight_gradient(student: Subject, reference: Subject, case: LinearCase) -> None:
    """`grad_W` is the gradient of the loss with respect to W."""
    require(student, reference, case, 'W')
    numpy_array(student.answer(case.step), 'grad_W', what=named('W'))

@linear.check(points=2, needs=backward_runs)
@fairly(along('b'))
def bias_gradient_direction(student: Subject, reference: Subject, case: LinearCase) -> None:
    """`grad_b` is the gradient of the loss with respect to b, or a multiple of it."""
    require_direction(student, reference, case, 'b')

@linear.check(points=2, needs=bias_gradient_direction)
@fairly(same('b'))
def bias_gradient(student: Subject, reference: Subject, case: LinearCase) -> None:
    """`grad_b` is the gradient of the loss with respect to b, of the shape (out_channels,)."""
    got = claimed(student, case, 'b')
    if got.shape != case.bias.shape and got.size == case.bias.size:
        raise CheckFailed(_('`grad_b` has the shape {shape}, expected {expected}.', shape=got.shape, expected=case.bias.shape), misshapen('grad_b', got, case.bias.shape), sized=True, hint=_('The numbers may be right. Print `layer.b.shape` before and after one `backward`.'))
    require(student, reference, case, 'b')
    numpy_array(student.answer(case.step), 'grad_b', what=named('b'))

@linear.check(points=5, needs=backward_runs)
@fairly(same('x'), rate=0.0)
def input_gradient(student: Subject, reference: Subject, case: LinearCase) -> None:
    """`backward` returns the gradient with respect to the input (here with learning rate 0)."""
    got = claimed(student, case, 'x')
    if got.shape != case.x.shape:
        raise CheckFailed(_('x is {x_shape}, and the gradient that `backward` returned is {shape}.', x_shape=case.x.shape, shape=got.shape), misshapen('grad_x', got, case.x.shape), sized=True, hint=_('What connects these two shapes?'))
    if is_right(student, reference, case, 'x'):
        return
    failed = wrong(got, right(reference, case, 'x'), reference, case, 'x')
    if np.array_equal(got, case.upstream):
        raise CheckFailed(_('`backward` returned the gradient that it was given, of the shape (batch, out_channels). x has the shape (batch, in_channels).'), failed.evidence, _('What connects these two shapes?'), sized=True)
    others = {named(which): _is_right(student, reference, case, which) for which in ('W', 'b')}
    also = only_wrong(_('what `backward` returns'), others)
    message = f'{failed.message} {also}' if also else failed.message
    raise CheckFailed(message, failed.evidence, failed.hint, failed.sized)

def _is_right(student: Subject, reference: Subject, case: LinearCase, which: str) -> bool:
    try:
        return is_right(student, reference, case, which)
    except (CheckFailed, BuildsOn):
        return False

@linear.check(points=3, needs=input_gradient)
@fairly(same('x'))
def input_gradient_before_update(student: Subject, reference: Subject, case: LinearCase) -> None:
    """`backward` computes what it returns from the weights as they were before its own step."""
    asked = student.answer(case.large_step)
    require_no_crash(asked)
    got = array(asked, 'grad_x', what=_('What `backward` returned'))
    expected = array(student.answer(case.frozen), 'grad_x')
    if not equal(got, expected, case, 'x'):
        what = _('What `backward` returned with learning rate {rate}', rate=OTHER_RATE)
        hint = _('It is right with learning rate 0 and wrong with {rate}. When does `backward` read W, and when does it change it?', rate=OTHER_RATE)
        moved = array(asked, 'W', what='`W`')
        known = after_update(reference, case, moved)
        raise wrong(got, expected, reference, case, 'x', what=what, hint=hint, **known)

@linear.check(points=4, needs=backward_runs)
@fairly(steps, rate=USUAL_RATE)
def update(student: Subject, reference: Subject, case: LinearCase) -> None:
    """`backward` moves W and b one step against their gradients (learning rate 0.1)."""
    hint = _('Compare W before and after one `backward`: which way did it move, and how far?')
    require_step(student, reference, case, USUAL_RATE, hint)
WORKS_BACKWARD = any_of(weight_gradient_direction, bias_gradient_direction, input_gradient, update)

@linear.check(points=1, needs=any_of(forward_weights, *WORKS_BACKWARD.checks))
def start(student: Subject) -> None:
    """A new layer starts with small weights that differ from each other."""
    require_start(student)

@linear.check(points=2, needs=update)
@fairly(steps, rate=OTHER_RATE)
def learning_rate_used(student: Subject, reference: Subject, case: LinearCase) -> None:
    """The step has the length that the layer's own learning rate says."""
    hint = _('This layer has the learning rate {rate}. Where does your step get its size?', rate=OTHER_RATE)
    require_step(student, reference, case, OTHER_RATE, hint)

@linear.check(points=2, needs=weight_gradient_direction)
@fairly(goes_by_its_latest)
def second_call(student: Subject, reference: Subject, case: LinearCase) -> None:
    """A layer goes by its own latest input: its gradients replace the older ones."""
    fresh, second = (student.answer(case.once), student.answer(case.twice))
    stayed = np.array_equal(array(second, 'W_first', what='`W`'), case.weights)
    for which in ('W', 'b', 'x') if stayed else ('W', 'b'):
        name = f'grad_{which}'
        if is_excused(fresh, name):
            continue
        once = array(fresh, name, what=f'`{name}`')
        twice = array(second, name, what=f'`{name}`')
        if not equal(twice, once, case, which):
            first = array(student.answer(case.step), name)
            what = _('{name} after a second pass', name=name)
            hint = _('A fresh layer gives another gradient for this input than one that has already seen a batch. What is left over from the first?')
            raise wrong(twice, once, reference, case, which, what=what, hint=hint, earlier=first)
    require_alone(student, case)
    require_same_step(student, case)

@linear.check(points=1, needs=WORKS_BACKWARD)
@fairly(changes_nothing)
def arguments_unchanged(student: Subject, case: LinearCase) -> None:
    """`forward` and `backward` leave the arrays that they are given as they were."""
    transcript = student.answer(case.frozen)
    if transcript.raised('y'):
        raise BuildsOn('forward_shape')
    require_no_crash(transcript)
    answer(transcript, 'grad_x')
    unchanged(transcript, {'y': 'x', 'grad_x': 'grad'})
    if case.numbers.kind == KINDS[-1]:
        writes_nothing(student.answer(case.locked), {'y': 'x', 'grad_x': 'grad'})

@linear.check(points=2, needs=WORKS_BACKWARD)
def vectorised(student: Subject, reference: Subject) -> None:
    """The layer handles a batch as a whole, without a Python loop over its rows."""
    hint = _('Which operation handles all rows at once?')
    asked = [student.answer(_pass(rows)) for rows in FEW_ROWS]
    own = all((each.raised('y') or (each.failure is not None and isinstance(each.failure[0], Set)) for each in asked))
    ask = partial(_pass, given=not own)
    for name, told in (('y', 'forward_shape'), ('grad_x', 'backward_runs')):
        if all((student.answer(ask(rows)).raised(name) for rows in FEW_ROWS)):
            raise BuildsOn(told)
    require_vectorised(student, reference, ask, ['y', 'grad_x'], hint=hint, cell=GROWING)
GROWING: Final = 'from timeit import timeit\n\nimport numpy as np\n\nlayer = Linear(5, 3)\nfor rows in (10, 1000):\n    x, grad = np.ones((rows, 5)), np.ones((rows, 3))\n    seconds = timeit(lambda: (layer.forward(x), layer.backward(grad)), number=20)\n    print(rows, seconds)  # expected not nearly 100 times as long for 1000 rows'

def _pass(rows: int, *, given: bool=True) -> Scenario:
    random = np.random.default_rng(rows)
    x, grad = (random.integers(-3, 4, (rows, columns)).astype(float) for columns in (5, 3))
    weights = np.random.default_rng(0).integers(1, 4, (5, 3)).astype(float)
    start = (Set('layer', 'W', weights), Set('layer', 'b', np.arange(3.0))) if given else ()
    return Scenario(Make('layer', 'Linear', [5, 3]), *start, Call('y', 'layer', 'forward', [x], counted=True), Call('grad_x', 'layer', 'backward', [grad], counted=True))
