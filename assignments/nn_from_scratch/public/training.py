"""The exercise `training`: a network of the student's layers that has learnt."""
from dataclasses import replace
from itertools import pairwise
from typing import Final
import numpy as np
from grader import AfterSubmission, CheckFailed, Evidence, Exercise, Student, Submission, _, marked, once, reference
from grader.checks.network_gradcheck import Chain, wrong_together
from grader.checks.training.classifier import Classifier, Measured
from grader.checks.training.hints import why_not
from grader.checks.training.paired import first_steps
from grader.checks.training.quick import quick_look
from grader.checks.training.recipe import Parameters, Recipe
from grader.checks.training.reruns import measure
from grader.checks.training.unseen import require_unseen
from .linear_cases import USUAL_RATE
from .start import require_start
training = Exercise('training', 'The trained network', points=20, names=('network',))
HAS_LEARNT: Final = 0.6
BAR: Final = 0.86
CLASSIFIER: Final = Classifier(network='network', loader='train_loader', dataset='test_dataset', data='FashionMNIST', ceiling=0.95, goal=BAR)
SEEDS: Final = (51, 57, 89)

def recipe(*, sizes: tuple[int, ...]=(784, 40, 40, 10), scale: float=0.01, rate: float | None=None) -> Recipe:
    """Return how the notebook trains; `sizes` are those of its layers, `scale` that of W.

    Without a `rate` the layers have their default.
    """
    pairs = tuple(pairwise(sizes))

    def initial(random: np.random.Generator) -> Parameters:
        drawn = [{'W': scale * random.standard_normal(pair), 'b': np.zeros(pair[1])} for pair in pairs]
        return [each for linear in drawn for each in (linear, {})][:-1]
    linear = [('Linear', pair if rate is None else (*pair, rate)) for pair in pairs]
    return Recipe(layers=tuple((each for layer in linear for each in (layer, ('ReLU', ()))))[:-1], initial=initial, data='FashionMNIST', batch=32, epochs=10, divisor=255, seeds=SEEDS)
PAIRED: Final = recipe()
LOSSES: Final = ('softmax_crossentropy_with_logits', 'grad_softmax_crossentropy_with_logits')
RIGHT_LAYERS: Final = marked('{what} Your layers are not the reason: trained by the grader, they go the same way as the right ones.')
MEND: Final = marked('It is a layer, not the training. Mend what is marked in the exercises about the layers, and train again. If nothing is marked there:')

@training.check(points=8)
def has_learnt(submission: Submission) -> None:
    """The trained `network` recognises at least 60 of 100 test images, with a finite loss."""
    found = _measured(submission, HAS_LEARNT)
    if not found.finite:
        raise _missed(submission, HAS_LEARNT, _("The network's outputs are not finite numbers."))
    if found.accuracy < HAS_LEARNT:
        raise _missed(submission, HAS_LEARNT, _('The network recognises {accuracy:.1%} of the test images; guessing would give 10%.', accuracy=found.accuracy))

@training.check(points=12, needs=has_learnt)
def reaches_the_bar(submission: Submission) -> None:
    """The trained `network` reaches an accuracy of 0.86 on the test images."""
    found = _measured(submission, BAR, PAIRED)
    if found.accuracy < BAR:
        raise _missed(submission, BAR, _('The network reaches {accuracy:.4f} at best ({source}), the aim is {bar}.', accuracy=found.accuracy, source=found.source, bar=BAR))
    require_unseen(submission, CLASSIFIER, LOSSES)

def _measured(submission: Submission, bar: float, recipe: Recipe | None=None) -> Measured:
    """Return how well the network does, looked at again with a `recipe` where luck may decide."""
    if submission.quick:
        return quick_look(submission, CLASSIFIER, bar, PAIRED)
    return measure(submission, CLASSIFIER, bar, recipe)

def small_network(number: int) -> Chain:
    """Return a network of two `Linear` and a `ReLU` between them, with a batch of five.

    No input of the `ReLU` is nearer to 0 than 0.05: weights are tenths, inputs whole numbers.
    """
    random = np.random.default_rng(number)

    def linear(n_in: int, n_out: int) -> dict[str, np.ndarray]:
        weights = random.choice([-3, -2, -1, 1, 2, 3], (n_in, n_out)) / 10
        return {'W': weights, 'b': random.choice([-0.15, -0.05, 0.05, 0.15], n_out)}
    return Chain(layers=(('Linear', (3, 4)), ('ReLU', ()), ('Linear', (4, 2))), parameters=(linear(3, 4), {}, linear(4, 2)), gradients={'W': 'grad_W', 'b': 'grad_b'}, x=random.choice([-2.0, -1.0, 1.0, 2.0], (5, 3)), labels=random.integers(0, 2, 5))

@once
def _wrong_together(submission: Submission) -> CheckFailed | None:
    """Return what is wrong with the layers in a small network, None where nothing is."""
    right = reference(submission.assignment.reference, PAIRED.names)
    return wrong_together(_layers(submission), right, small_network)

def _bad_start(submission: Submission) -> CheckFailed | None:
    """Return what is wrong with where layers start from which the grader did not train them."""
    try:
        require_start(_layers(submission))
    except CheckFailed as failed:
        return failed
    return None

def _layers(submission: Submission) -> Student:
    """Return the student with the layers that the judged network was made of."""
    return submission.at(submission.in_force(PAIRED.names).ready(PAIRED.names))
COUNTED: Final = 'import numpy as np\n\nright = [network.forward(x).argmax(axis=-1) == labels for x, labels in test_loader]\nprint(np.mean(np.concatenate(right)))  # expected about {} or more'

def _missed(submission: Submission, bar: float, what: str) -> CheckFailed:
    """Return what is missing to reach a bar, why, and a cell that shows one of the two."""
    failed = _explained(submission, what)
    evidence = failed.evidence or Evidence()
    if evidence.cell is None:
        evidence = replace(evidence, cell=COUNTED.format(bar))
    return CheckFailed(failed.message, evidence, failed.hint)

def _explained(submission: Submission, what: str) -> CheckFailed:
    """Return `what` is missing with the place where the layers leave the path of the right ones."""
    try:
        parting = first_steps(submission, PAIRED)
    except CheckFailed as failed:
        return CheckFailed(f'{what} {failed.message}', failed.evidence)
    except AfterSubmission:
        return CheckFailed(what)
    bad_start = None if parting is not None else _bad_start(submission)
    if bad_start is not None:
        return CheckFailed(_('{what} It is where your layers start. {message}', what=what, message=bad_start.message), bad_start.evidence, f'{_(MEND)} {bad_start.hint}')
    wrong = None if parting is None else _wrong_together(submission)
    if wrong is not None:
        return CheckFailed(f'{what} {wrong.message}', wrong.evidence, f'{_(MEND)} {wrong.hint}')
    if parting is None:
        found = why_not(submission, CLASSIFIER, LOSSES, USUAL_RATE)
        if found is not None:
            evidence = Evidence(text=found.line) if found.line else None
            told = _(RIGHT_LAYERS, what=f'{what} {found.message}')
            return CheckFailed(told, evidence, found.hint)
        return CheckFailed(_(RIGHT_LAYERS, what=what), hint=_("Compare your training with the notebook's: the network, the batches, the length of a step, the number of epochs."))
    return CheckFailed(f'{what} {parting}', parting.evidence, _('{mend} What does your code compute at that place?', mend=_(MEND)))
