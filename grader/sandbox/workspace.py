"""The folder in which one submission runs, the environment it gets, and how it is confined."""

import itertools
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from grader.sandbox.confinement import Folders, command, confinement, uid_for
from grader.sandbox.limits import Limits
from grader.sandbox.removal import remove
from grader.sandbox.rungs import Rung
from grader.sandbox.supervisor import Supervisor
from grader.sandbox.watchdog import Watchdog

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

_numbers = itertools.count(os.getpid())


class Workspace:
    """A fresh folder for one submission, gone at the end, with every process of it.

    `data` maps a data set's name to the folder of its files that the notebook reads; `rung` is how
    strongly the submission is confined.
    """

    def __init__(self, datasets: Mapping[str, Path], *, rung: Rung, limits: Limits) -> None:
        base = tempfile.gettempdir()
        self.folder = Path(
            tempfile.mkdtemp(prefix="ng-", dir=base if len(base) <= LONGEST_FOLDER else "/tmp")  # noqa: S108
        )
        self.folder.chmod(0o711)
        self._runs = itertools.count(1)
        self.rung = rung
        self.limits = limits
        self.uid = uid_for(next(_numbers)) if rung is not Rung.PROCESS else None
        self.work, self.home, self.tmp = (self._folder(name) for name in ("work", "home", "tmp"))
        self.run = self._folder("run0")
        self.code = self.folder / "code"
        shutil.copytree(Path(__file__).parent / "inside", self.code / "inside")
        self.data = {name: str(self._own(name, raw)) for name, raw in datasets.items()}
        self._supervisors: list[Supervisor] = []
        # On rung 1 the folders are in memory and of limited size.
        folders = () if rung is Rung.NAMESPACES else (self.work, self.home, self.tmp)
        self.watchdog = Watchdog(limits, self._pids, folders)

    def _pids(self) -> list[int]:
        pids = [supervisor.pid for supervisor in self._supervisors]
        return [pid for pid in pids if pid is not None]

    def _folder(self, name: str) -> Path:
        """Make a folder that the submission's user owns."""
        folder = self.folder / name
        folder.mkdir(mode=0o700)
        self.give(folder)
        return folder

    def renew_run(self) -> None:
        """Let `run` be a fresh folder, for a kernel after the first.

        The grader writes into it. What ran before may have left links in the former one, which
        would lead the grader, who may be root, to write wherever they point.
        """
        self.run = self._folder(f"run{next(self._runs)}")

    def _own(self, name: str, raw: Path) -> Path:
        """Return a folder with the files that the submission cannot change for others."""
        if self.rung is not Rung.PROCESS:
            return raw
        copy = self.folder / "data" / name / "raw"
        shutil.copytree(raw, copy, copy_function=shutil.copyfile)
        return copy

    def give(self, path: Path) -> None:
        """Make `path` the property of the user that the submission runs as."""
        if self.uid is not None:
            os.chown(path, self.uid, self.uid, follow_symlinks=False)

    @property
    def folders(self) -> Folders:
        """What the submission may see and change."""
        return Folders(
            code=self.code,
            data=tuple(Path(raw) for raw in self.data.values()),
            work=self.work,
            scratch=(self.home, self.tmp),
            run=self.run,
        )

    def command(self) -> list[str]:
        """Return the command up to the program that is to be confined."""
        return command(self.rung, self.folders, self.limits)

    def confinement(self) -> dict[str, Any]:
        """Return what the kernel's process gives up by itself."""
        return confinement(self.rung, self.folders, self.limits, self.uid)

    def environment(self) -> dict[str, str]:
        """Return the whole environment of the process that runs the notebook."""
        return {
            **dict.fromkeys(THREADS, "1"),
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.defpath]),
            "HOME": str(self.home),
            "USER": "student",
            "LOGNAME": "student",
            "TMPDIR": str(self.tmp),
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            "MPLCONFIGDIR": str(self.home / "matplotlib"),
            "IPYTHONDIR": str(self.home / "ipython"),
            "JUPYTER_PLATFORM_DIRS": "1",
            # Sets keep one order from run to run.
            "PYTHONHASHSEED": "0",
            "PYTHONNOUSERSITE": "1",
            # What is read-only or gone at the end need not be compiled for the next time.
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        }

    def supervisor(self) -> Supervisor:
        """Return a new supervisor, which ends with the workspace."""
        supervisor = Supervisor()
        self._supervisors.append(supervisor)
        return supervisor

    def close(self) -> None:
        """End every process of the submission and remove the folder."""
        self.watchdog.close()
        for supervisor in self._supervisors:
            supervisor.end()
        remove(self.folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
