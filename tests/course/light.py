"""The first assignment without its training, so that fork servers import no torch."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from tests.notebooks import REFERENCE, SLOW, submission


@cache
def light_assignment() -> Path:
    """Return its folder, which is there until the tests end."""
    folder = Path(tempfile.mkdtemp(prefix="light-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return lightened(folder / "nn_from_scratch")


def lightened(folder: Path) -> Path:
    """Write the assignment to `folder` and return that."""
    shutil.copytree(REFERENCE.parent, folder, ignore=shutil.ignore_patterns("examples"))
    return submission(folder, drop=SLOW, name=REFERENCE.name).parent
