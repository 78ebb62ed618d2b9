"""Where submissions live: their folders' places, and the environment that they get."""

import os
import py_compile
import shutil
import sys
import tempfile
from contextlib import suppress
from importlib.util import cache_from_source
from pathlib import Path
from typing import Final

# numpy's and torch's thread pools fight over small matrices: one thread is three times faster
# on the networks of a course.
THREADS: Final = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)

# A path of a unix socket may have 107 bytes; the names below the folder take up to 40.
LONGEST_FOLDER: Final = 64


def base() -> Path:
    """Return the folder for temporary files, whose path leaves room for the names of sockets."""
    usual = tempfile.gettempdir()
    return Path(usual if len(usual) <= LONGEST_FOLDER else "/tmp")  # noqa: S108


def code_below(folder: Path) -> Path:
    """Return a new folder with a copy of what runs inside the sandbox, to be found by imports."""
    inside = Path(__file__).parent / "inside"
    if not sys.dont_write_bytecode:
        _compile(inside)
    code = folder / "code"
    code.mkdir()
    code.chmod(0o755)
    shutil.copytree(inside, code / "inside")
    return code


def _compile(folder: Path) -> None:
    """Have the code below `folder` compiled, as far as that may be written there.

    The copies are read-only to those who import them, who would compile them each time.
    """
    for source in folder.rglob("*.py"):
        compiled = Path(cache_from_source(source))
        if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
            with suppress(OSError):
                py_compile.compile(str(source), quiet=2)


def interpreter() -> str:
    """Return the Python that runs notebooks, by a path that leads there where folders are hidden.

    Whoever calls `../.venv/bin/python` names the folder where they are, which submissions lack.
    """
    python = Path(sys.executable)
    return str(python.parent.resolve() / python.name) if ".." in python.parts else str(python)


def environment(home: Path, temporary: Path) -> dict[str, str]:
    """Return the whole environment of a process that runs notebooks, with these folders."""
    return {
        **dict.fromkeys(THREADS, "1"),
        "PATH": os.pathsep.join([str(Path(interpreter()).parent), os.defpath]),
        "HOME": str(home),
        "USER": "student",
        "LOGNAME": "student",
        "TMPDIR": str(temporary),
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "MPLCONFIGDIR": str(home / "matplotlib"),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_PLATFORM_DIRS": "1",
        # Sets keep one order from run to run.
        "PYTHONHASHSEED": "0",
        "PYTHONNOUSERSITE": "1",
        # What is read-only or gone at the end need not be compiled for the next time.
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
