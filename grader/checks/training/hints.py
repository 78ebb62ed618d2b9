"""Why a network has not learnt although its layers are right: what its training does.

The training is run again, in a fork and for some hundred steps, and watched. What that tells comes
from the notebook's own process: it explains a verdict and never makes one.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from grader.checks.training.classifier import Classifier
from grader.checks.training.trained import trained
from grader.execution.submission import Submission, once
from grader.i18n import _, marked
from grader.notebook.parsing import parse
from grader.scenario import Scenario, Trace, Value
from grader.text import capital

# Passes through a network, and seconds, of which a training tells what it does.
PASSES: Final = 400
SECONDS: Final = 15.0

# How many times larger or smaller a rate is told of.
FAR_OFF: Final = 5.0


ALONG: Final = marked(
    "Along which axis do the outputs for one image lie, and along which does `argmax` look?"
)


@dataclass(frozen=True)
class Told:
    """What is wrong with a training, with the line where it shows and a question that leads on."""

    message: str
    hint: str
    line: str = ""


@once
def what_it_does(
    submission: Submission,
    classifier: Classifier,
    losses: tuple[str, ...],
    most: int,
    seconds: float,
) -> dict[str, Any] | None:
    """Return what the training did when it was run again, None where that cannot be told.

    It has the fields of `grader.agent.tracing.Traced`.
    """
    judged = trained(submission, classifier)
    before, sources = training_cells(submission, judged.begins, judged.cell)
    if before not in submission.run.snapshots:
        return None
    trace = Trace("trace", sources, losses, classifier.dataset, most, seconds)
    limit = submission.assignment.config.limits.cell_seconds
    outcome = submission.apart(before, Scenario(trace), seconds=limit).outcomes[-1]
    told = outcome.value if isinstance(outcome, Value) else None
    if not isinstance(told, dict):
        return None
    # What was recorded long ago does not tell of them.
    told = {"largest": 0, "astray": 0, **told}
    return told if _is_sound(told) else None


_COUNTS: Final = (
    *("forwards", "backwards", "looked", "moved", "tested", "learnt", "diverged"),
    *("networks", "largest", "astray"),
)


def _is_sound(told: dict[Any, Any]) -> bool:
    """Whether what a process told is of the kind that it should be."""
    return all(isinstance(told.get(name), int) for name in _COUNTS) and all(
        isinstance(told.get(name), list) for name in ("losses", "rates", "errors")
    )


def training_cells(submission: Submission, begins: int, last: int) -> tuple[int, list[str]]:
    """Return the last cell that ran before those of a training, and the sources of these."""
    planned = submission.run.plan.cells
    sources = [submission.notebook.cells[i].source for i in planned if begins <= i <= last]
    return max((index for index in planned if index < begins), default=-1), sources


def why_not(
    submission: Submission, classifier: Classifier, losses: tuple[str, ...], rate: float
) -> Told | None:
    """Return what the training does that keeps a network of right layers from learning.

    `losses` are functions that take logits first, `rate` is the usual learning rate. None where
    nothing is known.
    """
    judged = trained(submission, classifier)
    failed = _failed(submission, judged.begins, judged.cell)
    if failed is not None:
        return failed
    _before, sources = training_cells(submission, judged.begins, judged.cell)
    if makes_anew(sources, classifier.network):
        return Told(
            _("In each turn of a loop, a new `{network}` is made.", network=classifier.network),
            _("What is left of what the one before has learnt?"),
        )
    told = what_it_does(submission, classifier, losses, PASSES, SECONDS)
    return None if told is None else _of_the_steps(told, rate)


def _failed(submission: Submission, begins: int, last: int) -> Told | None:
    """Return that a cell of the training ended with an error, None where none did."""
    for index in range(begins, last + 1):
        end = submission.run.ends.get(index)
        if end is not None and end.error:
            cell = submission.notebook.cells[index].name
            told = _("{cell} ended with {error}.", cell=capital(cell), error=end.error)
            hint = _("What comes below that line in the cell was not run. What does the line need?")
            if "broadcast" in end.error and looks_along_examples(end.line):
                hint = _(ALONG)
            return Told(told, hint, end.line)
    return None


def looks_along_examples(line: str) -> bool:
    """Whether a line of a cell looks for the largest along the first axis, that of the examples."""
    tree = parse(line.strip())
    calls = [each for each in ast.walk(tree) if isinstance(each, ast.Call)] if tree else []
    for call in calls:
        match call.func:
            case ast.Attribute(value=ast.Name(id="np" | "numpy"), attr="argmax"):
                given = call.args[1:2]
            case ast.Attribute(attr="argmax"):
                given = call.args[:1]
            case _:
                continue
        given += [each.value for each in call.keywords if each.arg == "axis"]
        if any(isinstance(each, ast.Constant) and each.value == 0 for each in given):
            return True
    return False


def _of_the_steps(told: dict[str, Any], rate: float) -> Told | None:
    if told["forwards"] and not told["backwards"]:
        return Told(
            _("Your training never calls `backward`: no weight has moved."),
            _("Which call tells the layers how wrong they are?"),
        )
    if told["looked"] and not told["moved"]:
        return Told(
            _("Your training calls `backward`, but no weight moves."),
            _("What is handed to `backward`, and how large is it?"),
        )
    if told["moved"] == 1 < told["looked"]:
        return Told(
            _("The weights moved with the first `backward` of your training, and not again."),
            _("What differs between the first turn of your loop and the second?"),
        )
    if any(isinstance(each, list) and _always(each) for each in told["losses"]):
        return Told(
            _(
                "What your training hands to the loss are probabilities already: each row has the "
                "sum 1."
            ),
            _("Of what does the loss take the softmax?"),
        )
    rates = [each for each in told["rates"] if isinstance(each, float)]
    far = next((each for each in rates if not rate / FAR_OFF <= each <= rate * FAR_OFF), None)
    if told["diverged"]:
        told_of = _(
            "At pass {number} the outputs are no finite numbers any more.", number=told["diverged"]
        )
        if far is not None:
            told_of += " " + _rate(far, rate)
        return Told(told_of, _("Print the largest weight after each of the first steps."))
    if far is not None:
        return Told(_rate(far, rate), _("How far does one step of this length lead?"))
    return None


def _always(counts: list[Any]) -> bool:
    """Whether a function was called, and each time handed probabilities."""
    return len(counts) == 2 and counts[0] == counts[1] != 0


def _rate(own: float, usual: float) -> str:
    return _(
        "Your layers have the learning rate {own:g}; the usual one is {usual:g}.",
        own=own,
        usual=usual,
    )


def makes_anew(sources: Sequence[str], name: str) -> bool:
    """Whether a loop binds `name` to something new and trains it in the same turn."""
    for source in sources:
        tree = parse(source)
        for loop in _outermost_loops(tree) if tree else ():
            body = [each for part in loop.body for each in ast.walk(part)]
            binds = any(
                isinstance(each, ast.Assign)
                and isinstance(each.value, ast.Call)
                and name in _names(*each.targets)
                and name not in _names(each.value)
                for each in body
            )
            learns = any(
                isinstance(each, ast.Attribute) and each.attr == "backward" for each in body
            )
            if binds and learns:
                return True
    return False


def _outermost_loops(tree: ast.AST) -> Iterator[ast.For]:
    """Yield the loops that are in the body of no other: what is done in one is done in these."""
    pending = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.For):
            yield node
            pending += node.orelse
        else:
            pending += ast.iter_child_nodes(node)


def _names(*nodes: ast.expr) -> set[str]:
    walked = (each for node in nodes for each in ast.walk(node))
    return {each.id for each in walked if isinstance(each, ast.Name)}
