"""Unusual right solutions of `Linear` that are built as classes in other ways."""

from grader import Variant

from .mistakes_lines import (
    GRADIENT_W,
    KEEP,
    START_B,
    START_W,
    STEP_B,
    STEP_W,
    Change,
    lines,
    right_linear,
)

_FORWARD = "def forward(self, x):"


def _before_forward(*more: str) -> Change:
    """Return the change that puts lines of a class before `forward`."""
    return _FORWARD, "\n    ".join([*more, "", _FORWARD])


def _in_code(name: str, code: str) -> Variant:
    return Variant(name=name, exercise="linear", code=code)


variants = [
    right_linear(
        "called like a function",
        _before_forward("def __call__(self, x):", "    return self.forward(x)"),
    ),
    right_linear(
        "parameters and a name",
        _before_forward(
            "def parameters(self):",
            "    return [self.W, self.b]",
            "",
            "def __repr__(self):",
            "    return f'Linear({self.in_channels}, {self.out_channels})'",
            "",
            "def zero_grad(self):",
            "    self.grad_W = self.grad_b = self.grad = None",
        ),
    ),
    right_linear(
        "super called",
        ("self.in_channels = in_channels", "super().__init__(); self.in_channels = in_channels"),
    ),
    right_linear("no base class", ("class Linear(Layer):", "class Linear:")),
    right_linear(
        "slots",
        (
            "class Linear(Layer):",
            "class Linear:\n"
            "    __slots__ = ('in_channels', 'out_channels', 'learning_rate', 'W', 'b', 'x',\n"
            "                 'grad_W', 'grad_b', 'grad')",
        ),
    ),
    right_linear(
        "weights in a dictionary behind properties",
        (START_W, "self.kept = {'W': 0.01 * np.random.normal(size=(in_channels, out_channels))}"),
        _before_forward(
            "@property",
            "def W(self):",
            "    return self.kept['W']",
            "",
            "@W.setter",
            "def W(self, value):",
            "    self.kept['W'] = value",
            "",
            "@property",
            "def b(self):",
            "    return self.kept['b']",
            "",
            "@b.setter",
            "def b(self, value):",
            "    self.kept['b'] = value",
        ),
    ),
    right_linear(
        "weights and bias in one matrix behind properties",
        (START_W, "self.both = 0.01 * np.random.normal(size=(in_channels + 1, out_channels))"),
        (START_B, "self.both[-1] = 0"),
        _before_forward(
            "@property",
            "def W(self):",
            "    return self.both[:-1]",
            "",
            "@W.setter",
            "def W(self, value):",
            "    self.both[:-1] = value",
            "",
            "@property",
            "def b(self):",
            "    return self.both[-1]",
            "",
            "@b.setter",
            "def b(self, value):",
            "    self.both[-1] = value",
        ),
    ),
    right_linear(
        "weights kept transposed behind a property",
        (START_W, "self.rows = 0.01 * np.random.normal(size=(out_channels, in_channels))"),
        (STEP_W, "self.rows = self.rows - self.learning_rate * self.grad_W.T"),
        _before_forward(
            "@property",
            "def W(self):",
            "    return self.rows.T",
            "",
            "@W.setter",
            "def W(self, value):",
            "    self.rows = np.asarray(value).T",
        ),
    ),
    right_linear(
        "weights that can only be read",
        (START_W, "self.kept = [0.01 * np.random.normal(size=(in_channels, out_channels))]"),
        (STEP_W, "self.kept[0] = self.kept[0] - self.learning_rate * self.grad_W"),
        ("x @ self.W", "x @ self.kept[0]"),
        _before_forward(
            "@property",
            "def W(self):",
            "    return self.kept[0]",
            "",
            "@W.setter",
            "def W(self, value):",
            "    self.kept[0] = np.array(value)",
        ),
    ),
    right_linear(
        "an enlarged matrix shown as W and b",
        (START_W, "self.both = 0.01 * np.random.normal(size=(in_channels + 1, out_channels))"),
        (START_B, "self.show()"),
        ("x @ self.W + self.b", "np.hstack([x, np.ones((len(x), 1))]) @ self.both"),
        ("grad @ self.W.T", "grad @ self.both[:-1].T"),
        (
            STEP_W,
            "self.both = self.both - self.learning_rate * np.vstack([self.grad_W, self.grad_b])",
        ),
        (STEP_B, "self.show()"),
        _before_forward(
            "def show(self):",
            "    self.W, self.b = self.both[:-1].copy(), self.both[-1].copy()",
        ),
    ),
    right_linear(
        "a base with an __init__ of its own",
        (
            "class Linear(Layer):",
            "class Learning(Layer):\n"
            "    def __init__(self, learning_rate):\n"
            "        super().__init__()\n"
            "        self.learning_rate = learning_rate\n"
            "        self.cache = {}\n\n\n"
            "class Linear(Learning):",
        ),
        (
            "self.learning_rate = learning_rate\n        self.W",
            "super().__init__(learning_rate)\n        self.W",
        ),
        (KEEP, "self.cache['x'] = x"),
        (GRADIENT_W, "self.grad_W = self.cache['x'].T @ grad"),
    ),
    right_linear(
        "a context manager for the numbers",
        (KEEP, lines("self.x = x", "with np.errstate(all='raise', under='ignore'):", "    pass")),
    ),
    _in_code(
        "a dataclass",
        """
from dataclasses import dataclass, field


@dataclass
class Linear(Layer):
    in_channels: int
    out_channels: int
    learning_rate: float = 0.1
    W: np.ndarray = field(init=False, repr=False)
    b: np.ndarray = field(init=False, repr=False)

    def __post_init__(self):
        self.W = np.random.randn(self.in_channels, self.out_channels) / 100
        self.b = np.zeros(self.out_channels)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad):
        self.grad_W, self.grad_b, self.grad = self.x.T @ grad, grad.sum(0), grad @ self.W.T
        self.W = self.W - self.learning_rate * self.grad_W
        self.b = self.b - self.learning_rate * self.grad_b
        return self.grad
""",
    ),
    _in_code(
        "functions put into a class later",
        """
class Linear(Layer):
    def __init__(self, in_channels, out_channels, learning_rate=0.1):
        self.W = np.random.randn(in_channels, out_channels) * 0.01
        self.b = np.zeros(out_channels)
        self.learning_rate = learning_rate


def _forward(self, x):
    self.x = x
    return x @ self.W + self.b


def _backward(self, grad):
    self.grad_W, self.grad_b, self.grad = self.x.T @ grad, grad.sum(0), grad @ self.W.T
    self.W = self.W - self.learning_rate * self.grad_W
    self.b = self.b - self.learning_rate * self.grad_b
    return self.grad


Linear.forward, Linear.backward = _forward, _backward
""",
    ),
    _in_code(
        "a subclass under the same name",
        """
class Bare(Linear):
    pass


class Linear(Bare):
    def forward(self, *args, **kwargs):
        return super().forward(*args, **kwargs)

    def backward(self, grad):
        result = super().backward(grad)
        self.history = getattr(self, "history", [])
        self.history.append(float(np.abs(result).mean()))
        return result
""",
    ),
    _in_code(
        "parameters as objects",
        """
class Parameter:
    def __init__(self, value):
        self.value, self.slope = value, None

    def step(self, rate):
        self.value = self.value - rate * self.slope


class Linear(Layer):
    def __init__(self, in_channels, out_channels, learning_rate=0.1):
        self.weights = Parameter(0.01 * np.random.randn(in_channels, out_channels))
        self.bias = Parameter(np.zeros(out_channels))
        self.learning_rate = learning_rate

    W = property(lambda self: self.weights.value, lambda self, v: setattr(self.weights, "value", v))
    b = property(lambda self: self.bias.value, lambda self, v: setattr(self.bias, "value", v))
    grad_W = property(lambda self: self.weights.slope)
    grad_b = property(lambda self: self.bias.slope)

    def forward(self, x):
        self.x = x
        return x @ self.weights.value + self.bias.value

    def backward(self, grad):
        self.grad = grad @ self.weights.value.T
        self.weights.slope, self.bias.slope = self.x.T @ grad, grad.sum(axis=0)
        for parameter in (self.weights, self.bias):
            parameter.step(self.learning_rate)
        return self.grad
""",
    ),
]
