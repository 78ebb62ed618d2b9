"""Telling of a function, from its code, that a call of it leaves nothing behind but its result.

The answer errs on the side of caution: a function is taken for pure where all that it names is
harmless, and whatever is not known to be harmless is not. What it names may be bound anew later;
a `Watch` sees that.
"""

import builtins
import dis
import enum
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

# What these hold changes nothing elsewhere, but for what has one of the names further below.
LIBRARIES = frozenset({"numpy", "torch", "torchvision", "PIL", "math", "operator"})

BUILTINS = frozenset(
    {
        "abs",
        "all",
        "any",
        "bool",
        "complex",
        "dict",
        "divmod",
        "enumerate",
        "filter",
        "float",
        "frozenset",
        "int",
        "isinstance",
        "len",
        "list",
        "map",
        "max",
        "min",
        "pow",
        "range",
        "reversed",
        "round",
        "set",
        "slice",
        "sorted",
        "str",
        "sum",
        "tuple",
        "type",
        "zip",
    }
)

# Parts of the names of what draws random numbers, keeps a setting, or reaches a file or a screen.
IMPURE = (
    *("rand", "seed", "dropout", "normal", "uniform", "bernoulli", "multinomial", "poisson"),
    *("empty", "set_", "save", "tofile", "dump", "show", "print", "open", "write", "memmap"),
    *("register", "compile", "load", "__"),
)
# Their names hold one of those parts all the same.
HARMLESS = frozenset({"Normalize", "normalize"})

# They bind something outside of the call, or begin what does not end with it.
_FORBIDDEN = frozenset(
    {
        "STORE_ATTR",
        "DELETE_ATTR",
        "STORE_GLOBAL",
        "DELETE_GLOBAL",
        "IMPORT_NAME",
        "IMPORT_FROM",
        "STORE_NAME",
        "DELETE_NAME",
        "SEND",
        "GET_AWAITABLE",
        "LOAD_BUILD_CLASS",
    }
)

# Objects of torchvision that compute the same for the same image. What they hold is looked at.
_TRANSFORMS = frozenset(
    {"Compose", "ConvertImageDtype", "Lambda", "Normalize", "PILToTensor", "ToTensor"}
)

_CONSTANT = (type(None), bool, int, float, complex, str, bytes, type(...), enum.Enum)
# ufuncs and scalars of numpy, dtypes, devices, and the functions that numpy dispatches.
_VALUES = frozenset(
    {"ufunc", "_ArrayFunctionDispatcher", "dtype", "device", "layout", "memory_format"}
) | {f"{kind}{bits}" for kind in ("int", "uint", "float") for bits in (8, 16, 32, 64)}

_MISSING = object()


@dataclass
class Watch:
    """What a function's calls depend on: the values that names and attributes had."""

    attributes: list[tuple[object, str, object]] = field(default_factory=list)
    names: list[tuple[dict[str, Any], str, object]] = field(default_factory=list)
    lists: list[tuple[list[Any], tuple[Any, ...]]] = field(default_factory=list)

    def holds(self) -> bool:
        """Whether all is still as it was. Raises ValueError where a closure has been emptied."""
        # Asked at every batch: a loop is quicker than `all`.
        for owner, attribute, value in self.attributes:
            if getattr(owner, attribute, _MISSING) is not value:
                return False
        for space, name, value in self.names:
            if space.get(name, _MISSING) is not value:
                return False
        return all(_same(given, items) for given, items in self.lists)


def _same(given: list[Any], items: tuple[Any, ...]) -> bool:
    return len(given) == len(items) and all(a is b for a, b in zip(given, items, strict=True))


def watch(called: object) -> Watch | None:
    """Return what the calls of a pure function depend on, None for any other, or none."""
    reading = _Reading()
    return reading.found if reading.value(called) else None


