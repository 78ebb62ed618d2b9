"""Bombs that take more than there is, each in a notebook of its own."""

from typing import Final

from tests.attacks.attack import Bomb
from tests.attacks.bombs.sockets import SOCKETS

GREED: Final = (
    Bomb(
        name="forks without end",
        must_not="more processes than the limit",
        code="import os\nwhile True: os.fork()",
        told="limit of processes|ended the kernel|limit of .* s",
    ),
    Bomb(
        name="memory in arrays",
        must_not="more memory than the limit",
        code="""
            import numpy as np, time
            held = []
            for _ in range(60):
                held.append(np.ones((8, 2**17)))
                time.sleep(0.01)
        """,
        told="limit of memory: over 400 MiB",
        limits={"cell_seconds": 20},
        control=True,
    ),
    Bomb(
        name="memory in a map",
        must_not="more memory than the limit, beside Python's own",
        code="""
            import mmap, time
            held = mmap.mmap(-1, 2**30)
            for place in range(0, 2**30, 2**23):
                held[place : place + 2**23] = b"x" * 2**23
                time.sleep(0.01)
        """,
        told="limit of memory: over 400 MiB",
        limits={"cell_seconds": 20},
    ),
    Bomb(
        name="memory in many processes",
        must_not="more memory than the limit in all processes together",
        code="""
            import os, time
            for _ in range(9):
                if os.fork() == 0:
                    held = b"x" * (60 * 2**20)
                    time.sleep(60)
                    os._exit(0)
            os.wait()
            os._exit(1)
        """,
        told="limit of memory: over 400 MiB",
        limits={"cell_seconds": 20},
    ),
    Bomb(
        name="output without end",
        must_not="the grader's time, by output that it throws away",
        code="while True: print('x' * 10_000)",
        told="limit of output: over 16 MiB|ended the kernel",
        limits={"cell_seconds": 20},
    ),
    Bomb(
        name="a value of many megabytes",
        must_not="more of the grader's memory than the limit, as a value's `repr`",
        code="""
            class Long:
                def __repr__(self): return "x" * 20_000_000
            Long()
        """,
        told="limit of output: a message over 16 MiB",
    ),
    Bomb(
        name="a message without end",
        must_not="the grader's memory, by a message that never ends",
        code=SOCKETS
        + """
import select, socket, stat, threading, time
from contextlib import suppress
# A frame of 4 MiB with another to follow, as it is on the wire.
frame = b"\\3" + (2**22).to_bytes(8, "big") + bytes(2**22)
def write(fd):
    with suppress(OSError):
        for _ in range(500):
            left = memoryview(frame)
            while left:
                select.select([], [fd], [])
                with suppress(BlockingIOError):
                    left = left[os.write(fd, left):]
for fd in range(3, 128):
    with suppress(OSError):
        # A copy of what is no socket would stay open: ZeroMQ aborts where no descriptor is left.
        if not stat.S_ISSOCK(os.fstat(fd).st_mode):
            continue
        if b"/k-" in os.fsencode(socket.socket(fileno=os.dup(fd)).getsockname()):
            threading.Thread(target=write, args=(fd,), daemon=True).start()
time.sleep(100)
""",
        told="limit of (messages|memory|output|8 s)",
        limits={"cell_seconds": 8},
    ),
    Bomb(
        name="many files",
        must_not="more room on the disk than the limit",
        code="""
            import os, time
            os.chdir(os.environ["TMPDIR"])
            for number in range(60_000):
                with open(str(number), "wb") as file:
                    file.write(b"x" * 5 * 2**20)
                time.sleep(0.1)
        """,
        told="limit of disk",
        limits={"cell_seconds": 20},
    ),
    Bomb(
        name="many empty files",
        must_not="the file system's entries, by files that take no room",
        code="""
            for number in range(10**7):
                open(str(number), "w").close()
        """,
        told="limit of disk",
        limits={"cell_seconds": 60},
    ),
    Bomb(
        name="locks without end",
        must_not="the kernel's memory, by locks on files, which count as nobody's",
        code="""
            import fcntl, time
            held = [open(str(number), "w") for number in range(60)]
            for file in held:
                for place in range(1000):
                    fcntl.lockf(file, fcntl.LOCK_EX, 1, 2 * place)
            time.sleep(20)
        """,
        told="limit of locks on files: over 10000",
        limits={"cell_seconds": 20},
    ),
    Bomb(
        name="files without a name",
        must_not="room on the disk, by files that are deleted while they are open",
        code="""
            import os, time
            held = []
            for number in range(100):
                held.append(open("gone", "wb"))
                os.remove("gone")
                held[-1].write(b"x" * 2**20)
                held[-1].flush()
                time.sleep(0.1)
        """,
        told="limit of disk",
        limits={"cell_seconds": 20},
    ),
    Bomb(
        name="files beside the sockets",
        must_not="room on the disk, in the folder of the kernel's sockets",
        code="""
            import ipykernel, os, time
            os.chdir(os.path.dirname(ipykernel.get_connection_file()))
            for number in range(100):
                with open(str(number), "wb") as file:
                    file.write(b"x" * 2**20)
                time.sleep(0.1)
        """,
        told="limit of disk",
        limits={"cell_seconds": 20},
    ),
)
