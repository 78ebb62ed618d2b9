"""Mistakes in what `Linear` keeps, shares and changes, and in how it is called."""

from .mistakes_lines import (
    GRADIENT_B,
    GRADIENT_W,
    GRADIENT_X,
    KEEP,
    OUTPUT,
    RATE,
    START_B,
    START_W,
    STEP_B,
    STEP_W,
    linear,
    lines,
)

mistakes = [
    linear(
        "first input kept for ever",
        (KEEP, lines("if not hasattr(self, 'x'):", "    self.x = x")),
        explanation="Every `backward` of your layer goes by the first x that it ever saw.",
        hint="Run `forward` with two different inputs and print `layer.x` after each.",
    ),
    linear(
        "first input used for ever",
        (KEEP, lines("if not hasattr(self, 'x'):", "    self.x = x", "x = self.x")),
        explanation="Your layer goes on computing with the first x that it was ever given.",
        hint="Run `forward` with two different inputs. Should the outputs be equal?",
    ),
    linear(
        "input shared by all layers",
        (KEEP, "Linear.x = x"),
        explanation="Your `backward` goes by the x of whichever linear layer was asked last.",
        hint="Make two layers, run `forward` of both with different inputs and print `x` of the "
        "first. What do two layers share?",
    ),
    linear(
        "oldest input used first",
        (RATE, lines(RATE, "self.inputs = []")),
        (KEEP, "self.inputs.append(x)"),
        (GRADIENT_W, "self.grad_W = self.inputs.pop(0).T @ grad"),
        explanation="Your layer queues its inputs, and `backward` takes the oldest, also where "
        "a `forward` was never followed by a `backward`.",
        hint="Measuring on the test images runs `forward` alone. Which x does the next "
        "`backward` find?",
    ),
    linear(
        "only the last example kept",
        (KEEP, "self.x = x[-1:]"),
        explanation="Your `forward` stores the last row of x and not the others.",
        hint="Print `self.x.shape` in `backward` for a batch of 5.",
    ),
    linear(
        "mean input kept",
        (KEEP, "self.x = x.mean(axis=0, keepdims=True).repeat(len(x), axis=0)"),
        (OUTPUT, "return x @ self.W + self.b"),
        explanation="What your `forward` stores is the mean over the batch in every row.",
        hint="Take x = [[1], [-1]] and the upstream gradient [[1], [-1]]. Add up the gradients "
        "of the two examples by hand.",
    ),
    linear(
        "inputs collected over calls",
        (KEEP, "self.x = np.vstack([self.x, x]) if hasattr(self, 'x') else x"),
        explanation="Your `forward` puts each x below those of all calls before.",
        hint="Run `forward` twice with a batch of 5 and print `self.x.shape`.",
    ),
    linear(
        "accumulated weight gradient",
        (RATE, lines(RATE, "self.total_W = 0")),
        (GRADIENT_W, lines("self.total_W += self.x.T @ grad", "self.grad_W = self.total_W")),
        explanation="Your gradient for W is added to those of all batches before.",
        hint="Call `forward` and `backward` twice with the same arrays and print `grad_W` each "
        "time. What is left over from the first?",
    ),
    linear(
        "accumulated bias gradient",
        (RATE, lines(RATE, "self.total_b = 0")),
        (GRADIENT_B, lines("self.total_b += grad.sum(axis=0)", "self.grad_b = self.total_b")),
        explanation="Your gradient for b is added to those of all batches before.",
        hint="Call `forward` and `backward` twice with the same arrays and print `grad_b` each "
        "time. What is left over from the first?",
    ),
    linear(
        "accumulated gradients",
        (RATE, lines(RATE, "self.total_W = 0", "self.total_b = 0")),
        (GRADIENT_W, lines("self.total_W += self.x.T @ grad", "self.grad_W = self.total_W")),
        (GRADIENT_B, lines("self.total_b += grad.sum(axis=0)", "self.grad_b = self.total_b")),
        explanation="Your gradients for W and b are added to those of all batches before.",
        hint="Call `forward` and `backward` twice with the same arrays and print `grad_W` each "
        "time. What is left over from the first?",
    ),
    linear(
        "accumulated input gradient",
        (RATE, lines(RATE, "self.total = 0")),
        (GRADIENT_X, lines("self.total = self.total + grad @ self.W.T", "self.grad = self.total")),
        explanation="What your `backward` returns still contains what it returned before.",
        hint="Call `forward` and `backward` twice with the same arrays and print what comes back "
        "each time.",
    ),
    linear(
        "weight gradient set once",
        (
            GRADIENT_W,
            lines("if self.grad_W is None:", "    self.grad_W = self.x.T @ grad"),
        ),
        explanation="Your layer computes its gradient for W once and then keeps it.",
        hint="Run `forward` and `backward` with two different inputs and print `grad_W` each time.",
    ),
    linear(
        "upstream gradient divided in place",
        (GRADIENT_W, lines("grad /= len(grad)", GRADIENT_W)),
        explanation="Your `backward` divides the very array that it was given by the number "
        "of examples.",
        hint="Print the upstream gradient before and after `backward`. Whose array is it, "
        "and what has already been divided in it?",
    ),
    linear(
        "upstream gradient scaled in place",
        (STEP_B, lines(STEP_B, "grad *= self.learning_rate")),
        explanation="The numbers are right, but your `backward` multiplies the array that it was "
        "given with the learning rate.",
        hint="Print the upstream gradient before and after `backward`. Whose array is it?",
    ),
    linear(
        "upstream gradient emptied",
        (STEP_B, lines(STEP_B, "grad[:] = 0")),
        explanation="The numbers are right, but your `backward` ends by writing zeros into the "
        "array that it was given.",
        hint="Print the upstream gradient before and after `backward`. Who may still need it?",
    ),
    linear(
        "kept input emptied",
        (STEP_B, lines(STEP_B, "self.x[:] = 0")),
        explanation="Your `backward` writes zeros into the input that it kept. That array is the "
        "caller's: in a network it is what the layer below gave out and may still use.",
        hint="Print x before `forward` and after `backward`. "
        "Does `self.x = x` make a second array?",
    ),
    linear(
        "bias written into the input",
        (
            OUTPUT,
            lines("out = x @ self.W + self.b", "x[:, 0] = 1", "return out"),
        ),
        (KEEP, "self.x = x.copy()"),
        explanation="The numbers are right, but your `forward` writes ones into the first column "
        "of its caller's x.",
        hint="Print x before and after `forward`. Who may still need it?",
    ),
    linear(
        "kept input overwritten in place",
        (
            OUTPUT,
            lines("out = x @ self.W + self.b", "self.x -= self.x.mean(axis=0)", "return out"),
        ),
        explanation="Your `forward` shifts the input that it kept, after the outputs were "
        "computed. It is the caller's array, and `backward` finds other numbers in it.",
        hint="Print x before and after `forward`. Does `self.x = x` make a second array?",
    ),
    linear(
        "weights under other names",
        (START_W, "self.weights = 0.01 * np.random.normal(size=(in_channels, out_channels))"),
        (START_B, "self.bias = np.zeros(out_channels)"),
        (OUTPUT, "return x @ self.weights + self.bias"),
        (GRADIENT_X, "self.grad = grad @ self.weights.T"),
        (STEP_W, "self.weights = self.weights - self.learning_rate * self.grad_W"),
        (STEP_B, "self.bias = self.bias - self.learning_rate * self.grad_b"),
        explanation="Your layer has no `W` and no `b`: they are called something else.",
        hint="Which names does the docstring of the class promise? Print `layer.W`.",
    ),
    linear(
        "backward takes a learning rate",
        ("def backward(self, grad):", "def backward(self, grad, learning_rate):"),
        explanation="Your `backward` wants two arguments, and `Sequential` gives it one.",
        hint="Look at how `Sequential` calls `backward`. What does the layer know already?",
    ),
    linear(
        "forward wants the labels",
        ("def forward(self, x):", "def forward(self, x, labels):"),
        explanation="Your `forward` wants two arguments, and `Sequential` gives it one.",
        hint="Look at how `Sequential` calls `forward`. What does a layer have to know?",
    ),
    linear(
        "sizes in the wrong order",
        (
            "def __init__(self, in_channels, out_channels, learning_rate=0.1):",
            "def __init__(self, out_channels, in_channels, learning_rate=0.1):",
        ),
        explanation="Your layer takes the number of outputs first and that of inputs second.",
        hint="Print `Linear(2, 3).W.shape`. Which of the two numbers does the notebook name first?",
    ),
]
