"""Performing scenarios for the tests, in this process, on a layer that does what they need."""

import json
from typing import Any

import numpy as np

from grader.agent.perform import Performance
from grader.agent.wire import decode
from grader.scenario import Scenario, Step

X = np.array([[1.0, -2.0], [3.0, 0.5]])


class Layer:
    """A layer that does what a test needs."""

    def __init__(self, factor: float = 1.0, *, name: str = "") -> None:
        self.factor = factor
        self.name = name
        self.buffer = np.zeros(3)
        self.seen: list[np.ndarray] = []

    def scale(self, x: Any) -> Any:
        self.seen.append(x)
        return x * self.factor

    def fill(self, x: np.ndarray) -> np.ndarray:
        self.buffer[:] = x
        return self.buffer

    def zero(self, x: np.ndarray) -> np.ndarray:
        x[...] = 0
        return x

    def zero_all_seen(self) -> None:
        for x in self.seen:
            x[...] = 0

    def count(self, things: object) -> int:
        return len(things)  # type: ignore[arg-type]

    def fail(self) -> None:
        raise ValueError("no such luck")

    def parse(self, text: str) -> object:
        return json.loads(text)

    def invert(self, x: np.ndarray) -> np.ndarray:
        return np.linalg.inv(x)


def perform(*steps: Step, **names: object) -> list[Any]:
    """Perform the steps where `Layer` and `names` are defined."""
    namespace = {"Layer": Layer, "double": lambda x: 2 * x, **names}
    return Performance(namespace).run(decode(Scenario(*steps).frame))


def value(outcome: list[Any]) -> Any:
    """Return the value of an outcome, which must be one."""
    assert outcome[0] == "value", outcome
    return outcome[1]


def raised(outcome: list[Any]) -> tuple[str, str, str]:
    """Return type, message and source line of an outcome, which must be an exception."""
    assert outcome[0] == "raised", outcome
    return outcome[1], outcome[2], outcome[3]
