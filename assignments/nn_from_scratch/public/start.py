"""Where a `Linear` layer starts: weights that differ, so that its outputs can, and small ones.

Measured with the notebook's training (10 epochs, two seeds each): from normal weights of standard
deviation 0.001 to 0.1 it ends at 0.85 to 0.88, from 0.3 at 0.84 and 0.86, from 0.5 at 0.82 and
0.84, from 1 at 0.47; from zeros, and from uniform ones between 0 and 1, at 0.10.
"""
from typing import Final
import numpy as np
from grader import Call, CheckFailed, Evidence, Get, Make, Scenario, Subject, Transcript, Value, _
from grader.checks.compare import array, same_shape
SIZE: Final = 20
LARGE: Final = 0.4
CELL: Final = f'import numpy as np\n\nlayer = Linear({SIZE}, {SIZE})\nprint(layer.W[:3, :5])  # expected numbers that differ\nprint(np.sqrt(np.mean(layer.W**2)))  # expected about 0.01, and less than {LARGE} in any case'
_ASKED: Final = Scenario(Make('layer', 'Linear', [SIZE, SIZE]), Call('y', 'layer', 'forward', [np.vstack([np.zeros(SIZE), np.eye(SIZE)])], tried=True), Get('W', 'layer', 'W'))

def _weights(asked: Transcript) -> np.ndarray:
    """Return the weights that a layer starts with, (SIZE, SIZE)."""
    outcome = asked.outcome('y')
    if isinstance(outcome, Value) and outcome.value is not None:
        y = array(asked, 'y', what=_('What `forward` returned'))
        same_shape(y, (SIZE + 1, SIZE), what=_('What `forward` returned'))
        return np.asarray(y[1:] - y[0])
    weights = array(asked, 'W', what='`W`')
    same_shape(weights, (SIZE, SIZE), what='`W`')
    return weights

def require_start(student: Subject) -> None:
    """Require that a new layer starts with small weights that differ between its outputs."""
    asked = student.answer(_ASKED)
    weights = _weights(asked)
    with np.errstate(over='ignore', invalid='ignore'):
        size = float(np.sqrt(np.mean(weights ** 2)))
        distinct = np.round(weights / (np.max(np.abs(weights)) or 1), 6)
    evidence = Evidence(cell=CELL)
    if np.ptp(distinct) == 0:
        raise CheckFailed(_('All weights of a new layer are {value:g}.', value=float(weights.flat[0])), evidence, _('Which gradients do two outputs with the same weights get? Can they ever become different?'))
    if len(np.unique(distinct, axis=1).T) < SIZE:
        raise CheckFailed(_('Several outputs of a new layer start with the same weights.'), evidence, _('Which gradients do two outputs with the same weights get? Can they ever become different?'))
    if not size <= LARGE:
        raise CheckFailed(_('The weights of a new layer are large: their root mean square is {size:.2g}.', size=size), evidence, _('How large are the outputs of 784 such weights, and their softmax?'))
