"""What Python's own functions say of an object that stays with the notebook: a step asks it.

A stand-in is not of the class that it stands for, has any attribute and is called like anything
else. So where a check's source says `type(x)`, `isinstance`, `hasattr` and the like, these are
called instead of Python's. Of plain data they say what Python's do.
"""

import builtins
from collections.abc import Callable
from types import UnionType
from typing import Any, Final

import numpy as np

from grader.asking.libraries import as_objects
from grader.asking.standin import (
    asked_there,
    fetch,
    is_handle,
    is_object,
    local,
    plain,
    read_there,
    the_same,
)
from grader.errors import AssignmentError


def type_of(value: Any, *others: Any) -> Any:
    """Return the class of `value`; of an object of the notebook's what stands for its class."""
    if others or not (is_object(value) or _is_scalar(value)):
        return builtins.type(local(value), *others)
    return asked_there("type", value)


def _is_scalar(value: Any) -> bool:
    """Whether an answer is a number of numpy's, which arrives as an array without axes."""
    return is_handle(value) and isinstance(found := local(value), np.ndarray) and not found.ndim


def is_instance(value: Any, kinds: Any) -> bool:
    """Whether `value` is of one of `kinds`, classes here or of the notebook's."""
    if type(kinds) is tuple:
        return any(is_instance(value, each) for each in kinds)
    if isinstance(kinds, UnionType):
        return is_instance(value, kinds.__args__)
    if is_object(value) or _is_scalar(value):
        return bool(plain(asked_there("isinstance", value, kinds)))
    # Plain data is of no class of the notebook's own.
    return not is_handle(kinds) and isinstance(as_objects(local(value)), kinds)


def is_subclass(value: Any, kinds: Any) -> bool:
    """Whether a class is a subclass of one of `kinds`."""
    if is_handle(value) or is_handle(kinds):
        return bool(plain(asked_there("issubclass", value, kinds)))
    return issubclass(value, kinds)


def has_attribute(value: Any, name: str) -> bool:
    """Whether `value` has an attribute."""
    if is_object(value):
        return bool(plain(asked_there("hasattr", value, name)))
    return hasattr(local(value), name)


def names_in(*values: Any) -> list[str]:
    """Return the names of what `value` has. Raises AssignmentError where a check looks around."""
    if not values:
        raise AssignmentError(
            "A check calls `dir()`, which sees the check: write `defines(code, name)`."
        )
    (value,) = values
    return list(fetch(asked_there("dir", value))) if is_object(value) else dir(local(value))


def attribute(value: Any, name: str, *otherwise: Any) -> Any:
    """Return an attribute of `value`, what there is `otherwise` where it has none."""
    if otherwise and not has_attribute(value, name):
        return otherwise[0]
    return getattr(value, name)


def of_itself(value: Any, name: str) -> Any:
    """Return an attribute that every object has, such as `__doc__`, of what `value` stands for."""
    return read_there(value, name) if is_object(value) else getattr(local(value), name)


def is_callable(value: Any) -> bool:
    """Whether `value` can be called."""
    if is_object(value):
        return bool(plain(asked_there("callable", value)))
    return callable(local(value))


def representation(value: Any) -> str:
    """Return what Python writes of a value, as the notebook's process does."""
    return str(plain(asked_there("repr", value))) if is_handle(value) else repr(value)


def shown(*values: Any, **_how: Any) -> None:
    """Print nothing: what a check shows a person who looks at it, no grader has to see."""
    for value in values:
        fetch(value)


def identical(one: Any, other: Any) -> bool:
    """Whether two values are the same object."""
    if is_object(one) or is_object(other):
        return the_same(one, other)
    return fetch(one) is fetch(other)


# What is called in place of a built-in function, unless a check's own name hides that.
IN_PLACE_OF: Final[dict[str, Callable[..., Any]]] = {
    "type": type_of,
    "isinstance": is_instance,
    "issubclass": is_subclass,
    "hasattr": has_attribute,
    "dir": names_in,
    "getattr": attribute,
    "callable": is_callable,
    "print": shown,
    "repr": representation,
}
