"""Unusual right solutions of `Sigmoid`, `Tanh` and `Dropout`."""

from .lines import (
    DROPOUT_BACK,
    FACTORS,
    HYPERBOLIC,
    KEPT,
    LOGISTIC,
    ONES,
    PASSED,
    SCALED,
    SIGMOID_BACK,
    SMALL,
    START,
    TANH_BACK,
    method,
    variants_of,
)

sigmoid, tanh, dropout = map(variants_of, ("sigmoid", "tanh", "dropout"))

variants = [
    # It warns of an overflow, and the result is right all the same.
    sigmoid("the formula as it stands", (LOGISTIC, "self.y = 1 / (1 + np.exp(-x))")),
    sigmoid("by the tanh", (LOGISTIC, "self.y = 0.5 * (1 + np.tanh(0.5 * x))")),
    sigmoid("by logaddexp", (LOGISTIC, "self.y = np.exp(-np.logaddexp(0, -x))")),
    sigmoid(
        "in two parts",
        (
            LOGISTIC,
            method(
                "self.y = np.empty(x.shape)",
                "right = x >= 0",
                "self.y[right] = 1 / (1 + np.exp(-x[right]))",
                "powers = np.exp(x[~right])",
                "self.y[~right] = powers / (1 + powers)",
            ),
        ),
    ),
    sigmoid(
        "clipped far out",
        (SMALL, method("x = np.clip(x, -500, 500)", SMALL)),
    ),
    sigmoid(
        "slope of the sigmoid from the input",
        (SMALL, method("self.x = x.copy()", SMALL)),
        (
            SIGMOID_BACK,
            method("small = np.exp(-np.abs(self.x))", "return grad * small / (1 + small) ** 2"),
        ),
    ),
    sigmoid(
        "slope noted by forward",
        (
            LOGISTIC,
            method(
                "y = np.where(x >= 0, 1, small) / (1 + small)",
                "self.slope = y - y * y",
                "return y",
            ),
        ),
        (SIGMOID_BACK, "return self.slope * grad"),
    ),
    sigmoid("float32 in Sigmoid", (SMALL, "x = x.astype(np.float32); small = np.exp(-np.abs(x))")),
    tanh(
        "a sigmoid, stretched",
        (
            HYPERBOLIC,
            method(
                "small = np.exp(-2 * np.abs(x))",
                "self.y = np.sign(x) * (1 - small) / (1 + small)",
            ),
        ),
    ),
    tanh("two sigmoids", (HYPERBOLIC, "self.y = 2 / (1 + np.exp(-2 * x)) - 1")),
    tanh("factored", (TANH_BACK, "return grad * (1 - self.y) * (1 + self.y)")),
    tanh(
        "slope of the tanh from the input",
        (HYPERBOLIC, method("self.x = x", HYPERBOLIC)),
        (TANH_BACK, "return grad - grad * np.square(np.tanh(self.x))"),
    ),
    tanh("float32 in Tanh", (HYPERBOLIC, "self.y = np.tanh(x.astype(np.float32))")),
    dropout("smaller than", (KEPT, "kept = np.random.rand(*x.shape) > self.rate")),
    dropout("coins tossed", (KEPT, "kept = np.random.binomial(1, 1 - self.rate, size=x.shape)")),
    dropout(
        "a choice",
        (KEPT, "kept = np.random.choice([0, 1], x.shape, p=[self.rate, 1 - self.rate])"),
    ),
    dropout(
        "a generator of its own",
        (START, method("self.random = np.random.default_rng()", START)),
        (KEPT, "kept = self.random.random(x.shape) >= self.rate"),
    ),
    dropout(
        "a generator with a seed",
        (START, method("self.random = np.random.default_rng(3)", START)),
        (KEPT, "kept = self.random.random(x.shape) < 1 - self.rate"),
    ),
    dropout(
        "a shuffled count",
        (
            KEPT,
            method(
                "count = int(x.size * self.rate + np.random.random_sample())",
                "kept = np.arange(x.size) >= count",
                "kept = np.random.permutation(kept).reshape(x.shape)",
            ),
        ),
    ),
    dropout(
        "nothing copied while testing",
        (ONES, "self.factors = 1"),
        (PASSED, "return x"),
    ),
    dropout(
        "asked again in backward",
        (ONES, "pass"),
        (DROPOUT_BACK, "return grad * self.factors if self.training else grad"),
    ),
    dropout(
        "zeros written",
        (
            FACTORS,
            method("self.gone = ~kept", "y = x / (1 - self.rate)", "y[self.gone] = 0", "return y"),
        ),
        (ONES, "self.gone = None"),
        (
            DROPOUT_BACK,
            method(
                "if self.gone is None:",
                "    return grad",
                "result = grad / (1 - self.rate)",
                "result[self.gone] = 0",
                "return result",
            ),
        ),
    ),
    dropout(
        "mask and scale apart",
        (ONES, "self.kept, self.scale = True, 1"),
        (FACTORS, "self.kept, self.scale = kept, 1 / (1 - self.rate)"),
        (SCALED, "return np.where(self.kept, x * self.scale, 0)"),
        (DROPOUT_BACK, "return np.where(self.kept, grad * self.scale, 0)"),
    ),
    dropout("float32 in Dropout", (FACTORS, "self.factors = np.float32(kept / (1 - self.rate))")),
    dropout(
        "rate and mode as properties",
        (
            START,
            method(
                "self.mode = 'train'",
                "",
            )
            + "\n    training = property(lambda self: self.mode == 'train',"
            "\n                        lambda self, on: setattr(self, 'mode', on and 'train'))",
        ),
    ),
]
