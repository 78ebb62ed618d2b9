"""Layers that keep their weights where setting `W` and `b` does not reach them.

Checks set W and b to numbers that a person can compute with. A layer that keeps its weights
elsewhere, and shows them as W and b, does not notice. It is judged by what it does with the weights
that it shows: each check asks the same of it that it asks of any other layer.
"""
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial, wraps
from inspect import signature
from typing import Final, Literal
import numpy as np
from grader import AfterSubmission, BuildsOn, Call, CheckFailed, Get, Make, Scenario, Set, Step, Subject, Transcript, _, answer
from grader.checks.compare import agrees, array, proportional, unchanged
from .linear_answers import NAMES, TERMS, equal, has_gradient, named, no_gradient, read, wrong
from .linear_cases import LinearCase
from .own_names import Translated, charged, own_names
RATE: Final = 0.3
LARGEST: Final = 10.0
SMALLEST: Final = 1e-09
BESIDE_BIAS: Final = 0.0001

@dataclass(frozen=True)
class Life:
    """Two passes of a layer with weights of its own, (n_in, n_out) and (n_out,), and their steps.

    `rate` is the learning rate that it was made with.
    """
    case: LinearCase
    student: Subject
    reference: Subject
    rate: float

    @cached_property
    def answers(self) -> Transcript:
        """What the student's layer answered, with another layer between its calls."""
        made = [self.case.n_in, self.case.n_out, self.rate]
        return self.student.answer(Scenario(Make('layer', 'Linear', made), *(Get(f'{name}_start', 'layer', name) for name in ('W', 'b')), Make('other', 'Linear', made), *_pass(self.case.x, self.case, '_first'), *_pass(self.case.other_x, self.case, '_second')))

    def before(self, turn: str) -> list[np.ndarray] | None:
        """Return the W and b that the layer showed before a pass, None for other things."""
        shown = '_start' if turn == '_first' else '_first'
        weights, bias = (read(self.answers, f'{name}{shown}') for name in ('W', 'b'))
        if weights is None or weights.shape != self.case.weights.shape:
            return None
        if bias is None or bias.shape != self.case.bias.shape:
            return None
        return [weights, bias]

    def right(self, turn: str) -> Transcript:
        """Return what the reference answers in a pass, from the weights shown before it."""
        weights, bias = self.before(turn) or (self.case.weights, self.case.bias)
        x = self.case.x if turn == '_first' else self.case.other_x
        made = Make('layer', 'Linear', [self.case.n_in, self.case.n_out, self.rate])
        return self.reference.answer(Scenario(made, *_given(weights, bias), *_pass(x, self.case, turn, beside=False)))

    def reached(self) -> Iterator[str]:
        """Yield the passes whose `forward` was called."""
        failure = self.answers.failure
        for turn in ('_first', '_second'):
            yield turn
            if failure is not None and read(self.answers, f'grad_x{turn}') is None:
                return

    def has_any(self, name: str) -> bool:
        """Whether the layer has a gradient of W or b that is not 0: one may be for one input."""
        both = (read(self.answers, f'grad_{name}{turn}') for turn in ('_first', '_second'))
        return any((each is not None and bool(np.any(each)) for each in both))

    def magnitude(self, expected: np.ndarray) -> float:
        """Return a bound of the sums whose products may cancel in `expected`."""
        given = (self.case.x, self.case.other_x, self.case.upstream, expected)
        largest = [float(np.max(np.abs(each))) for each in given]
        return largest[-1] + TERMS * min(largest[-1], 1.0) * max(largest)

    def agrees(self, got: np.ndarray | None, expected: np.ndarray) -> bool:
        """Whether an answer is the expected one."""
        return got is not None and agrees(got, expected, terms=TERMS, magnitude=self.magnitude(expected))
Asking = Callable[[Life], None]

