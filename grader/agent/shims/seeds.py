"""Making the random numbers of a run repeatable, or another run's different on purpose.

Seeding the global generators is not enough: `numpy.random.default_rng()` and
`random.Random()` without a seed ask the operating system. Their source of
entropy is replaced by a stream that depends on our seed alone.

With `override`, seeds that the student gives (`np.random.seed(42)`) are mixed
with ours, so that the same code can be looked at again with other draws.
`torch.Generator().manual_seed` is a method of a C type and stays as it is.
"""

import random
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from hashlib import shake_256
from types import FrameType, ModuleType
from typing import Any

from .import_hook import when_imported

_NUMPY_SEED_BITS = 32  # numpy.random.seed takes 0 to 2**32 - 1
# The files of what draws aside from the notebook.
_ASIDE = frozenset({"<frozen importlib._bootstrap>", tempfile.__file__})
_TORCH_SEED_BITS = 63  # torch.manual_seed takes a signed 64-bit integer


@dataclass
class _State:
    seed: int = 0
    override: bool = False
    drawn: int = 0
    drawn_aside: int = 0
    # Each seeds one of the global generators from `seed`.
    seeders: list[Callable[[], object]] = field(default_factory=list)


_state = _State()


def seed_everything(seed: int, *, override: bool = False) -> None:
    """Seed `random`, numpy and torch, now or as soon as they are imported.

    From then on every generator made without a seed is repeatable too. May be
    called again. With `override`, a seed that the code gives itself is mixed
    with ours until the next call: other draws, but the same every time.
    """
    _state.seed, _state.override = seed, override
    _state.drawn = _state.drawn_aside = 0
    if _state.seeders:
        for seeder in _state.seeders:
            seeder()
    else:
        _adapt_random()
        when_imported("numpy.random", _adapt_numpy)
        when_imported("torch", _adapt_torch)


def _keep_seeded(seeder: Callable[[], object]) -> None:
    """Seed a global generator now, and at every later `seed_everything`."""
    _state.seeders.append(seeder)
    seeder()


def _hash(bits: int, *parts: object) -> int:
    """Return an integer of `bits` bits that depends on our seed and on `parts` alone."""
    text = "\0".join([str(_state.seed), *map(repr, parts)])
    return int.from_bytes(shake_256(text.encode()).digest((bits + 7) // 8)) >> (-bits % 8)


def _draw(bits: int) -> int:
    """Return the next `bits` bits of our stream, in place of the operating system's.

    What imports and names for temporary files draw comes from a stream of its own: whether the
    process was forked from one that had drawn those before must not show in what the notebook
    draws.
    """
    if _aside():
        _state.drawn_aside += 1
        return _hash(bits, "drawn aside", _state.drawn_aside)
    _state.drawn += 1
    return _hash(bits, "drawn", _state.drawn)


def _aside() -> bool:
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if frame.f_code.co_filename in _ASIDE:
            return True
        frame = frame.f_back
    return False


def _shifted(given: Any, bits: int) -> Any:
    """Return the seed `given` by the code, mixed with ours where that is asked for."""
    return _hash(bits, "given", given) if _state.override and given is not None else given


def _adapt_random() -> None:
    original = random.Random.seed

    @wraps(original)
    def seed(self: random.Random, a: Any = None, version: int = 2) -> None:
        original(self, _draw(128) if a is None else _shifted(a, 128), version)

    random.Random.seed = seed  # type: ignore[method-assign]  # the purpose of this module
    # The module's own `seed` was bound to the method that has just been replaced.
    random.seed = random._inst.seed
    _keep_seeded(lambda: original(random._inst, _hash(128, "random")))


def _adapt_numpy(module: ModuleType) -> None:
    bit_generator = sys.modules["numpy.random.bit_generator"]
    legacy: Any = sys.modules["numpy.random.mtrand"]
    original = legacy.seed
    _replace("seed", _seeded_by(original, _NUMPY_SEED_BITS), module, legacy)
    _replace("randbits", _draw, bit_generator)
    # SeedSequence, and with it default_rng and every bit generator, reads its seed through this.
    coerce = _coerce_shifted(bit_generator._coerce_to_uint32_array)
    _replace("_coerce_to_uint32_array", coerce, bit_generator)
    # RandomState makes its bit generator under this name.
    _replace("_MT19937", _shifted_mt19937(legacy._MT19937), legacy)
    _keep_seeded(lambda: original(_hash(_NUMPY_SEED_BITS, "numpy")))


def _adapt_torch(module: ModuleType) -> None:
    torch: Any = module
    original = torch.manual_seed
    manual_seed = _seeded_by(original, _TORCH_SEED_BITS)

    @wraps(torch.seed)
    def seed() -> int:
        drawn = _draw(_TORCH_SEED_BITS)
        original(drawn)
        return drawn

    _replace("manual_seed", manual_seed, torch, torch.random)
    _replace("seed", seed, torch, torch.random)
    _keep_seeded(lambda: original(_hash(_TORCH_SEED_BITS, "torch")))


def _replace(name: str, value: object, *modules: Any) -> None:
    for module in modules:
        setattr(module, name, value)


def _seeded_by(original: Any, bits: int) -> Any:
    """Return `original`, a function of one seed, taking a seed of ours with `override`."""

    @wraps(original)
    def seed(seed: Any = None) -> Any:
        return original(_shifted(seed, bits))

    return seed


def _coerce_shifted(original: Any) -> Any:
    """Return `original`, which turns a seed into words, appending words of ours with `override`."""

    @wraps(original)
    def coerce(x: Any) -> Any:
        words = original(x)
        # The spawn key comes this way as well, and an empty one has a meaning.
        if not _state.override or not words.size:
            return words
        numpy: Any = sys.modules["numpy"]
        return numpy.concatenate([words, original(_hash(64, "words"))])

    return coerce


def _shifted_mt19937(original: Any) -> Any:
    """Return a class that stands in for numpy's MT19937 where RandomState makes one.

    It gives genuine instances, except with `override`, where a legacy seed is mixed with ours.
    """

    class Shifted(original):  # type: ignore[misc]  # a class known only at run time
        def _legacy_seeding(self, seed: Any) -> None:
            super()._legacy_seeding(_shifted(seed, _NUMPY_SEED_BITS))

        def __reduce__(self) -> Any:
            maker, _, *rest = super().__reduce__()
            return (maker, ("MT19937",), *rest)

    Shifted.__name__ = original.__name__  # states and representations carry it

    class StandIn(type):
        def __call__(cls, *args: Any) -> Any:
            return (Shifted if _state.override else original)(*args)

        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, original)

    return StandIn(original.__name__, (), {})
