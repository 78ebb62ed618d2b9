"""Which modules this Python has, found out without importing any."""

import importlib.machinery
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

# Names that the packages of many have in common.
_SHARED = frozenset({"google"})


def absent_part(dotted: str) -> str | None:
    """Return the part of a module's name that this Python lacks: `"pandas"` of `"pandas.io"`.

    Only the first name is looked for, and the second inside a namespace package such as `google`.
    The working folder, which is the grader's own, does not count. None where the part is here.
    """
    first, *rest = dotted.split(".")
    if not first.isidentifier():
        return None
    spec = _spec(first)
    if spec is None:
        return ".".join([first, *rest[:1]]) if first in _SHARED else first
    inside = spec.submodule_search_locations
    if spec.origin is None and inside and rest and rest[0].isidentifier():
        both = f"{first}.{rest[0]}"
        return None if PathFinder.find_spec(both, list(inside)) else both
    return None


def _spec(name: str) -> ModuleSpec | None:
    """Return where a module of this name is found, None for nowhere."""
    if name in sys.stdlib_module_names:
        return importlib.machinery.ModuleSpec(name, None, origin="the standard library")
    paths = _paths()
    # A package that is installed for development has a finder of its own.
    for finder in sys.meta_path:
        path = paths if finder is PathFinder else None
        spec = finder.find_spec(name, path) if hasattr(finder, "find_spec") else None
        if spec is not None:
            return spec
    return None


def _paths() -> Sequence[str]:
    here = Path.cwd()
    return [each for each in sys.path if each and Path(each).absolute() != here]
