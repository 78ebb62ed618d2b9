"""Training a student's layers as the reference is trained: same numbers, same batches, same order.

Pairing takes the luck out of a training. Two right solutions in float64 that sum in another order
stay within 6e-13 of each other over all 18,750 steps of nn_from_scratch, so that they end at the
same accuracy. In float32 they stay together for the first hundred steps (4e-8 at step 100) and
then part (0.02 at step 1,000): from there on the run is one more draw of luck. The first steps are
therefore compared to rounding, and the whole run by its accuracy alone.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from grader.cases import Subject
from grader.checks.classifier import Classifier, Measured, as_rows, measured, noisy_images
from grader.checks.compare import differing
from grader.datasets import load_images
from grader.evidence import Evidence
from grader.languages import _, _n, marked
from grader.scenario import Call, Scenario, Train, Transcript, Value
from grader.subjects.reference import reference
from grader.subjects.student import Student
from grader.submission import Submission
from grader.verdicts import AfterSubmission, CheckFailed

FIRST_STEPS: Final = 100
# Mistakes show in the first steps; what depends on values that come up later, up to the last.
WATCHED: Final = (1, 2, 3, 4, 5, 10, 20, 50, FIRST_STEPS)

# How far two right solutions may be apart, as a share of the largest logit, or of the longest way
# that one of an array's numbers has come. Right solutions stayed within 3e-4 (weights kept in
# float32) over the first steps, wrong ones were off by 2e-2 or more.
PARTED: Final = 2e-3

# What the trained chain is called in a scenario.
TRAINED: Final = "trained"

UNPAIRED: Final = marked(
    "After submission, your layers are trained beside the right ones. Here that cannot be told."
)

Parameters = Sequence[Mapping[str, np.ndarray]]
# "logits" and "parameters" of each watched step, as the outcome of `Train` has them.
Told = Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class Recipe:
    """How an assignment trains its network.

    `layers` are what each is called and the arguments it is made with, `initial` draws the arrays
    by attribute that each starts from (an empty mapping for a layer without any). The training
    images of the data set `data`, flattened and divided by `divisor`, come in batches of `batch`,
    all of them in each of `epochs`, shuffled anew. From each of `seeds` the reference clears the
    bar with a margin.
    """

    layers: tuple[tuple[str, tuple[object, ...]], ...]
    initial: Callable[[np.random.Generator], Parameters]
    data: str
    batch: int
    epochs: int
    divisor: float
    seeds: tuple[int, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """What the notebook must define to be trained so."""
        return tuple(dict.fromkeys(kind for kind, _arguments in self.layers))

    def parameters(self, seed: int) -> Parameters:
        """Return the arrays that the training with `seed` starts from."""
        return self.initial(np.random.default_rng([seed, 0]))

    def order(self, seed: int, rows: int) -> np.ndarray:
        """Return the rows of each batch, int32 (steps, batch); what fills no batch is left out."""
        random = np.random.default_rng([seed, 1])
        whole = rows - rows % self.batch
        epochs = [random.permutation(rows)[:whole] for _epoch in range(self.epochs)]
        return np.concatenate(epochs).astype(np.int32).reshape(-1, self.batch)

    def training(
        self, seed: int, images: np.ndarray, labels: np.ndarray, steps: int | None = None
    ) -> Train:
        """Return the training on `images`, uint8 (n, ...), or its first `steps` steps, watched.

        Only the images that it needs are sent along.
        """
        order = self.order(seed, len(images))[:steps]
        needed, places = np.unique(order, return_inverse=True)
        return Train(
            TRAINED,
            self.layers,
            self.parameters(seed),
            images.reshape(len(images), -1)[needed],
            labels[needed],
            places.astype(np.int32).reshape(order.shape),
            self.divisor,
            () if steps is None else [step for step in WATCHED if step <= steps],
        )


@dataclass(frozen=True)
class Parting:
    """Where a student's layers leave the path of the reference.

    `step` is the first of the watched steps at which they differ, `agreed` the last before it, 0
    for none. `parameter` is what differs after it, in words; "" where the outputs differ already,
    which a step computes first. `furthest` is where the two are furthest apart, in words.
    """

    step: int
    agreed: int
    parameter: str
    evidence: Evidence | None
    furthest: str = ""

    def __str__(self) -> str:
        """Return it in a sentence for the student."""
        start = _(
            "The grader trained your layers and the right ones side by side, from the same "
            "weights on the same batches."
        )
        batch = _("batch {step}", step=self.step)
        together = {
            0: "",
        }.get(
            self.agreed,
            " "
            + _n(
                "With the first batch both do the same.",
                "With the first {number} batches both do the same.",
                self.agreed,
            ),
        )
        if self.step > self.agreed + 1:
            together += " " + _(
                "They part between batch {first} and batch {last}.",
                first=self.agreed + 1,
                last=self.step,
            )
        if self.parameter:
            first = _(
                "After `backward` for {batch}, {parameter} is not what it should be",
                batch=batch,
                parameter=self.parameter,
            )
        else:
            first = _(
                "The outputs of `forward` for {batch} are not what they should be", batch=batch
            )
        return f"{start}{together} {first}{self.furthest}."

    @property
    def unpaired(self) -> bool:
        """Whether the layers may have started from other weights than those they were given."""
        return self.step == 1 and not self.parameter


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


def parting(student: Subject, right: Subject, train: Train) -> Parting | None:
    """Return where the watched steps of a training part, None where they never do.

    Raises CheckFailed where the student's layers cannot be trained.
    """
    got = _told(student.answer(Scenario(train)))
    found = _compared(train, got, _told(right.answer(Scenario(train))))
    if found is None or not found.unpaired:
        return found
    # The layers may keep their weights elsewhere, and started from numbers of their own. From
    # what they held after one update, the reference must go the same way.
    later = _after_one_update(train, got)
    if later is None:
        return found
    rest = {name: values[1:] for name, values in got.items()}
    return found if _compared(later, rest, _told(right.answer(Scenario(later)))) else None


def _student(submission: Submission, recipe: Recipe) -> Student:
    limits = submission.assignment.config.limits
    return submission.at(submission.cells.ready(recipe.names), seconds=limits.cell_seconds)


def _told(transcript: Transcript) -> Told:
    """Return the logits and the parameters of each watched step.

    Raises CheckFailed where the training came to no end.
    """
    outcome = transcript.outcomes[0]
    if not isinstance(outcome, Value):
        raise CheckFailed(_("Trained by the grader, your layers fail: {outcome}.", outcome=outcome))
    match outcome.value:
        case {"logits": list(logits), "parameters": list(parameters)}:
            return {"logits": logits, "parameters": parameters}
    raise CheckFailed(_("Trained by the grader, your layers gave no readable answer."))


def _after_one_update(train: Train, got: Told) -> Train | None:
    """Return the rest of the training from what the layers held after the first step.

    None where they held no such arrays.
    """
    start: list[dict[str, np.ndarray]] = []
    for place, given in enumerate(train.parameters):
        held = {
            name: _like(_at(got["parameters"], 0, place, name), np.asarray(array))
            for name, array in given.items()
        }
        start.append({name: array for name, array in held.items() if array is not None})
    if [each.keys() for each in start] != [each.keys() for each in train.parameters]:
        return None
    watched = [step - 1 for step in train.watched if step > 1]
    return replace(train, parameters=start, order=np.asarray(train.order)[1:], watched=watched)


def _like(value: object, wanted: np.ndarray) -> np.ndarray | None:
    """Return an array of a student's in the shape of another, None where it does not fit."""
    if not isinstance(value, np.ndarray) or value.size != wanted.size:
        return None
    return value.astype(np.float64).reshape(wanted.shape)