class _Reading:
    """Reads a function and all that it names."""

    def __init__(self) -> None:
        self.found = Watch()
        self._seen: set[int] = set()

    def value(self, value: Any) -> bool:
        """Whether a function may name this value."""
        if id(value) in self._seen:
            return True
        if isinstance(value, FunctionType) and not _of_a_library(value):
            self._seen.add(id(value))
            return self._function(value)
        if type(value) is tuple:
            return all(map(self.value, value))
        if _of_torchvision(value):
            return self._attributes(value)
        return _constant(value)

    def _function(self, function: FunctionType) -> bool:
        for name in ("__code__", "__defaults__", "__closure__"):
            self.found.attributes.append((function, name, getattr(function, name)))
        cells = function.__closure__ or ()
        for cell in cells:
            self.found.attributes.append((cell, "cell_contents", cell.cell_contents))
        held = [cell.cell_contents for cell in cells]
        return (
            not function.__kwdefaults__
            and all(map(self.value, (*(function.__defaults__ or ()), *held)))
            and self._code(function.__code__, function)
        )

    def _code(self, code: CodeType, function: FunctionType, *, inner: bool = False) -> bool:
        for step in dis.get_instructions(code):
            if step.opname in _FORBIDDEN or (step.opname == "YIELD_VALUE" and not inner):
                return False
            outer = step.argval in function.__code__.co_freevars
            if outer and step.opname in ("STORE_DEREF", "DELETE_DEREF"):
                return False
            if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
                if not self._global(str(step.argval), function.__globals__):
                    return False
            elif step.opname in ("LOAD_ATTR", "LOAD_METHOD") and impure(str(step.argval)):
                return False
        nested = (each for each in code.co_consts if isinstance(each, CodeType))
        return all(self._code(each, function, inner=True) for each in nested)

    def _global(self, name: str, space: dict[str, Any]) -> bool:
        value = space.get(name, _MISSING)
        self.found.names.append((space, name, value))
        if value is _MISSING:
            return name in BUILTINS
        return self.value(value)

    def _attributes(self, value: Any) -> bool:
        """Whether what an object of torchvision holds is harmless."""
        self._seen.add(id(value))
        for name, held in vars(value).items():
            self.found.attributes.append((value, name, held))
            if type(held) is list:
                self.found.lists.append((held, tuple(held)))
            parts: Iterable[Any] = held if type(held) in (list, tuple) else (held,)
            # A module of torch keeps more beside its settings, which is empty for these.
            if isinstance(held, dict | set):
                parts = held
            if not all(map(self.value, parts)):
                return False
        return True


def impure(name: str) -> bool:
    """Whether an attribute of this name may draw random numbers or reach beyond the call."""
    return name not in HARMLESS and any(part in name for part in IMPURE)


def _of_a_library(value: Any) -> bool:
    module = getattr(value, "__module__", None)
    return isinstance(module, str) and module.partition(".")[0] in LIBRARIES


def _of_torchvision(value: Any) -> bool:
    kind = type(value)
    return kind.__module__ == "torchvision.transforms.transforms" and kind.__name__ in _TRANSFORMS


def _constant(value: Any) -> bool:
    kind = type(value)
    if isinstance(value, _CONSTANT):
        return kind.__module__ in ("builtins", *LIBRARIES) or isinstance(value, enum.Enum)
    if isinstance(value, ModuleType):
        return value.__name__.partition(".")[0] in LIBRARIES and not impure(value.__name__)
    if isinstance(value, type):
        return _of_a_library(value) or (
            value.__module__ == "builtins" and vars(builtins).get(value.__name__) is value
        )
    if isinstance(value, FunctionType | BuiltinFunctionType):
        name = value.__name__
        if getattr(value, "__module__", None) == "builtins":
            return name in BUILTINS
        return _of_a_library(value) and not impure(name)
    called = getattr(value, "__name__", "")
    return _of_a_library(kind) and kind.__name__ in _VALUES and not impure(str(called))
