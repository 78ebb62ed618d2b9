"""The unusual right solutions, and the changes that are no mistake, with why they are none."""

from grader import Equivalent, Variant

KEPT = "kept = self.random.random(x.shape) >= self.rate"
RNG = "np.random.default_rng(seed)"
SLOPES = "(grad - (grad * self.y).sum(axis=1, keepdims=True))"
INNER = "h * self.normal).mean(axis=0)"
WRAPPED = "other = other if isinstance(other, Value) else Value(other)"
LOOP = "for parent in node.parents:\n    visit(parent)"
VISIT = """order, seen = ([], set())

def visit(node):
    if node not in seen:
        seen.add(node)
        for parent in node.parents:
            visit(parent)
        order.append(node)"""

# fmt: off
# Exercise, name; and then, in turn, what stands there and what replaces it.
RIGHT = [
    ("linear", "in place", "self.grad_W = self.grad_W + self", "self.grad_W += self"),
    ("linear", "uniform", "normal(size=(n_in, n_out))",
     "uniform(-(3**0.5), 3**0.5, (n_in, n_out))"),
    ("softmax", "logarithms first", "x.max(axis=1", "np.logaddexp.reduce(x, axis=1"),
    ("softmax", "float32", "np.exp(x -", "np.exp(x.astype(np.float32) -"),
    ("softmax", "a matrix for each row", f"self.y * {SLOPES}",
     "np.stack([(np.diag(y) - np.outer(y, y)) @ g for y, g in zip(self.y, grad)])"),
    ("cross_entropy", "by index", "(logs * right).sum()", "logs[range(len(labels)), labels].sum()"),
    ("cross_entropy", "clipped", "np.log(inputs)", "np.log(np.clip(inputs, 1e-12, 1))"),
    ("batch_norm", "reciprocal", "x.var(axis=0)",
     "((x - x.sum(axis=0) / len(x)) ** 2).sum(axis=0) / len(x)", "np.sqrt(var + self.eps)",
     "(var + self.eps) ** 0.5", ") / self.deviation", ") * (1 / self.deviation)"),
    ("batch_norm", "running in place", "self.running_mean = self.running_mean + ",
     "self.running_mean += "),
    ("batch_norm", "in another order", f"h - h.mean(axis=0) - self.normal * ({INNER}",
     "(len(h) * h - h.sum(axis=0) - self.normal * (h * self.normal).sum(axis=0)) / len(h)"),
    ("dropout", "an older generator", RNG, "np.random.RandomState(seed)", KEPT,
     "kept = self.random.binomial(1, 1 - self.rate, x.shape)"),
    ("conv", "tensordot", 'np.einsum("nchwij,ocij->nohw", windows, w)',
     "np.moveaxis(np.tensordot(windows, w, ([1, 4, 5], [1, 2, 3])), 3, 1)"),
    ("value", "slope from the result", "self.data ** (exponent - 1)",
     "self.data**exponent / self.data"),
]
# Of each of these lines whatever no check notices is right, for the reason above them.
SAME = {
    "A vector is its own transpose, one row broadcasts as it, minus 0 is 0, and `self.x` is x.": [
        "self.b = np.zeros(n_out)", "return x @ self.W + self.b", "h = self.gamma * grad",
        "self.grad_b = self.grad_b + grad.sum(axis=0)", "self.grad_W = np.zeros(self.W.shape)",
        "self.grad_b = np.zeros(self.b.shape)", "self.deviation = np.sqrt(var + self.eps)",
        "self.running_mean = self.running_mean + self.momentum * (mean - self.running_mean)",
        "self.running_var = self.running_var + self.momentum * (var - self.running_var)",
        "self.normal = (x - mean) / self.deviation", "return inner / self.deviation",
        "return self.gamma * self.normal + self.beta", "self.grad_beta = grad.sum(axis=0)",
        "self.grad_gamma = (grad * self.normal).sum(axis=0)",
        f"inner = h - h.mean(axis=0) - self.normal * ({INNER}",
    ],
    "The numbers are symmetric around 0, and a number is its own transpose.": [
        "self.W = np.random.normal(size=(n_in, n_out)) / np.sqrt(n_in)",
        "y = np.tanh(self.data)", "return Value(y, (self,), (1 - y ** 2,))",
    ],
    "Of a matrix, the axis 1 is the last, and signs of both parts of a fraction cancel.": [
        "powers = np.exp(x - x.max(axis=1, keepdims=True))", f"return self.y * {SLOPES}",
        "self.y = powers / powers.sum(axis=1, keepdims=True)",
        "right = np.eye(inputs.shape[1])[labels]",
        "logs = inputs - inputs.max(axis=1, keepdims=True)",
        "logs = logs - np.log(np.exp(logs).sum(axis=1, keepdims=True))",
    ],
    "All of these have as many rows as there are labels.": [
        "return (-(logs * right).sum() / len(labels), gradient / len(labels))",
    ],
    "A random number is equal to the rate with the probability 0.": [KEPT],
    "Two axes from the end are the same two, and a border of zeros adds nothing to a sum.": [
        "windows = np.lib.stride_tricks.sliding_window_view(framed, w.shape[2:], axis=(2, 3))",
        "around = np.lib.stride_tricks.sliding_window_view(framed, w.shape[2:], axis=(2, 3))",
        "return (grad_x, np.einsum('nohw,nchwij->ocij', grad, windows), grad.sum(axis=(0, 2, 3)))",
    ],
    "The slope of relu at 0 is not asked for, and True counts as 1.": [
        "return Value(max(self.data, 0.0), (self,), (float(self.data > 0),))",
    ],
    "A new Value has the grad 0, and the order of these lines does not matter.": [
        "self.grad = 1.0", "visit(self)\nself.grad = 1.0", f"seen.add(node)\n{LOOP}", VISIT,
    ],
    "What is met again is in the order already.": ["if node not in seen:"],
}
# fmt: on


def pairs(texts: list[str]) -> tuple[tuple[str, str], ...]:
    """Return old and new texts in pairs."""
    return tuple(zip(texts[::2], texts[1::2], strict=True))


variants = [
    Variant(exercise=each, name=name, changes=pairs(changes)) for each, name, *changes in RIGHT
]
equivalents = [
    Equivalent(old=old, reason=reason) for reason, lines in SAME.items() for old in lines
]
equivalents += [
    Equivalent(old="", new=(line,), reason="To do this once more changes nothing.")
    for line in (WRAPPED, "logs = logs - np.log(np.exp(logs).sum(axis=1, keepdims=True))")
]
