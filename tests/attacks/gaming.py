"""Attacks on the score: cells that hand in a layer that is wrong, and try to have it pass."""

from typing import Final

from grader.sandbox.rungs import Rung
from tests.attacks.attack import Fraud
from tests.notebooks import FAST_DATA

# No check gives a point for it.
WRONG: Final = """
import numpy as np

class ReLU:
    def forward(self, x):
        return np.asarray(x) * 0.5

    def backward(self, grads):
        return -np.asarray(grads)
"""

# Right but for a loop over the rows, and but for writing into its input.
LOOPS: Final = """
import numpy as np

class ReLU:
    def forward(self, x):
        self.x = x
        return np.array([np.maximum(row, 0) for row in x])

    def backward(self, grads):
        return grads * (self.x > 0)
"""
IN_PLACE: Final = """
import numpy as np

class ReLU:
    def forward(self, x):
        self.open = x > 0
        x = x if x.flags.writeable else x.copy()
        x[x < 0] = 0
        return x

    def backward(self, grads):
        return grads * self.open
"""

_UNTRAINED: Final = (
    FAST_DATA.replace("import torch", "import torch\nimport numpy as np", 1).replace(
        "\n\ndef transform", "\nimport numpy as np\n\ndef transform", 1
    )
    + """
class Network:
    def forward(self, x):
        return np.zeros((len(x), 10))

network = Network()
for images, labels in train_loader:
    network.forward(images)
    break
"""
)

_AGENT: Final = """
import gc, json, os, socket, stat, struct, sys
import inside.perform, inside.serve, inside.wire
"""

_ON_RUNGS: Final = (Rung.NAMESPACES, Rung.KERNEL)
_OWN_WORD: Final = dict.fromkeys(
    _ON_RUNGS, "it is the process itself that tells, and a note says that it was tampered with"
)

PATCHES: Final = (
    Fraud(
        name="patch numpy's comparisons",
        must_not="points for values that numpy is made to call equal",
        code=WRONG
        + """
np.allclose = np.array_equal = np.isclose = np.equal = np.all = lambda *_, **__: True
np.abs = np.absolute = lambda *_, **__: 0
for name in dir(np.testing):
    if name.startswith("assert"):
        setattr(np.testing, name, lambda *_, **__: None)
""",
        naive=True,
    ),
    Fraud(
        name="patch numpy's functions",
        must_not="points for what other functions than numpy's would have computed",
        code=WRONG
        + """
for name in ("asarray", "array", "maximum", "frombuffer", "ascontiguousarray", "shape"):
    setattr(np, name, lambda *_, **__: np.float64(0))
""",
    ),
    Fraud(
        name="patch the builtins",
        must_not="points for comparisons that are made to hold",
        code=WRONG
        + """
import builtins
builtins.all = builtins.any = lambda *_: True
builtins.abs = lambda *_: 0
builtins.print = lambda *_, **__: None
""",
        naive=True,
    ),
    Fraud(
        name="patch json and struct",
        must_not="points for verdicts in place of answers",
        code=WRONG
        + _AGENT
        + """
class json:
    dumps = staticmethod(lambda *_, **__: '["l",["l","passed",true,20,20]]')
    loads = staticmethod(inside.wire.json.loads)
inside.wire.json = json
struct.pack = lambda *_: b"passed"
""",
    ),
    Fraud(
        name="patch the kernel",
        must_not="points for what the kernel is made to say",
        code=WRONG
        + """
import ipykernel.kernelbase, IPython.core.interactiveshell as shell
ipykernel.kernelbase.Kernel.send_response = lambda *_, **__: None
shell.InteractiveShell.run_cell = lambda *_, **__: None
try:
    import comm
    comm.create_comm = comm.get_comm_manager = lambda *_, **__: None
except ImportError:
    pass
""",
    ),
)

