"""Layers that keep their weights under other names, or the other way round, and do so throughout.

That is one slip: it is charged once, and everything else is judged by the layer's own names.
"""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Final
import numpy as np
from grader import Call, CheckFailed, Evidence, Get, Make, Operate, Outcome, Raised, Ref, Scenario, Set, Step, Subject, Transcript, Value, _, answer
from grader.checks.compare import agrees
BATCH, N_IN, N_OUT = (5, 4, 3)
MOST_NAMES: Final = 40
MOST_PAIRS: Final = 12
MADE: Final = Make('layer', 'Linear', [N_IN, N_OUT])
CELL: Final = 'layer = Linear(2, 3)\nprint(layer.W.shape)  # expected (2, 3)'
CELL_B: Final = 'layer = Linear(2, 3)\nprint(layer.b.shape)  # expected (3,)'

@dataclass(frozen=True)
class Names:
    """What a layer calls the attributes of the assignment, and whether its W is (n_out, n_in).

    What it does not have is missing in `own`.
    """
    own: Mapping[str, str]
    flipped: bool

    @property
    def differ(self) -> bool:
        """Whether W or b is not what the assignment says."""
        return self.flipped or any((self.own[name] != name for name in ('W', 'b')))

@dataclass(frozen=True)
class Translated:
    """A student whose layers are asked by their own names, and answer by those of the assignment.

    `names` are the layers'. It stands for `student` in a check.
    """
    student: Subject
    names: Names

    def answer(self, scenario: Scenario) -> Transcript:
        """Return what came back, with the arrays of W in the layout of the assignment."""
        asked: list[Step] = []
        absent: dict[int, Outcome] = {}
        for index, step in enumerate(scenario.steps):
            if isinstance(step, Get) and step.attribute not in self.names.own:
                told = f"'Linear' object has no attribute '{step.attribute}'"
                absent[index] = Raised('AttributeError', told)
            else:
                asked.append(self._translated(step))
        answered = self.student.answer(Scenario(*asked))
        came = iter(zip(asked, answered.outcomes, strict=False))
        steps: list[Step] = []
        outcomes: list[Outcome] = []
        for index, step in enumerate(scenario.steps):
            if index in absent:
                steps.append(step)
                outcomes.append(absent[index])
                continue
            done, outcome = next(came, (None, None))
            if done is None or outcome is None:
                break
            steps.append(done)
            outcomes.append(self._turned(step, outcome))
        return Transcript(Scenario(*steps, *scenario.steps[len(steps):]), tuple(outcomes))

    def _translated(self, step: Step) -> Step:
        if isinstance(step, Get):
            return replace(step, attribute=self.names.own[step.attribute])
        if isinstance(step, Set) and step.attribute in self.names.own:
            value = step.value
            if self._is_flipped(step) and isinstance(value, np.ndarray):
                value = np.ascontiguousarray(value.T)
            return replace(step, attribute=self.names.own[step.attribute], value=value)
        return step

    def _turned(self, step: Step, outcome: Outcome) -> Outcome:
        if isinstance(step, Get) and self._is_flipped(step) and isinstance(outcome, Value):
            value = outcome.value
            if isinstance(value, np.ndarray):
                return replace(outcome, value=value.T)
        return outcome

    def _is_flipped(self, step: Get | Set) -> bool:
        return self.names.flipped and step.attribute in ('W', 'grad_W')

def own_names(student: Subject) -> Names | None:
    """Return by which names and in which layout a layer computes with its weights.

    None where that is not known, or where it is as the assignment says.
    """
    shapes = _shapes(student)
    if shapes.get('W') == (N_IN, N_OUT) and shapes.get('b') == (N_OUT,):
        return None
    weights = [name for name, shape in shapes.items() if shape in ((N_IN, N_OUT), (N_OUT, N_IN))]
    biases = [name for name, shape in shapes.items() if shape == (N_OUT,)]
    for weight, bias in [*product(weights, biases)][:MOST_PAIRS]:
        flipped = shapes[weight] == (N_OUT, N_IN)
        if _computes(student, weight, bias, flipped=flipped):
            found = Names({'W': weight, 'b': bias, **_gradients(student, weight, bias)}, flipped)
            return found if found.differ else None
    return None

