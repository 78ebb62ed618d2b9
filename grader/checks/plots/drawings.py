"""Finding what a notebook drew after its training, as it ran and with stand-ins for a crash."""

import hashlib
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np

from grader.agent.wire import WireError, encode
from grader.checks.plots.drawn_cells import KINDS, Cell, Drawn, shows_otherwise
from grader.checks.plots.figures import Figure
from grader.checks.training.classifier import Classifier, standing
from grader.checks.training.quick import NOT_RUN
from grader.checks.training.trained import trained
from grader.execution.submission import Submission, once
from grader.i18n import _
from grader.scenario import DRAWN, Figures, Run, Scenario, StandIn, Step, Value
from grader.subjects.student import Student
from grader.verdicts import CheckFailed, NeedsReview

T = TypeVar("T")

# Of the figures of all cells together: sixty with an image as large as is described take 100 MB.
MOST_BYTES: Final = 2**27
# What a value takes beside its numbers or its text.
_VALUE_BYTES: Final = 64

# Drawing takes seconds; a cell that takes longer waits for something that stand-ins never do.
STAND_IN_SECONDS: Final = 60.0


def judge_drawings(
    submission: Submission,
    classifier: Classifier,
    stand_ins: Sequence[StandIn],
    judge: Callable[[Drawn], T],
) -> T:
    """Return what `judge` says of what was drawn after training.

    Where the training did not end well, or ended in numbers that are not finite, the cells after
    it are run once more with `stand_ins` for what it should have left, so that the same fault is
    not charged again; the better of both verdicts counts.

    Raises CheckFailed and NeedsReview as `judge` does, CheckFailed where nothing was trained, and
    NeedsReview where the training was left out.
    """
    if submission.quick:
        raise NeedsReview(_(NOT_RUN))
    doubts: list[CheckFailed | NeedsReview] = []
    for found in _drawings(submission, classifier, stand_ins):
        try:
            return judge(found)
        except (CheckFailed, NeedsReview) as doubt:
            doubts.append(doubt)
    raise next((each for each in doubts if isinstance(each, NeedsReview)), doubts[-1])


def _drawings(
    submission: Submission, classifier: Classifier, stand_ins: Sequence[StandIn]
) -> Iterator[Drawn]:
    training = training_cells(submission, classifier)
    yield _as_it_ran(submission, training)
    # How those ended that came after what is judged is no matter.
    judged = submission.findings.judged
    judged_training = tuple(index for index in training if judged is None or index <= judged)
    if not _ended_well(submission, classifier, judged_training or training[:1]):
        yield _with_stand_ins(submission, training, Scenario(*stand_ins))


def training_cells(submission: Submission, classifier: Classifier) -> tuple[int, ...]:
    """Return the cells that train the network, from the first that does.

    Raises CheckFailed where there is none.
    """
    cells, code = submission.cells, submission.run.plan.cells
    try:
        state = trained(submission, classifier)
    except CheckFailed:
        # The network goes by another name. Somewhere it must be fed.
        fed = [i for i in cells.mentioning(classifier.loader) if not _draws(submission, i)]
        training, start = [], max(fed, default=-1)
    else:
        seem = cells.training(classifier.network, classifier.loader)
        made = cells.binding(classifier.network)
        went_on = [index for index in state.changes if index not in made]
        training = sorted({*(index for index in seem if index in code), *went_on})
        start = min([state.begins, *training])
    if start < 0:
        raise CheckFailed(_("Nothing was trained, so nothing can have been drawn after it."))
    # A cell that shows what the network says of training images does not train it.
    return (start, *(i for i in training if i > start and not _draws(submission, i)))


def _draws(submission: Submission, index: int) -> bool:
    source = submission.notebook.cells[index].source
    return any(kind.looks_drawn(source) for kind in KINDS)


def _ended_well(submission: Submission, classifier: Classifier, training: tuple[int, ...]) -> bool:
    run = submission.run
    ends = [run.ends.get(index) for index in training]
    if any(end is None or end.status != "ok" for end in ends):
        return False
    if any(index > training[0] for index in run.skipped):
        return False
    return standing(submission, classifier, training[-1]) is not None


@once
def _as_it_ran(submission: Submission, training: tuple[int, ...]) -> Drawn:
    run = submission.run
    made: dict[int, tuple[Figure, ...] | None] = {}
    # A figure of the data that is shown once more is none of the training's.
    old: set[bytes] = set()
    for index in [index for index, end in run.ends.items() if end.figures]:
        figures = _described(submission, index)
        if index < training[0]:
            old.update(map(_identity, figures or ()))
        else:
            made[index] = _room(submission).take(figures)
    found = []
    for index, end in sorted(run.ends.items()):
        if index < training[0]:
            continue
        figures = made.get(index, ())
        fresh = tuple(figure for figure in figures or () if _identity(figure) not in old)
        found.append(
            Cell(
                index,
                submission.notebook.cells[index].source,
                fresh,
                end.displayed,
                error=end.error
                or ("" if end.status == "ok" else _("the status {status!r}", status=end.status)),
                training=index in training,
                stale=len(fresh) < len(figures or ()),
                lost=figures is None,
                count=submission.notebook.cells[index].count,
                lack=submission.lacks.used_in(index),
            )
        )
    return Drawn(tuple(found))