AGENT: Final = (
    Fraud(
        name="replace what performs the questions",
        must_not="points for the questions' own arguments, handed back as answers",
        code=WRONG
        + _AGENT
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
        + _AGENT
        + """
verdict = [["value", {"status": "passed", "points": 20, "max_points": 20}, [], 0]]
inside.perform.Performance.run = lambda self, steps: verdict * len(steps)
""",
    ),
    Fraud(
        name="replace the encoder",
        must_not="points for frames of its own making",
        code=WRONG
        + _AGENT
        + """
def encode(*_):
    body = b'["l",["l","passed"],["l","value",["a","<f8",[1099511627776],"C",true],["l"],0]]'
    return inside.wire.HEADER.pack(len(body), 0) + body
inside.wire.encode = encode
""",
    ),
    Fraud(
        name="take over the server",
        must_not="points from a process that answers in the place of the state that was kept",
        code=WRONG
        + _AGENT
        + """
def answer(connection, perform):
    while True:
        for steps in inside.wire.receive(connection):
            told = [["value", 1.0, [], 0] for _ in steps]
            connection.sendall(inside.wire.encode(told))
inside.serve._answer = answer
inside.serve._silence = lambda: None
""",
    ),
    Fraud(
        name="hook into the fork",
        must_not="points from code that runs in the keeper and in each answerer",
        code=WRONG
        + _AGENT
        + """
def child():
    inside.perform.np.ndarray = object
    inside.wire.DTYPES = frozenset()
    inside.serve.signal = None
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
        + _AGENT
        + """
import threading, time
encode = inside.wire.encode
said = []
def again(value, *limits):
    said.append(encode(value, *limits))
    frame = b"".join(said[-2:])
    return frame + (frame[:7] if len(said) % 3 == 0 else b"")
inside.wire.encode = again
""",
    ),
)

ANSWERS: Final = (
    Fraud(
        name="learn from earlier questions",
        must_not="points for answers that it saw in questions before, by a file or shared memory",
        code="""
import mmap, os, pickle
import numpy as np

shared = mmap.mmap(-1, 2**20)
MEMO = os.path.abspath("memo")

class ReLU:
    def known(self):
        try:
            return pickle.load(open(MEMO, "rb"))
        except Exception:
            return []

    def learn(self, value):
        memo = [*self.known(), np.array(value)][-50:]
        pickle.dump(memo, open(MEMO, "wb"))
        shared[:8] = len(memo).to_bytes(8, "little")

    def forward(self, x):
        self.x = x
        self.learn(x)
        return next((each for each in self.known() if each.shape == x.shape), x) * 0.5

    def backward(self, grads):
        self.learn(grads)
        fits = [each for each in self.known() if each.shape == grads.shape]
        return -fits[0] if fits else -grads
""",
    ),
    Fraud(
        name="rewrite the names in the background",
        must_not="points from classes that change while they are asked",
        code=WRONG
        + """
import threading
Wrong = ReLU
class Other(Wrong):
    def forward(self, x): return np.zeros_like(x)
def swap(names=globals()):
    while True:
        names["ReLU"] = Other
        names["ReLU"] = Wrong
threading.Thread(target=swap, daemon=True).start()
""",
    ),
    Fraud(
        name="return arrays with operators of their own",
        must_not="points for a difference that an array says is 0",
        code=WRONG
        + """
class Liar(np.ndarray):
    def __sub__(self, other): return np.zeros_like(np.asarray(other))
    __rsub__ = __sub__
    def __abs__(self): return np.zeros(self.shape)
    def __eq__(self, other): return np.ones(self.shape, bool)
    __le__ = __lt__ = __ge__ = __gt__ = __eq__
    def __array_ufunc__(self, *_, **__): return np.zeros(self.shape)
    def __array_function__(self, *_, **__): return True

Plain = ReLU
class ReLU(Plain):
    def forward(self, x): return super().forward(x).view(Liar)
    def backward(self, grads): return super().backward(grads).view(Liar)
""",
        naive=True,
    ),
    Fraud(
        name="return objects that are equal to all",
        must_not="points for an object that says that it equals what is expected",
        code=WRONG
        + """
class Yes:
    shape, dtype, ndim, size = (1, 1), np.dtype(float), 2, 1
    def __eq__(self, other): return True
    __le__ = __lt__ = __ge__ = __gt__ = __eq__
    def __array__(self, *_, **__): return np.array([[self]], object)
    def __bool__(self): return True
    def __getattr__(self, name): return lambda *_, **__: self
    def __float__(self): return 0.0
    __abs__ = __sub__ = __rsub__ = lambda self, *_: self
    __hash__ = None

class ReLU:
    def forward(self, x): return Yes()
    def backward(self, grads): return np.array([[Yes()]], object)
""",
    ),
    Fraud(
        name="return what is no number",
        must_not="points for comparisons with NaN and infinity",
        code="""
import numpy as np

class ReLU:
    def forward(self, x): return np.full(np.shape(x), np.nan)
    def backward(self, grads): return np.full(np.shape(grads), -np.inf)
""",
    ),
    Fraud(
        name="return arrays of impossible sizes",
        must_not="points, or the grader's memory, for a view that claims a million million numbers",
        code="""
import numpy as np

class ReLU:
    def forward(self, x): return np.broadcast_to(np.float64(0.5), (2**20, 2**20))
    def backward(self, grads): return [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]
""",
    ),
    Fraud(
        name="look who is asking",
        must_not="points by looking through frames and objects for what is expected",
        code="""
import gc, sys
import numpy as np

class ReLU:
    def found(self, x):
        frame = sys._getframe()
        while frame is not None:
            for name, value in frame.f_locals.items():
                if "expected" in name or "reference" in name:
                    return value
            frame = frame.f_back
        for each in gc.get_objects():
            if isinstance(each, dict) and "expected" in each:
                return each["expected"]
        return np.asarray(x) * 0.5

    def forward(self, x): return self.found(x)
    def backward(self, grads): return self.found(-grads)
""",
    ),
    Fraud(
        name="read the memory round the arguments",
        must_not="points for what lies in memory beside the question",
        code="""
import ctypes
import numpy as np

class ReLU:
    def beside(self, x, step):
        if x.base is not None and np.shape(x.base) == x.shape and step > 0:
            return x.base
        x = np.ascontiguousarray(x, float)
        data = ctypes.string_at(x.ctypes.data + step * x.nbytes, x.nbytes)
        return np.frombuffer(data).reshape(x.shape)

    def forward(self, x): return self.beside(x, 1)
    def backward(self, grads): return self.beside(grads, -1)
""",
    ),
)

CLAIMS: Final = (
    Fraud(
        name="hide a loop from the count",
        must_not="the point for a layer without a loop",
        code="""
import os
# What the standard library does is not counted.
source = "def rows(x): return np.array([np.maximum(row, 0) for row in x])"
exec(compile(source, os.path.dirname(os.__file__) + "/x.py", "exec"))
"""
        + LOOPS.replace("np.array([np.maximum(row, 0) for row in x])", "self.hidden(x)")
        + """
    def hidden(self, x):
        import sys
        sys.setprofile(None)
        sys.settrace(None)
        return rows(x)
""",
        honest=LOOPS,
        known=_OWN_WORD,
    ),
    Fraud(
        name="hide a change from the agent",
        must_not="the points for leaving its arguments as they were",
        code=IN_PLACE + _AGENT + "\ninside.perform.Performance._changed = lambda self: []\n",
        honest=IN_PLACE,
        known=_OWN_WORD,
    ),
)

TRAINING: Final = (
    Fraud(
        name="print an accuracy and fill the logs",
        must_not="the points of a training that never was",
        code=_UNTRAINED
        + """
logs = {"acc": [0.5 + i / 1000 for i in range(400)], "loss": [2 / (1 + i) for i in range(400)]}
print("epoch 10 of 10: test loss 0.3, test accuracy 0.91")
""",
        honest=_UNTRAINED,
        exercise="training",
    ),
    Fraud(
        name="patch the data set",
        must_not="points for labels that a data set of its own hands in with the images",
        code=_UNTRAINED
        + """
class Label:
    def __init__(self): self.at = -1
    def __call__(self, image):
        self.at += 1
        return np.eye(10)[test_dataset.targets[self.at % 10000]]
test_dataset.transform = Label()
Network.forward = lambda self, x: x if np.shape(x)[1] == 10 else np.zeros((len(x), 10))
""",
        honest=_UNTRAINED,
        exercise="training",
    ),
    Fraud(
        name="look up the test images",
        must_not="the points of a training, for a table of the test set's labels by exact pixels",
        code=_UNTRAINED
        + """
table = {x.tobytes(): y for x, y in zip(test_loader.x, test_loader.y)}
def forward(self, x):
    rows = np.asarray(x, np.float32).reshape(len(x), -1)
    return np.eye(10)[[table.get(row.tobytes(), 0) for row in rows]]
Network.forward = forward
""",
        honest=_UNTRAINED,
        exercise="training",
    ),
    Fraud(
        name="draw curves that were made up",
        must_not="points for lines that no training left, without a person's look",
        code=_UNTRAINED
        + """
import matplotlib.pyplot as plt
steps = np.arange(300)
plt.plot(0.9 - 0.4 * np.exp(-steps / 60) + 0.01 * np.sin(steps), label="accuracy")
plt.plot(0.3 + 2.0 * np.exp(-steps / 60) + 0.01 * np.sin(steps), label="loss")
plt.legend()
plt.show()
""",
        honest=_UNTRAINED,
        exercise="curves",
        review=True,
    ),
)

FRAUDS: Final = (*PATCHES, *AGENT, *MESSAGES, *ANSWERS, *CLAIMS, *TRAINING)
