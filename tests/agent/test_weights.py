"""Whether a cell changed the numbers that a name leads to, told inside the kernel."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from grader.agent.weights import MOST_BYTES_IN_ALL, MOST_OBJECTS, Watch


class Holder:
    """Holds whatever it is given."""

    def __init__(self, held: Any) -> None:
        self.held = held

    def forward(self) -> Any:
        """Return it."""
        return self.held


class Slotted:
    """Keeps its weights in a slot."""

    __slots__ = ("W",)

    def __init__(self, weights: np.ndarray) -> None:
        self.W = weights


def closed_over(weights: np.ndarray) -> Callable[[], np.ndarray]:
    """Return a function that holds weights and nothing else does."""
    return lambda: weights


WEIGHTS = np.zeros((3, 2))
PLACES: dict[str, Callable[[np.ndarray], Any]] = {
    "an array": lambda weights: weights,
    "an attribute": Holder,
    "layers in a list": lambda weights: Holder([Holder(1), Holder(weights)]),
    "a dictionary in a tuple": lambda weights: ({"W": weights},),
    "a slot": Slotted,
    "a closure": closed_over,
    "a method": lambda weights: Holder(weights).forward,
    "an array of objects": lambda weights: np.array([None, Holder(weights)], dtype=object),
    "a tensor": lambda weights: Holder(torch.from_numpy(weights)),
    "a parameter of a module": lambda weights: torch.nn.ParameterList(
        [torch.nn.Parameter(torch.from_numpy(weights))]
    ),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_step_is_noticed_wherever_weights_are_kept(place: str) -> None:
    """A change in place is a change, and nothing else is."""
    weights = np.zeros((3, 2))
    watch = Watch({"network": PLACES[place](weights)}, ["network"])
    assert watch.changed()
    assert not watch.changed()
    weights[1, 1] -= 1e-9
    assert watch.changed()
    assert not watch.changed()


def test_plain_numbers_are_weights_too() -> None:
    """Weights may be lists of lists."""
    weights = [[0.0, 1.0], [2.0, 3.0]]
    watch = Watch({"network": Holder(weights)}, ["network"])
    watch.changed()
    weights[1][0] += 1e-12
    assert watch.changed()


def test_a_name_that_is_bound_later_or_gone_is_no_trouble() -> None:
    """It changes when it is bound, whatever to, and not when it goes."""
    names: dict[str, Any] = {}
    watch = Watch(names, ["network"])
    assert not watch.changed()
    names["network"] = Holder(np.ones(2))
    assert watch.changed()
    del names["network"]
    assert not watch.changed()


def test_objects_that_will_not_be_looked_at_hide_only_themselves() -> None:
    """What raises when it is looked at, or leads back to itself, hides no weights beside it."""

    class Shy:
        @property
        def __dict__(self) -> Any:  # type: ignore[override]
            raise SystemError("no")

    weights = np.zeros(2)
    network = Holder([Shy(), weights])
    network.held.append(network)
    watch = Watch({"network": network}, ["network"])
    watch.changed()
    weights[0] = 1
    assert watch.changed()


def test_what_is_looked_at_is_bounded() -> None:
    """A network that leads to a whole data set, or to any number of objects, costs little."""
    huge = [np.zeros((1000, 784), np.float32) for _ in range(20)]
    assert sum(array.nbytes for array in huge) > MOST_BYTES_IN_ALL
    across = np.zeros((60_000, 784), np.uint8).T
    many = [[Holder(number)] for number in range(5 * MOST_OBJECTS)]
    watch = Watch({"network": Holder([across, huge, many])}, ["network"])
    started = time.process_time()
    watch.changed()
    # It takes a tenth of a second, and without bounds several.
    assert time.process_time() - started < 2
    huge[0] -= 1e-3
    assert watch.changed()
