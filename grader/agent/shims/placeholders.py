"""What stands for a missing module, or for a name from it.

What only configures costs nothing: a placeholder can be called, entered, given
attributes, derived from and computed with, and what comes of it is a placeholder
again. Where Python needs a value of it, a truth or a number or the next of its
items, it raises ModuleNotFoundError. So nothing that an ordinary value says was
ever learnt from a placeholder.

A few names are known to hand on what they are given: `njit` the function it
decorates, `tqdm` the items that it goes through.
"""

import re
from collections.abc import Iterator
from functools import cache
from types import FunctionType
from typing import Any

ABSENT = "not installed in the grading environment"

# They make a function faster or check its arguments, and change nothing that it returns.
_DECORATORS = """
    beartype checkpoint compile deprecated enable_grad filter_jit function inference_mode jit
    jit_compile memoize njit no_grad profile remat retry script typechecked
"""
DECORATORS = frozenset(_DECORATORS.split())
# The same for classes.
CLASS_DECORATORS = frozenset({"beartype", "jitclass", "typechecked"})
# They go through what they are given first, and show how far they are.
PROGRESS = frozenset({"alive_it", "master_bar", "progress_bar", "tqdm", "tqdm_notebook", "track"})
RANGES = frozenset({"prange", "tnrange", "trange"})

_WRITERS = frozenset({"copyto", "fill_diagonal", "place", "put", "put_along_axis", "putmask"})

# Longer names are made in loops alone, and tell nobody more.
_LONGEST = 200

_NAMED = re.compile(rf"<([\w.]+)[^<>]*, {ABSENT}>")

_made: set[str] = set()


