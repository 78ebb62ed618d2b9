"""Folders for what runs submissions, and the environment that it gets there.

They are gone with whoever made them, or by the next one's hand.
"""

import os
import py_compile
import shutil
import stat
import subprocess
import sys
import tempfile
from contextlib import ExitStack, suppress
from functools import cache
from importlib.util import cache_from_source
from pathlib import Path
from typing import Final

from grader.files import flags


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
# What the agent is called where a notebook runs: no module of a student's has the name.
AGENT: Final = "grader_agent"


def base() -> Path:
    """Return the folder for temporary files, whose path leaves room for the names of sockets."""
    usual = tempfile.gettempdir()
    return Path(usual if len(usual) <= LONGEST_FOLDER else "/tmp")  # noqa: S108


def code_below(folder: Path) -> Path:
    """Return a new folder with a copy of the agent, to be found by imports."""
    agent = Path(__file__).parents[1] / "agent"
    if not sys.dont_write_bytecode:
        _compile(agent)
    code = folder / "code"
    code.mkdir()
    code.chmod(0o755)
    shutil.copytree(agent, code / AGENT)
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


_PREFIX: Final = "ng-"
# Held as long as its maker lives: the kernel lets go of it, however that ends.
_LOCK: Final = "lock"
_FLAGS: Final = os.O_RDWR | flags("O_CLOEXEC", "O_NOFOLLOW")


class Fresh:
    """A new folder below that for temporary files, which others may enter and not list."""

    def __init__(self) -> None:
        _sweep()
        # Until its lock is held it has a name that no sweep knows.
        made = Path(tempfile.mkdtemp(prefix=f".{_PREFIX}", dir=base()))
        with ExitStack() as undone:
            undone.callback(remove, made)
            self._lock = os.open(made / _LOCK, _FLAGS | os.O_CREAT, 0o600)
            undone.callback(os.close, self._lock)
            _hold(self._lock)
            self.path = made.rename(made.with_name(made.name.removeprefix(".")))
            undone.callback(remove, self.path)
            self.path.chmod(0o711)
            undone.pop_all()

    def close(self) -> None:
        """Remove it with all that is in it."""
        remove(self.path)
        os.close(self._lock)


@cache
def _sweep() -> None:
    """Remove, once in a process, the folders of graders of this user that were killed."""
    for folder in base().glob(f"{_PREFIX}*"):
        with suppress(OSError):
            found = folder.lstat()
            if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and _left(folder):
                remove(folder)


def _left(folder: Path) -> bool:
    """Whether nobody holds the lock of a folder. Raises OSError where it has none."""
    lock = os.open(folder / _LOCK, _FLAGS)
    try:
        _hold(lock)
    except BlockingIOError:
        return False
    finally:
        os.close(lock)
    return True


def _hold(lock: int) -> None:
    """Take a file's lock. Raises BlockingIOError where another process holds it."""
    import fcntl  # noqa: PLC0415 - not every system has it

    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
