"""Watching a training of the notebook's own, run again in a fork: what is called, and what moves.

It is a claim of the notebook's own process: it leads whoever explains why a network has not learnt,
and gives a reason to look again. Nothing is judged by it.
"""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Final

import numpy as np

from .weights import below

LOOKED_AT: Final = 5
"""Calls of `backward` after which the weights are looked at; also of those on test images."""

MOST_RATES: Final = 5
"""Learning rates that are told."""

_RATES: Final = ("learning_rate", "lr", "rate")


class _EnoughError(BaseException):
    """Ends the training: what it does is known."""


@dataclass
class Traced:
    """What a training did.

    `looked` is after how many calls of `backward` weights were compared. Of each function that is
    watched, `losses` has how often it was called, and how often it was handed probabilities. Of a
    batch of outputs, `largest` has how often it was asked where the largest are, `astray` how often
    that was not along the classes.
    """

    forwards: int = 0
    backwards: int = 0
    looked: int = 0
    moved: int = 0
    tested: int = 0
    learnt: int = 0
    diverged: int = 0
    networks: int = 0
    largest: int = 0
    astray: int = 0
    losses: list[list[int]] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


ROWS: Final = 2
"""The axes of a batch: its rows, and what each of them has."""


class _Outputs(np.ndarray):
    """The outputs for a batch, and what is made of them: noting where one looks for the largest.

    `classes` is how many numbers there are for each example. Of as many examples as classes, one
    axis cannot be told from the other.
    """

    told: Traced | None
    classes: int

    def __array_finalize__(self, former: Any) -> None:
        self.told = getattr(former, "told", None)
        self.classes = getattr(former, "classes", 0)

    def argmax(self, axis: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Return where the largest is, as any array does."""
        told = self.told
        if told is not None and self.ndim == ROWS and len({*self.shape}) == ROWS:
            told.largest += 1
            # Of other shapes than the outputs' it is anyone's guess what they hold.
            told.astray += self.classes in self.shape and self._is_astray(axis)
        return self.view(np.ndarray).argmax(axis, *args, **kwargs)

    def _is_astray(self, axis: Any) -> bool:
        with suppress(Exception):
            return axis is None or self.shape[axis] != self.classes
        return False


class Trace:
    """Wraps what the classes of a namespace do in `forward` and `backward`, and counts it.

    `test` are digests of test images. It ends the training after `most` passes or `seconds`.
    """

    def __init__(self, test: frozenset[bytes], most: int, seconds: float) -> None:
        self.told = Traced()
        self._test = test
        self._most = most
        self._until = time.monotonic() + seconds
        self._depth = 0
        self._is_test = False
        self._on_test = 0
        self._roots: dict[int, tuple[Any, list[tuple[Any, str]]]] = {}

    def watch(self, namespace: MutableMapping[str, Any], losses: Sequence[str]) -> None:
        """Have all classes of the namespace that go both ways, and these functions, watched."""
        for kind in [each for each in namespace.values() if isinstance(each, type)]:
            if callable(getattr(kind, "forward", None)) and hasattr(kind, "backward"):
                for name, note in (("forward", self._forward), ("backward", self._backward)):
                    if name in vars(kind):
                        setattr(kind, name, self._watched(vars(kind)[name], note))
        for name in losses:
            if callable(namespace.get(name)):
                namespace[name] = self._heard(namespace[name])

    def _watched(self, method: Any, note: Callable[[Any, Any, Any], None]) -> Any:
        @wraps(method)
        def watched(it: Any, *args: Any, **kwargs: Any) -> Any:
            is_whole, self._depth = not self._depth, self._depth + 1
            if is_whole:
                self._begin(it)
            try:
                result = method(it, *args, **kwargs)
            finally:
                self._depth -= 1
            if is_whole:
                note(it, args, result)
                return self._seen(result)
            return result

        return watched

    def _seen(self, outputs: Any) -> Any:
        """Return outputs, those of a batch as an array that tells along what it is gone through."""
        if type(outputs) not in (np.ndarray, _Outputs) or outputs.ndim != ROWS:
            return outputs
        seen = outputs.view(_Outputs)
        seen.told, seen.classes = self.told, outputs.shape[1]
        return seen

    def _heard(self, function: Any) -> Any:
        counts = [0, 0]
        self.told.losses.append(counts)

        @wraps(function)
        def heard(*args: Any, **kwargs: Any) -> Any:
            counts[0] += 1
            with suppress(Exception):
                given = np.asarray(args[0], np.float64)
                sums = given.sum(axis=-1)
                is_share = given.min() >= 0 and np.allclose(sums, 1.0, atol=1e-4)
                counts[1] += bool(given.ndim == 2 and is_share)
            return function(*args, **kwargs)

        return heard

    def _begin(self, it: Any) -> None:
        """Note what a network holds before it is used for the first time."""
        if id(it) not in self._roots:
            held = list(_parameters(it))
            self._roots[id(it)] = it, held
            self.told.networks += 1
            for rate in _rates(it):
                if rate not in self.told.rates and len(self.told.rates) < MOST_RATES:
                    self.told.rates.append(rate)
        self._before = b""
        if self._looks():
            self._before = self._digest(it)

    def _looks(self) -> bool:
        if self._is_test and self._on_test < LOOKED_AT:
            return True
        return self.told.looked < LOOKED_AT

    def _digest(self, it: Any) -> bytes:
        digest = hashlib.blake2b(digest_size=16)
        for holder, name in self._roots[id(it)][1]:
            with suppress(Exception):
                digest.update(np.ascontiguousarray(getattr(holder, name)).tobytes())
        return digest.digest()

    def _forward(self, _it: Any, args: Sequence[Any], result: Any) -> None:
        self.told.forwards += 1
        self._is_test = False
        with suppress(Exception):
            self._is_test = mask(np.asarray(args[0])[0]) in self._test
        self.told.tested += self._is_test
        with suppress(Exception):
            if not self.told.diverged and not np.all(np.isfinite(result)):
                self.told.diverged = self.told.forwards
        if self.told.forwards >= self._most or time.monotonic() > self._until:
            raise _EnoughError

    def _backward(self, it: Any, _args: Sequence[Any], _result: Any) -> None:
        self.told.backwards += 1
        if not self._before:
            return
        moved = self._digest(it) != self._before
        self.told.looked += 1
        self.told.moved += moved
        if self._is_test:
            self._on_test += 1
            self.told.learnt += moved
            if self.told.learnt >= LOOKED_AT:
                raise _EnoughError


def mask(image: np.ndarray) -> bytes:
    """Return a digest of where an image is not at its darkest: it stays under any scaling."""
    flat = np.asarray(image).ravel()
    return hashlib.blake2b(np.packbits(flat > flat.min()).tobytes(), digest_size=12).digest()


def _parameters(root: Any) -> Iterator[tuple[Any, str]]:
    """Yield the objects below one, and the attributes in which they hold arrays of floats."""
    for found in below(root):
        for name, value in list(getattr(found, "__dict__", {}).items()):
            if isinstance(value, np.ndarray) and value.dtype.kind == "f":
                yield found, name


def _rates(root: Any) -> Iterator[float]:
    for found in below(root):
        held = getattr(found, "__dict__", {})
        for name in _RATES:
            rate = held.get(name)
            if isinstance(rate, int | float) and not isinstance(rate, bool):
                yield float(rate)


def traced(
    shell: Any,
    namespace: MutableMapping[str, Any],
    cells: Sequence[str],
    losses: Sequence[str],
    dataset: str,
    most: int,
    seconds: float,
) -> Mapping[str, Any]:
    """Run `cells` in `shell` and return what their training did, as the fields of `Traced`.

    `dataset` is the name of the notebook's own test set. It ends after `most` passes through a
    network or after `seconds`.
    """
    trace = Trace(_masks(namespace.get(dataset)), most, seconds)
    trace.watch(namespace, losses)
    for cell in cells:
        result = shell.run_cell(cell, store_history=False, silent=False)
        error = result.error_before_exec or result.error_in_exec
        if isinstance(error, _EnoughError):
            break
        if error:
            trace.told.errors.append(f"{type(error).__name__}: {error}"[:500])
    return vars(trace.told)


def _masks(dataset: Any) -> frozenset[bytes]:
    with suppress(Exception):
        return frozenset(mask(each) for each in np.asarray(dataset.data))
    return frozenset()
