"""What a training would come to that `--quick` has left out.

What a training of the student's own would come to is not known: it is left pending. Where the
notebook trains in the way that was handed out, its layers alone tell:

1.  Where they go the reference's way through the first steps and start as it does, the network is
    the reference's but for luck, which decides nothing: the recorded accuracy of the reference is
    its own.
2.  Where they go that way, but start elsewhere, the grader trains them from their own start.
3.  Layers that leave that way are trained by the grader, paired, as in a second look (`looks`).
4.  Those that clear the bar pass. Those that miss it fail, but not where luck may be why, nor
    where other cells may train another network.
"""

from typing import Final

from grader.assignment.config import Training
from grader.checks.training.classifier import Classifier, Measured
from grader.checks.training.paired import first_steps, from_own_start, starts_alike
from grader.checks.training.recipe import FIRST_STEPS, Recipe
from grader.checks.training.reruns import handed_out, paired
from grader.checks.training.trained import LUCK
from grader.execution.submission import Submission
from grader.i18n import _, marked
from grader.verdicts import CheckFailed, NeedsReview

NOT_RUN: Final = marked(
    "Not looked at with --quick: it needs the training, which was left out. Grade "
    "without --quick to have it judged."
)


def quick_look(
    submission: Submission, classifier: Classifier, bar: float, recipe: Recipe
) -> Measured:
    """Return how well the network would do, as far as that can be told without its training.

    Raises NeedsReview where it cannot, CheckFailed where a training as handed out would fail.
    """
    if submission.assignment.released or not handed_out(submission, classifier):
        raise NeedsReview(_(NOT_RUN))
    try:
        return _told_by_the_layers(submission, classifier, bar, recipe)
    except CheckFailed:
        if _nothing_else(submission, classifier, recipe):
            raise
        raise NeedsReview(_(NOT_RUN)) from None


def _told_by_the_layers(
    submission: Submission, classifier: Classifier, bar: float, recipe: Recipe
) -> Measured:
    """Return how well a network of these layers does after the training as handed out.

    Raises CheckFailed where they cannot be trained, NeedsReview where they do not tell.
    """
    training = submission.assignment.config.training
    if not _goes_the_right_way(submission, recipe):
        found = _trained(submission, classifier, bar, recipe)
        certain = _is_off(submission, recipe)
    elif training is not None and starts_alike(submission, recipe):
        return _recorded(submission, classifier, training)
    else:
        found = from_own_start(submission, classifier, recipe)
        certain = _is_far(found, bar)
    if found is None or not (
        found.accuracy >= bar or (certain and _nothing_else(submission, classifier, recipe))
    ):
        raise NeedsReview(_(NOT_RUN))
    _tell_trained(submission, classifier, found)
    return found


def _is_far(found: Measured | None, bar: float) -> bool:
    """Whether a network misses a bar by more than bad luck can explain."""
    return found is not None and found.accuracy < bar - LUCK


def _nothing_else(submission: Submission, classifier: Classifier, recipe: Recipe) -> bool:
    """Whether no other cells define layers, or make or train a network, that may be judged."""
    counting = submission.in_force((classifier.network,))
    both = (classifier.network, classifier.loader)
    return (
        submission.cells.binding(classifier.network) == counting.binding(classifier.network)
        and submission.cells.training(*both) == counting.training(*both)
        and len(submission.cells.attempts(recipe.names)) == 1
    )


def _goes_the_right_way(submission: Submission, recipe: Recipe) -> bool:
    """Whether the layers follow the reference. Raises CheckFailed where they cannot be trained."""
    return first_steps(submission, recipe) is None


def _is_off(submission: Submission, recipe: Recipe) -> bool:
    """Whether the layers left the reference's way though they started where it does."""
    parting = first_steps(submission, recipe)
    return parting is not None and not parting.unpaired


def _recorded(submission: Submission, classifier: Classifier, training: Training) -> Measured:
    _remark(
        submission,
        _(
            "With --quick the training was not run. It is as handed out, and its layers go "
            "the same way as the reference's through the first {first_steps} steps: the "
            "accuracy is the reference's, {accuracy:.4f}.",
            first_steps=FIRST_STEPS,
            accuracy=training.accuracy,
        ),
    )
    found = Measured(training.accuracy, training.loss, True, _("the reference's network"))
    submission.findings.measure(classifier.network, found.figures)
    return found


def _trained(
    submission: Submission, classifier: Classifier, bar: float, recipe: Recipe
) -> Measured | None:
    """Return the best that the layers do, trained by the grader; None where they fail."""
    best: Measured | None = None
    for seed in recipe.seeds:
        found = paired(submission, classifier, recipe, seed)
        if found is None:
            break
        if best is None or found.accuracy > best.accuracy:
            best = found
        if found.accuracy >= bar or _is_off(submission, recipe):
            break
    return best


def _tell_trained(submission: Submission, classifier: Classifier, found: Measured) -> None:
    _remark(
        submission,
        _(
            "With --quick the notebook's training was not run. The grader trained its "
            "layers: their accuracy is {accuracy:.4f}.",
            accuracy=found.accuracy,
        ),
    )
    submission.findings.measure(classifier.network, found.figures)


def _remark(submission: Submission, text: str) -> None:
    remark = (None, text)
    if remark not in submission.findings.remarks:
        submission.findings.remarks.append(remark)
