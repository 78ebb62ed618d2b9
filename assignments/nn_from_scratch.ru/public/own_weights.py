"""Layers that keep their weights where setting `W` and `b` does not reach them.

Checks set W and b to numbers that a person can compute with. A layer that keeps its weights
elsewhere, and shows them as W and b, does not notice. It is right all the same if, with the
weights that it has and shows, everything is as it should be.
"""
from collections.abc import Callable, Sequence
from functools import wraps
from inspect import signature
from typing import Final
import numpy as np
from grader import AfterSubmission, Call, CheckFailed, Get, Make, NeedsReview, Scenario, Set, Step, Subject, Transcript, Value, _
from grader.checks.compare import agrees, array
from .linear_answers import TERMS, equal, read
from .linear_cases import LinearCase
OUTPUTS: Final = 'forward_'
RATE: Final = 0.3
LARGEST: Final = 10.0
ANSWERS: Final = tuple((f'{name}{which}' for name in ('y', 'grad_x', 'grad_W', 'grad_b', 'W', 'b') for which in ('_first', '')))

def fairly(check: Callable[..., None]) -> Callable[..., None]:
    """Return `check` for any layer, also one that computes with other weights than it is given.

    Such a layer passes where it is right with the weights that it has, and where its outputs are
    and its gradients are not, it has failed but for what is about outputs alone. A person has to
    look where its numbers are right and it changes what others gave it. The check then takes a
    `reference` even where it did not.
    """
    takes = signature(check).parameters

    @wraps(check)
    def asked(student: Subject, reference: Subject, case: LinearCase) -> None:
        available = {'student': student, 'reference': reference, 'case': case}
        try:
            check(**{name: each for name, each in available.items() if name in takes})
        except CheckFailed as failed:
            if uses_what_is_set(student, reference, case):
                raise
            if not may_use_what_it_shows(student, case):
                raise
            mine = student.answer(_life(case, _SHOWN))
            try:
                own = uses_what_it_shows(mine, reference, case)
            except AfterSubmission:
                if takes_what_is_set(student, case):
                    raise failed from None
                raise
            if not own:
                raise
            about_outputs = check.__name__.startswith(OUTPUTS)
            if not about_outputs and (not has_right_numbers(mine, reference, case)):
                raise
            if not is_right(mine, reference, case) and (not about_outputs):
                raise NeedsReview(_('Setting `W` and `b` does not change the weights that your layer computes with, so this could not be asked. A person will look at it.')) from None
    del asked.__wrapped__
    return asked

def uses_what_is_set(student: Subject, reference: Subject, case: LinearCase) -> bool:
    """Whether `forward` is ever right with the W and b that the case sets."""
    for question in (case.forward, case.forward_without_bias, case.frozen, case.step):
        mine, right = (read(student.answer(question), 'y'), array(reference.answer(question), 'y'))
        if mine is not None and np.any(right) and equal(mine, right, case, 'y'):
            return True
    return False

def may_use_what_it_shows(student: Subject, case: LinearCase) -> bool:
    """Whether a fresh layer's outputs for inputs of a single 1 add up from what it shows.

    The layer itself decides this: a `forward` that does not answer, or that takes no notice of the
    weights, has failed whatever the right answers are.
    """
    shown = (Get('W', 'layer', 'W'), Get('b', 'layer', 'b'))
    made = Make('layer', 'Linear', [case.n_in, case.n_out])
    mine = student.answer(Scenario(made, *shown, Call('y', 'layer', 'forward', [np.eye(case.n_in)])))
    weights, bias, outputs = (read(mine, name) for name in ('W', 'b', 'y'))
    if weights is None or bias is None or outputs is None:
        return False
    if weights.shape != case.weights.shape or bias.shape != case.bias.shape:
        return False
    if not np.any(weights):
        return False
    expected = weights + bias
    return agrees(outputs, expected, terms=TERMS, magnitude=np.abs(weights) + np.abs(bias))

