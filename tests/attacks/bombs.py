"""Attacks on the machine and on the grader's own process: each takes what it can get."""

from typing import Final

from tests.attacks.attack import Bomb

# What the process that runs the notebook says the kernel's sockets by.
_SOCKETS: Final = """
import json, os
kernel = get_ipython().kernel
def send(kind, content, parent=None):
    kernel.session.send(kernel.iopub_socket, kind, content, parent or kernel.get_parent())
"""

# They end in an error of the cell's own, or cost nothing: many share a notebook.
MILD: Final = (
    Bomb(
        name="recursion without end",
        must_not="more than an error",
        code="def deeper(): return deeper()\ndeeper()",
        told="RecursionError",
    ),
    Bomb(
        name="threads without end",
        must_not="more threads than the limit",
        code="""
            import threading
            stop = threading.Event()
            try:
                for _ in range(80):
                    threading.Thread(target=stop.wait, daemon=True).start()
            finally:
                stop.set()
        """,
        told="limit of processes is 64",
        control=True,
    ),
    Bomb(
        name="open files without end",
        must_not="more open files than the limit",
        code="held = [open('/dev/null') for _ in range(300)]",
        told="limit of open files is 128",
        control=True,
    ),
    Bomb(
        name="one huge file",
        must_not="more room on the disk than the limit",
        code="""
            with open("big", "wb", buffering=0) as file:
                try:
                    while file.tell() < 40 * 2**20:
                        file.write(bytes(2**20))
                finally:
                    file.truncate(0)
        """,
        told="limit of disk is 16 MiB",
        control=True,
    ),
    Bomb(
        name="memory that belongs to no process",
        must_not="memory in files that have no name",
        code="""
            import os
            held = [os.memfd_create("m") for _ in range(40)]
            written = sum(os.write(each, bytes(15 * 2**20)) for each in held)
        """,
        told="PermissionError|Operation not permitted",
    ),
    Bomb(
        name="memory that outlives its process",
        must_not="memory in segments that nobody holds",
        code="""
            import ctypes
            if ctypes.CDLL(None, use_errno=True).shmget(0, 2**28, 0o1666) < 0:
                raise OSError(ctypes.get_errno(), "shmget")
        """,
        told="PermissionError|Operation not permitted",
    ),
    Bomb(
        name="a flood on stdout",
        must_not="more of the grader's memory than the limit",
        code="for _ in range(300): print('x' * 10_000)",
        told="printed more than is kept",
        control=True,
    ),
    Bomb(
        name="a flood on stderr",
        must_not="more of the grader's memory than the limit",
        code="import sys\nfor _ in range(300): print('x' * 10_000, file=sys.stderr)",
        told="printed more than is kept",
    ),
    Bomb(
        name="a flood of values",
        must_not="more of the grader's memory than the limit, as data that is no text",
        code="""
            for _ in range(20):
                display({"application/json": {"x": ["x" * 100_000] * 5}}, raw=True)
        """,
        told="printed more than is kept",
    ),
    Bomb(
        name="a flood of widgets",
        must_not="more of the grader's memory than the limit, as the state of widgets",
        code=_SOCKETS
        + """
for number in range(20):
    data = {"state": {"text": "x" * 500_000, "_model_name": "OutputModel"}}
    send("comm_open", {"comm_id": str(number), "target_name": "jupyter.widget", "data": data})
""",
        told="printed more than is kept",
    ),
    Bomb(
        name="an error of many megabytes",
        must_not="more of the grader's memory than the limit, as an exception's text",
        code="raise ValueError('x' * 30_000_000)",
        told="ValueError|printed more than is kept",
    ),
    Bomb(
        name="a name of many megabytes",
        must_not="a report that nobody can open",
        code="exec(f\"raise type('E' * 5_000_000, (Exception,), dict())('{'x' * 5_000_000}')\")",
        told="EEEE|printed more than is kept",
    ),
    Bomb(
        name="messages that are none",
        must_not="the grader, by what is no message on the channel of outputs",
        code=_SOCKETS
        + """
for frames in ([b""], [b"junk"], [b"<IDS|MSG>"], [b"<IDS|MSG>", b"", b"{", b"", b"", b""]):
    kernel.iopub_socket.send_multipart(frames)
deep = b"[" * 100_000
signed = [b"{}", b"{}", b"{}", deep]
for parts in (signed, [b"1", b"1", b"1", b"1"], [b"{}", b"[]", b"{}", b"[]"]):
    kernel.iopub_socket.send_multipart([b"<IDS|MSG>", kernel.session.sign(parts), *parts])
raise ValueError("sent")
""",
        told="ValueError: sent",
    ),
    Bomb(
        name="outputs that are malformed",
        must_not="the grader, by outputs whose parts are missing or of another kind",
        code=_SOCKETS
        + """
kinds = ("stream", "display_data", "execute_result", "error", "status", "clear_output",
         "update_display_data", "comm_open", "comm_msg", "comm_close", "nothing", "grader_reply")
odd = (None, 1, "x", [], [[1]], {}, {"x": {"y": []}})
names = ("text", "name", "data", "metadata", "ename", "evalue", "traceback", "transient",
         "execution_count", "comm_id", "target_name")
for kind in kinds:
    send(kind, {})
    for value in odd:
        send(kind, dict.fromkeys(names, value))
send("display_data", {"data": [{}], "metadata": {}})
send("display_data", {"data": {"text/plain": 1, "x\\x1b[2J": 2}, "metadata": {}})
raise ValueError("sent")
""",
        told="ValueError: sent",
    ),
    Bomb(
        name="replies that are malformed",
        must_not="the grader, by replies whose parts are missing or of another kind",
        code=_SOCKETS
        + """
sent = kernel.session.send
def twice(stream, kind, *arguments, **options):
    if isinstance(kind, str) and kind.endswith("_reply"):
        for content in ({}, {"figures": -1, "notes": 3}, {"figures": "x", "notes": [[1], None]}):
            options_ = {**options, "content": None}
            parent = arguments[1] if len(arguments) > 1 else options.get("parent")
            sent(stream, kind, content, parent={}, ident=options.get("ident"))
            stream.send_multipart([*(options.get("ident") or []), b"junk"])
    return sent(stream, kind, *arguments, **options)
kernel.session.send = twice
raise ValueError("sent")
""",
        told="ValueError: sent",
    ),
)

