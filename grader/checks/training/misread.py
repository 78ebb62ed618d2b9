"""Why the accuracy that a notebook tells is not its network's: how it reads the outputs.

Where the number that a training prints is far from the one that was measured, the training is run
again and watched. What that tells comes from the notebook's own process, and costs nothing.
"""

from typing import Final

from grader.checks.training.classifier import Classifier
from grader.checks.training.hints import ALONG, what_it_does
from grader.checks.training.plausibility import printed_otherwise
from grader.checks.training.trained import own_network, trained
from grader.execution.submission import Submission, once
from grader.i18n import _

# It is measured behind an epoch of learning, which has 1,875 batches in the usual notebook.
PASSES: Final = 3000
SECONDS: Final = 30.0


@once
def remark_misread(submission: Submission, classifier: Classifier) -> None:
    """Remark that the training reads its accuracy off along another axis than the classes'.

    Raises CheckFailed where there is no network that answers.
    """
    own = own_network(submission, classifier)
    cell = trained(submission, classifier).cell
    printed = printed_otherwise(submission, cell, own.accuracy)
    if printed is None:
        return
    told = what_it_does(submission, classifier, (), PASSES, SECONDS)
    if told is None or not 0 < told["astray"] == told["largest"]:
        return
    text = _(
        "This cell prints an accuracy of {printed:.3f}, but the network has {measured:.3f}: its "
        "outputs are not gone through along the classes. {question}",
        printed=printed,
        measured=own.accuracy,
        question=_(ALONG),
    )
    submission.findings.remarks.append((cell, text))
