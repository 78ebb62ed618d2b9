"""Bombs that end in an error of the cell's own, or cost nothing: many share a notebook."""

from typing import Final

from tests.attacks.attack import Bomb
from tests.attacks.bombs.sockets import SOCKETS

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
        code=SOCKETS
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
        code=SOCKETS
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
        code=SOCKETS
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
        code=SOCKETS
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
