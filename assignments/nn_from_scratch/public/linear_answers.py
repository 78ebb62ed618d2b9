"""What a `Linear` layer's answers may be, and what is told where they are something else."""
from collections.abc import Mapping
from typing import Final
import numpy as np
from grader import AfterSubmission, BuildsOn, CheckFailed, Subject, Transcript, Value, _, marked
from grader.checks.compare import agrees, array, close, differing, misshapen, proportional
from grader.checks.diagnosis import Context, Kind, diagnose
from grader.checks.finite_differences import estimate
from grader.checks.gradcheck import check_gradient, differ, forward_answers
from .linear_cases import USUAL_RATE, LinearCase
TERMS: Final = 10
NAMES: Final = {'x': 'grad_x', 'W': 'grad_W', 'b': 'grad_b'}
HINTS: Final[Mapping[Kind, str]] = {'not finite': marked('At which line does the first such number appear?'), 'zeros': marked('Which line should put numbers into it?'), 'stale': marked('What does the second pass still hold of the first?'), 'mistaken': marked('What has to happen to it first?'), 'accumulated': marked('What is left over from the batch before?'), 'updated': marked('When does `backward` read W, and when does it change it?'), 'divided': marked('What has already been divided before the gradient reaches you?'), 'multiplied': marked('How often does each example count?'), 'sign': marked('Does the sign belong in the gradient or in the step?'), 'factor': marked('Where does that number come from?'), 'signs': marked('Which sign has the product of two negative numbers?'), 'transposed': marked('Write the shapes of both factors beside the product, on paper.'), 'shape': marked('Print its shape, and that of what it belongs to.'), 'not summed': marked('How do the examples of a batch share one weight?'), 'wrong axis': marked('Which axis of the upstream gradient counts the examples?'), 'instead': marked('What is already in the gradient that arrives, and what is y by x?')}

def named(which: str) -> str:
    """Return how messages call a gradient."""
    return _('What `backward` returned') if which == 'x' else f'`{NAMES[which]}`'

def claimed(student: Subject, case: LinearCase, which: str) -> np.ndarray:
    """Return the gradient that the student's layer computed.

    Raises BuildsOn where it is not there because a pass raised.
    """
    transcript = student.answer(case.frozen if which == 'x' else case.step)
    if read(transcript, NAMES[which]) is None:
        require_no_crash(transcript)
    return array(transcript, NAMES[which], what=named(which))

def is_excused(transcript: Transcript, name: str) -> bool:
    """Whether an answer is missing for what another check has told: a crash, or its very name."""
    return read(transcript, name) is None and (transcript.raised('grad_x') or transcript.raised(name))

def require_no_crash(transcript: Transcript, turn: str='') -> None:
    """Raise BuildsOn where `backward`, with `turn` behind its result's name, raised."""
    if transcript.raised(f'grad_x{turn}'):
        forward = transcript.raised(f'y{turn}')
        raise BuildsOn('forward_shape' if forward else 'backward_runs')

def read(transcript: Transcript, name: str) -> np.ndarray | None:
    """Return the numbers that a step came to, None for none."""
    try:
        return array(transcript, name)
    except CheckFailed:
        return None

def has_gradient(transcript: Transcript, turn: str='') -> bool:
    """Whether a pass left any gradient with the layer: read as "grad_W" with `turn` behind it."""
    outcomes = (transcript.outcome(f'{name}{turn}') for name in ('grad_W', 'grad_b'))
    return any((isinstance(each, Value) and each.value is not None for each in outcomes))

def no_gradient() -> CheckFailed:
    """Return the failure of a `backward` that leaves nothing and returns nothing."""
    return CheckFailed(_('`grad_W` and `grad_b` hold no gradient after `backward`, and it returns nothing.'), hint=_('Which lines should compute the gradients, and where do they go?'))

