"""Unusual right solutions of `Linear`."""

from .mistakes_lines import (
    GRADIENT_B,
    GRADIENT_W,
    GRADIENT_X,
    KEEP,
    OUTPUT,
    PRODUCT,
    RATE,
    RETURN,
    START_B,
    START_W,
    STEP_B,
    STEP_W,
    lines,
    right_linear,
)

variants = [
    right_linear(
        "steps in place",
        (STEP_W, "self.W -= self.learning_rate * self.grad_W"),
        (STEP_B, "self.b -= self.learning_rate * self.grad_b"),
    ),
    right_linear(
        "einsum",
        (PRODUCT, "np.einsum('bi,io->bo', x, self.W) + self.b"),
        (GRADIENT_W, "self.grad_W = np.einsum('bi,bo->io', self.x, grad)"),
        (GRADIENT_B, "self.grad_b = np.einsum('bo->o', grad)"),
        (GRADIENT_X, "self.grad = np.einsum('bo,io->bi', grad, self.W)"),
    ),
    right_linear(
        "float32 throughout",
        (KEEP, "self.x = x = x.astype(np.float32)"),
        (PRODUCT, "x @ self.W.astype(np.float32) + self.b.astype(np.float32)"),
        (GRADIENT_W, lines("grad = grad.astype(np.float32)", GRADIENT_W)),
    ),
    right_linear(
        "float32 inside, float64 outside",
        (PRODUCT, "(x.astype(np.float32) @ self.W.astype(np.float32)).astype(float) + self.b"),
    ),
    right_linear(
        "float64 inside, float32 outside",
        (PRODUCT, "(x.astype(float) @ self.W + self.b).astype(np.float32)"),
        (RETURN, "return self.grad.astype(np.float32)\n"),
    ),
    right_linear(
        "products in columns",
        (PRODUCT, "(self.W.T @ x.T + self.b[:, None]).T"),
        (GRADIENT_X, "self.grad = (self.W @ grad.T).T"),
    ),
    right_linear(
        "transposed formulas",
        (GRADIENT_W, "self.grad_W = (grad.T @ self.x).T"),
        (GRADIENT_B, "self.grad_b = grad.T.sum(axis=1)"),
        (GRADIENT_X, "self.grad = self.W.dot(grad.T).T"),
    ),
    right_linear(
        "an augmented matrix",
        (KEEP, "self.x = np.hstack([x, np.ones((len(x), 1))])"),
        (PRODUCT, "self.x @ np.vstack([self.W, self.b])"),
        (
            GRADIENT_W,
            lines("both = self.x.T @ grad", "self.grad_W = both[:-1]"),
        ),
        (GRADIENT_B, "self.grad_b = both[-1]"),
    ),
    right_linear(
        "an augmented matrix with the ones in front",
        (PRODUCT, "np.c_[np.ones(len(x)), x] @ np.r_[self.b[None], self.W]"),
    ),
    right_linear(
        "a product with ones",
        (GRADIENT_B, "self.grad_b = np.dot(np.ones(len(grad)), grad)"),
    ),
    right_linear("a copied cache", (KEEP, "self.x = x.copy()")),
    right_linear(
        "a cache kept transposed",
        (KEEP, "self.xT = x.T"),
        (GRADIENT_W, "self.grad_W = self.xT @ grad"),
    ),
    right_linear(
        "tensordot",
        (PRODUCT, "np.tensordot(x, self.W, 1) + self.b"),
        (GRADIENT_W, "self.grad_W = np.tensordot(self.x, grad, (0, 0))"),
        (GRADIENT_X, "self.grad = np.tensordot(grad, self.W, axes=(1, 1))"),
    ),
    right_linear(
        "outer products, summed",
        (GRADIENT_W, "self.grad_W = (self.x[:, :, None] * grad[:, None, :]).sum(axis=0)"),
    ),
    right_linear(
        "a broadcast product, summed",
        (PRODUCT, "(x[:, :, None] * self.W[None]).sum(axis=1) + self.b"),
    ),
    right_linear(
        "a cache cleared after use",
        (RETURN, lines("self.x = None", "return self.grad\n")),
    ),
    right_linear(
        "a cache deleted after use",
        (GRADIENT_W, lines(GRADIENT_W, "del self.x")),
    ),
    right_linear(
        "a fresh buffer",
        (PRODUCT, "np.add(np.dot(x, self.W), self.b, out=np.empty((len(x), self.b.size)))"),
    ),
    right_linear(
        "a bias added in place to fresh outputs",
        (OUTPUT, lines("out = x @ self.W", "out += self.b", "return out")),
    ),
    right_linear("a tiled bias", (PRODUCT, "x.dot(self.W) + np.tile(self.b, (len(x), 1))")),
    right_linear("a bias of one row", (PRODUCT, "x @ self.W + self.b.reshape(1, -1)")),
    right_linear("matmul and add", (PRODUCT, "np.add(np.matmul(x, self.W), self.b)")),
    right_linear(
        "prints and warnings",
        (KEEP, lines("self.x = x", "print('forward', x)", "import warnings", "warnings.warn('w')")),
    ),
    right_linear(
        "attributes by name",
        (
            STEP_W,
            lines(
                "for name in ('W', 'b'):",
                "    step = self.learning_rate * getattr(self, 'grad_' + name)",
                "    setattr(self, name, getattr(self, name) - step)",
            ),
        ),
        (STEP_B, "pass"),
    ),
    right_linear(
        "a loop over parameters and gradients",
        (
            STEP_W,
            lines(
                "for value, slope in zip([self.W, self.b], [self.grad_W, self.grad_b]):",
                "    value -= self.learning_rate * slope",
            ),
        ),
        (STEP_B, "pass"),
    ),
    right_linear(
        "asserts about shapes",
        (KEEP, lines("assert x.ndim == 2 and x.shape[1] == len(self.W), x.shape", "self.x = x")),
        (RETURN, lines("assert self.grad.shape == self.x.shape", "return self.grad\n")),
    ),
    right_linear(
        "a closure",
        (KEEP, "self.gradient = lambda grad: x.T @ grad"),
        (GRADIENT_W, "self.grad_W = self.gradient(grad)"),
    ),
    right_linear(
        "a closure of the whole backward pass",
        (KEEP, lines("W = self.W", "self.pull = lambda grad: (x.T @ grad, grad @ W.T)")),
        (GRADIENT_W, "self.grad_W, self.grad = self.pull(grad)"),
        (GRADIENT_X, "pass"),
    ),
    right_linear("reduce", (GRADIENT_B, "self.grad_b = np.add.reduce(grad, axis=0)")),
    right_linear(
        "divided and multiplied again",
        (GRADIENT_B, "self.grad_b = grad.mean(axis=0) * len(grad)"),
    ),
    right_linear(
        "keepdims, then squeezed by index",
        (GRADIENT_B, "self.grad_b = grad.sum(axis=0, keepdims=True)[0]"),
    ),
    right_linear(
        "old weights copied, gradient taken last",
        (STEP_W, lines("old = self.W.copy()", STEP_W)),
        (GRADIENT_X, "pass"),
        (RETURN, lines("self.grad = grad @ old.T", "return self.grad\n")),
    ),
    right_linear(
        "old weights kept by forward",
        (KEEP, lines("self.x, self.used = x, self.W.copy()")),
        (GRADIENT_X, "self.grad = grad @ self.used.T"),
    ),
    right_linear(
        "gradients negated, step added",
        (STEP_W, "self.W = self.W + self.learning_rate * -self.grad_W"),
        (STEP_B, "self.b = np.add(self.b, -self.learning_rate * self.grad_b)"),
    ),
    right_linear(
        "a step by subtract with out",
        (STEP_W, "np.subtract(self.W, self.learning_rate * self.grad_W, out=self.W)"),
    ),
    right_linear(
        "a stack of inputs",
        (RATE, lines(RATE, "self.inputs = []")),
        (KEEP, "self.inputs.append(x)"),
        (GRADIENT_W, "self.grad_W = self.inputs.pop().T @ grad"),
    ),
    right_linear(
        "a deque of one",
        (
            RATE,
            lines(RATE, "from collections import deque", "self.inputs = deque(maxlen=1)"),
        ),
        (KEEP, "self.inputs.append(x)"),
        (GRADIENT_W, "self.grad_W = self.inputs[0].T @ grad"),
    ),
    right_linear(
        "a dictionary as a cache",
        (KEEP, "self.cache = {'x': x, 'y': None}"),
        (GRADIENT_W, "self.grad_W = self.cache['x'].T @ grad"),
    ),
    right_linear(
        "a helper method for the step",
        (STEP_W, "self.step(('W', 'b'))"),
        (STEP_B, "pass"),
        (
            "def forward(self, x):",
            "def step(self, names):\n"
            "        for name in names:\n"
            "            value, slope = getattr(self, name), getattr(self, f'grad_{name}')\n"
            "            setattr(self, name, value - self.learning_rate * slope)\n\n"
            "    def forward(self, x):",
        ),
    ),
    right_linear(
        "further arguments with defaults",
        ("def forward(self, x):", "def forward(self, x, training=True, *, verbose=False):"),
        ("def backward(self, grad):", "def backward(self, grad, learning_rate=None):"),
        (
            "out_channels, learning_rate=0.1):",
            "out_channels, learning_rate=0.1, bias=True, **options):",
        ),
    ),
    right_linear(
        "type hints",
        ("def forward(self, x):", "def forward(self, x: np.ndarray) -> np.ndarray:"),
        ("def backward(self, grad):", "def backward(self, grad: 'np.ndarray') -> 'np.ndarray':"),
    ),
    right_linear(
        "np.array around the arguments",
        (KEEP, "self.x = x = np.array(x, dtype=float)"),
        (GRADIENT_W, lines("grad = np.asarray(grad)", GRADIENT_W)),
    ),
    right_linear(
        "Xavier's start",
        (
            START_W,
            lines(
                "limit = np.sqrt(6 / (in_channels + out_channels))",
                "self.W = np.random.uniform(-limit, limit, (in_channels, out_channels))",
            ),
        ),
    ),
    right_linear(
        "He's start, with a bias of a little",
        (
            START_W,
            "self.W = np.random.randn(in_channels, out_channels) * np.sqrt(2 / in_channels)",
        ),
        (START_B, "self.b = np.full(out_channels, 0.01)"),
    ),
    right_linear(
        "gradients of zeros at the start",
        ("self.grad_W = None", "self.grad_W = np.zeros_like(self.W)"),
        ("self.grad_b = None", "self.grad_b = np.zeros_like(self.b)"),
    ),
    right_linear(
        "an early return for empty rates",
        (STEP_W, lines("if self.learning_rate == 0:", "    return self.grad", STEP_W)),
    ),
    right_linear(
        "nan_to_num at the end",
        (RETURN, "return np.nan_to_num(self.grad)\n"),
    ),
    right_linear(
        "parallel assignment",
        (GRADIENT_W, "self.grad_W, self.grad_b = self.x.T @ grad, grad.sum(0)"),
        (GRADIENT_B, "pass"),
        (STEP_W, "self.W, self.b = ("),
        (
            STEP_B,
            "    self.W - self.learning_rate * self.grad_W,\n"
            "            self.b - self.learning_rate * self.grad_b,\n        )",
        ),
    ),
]
