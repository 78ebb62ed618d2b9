"""What one submission may see, change and use on rung 2: by Landlock and seccomp alone."""

from typing import Any, Final

from grader.i18n import marked
from grader.sandbox.confinement.base import Folders, Policy, closed
from grader.sandbox.limits import Limits
from grader.sandbox.rungs import FORK, LANDLOCK, LINUX, SECCOMP, Rung
from grader.sandbox.view import for_everyone, listed

# What numerical libraries read of the machine, where the rest of /proc is other processes'.
PROC: Final = (
    *("/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/filesystems", "/proc/self"),
    # How much of the processors there is: joblib asks, and stumbles where it may not.
    *("/sys/fs/cgroup/cpu.max", "/sys/fs/cgroup/cpu/cpu.cfs_quota_us"),
    "/sys/fs/cgroup/cpu/cpu.cfs_period_us",
)


class Landlocked(Policy):
    """A process that reads and writes what it was given, and makes no other system calls."""

    rung = Rung.KERNEL
    title = marked("rung 2: Landlock and seccomp")
    needs = (FORK, LINUX, LANDLOCK, SECCOMP)
    sandbox = True
    own_user = True

    def confinement(
        self, folders: Folders, limits: Limits, uid: int | None, *, counted: bool = False
    ) -> dict[str, Any]:
        """Return what the kernel's process gives up by itself, as its `Confinement`."""
        return {
            **super().confinement(folders, limits, uid, counted=counted),
            "read_all": uid is not None and not for_everyone(),
            "read": [*map(str, folders.view.parts()), *PROC],
            "names": [str(path) for path in listed()],
            "seccomp": True,
            "closed": closed(folders),
        }


POLICY: Final = Landlocked()
