"""The exercise `linear`: the layer y = x @ W + b, its gradients and its step.

A check needs another only where its question is meaningless without it, so that what is wrong is
charged once.
"""
import numpy as np
from grader.assignment import Exercise, any_of
from grader.cases import Subject
from grader.checks.compare import agrees, array, close, same_shape, unchanged, writes_nothing
from grader.checks.diagnosis import only_wrong
from grader.checks.layers import KINDS
from grader.checks.vectorisation import require_vectorised
from grader.scenario import Call, Make, Scenario
from grader.verdicts import CheckFailed, answer
from .linear_answers import TERMS, claimed, equal, is_right, named, require, require_close, require_direction, right, wrong
from .linear_cases import OTHER_RATE, USUAL_RATE, LinearCase
from .own_weights import fairly
linear = Exercise('linear', 'The Linear layer', points=40, names=('Linear',))

@linear.check(points=1)
@fairly
def forward_shape(student: Subject, case: LinearCase) -> None:
    """`forward` returns an array of shape (batch, out_channels)."""
    y = array(student.answer(case.forward_without_bias), 'y', what='What `forward` returned')
    same_shape(y, (case.batch, case.n_out), what='What `forward` returned')

@linear.check(points=5, needs=forward_shape)
@fairly
def forward_weights(student: Subject, reference: Subject, case: LinearCase) -> None:
    """`forward` multiplies the input with the weights (here b = 0)."""
    got = array(student.answer(case.forward_without_bias), 'y')
    expected = array(reference.answer(case.forward_without_bias), 'y')
    if not equal(got, expected, case, 'y'):
        hint = 'With b = 0, how does one output depend on one row of x and one column of W?'
        raise wrong(got, expected, reference, case, 'y', what='y', hint=hint)

@linear.check(points=3, needs=forward_shape)
@fairly
def forward_bias(student: Subject, case: LinearCase) -> None:
    """`forward` adds the bias to every row."""
    with_bias = array(student.answer(case.forward), 'y')
    without = array(student.answer(case.forward_without_bias), 'y')
    same_shape(with_bias, without.shape, what='What `forward` returned')
    close(with_bias - without, np.broadcast_to(case.bias, (case.batch, case.n_out)), what='What b adds to y', terms=case.n_in, magnitude=case.magnitudes['y'], hint='What should a zero input give?')

@linear.check(points=4)
@fairly
def weight_gradient_direction(student: Subject, reference: Subject, case: LinearCase) -> None:
    """`grad_W` points in the direction of the loss's gradient, whatever its length."""
    require_direction(student, reference, case, 'W')

@linear.check(points=3, needs=weight_gradient_direction)
@fairly
def weight_gradient(student: Subject, reference: Subject, case: LinearCase) -> None:
    """`grad_W` is the gradient of the loss with respect to W."""
    require(student, reference, case, 'W')

@linear.check(points=2)
@fairly
def bias_gradient_direction(student: Subject, reference: Subject, case: LinearCase) -> None:
    """`grad_b` points in the direction of the loss's gradient, whatever its length."""
    require_direction(student, reference, case, 'b')

@linear.check(points=2, needs=bias_gradient_direction)
@fairly
def bias_gradient(student: Subject, reference: Subject, case: LinearCase) -> None:
    """`grad_b` is the gradient of the loss with respect to b, of the shape (out_channels,)."""
    got = claimed(student, case, 'b')
    if got.shape != case.bias.shape and got.size == case.bias.size:
        raise CheckFailed(f'`grad_b` has the shape {got.shape}, expected {case.bias.shape}.', hint='The numbers may be right. Print `layer.b.shape` before and after one `backward`.')
    require(student, reference, case, 'b')