class Placeholder:
    """Stands for `path`, a name in the missing module `module`.

    The types of placeholders are named like them, so that whoever refuses one by its type has
    named it: see `named_in`.
    """

    _module: str
    _path: str

    def __init__(self, module: str, path: str) -> None:
        vars(self).update(_module=module, _path=path)

    def __getattr__(self, name: str) -> Any:
        if name in ("__version__", "__file__"):
            return self._inner(f".{name}")
        # Python and IPython look for private names to find out what an object can do.
        if name.startswith("_"):
            raise AttributeError(f"{self!r} has no {name}", name=name, obj=self)
        return self._inner(f".{name}")

    def _inner(self, more: str) -> "Placeholder":
        path = f"{self._path}{more}"
        return self if len(path) > _LONGEST else placeholder(self._module, path)

    def __setattr__(self, name: str, value: object) -> None:
        pass

    def __delattr__(self, name: str) -> None:
        pass

    def __setitem__(self, key: object, value: object) -> None:
        pass

    def __delitem__(self, key: object) -> None:
        pass

    def __getitem__(self, key: object) -> "Placeholder":
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return a placeholder, or what is known to be handed on."""
        name = self._path.removesuffix("()").rpartition(".")[2]
        given = args[0] if args else None
        if len(args) == 1 and not kwargs:
            if name in DECORATORS and isinstance(given, FunctionType):
                return _Decorated(self._module, self._path, given)
            if name in DECORATORS and isinstance(given, classmethod | staticmethod | property):
                return given
            if name in CLASS_DECORATORS and isinstance(given, type):
                return given
        if name in PROGRESS and hasattr(given, "__iter__") and not isinstance(given, Placeholder):
            return _Passing(self._module, self._path, given)
        if name in RANGES and args and not any(isinstance(each, Placeholder) for each in args):
            return _Passing(self._module, self._path, range(*args))
        return self._inner("()")

    def __enter__(self) -> "Placeholder":
        return self

    def __exit__(self, *error: object) -> None:
        pass

    async def __aenter__(self) -> "Placeholder":
        return self

    async def __aexit__(self, *error: object) -> None:
        pass

    def __mro_entries__(self, bases: tuple[object, ...]) -> tuple[type, ...]:
        names = {"_module": self._module, "_path": self._path}
        return (type(self._path.rpartition(".")[2], (_Base,), names),)

    def __instancecheck__(self, instance: object) -> bool:
        # Nothing else can come of a module that is not here.
        if is_placeholder(instance):
            raise absent(self._module)
        return False

    def __subclasscheck__(self, subclass: type) -> bool:
        if isinstance(subclass, Placeholder) or issubclass(subclass, _Base):
            raise absent(self._module)
        return False

    # What an array function writes into would not be seen to depend on a placeholder.
    def __array_ufunc__(self, _function: object, method: str, *_inputs: Any, **kwargs: Any) -> Any:
        if kwargs.get("out") is not None or method == "at":
            raise absent(self._module)
        return self

    def __array_function__(self, function: Any, _types: Any, _args: Any, kwargs: Any) -> Any:
        if kwargs.get("out") is not None or function.__name__ in _WRITERS:
            raise absent(self._module)
        return self

    def __copy__(self) -> "Placeholder":
        return self

    def __deepcopy__(self, memo: object) -> "Placeholder":
        return self

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"<{self._path}, {ABSENT}>"

    def __format__(self, spec: str) -> str:
        return repr(self)


class _Decorated(Placeholder):
    """A function under a decorator that is not here: called, it does what it does without."""

    _function: Any

    def __init__(self, module: str, path: str, function: FunctionType) -> None:
        super().__init__(module, path)
        known = {name: getattr(function, name) for name in ("__name__", "__doc__", "__module__")}
        vars(self).update(_function=function, __wrapped__=function, py_func=function, **known)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._function(*args, **kwargs)

    def __getitem__(self, key: object) -> Placeholder:
        # Functions for a graphics card are called as `f[blocks, threads](x)`.
        return placeholder(self._module, f"{self._path}[]")

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return self if instance is None else self._function.__get__(instance, owner)


class _Passing(Placeholder):
    """Goes through `items`, as what is not here would."""

    _items: Any

    def __init__(self, module: str, path: str, items: Any) -> None:
        super().__init__(module, path)
        vars(self).update(_items=items)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)


class _Base:
    """What a class derives from in place of a class that is not here."""

    _module: str
    _path: str

    def __new__(cls, *_args: Any, **_kwargs: Any) -> Any:
        # Without an `__init__` of its own, what becomes of the arguments is not known.
        if cls.__init__ is _Base.__init__:
            return placeholder(cls._module, f"{cls._path}()")
        return super().__new__(cls)

    def __init__(self, *_args: Any, **_kwargs: Any) -> None:
        pass

    def __init_subclass__(cls, **_kwargs: Any) -> None:
        pass

    def __getattr__(self, name: str) -> Placeholder:
        if name.startswith("_"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return placeholder(self._module, f"{self._path}.{name}")

    def __call__(self, *_args: Any, **_kwargs: Any) -> Placeholder:
        return placeholder(self._module, f"{self._path}()()")


def placeholder(module: str, path: str) -> Placeholder:
    """Return what stands for `path` in the missing module `module`."""
    _made.add(module)
    return _kind(module)(module, path)


def any_made() -> bool:
    """Tell whether there is any placeholder."""
    return bool(_made)


def was_made(module: str) -> bool:
    """Tell whether a module has a placeholder."""
    return module in _made


def is_placeholder(value: object) -> bool:
    """Tell whether a value is a placeholder, or an object of a class derived from one."""
    return isinstance(value, Placeholder | _Base)


def inside(value: object, depth: int = 4) -> str | None:
    """Return the missing module that a value comes from, or an item of it; None for no such."""
    if is_placeholder(value):
        return str(value._module)  # type: ignore[attr-defined]
    if depth and isinstance(value, list | tuple | dict):
        items = value.values() if isinstance(value, dict) else value
        return next(filter(None, (inside(item, depth - 1) for item in items)), None)
    return None


def named_in(message: str) -> str | None:
    """Return the missing module of a placeholder that an error's message names."""
    found = _NAMED.search(message)
    path = f"{found[1]}." if found else ""
    return next((module for module in _made if path.startswith(f"{module}.")), None)


def absent(module: str) -> ModuleNotFoundError:
    """Return the error for a value that only the missing module could give."""
    return ModuleNotFoundError(
        f"No module named {module!r} in the grading environment", name=module
    )


@cache
def _kind(module: str) -> type[Placeholder]:
    return type(f"<{module}, {ABSENT}>", (Placeholder,), {})


def _same(self: Placeholder, *_args: Any) -> Placeholder:
    """Return a placeholder for whatever this comes to."""
    return self


def _needed(self: Placeholder, *_args: Any, **_kwargs: Any) -> Any:
    """Raise ModuleNotFoundError: this takes a value, and the module is not installed."""
    raise absent(self._module)


_COMPUTED = """
    add radd sub rsub mul rmul matmul rmatmul truediv rtruediv floordiv rfloordiv mod rmod pow rpow
    and rand or ror xor rxor lshift rlshift rshift rrshift neg pos abs invert round
    eq ne lt le gt ge
"""
_VALUES = "await iter aiter next len contains bool int float complex index array fspath reduce_ex"

for _names, _method in ((_COMPUTED, _same), (_VALUES, _needed)):
    for _name in _names.split():
        setattr(Placeholder, f"__{_name}__", _method)
