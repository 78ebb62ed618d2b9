"""A class for the tests: honest solutions of one exercise, and copies of them in disguise."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import nbformat

from grader.similarity.gathering import Gathered, Handed, gathered

HANDED_OUT: Final = '''
import numpy as np

class Linear:
    def __init__(self, in_channels, out_channels, learning_rate=0.1):
        raise NotImplementedError("Your code: weights")

    def forward(self, x):
        raise NotImplementedError("Your code: outputs")

    def backward(self, grad):
        raise NotImplementedError("Your code: gradients")

def show(network, loader, names, columns=5, rows=2):
    """Draw some of the pictures with what the network takes them for."""
    figure, axes = plt.subplots(rows, columns, figsize=(2 * columns, 2 * rows))
    pictures, labels = next(iter(loader))
    guesses = network.forward(pictures).argmax(axis=1)
    for axis, picture, label, guess in zip(axes.ravel(), pictures, labels, guesses):
        axis.imshow(picture.reshape(28, 28), cmap="gray")
        axis.set_title(f"{names[guess]} ({names[label]})", color="g" if guess == label else "r")
        axis.set_axis_off()
    figure.tight_layout()
    return figure
'''

PLAIN: Final = """
class Linear:
    def __init__(self, in_channels, out_channels, learning_rate=0.1):
        self.W = np.random.randn(in_channels, out_channels) * 0.01
        self.b = np.zeros(out_channels)
        self.learning_rate = learning_rate

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad):
        self.grad_W = self.x.T @ grad
        self.grad_b = grad.sum(axis=0)
        self.grad = grad @ self.W.T
        self.W -= self.learning_rate * self.grad_W
        self.b -= self.learning_rate * self.grad_b
        return self.grad

def softmax(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)

def accuracy(network, loader):
    right, total = 0, 0
    for x, y in loader:
        right += (network.forward(x).argmax(1) == y).sum()
        total += len(y)
    return right / total
"""

CAREFUL: Final = """
class Linear:
    def __init__(self, in_channels, out_channels, learning_rate=0.1):
        scale = np.sqrt(2.0 / in_channels)
        self.lr = learning_rate
        self.b = np.zeros((out_channels,), dtype=np.float32)
        self.W = np.random.normal(0.0, scale, size=(in_channels, out_channels)).astype(np.float32)

    def forward(self, x):
        self.inputs = x.copy()
        out = np.dot(self.inputs, self.W)
        out = out + self.b[None, :]
        return out

    def backward(self, grad):
        dx = np.dot(grad, self.W.transpose())
        dW = np.dot(self.inputs.transpose(), grad)
        db = np.sum(grad, axis=0)
        self.grad_W, self.grad_b, self.grad = dW, db, dx
        self.W = self.W - self.lr * dW
        self.b = self.b - self.lr * db
        return dx

def softmax(logits):
    shifted = logits - np.max(logits, axis=-1)[:, None]
    exps = np.exp(shifted)
    total = np.sum(exps, axis=-1)
    return exps / total[:, None]

def accuracy(network, loader):
    hits = []
    for batch, labels in loader:
        predicted = np.argmax(network.forward(batch), axis=1)
        hits.extend(predicted == labels)
    return np.mean(hits)
"""

LOOPING: Final = """
from math import sqrt

class Linear:
    def __init__(self, in_channels, out_channels, learning_rate=0.1):
        bound = 1 / sqrt(in_channels)
        self.W = np.random.uniform(-bound, bound, (in_channels, out_channels))
        self.b = np.random.uniform(-bound, bound, out_channels)
        self.eta = learning_rate
        self.cache = None

    def forward(self, x):
        self.cache = x
        return np.matmul(x, self.W) + self.b

    def backward(self, grad):
        self.grad_b = np.zeros_like(self.b)
        self.grad_W = np.zeros_like(self.W)
        for i in range(grad.shape[0]):
            self.grad_W += np.outer(self.cache[i], grad[i])
            self.grad_b += grad[i]
        self.grad = np.einsum("no,io->ni", grad, self.W)
        for name in ("W", "b"):
            value = getattr(self, name)
            setattr(self, name, value - self.eta * getattr(self, "grad_" + name))
        return self.grad

def softmax(logits):
    rows = []
    for row in logits:
        powers = np.exp(row - max(row))
        rows.append(powers / powers.sum())
    return np.stack(rows)

def accuracy(network, loader):
    count = 0
    seen = 0
    for x, y in loader:
        for logits, label in zip(network.forward(x), y):
            seen = seen + 1
            if np.argmax(logits) == label:
                count = count + 1
    return count / seen
"""

SHORT: Final = """
def uniform(fan_in, *shape):
    return np.random.default_rng(0).uniform(-1, 1, shape) / fan_in**0.5

class Linear:
    def __init__(self, in_channels, out_channels, learning_rate=0.1):
        self.W, self.b = uniform(in_channels, in_channels, out_channels), uniform(1, out_channels)
        self.rate = learning_rate

    def forward(self, x):
        self.last = np.hstack([x, np.ones((len(x), 1))])
        return self.last @ np.vstack([self.W, self.b])

    def backward(self, grad):
        both = np.tensordot(self.last, grad, axes=(0, 0))
        *self.grad_W, self.grad_b = both
        self.grad = np.inner(grad, self.W)
        np.subtract(self.W, self.rate * both[:-1], out=self.W)
        np.subtract(self.b, self.rate * both[-1], out=self.b)
        return self.grad

softmax = lambda logits: np.exp(logits) / np.linalg.norm(np.exp(logits), 1, 1)[:, np.newaxis]

def accuracy(network, loader):
    return np.concatenate([network.forward(x).argmax(-1) == y for x, y in loader]).mean()
"""

HONEST: Final = {"ada": PLAIN, "bob": CAREFUL, "cyd": LOOPING, "dov": SHORT}

_NAMES: Final = {
    "x": "batch",
    "y": "truth",
    "grad": "upstream",
    "powers": "e",
    "right": "hits",
    "total": "n",
    "learning_rate": "step",
    "logits": "z",
    "network": "model",
}


def disguised(code: str) -> str:
    """Return a code with other names, comments and lines, its definitions in another order."""
    for old, new in _NAMES.items():
        code = re.sub(rf"\b{old}\b", new, code)
    parts = re.split(r"^(?=class |def )", code, flags=re.MULTILINE)
    # A line that ends in a colon has room for a comment.
    turned = "".join([parts[0], *parts[:0:-1]])
    return turned.replace(":\n", ":  # this is all mine\n\n").replace(" + ", "+")


def write(path: Path, *cells: str) -> Path:
    """Write a notebook of code cells and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = [nbformat.v4.new_code_cell(cell, id=f"c{place}") for place, cell in enumerate(cells)]
    path.write_text(nbformat.writes(nbformat.v4.new_notebook(cells=made)), "utf-8")
    return path


def course(folder: Path, codes: Mapping[str, str | Sequence[str]]) -> Gathered:
    """Write notebooks with what was handed out and a code each, by their names, and gather them."""
    for name, code in codes.items():
        write(folder / f"{name}.ipynb", HANDED_OUT, *([code] if isinstance(code, str) else code))
    return gathered(folder)


def by_name(found: Gathered) -> dict[str, Handed]:
    """Return what is compared by its name."""
    return {each.name: each for each in found.handed}
