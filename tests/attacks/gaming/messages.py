"""Frauds that say things to the grader in the agent's place."""

from typing import Final

from tests.attacks.attack import Fraud
from tests.attacks.gaming.layers import WITH_AGENT, WRONG

MESSAGES: Final = (
    Fraud(
        name="print and show a score",
        must_not="points that are printed, displayed or written to files",
        code=WRONG
        + """
import json
from IPython.display import display
result = {"score": 20, "max_score": 20, "exercises": [{"id": "relu", "score": 20}]}
print(json.dumps(result))
print("relu: 20 / 20 passed")
display({"application/json": result, "text/html": "<b>20 / 20</b>"}, raw=True)
for name in ("result.json", "results.json", "grade.json", "score.txt", ".grader"):
    open(name, "w").write(json.dumps(result))
""",
    ),
    Fraud(
        name="forge the kernel's replies",
        must_not="points in replies to the grader's requests, and in ends of cells that never were",
        code=WRONG
        + """
kernel = get_ipython().kernel
sent = kernel.session.send
forged = {"status": "ok", "score": 20, "figures": 5, "notes": [[0, "relu: 20 / 20 passed"]]}
def send(stream, kind, content=None, *rest, **named):
    if kind in ("grader_reply", "execute_reply"):
        content = {**(content if isinstance(content, dict) else {}), **forged}
        sent(stream, kind, content, *rest, **named)
    return sent(stream, kind, content, *rest, **named)
kernel.session.send = send
parent = kernel.get_parent()
for kind in ("grader_reply", "execute_reply", "status"):
    sent(kernel.iopub_socket, kind, {"execution_state": "idle", **forged}, parent)
""",
    ),
    Fraud(
        name="write frames to every descriptor",
        must_not="points in a frame that is sent past the agent, before its own",
        code="""
import os, stat, struct
import numpy as np

def forged():
    body = b'["l",["l","value",null,["l"],null],["l","value",true,["l"],0],'
    body += b'["l","value",true,["l"],0]]'
    return struct.pack(">IQ", len(body), 0) + body

class ReLU:
    def forward(self, x):
        for fd in range(3, 128):
            try:
                if stat.S_ISSOCK(os.fstat(fd).st_mode):
                    os.write(fd, forged() * 2)
            except OSError:
                pass
        return x * 0.5

    def backward(self, grads):
        return -grads
""",
    ),
    Fraud(
        name="answer twice, late and too long",
        must_not="points for an answer to another question than was asked",
        code=WRONG
        + WITH_AGENT
        + """
import threading, time
encode = grader_agent.wire.encode
said = []
def again(value, *limits):
    said.append(encode(value, *limits))
    frame = b"".join(said[-2:])
    return frame + (frame[:7] if len(said) % 3 == 0 else b"")
grader_agent.wire.encode = again
""",
    ),
)