# They take their process with them, or hold it: each has a notebook to itself.
GRAVE: Final = (
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
        code=_SOCKETS
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
    Bomb(
        name="a loop without end",
        must_not="more time than the limit",
        code="while True: pass",
        told="limit of 2 s for a cell",
        control=True,
    ),
    Bomb(
        name="a loop that cannot be interrupted",
        must_not="more time than the limit and a moment",
        code="""
            while True:
                try:
                    while True: pass
                except BaseException:
                    pass
        """,
        told="limit of 2 s for a cell",
    ),
    Bomb(
        name="a call that does not return",
        must_not="more time than the limit and a moment",
        code="import ctypes\nctypes.PyDLL(None).sleep(1000)",
        told="limit of 2 s for a cell",
    ),
    Bomb(
        name="processor time",
        must_not="more processor time than the limit, which rest does not count for",
        code="while True: pass",
        told="limit of processor time: over 4 s",
        limits={"cpu_seconds": 4, "cell_seconds": 60},
    ),
    Bomb(
        name="a stop",
        must_not="a grader that waits for a stopped process",
        code="import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
        told="limit of 2 s for a cell",
    ),
    Bomb(
        name="an overflow of the stack",
        must_not="more than its own process",
        code="""
            import sys
            sys.setrecursionlimit(10**9)
            deep = []
            for _ in range(10**6):
                deep = [deep]
            class Deeper:
                def __getattr__(self, name):
                    return getattr(self, name)
            repr(deep) and Deeper().x
        """,
        told="ended the kernel|RecursionError",
        limits={"cell_seconds": 20},
    ),
    Bomb(
        name="an exit",
        must_not="more than its own process",
        code="import os\nos._exit(0)",
        told="ended the kernel",
    ),
    Bomb(
        name="a bad pointer",
        must_not="more than its own process",
        code="import ctypes\nctypes.string_at(0)",
        told="ended the kernel",
    ),
    Bomb(
        name="an abort",
        must_not="more than its own process",
        code="import os\nos.abort()",
        told="ended the kernel",
    ),
    Bomb(
        name="closed descriptors",
        must_not="a grader that waits for an answer by a connection that is gone",
        code="import os\nos.closerange(0, 256)",
        told="ended the kernel|limit of",
    ),
    Bomb(
        name="deleted folders",
        must_not="the folders that the next cells need",
        code="""
            import ipykernel, os, shutil
            for folder in (os.getcwd(), os.path.expanduser("~"), os.environ["TMPDIR"],
                           os.path.dirname(ipykernel.get_connection_file())):
                shutil.rmtree(folder, ignore_errors=True)
            os._exit(1)
        """,
        told="ended the kernel",
    ),
    Bomb(
        name="signals to its family",
        must_not="the processes that answer, and the one that ends all others",
        code="""
            import os, signal
            for pid in (os.getppid(), 1):
                try:
                    os.kill(pid, signal.SIGKILL)
                except OSError:
                    pass
            os.killpg(0, signal.SIGKILL)
        """,
        told="ended the kernel",
    ),
    Bomb(
        name="an agent that is silent",
        must_not="a grader that waits for its own requests",
        code="""
            kernel = get_ipython().kernel
            kernel.shell_handlers["grader_request"] = lambda *_: None
        """,
        told="ended the kernel",
    ),
    Bomb(
        name="an agent that keeps nothing",
        must_not="a grader that waits for states that were never kept",
        code="""
            kernel = get_ipython().kernel
            def handle(stream, ident, message):
                reply = {"figures": 1, "notes": []}
                kernel.session.send(stream, "grader_reply", reply, message, ident=ident)
            kernel.shell_handlers["grader_request"] = handle
        """,
        told="no answer within 2 s",
        costs=frozenset({"triple"}),
    ),
)

