"""What is told where an answer is not the right one, and gradients of a student's own forward."""
from collections.abc import Callable, Mapping
from typing import Final
import numpy as np
from grader import CheckFailed, Transcript, _, marked
from grader.checks.compare import agrees, array, differing, wrong_values
from grader.checks.diagnosis import Context, Kind, diagnose
from grader.checks.finite_differences import Probe
from grader.checks.gradcheck import OwnPass, check_gradient
TERMS: Final = 10
HINTS: Final[Mapping[Kind, str]] = {'not finite': marked('Print the intermediate values: which is the first that is no number any more?'), 'zeros': marked('Which line should put numbers into it?'), 'mistaken': marked('What has to happen to it first?'), 'divided': marked('What is the result a mean of, and what not?'), 'multiplied': marked('What is the result a mean of?'), 'sign': marked('Which way does it move when one input goes up a little?'), 'factor': marked('Where does that number come from?'), 'signs': marked('Which way does it move when one input goes up a little?'), 'transposed': marked('Which axis counts the examples, and which the classes?'), 'shape': marked('Print its shape, and that of what it belongs to.'), 'not summed': marked('Over which axis does the sum in the formula run?'), 'wrong axis': marked('Over which axis does the sum in the formula run?')}

def require(got: np.ndarray, expected: np.ndarray, *, what: str, shown: str, magnitude: np.ndarray | float, sizes: Mapping[str, int] | None=None, others: Mapping[str, np.ndarray] | None=None, instead: Mapping[str, np.ndarray] | None=None, hint: str | None=None) -> None:
    """Require that an answer is the right one; raise CheckFailed with what its error looks like.

    `what` is how a sentence begins that speaks of it, `shown` its name in the evidence; the rest
    is that of `Context`.
    """
    if agrees(got, expected, terms=TERMS, magnitude=magnitude):
        return
    context = Context(terms=TERMS, magnitude=magnitude, sizes=sizes or {}, others=others or {}, instead=instead or {})
    found = diagnose(got, expected, context)
    evidence = differing(shown, got, expected) if got.shape == expected.shape else None
    if found is not None:
        hint = hint or _(HINTS.get(found.kind, '')) or None
        raise CheckFailed(f'{what} {found.sentence}', evidence, hint, sized=found.sized)
    if got.shape != expected.shape:
        raise CheckFailed(_('{what} has the shape {shape}, expected {expected}.', what=what, shape=got.shape, expected=expected.shape), None)
    raise CheckFailed(wrong_values(what, got), evidence, hint)

def own_pass(forward: Callable[[Probe], Transcript], backward: Callable[[np.ndarray], Transcript], name: str) -> OwnPass:
    """Return what the student's own forward pass answers at a probe, and the gradient there.

    `forward` answers at the probe's points, `backward` at the place itself, by its result `name`.
    """

    def asked(place: Probe) -> tuple[list[np.ndarray], np.ndarray] | None:
        passed = forward(place)
        try:
            outputs = [array(passed, f'at{index}') for index in range(len(place.points))]
            return (outputs, array(backward(place.at), name))
        except CheckFailed:
            return None
    return asked

def is_own_gradient(probed: Probe, forward: Transcript, upstream: np.ndarray, claimed: np.ndarray) -> bool:
    """Whether a gradient is that of the student's own forward pass, asked at the probe's points."""
    try:
        outputs = [array(forward, f'at{index}') for index in range(len(probed.points))]
    except CheckFailed:
        return False
    if claimed.shape != probed.at.shape or any((each.shape != upstream.shape for each in outputs)):
        return False
    verdict = check_gradient(probed, outputs, upstream, claimed)
    return verdict.status != 'fail' and verdict.decided > 0
