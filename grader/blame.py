"""What an exception of a student's is due to, as far as that is what the machine lacks."""

import re
from collections.abc import Collection, Iterable, Mapping

from grader.sandbox.inside import UNDEFINED
from grader.scenario import Lack, Raised

_NO_MODULE = re.compile(r"No module named '([\w.]{1,200})'")
_NO_NAME = re.compile(r"name '(\w+)' is not defined|" + UNDEFINED.format(r"(\w+)$"))


def behind(raised: Raised, modules: Collection[str], undefined: Mapping[str, Lack]) -> Lack | None:
    """Return the lack that an exception is due to, None where it is due to none.

    `modules` are those that are lacking, `undefined` the names that something lacking keeps from
    being defined. The exception's own words count only as far as they name one of these.
    """
    if raised.error == "ModuleNotFoundError":
        return named(raised.message, modules)
    found = _NO_NAME.match(raised.message) if raised.error == "NameError" else None
    return undefined.get(found[1] or found[2]) if found else None


def absent_in(dotted: str, modules: Iterable[str]) -> str | None:
    """Return which of `modules` a dotted name is of, None for none."""
    return next((each for each in modules if f"{dotted}.".startswith(f"{each}.")), None)


def named(message: str, modules: Collection[str]) -> Lack | None:
    """Return the lack of the one of `modules` that an error's message names, None for none."""
    found = _NO_MODULE.search(message)
    part = absent_in(found[1], modules) if found else None
    return None if part is None else Lack(part)
