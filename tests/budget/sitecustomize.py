"""Has every process that starts with this on its path leave behind what it has imported.

The packages are written to the folder `BUDGET_FOLDER`, in a file whose name says what was started.
"""

import atexit
import os
import sys
from pathlib import Path
from typing import NoReturn


def _packages() -> set[str]:
    """Return the packages from outside the standard library; some put modules of theirs aside."""
    tops = {name.partition(".")[0] for name, module in sys.modules.items() if module is not None}
    files = {top: getattr(sys.modules.get(top), "__file__", None) for top in tops}
    inside = {top for top in tops if "site-packages" in (files[top] or "")}
    return inside - sys.stdlib_module_names


def _leave(process: int, folder: Path) -> None:
    # What is forked from it ends otherwise, or is another's.
    if os.getpid() == process:
        words = [Path(each).name for each in sys.orig_argv[1:] if not each.startswith(("-", "{"))]
        name = f"{'-'.join(words)[:60]}.{process}"
        (folder / name).write_text("\n".join(sorted(_packages())), "utf-8")


def _watch(process: int, folder: Path) -> None:
    end = os._exit

    def leaving(status: int) -> NoReturn:
        _leave(process, folder)
        end(status)

    atexit.register(_leave, process, folder)
    # What ends so has nobody called at its exit.
    os._exit = leaving


if "BUDGET_FOLDER" in os.environ:
    _watch(os.getpid(), Path(os.environ["BUDGET_FOLDER"]))
