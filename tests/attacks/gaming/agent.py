"""Frauds that reach into the agent, which answers in the student's process."""

from typing import Final

from tests.attacks.attack import Fraud
from tests.attacks.gaming.layers import WITH_AGENT, WRONG

AGENT: Final = (
    Fraud(
        name="replace what performs the questions",
        must_not="points for the questions' own arguments, handed back as answers",
        code=WRONG
        + WITH_AGENT
        + """
def run(self, steps):
    told = []
    for do, *rest in steps:
        told.append(["value", rest[3][0] if do == "call" else None, [], 0])
    return told
for found in gc.get_objects():
    if isinstance(found, type) and found.__name__ == "Performance":
        found.run = run
""",
    ),
    Fraud(
        name="answer with verdicts",
        must_not="points for an answer that says that it is right",
        code=WRONG
        + WITH_AGENT
        + """
verdict = [["value", {"status": "passed", "points": 20, "max_points": 20}, [], 0]]
grader_agent.perform.Performance.run = lambda self, steps: verdict * len(steps)
""",
    ),
    Fraud(
        name="replace the encoder",
        must_not="points for frames of its own making",
        code=WRONG
        + WITH_AGENT
        + """
def encode(*_):
    body = b'["l",["l","passed"],["l","value",["a","<f8",[1099511627776],"C",true],["l"],0]]'
    return grader_agent.wire.HEADER.pack(len(body), 0) + body
grader_agent.wire.encode = encode
""",
    ),
    Fraud(
        name="take over the server",
        must_not="points from a process that answers in the place of the state that was kept",
        code=WRONG
        + WITH_AGENT
        + """
def answer(connection, perform):
    while True:
        for steps in grader_agent.wire.receive(connection):
            told = [["value", 1.0, [], 0] for _ in steps]
            connection.sendall(grader_agent.wire.encode(told))
grader_agent.snapshot._answer = answer
grader_agent.snapshot._silence = lambda: None
""",
    ),
    Fraud(
        name="hook into the fork",
        must_not="points from code that runs in the keeper and in each answerer",
        code=WRONG
        + WITH_AGENT
        + """
def child():
    grader_agent.perform.np.ndarray = object
    grader_agent.wire.arrays.DTYPES = frozenset()
    grader_agent.snapshot.signal = None
os.register_at_fork(before=gc.collect, after_in_child=child)
""",
    ),
    Fraud(
        name="trace the agent",
        must_not="points by changing the agent's variables while it runs",
        code=WRONG
        + """
import sys, threading
def trace(frame, event, argument):
    if frame.f_code.co_name in ("run", "_call", "_step"):
        for name in ("outcomes", "value", "work"):
            if name in frame.f_locals:
                frame.f_locals[name] = True
    return trace
sys.settrace(trace)
sys.setprofile(trace)
threading.settrace(trace)
""",
    ),
)