def _attributes(student: Subject) -> list[str]:
    asked = student.answer(Scenario(MADE, Operate('names', 'dir', [Ref('layer')])))
    names = asked.outcome('names')
    told = names.value if isinstance(names, Value) and isinstance(names.value, list) else []
    public = [each for each in told if isinstance(each, str) and (not each.startswith('_'))]
    return [each for each in public if each.isidentifier()][:MOST_NAMES]

def _shapes(student: Subject, passes: Sequence[Step]=()) -> dict[str, tuple[int, ...]]:
    """Return the shapes of the arrays that a layer holds after `passes`, by their names."""
    names = _attributes(student)
    reads = [Get(f'attribute {name}', 'layer', name, tried=True) for name in names]
    asked = student.answer(Scenario(MADE, *passes, *reads))
    found = {}
    for known in names:
        outcome = asked.outcome(f'attribute {known}')
        if isinstance(outcome, Value) and isinstance(outcome.value, np.ndarray):
            found[known] = outcome.value.shape
    return found

def _numbers() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return x, W, b and an upstream gradient."""
    random = np.random.default_rng(0)
    shapes = ((BATCH, N_IN), (N_IN, N_OUT), (N_OUT,), (BATCH, N_OUT))
    x, weights, bias, upstream = (random.integers(1, 9, shape).astype(float) for shape in shapes)
    return (x, weights, bias, upstream)

def _computes(student: Subject, weight: str, bias: str, *, flipped: bool) -> bool:
    """Whether what `forward` returns follows what is set under these names."""
    x, weights, offsets, _upstream = _numbers()
    given = np.ascontiguousarray(weights.T) if flipped else weights
    asked = student.answer(Scenario(MADE, Set('layer', weight, given), Set('layer', bias, offsets), Call('y', 'layer', 'forward', [x])))
    try:
        got = answer(asked, 'y').value
    except CheckFailed:
        return False
    expected = x @ weights + offsets
    return isinstance(got, np.ndarray) and agrees(got.astype(np.float64), expected, terms=N_IN, magnitude=np.abs(expected))

def _gradients(student: Subject, weight: str, bias: str) -> dict[str, str]:
    """Return what a layer calls the gradients that it keeps, as far as that is plain."""
    x, _weights, _bias, upstream = _numbers()
    passes = (Call('y', 'layer', 'forward', [x], tried=True), Call('grad_x', 'layer', 'backward', [upstream], tried=True))
    shapes = _shapes(student, passes)
    found = {}
    for name, of in (('grad_W', weight), ('grad_b', bias)):
        others = [each for each in shapes if each not in (weight, bias)]
        alike = [each for each in others if shapes[each] == shapes.get(of)]
        if name in shapes:
            found[name] = name
        elif len(alike) == 1:
            found[name] = alike[0]
    return found

def charged(names: Names, which: str) -> CheckFailed | None:
    """Return the failure of a layer with such names, told once: for "W", else for "b"."""
    own = names.own[which]
    if which == 'W' and names.flipped:
        return CheckFailed(_('Your layer keeps W as (out_channels, in_channels), the other way round than the class says. Everything else is judged with W as your layer keeps it.'), Evidence(cell=CELL), _('Which shape does the description of the class give for W?'), ground=True)
    if own == which or (which == 'b' and names.own['W'] != 'W'):
        return None
    return CheckFailed(_('Setting `layer.{name}` changes nothing: your layer computes with `{own}`. Everything else is judged by the names that your layer has.', name=which, own=own), Evidence(cell=CELL if which == 'W' else CELL_B), _('By which name does the description of the class call it?'), ground=True)
