"""The exercise `training`: a network of the student's layers that has learnt."""

from typing import Final

from grader.assignment import Exercise
from grader.checks.classifier import Classifier, measure
from grader.submission import Submission
from grader.verdicts import CheckFailed

training = Exercise("training", "The trained network", points=20, names=("network",))

CLASSIFIER: Final = Classifier(
    network="network", loader="train_loader", dataset="test_dataset", data="FashionMNIST"
)

# Far from chance (0.1), and within reach of a network that learns more slowly than it should.
HAS_LEARNT: Final = 0.60
# The bar that the notebook names; the reference's accuracy over 80 seeds is 0.8656 on average,
# with a standard deviation of 0.0053.
BAR: Final = 0.86


@training.check(points=8)
def has_learnt(submission: Submission) -> None:
    """The trained `network` recognises at least 60 of 100 test images, with a finite loss."""
    found = measure(submission, CLASSIFIER, HAS_LEARNT)
    if not found.finite:
        raise CheckFailed(
            "The network's outputs are not finite numbers.",
            hint="Watch the loss of the first hundred batches. In which step does it explode?",
        )
    if found.accuracy < HAS_LEARNT:
        raise CheckFailed(
            f"The network recognises {found.accuracy:.1%} of the test images; "
            "guessing would give 10%.",
            hint="Does the loss fall at all? If not, do the weights change from batch to batch?",
        )


@training.check(points=12, needs=has_learnt)
def reaches_the_bar(submission: Submission) -> None:
    """The trained `network` reaches an accuracy of 0.86 on the test images."""
    found = measure(submission, CLASSIFIER, BAR)
    if found.accuracy < BAR:
        raise CheckFailed(
            f"The network reaches {found.accuracy:.4f} at best ({found.source}), the aim is {BAR}.",
            hint="It learns, but not well enough. Compare the length of a step with what the "
            "gradient of the whole loss asks for, and the number of epochs with the notebook's.",
        )