def fairly(*asked: Asking, rate: float=RATE, charges: Literal['W', 'b', '']='') -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Let a check be for any layer, also one that computes with other weights than it is given.

    What such a layer does with the weights that it has is judged by `asked`, at a learning rate. A
    check of its outputs asks nothing more: it is by these that it is known to use what it shows.
    The check then takes a `reference` even where it did not.

    A layer that calls its weights otherwise throughout, or keeps them the other way round, is
    judged by its own names; the check that `charges` for "W" or "b" fails it for that.
    """

    def decorate(check: Callable[..., None]) -> Callable[..., None]:
        takes = signature(check).parameters

        @wraps(check)
        def judged(student: Subject, reference: Subject, case: LinearCase) -> None:
            available = {'student': student, 'reference': reference, 'case': case}

            def ask(subject: Subject) -> None:
                given = {**available, 'student': subject}
                check(**{name: each for name, each in given.items() if name in takes})
            try:
                ask(student)
            except (CheckFailed, BuildsOn) as failed:
                names = own_names(student)
                if names is not None:
                    failure = charged(names, charges) if charges else None
                    ask(Translated(student, names))
                    if failure is not None:
                        raise failure from None
                    return
                if uses_what_is_set(student, reference, case):
                    raise
                life = Life(case, student, reference, rate)
                if isinstance(failed, BuildsOn) or not _has_its_own(life, failed):
                    raise
                for each in asked:
                    _told(each, life)
        del judged.__wrapped__
        return judged
    return decorate

def _told(asked: Asking, life: Life) -> None:
    try:
        asked(life)
    except CheckFailed as failed:
        own = _('(Setting `W` and `b` does not change the weights that your layer computes with: it was asked with those that it has.)')
        message = f'{failed.message} {own}'
        raise CheckFailed(message, failed.evidence, failed.hint, failed.sized) from None

def _has_its_own(life: Life, failed: CheckFailed) -> bool:
    """Whether a layer that has `failed` computes with weights that it shows and cannot be given.

    Raises `failed` where the answers for these weights were not recorded and the layer can be given
    others, and AfterSubmission where it cannot.
    """
    if not may_use_what_it_shows(life.student, life.case):
        return False
    try:
        return uses_what_it_shows(life)
    except AfterSubmission:
        if takes_what_is_set(life.student, life.case):
            raise failed from None
        raise

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
    if not _tell(weights, bias):
        return False
    expected = weights + bias
    return agrees(outputs, expected, terms=TERMS, magnitude=np.abs(weights) + np.abs(bias))

def _tell(weights: np.ndarray, bias: np.ndarray) -> bool:
    """Whether an answer that takes no notice of the weights, or of most, cannot be right by them.

    From weights of 0 outputs of 0 add up, whatever the layer goes by, from equal ones any order of
    the inputs gives the same, and beside a large bias small ones are lost.
    """
    usual = float(np.median(np.abs(weights)))
    seen = usual >= max(SMALLEST, BESIDE_BIAS * float(np.max(np.abs(bias))))
    return seen and np.unique(weights).size == weights.size

def takes_what_is_set(student: Subject, case: LinearCase) -> bool:
    """Whether setting W and b changes what `forward` returns for one input."""
    weights = np.arange(1.0, case.weights.size + 1).reshape(case.weights.shape)
    bias = np.arange(1.0, case.bias.size + 1)
    asked = Scenario(Make('layer', 'Linear', [case.n_in, case.n_out]), *_given(weights, bias), Call('y', 'layer', 'forward', [case.x]), *_given(-2 * weights, 3 * bias), Call('y_other', 'layer', 'forward', [case.x]))
    mine = student.answer(asked)
    one, other = (read(mine, 'y'), read(mine, 'y_other'))
    return one is not None and other is not None and (not np.array_equal(one, other))

def uses_what_it_shows(life: Life) -> bool:
    """Whether `forward` goes by the W and b that the layer shows, as often as it is called."""
    for turn in life.reached():
        shown = life.before(turn)
        if shown is None:
            return False
        starts = turn == '_first'
        if starts and (not all((np.all(np.abs(each) <= LARGEST) for each in shown))):
            return False
        outputs = read(life.answers, f'y{turn}')
        if outputs is None or not life.agrees(outputs, array(life.right(turn), f'y{turn}')):
            return False
    return True

def runs(life: Life) -> None:
    """Require that `backward` comes to its end, and computes a gradient."""
    returned = answer(life.answers, 'grad_x_first').value
    if returned is None and (not has_gradient(life.answers, '_first')):
        raise no_gradient()

def same(which: Literal['W', 'b', 'x']) -> Asking:
    """Require that the gradient by W, b or x is the right one."""
    return partial(_same, which=which)

def _same(life: Life, which: str) -> None:
    got, expected = _gradients(life, which, '_first')
    if not life.agrees(got, expected):
        raise wrong(got, expected, life.reference, life.case, which)

def along(which: Literal['W', 'b']) -> Asking:
    """Require that the gradient by W or b is the right one, times any number but zero."""
    return partial(_along, which=which)

def _along(life: Life, which: str) -> None:
    got, expected = _gradients(life, which, '_first')
    magnitude = life.magnitude(expected)
    proportional(got, expected, what=named(which), terms=TERMS, magnitude=magnitude)

def steps(life: Life) -> None:
    """Require that W and b moved by the rate times their gradients, its own or the right.

    Its own counts where there is any: a layer that keeps zeros and does not move has taken no step.
    """
    shown, right = (life.before('_first'), life.right('_first'))
    for name, before in zip(('W', 'b'), shown or (), strict=True):
        after = array(life.answers, f'{name}_first', what=f'`{name}`')
        own = read(life.answers, f'grad_{name}_first')
        allowed = [array(right, f'grad_{name}_first')]
        if own is not None and own.shape == before.shape and life.has_any(name):
            allowed.append(own)
        if not any((life.agrees(after, before - life.rate * each) for each in allowed)):
            raise CheckFailed(_('`{name}` is not where one step leads from where it was.', name=name))

def goes_by_its_latest(life: Life) -> None:
    """Require of each gradient that is right in the first pass that it is in the second.

    That by x goes by other weights in the second, and tells nothing of the input.
    """
    for which in ('W', 'b'):
        if not life.agrees(*_gradients(life, which, '_first')):
            continue
        got, expected = _gradients(life, which, '_second')
        if not life.agrees(got, expected):
            what = _('{name} after a second pass', name=NAMES[which])
            raise wrong(got, expected, life.reference, life.case, which, what=what)

def changes_nothing(life: Life) -> None:
    """Require that neither call altered what it was given."""
    called = {f'{name}{turn}': of for turn in ('_first', '_second') for name, of in CALLS.items()}
    unchanged(life.answers, called)
CALLS: Final = {'y': 'x', 'grad_x': 'grad'}

def _gradients(life: Life, which: str, turn: str) -> tuple[np.ndarray, np.ndarray]:
    """Return a gradient of the student's and the right one."""
    name = f'{NAMES[which]}{turn}'
    return (array(life.answers, name, what=named(which)), array(life.right(turn), name))

def _given(weights: np.ndarray, bias: np.ndarray) -> tuple[Step, ...]:
    return (Set('layer', 'W', weights), Set('layer', 'b', bias))

def _pass(x: np.ndarray, case: LinearCase, turn: str, *, beside: bool=True) -> Sequence[Step]:
    """Return a pass, `beside` another layer, and the reading of what it leaves."""
    other = [Call(f'y_other{turn}', 'other', 'forward', [-x])] if beside else []
    return [Call(f'y{turn}', 'layer', 'forward', [x]), *other, Call(f'grad_x{turn}', 'layer', 'backward', [np.abs(case.upstream) + 1]), *(Get(f'{each}{turn}', 'layer', each) for each in ('grad_W', 'grad_b', 'W', 'b'))]
