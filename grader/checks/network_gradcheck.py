"""The gradient of the loss through a whole chain of layers.

Layers that are right one by one may be wrong together: they share a place to keep things, or one
writes into an array that another still needs. Here a small chain is asked as a network is used,
with several layers of a kind: all outputs around its weights and its input in one message, and
then one `forward` and one `backward`. Each gradient that the layers computed must be that of their
own outputs, by the differences of `differences` and the judgement of `gradients`. The upstream
gradient is that of the mean softmax cross-entropy, (softmax(logits) - one-hot) / n, at the right
logits; any other would do, since the chain rule is linear in it.

Layers that keep their weights where setting an attribute does not reach them are asked otherwise:
with what they hold and show after an update of their own, their gradients must be the right ones.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from grader.checks.compare import array, differing, is_real
from grader.checks.finite_differences import Probe, estimate, probe
from grader.checks.gradcheck import check_gradient
from grader.checks.training.metrics import loss_gradient
from grader.i18n import _, marked
from grader.judging.reproducer import cell
from grader.results.evidence import Item
from grader.scenario import Call, Get, Make, Ref, Scenario, Set, Step, Subject, Transcript, Value
from grader.verdicts import CheckFailed, unanswered

# Relative to the largest number of what is varied. Small, so that few kinks come near.
STEP: Final = 2.0**-9
# A chain at a kink tells nothing: another is drawn, at most so many.
DRAWS: Final = 5
# Of the upstream gradient: a number that can be copied does as well as an exact one.
DECIMALS: Final = 4
# How far two right gradients may be apart, as a share of the largest: as for weights in `paired`.
APART: Final = 2e-3

# So small a part of the largest derivative is what rounding leaves of 0.
NOTHING: Final = 1e-6

HINT: Final = marked(
    "What do two layers share, and which array does one of them write to that another still needs?"
)


@dataclass(frozen=True, eq=False)
class Chain:
    """A chain of layers with a batch for it.

    `layers` are what the notebook calls each and the arguments it is made with, `parameters` the
    arrays by attribute that each is given, `gradients` the attribute that holds the gradient of
    each such attribute. `x`, (batch, features), is the input and `labels`, (batch,), the classes.
    """

    layers: Sequence[tuple[str, tuple[object, ...]]]
    parameters: Sequence[Mapping[str, np.ndarray]]
    gradients: Mapping[str, str]
    x: np.ndarray
    labels: np.ndarray

    def name(self, place: int) -> str:
        """Return what the layer at a place is called in a scenario."""
        return f"layer{place + 1}"

    def made(self, held: Sequence[Mapping[str, np.ndarray]]) -> list[Step]:
        """Return the steps that make the layers and set what they hold."""
        makes = [Make(self.name(p), kind, args) for p, (kind, args) in enumerate(self.layers)]
        sets = [
            Set(self.name(p), each, held[p][each]) for p in range(len(held)) for each in held[p]
        ]
        return [*makes, *sets]

    def forward(self, result: str, x: object) -> list[Step]:
        """Return the steps that send `x` through all layers."""
        steps: list[Step] = []
        for place in range(len(self.layers)):
            last = place == len(self.layers) - 1
            name = result if last else f"{result}_{place}"
            steps.append(Call(name, self.name(place), "forward", [x]))
            x = Ref(name)
        return steps

    def backward(self, result: str, upstream: object) -> list[Step]:
        """Return the steps that send a gradient back through all layers."""
        steps: list[Step] = []
        for place in reversed(range(len(self.layers))):
            name = result if place == 0 else f"{result}_{place}"
            steps.append(Call(name, self.name(place), "backward", [upstream]))
            upstream = Ref(name)
        return steps

    def varied(self) -> Iterator[tuple[int, str]]:
        """Yield the place and the attribute of each parameter, as the gradient reaches them."""
        for place in reversed(range(len(self.layers))):
            for attribute in self.parameters[place]:
                yield place, attribute

    def told(self, place: int | None, attribute: str) -> str:
        """Return a parameter, or the input, in words."""
        if place is None:
            return _("the network's input")
        kind, args = self.layers[place]
        called = f"{kind}({', '.join(map(str, args))})"
        return _(
            "`{attribute}` of layer {place}, `{called}`,",
            attribute=attribute,
            place=place + 1,
            called=called,
        )

    def __str__(self) -> str:
        """Return the chain as a student writes it."""
        return " → ".join(f"{kind}({', '.join(map(str, args))})" for kind, args in self.layers)


def wrong_together(
    student: Subject, right: Subject, draw: Callable[[int], Chain]
) -> CheckFailed | None:
    """Return what is wrong with the gradients of a chain, None where nothing is.

    `draw` returns a chain for a number; another is asked where kinks or rounding leave one
    undecided.
    """
    for number in range(DRAWS):
        chain = draw(number)
        base = Scenario(*chain.made(chain.parameters), *chain.forward("y", chain.x))
        upstream = loss_gradient(array(right.answer(base), "y"), chain.labels).round(DECIMALS)
        question = _question(chain, upstream)
        asked = student.answer(question)
        if asked.failure is not None:
            failed = unanswered(*asked.failure)
            return failed if isinstance(failed, CheckFailed) else None
        if not _takes_what_is_set(chain, asked):
            return _with_its_own(student, right, chain, upstream)
        verdicts = [_judged(chain, asked, upstream, *each) for each in _asked(chain)]
        failures = [each for each in verdicts if isinstance(each, CheckFailed)]
        if failures:
            _reproduced(student, chain, upstream, failures[0])
            return failures[0]
        if all(verdicts):
            return None
    return None


def _asked(chain: Chain) -> list[tuple[int | None, str]]:
    return [*chain.varied(), (None, "x")]


def _probe(chain: Chain, place: int | None, attribute: str) -> Probe:
    at = chain.x if place is None else chain.parameters[place][attribute]
    return probe(at, step=STEP)


def _question(chain: Chain, upstream: np.ndarray) -> Scenario:
    """Return everything in one: outputs around each parameter and the input, then a pass."""
    steps = chain.made(chain.parameters)
    for place, attribute in chain.varied():
        steps.append(Get(f"shown{place}{attribute}", chain.name(place), attribute))
        for number, point in enumerate(_probe(chain, place, attribute).points):
            steps.append(Set(chain.name(place), attribute, point))
            steps += chain.forward(f"y{place}{attribute}{number}", chain.x)
        steps.append(Set(chain.name(place), attribute, chain.parameters[place][attribute]))
    for number, point in enumerate(_probe(chain, None, "x").points):
        steps += chain.forward(f"yNonex{number}", point)
    steps += [*chain.forward("y", chain.x), *chain.backward("gradNonex", upstream)]
    steps += [
        Get(f"grad{place}{attribute}", chain.name(place), chain.gradients[attribute])
        for place, attribute in chain.varied()
    ]
    return Scenario(*steps)


def _takes_what_is_set(chain: Chain, asked: Transcript) -> bool:
    """Whether each parameter reads back as it was set."""
    for place, attribute in chain.varied():
        shown = asked.outcome(f"shown{place}{attribute}")
        given = chain.parameters[place][attribute]
        value = shown.value if isinstance(shown, Value) else None
        if not is_real(value) or value.shape != np.shape(given):
            return False
        if not np.allclose(value, given, atol=1e-6):
            return False
    return True


def _judged(
    chain: Chain, asked: Transcript, upstream: np.ndarray, place: int | None, attribute: str
) -> CheckFailed | bool:
    """Return what is wrong with one gradient, or whether it could be judged to be right."""
    probed = _probe(chain, place, attribute)
    result = f"{place}{attribute}"
    outputs = [array(asked, f"y{result}{number}") for number in range(len(probed.points))]
    name = "grad_x" if place is None else chain.gradients[attribute]
    got = array(asked, f"grad{result}", what=f"`{name}`")
    verdict = check_gradient(probed, outputs, upstream, got)
    if verdict.status != "fail":
        return verdict.status == "pass"
    expected = None
    if probed.elementwise and got.shape == probed.at.shape:
        expected = estimate(probed, outputs, upstream).value.reshape(probed.at.shape)
        expected = np.where(np.abs(expected) <= NOTHING * np.max(np.abs(expected)), 0.0, expected)
    return _failed(chain, place, attribute, got, expected, verdict.reason)


def _failed(
    chain: Chain,
    place: int | None,
    attribute: str,
    got: np.ndarray,
    expected: np.ndarray | None,
    reason: str,
) -> CheckFailed:
    name = "grad_x" if place is None else chain.gradients[attribute]
    evidence = None if expected is None else differing(name, got, expected)
    at = f": {reason}"
    if evidence is not None and evidence.worst is not None:
        worst = evidence.worst
        where = ", ".join(map(str, worst.index))
        at = _(
            ": at [{where}] it is {got:.4g} instead of {expected:.4g}",
            where=where,
            got=float(worst.got),
            expected=float(worst.expected),
        )
    return CheckFailed(
        _(
            "In a small network, {chain}, the gradient of the loss with respect to {told} "
            "is not that of the network's own outputs{at}.",
            chain=chain,
            told=chain.told(place, attribute),
            at=at,
        ),
        evidence,
        _(HINT),
    )


def _with_its_own(
    student: Subject, right: Subject, chain: Chain, upstream: np.ndarray
) -> CheckFailed | None:
    """Return what is wrong with gradients at the weights that layers hold after an update."""
    life = [*chain.made([]), *chain.forward("y0", chain.x), *chain.backward("gradient0", upstream)]
    held = [Get(f"held{p}{each}", chain.name(p), each) for p, each in chain.varied()]
    again = [*chain.forward("y", chain.x), *chain.backward("gradNonex", upstream)]
    reads = [
        Get(f"grad{p}{each}", chain.name(p), chain.gradients[each]) for p, each in chain.varied()
    ]
    mine = student.answer(Scenario(*life, *held, *again, *reads))
    if mine.failure is not None:
        failed = unanswered(*mine.failure)
        return failed if isinstance(failed, CheckFailed) else None
    start: list[dict[str, np.ndarray]] = [{} for _layer in chain.layers]
    for place, attribute in chain.varied():
        shown = array(mine, f"held{place}{attribute}")
        # What broadcasts would still be computed with, at whatever size it comes to.
        if shown.shape != chain.parameters[place][attribute].shape:
            return None
        start[place][attribute] = shown
    theirs = right.answer(Scenario(*chain.made(start), *again, *reads))
    if theirs.failure is not None:
        return None
    for where, attribute in _asked(chain):
        got, expected = (array(each, f"grad{where}{attribute}") for each in (mine, theirs))
        if got.shape != expected.shape:
            return _failed(
                chain, where, attribute, got, None, _("it has the shape {shape}", shape=got.shape)
            )
        with np.errstate(all="ignore"):
            near = np.abs(got - expected) <= APART * np.max(np.abs(expected), initial=0.0)
        if not np.all(near):
            return _failed(chain, where, attribute, got, expected, "")
    return None


def _reproduced(student: Subject, chain: Chain, upstream: np.ndarray, failed: CheckFailed) -> None:
    """Give a failure its inputs, and a cell that shows it."""
    if failed.evidence is None:
        return
    inputs = (Item.of("x", chain.x), Item.of("grad", upstream))
    evidence = replace(failed.evidence, inputs=inputs)
    passed = [*chain.forward("y", chain.x), *chain.backward("grad_x", upstream)]
    reads = [
        Get(chain.gradients[each], chain.name(p), chain.gradients[each])
        for p, each in chain.varied()
    ]
    asked = [
        student.answer(Scenario(*chain.made(chain.parameters), *passed, read)) for read in reads
    ]
    again = cell(asked, evidence, failed.message)
    source = None if again is None else again.source
    failed.evidence = replace(evidence, cell=source)
