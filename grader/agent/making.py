"""Making, of the values that a question holds, what a student's code is handed."""

from collections import namedtuple
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, Final

import numpy as np

from .values import Failure, Member, Named, OfLibrary, Record, Tagged

# Scalars that stand for themselves.
PLAIN: Final = frozenset({type(None), bool, int, float, str, complex, bytes})

# What the notebook defines under a name, None where it defines no such thing.
Look = Callable[[str], Any]


def made(value: Any, find: Look, resolve: Callable[[Any], Any]) -> Any:
    """Return what `value`, decoded from a question, stands for.

    Records, members, named tuples and exceptions are of the class that the notebook defines under
    that name. Where it defines none, they are a SimpleNamespace, one of `name` and `value`, a named
    tuple, and Python's own exception of that name. `resolve` does the same for what they hold. What
    stands for nothing else is returned as it is.
    """
    if isinstance(value, OfLibrary):
        return value.made()
    if isinstance(value, Named):
        return _named_tuple(value, find, resolve)
    if isinstance(value, Record):
        fields = {name: resolve(each) for name, each in value.fields.items()}
        kind = find(value.type_name)
        return kind(**fields) if isinstance(kind, type) else SimpleNamespace(**fields)
    if isinstance(value, Member):
        return _member(value, find, resolve)
    if isinstance(value, Failure):
        kind = find(value.type_name)
        own = isinstance(kind, type) and issubclass(kind, BaseException)
        return kind(value.message) if own else value.exception()
    return _made_inside(value, resolve)


def _named_tuple(value: Named, find: Look, resolve: Callable[[Any], Any]) -> Any:
    items = [resolve(each) for each in value]
    kind = find(value.type_name)
    if isinstance(kind, type) and issubclass(kind, tuple):
        return kind(*items)
    try:
        return namedtuple(value.type_name, value.names)(*items)
    except ValueError:
        return tuple(items)


def _member(value: Member, find: Look, resolve: Callable[[Any], Any]) -> Any:
    kind = find(value.type_name)
    held = resolve(value.value)
    if not isinstance(kind, type):
        return SimpleNamespace(name=value.name, value=held)
    # Flags that are combined have no name of their own.
    return kind(held) if value.name is None or "|" in value.name else kind[value.name]  # type: ignore[index]


def _made_inside(value: Any, resolve: Callable[[Any], Any]) -> Any:
    """Return a container with all in it made, and anything else as it is."""
    if isinstance(value, set | frozenset):
        if any(isinstance(each, Tagged | tuple | frozenset) for each in value):
            return type(value)(map(resolve, value))
    elif isinstance(value, slice):
        return slice(resolve(value.start), resolve(value.stop), resolve(value.step))
    elif isinstance(value, np.ndarray) and value.dtype.kind == "O":
        items = np.empty(value.size, object)
        for place, each in enumerate(value.reshape(-1).tolist()):
            items[place] = resolve(each)
        items = items.reshape(value.shape)
        items.flags.writeable = value.flags.writeable
        return items
    return value


def look(namespace: Mapping[str, Any], name: str) -> Any:
    """Return what the notebook defines under a name, None where it defines nothing."""
    try:
        return namespace[name]
    except KeyError:
        return None
