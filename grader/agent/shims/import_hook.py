"""Acting on a module right after its first import, without importing it."""

import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib.machinery import ModuleSpec
from types import ModuleType

from ..notes import note

Callback = Callable[[ModuleType], None]


class _Watcher:
    """A meta path finder that finds nothing itself and hears when a module has run.

    It hands out the spec that the other finders give. Only the `exec_module` of
    that one loader object is shadowed, until it is called, so that the module
    keeps its genuine loader for `importlib.reload`, `inspect` and `pkgutil`.
    """

    def __init__(self) -> None:
        self.waiting: dict[str, list[Callback]] = {}

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in self.waiting:
            return None
        spec = self._spec_of_others(name, path, target)
        loader = spec.loader if spec else None
        # A loader that is a class is shared by all modules: leave it alone.
        if loader is None or isinstance(loader, type) or not hasattr(loader, "__dict__"):
            return None
        if hasattr(loader, "exec_module"):
            vars(loader)["exec_module"] = partial(self._run, loader)
        return spec

    def _spec_of_others(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None
    ) -> ModuleSpec | None:
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            if finder is self or find is None:
                continue
            spec: ModuleSpec | None = find(name, path, target)
            if spec is not None:
                return spec
        return None

    def _run(self, loader: object, module: ModuleType) -> None:
        vars(loader).pop("exec_module", None)
        loader.exec_module(module)  # type: ignore[attr-defined]  # find_spec has checked it
        for callback in self.waiting.pop(module.__name__, []):
            _call(callback, module)


_watcher = _Watcher()


def when_imported(name: str, callback: Callback) -> None:
    """Call `callback(module)` once, after `name` is first imported; now, if it is already.

    `name` is the full name of a module, such as `"matplotlib.figure"`. What the
    callback raises never reaches the import statement; it becomes a note.
    """
    module = sys.modules.get(name)
    if module is not None:
        _call(callback, module)
        return
    if _watcher not in sys.meta_path:
        sys.meta_path.insert(0, _watcher)
    _watcher.waiting.setdefault(name, []).append(callback)


def _call(callback: Callback, module: ModuleType) -> None:
    try:
        callback(module)
    except Exception as error:  # noqa: BLE001  # a student's import must not fail for our sake
        note(f"the grader could not prepare {module.__name__}: {type(error).__name__}: {error}")
