"""What the kernel gives up before it runs a student's code, from the inside.

In two steps, since both lock doors behind them: users, resource limits and Landlock bind one
thread and so come before the kernel starts any; seccomp forbids new sockets and so comes after the
kernel has made its own.
"""

import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from .privileges import become, give_up_capabilities
from .seccomp import system_call_filter


@dataclass(frozen=True)
class Confinement:
    """What to give up.

    `uid` is the user to become, None to stay; with `read_all` one that reads what root may, as far
    as Landlock leaves it. `resources` are limits by the names of the resource module. `read` and
    `write` are the paths that Landlock leaves, `names` the folders of which it leaves the names
    alone; `read` is None for no Landlock. `seccomp` forbids system calls, fewer of them
    where the sandbox has `namespaces` of its own. `closed` are files that cannot be read then.
    """

    uid: int | None = None
    read_all: bool = False
    resources: dict[str, int] = field(default_factory=dict)
    read: list[str] | None = None
    names: list[str] = field(default_factory=list)
    write: list[str] = field(default_factory=list)
    seccomp: bool = False
    namespaces: bool = False
    closed: list[str] = field(default_factory=list)


def before_threads(confinement: Confinement) -> None:
    """Take on the user, the limits and the paths. Raises OSError where one is refused."""
    import resource  # noqa: PLC0415 - where there is none, nothing is confined

    os.umask(0o077)
    for name, wanted in confinement.resources.items():
        number = getattr(resource, name)
        hard = resource.getrlimit(number)[1]
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(number, (most, most))
    if confinement.uid is not None:
        become(confinement.uid, read_all=confinement.read_all)
    elif confinement.read is not None:
        # What made the namespaces may need some.
        give_up_capabilities()
    if confinement.read is not None:
        _leave_only(confinement.read, confinement.names, confinement.write)


def holds(confinement: Confinement) -> bool:
    """Whether what is to be closed is, tried by this process after `before_threads`."""
    return not any(map(_readable, confinement.closed))


def _readable(path: str) -> bool:
    try:
        with Path(path).open("rb") as file:
            return bool(file.read(1))
    except OSError:
        return False


def _leave_only(read: list[str], names: list[str], write: list[str]) -> None:
    from py_landlock import AccessFs, Landlock  # noqa: PLC0415 - not on every system

    look = AccessFs.EXECUTE | AccessFs.READ_FILE | AccessFs.READ_DIR
    change = (
        AccessFs.WRITE_FILE
        | AccessFs.TRUNCATE
        | AccessFs.REMOVE_DIR
        | AccessFs.REMOVE_FILE
        | AccessFs.MAKE_DIR
        | AccessFs.MAKE_REG
        | AccessFs.MAKE_SYM
        | AccessFs.MAKE_SOCK
        | AccessFs.MAKE_FIFO
        | AccessFs.REFER
    )
    on_files = AccessFs.EXECUTE | AccessFs.READ_FILE | AccessFs.WRITE_FILE | AccessFs.TRUNCATE
    # Older kernels know fewer rights; those that they know are taken.
    rules = Landlock(strict=False)
    access_by_path = [
        *((path, look) for path in read),
        *((path, AccessFs.READ_DIR) for path in names),
        *((path, look | change) for path in write),
    ]
    for path, access in access_by_path:
        if Path(path).exists():
            rules.add_path_rule(path, access=access if Path(path).is_dir() else access & on_files)
    rules.apply()


def prepare(*, namespaces: bool) -> None:
    """Make ahead what `after_sockets` needs, once for all who are forked from here."""
    # Where this system has no such filter, who asks for it will hear of it.
    with suppress(Exception):
        system_call_filter(namespaces=namespaces)


def after_sockets(confinement: Confinement) -> None:
    """Forbid system calls to all threads. Raises OSError where the kernel refuses that."""
    if confinement.seccomp:
        system_call_filter(namespaces=confinement.namespaces).load()
