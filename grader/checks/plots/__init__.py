"""What students drew: figures as they were described, and the images that stand in them.

`figures`: the lines and pictures of a description, and the words near them.
`drawn_cells`: which cells after a training drew, and what to say where that is too little.
`drawings`: what a notebook drew after its training, judged as it ran and with stand-ins.
`image_match`: which images of a data set pictures show.
"""

from importlib import import_module
from typing import Any


def __getattr__(name: str) -> Any:
    # Folders released with 0.1.0 import from here what lies in a module of its own since.
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.drawings"), name)
