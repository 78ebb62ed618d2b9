"""Looking at objects without calling anything that a student wrote.

`type(value)` alone says what a value is: `__class__`, `__getattr__` and whatever a metaclass
defines are answers of the object's own.
"""

import sys
from collections import OrderedDict
from types import GetSetDescriptorType, MemberDescriptorType, ModuleType
from typing import Any, Final

_MRO: Final = type.__dict__["__mro__"].__get__
_DICT: Final = type.__dict__["__dict__"].__get__
_MODULE_DICT: Final = _DICT(ModuleType)["__dict__"].__get__
_NAME: Final = type.__dict__["__name__"].__get__
_QUALNAME: Final = type.__dict__["__qualname__"].__get__
_MODULE: Final = type.__dict__["__module__"].__get__

# What stands for an attribute that is not there.
ABSENT: Final = object()


def bases(kind: type) -> tuple[type, ...]:
    """Return a class and its bases, in the order in which they are looked through."""
    found: tuple[type, ...] = _MRO(kind)
    return found


def name(kind: type) -> str:
    """Return the name of a class, in one line."""
    return in_one_line(str(_NAME(kind)))


def module(kind: type) -> str:
    """Return the name of the module that a class says it is of, "" where it says none."""
    try:
        found = _MODULE(kind)
    except AttributeError:
        return ""
    return found if type(found) is str else ""


def full_name(kind: type) -> str:
    """Return the names of a class's module and of itself in it."""
    return in_one_line(f"{module(kind)}.{_QUALNAME(kind)}")


def in_one_line(name: str) -> str:
    """Return a name without what would end its line: reports tell it within a sentence."""
    return name if name.isprintable() else "".join(filter(str.isprintable, name))


def of_class(kind: type, attribute: str) -> Any:
    """Return what a class has under this name, as it stands there, or ABSENT."""
    for base in bases(kind):
        found = _DICT(base).get(attribute, ABSENT)
        if found is not ABSENT:
            return found
    return ABSENT


def own(value: object, attribute: str) -> Any:
    """Return what an object itself holds under this name, or else its class; ABSENT for neither.

    What would have to be computed, by a property, is ABSENT.
    """
    kind = type(value)
    found = of_class(kind, attribute)
    if type(found) is MemberDescriptorType:
        try:
            return found.__get__(value)
        except AttributeError:
            return ABSENT
    computed = found is not ABSENT and of_class(type(found), "__set__") is not ABSENT
    if computed:
        return ABSENT
    held = of_class(kind, "__dict__")
    if type(held) is GetSetDescriptorType:
        attributes = held.__get__(value)
        if type(attributes) is dict and attribute in attributes:
            return attributes[attribute]
    return ABSENT if of_class(type(found), "__get__") is not ABSENT else found


def loaded(module_name: str, attribute: str) -> Any:
    """Return what a module has under this name, ABSENT where the module is not imported."""
    found = sys.modules.get(module_name)
    if not issubclass(type(found), ModuleType):
        return ABSENT
    return _MODULE_DICT(found).get(attribute, ABSENT)


def items(value: Any, kind: type) -> list[tuple[Any, Any]]:
    """Return the keys and values of a dictionary of this class, in their order."""
    # It keeps the order beside the dictionary that it is.
    if kind is not dict and issubclass(kind, OrderedDict):
        return [*OrderedDict.items(value)]
    return [*dict.items(value)]
