"""Takes from Python what Windows does not have. For processes that find it first in their path.

The libraries of this system's own, which do without them elsewhere, are imported before.
"""

import os
import select
import signal
import socket
import sys
from contextlib import suppress

with suppress(ImportError):
    import ipykernel.kernelapp  # noqa: F401
    import platformdirs  # noqa: F401
    import psutil  # noqa: F401

MODULES = ("fcntl", "resource", "grp", "termios", "tty", "pty")
GONE = {
    os: (
        *("fork", "forkpty", "register_at_fork", "memfd_create", "setpgid", "killpg", "waitid"),
        *("geteuid", "O_CLOEXEC", "O_NOFOLLOW", "O_NONBLOCK", "O_DIRECTORY", "sysconf", "pread"),
    ),
    socket: ("SCM_RIGHTS", "SCM_CREDENTIALS", "SO_PASSCRED", "send_fds", "recv_fds", "CMSG_LEN"),
    signal: ("SIGALRM", "setitimer"),
    select: ("poll", "epoll"),
}

for module in MODULES:
    sys.modules[module] = None  # type: ignore[assignment]
for holder, names in GONE.items():
    for name in names:
        if hasattr(holder, name):
            delattr(holder, name)