def right(reference: Subject, case: LinearCase, which: str) -> np.ndarray:
    """Return the gradient that is right."""
    return array(reference.answer(case.frozen if which == 'x' else case.step), NAMES[which])

def equal(got: np.ndarray, expected: np.ndarray, case: LinearCase, which: str) -> bool:
    """Whether two gradients, or outputs for the `which` "y", agree."""
    return agrees(got, expected, terms=TERMS, magnitude=case.magnitudes[which])

def own_outputs(student: Subject, reference: Subject, case: LinearCase, which: str) -> list[np.ndarray] | None:
    """Return the student's forward at the probe's points.

    None where it says nothing: where it is the right one, its gradient is known, and where it
    gives no answers of the right shape, it has none. That of a sum of x and W asks for nothing.
    """
    mine, theirs = (student.answer(case.forward), reference.answer(case.forward))
    if mine.failure is not None or equal(array(mine, 'y'), array(theirs, 'y'), case, 'y'):
        return None
    outputs = forward_answers(student.answer(case.varied(which)), len(case.probe(which).points))
    if outputs is None or outputs[0].shape != case.upstream.shape:
        return None
    return outputs if _multiplies(student, case, which) else None

def _multiplies(student: Subject, case: LinearCase, which: str) -> bool:
    """Whether the gradient by x or W of the student's own forward goes by the other of the two.

    It has to be the one that is claimed, or a multiple, wherever that is asked.
    """
    if which == 'b':
        return True
    found = []
    for place in case.places():
        probed = place.probe(which)
        outputs = forward_answers(student.answer(place.varied(which)), len(probed.points))
        if outputs is None or outputs[0].shape != place.upstream.shape:
            return False
        own = estimate(probed, outputs, place.upstream).value.reshape(probed.at.shape)
        try:
            if not _points(claimed(student, place, which), own, place, which):
                return False
        except (CheckFailed, BuildsOn):
            return False
        found.append(own)
    return differ(found)

def is_right(student: Subject, reference: Subject, case: LinearCase, which: str) -> bool:
    """Whether a gradient is the right one, or the one of the student's own forward."""
    got = claimed(student, case, which)
    if equal(got, right(reference, case, which), case, which):
        return True
    outputs = own_outputs(student, reference, case, which)
    if outputs is None:
        return False
    return check_gradient(case.probe(which), outputs, case.upstream, got).status == 'pass'

def require(student: Subject, reference: Subject, case: LinearCase, which: str) -> None:
    """Require that a gradient is exactly one of the right ones."""
    if not is_right(student, reference, case, which):
        got, expected = (claimed(student, case, which), right(reference, case, which))
        raise wrong(got, expected, reference, case, which)

def require_direction(student: Subject, reference: Subject, case: LinearCase, which: str) -> None:
    """Require that a gradient is one of the right ones, times any number but zero."""
    expected = right(reference, case, which)
    moved = _by_which_it_moved(student, case, which)
    if moved is not None and _points(moved, expected, case, which):
        return
    got = claimed(student, case, which)
    if _points(got, expected, case, which):
        return
    outputs = own_outputs(student, reference, case, which)
    if outputs is not None:
        own = estimate(case.probe(which), outputs, case.upstream).value.reshape(expected.shape)
        if np.any(own) and _points(got, own, case, which):
            return
    raise wrong(got, expected, reference, case, which)

def _by_which_it_moved(student: Subject, case: LinearCase, which: str) -> np.ndarray | None:
    """Return the gradient by which W or b moved, None where the layer keeps one to be asked for."""
    asked = student.answer(case.step)
    if not asked.raised(NAMES[which]):
        return None
    before, after = ({'W': case.weights, 'b': case.bias}[which], read(asked, which))
    if after is None or after.shape != before.shape:
        return None
    return np.asarray((before - after) / USUAL_RATE)

def _points(got: np.ndarray, expected: np.ndarray, case: LinearCase, which: str) -> bool:
    magnitude = case.magnitudes[which]
    try:
        proportional(got, expected, what=which, terms=TERMS, magnitude=magnitude)
    except CheckFailed:
        return False
    return True

