"""Mistakes in what `Linear` makes of its input."""

from .mistakes_lines import (
    GRADIENT_W,
    GRADIENT_X,
    KEEP,
    OUTPUT,
    START_W,
    linear,
    lines,
)

mistakes = [
    linear(
        "product number by number",
        (OUTPUT, "return x * self.W + self.b"),
        explanation="Your `forward` multiplies x and W number by number (`*`), "
        "so nothing is summed over the inputs.",
        hint="x is (2, 3) and W is (3, 4). Which operation makes (2, 4) of them?",
    ),
    linear(
        "W transposed in forward",
        (OUTPUT, "return x @ self.W.T + self.b"),
        explanation="Your `forward` turns W around before it multiplies.",
        hint="W is (inputs, outputs) and x is (batch, inputs). Write the shapes of both factors "
        "side by side: which numbers have to be equal?",
    ),
    linear(
        "factors in the wrong order",
        (OUTPUT, "return self.W @ x + self.b"),
        explanation="Your `forward` puts W on the left and x on the right of the product.",
        hint="W is (inputs, outputs) and x is (batch, inputs). Write the shapes of both factors "
        "side by side: which numbers have to be equal?",
    ),
    linear(
        "outputs transposed",
        (OUTPUT, "return (x @ self.W + self.b).T"),
        explanation="Your outputs lie on their side: examples are columns.",
        hint="Print the shape of what you return for a batch of 5. Which axis counts the examples?",
    ),
    linear(
        "weights stored as (outputs, inputs)",
        (START_W, "self.W = 0.01 * np.random.normal(size=(out_channels, in_channels))"),
        (OUTPUT, "return x @ self.W.T + self.b"),
        (GRADIENT_W, "self.grad_W = grad.T @ self.x"),
        (GRADIENT_X, "self.grad = grad @ self.W"),
        explanation="Your layer keeps W the other way round than the class's description says, "
        "with one row for each output.",
        hint="Print `Linear(2, 3).W.shape` and compare it with the docstring of the class.",
    ),
    linear(
        "outputs summed over the batch",
        (OUTPUT, "return (x @ self.W + self.b).sum(axis=0)"),
        explanation="Your `forward` adds up the outputs of all examples.",
        hint="Feed one row, then two rows. How many rows should come back?",
    ),
    linear(
        "outputs averaged over the batch",
        (OUTPUT, "return (x @ self.W + self.b).mean(axis=0)"),
        explanation="Your `forward` returns the mean of the outputs of all examples.",
        hint="Feed one row, then two rows. How many rows should come back?",
    ),
    linear(
        "only the first example",
        (OUTPUT, "return x[0] @ self.W + self.b"),
        explanation="Your `forward` looks at the first row of x only.",
        hint="Feed a batch of 2. How many rows should come back, and how many do?",
    ),
    linear(
        "mean over the inputs",
        (OUTPUT, "return x @ self.W / x.shape[1] + self.b"),
        explanation="Your outputs contain the mean over the inputs where the sum belongs.",
        hint="With W full of ones and b = 0, what should x = [[1, 1, 1]] give? Compute it by hand.",
    ),
    linear(
        "ReLU inside Linear",
        (OUTPUT, "return np.maximum(x @ self.W + self.b, 0)"),
        explanation="Your linear layer cuts off negative outputs itself.",
        hint="With W = [[1]] and b = [0], what should x = [[-1]] give? "
        "Whose job in the network are the negative numbers?",
    ),
    linear(
        "sigmoid inside Linear",
        (OUTPUT, "return 1 / (1 + np.exp(-(x @ self.W + self.b)))"),
        explanation="Your linear layer sends its outputs through a sigmoid.",
        hint="With W = [[1]] and b = [0], what does x = [[3]] give? Can a linear layer, "
        "fed with twice the input, return less than twice as much?",
    ),
    linear(
        "tanh inside Linear",
        (OUTPUT, "return np.tanh(x @ self.W + self.b)"),
        explanation="Your linear layer sends its outputs through tanh, so none is larger than 1.",
        hint="With W = [[1]] and b = [0], what does x = [[3]] give? Can a linear layer, "
        "fed with twice the input, return less than twice as much?",
    ),
    linear(
        "softmax inside Linear",
        (
            OUTPUT,
            lines(
                "out = x @ self.W + self.b",
                "out = np.exp(out - out.max(axis=1, keepdims=True))",
                "return out / out.sum(axis=1, keepdims=True)",
            ),
        ),
        explanation="Your linear layer turns each row of its outputs into probabilities.",
        hint="Add up a row of your outputs for several inputs. "
        "Where in the notebook is the softmax taken?",
    ),
    linear(
        "absolute weights",
        (OUTPUT, "return x @ np.abs(self.W) + self.b"),
        explanation="Your `forward` forgets the signs of the weights.",
        hint="With b = 0, compare what W = [[2]] and W = [[-2]] make of x = [[1]].",
    ),
    linear(
        "absolute inputs",
        (OUTPUT, "return np.abs(x) @ self.W + self.b"),
        explanation="Your `forward` forgets the signs of the inputs.",
        hint="With b = 0, compare what x = [[2]] and x = [[-2]] give.",
    ),
    linear(
        "inputs cut to integers",
        (KEEP, "self.x = x = x.astype(int)"),
        explanation="Your `forward` cuts off what stands after the decimal point of every input.",
        hint="Feed x = [[0.9]]. The pixels of this notebook lie between 0 and 1: "
        "what becomes of them?",
    ),
    linear(
        "outputs cut to integers",
        (OUTPUT, "return (x @ self.W + self.b).astype(int)"),
        explanation="Your `forward` cuts off what stands after the decimal point of every output.",
        hint="With W = [[0.5]] and b = [0], what should x = [[1]] give? Print the `dtype` too.",
    ),
    linear(
        "half precision",
        (OUTPUT, "return (x @ self.W + self.b).astype(np.float16).astype(float)"),
        explanation="Your outputs pass through float16, which keeps about three digits.",
        hint="Compare your output for x = [[1.0001]] with what a calculator gives. "
        "How many digits survive?",
    ),
    linear(
        "inputs scaled again",
        (KEEP, "self.x = x = x / 255"),
        explanation="Your layer divides its inputs by 255.",
        hint="Feed x = [[1]] with W = [[1]]. Which cell of the notebook has scaled the pixels, "
        "and what arrives at the second layer?",
    ),
    linear(
        "inputs scaled in place",
        (KEEP, lines("x /= 255", "self.x = x")),
        explanation="Your `forward` divides the caller's own array by 255, each time it is called.",
        hint="Call `forward` twice with the same x and print x in between. Who may still need it?",
    ),
    linear(
        "batch normalised",
        (KEEP, "self.x = x = (x - x.mean(axis=0)) / (x.std(axis=0) + 1e-8)"),
        explanation="Your layer shifts and scales its inputs by the batch that they come in.",
        hint="Feed a batch of one row. What is left of it? "
        "Should an example's output depend on the others?",
    ),
    linear(
        "examples scaled to length one",
        (KEEP, "self.x = x = x / (np.linalg.norm(x, axis=1, keepdims=True) + 1e-8)"),
        explanation="Your layer scales every input to the length 1 before it is used.",
        hint="Feed x = [[1, 0]] and then x = [[2, 0]]. Should both give the same?",
    ),
    linear(
        "nothing returned from forward",
        (OUTPUT, "self.out = x @ self.W + self.b"),
        explanation="Your `forward` computes outputs and hands nothing back.",
        hint="Print what `layer.forward(x)` gives. What would the next layer be fed?",
    ),
    linear(
        "two values returned from forward",
        (OUTPUT, "return x @ self.W + self.b, x"),
        explanation="Your `forward` returns a pair: the outputs, and something kept for later.",
        hint="`Sequential` hands on what `forward` returns. What would the next layer be fed, "
        "and where else could a layer keep things for `backward`?",
    ),
    linear(
        "a list instead of an array",
        (OUTPUT, "return (x @ self.W + self.b).tolist()"),
        explanation="Your `forward` returns the right numbers as a list, and the next layer "
        "needs a numpy array.",
        hint="Print `type(layer.forward(x))`. Can a list be compared with 0, as ReLU does, "
        "and does it have a `max`?",
    ),
    linear(
        "outputs squeezed",
        (OUTPUT, "return np.squeeze(x @ self.W) + self.b"),
        explanation="Your `forward` drops every axis of length 1: a batch of one row comes back "
        "without its axis.",
        hint="Feed one row, then two rows, and print the shapes of what comes back.",
    ),
    linear(
        "new weights in every forward",
        (KEEP, lines("self.x = x", "self.W = 0.01 * np.random.normal(size=self.W.shape)")),
        explanation="Your `forward` draws new random weights each time, so nothing that was "
        "learnt survives.",
        hint="Call `forward` twice with the same x. How often should weights be drawn?",
    ),
    linear(
        "dropout inside Linear",
        (OUTPUT, "return (x @ self.W + self.b) * (np.random.random(self.b.shape) > 0.5)"),
        explanation="Your `forward` switches outputs off at random.",
        hint="Call `forward` twice with the same x. Should it give two different answers?",
    ),
    linear(
        "Python loop over the examples",
        (OUTPUT, "return np.array([row @ self.W + self.b for row in x])"),
        explanation="Your layer gives the right numbers, but one example at a time.",
        hint="Which operation handles all rows at once?",
    ),
]
