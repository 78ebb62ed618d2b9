"""What a training would come to that `--quick` has left out.

1.  Where the notebook trains in the way that was handed out, and its layers go the reference's way
    through the first steps, its network is the reference's but for luck, which decides nothing:
    the recorded accuracy of the reference is its own.
2.  Otherwise its layers are trained by the grader, paired, as in a second look (`looks`). Those
    that clear the bar pass.
3.  Those that miss it fail where the notebook trains as handed out and they have left the
    reference's way: its own training cannot end better. In any other case what the notebook's own
    training makes of them is not known, and they are left pending.
"""

from typing import Final

from grader.checks.classifier import Classifier, Measured
from grader.checks.looks import handed_out, paired
from grader.checks.paired import first_steps
from grader.checks.recipe import FIRST_STEPS, Recipe
from grader.config import Training
from grader.languages import _, marked
from grader.submission import Submission
from grader.verdicts import NeedsReview

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
    if submission.assignment.released:
        raise NeedsReview(_(NOT_RUN))
    training = submission.assignment.config.training
    as_handed_out = handed_out(submission, classifier)
    if training is not None and as_handed_out and _goes_the_right_way(submission, recipe):
        return _recorded(submission, training)
    best = _trained(submission, classifier, bar, recipe)
    if best is not None and (
        best.accuracy >= bar or (as_handed_out and _is_off(submission, recipe))
    ):
        return best
    raise NeedsReview(_(NOT_RUN))


def _goes_the_right_way(submission: Submission, recipe: Recipe) -> bool:
    """Whether the layers follow the reference. Raises CheckFailed where they cannot be trained."""
    return first_steps(submission, recipe) is None


def _is_off(submission: Submission, recipe: Recipe) -> bool:
    """Whether the layers left the reference's way though they started where it does."""
    parting = first_steps(submission, recipe)
    return parting is not None and not parting.unpaired


def _recorded(submission: Submission, training: Training) -> Measured:
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
    submission.measures.update(accuracy=training.accuracy, loss=training.loss)
    return Measured(training.accuracy, training.loss, True, _("the reference's network"))


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
    if best is not None:
        _remark(
            submission,
            _(
                "With --quick the notebook's training was not run. The grader trained its "
                "layers: their accuracy is {accuracy:.4f}.",
                accuracy=best.accuracy,
            ),
        )
        submission.measures.update(accuracy=best.accuracy, loss=best.loss)
    return best


def _remark(submission: Submission, text: str) -> None:
    remark = (None, text)
    if remark not in submission.remarks:
        submission.remarks.append(remark)