# They go off when the function is asked, and may cost what it is worth.
ANSWERS: Final = tuple(
    Bomb(
        name=f"{name} in an answer",
        must_not=must_not,
        code=f"import os, sys, time\ndef double(n):\n    {code}",
        told=told,
        costs=frozenset({"double"}),
    )
    for name, must_not, code, told in (
        (
            "forks",
            "the processes that other answers need",
            "while True:\n        try: os.fork()\n        except OSError: time.sleep(0.01)",
            "no answer within 2 s|died",
        ),
        (
            "memory",
            "more memory than the limit",
            "held = [b'x' * 2**24 for _ in range(40) if not time.sleep(0.01)]",
            "limit of memory: over 400 MiB",
        ),
        ("a loop", "more time than the limit", "while True: pass", "no answer within 2 s"),
        (
            "a huge array",
            "more of the grader's memory than an answer may take",
            "import numpy as np; return np.broadcast_to(np.float64(1), (2**14, 2**14))",
            "over",
        ),
        (
            "deep lists",
            "the grader, by an answer that is nested beyond measure",
            "deep = []\n    for _ in range(10**5): deep = [deep]\n    return deep",
            "nested|RecursionError",
        ),
        ("an exit", "more than its own process", "os._exit(0)", "died"),
        (
            "an endless text",
            "the grader, by an exception whose text does not end",
            "raise type('E' * 10**6, (Exception,), {})('x' * 10**8)",
            "EEEE",
        ),
    )
)

BOMBS: Final = (*MILD, *GRAVE, *ANSWERS)
