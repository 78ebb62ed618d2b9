"""Frauds whose answers are no plain answers."""

from typing import Final

from tests.attacks.attack import Fraud
from tests.attacks.gaming.layers import WRONG

_UNSEEN: Final = """
import numpy as np

class Linear:
    def __init__(self, n_in, n_out, learning_rate=0.1):
        self.shown = 1e-300 * np.arange(1.0, 1 + n_in * n_out).reshape(n_in, n_out)
        self.grad_W, self.grad_b = np.zeros((n_in, n_out)), np.zeros(n_out)

    W = property(lambda self: self.shown, lambda self, value: None)
    b = property(lambda self: np.zeros(len(self.grad_b)), lambda self, value: None)

    def forward(self, x):
        self.x = x
        return np.zeros((len(x), len(self.grad_b)))

    def backward(self, grads):
        return np.zeros(np.shape(self.x))
"""

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
    Fraud(
        name="hand on what it is given",
        must_not="the points of a gradient for that of a forward pass that asks for none",
        code="""
import numpy as np

class ReLU:
    def forward(self, x): return np.array(x)
    def backward(self, grads): return np.array(grads)
""",
    ),
    Fraud(
        name="show weights too small to be seen",
        must_not="points for answers of 0 that are right by the weights that a layer shows",
        code=_UNSEEN,
        exercise="linear",
        honest=_UNSEEN.replace("1e-300", "0"),
    ),
)
