"""A stand-in for `google.colab`: everything can be called, and nothing happens.

Of an uploaded file nothing is known: it is a placeholder, as of a missing module.

It is never in `sys.modules`, so that a notebook which asks whether it runs in
Colab gets the true answer: it does not. See `missing` for how it is reached.
"""

import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from .placeholders import Placeholder, placeholder

# What needs an uploaded file needs Colab.
UPLOADS = "google.colab"


def _unknown(what: str) -> Placeholder:
    """Return what stands for something of a file that nobody uploads here."""
    return placeholder(UPLOADS, f"{UPLOADS}.files.upload.{what}")


class _Uploaded(dict[Any, Any]):
    """What was uploaded, by name: one file, and whichever is asked for; nothing is known of any."""

    def __init__(self) -> None:
        super().__init__({_unknown("name"): _unknown("content")})

    def __missing__(self, name: object) -> Placeholder:
        return _unknown("content")


RESULTS: dict[str, Callable[[], object]] = {
    "google.colab.auth.authenticate_user": lambda: None,
    "google.colab.drive.flush_and_unmount": lambda: None,
    "google.colab.drive.mount": lambda: None,
    "google.colab.files.download": lambda: None,
    "google.colab.files.upload": _Uploaded,
    "google.colab.files.upload_file": lambda: _unknown("name"),
    "google.colab.files.view": lambda: None,
    "google.colab.output.clear": lambda: None,
    "google.colab.output.eval_js": lambda: None,
    "google.colab.patches.cv2_imshow": lambda: None,
    "google.colab.userdata.get": str,
}
"""What these calls give; any other gives an object as harmless as the one called."""


class Harmless:
    """Any part of `google.colab`; `path` is its dotted name.

    It can be called, entered, iterated over (it is empty) and asked for any
    public attribute.
    """

    def __init__(self, path: str) -> None:
        self._path = path

    def __getattr__(self, name: str) -> "Harmless":
        # Python and IPython look for private names to find out what an object can do.
        if name.startswith("_"):
            raise AttributeError(name)
        return Harmless(f"{self._path}.{name}")

    def __call__(self, *_args: object, **_kwargs: object) -> Any:
        """Do nothing."""
        return RESULTS.get(self._path, lambda: self)()

    def __enter__(self) -> "Harmless":
        return self

    def __exit__(self, *_error: object) -> None:
        pass

    def __iter__(self) -> Iterator[object]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        return ""

    def __repr__(self) -> str:
        return f"<{self._path}, which does nothing while a notebook is graded>"


class _Google(ModuleType):
    """The name that `import google.colab` binds: the stand-in and whatever else there is."""

    def __init__(self) -> None:
        super().__init__("google")
        self.colab = Harmless("google.colab")

    def __getattr__(self, name: str) -> Any:
        return getattr(sys.modules.get("google", object()), name)


def google() -> ModuleType:
    """Return what `import google.colab` is to bind."""
    return _Google()


def find(path: str) -> Harmless:
    """Return the stand-in for `path`, such as `"google.colab.drive"`."""
    return Harmless(path)
