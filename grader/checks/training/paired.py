"""Training a student's layers as the reference is trained: same numbers, same batches, same order.

Pairing takes the luck out of a training. Two right solutions in float64 that sum in another order
stay within 6e-13 of each other over all 18,750 steps of nn_from_scratch, so that they end at the
same accuracy. In float32 they stay together for the first hundred steps (4e-8 at step 100) and
then part (0.02 at step 1,000): from there on the run is one more draw of luck. The first steps are
therefore compared to rounding, and the whole run by its accuracy alone.
"""

from dataclasses import replace
from typing import Final

import numpy as np

from grader.checks.training.classifier import Classifier, Measured, as_rows, measured, noisy_images
from grader.checks.training.divergence import Parting, parting
from grader.checks.training.recipe import FIRST_STEPS, TRAINED, Parameters, Recipe
from grader.datasets import load_images
from grader.execution.submission import Submission, once
from grader.i18n import _, marked
from grader.scenario import Call, Get, Make, Scenario, Step, Value
from grader.subjects.reference import reference
from grader.subjects.student import Student
from grader.verdicts import AfterSubmission, CheckFailed

# By which factor weights may be larger or smaller at the start. With weights ten times as large or
# as small the reference of nn_from_scratch ends at the same accuracy.
SIZES_ALIKE: Final = 5.0

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


@once
def from_own_start(
    submission: Submission, classifier: Classifier, recipe: Recipe
) -> Measured | None:
    """Return what the layers come to from where they start themselves; None where they fail."""

    def untouched(random: np.random.Generator) -> Parameters:
        return [{} for _given in recipe.initial(random)]

    own = replace(recipe, initial=untouched)
    return whole_run(submission, classifier, own, recipe.seeds[0])


def starts_alike(submission: Submission, recipe: Recipe) -> bool:
    """Whether the layers start as `recipe` has them start: of the same shape and size, at random.

    False where that cannot be told.
    """
    given = recipe.parameters(recipe.seeds[0])
    steps: list[Step] = []
    expected: dict[str, np.ndarray] = {}
    for number, ((kind, arguments), arrays) in enumerate(zip(recipe.layers, given, strict=True)):
        steps.append(Make(f"layer {number}", kind, arguments))
        for name, array in arrays.items():
            steps.append(Get(f"{name} {number}", f"layer {number}", name))
            expected[f"{name} {number}"] = array
    transcript = _student(submission, recipe).answer(Scenario(*steps))
    outcomes = {name: transcript.outcome(name) for name in expected}
    return all(
        isinstance(outcome, Value) and _alike(outcome.value, expected[name])
        for name, outcome in outcomes.items()
    )


def _alike(mine: object, right: np.ndarray) -> bool:
    if not isinstance(mine, np.ndarray) or mine.shape != right.shape or mine.dtype.kind != "f":
        return False
    size, expected = (float(np.sqrt(np.mean(np.square(each)))) for each in (mine, right))
    if not expected:
        return not size
    if not expected / SIZES_ALIKE <= size <= expected * SIZES_ALIKE:
        return False
    columns = np.unique(mine.reshape(-1, mine.shape[-1]), axis=1).shape[1]
    return bool(columns == mine.shape[-1])


@once
def first_steps(submission: Submission, recipe: Recipe) -> Parting | None:
    """Return where the student's layers part from the reference, None where they never do.

    Raises CheckFailed where they cannot be trained, AfterSubmission where the reference is not
    at hand.
    """
    if submission.assignment.released:
        raise AfterSubmission(_(UNPAIRED))
    images, labels = load_images(submission.datasets[recipe.data], "train")
    train = recipe.training(recipe.seeds[0], images, labels, FIRST_STEPS)
    right = reference(submission.assignment.reference, recipe.names)
    return parting(_student(submission, recipe), right, train)


def _student(submission: Submission, recipe: Recipe) -> Student:
    limits = submission.assignment.config.limits
    cells = submission.in_force(recipe.names)
    return submission.at(cells.ready(recipe.names), seconds=limits.cell_seconds)
