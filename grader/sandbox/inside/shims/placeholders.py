"""What stands for a missing module, or for a name from it, until it is used.

Naming a placeholder is not yet using it: `df: pd.DataFrame | None` is fine.
Calling it, computing with it or deriving from it raises ModuleNotFoundError.
"""

from typing import Any


class Placeholder:
    """Stands for `path`, a name in the missing module `module`.

    Its public attributes and its subscripts are placeholders again, so that an
    annotation costs nothing.
    """

    _module: str
    _path: str

    def __init__(self, module: str, path: str) -> None:
        vars(self).update(_module=module, _path=path)

    def __getattr__(self, name: str) -> "Placeholder":
        if name == "__version__":
            raise _error(self)
        # Python and IPython look for private names to find out what an object can do.
        if name.startswith("_"):
            raise AttributeError(name)
        return Placeholder(self._module, f"{self._path}.{name}")

    def __getitem__(self, key: object) -> "Placeholder":
        return self

    def __or__(self, other: object) -> "Placeholder":
        return self

    __ror__ = __or__

    def __repr__(self) -> str:
        return f"<{self._path}, not installed in the grading environment>"


def _error(placeholder: Placeholder) -> ModuleNotFoundError:
    name = vars(placeholder)["_module"]
    return ModuleNotFoundError(f"No module named {name!r} in the grading environment", name=name)


def _use(self: Placeholder, *_args: Any, **_kwargs: Any) -> Any:
    """Raise ModuleNotFoundError: the module is not installed."""
    raise _error(self)


_USES = """
    call mro_entries instancecheck subclasscheck enter exit aenter aexit await iter aiter next len
    contains setattr delattr setitem delitem bool int float complex index array array_ufunc
    add radd sub rsub mul rmul matmul rmatmul truediv rtruediv floordiv rfloordiv mod rmod pow rpow
    and rand xor rxor lshift rlshift rshift rrshift neg pos abs invert lt le gt ge
"""

for _name in _USES.split():
    setattr(Placeholder, f"__{_name}__", _use)
