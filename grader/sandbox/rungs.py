"""How strongly a submission can be confined here: the rungs, and what each needs.

    1  namespaces by bubblewrap, with Landlock and seccomp on top
    2  Landlock and seccomp alone
    3  a separate process with resource limits: not a sandbox
    4  a separate process without any, where there is no fork: not a sandbox

The strongest rung that works is taken. "Works" is tried, not concluded: containers refuse at
run time what the kernel's version would allow.
"""

import ctypes.util
import os
import platform
import shutil
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING, Final

from grader.errors import UsageError
from grader.i18n import _

if TYPE_CHECKING:
    from grader.sandbox.confinement import Policy

PROBE_SECONDS = 20
_MOST_AT_ONCE: Final = 8
FORK: Final = "fork"
LINUX: Final = "Linux"
LANDLOCK: Final = "Landlock"
SECCOMP: Final = "seccomp"
BUBBLEWRAP: Final = "bubblewrap"


class Rung(IntEnum):
    """A strength of confinement; the smaller the stronger.

    Each has a policy in `grader.sandbox.confinement`, by a file that its `_FILES` names.
    """

    NAMESPACES = 1
    KERNEL = 2
    PROCESS = 3
    PLAIN = 4

    def __str__(self) -> str:
        """Return what a report says of it."""
        return _(policy(self).title)


def policy(rung: Rung) -> "Policy":
    """Return how submissions are confined on a rung."""
    # Policies begin with what is found out here.
    from grader.sandbox.confinement import POLICIES  # noqa: PLC0415

    return POLICIES[rung]


@dataclass(frozen=True)
class Finding:
    """One thing that a rung needs: whether it is here, and if not, how to get it."""

    what: str
    here: bool
    detail: str


def findings() -> tuple[Finding, ...]:
    """Return what was found of all that the rungs need."""
    return tuple(each.result() for each in look_ahead())


@cache
def look_ahead() -> tuple[Future[Finding], ...]:
    """Begin to find out what the rungs need, which mostly is waiting for other programs."""
    threads = ThreadPoolExecutor(_MOST_AT_ONCE)
    try:
        common = [threads.submit(_fork)]
        if not hasattr(os, "fork"):
            # Nothing else makes up for that.
            return tuple(common)
        common += map(threads.submit, (_linux, _landlock, _seccomp, _bubblewrap))
        # Policies take long to import: the others are being looked for meanwhile.
        own = [threads.submit(probe) for rung in Rung for probe in policy(rung).probes]
        return (*common, *own)
    finally:
        threads.shutdown(wait=False)


@cache
def available() -> tuple[Rung, ...]:
    """Return the rungs that work here, the strongest first."""
    here = {finding.what for finding in findings() if finding.here}
    return tuple(rung for rung in Rung if here.issuperset(policy(rung).needs))


def choose(*, required: bool, wanted: Rung | None = None) -> Rung:
    """Return the strongest rung, which is a sandbox where one is `required`, or the `wanted` one.

    Raises UsageError where a sandbox is required and there is none, or where the wanted
    rung is none or does not work here.
    """
    able = [rung for rung in available() if policy(rung).sandbox or not required]
    rung = wanted or (able or available())[0]
    missing = "; ".join(each.detail for each in findings() if not each.here)
    if rung not in available():
        raise UsageError(f"{rung} does not work here: {missing}.")
    if able and rung not in able:
        raise UsageError(f"Other people's notebooks need a sandbox, and {rung} is none.")
    if not able:
        raise UsageError(
            "Other people's notebooks need a sandbox, and this machine offers none: "
            f"{missing}. `grader doctor` shows it in detail; --no-require-sandbox grades all the "
            "same, with whatever the notebooks do done in your name."
        )
    return rung


def _fork() -> Finding:
    if hasattr(os, "fork"):
        return Finding(FORK, True, "a notebook's states are kept as it runs")
    return Finding(
        FORK,
        False,
        "this system has no fork, as Linux, macOS and WSL have: cells are run again for questions "
        "about the state that they led to, and nothing confines them",
    )


def _linux() -> Finding:
    if sys.platform == "linux":
        return Finding(LINUX, True, platform.release())
    return Finding(LINUX, False, "confinement needs Linux, for example in a VM")


def _landlock() -> Finding:
    what = LANDLOCK
    try:
        from py_landlock import get_abi_version  # noqa: PLC0415 - not on every system

        version = int(get_abi_version())
    except ImportError:
        return Finding(what, False, "Landlock's binding is missing: pip install py-landlock")
    except Exception as error:  # noqa: BLE001 - whatever it is, there is no Landlock
        return Finding(
            what, False, f"the kernel offers no Landlock ({error}): Linux 5.13 or later has it"
        )
    return Finding(what, True, f"ABI {version}")


def _seccomp() -> Finding:
    what = SECCOMP
    if ctypes.util.find_library("seccomp") is None:
        return Finding(what, False, "libseccomp is missing: apt install libseccomp2")
    code = (
        "import pyseccomp as s; f = s.SyscallFilter(s.ALLOW); "
        "f.add_rule(s.ERRNO(1), 'ptrace'); f.load()"
    )
    done = _run([sys.executable, "-P", "-c", code])
    if done is None:
        return Finding(what, True, "system calls can be filtered")
    if "ModuleNotFoundError" in done:
        return Finding(what, False, "seccomp's binding is missing: pip install pyseccomp")
    return Finding(what, False, f"system calls cannot be filtered here ({done})")


def _bubblewrap() -> Finding:
    what = BUBBLEWRAP
    program = shutil.which("bwrap")
    if program is None:
        return Finding(what, False, "bubblewrap is missing: apt install bubblewrap")
    done = _run([*namespace_options(program), "--ro-bind", "/", "/", "--proc", "/proc", "true"])
    if done is None:
        return Finding(what, True, "namespaces can be made")
    return Finding(
        what,
        False,
        f"bubblewrap cannot make namespaces here ({done}): allow user namespaces, for example "
        "with a container's --security-opt seccomp=unconfined or an AppArmor profile for bwrap",
    )


def namespace_options(program: str, *, nested: bool = False) -> list[str]:
    """Return the call of bubblewrap with everything unshared, up to its mounts.

    Where it is to be `nested`, what it runs may make such namespaces too.
    """
    options = [program, "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
    options += ["--unshare-cgroup-try", "--die-with-parent", "--cap-drop", "ALL"]
    if os.geteuid() == 0:
        # A user namespace would map another user to root itself. The supervisor needs these to
        # make the kernel's process a real unprivileged user, which then has none, and to end it.
        needed = ["CAP_SETUID", "CAP_SETGID", "CAP_KILL", *(["CAP_SYS_ADMIN"] if nested else [])]
        return [*options, *(part for each in needed for part in ("--cap-add", each))]
    # Whoever makes a user namespace has every capability there.
    return [*options, "--unshare-user", *(() if nested else ("--disable-userns",))]


def _run(command: list[str]) -> str | None:
    """Return None where the command succeeds, else the last line of what it said."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=PROBE_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if done.returncode == 0:
        return None
    return (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
