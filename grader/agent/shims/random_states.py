"""The states of the random numbers that a notebook draws from without naming a generator."""

import random
import sys
from typing import Any


def states() -> list[Any]:
    """Return the states of the generators of `random`, numpy and torch, as far as imported."""
    found: list[Any] = [random.getstate()]
    numpy, torch = _imported()
    if numpy is not None:
        name, keys, *rest = numpy.get_state()
        found.append((name, keys.tobytes(), *rest))
    if torch is not None:
        found.append(torch.get_rng_state().numpy().tobytes())
    return found


def put_back(former: list[Any]) -> None:
    """Set the generators to what `states` has returned."""
    random.setstate(former[0])
    numpy, torch = _imported()
    rest = iter(former[1:])
    if numpy is not None:
        name, keys, *more = next(rest)
        array: Any = sys.modules["numpy"]
        numpy.set_state((name, array.frombuffer(keys, array.uint32), *more))
    if torch is not None:
        state = torch.frombuffer(bytearray(next(rest)), dtype=torch.uint8)
        torch.set_rng_state(state)


def _imported() -> tuple[Any, Any]:
    return sys.modules.get("numpy.random"), sys.modules.get("torch")
