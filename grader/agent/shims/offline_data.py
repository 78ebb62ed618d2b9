"""torchvision's datasets, read from the grader's copy instead of the network.

The student's `root` stays what the student wrote, and nothing is written to it.
"""

from collections.abc import Mapping
from functools import wraps
from inspect import signature
from types import ModuleType
from typing import Any

from .import_hook import when_imported


def redirect(folders: Mapping[str, str]) -> None:
    """Let each class of `torchvision.datasets` named in `folders` read from that folder.

    For `MNIST` and its kin the folder is the one that holds the unpacked
    `train-images-idx3-ubyte` and so on (`.../FashionMNIST/raw`); for any other
    class it is the `root` to read from. `download=True` does nothing. Classes
    that a student derives are redirected with it, classes that torchvision
    derives (`FashionMNIST` from `MNIST`) are not.
    """
    names = dict(folders)
    when_imported("torchvision.datasets", lambda module: _redirect_all(module, names))


def _redirect_all(module: ModuleType, folders: Mapping[str, str]) -> None:
    for name, folder in folders.items():
        cls = getattr(module, name)
        if hasattr(cls, "raw_folder"):
            _redirect_raw(cls, folder)
        else:
            _redirect_root(cls, folder)


def _redirect_raw(cls: Any, folder: str) -> None:
    """Make `cls`, which reads from its `raw_folder`, find the files there and fetch none."""

    def raw_folder(self: object) -> object:
        """Return the folder with the unpacked files."""
        return folder if _is_instance_of(cls, self) else original(self)

    original = cls.raw_folder.fget
    cls.raw_folder = property(wraps(original)(raw_folder))
    # A `processed` folder of the student's would be read in place of the raw one.
    _answer_instead(cls, "_check_legacy_exist", answer=False)
    _answer_instead(cls, "download", answer=None)


def _answer_instead(cls: Any, name: str, *, answer: object) -> None:
    """Let the method `name` return `answer`, except for what torchvision derives from `cls`."""
    original = getattr(cls, name, None)
    if original is None:
        return

    @wraps(original)
    def method(self: object, *args: Any, **kwargs: Any) -> Any:
        return answer if _is_instance_of(cls, self) else original(self, *args, **kwargs)

    setattr(cls, name, method)


def _redirect_root(cls: Any, folder: str) -> None:
    """Make the constructor of `cls` take `folder` as its `root` and download nothing."""
    original = cls.__init__
    parameters = signature(original)

    @wraps(original)
    def init(self: object, *args: Any, **kwargs: Any) -> None:
        bound = parameters.bind_partial(self, *args, **kwargs)
        if _is_instance_of(cls, self):
            bound.arguments["root"] = folder
            if "download" in bound.arguments:
                bound.arguments["download"] = False
        original(*bound.args, **bound.kwargs)

    cls.__init__ = init


def _is_instance_of(cls: type, instance: object) -> bool:
    """Tell whether `cls` is the class of torchvision that `instance` is, or is derived from."""
    classes = type(instance).__mro__
    return next((c for c in classes if c.__module__.startswith("torchvision.")), None) is cls
