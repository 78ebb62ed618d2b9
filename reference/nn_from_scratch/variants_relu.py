"""Unusual right solutions of `ReLU`."""

from .mistakes_lines import MASK, PASSED, VALUES, lines, right_relu

_INPUT = (MASK, "self.x = input")
# Another layer has the same line; above this one stands the sentence on the class.
_FORWARD = 'and zero."""\n\n    def forward(self, input):'
_ABOVE = 'and zero."""\n\n    '

variants = [
    right_relu(
        "at least zero",
        (MASK, "self.is_open = input >= 0"),
        (VALUES, "return input * self.is_open"),
    ),
    right_relu("one half at the kink", _INPUT, (PASSED, "return grad * np.heaviside(self.x, 0.5)")),
    right_relu(
        "absolute values",
        _INPUT,
        (VALUES, "return (input + np.abs(input)) / 2"),
        (PASSED, "return np.where(self.x > 0, grad, 0)"),
    ),
    right_relu(
        "a copy, written to",
        (MASK, lines("self.y = input.copy()", "self.y[self.y < 0] = 0")),
        (VALUES, "return self.y"),
        (PASSED, "return np.where(self.y > 0, grad.copy(), 0)"),
    ),
    right_relu(
        "clip",
        _INPUT,
        (VALUES, "return input.clip(0)"),
        (PASSED, "return grad * (self.x > 0).astype(int)"),
    ),
    right_relu(
        "signs of the outputs",
        (VALUES, lines("self.y = np.maximum(input, 0)", "return self.y")),
        (PASSED, "return grad * np.sign(self.y)"),
    ),
    right_relu(
        "float32 in ReLU",
        (MASK, "self.x = input.astype(np.float32)"),
        (VALUES, "return np.maximum(self.x, 0)"),
        (PASSED, "return grad.astype(np.float32) * (self.x > 0)"),
    ),
    right_relu(
        "a float mask, used once",
        (MASK, "self.masks = [np.where(input > 0, 1.0, 0.0)]"),
        (VALUES, "return input * self.masks[0]"),
        (PASSED, "return grad * self.masks.pop()"),
    ),
    right_relu(
        "fmax",
        (VALUES, "return np.fmax(input, 0.0)"),
        (PASSED, "return np.multiply(grad, self.is_open)"),
    ),
    right_relu(
        "flattened and shaped again",
        _INPUT,
        (VALUES, "return np.maximum(input.ravel(), 0).reshape(input.shape)"),
        (PASSED, "return (grad.ravel() * (self.x.ravel() > 0)).reshape(grad.shape)"),
    ),
    right_relu(
        "where",
        (VALUES, "return np.where(input > 0, input, 0)"),
        (PASSED, "return np.where(self.is_open, grad, 0.0)"),
    ),
    right_relu(
        "a copy of the gradient, written to",
        (PASSED, lines("grad = grad.copy()", "grad[~self.is_open] = 0", "return grad")),
    ),
    right_relu(
        "a copy of the gradient, open at zero",
        _INPUT,
        (PASSED, lines("result = np.array(grad)", "result[self.x < 0] = 0", "return result")),
    ),
    right_relu(
        "mask made by backward",
        (MASK, "self.x = input.copy()"),
        (
            PASSED,
            lines("self.x[self.x <= 0] = 0", "self.x[self.x > 0] = 1", "return grad * self.x"),
        ),
    ),
    right_relu(
        "zeros like",
        (VALUES, "return np.maximum(input, np.zeros_like(input))"),
        (
            PASSED,
            lines(
                "result = np.zeros_like(grad)",
                "result[self.is_open] = grad[self.is_open]",
                "return result",
            ),
        ),
    ),
    right_relu(
        "fresh buffers",
        (VALUES, "return np.maximum(input, 0, out=np.empty_like(input))"),
        (PASSED, "return np.multiply(grad, self.is_open, out=np.empty_like(grad))"),
    ),
    right_relu(
        "a masked array's opposite",
        (MASK, "self.is_closed = np.logical_not(input > 0)"),
        (PASSED, "return grad * ~self.is_closed"),
    ),
    right_relu(
        "minimum taken off",
        (VALUES, "return input - np.minimum(input, 0)"),
        (PASSED, "return grad - grad * (1 - self.is_open)"),
    ),
    right_relu(
        "positions instead of a mask",
        (MASK, "self.positions = np.nonzero(input > 0)"),
        (
            PASSED,
            lines(
                "result = np.zeros(grad.shape)",
                "result[self.positions] = grad[self.positions]",
                "return result",
            ),
        ),
    ),
    right_relu("a mask of int8", (MASK, "self.is_open = (input > 0).astype(np.int8)")),
    right_relu(
        "a quotient with a guard",
        (MASK, lines("self.y = np.maximum(input, 0)", "self.x = np.where(input == 0, 1, input)")),
        (PASSED, "return grad * (self.y / self.x)"),
    ),
    right_relu(
        "a closure in ReLU",
        (MASK, "self.pull = lambda grad: grad * (input > 0)"),
        (PASSED, "return self.pull(grad)"),
    ),
    right_relu(
        "a cleared mask",
        (PASSED, lines("is_open, self.is_open = self.is_open, None", "return grad * is_open")),
    ),
    right_relu(
        "a deque in ReLU",
        (MASK, lines("from collections import deque", "self.kept = deque([input > 0], maxlen=1)")),
        (PASSED, "return grad * self.kept[-1]"),
    ),
    right_relu(
        "prints and asserts in ReLU",
        (VALUES, lines("print(input)", "assert np.isfinite(input).all()", VALUES)),
    ),
    right_relu("select", (VALUES, "return np.select([input > 0], [input], 0.0)")),
    right_relu(
        "piecewise choice", (PASSED, "return np.choose(self.is_open, [np.zeros_like(grad), grad])")
    ),
    right_relu(
        "putmask",
        (VALUES, lines("out = np.array(input)", "np.putmask(out, out < 0, 0)", "return out")),
    ),
    right_relu("einsum in ReLU", (PASSED, "return np.einsum('...,...->...', grad, self.is_open)")),
    right_relu(
        "further arguments in ReLU",
        (_FORWARD, _ABOVE + "def forward(self, input, training=True):"),
    ),
    right_relu(
        "other parameter names",
        ("def backward(self, grad):", "def backward(self, g, /):"),
        (PASSED, "return g * self.is_open"),
    ),
    right_relu(
        "an __init__ of its own",
        (
            _FORWARD,
            _ABOVE + "def __init__(self, name='relu'):\n        super().__init__()\n"
            "        self.name, self.is_open = name, None\n\n    def forward(self, input):",
        ),
    ),
    right_relu(
        "slots in ReLU",
        ("class ReLU(Layer):", "class ReLU:\n    __slots__ = ('is_open',)\n"),
    ),
    right_relu(
        "a loop over nothing",
        (
            VALUES,
            lines(
                "out = input",
                "for smallest in (0, 0.0):",
                "    out = np.maximum(out, smallest)",
                "return out",
            ),
        ),
    ),
    right_relu(
        "an input copied first",
        (MASK, lines("input = np.array(input, dtype=float, copy=True)", MASK)),
    ),
    right_relu(
        "a mask from the outputs, at least tiny", (MASK, "self.is_open = np.maximum(input, 0) > 0")
    ),
    right_relu(
        "a static helper",
        (
            _FORWARD,
            _ABOVE + "@staticmethod\n    def slope(x):\n        return (x > 0) * 1.0\n\n"
            "    def forward(self, input):",
        ),
        _INPUT,
        (PASSED, "return self.slope(self.x) * grad"),
    ),
]
