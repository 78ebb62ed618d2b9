"""Mistakes in `Dropout`."""

from .lines import (
    DROPOUT_BACK,
    FACTORS,
    KEPT,
    ONES,
    PASSED,
    SCALED,
    START,
    method,
    mistakes_of,
)

dropout = mistakes_of("dropout")

_MEAN = "What was the mean of a number before some were dropped, and what is it now?"
_NOTE = "A number was dropped: what did it do to the loss? Which note tells you?"
_ANEW = "Call `forward` twice with the same array. What should differ?"
_TEST = "Set `training` to False and compare what goes in with what comes out."

mistakes = [
    dropout(
        "nothing scaled",
        "Your `forward` keeps numbers as they are, so that their sum shrinks.",
        _MEAN,
        (FACTORS, "self.factors = kept * 1.0"),
    ),
    dropout(
        "a list instead of an array from Dropout",
        "Your `forward` returns the right numbers as a list, and the next layer needs a numpy "
        "array.",
        "Print `type(layer.forward(x))`. Which line makes a list of an array?",
        (SCALED, f"{SCALED.replace('return ', 'return (')}).tolist()"),
    ),
    dropout(
        "scaled down",
        "Your `forward` makes what it keeps smaller.",
        _MEAN,
        (FACTORS, "self.factors = kept * (1 - self.rate)"),
    ),
    dropout(
        "scaled by the rate",
        "Your `forward` divides what it keeps by the rate, not by what is left of 1.",
        _MEAN,
        (FACTORS, "self.factors = kept / self.rate if self.rate else kept"),
    ),
    dropout(
        "scaled while testing",
        "Your layer leaves what it keeps as it is while training, and scales while testing.",
        _TEST,
        (FACTORS, "self.factors = kept * 1.0"),
        (ONES, "self.factors = np.full(x.shape, 1 - self.rate)"),
        (PASSED, "return x * self.factors"),
    ),
    dropout(
        "scaled in both",
        "Your layer scales while training, and once more while testing.",
        _TEST,
        (ONES, "self.factors = np.full(x.shape, 1 - self.rate)"),
        (PASSED, "return x * self.factors"),
    ),
    dropout(
        "rate kept, not dropped",
        "Your `forward` takes `rate` for the probability to be kept.",
        "With the rate 0.1, how many of a thousand numbers should be gone?",
        (KEPT, "kept = np.random.random_sample(x.shape) < self.rate"),
        (FACTORS, "self.factors = kept / self.rate if self.rate else kept * 0.0"),
    ),
    dropout(
        "share of zeros swapped",
        "Your `forward` drops what it should keep, and keeps what it should drop.",
        "With the rate 0.1, how many of a thousand numbers should be gone?",
        (KEPT, "kept = np.random.random_sample(x.shape) < self.rate"),
    ),
    dropout(
        "half dropped, whatever the rate",
        "Your `forward` drops a half, whatever the rate is.",
        "What should change when the rate does?",
        (KEPT, "kept = np.random.random_sample(x.shape) >= 0.5"),
    ),
    dropout(
        "normal numbers compared",
        "Your `forward` compares numbers with the rate that are not spread evenly from 0 to 1.",
        "How many of a thousand `np.random.normal` numbers lie below 0.1?",
        (KEPT, "kept = np.random.standard_normal(x.shape) >= self.rate"),
    ),
    dropout(
        "rate squared",
        "Your `forward` drops a number only where two draws say so.",
        "With the rate 0.5, how many of a thousand numbers are gone?",
        (
            KEPT,
            method(
                "first, second = np.random.random_sample((2, *x.shape))",
                "kept = (first >= self.rate) | (second >= self.rate)",
            ),
        ),
    ),
    dropout(
        "one number for all",
        "Your `forward` draws one random number and drops everything or nothing.",
        "How many random numbers does an array of this shape need?",
        (KEPT, "kept = np.full(x.shape, np.random.random_sample() >= self.rate)"),
    ),
    dropout(
        "same columns for all rows",
        "Your `forward` draws one number for each column, so that all rows lose the same.",
        "How many random numbers does an array of this shape need?",
        (
            KEPT,
            "kept = np.broadcast_to(np.random.random_sample(x.shape[-1]) >= self.rate, x.shape)",
        ),
    ),
    dropout(
        "same rows for all columns",
        "Your `forward` drops whole rows, each with all its numbers.",
        "How many random numbers does an array of this shape need?",
        (
            KEPT,
            method(
                "shape = (len(x), *[1] * (x.ndim - 1))",
                "kept = np.broadcast_to(np.random.random_sample(shape) >= self.rate, x.shape)",
            ),
        ),
    ),
    dropout(
        "seed in forward",
        "Your `forward` starts the random numbers anew, and so draws the same each time.",
        _ANEW,
        (KEPT, method("np.random.seed(0)", KEPT)),
    ),
    dropout(
        "mask drawn once",
        "Your layer draws its mask in the first `forward` and keeps it.",
        _ANEW,
        (
            KEPT,
            method(
                "if getattr(self, 'kept', np.empty(0)).shape != x.shape:",
                "    self.kept = np.random.random_sample(x.shape) >= self.rate",
                "kept = self.kept",
            ),
        ),
    ),
    dropout(
        "new mask in backward",
        "Your `backward` draws a mask of its own.",
        _NOTE,
        (
            DROPOUT_BACK,
            method(
                "kept = np.random.random_sample(grad.shape) >= self.rate",
                "return grad * kept / (1 - self.rate)",
            ),
        ),
    ),
    dropout(
        "gradient passed everywhere",
        "Your `backward` hands the whole gradient on, also where a number was dropped.",
        _NOTE,
        (DROPOUT_BACK, "return grad"),
    ),
    dropout(
        "gradient not scaled",
        "Your `backward` drops the right numbers and does not scale the others.",
        "A number was kept and made larger. By how much does the output move when it moves?",
        (DROPOUT_BACK, "return grad * (self.factors > 0)"),
    ),
    dropout(
        "gradient scaled twice",
        "Your `backward` scales what has been scaled already.",
        "What does your note hold: whether a number was kept, or what it was multiplied by?",
        (DROPOUT_BACK, "return grad * self.factors**2"),
    ),
    dropout(
        "gradient where dropped",
        "Your `backward` lets the gradient through where numbers were dropped.",
        _NOTE,
        (DROPOUT_BACK, "return grad * (self.factors == 0)"),
    ),
    dropout(
        "mask of the gradient's zeros",
        "Your `backward` scales everything by the same number.",
        _NOTE,
        (DROPOUT_BACK, "return grad / (1 - self.rate)"),
    ),
    dropout(
        "mask without gradient",
        "Your `backward` returns the mask, whatever arrives from above.",
        "Call `backward` with twice the gradient. Should the same come back?",
        (DROPOUT_BACK, "return self.factors"),
    ),
    dropout(
        "dropping while testing",
        "Your layer drops numbers also with `training` False.",
        _TEST,
        (
            PASSED,
            method(
                "pass",
                "kept = np.random.random_sample(x.shape) >= self.rate",
                "self.factors = kept / (1 - self.rate)",
                "return x * self.factors",
            ),
        ),
    ),
    dropout(
        "training and testing swapped",
        "Your layer drops while testing and rests while training.",
        "A new layer has `training` True. Which of the two branches does it take?",
        ("if not self.training:", "if self.training:"),
    ),
    dropout(
        "never dropping",
        "Your layer passes everything on, also while training.",
        "A new layer has `training` True. Which of the two branches does it take?",
        (START, "self.training = False"),
        ("if not self.training:", "if not self.training or True:"),
    ),
    dropout(
        "mask of the training left over",
        "After a test, your `backward` still uses the mask of the last training.",
        "Call `forward` while training, then while testing, then `backward`. Which is the latest?",
        (ONES, "self.factors = getattr(self, 'factors', np.ones(x.shape))"),
    ),
    dropout(
        "test ends the training for good",
        "Once it has been tested, your layer never drops again.",
        "Set `training` to False, call `forward`, set it to True. What is left over?",
        (ONES, method(ONES, "    self.rate = 0")),
    ),
    dropout(
        "no backward while testing",
        "Your layer forgets its note while testing, and `backward` has nothing to work with.",
        "What is the gradient of a layer that passes everything on?",
        (ONES, "self.factors = None"),
    ),
    dropout(
        "mask shared by all layers",
        "Your layers share one mask: it belongs to the class, not to the layer.",
        "What do two layers have in common? Where does `forward` put what `backward` needs?",
        (FACTORS, "Dropout.factors = kept / (1 - self.rate)"),
        (SCALED, "return x * Dropout.factors"),
        (ONES, "Dropout.factors = np.ones(x.shape)"),
        (DROPOUT_BACK, "return grad * Dropout.factors"),
    ),
    dropout(
        "first mask kept for backward",
        "Your `backward` uses the mask of the first `forward`, not of the latest.",
        "Call `forward` twice. Which of the two is `backward` about?",
        (
            FACTORS,
            method(
                "factors = kept / (1 - self.rate)",
                "self.factors = getattr(self, 'factors', factors)",
                "return x * factors",
            ),
        ),
    ),
    dropout(
        "small numbers dropped",
        "Your `forward` drops the smallest numbers, and nothing random.",
        "Feed ones. Which of them should be dropped?",
        (KEPT, "kept = np.abs(x) >= np.quantile(np.abs(x), self.rate)"),
    ),
    dropout(
        "noise in place of zeros",
        "Your `forward` adds noise instead of setting numbers to 0.",
        "Feed ones. How many of the outputs are exactly 0?",
        (FACTORS, "self.factors = 1 + np.random.standard_normal(x.shape) * self.rate"),
    ),
    dropout(
        "input overwritten by dropout",
        "Your `forward` multiplies the array of its caller in place.",
        "Print x before and after the call. Who may still need it?",
        (SCALED, method("x *= self.factors.astype(x.dtype)", "return x")),
    ),
    dropout(
        "gradient overwritten by dropout",
        "Your `backward` multiplies the array of its caller in place.",
        "Print the gradient before and after the call. Who may still need it?",
        (DROPOUT_BACK, method("grad *= self.factors", "return grad")),
    ),
]
