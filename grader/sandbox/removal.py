"""Removing what a notebook has left behind, whatever it is."""

import shutil
import subprocess
from contextlib import suppress
from pathlib import Path


def remove(folder: Path) -> None:
    """Remove `folder` and everything below it, as far as that can be done.

    No process that could change it may be left. Symbolic links are removed, not followed.
    """
    with suppress(OSError, RecursionError):
        shutil.rmtree(folder)
        return
    # Folders may be shut, or nested deeper than Python can follow.
    subprocess.run(["chmod", "-R", "u+rwX", str(folder)], capture_output=True, check=False)
    subprocess.run(["rm", "-rf", str(folder)], capture_output=True, check=False)