@linear.check(points=6)
@fairly
def input_gradient(student: Subject, reference: Subject, case: LinearCase) -> None:
    """`backward` returns the gradient with respect to the input (here with learning rate 0)."""
    got = claimed(student, case, 'x')
    if got.shape != case.x.shape:
        raise CheckFailed(f'x is {case.x.shape}, and the gradient that `backward` returned is {got.shape}.', hint='What connects these two shapes?')
    if is_right(student, reference, case, 'x'):
        return
    failed = wrong(got, right(reference, case, 'x'), reference, case, 'x')
    if np.array_equal(got, case.upstream):
        raise CheckFailed('`backward` returned the gradient that it was given, of the shape (batch, out_channels). x has the shape (batch, in_channels).', failed.evidence, 'What connects these two shapes?')
    others = {named(which): _is_right(student, reference, case, which) for which in ('W', 'b')}
    also = only_wrong('what `backward` returns', others)
    message = f'{failed.message} {also}' if also else failed.message
    raise CheckFailed(message, failed.evidence, failed.hint)

def _is_right(student: Subject, reference: Subject, case: LinearCase, which: str) -> bool:
    try:
        return is_right(student, reference, case, which)
    except CheckFailed:
        return False

@linear.check(points=3, needs=input_gradient)
@fairly
def input_gradient_before_update(student: Subject, case: LinearCase) -> None:
    """`backward` computes what it returns from the weights as they were before its own step."""
    require_close(array(student.answer(case.large_step), 'grad_x', what='What `backward` returned'), array(student.answer(case.frozen), 'grad_x'), case, 'x', what=f'What `backward` returned with learning rate {OTHER_RATE}', hint=f'It is right with learning rate 0 and wrong with {OTHER_RATE}. When does `backward` read W, and when does it change it?')

def require_step(student: Subject, reference: Subject, case: LinearCase, rate: float, hint: str) -> None:
    """Require that W and b moved by `rate` times their gradients, the layer's own or the right."""
    question = case.step if rate == USUAL_RATE else case.large_step
    mine, theirs = (student.answer(question), reference.answer(question))
    for name, before in (('W', case.weights), ('b', case.bias)):
        after = array(mine, name, what=f'`{name}`')
        after = after.reshape(before.shape) if after.size == before.size else after
        bound = np.abs(before) + case.magnitudes[name]
        own = array(mine, f'grad_{name}', what=f'`grad_{name}`')
        own = own.reshape(before.shape) if own.size == before.size else own
        allowed = [before - rate * own] if own.shape == before.shape else []
        allowed.append(before - rate * array(theirs, f'grad_{name}'))
        if not any((agrees(after, each, terms=TERMS, magnitude=bound) for each in allowed)):
            close(after, allowed[0], what=name, terms=TERMS, magnitude=bound, hint=hint)
WORKS_BACKWARD = any_of(weight_gradient_direction, bias_gradient_direction)

@linear.check(points=4, needs=WORKS_BACKWARD)
@fairly
def update(student: Subject, reference: Subject, case: LinearCase) -> None:
    """`backward` moves W and b one step against their gradients (learning rate 0.1)."""
    hint = 'Compare W before and after one `backward`: which way did it move, and how far?'
    require_step(student, reference, case, USUAL_RATE, hint)

@linear.check(points=2, needs=update)
@fairly
def learning_rate_used(student: Subject, reference: Subject, case: LinearCase) -> None:
    """The step has the length that the layer's own learning rate says."""
    hint = f'This layer has the learning rate {OTHER_RATE}. Where does your step get its size?'
    require_step(student, reference, case, OTHER_RATE, hint)

@linear.check(points=2, needs=weight_gradient_direction)
@fairly
def second_call(student: Subject, reference: Subject, case: LinearCase) -> None:
    """A layer goes by its own latest input: its gradients replace the older ones."""
    fresh, second = (student.answer(case.once), student.answer(case.twice))
    stayed = np.array_equal(array(second, 'W_first', what='`W`'), case.weights)
    for which in ('W', 'b', 'x') if stayed else ('W', 'b'):
        name = f'grad_{which}'
        once = array(fresh, name, what=f'`{name}`')
        twice = array(second, name, what=f'`{name}`')
        if not equal(twice, once, case, which):
            first = array(student.answer(case.step), name)
            what = f'{name} after a second pass'
            hint = 'A fresh layer gives another gradient for this input than one that has already seen a batch. What is left over from the first?'
            raise wrong(twice, once, reference, case, which, what=what, hint=hint, earlier=first)
    require_alone(student, case)
    require_same_step(student, case)

