"""What a `Linear` layer does over time: its steps, and what it answers beside another layer."""
import numpy as np
from grader import BuildsOn, CheckFailed, Raised, Subject, Transcript, _, answer
from grader.checks.compare import agrees, array, close, differing, same_shape
from grader.checks.diagnosis import diagnose
from .linear_answers import TERMS, context, is_excused, read, require_close, require_no_crash
from .linear_cases import ELSEWHERE, OTHER_RATE, USUAL_RATE, LinearCase, shifted

def require_step(student: Subject, reference: Subject, case: LinearCase, rate: float, hint: str) -> None:
    """Require that W and b moved by `rate` times their gradients, the layer's own or the right.

    Raises BuildsOn where `backward` raised before they did.
    """
    question = case.step if rate == USUAL_RATE else case.large_step
    try:
        _require_moves(student, student.answer(question), reference, case, rate, hint)
    except CheckFailed:
        require_no_crash(student.answer(question))
        raise

def _require_moves(student: Subject, mine: Transcript, reference: Subject, case: LinearCase, rate: float, hint: str) -> None:
    theirs = reference.answer(case.step if rate == USUAL_RATE else case.large_step)
    for name, before in (('W', case.weights), ('b', case.bias)):
        after = array(mine, name, what=f'`{name}`')
        after = after.reshape(before.shape) if after.size == before.size else after
        bound = np.abs(before) + case.magnitudes[name]
        own = read(mine, f'grad_{name}')
        if own is not None:
            own = own.reshape(before.shape) if own.size == before.size else own
        allowed = []
        if own is not None and _fits(own, before) and _is_kept(own, student, case, name):
            allowed.append(before - rate * own)
        allowed.append(before - rate * array(theirs, f'grad_{name}'))
        if not any((agrees(after, each, terms=TERMS, magnitude=bound) for each in allowed)):
            same_shape(after, before.shape, what=_('`{name}` after the step', name=name))
            raise _wrong_step(name, before, after, allowed[0], reference, case, hint)

def _is_kept(own: np.ndarray, student: Subject, case: LinearCase, name: str) -> bool:
    """Whether a layer computes a gradient at all: one may be 0 by chance for one input.

    A layer that keeps zeros and does not move has taken no step.
    """
    if np.any(own):
        return True
    other = read(student.answer(case.elsewhere), f'grad_{name}')
    return other is not None and bool(np.any(other))

def require_end(transcript: Transcript) -> None:
    """Require that `backward` came to its end; what it stored before can be asked all the same.

    Raises BuildsOn where it did not because `forward` had not.
    """
    if not transcript.raised('grad_x'):
        return
    raised = transcript.outcome('grad_x')
    own = isinstance(raised, Raised) and (raised.error == 'NotImplementedError' or 'positional argument' in raised.message)
    if transcript.raised('y') and (not own):
        raise BuildsOn('forward_shape')
    try:
        answer(transcript, 'grad_x')
    except CheckFailed as failed:
        failed.ground = True
        raise

def _fits(gradient: np.ndarray, parameter: np.ndarray) -> bool:
    """Whether numpy can subtract a gradient from a parameter and leave its shape."""
    try:
        return np.broadcast_shapes(gradient.shape, parameter.shape) == parameter.shape
    except ValueError:
        return False

def _wrong_step(name: str, before: np.ndarray, after: np.ndarray, expected: np.ndarray, reference: Subject, case: LinearCase, hint: str) -> CheckFailed:
    """Return the failure of a step, with what its length and direction look like."""
    found = diagnose(after - before, expected - before, context(reference, case, name))
    told = _('`{name}` is not where one step leads from where it was.', name=name)
    if found is not None and found.kind == 'zeros':
        told = _('`{name}` does not move.', name=name)
    elif found is not None and found.kind == 'sign':
        told = _('`{name}` moves as far as it should, but the other way.', name=name)
    elif found is not None:
        told = _('The step of `{name}` {sentence}', name=name, sentence=found.sentence)
    return CheckFailed(told, differing(name, after, expected), hint)

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
        if is_excused(steps, f'grad_{which}'):
            continue
        before, gradient, after = (array(steps, name, what=f'`{name}`') for name in (f'{which}_first', f'grad_{which}', which))
        own = {'W': case.weights, 'b': case.bias}[which]
        if not own.shape == before.shape == gradient.shape == after.shape:
            continue
        expected = before - OTHER_RATE * gradient
        bound = np.abs(before) + OTHER_RATE * np.abs(gradient) + np.abs(own)
        if agrees(after, expected, terms=TERMS, magnitude=bound):
            continue
        if not _goes_by_the_rule(student, case, which, own):
            continue
        close(after, expected, what=_('{which} after a second step', which=which), terms=TERMS, magnitude=bound, hint=_('The first step was right. What does the second one remember of it?'))

def _goes_by_the_rule(student: Subject, case: LinearCase, which: str, own: np.ndarray) -> bool:
    """Whether the first step of W or b does, which is `own` to begin with, wherever it begins."""
    for asked, begin in ((case.large_step, own), (case.elsewhere, shifted(own, ELSEWHERE))):
        first = student.answer(asked)
        if not _follows(begin, array(first, which), OTHER_RATE * array(first, f'grad_{which}')):
            return False
    return True

def require_alone(student: Subject, case: LinearCase) -> None:
    """Require that neither asking twice nor another layer changes what a layer answers."""
    fresh, together = (student.answer(case.once), student.answer(case.together))
    made = student.answer(case.made_first)
    outputs, what = (read(fresh, 'y'), _('What `forward` returned'))
    if outputs is not None:
        y = array(made, 'y', what=_('What `forward` returned, after another layer was made,'))
        same_shape(y, outputs.shape, what=what)
    bias = array(made, 'b', what='`b`')
    if bias.size != case.n_out:
        raise CheckFailed(_('`b` of a new layer holds {size} numbers for {n_out} outputs.', size=bias.size, n_out=case.n_out), hint=_('How many numbers does `b` need? Print it for `Linear(2, 3)`.'))
    if outputs is not None:
        require_close(array(together, 'y', what=what), outputs, case, 'y', what=_('What `forward` returned after a pass with another input'), hint=_('What does `forward` change beside what it keeps for `backward`?'))
    for which, name in (('W', 'grad_W'), ('b', 'grad_b'), ('x', 'grad_x')):
        if is_excused(fresh, name):
            continue
        require_close(array(together, name, what=f'`{name}`'), array(fresh, name), case, which, what=_("`{name}` of a layer, after another layer's `forward`,", name=name), hint=_('What do two layers share? Where does `forward` put what `backward` needs?'))