def wrong(got: np.ndarray, expected: np.ndarray, reference: Subject, case: LinearCase, which: str, *, what: str='', hint: str | None=None, **known: np.ndarray) -> CheckFailed:
    """Return the failure of an array, with what its error looks like.

    `which` is "x", "W" or "b" for a gradient and "y" for the outputs, `what` how the message calls
    it, `known` what `Context` can be told beside the case.
    """
    what = what or named(which)
    found = diagnose(got, expected, context(reference, case, which, **known))
    shown = NAMES.get(which, 'y')
    if got.shape != expected.shape:
        told = _('{what} has the shape {shape}, expected {expected}.', what=what, shape=got.shape, expected=expected.shape)
        failed = CheckFailed(told, misshapen(shown, got, expected.shape), hint, sized=True)
    else:
        told = _('{what} has the right shape, but wrong values.', what=what)
        failed = CheckFailed(told, differing(shown, got, expected), hint)
    if found is not None:
        sized = failed.sized or found.sized
        told = f'{what} {found.sentence}'
        return CheckFailed(told, failed.evidence, hint or _(HINTS[found.kind]), sized)
    return failed

def one_by_one(reference: Subject, case: LinearCase, which: str) -> np.ndarray | None:
    """Return the gradients of each example, (batch, ...).

    None for "x" and "y", and where they are not at hand.
    """
    if which not in ('W', 'b'):
        return None
    try:
        answers = reference.answer(case.one_by_one())
    except AfterSubmission:
        return None
    return np.stack([array(answers, f'grad_{which}_{row}') for row in range(case.batch)])

def after_update(reference: Subject, case: LinearCase, moved: np.ndarray) -> dict[str, np.ndarray]:
    """Return the right gradient for the input by the weights as they are after a step.

    It is "updated", as `Context` knows it; nothing where it cannot be told.
    """
    if moved.shape != case.weights.shape:
        return {}
    try:
        return {'updated': array(reference.answer(case.frozen_at(moved)), 'grad_x')}
    except AfterSubmission:
        return {}

def context(reference: Subject, case: LinearCase, which: str, **known: np.ndarray) -> Context:
    """Return what is known of an answer of the layer."""
    upstream, x = (np.asarray(case.upstream), case.x.astype(np.float64))
    return Context(terms=TERMS, magnitude=case.magnitudes[which], sizes={_('the batch size'): case.batch, _('the number of inputs'): case.n_in, _('the number of outputs'): case.n_out}, rates={_('the learning rate'): USUAL_RATE} if which != 'x' else {}, others={_('the gradient that it was given'): upstream, _('the input'): x, 'W': case.weights, 'b': case.bias}, unsummed=one_by_one(reference, case, which), instead=_instead(reference, case, which), **known)

def _instead(reference: Subject, case: LinearCase, which: str) -> dict[str, np.ndarray]:
    """Return what a gradient is where `backward` does more than its share, by what is told of it.

    The derivative of what comes after the layer is already in the gradient that arrives. Nothing
    where it cannot be told.
    """
    if which not in NAMES:
        return {}
    try:
        outputs = array(reference.answer(case.forward), 'y')
        multiplied, masked = (array(reference.answer(case.handed(case.upstream * each)), NAMES[which]) for each in (outputs, outputs > 0))
    except AfterSubmission:
        return {}
    return {_('is the right one for an upstream gradient each entry of which has been multiplied by the output.'): multiplied, _('counts the upstream gradient only where the output is positive.'): masked}

def require_close(got: np.ndarray, expected: np.ndarray, case: LinearCase, which: str, *, what: str, hint: str) -> None:
    """Require that two answers of one layer agree."""
    close(got, expected, what=what, terms=TERMS, magnitude=case.magnitudes[which], hint=hint)
