"""The known mistakes."""

from grader import Mistake

from .right import INNER, RNG, SLOPES, equivalents, pairs, variants

__all__ = ["equivalents", "mistakes", "variants"]

STEP, LATE = "\n        ", "\n                order.append(node)"

# fmt: off
# Exercise, name, explanation, hint; and then, in turn, what stands there and what replaces it.
WRONG = [
    ("linear", "weights of zeros", "All your weights begin as zeros.", "What is `backward` then?",
     "np.random.normal(size=(n_in, n_out))", "np.zeros((n_in, n_out))"),
    ("linear", "bias forgotten", "Your `forward` leaves b out.", "What does an x of zeros give?",
     "x @ self.W + self.b", "x @ self.W"),
    ("linear", "gradients overwritten", "Each `backward` replaces what was there before.",
     "What is `grad_W` after two calls?", "self.grad_W + ", "", "self.grad_b + ", ""),
    ("linear", "reshaped, not transposed", "Your `backward` reshapes W where it has to transpose.",
     "Do it with a W of 2 by 3.", "@ self.W.T", "@ self.W.reshape(self.W.shape[::-1])"),
    ("softmax", "softmax as it stands",
     "Your `forward` takes exponentials of the scores as they are.", "What is `np.exp(1000.0)`?",
     "np.exp(x - x.max(axis=1, keepdims=True))", "np.exp(x)"),
    ("softmax", "columns instead of rows", "Your probabilities sum to 1 in each column.",
     "Along which axis do the classes lie?", "powers.sum(axis=1", "powers.sum(axis=0"),
    ("softmax", "diagonal only", "Your gradient leaves out what a score does to other classes.",
     "What happens to the others when one score rises?", SLOPES, "grad * (1 - self.y)"),
    ("softmax", "scores overwritten", "Your `forward` subtracts from its caller's array.",
     "Print x before and after.", "powers = np.exp(x - x",
     f"x -= x.max(axis=1, keepdims=True){STEP}powers = np.exp(x - x"),
    ("cross_entropy", "sum instead of mean", "Your loss and its gradient are those of a sum.",
     "What does a batch of twice as many give?", "sum() / len(labels), gradient / len(labels)",
     "sum(), gradient"),
    ("cross_entropy", "probabilities first", "You compute p, and its logarithm afterwards.",
     "Which p has a logit that lies 1000 below another?", "logs - np.log(np.exp(logs)",
     "np.log(np.exp(logs) / np.exp(logs)"),
    ("cross_entropy", "one gradient for both", "With probabilities, you return that by logits.",
     "Which p occur in -log p?", "-right / inputs", "inputs - right"),
    ("batch_norm", "unbiased variance", "You divide the variance by one less than the batch size.",
     "What does `x.var(axis=0)` divide by?", "x.var(axis=0)",
     "x.var(axis=0) * len(x) / max(len(x) - 1, 1)"),
    ("batch_norm", "eps beside the root", "You add eps to the deviation, and not to the variance.",
     "Look at what stands below the root.", "np.sqrt(var + self.eps)", "np.sqrt(var) + self.eps"),
    ("batch_norm", "statistics as constants",
     "Your gradient takes mean and variance for constants.", "What do they do when one x moves?",
     f"h - h.mean(axis=0) - self.normal * ({INNER}", "h"),
    ("batch_norm", "batch in evaluation", "In evaluation, you still use the batch.",
     "What does a batch of one give?", "if self.training:\n            mean",
     "if True:\n            mean"),
    ("dropout", "seeded in each forward", "Each `forward` begins the random numbers again.",
     "How often is the generator made?", RNG, "seed", "self.random.random",
     "np.random.default_rng(self.random).random"),
    ("dropout", "shared random numbers",
     "Your layers draw from one generator, and disturb each other.",
     "What if another layer draws in between?", RNG, f"np.random{STEP}np.random.seed(seed)"),
    ("dropout", "nothing scaled", "You keep numbers as they are, so that their mean shrinks.",
     "What is the mean before, and after?", "kept / (1 - self.rate)", "kept * 1.0"),
    ("dropout", "scaled in evaluation", "In evaluation, you scale once more.",
     "Compare what goes in with what comes out.", "np.ones(x.shape)",
     "np.full(x.shape, 1 - self.rate)"),
    ("dropout", "mask forgotten", "Your `backward` lets the whole gradient pass.",
     "What did a dropped number do to the loss?", "return grad * self.factors",
     "return grad * 1.0"),
    ("conv", "kernel flipped", "Your kernel is upside down, as mathematicians have it.",
     "Which weight meets the upper left pixel?", "windows, w)", "windows, w[:, :, ::-1, ::-1])"),
    ("conv", "border left", "Your gradient by x still has the border.", "Compare its shape with x.",
     "w.shape[3] - 1 - padding", "w.shape[3] - 1"),
    ("conv", "padding forgotten", "Your picture gets no border.", "What shape has out to have?",
     "((0,), (0,), (padding,), (padding,))", "((0,), (0,), (0,), (0,))"),
    ("value", "gradient assigned", "A Value that is used twice keeps the gradient of one use.",
     "How often does something arrive at a in `a * a + a`?", "grad += slope", "grad = slope"),
    ("value", "passed on too early", "A Value passes on its gradient before all of it has arrived.",
     "In which order are the Values of `b * b + b` visited?", "seen.add(node)",
     f"seen.add(node){LATE}", f"visit(parent){LATE}", "visit(parent)", "reversed(order)", "order"),
    ("value", "slope by the input", "Your slope of tanh takes its input for its output.",
     "How steep is tanh far out?", "1 - y**2", "1 - self.data**2"),
    ("value", "relu always open", "Your relu lets every gradient pass.", "How steep is it below 0?",
     "float(self.data > 0)", "1.0"),
    ("value", "numbers not taken", "Your product takes Values alone.", "What is `other.data` of 3?",
     "else Value(other)\n        return Value(self.data *",
     "else other\n        return Value(self.data *"),
]
# fmt: on


mistakes = [
    Mistake(exercise=each, name=name, explanation=told, hint=hint, changes=pairs(changes))
    for each, name, told, hint, *changes in WRONG
]