def _compared(train: Train, got: Told, expected: Told) -> Parting | None:
    """Return where one path leaves the other, None where it does not.

    Within a step the outputs come first, and then the layers from the last to the first, as the
    gradient reaches them.
    """
    agreed = 0
    for index, step in enumerate(train.watched):
        right = np.asarray(expected["logits"][index])
        mine = _like(_at(got["logits"], index), right)
        if mine is None or not _near(mine, right, float(np.max(np.abs(right)))):
            return Parting(step, agreed, "", *_evidence("outputs", mine, right))
        for place, name in _parameters(train):
            start = np.asarray(train.parameters[place][name])
            right = np.asarray(expected["parameters"][index][place][name])
            mine = _like(_at(got["parameters"], index, place, name), right)
            if mine is None or not _near(mine, right, float(np.max(np.abs(right - start)))):
                kind, args = train.layers[place]
                what = _(
                    "`{name}` of layer {place}, `{kind}({arguments})`,",
                    name=name,
                    place=place + 1,
                    kind=kind,
                    arguments=", ".join(map(str, args)),
                )
                return Parting(step, agreed, what, *_evidence(name, mine, right))
        agreed = step
    return None


def _parameters(train: Train) -> Iterator[tuple[int, str]]:
    """Yield each layer's place and each of its parameters' names, from the last layer on."""
    for place in reversed(range(len(train.layers))):
        for name in train.parameters[place]:
            yield place, name


def _at(tree: Any, *keys: Any) -> Any:
    """Return what is found under `keys` in an answer, None where there is nothing."""
    for key in keys:
        try:
            tree = tree[key]
        except (KeyError, IndexError, TypeError):
            return None
    return tree


def _near(got: np.ndarray, expected: np.ndarray, scale: float) -> bool:
    with np.errstate(all="ignore"):
        return bool(np.all(np.abs(got - expected) <= PARTED * scale))


def _evidence(
    what: str, got: np.ndarray | None, expected: np.ndarray
) -> tuple[Evidence | None, str]:
    """Return the evidence of a difference, and where it is largest in words.

    Summaries of two large arrays look alike: of those, the numbers around that place are shown.
    """
    if got is None:
        return None, ""
    found = differing(what, got, expected)
    if found.worst is None or found.worst.index == ():
        return found, ""
    at = found.worst.index
    place = f"{what}[{', '.join(map(str, at))}]"
    near = tuple(slice(max(0, each - 1), each + 2) for each in at)
    shown = f"{what}[{', '.join(f'{each.start}:{each.stop}' for each in near)}]"
    small = differing(shown, np.asarray(got, np.float64)[near], expected[near])
    mine, theirs = _told_apart(float(got[at]), float(expected[at]))
    return small, _(
        ", most of all at `{place}`: {mine} instead of {theirs}",
        place=place,
        mine=mine,
        theirs=theirs,
    )


def _told_apart(one: float, other: float) -> tuple[str, str]:
    """Return two numbers with digits enough to tell them apart."""
    digits = next((n for n in range(3, 17) if f"{one:.{n}g}" != f"{other:.{n}g}"), 17)
    return f"{one:.{digits}g}", f"{other:.{digits}g}"
