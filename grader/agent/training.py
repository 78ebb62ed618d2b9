"""Training a chain of layers on batches that the grader has chosen, all steps in one go.

A question for each of thousands of steps would take longer than the steps. What arrives is
public: layers to make, numbers to start from, images with their labels. What leaves is what the
layers did with them; what they should have done is known to the grader alone.
"""

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .perform import Performance


class Chain:
    """Layers in a row. Each step of the descent is taken by the layers themselves."""

    def __init__(self, layers: Sequence[Any]) -> None:
        self.layers = layers

    def forward(self, batch: np.ndarray) -> Any:
        """Return what the last layer makes of a batch that enters at the first."""
        for layer in self.layers:
            batch = layer.forward(batch)
        return batch

    def backward(self, gradient: Any) -> None:
        """Send the gradient with respect to the outputs back through all layers."""
        for layer in reversed(self.layers):
            gradient = layer.backward(gradient)


def train(
    performance: Performance,
    result: str,
    layers: Sequence[Sequence[Any]],
    parameters: Sequence[Mapping[str, np.ndarray]],
    inputs: np.ndarray,
    labels: np.ndarray,
    order: np.ndarray,
    divisor: float,
    watched: Sequence[int],
) -> dict[str, Any]:
    """Perform the step `Train` of `grader.scenario` and return its answer."""
    chain = Chain([performance.named(kind)(*args) for kind, args in layers])
    start(chain, parameters)
    performance.objects[result] = chain
    return descend(chain, parameters, inputs, labels, order, divisor, watched)


def start(chain: Chain, parameters: Sequence[Mapping[str, np.ndarray]]) -> None:
    """Give each layer the numbers that it starts from, as far as it takes them."""
    for layer, given in zip(chain.layers, parameters, strict=True):
        for name, array in given.items():
            # A layer may keep its weights elsewhere. What it does then is told all the same.
            with contextlib.suppress(Exception):
                # It may change them in place.
                setattr(layer, name, np.array(array))


def descend(
    chain: Chain,
    parameters: Sequence[Mapping[str, np.ndarray]],
    inputs: np.ndarray,
    labels: np.ndarray,
    order: np.ndarray,
    divisor: float,
    watched: Sequence[int],
) -> dict[str, Any]:
    """Train `chain` on the rows of `order` and tell of the steps in `watched`.

    It ends early where outputs are not finite: nothing comes back from there.
    """
    logits, held = [], []
    taken = 0
    for taken, rows in enumerate(order, start=1):
        # A copy: a layer may go on to write to what it returned.
        outputs = np.array(chain.forward(inputs[rows].astype(np.float32) / np.float32(divisor)))
        chain.backward(_gradient(outputs, labels[rows]))
        if taken in watched:
            logits.append(outputs)
            held.append(_held(chain, parameters))
        if not np.all(np.isfinite(outputs)):
            break
    return {"steps": taken, "logits": logits, "parameters": held}


def _gradient(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the gradient of the mean softmax cross-entropy with respect to the logits."""
    with np.errstate(all="ignore"):
        shifted = logits - logits.max(axis=1, keepdims=True)
        powers = np.exp(shifted)
        gradient = powers / powers.sum(axis=1, keepdims=True)
    gradient[np.arange(len(labels)), labels] -= 1
    return np.asarray(gradient / len(labels))


def _held(
    chain: Chain, parameters: Sequence[Mapping[str, np.ndarray]]
) -> list[dict[str, np.ndarray | None]]:
    """Return what each layer holds now under the names of `parameters`, None for nothing."""
    told: list[dict[str, np.ndarray | None]] = []
    for layer, given in zip(chain.layers, parameters, strict=True):
        values = {name: getattr(layer, name, None) for name in given}
        told.append({name: _array(value) for name, value in values.items()})
    return told


def _array(value: Any) -> np.ndarray | None:
    return None if value is None else np.array(value)
