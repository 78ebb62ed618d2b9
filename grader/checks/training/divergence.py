"""Where a student's layers leave the path that the reference takes in the same training."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from grader.checks.compare import differing, is_real
from grader.i18n import _, _n
from grader.results.evidence import Evidence
from grader.scenario import Raised, Scenario, Subject, Train, Transcript, Value
from grader.verdicts import CheckFailed, unanswered

# How far two right solutions may be apart, as a share of the largest logit, or of the longest way
# that one of an array's numbers has come. Right solutions stayed within 3e-4 (weights kept in
# float32) over the first steps, wrong ones were off by 2e-2 or more.
PARTED: Final = 2e-3

# "logits" and "parameters" of each watched step, as the outcome of `Train` has them.
Told = Mapping[str, Sequence[Any]]


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
        return f"{start}{self._together()} {self._apart()}{self.furthest}."

    def _together(self) -> str:
        told = ""
        if self.agreed:
            told += " " + _n(
                "With the first batch both do the same.",
                "With the first {number} batches both do the same.",
                self.agreed,
            )
        if self.step > self.agreed + 1:
            told += " " + _(
                "They part between batch {first} and batch {last}.",
                first=self.agreed + 1,
                last=self.step,
            )
        return told

    def _apart(self) -> str:
        batch = _("batch {step}", step=self.step)
        if not self.parameter:
            return _(
                "The outputs of `forward` for {batch} are not what they should be", batch=batch
            )
        return _(
            "After `backward` for {batch}, {parameter} is not what it should be",
            batch=batch,
            parameter=self.parameter,
        )

    @property
    def unpaired(self) -> bool:
        """Whether the layers may have started from other weights than those they were given."""
        return self.step == 1 and not self.parameter


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


def _told(transcript: Transcript) -> Told:
    """Return the logits and the parameters of each watched step.

    Raises CheckFailed where the training came to no end.
    """
    outcome = transcript.outcomes[0]
    if isinstance(outcome, Raised) and outcome.fault and transcript.failure is not None:
        raise unanswered(*transcript.failure)
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
    if not is_real(value) or value.size != wanted.size:
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
