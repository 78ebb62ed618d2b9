"""Importing an assignment as it stands in its files now.

Python takes compiled code for that of a file whose size and second of change are the same. Whoever
saves a file twice in a second would be told of what it held before, and that would be remembered.
"""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType
from typing import Final

from grader.assignment.loading import PACKAGES


class _Source(SourceFileLoader):
    """Loads what a file says, never what was compiled of it."""

    def get_code(self, fullname: str) -> CodeType:
        """Return the code of a module."""
        path = self.get_filename(fullname)
        code: CodeType = self.source_to_code(self.get_data(path), path)
        return code


class _Finder(MetaPathFinder):
    """Finds the modules of assignments."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where a module is, None for one of no assignment."""
        if not fullname.startswith(PACKAGES):
            return None
        found = PathFinder.find_spec(fullname, path, target)
        if found is not None and type(found.loader) is SourceFileLoader:
            found.loader = _Source(fullname, found.loader.path)
        return found


_FINDER: Final = _Finder()


def import_afresh() -> None:
    """Have this process import assignments from their sources."""
    if _FINDER not in sys.meta_path:
        sys.meta_path.insert(0, _FINDER)
