"""Bombs that come to no end, or to a bad one, each in a notebook of its own."""

from typing import Final

from tests.attacks.attack import Bomb

ENDS: Final = (
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
        told="limit of processor time: over 2 s",
        limits={"cpu_seconds": 2, "cell_seconds": 60},
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
        name="daemons before an exit",
        must_not="the processes that running the notebook again needs",
        code="""
            import os, time
            for _ in range(100):
                try:
                    if os.fork() == 0:
                        os.setsid()
                        if os.fork():
                            os._exit(0)
                        time.sleep(1000)
                except OSError:
                    time.sleep(0.02)
            os._exit(1)
        """,
        told="ended the kernel",
        limits={"cell_seconds": 20},
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
        told="no answer within",
        costs=frozenset({"triple"}),
    ),
    Bomb(
        name="a control socket that is full",
        must_not="a grader that waits for a socket which nobody reads",
        code="""
            import gc, os, socket, threading
            kernel = get_ipython().kernel
            controls = [each for each in gc.get_objects() if isinstance(each, socket.socket)
                        and each.fileno() >= 0 and each.family == socket.AF_UNIX]
            for each in controls:
                try:
                    while True:
                        each.send(bytes(2**10), socket.MSG_DONTWAIT)
                except OSError:
                    pass
            def handle(stream, ident, message):
                reply = {"figures": 1, "notes": []}
                kernel.session.send(stream, "grader_reply", reply, message, ident=ident)
            kernel.shell_handlers["grader_request"] = handle
        """,
        told="no answer within|died|was not taken",
        costs=frozenset({"triple"}),
    ),
    Bomb(
        name="a control socket that is closed",
        must_not="a grader that fails at a socket which leads to nobody",
        code="""
            import gc, socket
            for each in gc.get_objects():
                if isinstance(each, socket.socket) and each.family == socket.AF_UNIX:
                    each.close()
        """,
        told="ended the kernel|limit of|died",
        costs=frozenset({"triple"}),
    ),
)
