"""Training a student's layers as the reference is trained: same numbers, same batches, same order.

Pairing takes the luck out of a training. Two right solutions in float64 that sum in another order
stay within 6e-13 of each other over all 18,750 steps of nn_from_scratch, so that they end at the
same accuracy. In float32 they stay together for the first hundred steps (4e-8 at step 100) and
then part (0.02 at step 1,000): from there on the run is one more draw of luck. The first steps are
therefore compared to rounding, and the whole run by its accuracy alone.
"""

from typing import Final

from grader.checks.classifier import Classifier, Measured, as_rows, measured, noisy_images
from grader.checks.partings import Parting, parting
from grader.checks.recipe import FIRST_STEPS, TRAINED, Recipe
from grader.datasets import load_images
from grader.languages import _, marked
from grader.scenario import Call, Scenario
from grader.subjects.reference import reference
from grader.subjects.student import Student
from grader.submission import Submission
from grader.verdicts import AfterSubmission, CheckFailed

UNPAIRED: Final = marked(
    "After submission, your layers are trained beside the right ones. Here that cannot be told."
)


def whole_run(
    submission: Submission, classifier: Classifier, recipe: Recipe, seed: int
) -> Measured | None:
    """Return what the student's layers come to, trained by `recipe`; None where they fail."""
    asked, _labels = noisy_images(submission, classifier)
    train = recipe.training(seed, *load_images(submission.datasets[recipe.data], "train"))
    logits = Call("logits", TRAINED, "forward", [as_rows(asked, recipe.divisor)])
    transcript = _student(submission, recipe).answer(Scenario(train, logits))
    try:
        return measured(submission, classifier, transcript, _("your layers trained by the grader"))
    except CheckFailed:
        return None


def first_steps(submission: Submission, recipe: Recipe) -> Parting | None:
    """Return where the student's layers part from the reference, None where they never do.

    Raises CheckFailed where they cannot be trained, AfterSubmission where the reference is not
    at hand.
    """
    if submission.assignment.released:
        raise AfterSubmission(_(UNPAIRED))
    known = submission.remembered.setdefault("first steps", {})
    seed = recipe.seeds[0]
    if seed not in known:
        images, labels = load_images(submission.datasets[recipe.data], "train")
        train = recipe.training(seed, images, labels, FIRST_STEPS)
        right = reference(submission.assignment.reference, recipe.names)
        try:
            known[seed] = parting(_student(submission, recipe), right, train)
        except CheckFailed as failed:
            known[seed] = failed
    if isinstance(known[seed], CheckFailed):
        raise known[seed]
    found: Parting | None = known[seed]
    return found


def _student(submission: Submission, recipe: Recipe) -> Student:
    limits = submission.assignment.config.limits
    return submission.at(submission.cells.ready(recipe.names), seconds=limits.cell_seconds)
