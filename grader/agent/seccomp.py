"""The system calls that a kernel gives up before it runs a student's code."""

import errno
from contextlib import suppress
from functools import cache
from typing import Any, Final

# What no notebook needs and what has let others break out, or look out.
FORBIDDEN: Final = (
    # other processes
    *("ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "pidfd_getfd", "kcmp"),
    # mounts and namespaces
    *("mount", "umount2", "pivot_root", "chroot", "unshare", "setns", "open_tree", "move_mount"),
    *("fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr", "open_tree_attr"),
    *("open_by_handle_at", "name_to_handle_at"),
    # interfaces into the kernel with a history
    *("bpf", "perf_event_open", "userfaultfd", "keyctl", "add_key", "request_key"),
    *("io_uring_setup", "io_uring_enter", "io_uring_register"),
    # who opens which file: programs that the machine runs, files as they are made
    *("fanotify_init", "inotify_add_watch"),
    # memory that belongs to no process, so that no limit finds it
    *("memfd_create", "memfd_secret"),
    *("shmget", "shmat", "shmctl", "shmdt", "msgget", "msgsnd", "msgrcv", "msgctl"),
    *("semget", "semop", "semtimedop", "semctl"),
    # the machine
    *("init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot"),
    *("swapon", "swapoff", "acct", "quotactl", "quotactl_fd", "syslog", "vhangup", "iopl"),
    *("ioperm", "settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "sethostname"),
    *("setdomainname", "personality", "lookup_dcookie", "uselib", "migrate_pages", "move_pages"),
)

# What reaches the rest of the machine where there are no namespaces. Landlock leaves all of it
# alone, and where a submission has no user of its own, so do file modes.
FORBIDDEN_OUTSIDE: Final = (
    # messages that outlive their process, and that others see
    *("mq_open", "mq_unlink"),
    # cutting files short where Landlock is old
    "truncate",
)

# What came to Linux after 6.5, the same numbers on every processor (syscall_64.tbl and
# asm-generic/unistd.h): files' attributes, lists of mounts, and what no one here has looked at. Who
# calls them goes on as on an older kernel. What comes next, after 511, is years away.
NEWER: Final = range(451, 512)

# Forbidden where the argument of this number, a process, is another than the caller.
ABOUT_OTHERS: Final = {
    "prlimit64": 0,
    "setpriority": 1,
    "ioprio_set": 1,
    "sched_setaffinity": 0,
    "sched_setattr": 0,
}

# The same, but pretended to be done: pthread_setschedparam names a thread of the caller's own by a
# number that no filter can tell from another process's, and libzmq, which calls it in every thread
# that it starts, aborts the process on EPERM.
PRETENDED_ABOUT_OTHERS: Final = ("sched_setscheduler", "sched_setparam")

# Pretended to be done: copying a file calls them, and they would work on files outside that are
# the user's own. Landlock does not know them.
PRETENDED: Final = (
    *("chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat"),
    *("utime", "utimes", "futimesat", "utimensat", "setxattr", "lsetxattr", "fsetxattr"),
    *("setxattrat", "removexattr", "lremovexattr", "fremovexattr", "removexattrat"),
)

# The flags of clone that make a namespace, <linux/sched.h>.
NAMESPACES: Final = (
    0x00000080,  # CLONE_NEWTIME
    0x00020000,  # CLONE_NEWNS
    0x02000000,  # CLONE_NEWCGROUP
    0x04000000,  # CLONE_NEWUTS
    0x08000000,  # CLONE_NEWIPC
    0x10000000,  # CLONE_NEWUSER
    0x20000000,  # CLONE_NEWPID
    0x40000000,  # CLONE_NEWNET
)

AF_UNIX: Final = 1
# SOCK_DGRAM, and SOCK_RAW, which between local sockets is the same.
DATAGRAMS: Final = (2, 3)
SOCK_TYPE_MASK: Final = 0xF
# They type into a terminal: TIOCSTI, and TIOCLINUX, which pastes.
TYPING: Final = (0x5412, 0x541C)
# They change a file's attributes, which Landlock does not know: FS_IOC_SETFLAGS,
# FS_IOC32_SETFLAGS and FS_IOC_FSSETXATTR, <linux/fs.h>.
ATTRIBUTES: Final = (0x40086602, 0x40046602, 0x401C5820)
# Commands of fcntl by which whoever owns a file has others wait to open it, and hears of them:
# F_SETLEASE and F_NOTIFY.
LEASING: Final = (1024, 1026)
# F_OFD_SETLK and F_OFD_SETLKW: locks of no process, which nobody could count.
UNOWNED_LOCKS: Final = (37, 38)
# The kernel reads these arguments as 32 bits, a filter as 64.
INT: Final = 0xFFFF_FFFF


@cache
def system_call_filter(*, namespaces: bool) -> Any:
    """Return the filter: everything is allowed but what is named here.

    With `namespaces`, the sandbox has its own, and what only reaches its own processes is left.
    """
    import pyseccomp as seccomp  # noqa: PLC0415 - not on every system

    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    rules.set_attr(seccomp.Attr.CTL_TSYNC, 1)
    with suppress(OSError, ValueError):
        # A tree instead of a list, from libseccomp 2.5 on: many rules then cost a call no more.
        rules.set_attr(seccomp.Attr.CTL_OPTIMIZE, 2)
    refused = seccomp.ERRNO(errno.EPERM)
    for name in FORBIDDEN:
        _forbid(rules, refused, name)
    for flag in NAMESPACES:
        _forbid(rules, refused, "clone", seccomp.Arg(0, seccomp.MASKED_EQ, flag, flag))
    # Its flags are behind a pointer, where no filter can look; the C library then uses clone.
    _forbid(rules, seccomp.ERRNO(errno.ENOSYS), "clone3")
    for number in NEWER:
        _forbid(rules, seccomp.ERRNO(errno.ENOSYS), number)
    for command in (*TYPING, *ATTRIBUTES):
        _forbid(rules, refused, "ioctl", seccomp.Arg(1, seccomp.MASKED_EQ, INT, command))
    for command in (*LEASING, *UNOWNED_LOCKS):
        _forbid(rules, refused, "fcntl", seccomp.Arg(1, seccomp.MASKED_EQ, INT, command))
    # libzmq aborts the process on EPERM, and takes this for a missing protocol.
    unsupported = seccomp.ERRNO(errno.EOPNOTSUPP)
    if namespaces:
        _forbid(rules, unsupported, "socket", seccomp.Arg(0, seccomp.NE, AF_UNIX))
    else:
        _forbid_outside(rules, seccomp, refused, unsupported)
    return rules


def _forbid_outside(rules: Any, seccomp: Any, refused: int, unsupported: int) -> None:
    for name in ("socket", "connect", "bind"):
        _forbid(rules, unsupported, name)
    for name in FORBIDDEN_OUTSIDE:
        _forbid(rules, refused, name)
    # A datagram goes wherever its sender says, connected or not.
    for kind in DATAGRAMS:
        datagrams = seccomp.Arg(1, seccomp.MASKED_EQ, SOCK_TYPE_MASK, kind)
        _forbid(rules, unsupported, "socketpair", datagrams)
    for name, argument in ABOUT_OTHERS.items():
        _forbid(rules, refused, name, seccomp.Arg(argument, seccomp.NE, 0))
    for name in PRETENDED_ABOUT_OTHERS:
        _forbid(rules, seccomp.ERRNO(0), name, seccomp.Arg(0, seccomp.NE, 0))
    for name in ("setpriority", "ioprio_set"):
        # Whole groups, or all processes of a user.
        _forbid(rules, refused, name, seccomp.Arg(0, seccomp.GT, 1))
    for name in PRETENDED:
        _forbid(rules, seccomp.ERRNO(0), name)


def _forbid(rules: Any, action: int, call: str | int, *arguments: Any) -> None:
    try:
        rules.add_rule(action, call, *arguments)
    except (OSError, ValueError):
        # A system call that this libseccomp or this processor does not know cannot be called by
        # its name either; the rest of the filter stands.
        return