def _identity(figure: Figure) -> bytes:
    """Return the same for two figures that show the same."""
    try:
        shown = encode(figure)
    except WireError:
        # Texts may become longer than an answer may be when they are written anew.
        shown = repr(sorted(figure)).encode("utf-8", "surrogatepass")
    return hashlib.sha256(shown).digest()


@dataclass
class _Room:
    """How many bytes are left for the figures of all cells of a notebook."""

    left: int

    def take(self, figures: tuple[Figure, ...] | None) -> tuple[Figure, ...] | None:
        """Return a cell's figures, None where there is no room left for them."""
        size = _size(figures)
        if size > self.left:
            return None
        self.left -= size
        return figures


@once
def _room(_submission: Submission) -> _Room:
    return _Room(MOST_BYTES)


def _size(value: object) -> int:
    """Return about how many bytes a description takes, its numbers as float64."""
    if isinstance(value, np.ndarray):
        return _VALUE_BYTES + value.size * np.dtype(np.float64).itemsize
    held = list(value.values()) if isinstance(value, dict) else value
    inner = sum(map(_size, held)) if isinstance(held, list | tuple) else 0
    return _VALUE_BYTES + sys.getsizeof(value) + inner


def _described(submission: Submission, index: int) -> tuple[Figure, ...] | None:
    """Return the figures that a cell made as its own snapshot tells, None where that is lost."""
    if index not in submission.run.snapshots:
        return None
    _reset(submission, index)
    outcome = _student_at(submission, index).answer(DRAWN).outcomes[-1]
    return _figures(outcome) if isinstance(outcome, Value) else None


@once
def _with_stand_ins(
    submission: Submission, training: tuple[int, ...], stand_ins: Scenario
) -> Drawn:
    """Run the cells after the training once more, each on what the ones before it left."""
    run = submission.run
    lost = {index for index, end in run.ends.items() if end.status in ("timeout", "died")}
    again = [i for i in run.plan.cells if i > training[0] and i not in {*training, *lost}]
    ends = {index: run.ends.get(index) for index in training}
    bad = [index for index, end in ends.items() if end is None or end.status != "ok"]
    start = (bad or training)[0]
    tried = _try(submission, start, stand_ins, again)
    if tried is None:
        # One of them hung or crashed: each by itself, so that it costs only itself.
        tried = [
            each
            for index in again
            for each in _try(submission, start, stand_ins, [index])
            or [_cell(submission, index, error=_("no end, or a crash"))]
        ]
    # What a training cell should have drawn itself is lost with it.
    failed = [
        _cell(submission, index, error=end.error or end.status, training=True)
        for index, end in ends.items()
        if end is not None and end.status != "ok"
    ]
    return Drawn((*failed, *tried), stood_in=True)


def _try(
    submission: Submission, start: int, stand_ins: Scenario, cells: Sequence[int]
) -> list[Cell] | None:
    """Run cells on the state after `start`; None where there was no answer."""
    if not cells:
        return []
    steps: list[Step] = list(stand_ins.steps)
    for index in cells:
        steps += [Run([submission.notebook.cells[index].source]), Figures(f"figures {index}")]
    # Whoever asked this state before may have changed it, and so will these cells.
    _reset(submission, start)
    outcomes = _student_at(submission, start).answer(Scenario(*steps)).outcomes
    _reset(submission, start)
    if len(outcomes) < len(steps) or not isinstance(outcomes[-1], Value):
        return None
    results = outcomes[len(stand_ins.steps) :]
    return [
        _cell(
            submission,
            index,
            figures=_room(submission).take(_figures(drawn)),
            error=_error(ended),
        )
        for index, ended, drawn in zip(cells, results[::2], results[1::2], strict=True)
    ]


def _cell(
    submission: Submission,
    index: int,
    *,
    figures: tuple[Figure, ...] | None = (),
    error: str = "",
    training: bool = False,
) -> Cell:
    """Return a cell that was tried again. What it displays is told from its source alone.

    `figures` is None where it drew more than there is room for.
    """
    cell = submission.notebook.cells[index]
    source = cell.source
    displayed = set()
    if not error and shows_otherwise(source):
        displayed.add("image/png")
    if not error and "print(" in source:
        displayed.add("stream")
    shown = frozenset(displayed)
    lack = submission.lacks.used_in(index)
    return Cell(
        index,
        source,
        figures or (),
        shown,
        error,
        training,
        lost=figures is None,
        count=cell.count,
        lack=lack,
    )


def _student_at(submission: Submission, index: int) -> Student:
    seconds = min(submission.run.plan.cell_seconds, STAND_IN_SECONDS)
    return submission.at(index, seconds=seconds)


def _reset(submission: Submission, index: int) -> None:
    snapshot = submission.run.after(index)
    if snapshot is not None:
        snapshot.reset()


def _figures(outcome: object) -> tuple[Figure, ...]:
    told = outcome.value if isinstance(outcome, Value) else None
    return tuple(each for each in told if isinstance(each, dict)) if isinstance(told, list) else ()


def _error(outcome: object) -> str:
    told = outcome.value if isinstance(outcome, Value) else None
    if not isinstance(told, list) or not told or not isinstance(told[0], str | None):
        return _("an unreadable answer")
    return told[0] or ""
