"""What an exception of a student's is due to, as far as that is what the machine lacks."""

import re
from collections.abc import Collection, Mapping
from itertools import accumulate
from typing import Final

from grader.agent import UNDEFINED
from grader.scenario import Lack, Raised

_NO_MODULE = re.compile(r"No module named '([\w.]{1,200})'")
_NO_NAME = re.compile(r"name '(\w+)' is not defined|" + UNDEFINED.format(r"(\w+)$"))

# Names between dots, of the part of a module that is lacking: a package, or one within another.
_DEEPEST: Final = 8


def behind(raised: Raised, modules: Collection[str], undefined: Mapping[str, Lack]) -> Lack | None:
    """Return the lack that an exception is due to, None where it is due to none.

    `modules` are those that are lacking, `undefined` the names that something lacking keeps from
    being defined. The exception's own words count only as far as they name one of these.
    """
    if raised.error == "ModuleNotFoundError":
        return named(raised.message, modules)
    found = _NO_NAME.match(raised.message) if raised.error == "NameError" else None
    return undefined.get(found[1] or found[2]) if found else None


def absent_in(dotted: str, modules: Collection[str]) -> str | None:
    """Return which of `modules` a dotted name is of, None for none."""
    above = accumulate(dotted.split(".", _DEEPEST)[:_DEEPEST], "{}.{}".format)
    return next((each for each in above if each in modules), None)


def named(message: str, modules: Collection[str]) -> Lack | None:
    """Return the lack of the one of `modules` that an error's message names, None for none."""
    found = _NO_MODULE.search(message)
    part = absent_in(found[1], modules) if found else None
    return None if part is None else Lack(part)