def _follows(before: np.ndarray, after: np.ndarray, step: np.ndarray) -> bool:
    """Whether one step can be seen to go by the rule: another rule is charged as such.

    A step that is lost in the rounding of what it starts from tells no rule from another.
    """
    if not before.shape == after.shape == step.shape:
        return False
    size = float(np.max(np.abs(step)))
    visible = size > 0.001 * float(np.max(np.abs(before)))
    return visible and bool(np.all(np.abs(before - step - after) <= 0.001 * size))

def require_same_step(student: Subject, case: LinearCase) -> None:
    """Require that a second step is as long as the first: its rate times its own gradient."""
    steps = student.answer(case.two_steps)
    for which in ('W', 'b'):
        before, gradient, after = (array(steps, name, what=f'`{name}`') for name in (f'{which}_first', f'grad_{which}', which))
        own = {'W': case.weights, 'b': case.bias}[which]
        first = array(student.answer(case.large_step), f'grad_{which}')
        kept = array(student.answer(case.large_step), which)
        if not own.shape == before.shape == gradient.shape == after.shape:
            continue
        if not _follows(own, kept, OTHER_RATE * first):
            continue
        close(after, before - OTHER_RATE * gradient, what=f'{which} after a second step', terms=TERMS, magnitude=np.abs(before) + OTHER_RATE * np.abs(gradient) + np.abs(own), hint='The first step was right. What does the second one remember of it?')

def require_alone(student: Subject, case: LinearCase) -> None:
    """Require that neither asking twice nor another layer changes what a layer answers."""
    made = student.answer(case.made_first)
    y = array(made, 'y', what='What `forward` returned, after another layer was made,')
    same_shape(y, (case.batch, case.n_out), what='What `forward` returned')
    bias = array(made, 'b', what='`b`')
    if bias.size != case.n_out:
        raise CheckFailed(f'`b` of a new layer holds {bias.size} numbers for {case.n_out} outputs.', hint='How many numbers does `b` need? Print it for `Linear(2, 3)`.')
    fresh, together = (student.answer(case.once), student.answer(case.together))
    outputs = array(fresh, 'y', what='What `forward` returned')
    require_close(array(together, 'y', what='What `forward` returned'), outputs, case, 'y', what='What `forward` returned after a pass with another input', hint='What does `forward` change beside what it keeps for `backward`?')
    for which, name in (('W', 'grad_W'), ('b', 'grad_b'), ('x', 'grad_x')):
        require_close(array(together, name, what=f'`{name}`'), array(fresh, name), case, which, what=f"{name} of a layer, after another layer's `forward`,", hint='What do two layers share? Where does `forward` put what `backward` needs?')

@linear.check(points=1, needs=(forward_weights, WORKS_BACKWARD))
@fairly
def arguments_unchanged(student: Subject, case: LinearCase) -> None:
    """`forward` and `backward` leave the arrays that they are given as they were."""
    transcript = student.answer(case.frozen)
    answer(transcript, 'grad_x')
    unchanged(transcript, {'y': 'x', 'grad_x': 'grad'})
    if case.numbers.kind == KINDS[-1]:
        writes_nothing(student.answer(case.locked), {'y': 'x', 'grad_x': 'grad'})

@linear.check(points=2, needs=(forward_weights, WORKS_BACKWARD))
def vectorised(student: Subject) -> None:
    """The layer handles a batch as a whole, without a Python loop over its rows."""
    hint = 'Which operation handles all rows at once?'
    require_vectorised(student, _pass, ['y', 'grad_x'], hint=hint)

def _pass(rows: int) -> Scenario:
    random = np.random.default_rng(rows)
    x, grad = (random.integers(-3, 4, (rows, columns)).astype(float) for columns in (5, 3))
    return Scenario(Make('layer', 'Linear', [5, 3]), Call('y', 'layer', 'forward', [x], counted=True), Call('grad_x', 'layer', 'backward', [grad], counted=True))
