"""What one submission may see, change and use: on rung 3, and what all rungs have in common."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from grader.i18n import marked
from grader.sandbox.limits import Limits
from grader.sandbox.rungs import FORK, Finding, Rung
from grader.sandbox.view import View, needed, view

DEVICES: Final = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
# Shared memory: the sandbox's own where it has namespaces, and everybody's elsewhere.
SHARED_MEMORY: Final = "/dev/shm"  # noqa: S108
# By how many processes the limit for each user lies above that of a control group.
ROOM: Final = 16


@dataclass(frozen=True)
class Folders:
    """Where a submission lives: `code` is what it is run by, `data` the data sets it may read.

    `work` is where it starts, `scratch` all that it may write to, `run` where its sockets are.
    `private` are folders that it must not see, wherever they lie.
    """

    code: Path
    data: tuple[Path, ...]
    work: Path
    scratch: tuple[Path, ...]
    run: Path
    private: tuple[Path, ...] = ()

    @property
    def view(self) -> View:
        """What is seen of the machine. Raises UsageError as `view` does."""
        return view((self.code, *self.data), self.private)


class Policy:
    """A separate process with limits, and no sandbox; the other rungs confine it further.

    `title` is what a report says of the rung, `needs` what has to be found here for it to work.
    `probes` find out what no other rung needs: each returns a Finding whose `what` is in `needs`.
    `sandbox` says whether other people's notebooks may be run on it.
    `own_user` says whether each submission has a user of its own, where the grader may give it
    one, and whether it cannot change what it is given to read. `own_namespaces` says whether it is
    alone in namespaces of its own, with folders in memory that are nobody else's. `boxed` says
    whether it runs in a box at all, where its states are forked.
    """

    rung = Rung.PROCESS
    title = marked("rung 3: a separate process with resource limits (not a sandbox)")
    needs: tuple[str, ...] = (FORK,)
    probes: tuple[Callable[[], Finding], ...] = ()
    sandbox = False
    own_user = False
    own_namespaces = False
    boxed = True

    def command(self, folders: Folders, limits: Limits, *, server: bool = False) -> list[str]:  # noqa: ARG002
        """Return the command up to the program that is to be confined, which may be empty.

        A fork `server` may confine what is forked from it further.
        """
        return []

    def confinement(
        self, folders: Folders, limits: Limits, uid: int | None, *, counted: bool = False
    ) -> dict[str, Any]:
        """Return what the kernel's process gives up by itself, as its `Confinement`.

        Where its processes are `counted` by a control group, that one is to be met first, since it
        tells of it.
        """
        resources = {
            "RLIMIT_CORE": 0,
            "RLIMIT_NOFILE": limits.open_files,
            "RLIMIT_FSIZE": limits.disk_bytes,
            "RLIMIT_CPU": limits.cpu_seconds,
        }
        if uid is not None or self.own_namespaces:
            # Counted for each user, and in a user namespace for itself: elsewhere it would count
            # the processes of whoever runs the grader too, and the watchdog has to do.
            resources["RLIMIT_NPROC"] = limits.processes + (ROOM if counted else 0)
        written = (folders.work, *folders.scratch, folders.run, *DEVICES)
        return {
            "uid": uid,
            "read_all": False,
            "resources": resources if os.name == "posix" else {},
            "read": None,
            "names": [],
            "write": [str(path) for path in written],
            "seccomp": False,
            "namespaces": False,
            "closed": [],
        }


POLICY: Final = Policy()


def closed(folders: Folders) -> list[str]:
    """Return the private files, of which it is tried whether they can be opened."""
    return [str(path) for path in folders.private if path.is_file()]


def readable_below(folder: Path, data: Iterable[Path]) -> list[str] | None:
    """Return the paths below `folder` of all that a submission with these data sets reads.

    None where it reads the folder itself, which then cannot be emptied but for these.
    """
    paths = [*needed(), *data]
    if any(folder.is_relative_to(path) for path in paths):
        return None
    return [str(path) for path in paths if path.is_relative_to(folder)]
