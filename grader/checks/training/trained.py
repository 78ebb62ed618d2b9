"""Which of a notebook's states holds the network that is judged.

What happened to the weights while the notebook ran tells it, not how its cells name things:

1.  Candidates are the states after cells that changed what the network's name leads to, as the
    notebook's own process says, the state after the cells that look like a training, and the last.
2.  Each is asked for some test images. States that answer alike hold the same network, and the
    first of them stands for all.
3.  The network that the graded cells came to is judged where it reaches the goal; else the first
    state that does; else that of the graded cells where bad luck may be why it misses the goal,
    or where no state has learnt anything; else the best.

A notebook that lies about its weights only chooses among states that are each measured.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from grader.checks.training.classifier import Classifier, Measured, Standing, ask, look, measured
from grader.checks.training.plausibility import implausible, memorised, printed
from grader.execution.submission import Submission, once
from grader.i18n import _
from grader.text import capital
from grader.verdicts import CheckFailed, absent, lacking

# By how much a network may miss the bar and be looked at again. The reference of nn_from_scratch
# missed it by 0.011 at worst (standard deviation between seeds 0.005); other networks vary more.
LUCK: Final = 0.06

# What the sample of a standing may tell too little: four of its standard deviations.
SAMPLED: Final = 0.045

# A state whose network comes to no end costs its time. After so many no others are asked.
MOST_STOPPED: Final = 2

# A network that gets twice as many right as one that guesses has been trained.
LEARNT: Final = 0.2


@dataclass(frozen=True)
class Trained:
    """The state of a network that is judged: after which cell, and how that came about.

    `begins` is the cell in which this network was made, `changes` are the cells that left another
    network than there was before them, in order, whichever network that was.
    """

    cell: int
    begins: int
    changes: tuple[int, ...]


@dataclass(frozen=True)
class _State:
    cell: int
    standing: Standing | None

    @property
    def accuracy(self) -> float:
        """The share of right answers in the sample; less than any where there are none."""
        return self.standing.accuracy if self.standing is not None else -1.0


@once
def trained(submission: Submission, classifier: Classifier) -> Trained:
    """Return which state of the notebook's network is judged.

    Raises CheckFailed where the notebook has no network.
    """
    found = _trained(submission, classifier)
    submission.findings.judge_after(found.cell)
    return found


def training_cells(submission: Submission, classifier: Classifier) -> tuple[int, int] | None:
    """Return the first and the last cell of the training, None where no cell makes a network.

    It may have come to nothing: then it is where a network would have been made and trained.
    """
    try:
        judged = trained(submission, classifier)
    except CheckFailed:
        made = submission.cells.counting([classifier.network]).last_binding(classifier.network)
        last = _seems(submission, classifier)
        return None if made is None or last is None else (made, last)
    return judged.begins, judged.cell


@once
def own_network(submission: Submission, classifier: Classifier) -> Measured:
    """Return how well the notebook's own network does.

    Raises CheckFailed where there is no network that answers, NeedsReview where that is for
    something that the grading environment lacks.
    """
    cell = trained(submission, classifier).cell
    _require_nothing_lacks(submission, classifier, cell)
    found = _measured(submission, classifier, cell)
    memorised(submission, cell, classifier.network, classifier.data, found.accuracy)
    implausible(submission, cell, found.accuracy, classifier.ceiling)
    printed(submission, cell, found.accuracy)
    submission.findings.measure(classifier.network, found.figures)
    return found


@once
def _measured(submission: Submission, classifier: Classifier, cell: int) -> Measured:
    """Return how well the network does on all test images. Raises CheckFailed where it cannot."""
    transcript = ask(submission, classifier, cell, [])
    return measured(submission, classifier, transcript, _("the notebook's own network"))


def _require_nothing_lacks(submission: Submission, classifier: Classifier, last: int) -> None:
    """Raise NeedsReview where a cell of the training lacked something."""
    needed = submission.cells.until(last).slice([classifier.network, classifier.loader])
    for index in sorted({*needed, last}):
        lack = submission.lacks.of_names(index, (classifier.network, classifier.loader))
        if lack is not None:
            raise lacking(capital(submission.notebook.cells[index].name), lack)


def _trained(submission: Submission, classifier: Classifier) -> Trained:
    claimed = [index for index, end in sorted(submission.run.ends.items()) if end.changed]
    seems = _seems(submission, classifier)
    if not claimed and seems is None:
        raise absent(classifier.network, submission.absent(classifier.network))
    states = list(_states(submission, classifier, claimed, seems))
    graded = _of_the_graded_cells(submission, states)
    judged = _chosen(submission, classifier, states, graded)
    if judged is None:
        cell = seems if seems is not None else claimed[-1]
    else:
        cell = judged.cell
        _tell_choice(submission, classifier, states, judged)
    changes = tuple(state.cell for state in states)
    return Trained(cell, _begins(submission, classifier, cell, claimed), changes)


def _seems(submission: Submission, classifier: Classifier) -> int | None:
    """Return the last cell that seems to train what counts, None where no cell makes a network."""
    cells = submission.cells.counting([classifier.network])
    made = cells.last_binding(classifier.network)
    if made is None:
        return None
    trains = cells.training(classifier.network, classifier.loader)
    return max([made, *(index for index in trains if index in submission.run.plan.cells)])


def _states(
    submission: Submission, classifier: Classifier, claimed: Sequence[int], seems: int | None
) -> Iterator[_State]:
    """Yield the states with different networks, in the order of the notebook."""
    kept = submission.run.snapshots
    wanted = {index for index in claimed if index in kept} | ({max(kept)} if kept else set())
    cells = sorted(wanted | ({seems} if seems is not None else set()))
    seen: set[bytes] = set()
    stopped = 0
    for cell in cells:
        if stopped >= MOST_STOPPED:
            return
        found = look(submission, classifier, cell)
        stopped += found.stopped
        if found.digest and found.digest not in seen:
            seen.add(found.digest)
            yield _State(cell, found.standing)


def _of_the_graded_cells(submission: Submission, states: Sequence[_State]) -> _State | None:
    upper = [state for state in states if state.cell <= submission.cells.end]
    return upper[-1] if upper else None


def _chosen(
    submission: Submission,
    classifier: Classifier,
    states: Sequence[_State],
    graded: _State | None,
) -> _State | None:
    """Return the state that is judged, None where none has a network that answers."""
    first = [graded] if graded is not None else []
    for state in (*first, *states):
        if _reaches(submission, classifier, state):
            return state
    best = max(states, key=lambda each: each.accuracy, default=None)
    may_be_unlucky = graded is not None and graded.accuracy >= classifier.goal - LUCK
    if best is None or (best.accuracy >= LEARNT and not may_be_unlucky):
        return best
    # Where nothing was learnt, what was tried last tells more than what was not trained at all.
    return graded or states[-1]


def _reaches(submission: Submission, classifier: Classifier, state: _State) -> bool:
    if state.accuracy < classifier.goal - SAMPLED:
        return False
    try:
        return _measured(submission, classifier, state.cell).accuracy >= classifier.goal
    except CheckFailed:
        return False


def _tell_choice(
    submission: Submission, classifier: Classifier, states: Sequence[_State], judged: _State
) -> None:
    """Remark which network was judged, where others were trained, or stand there at the end."""
    others = [state for state in states if state.accuracy >= LEARNT or state is states[-1]]
    if all(state is judged for state in others):
        return
    text = _(
        "`{network}` was judged as it was after this cell. Other cells leave other networks, "
        "which costs nothing.",
        network=classifier.network,
    )
    submission.findings.remarks.append((judged.cell, text))


def _begins(
    submission: Submission, classifier: Classifier, cell: int, claimed: Sequence[int]
) -> int:
    """Return the cell that made the network which there is after `cell`.

    A cell that binds the name to what it makes of the network before it goes on with that one.
    """
    cells = submission.cells.until(cell)
    bound = cells.binding(classifier.network)
    if not bound:
        return min((*claimed, cell))
    return next(
        (index for index in reversed(bound) if classifier.network not in cells.names[index].needs),
        bound[0],
    )
