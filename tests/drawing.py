"""Drawing for the tests: snippets run on the state of a notebook that has trained a little.

One run of the notebook serves many snippets, each in a fork of its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from grader.assignment.model import Exercise
from grader.checks.plots.drawn_cells import Cell, Drawn
from grader.execution.lacks import absent_part
from grader.execution.submission import Submission
from grader.grading import grade
from grader.notebook.imports import modules
from grader.notebook.reading import read
from grader.scenario import Figures, Lack, Run, Scenario, Value
from grader.verdicts import CheckFailed, NeedsReview
from tests.grading import nn_from_scratch
from tests.notebooks import FAST_DATA, edited, submission

# Three epochs of 400 batches: a few seconds, for an accuracy of about 0.75. Figures are drawn but
# not rendered to pixels, which would take ten times as long as all the rest.
LITTLE_TRAINING = """
import itertools
%config InlineBackend.figure_formats = set()
plt.ioff()
""" + edited(
    "train-loop",
    ("epochs = 10", "epochs = 3"),
    ("in tqdm(train_loader", "in tqdm(itertools.islice(train_loader, 400)"),
)

Judge = Callable[[Submission, Drawn], None]
Verdict = tuple[str, str]


def verdicts(snippets: Mapping[str, str], *judges: Judge) -> dict[str, tuple[Verdict, ...]]:
    """Return for each snippet, drawn right after a training, what each judge says of it.

    That is "passed", "failed" or "review", and the message.
    """
    found: dict[str, tuple[Verdict, ...]] = {}
    probe = Exercise("probe", "Drawing", points=1, names=("network",))

    @probe.check(points=1)
    def probed(submission: Submission) -> None:
        """Snippets draw."""
        for name, source in snippets.items():
            drawn = _drawn(submission, source)
            # A judge remembers what the one before it found out about the same drawing.
            submission.remembered.pop("pictures", None)
            found[name] = tuple(_verdict(judge, submission, drawn) for judge in judges)

    with TemporaryDirectory() as folder:
        cells = {"data": FAST_DATA, "train-loop": LITTLE_TRAINING}
        drop = ("data-look", "learning-curves", "predictions")
        path = submission(Path(folder), cells, drop=drop)
        result = grade(read(path), replace(nn_from_scratch(), exercises=(probe,)))
    (exercise,) = result.exercises
    assert [check.status for check in exercise.checks] == ["passed"], exercise.checks
    return found


def _drawn(submission: Submission, source: str) -> Drawn:
    """Return what a cell with this source draws right after the last one that ran."""
    index = max(submission.run.snapshots)
    snapshot = submission.run.snapshots[index]
    snapshot.reset()
    scenario = Scenario(Run([source]), Figures("figures"))
    ended, figures = submission.at(index, seconds=30).answer(scenario).outcomes
    snapshot.reset()
    assert isinstance(ended, Value)
    assert isinstance(figures, Value)
    # Of the notebook's own cells grading finds out itself what they lack.
    lacked = filter(None, (absent_part(each.module) for each in modules(source)))
    lack = next((Lack(part) for part in lacked), None)
    error = ended.value[0] or ""
    return Drawn((Cell(index, source, tuple(figures.value), error=error, lack=lack),))


def _verdict(judge: Judge, submission: Submission, drawn: Drawn) -> Verdict:
    try:
        judge(submission, drawn)
    except CheckFailed as failed:
        return "failed", failed.message
    except NeedsReview as review:
        return "review", review.message
    return "passed", ""