def takes_what_is_set(student: Subject, case: LinearCase) -> bool:
    """Whether setting W and b changes what `forward` returns for one input."""
    weights = np.arange(1.0, case.weights.size + 1).reshape(case.weights.shape)
    bias = np.arange(1.0, case.bias.size + 1)
    asked = Scenario(Make('layer', 'Linear', [case.n_in, case.n_out]), *_given(weights, bias), Call('y', 'layer', 'forward', [case.x]), *_given(-2 * weights, 3 * bias), Call('y_other', 'layer', 'forward', [case.x]))
    mine = student.answer(asked)
    one, other = (read(mine, 'y'), read(mine, 'y_other'))
    return one is not None and other is not None and (not np.array_equal(one, other))

def uses_what_it_shows(mine: Transcript, reference: Subject, case: LinearCase) -> bool:
    """Whether, in its life, `forward` goes by the W and b that the layer shows."""
    for x, shown, y in ((case.x, '_shown', '_first'), (case.other_x, '_first', '')):
        weights, bias = (read(mine, f'W{shown}'), read(mine, f'b{shown}'))
        if weights is None or weights.shape != case.weights.shape:
            return False
        if bias is None or bias.shape != case.bias.shape:
            return False
        starts = shown == '_shown'
        if starts and (not all((np.all(np.abs(each) <= LARGEST) for each in (weights, bias)))):
            return False
        outputs = read(mine, f'y{y}')
        if outputs is None:
            return False
        asked = Scenario(Make('layer', 'Linear', [case.n_in, case.n_out]), *_given(weights, bias), Call('y', 'layer', 'forward', [x]))
        if not _equal(outputs, array(reference.answer(asked), 'y'), case):
            return False
    return True

def is_right(mine: Transcript, reference: Subject, case: LinearCase) -> bool:
    """Whether all of a layer's life is as the reference's with the weights that it showed."""
    if any((outcome.changed for outcome in mine.outcomes if isinstance(outcome, Value))):
        return False
    return has_right_numbers(mine, reference, case)

def has_right_numbers(mine: Transcript, reference: Subject, case: LinearCase) -> bool:
    """Whether all that a layer returns and shows in its life is as the reference's."""
    if mine.failure is not None:
        return False
    start = _given(array(mine, 'W_shown'), array(mine, 'b_shown'))
    theirs = reference.answer(_life(case, start))
    return all((_equal(read(mine, name), array(theirs, name), case) for name in ANSWERS))
_SHOWN: Final = (Get('W_shown', 'layer', 'W'), Get('b_shown', 'layer', 'b'))

def _given(weights: np.ndarray, bias: np.ndarray) -> tuple[Step, ...]:
    return (Set('layer', 'W', weights), Set('layer', 'b', bias))

def _life(case: LinearCase, start: Sequence[Step]) -> Scenario:
    """Return two passes and their updates, with another layer between."""
    return Scenario(Make('layer', 'Linear', [case.n_in, case.n_out, RATE]), *start, Make('other', 'Linear', [case.n_in, case.n_out, RATE]), *_pass(case.x, case, '_first'), *_pass(case.other_x, case, ''))

def _pass(x: np.ndarray, case: LinearCase, name: str) -> list[Step]:
    return [Call(f'y{name}', 'layer', 'forward', [x]), Call(f'y{name}_other', 'other', 'forward', [-x]), Call(f'grad_x{name}', 'layer', 'backward', [np.abs(case.upstream) + 1]), *(Get(f'{each}{name}', 'layer', each) for each in ('grad_W', 'grad_b', 'W', 'b'))]

def _equal(got: np.ndarray | None, expected: np.ndarray, case: LinearCase) -> bool:
    if got is None:
        return False
    largest = [np.max(np.abs(each)) for each in (case.x, case.other_x, case.upstream, expected)]
    magnitude = float(largest[-1] + TERMS * min(largest[-1], 1.0) * max(largest))
    return agrees(got, expected, terms=TERMS, magnitude=magnitude)
