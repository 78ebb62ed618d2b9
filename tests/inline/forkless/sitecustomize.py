"""Takes from Python what Windows does not have. For processes that find it first in their path.

The libraries of this system's own, which do without them elsewhere, are imported before, or find
what they need. So does torch, which no process here should have to wait for: it asks to be told of
forks, and for the processors that it may use.
"""

import os
import select
import signal
import socket
import subprocess
import sys
import types
from contextlib import suppress

with suppress(ImportError):
    import ipykernel.kernelapp  # noqa: F401
    import platformdirs  # noqa: F401
    import psutil  # noqa: F401

MODULES = ("fcntl", "resource", "grp", "pwd", "termios", "tty", "pty")
GONE = {
    os: (
        *("fork", "forkpty", "memfd_create", "setpgid", "getpgid", "setsid", "killpg", "waitid"),
        *("wait4", "chown", "getuid", "geteuid", "getgid", "getegid", "pread", "pidfd_open"),
        *("O_CLOEXEC", "O_NOFOLLOW", "O_NONBLOCK", "O_DIRECTORY", "sysconf", "statvfs", "mkfifo"),
    ),
    socket: ("SCM_RIGHTS", "SCM_CREDENTIALS", "SO_PASSCRED", "send_fds", "recv_fds", "CMSG_LEN"),
    signal: (
        *("SIGALRM", "SIGCHLD", "SIGHUP", "SIGKILL", "SIGPROF", "SIGSTOP", "SIGVTALRM", "SIGXCPU"),
        *("ITIMER_PROF", "ITIMER_REAL", "ITIMER_VIRTUAL", "setitimer", "pthread_kill"),
    ),
    select: ("poll", "epoll"),
}

# How a process is ended is this library's to know.
subprocess.signal = types.SimpleNamespace(**vars(signal))  # type: ignore[attr-defined]
for module in MODULES:
    sys.modules[module] = None  # type: ignore[assignment]
for holder, names in GONE.items():
    for name in names:
        if hasattr(holder, name):
            delattr(holder, name)
