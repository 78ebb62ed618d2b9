"""What is there instead of a name that was not found.

It helps whoever reads of the exception, and nothing is judged by it.
"""

from collections.abc import Iterable
from difflib import get_close_matches
from types import FrameType
from typing import Any, Final

MOST_NAMES: Final = 12
"""Names of an object's own that are listed."""

MOST_LETTERS: Final = 60
"""Letters of a name that is told."""

MOST_CANDIDATES: Final = 2000
"""Names that one is compared with."""


def instead(error: BaseException) -> list[list[Any]]:
    """Return what is there, in a list: the most similar name, and those of a student's object.

    The list is empty where nothing is known. Raises nothing that a notebook's objects raise.
    """
    try:
        near, has = _instead(error)
    except BaseException:  # noqa: BLE001 - a notebook's objects may do anything when looked at
        return []
    return [[near, has]] if near or has else []


def _instead(error: BaseException) -> tuple[str, list[str]]:
    name = getattr(error, "name", None)
    if type(name) is not str or not isinstance(error, (AttributeError, NameError)):
        return "", []
    if isinstance(error, NameError):
        frame = _innermost(error)
        return (_nearest(name, [*frame.f_locals, *frame.f_globals]), []) if frame else ("", [])
    holder = error.obj
    own = [each for each in _held(holder) if not each.startswith("_")]
    if type(holder).__module__ != "__main__":
        return _nearest(name, dir(holder)), []
    return _nearest(name, own), own[:MOST_NAMES]


def _held(holder: Any) -> list[str]:
    """Return what an object and its own classes hold, by name, what was stored in it first."""
    kinds = [kind for kind in type(holder).__mro__ if kind.__module__ == "__main__"]
    names = [*getattr(holder, "__dict__", {}), *(each for kind in kinds for each in vars(kind))]
    return [each[:MOST_LETTERS] for each in dict.fromkeys(names) if type(each) is str]


def _innermost(error: BaseException) -> FrameType | None:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace.tb_frame if trace is not None else None


def _nearest(name: str, candidates: Iterable[str]) -> str:
    """Return the candidate that is most likely meant by `name`, "" for none.

    `lr` stands for `learning_rate`, `prob` for `probabilities`, and `slef` for `self`.
    """
    others = [each for each in dict.fromkeys(candidates) if type(each) is str and each != name]
    others = [each for each in others[:MOST_CANDIDATES] if not each.startswith("_")]
    for fits in (_same_letters, _initials, _begins):
        found = [each for each in others if fits(name, each)]
        if len(found) == 1:
            return found[0][:MOST_LETTERS]
    return next(iter(get_close_matches(name, others, 1, 0.7)), "")[:MOST_LETTERS]


def _same_letters(name: str, other: str) -> bool:
    return name.casefold() == other.casefold() or (len(name) > 2 and sorted(name) == sorted(other))


def _initials(name: str, other: str) -> bool:
    parts = other.split("_")
    return len(parts) > 1 and "".join(part[:1] for part in parts) == name


def _begins(name: str, other: str) -> bool:
    return len(name) > 2 and other.startswith(name)
