"""Remembering what was found in a cell: it is looked through for several questions.

The cells that an assignment hands out come in each notebook of a course.
"""

from collections.abc import Callable, Hashable
from functools import lru_cache
from typing import Any, Final, TypeVar, cast

# What is remembered must stay small, whatever students hand in.
MOST: Final = 256
LONGEST: Final = 10_000

Function = TypeVar("Function", bound=Callable[..., Any])


def remembered(function: Function) -> Function:
    """Let a function of a cell's source remember what it returned, which nobody may change.

    Its other arguments must be hashable.
    """
    kept = lru_cache(MOST)(function)

    def look(source: str, *rest: Hashable) -> Any:
        return (kept if len(source) <= LONGEST else function)(source, *rest)

    return cast(Function, look)
