"""Numerics and judgements that any assignment can use."""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Final

# What folders released with 0.1.0 import, and where it lies since.
_FORMER: Final = {
    f"{__name__}.{former}": f"{__name__}.{present}"
    for former, present in {
        "accuracy": "training.metrics",
        "answers": "training.classifier",
        "chains": "network_gradcheck",
        "classifier": "training.classifier",
        "differences": "finite_differences",
        "doubts": "training.plausibility",
        "drawn": "plots.drawn_cells",
        "figures": "plots.figures",
        "gradients": "gradcheck",
        "layers": "strategies",
        "looks": "training.reruns",
        "paired": "training.paired",
        "partings": "training.divergence",
        "quick": "training.quick",
        "recipe": "training.recipe",
        "recognition": "plots.image_match",
        "trained": "training.trained",
    }.items()
}


class _FormerNames(MetaPathFinder):
    """Finds modules by their former names."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        present = _FORMER.get(fullname)
        return ModuleSpec(fullname, _Present(present)) if present is not None else None


class _Present(Loader):
    """Gives the one module of a name, whatever name it was asked for by."""

    def __init__(self, name: str) -> None:
        self._name = name

    def create_module(self, spec: ModuleSpec) -> ModuleType:  # noqa: ARG002
        module = import_module(self._name)
        self._spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # What imports it has given it the spec of its former name.
        module.__spec__ = self._spec


if not any(isinstance(finder, _FormerNames) for finder in sys.meta_path):
    sys.meta_path.append(_FormerNames())
