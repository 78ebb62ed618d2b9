"""What a kernel of any kind does for grading: before its first cell, and around each."""

import threading
from collections.abc import MutableMapping, Sequence
from pathlib import Path
from typing import Any, Final

from . import BESIDE, figures, notes
from .fast_batches import loader
from .shims import colab, missing, offline_data, seeds
from .weights import Watch

# What the threads of a pool of concurrent.futures are called. A later state has none of them.
POOL: Final = "ThreadPoolExecutor-"


def make_ready(shell: Any, *, seed: int, data: dict[str, str], faithful: bool) -> None:
    """Make an IPython shell fit for grading, in the folder that the notebook runs in.

    All random numbers start from `seed`. `data` are the folders of data sets by their names, and of
    what lies beside the notebook. Unless it is to be `faithful`, batches are made faster.
    """
    notes.begin_cell(0)
    # A tip is drawn, from the notebook's random numbers, as often as a client asks for the banner.
    shell.enable_tip = False
    # `exit()` would end it a moment later, and be blamed on the cell that runs by then.
    shell.ask_exit = _nothing
    seeds.seed_everything(seed)
    colab.install(shell)
    missing.install(shell)
    figures.install()
    folders = dict(data)
    beside = folders.pop(BESIDE, None)
    if beside is not None:
        _lay_out(Path(beside))
    offline_data.redirect(folders)
    if not faithful:
        loader.install()


def _nothing() -> None:
    """Do nothing."""


def _lay_out(folder: Path) -> None:
    """Let the working folder hold copies of what is in `folder`."""
    for path in sorted(folder.rglob("*")):
        target = path.relative_to(folder)
        if path.is_dir():
            target.mkdir(exist_ok=True)
        else:
            target.write_bytes(path.read_bytes())


class Cells:
    """Tells what each cell left behind in `namespace`, the names `watched` above all."""

    def __init__(self, namespace: MutableMapping[str, Any], watched: Sequence[str]) -> None:
        self._watch = Watch(namespace, watched)

    def begin(self, cell: int) -> dict[str, Any]:
        """Prepare for the cell with this index."""
        notes.begin_cell(cell)
        figures.begin_cell()
        return {}

    def end(self) -> dict[str, Any]:
        """Tell what the last cell left behind."""
        if any(each.name.startswith(POOL) for each in threading.enumerate()):
            notes.note(
                "a pool of threads that was made here is gone when questions are asked: what waits "
                "for it gives no answer; make it inside the function"
            )
        return {
            "figures": figures.count(),
            "notes": notes.collect(),
            "left_out": missing.left_out(),
            "changed": self._watch.changed(),
        }
