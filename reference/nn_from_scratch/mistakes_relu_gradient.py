"""Mistakes in what `ReLU.backward` returns, and in what the layer keeps, shares and changes."""

from .mistakes_lines import MASK, PASSED, VALUES, lines, relu

_WHO_DECIDES = "Which of the two arrays, x or the upstream gradient, should decide what is open?"

mistakes = [
    relu(
        "gradient passed through",
        (PASSED, "return grad"),
        explanation="Your `backward` hands on the gradient that it was given, also where the "
        "layer is closed.",
        hint="For x = -2 the output is 0, and for x = -1.9 too. How steep is that?",
    ),
    relu(
        "mask returned by backward",
        (PASSED, "return self.is_open * 1.0"),
        explanation="Your `backward` returns ones and zeros, whatever arrives from above.",
        hint="Call `backward` with twice the gradient. Should the same come back?",
    ),
    relu(
        "masked by the gradient",
        (PASSED, "return grad * (grad > 0)"),
        explanation="Your `backward` lets through what is positive in the upstream gradient.",
        hint="Flip only the sign of the upstream gradient and other positions open. "
        + _WHO_DECIDES,
    ),
    relu(
        "masked by input and gradient",
        (PASSED, "return grad * self.is_open * (grad > 0)"),
        explanation="Your `backward` lets only positive gradients through the open positions.",
        hint="For x = [3], try the upstream gradients [1] and [-1]. " + _WHO_DECIDES,
    ),
    relu(
        "mask inverted",
        (PASSED, "return grad * (1 - self.is_open)"),
        explanation="Your `backward` lets the gradient through where x was negative.",
        hint="For x = [-2, 3], which of the two outputs moves when x moves a little?",
    ),
    relu(
        "leaky in backward only",
        (PASSED, "return grad * np.where(self.is_open, 1, 0.01)"),
        explanation="Your `backward` lets a hundredth of the gradient through where the layer "
        "is closed.",
        hint="For x = -2 the output is 0, and for x = -1.9 too. How steep is that?",
    ),
    relu(
        "gradient turned where closed",
        (PASSED, "return grad * np.where(self.is_open, 1, -1)"),
        explanation="Your `backward` turns the sign of the gradient where x was negative.",
        hint="For x = -2 the output is 0, and for x = -1.9 too. How steep is that?",
    ),
    relu(
        "gradient multiplied by the output",
        (VALUES, lines("self.y = np.maximum(input, 0)", "return self.y")),
        (PASSED, "return grad * self.y"),
        explanation="Your `backward` opens the right positions, but multiplies the gradient "
        "there with the output.",
        hint="For x = [1, 3], by how much does each output move when its x moves by 0.1?",
    ),
    relu(
        "gradient multiplied by the input",
        (MASK, "self.x = input"),
        (PASSED, "return grad * self.x"),
        explanation="Your `backward` multiplies the gradient with x itself.",
        hint="For x = [1, 3], by how much does each output move when its x moves by 0.1?",
    ),
    relu(
        "output returned by backward",
        (VALUES, lines("self.y = np.maximum(input, 0)", "return self.y")),
        (PASSED, "return self.y"),
        explanation="Your `backward` returns what `forward` returned.",
        hint="Call `backward` with twice the gradient. Should the same come back?",
    ),
    relu(
        "input where closed",
        (MASK, "self.x = input"),
        (PASSED, "return np.where(self.x > 0, grad, self.x)"),
        explanation="Where the layer is closed your `backward` returns x instead of a gradient.",
        hint="For x = -2 the output is 0, and for x = -1.9 too. How steep is that?",
    ),
    relu(
        "ones where closed",
        (PASSED, "return np.where(self.is_open, grad, 1)"),
        explanation="Where the layer is closed your `backward` returns 1.",
        hint="For x = -2 the output is 0, and for x = -1.9 too. How steep is that?",
    ),
    relu(
        "ones where open",
        (PASSED, "return np.where(self.is_open, 1, grad)"),
        explanation="Your `backward` returns 1 where the layer is open, and the gradient that it "
        "was given where it is closed.",
        hint="For x = [-2, 3], go through both numbers by hand: which should pass the gradient on?",
    ),
    relu(
        "sigmoid's derivative",
        (MASK, "self.is_open = 1 / (1 + np.exp(-input))"),
        (PASSED, "return grad * self.is_open * (1 - self.is_open)"),
        explanation="Your `backward` differentiates a sigmoid; your `forward` is none.",
        hint="For x = 3, by how much does the output move when x moves by 0.1?",
    ),
    relu(
        "negative gradient",
        (PASSED, "return -grad * self.is_open"),
        explanation="Your `backward` opens the right positions and turns the sign.",
        hint="For x = 3, does the output rise or fall when x rises?",
    ),
    relu(
        "gradient averaged in ReLU",
        (PASSED, "return grad * self.is_open / len(grad)"),
        explanation="Your `backward` divides the gradient by the number of rows.",
        hint="The loss of this notebook is a mean over the batch. "
        "What has already been divided before the gradient reaches you?",
    ),
    relu(
        "gradient divided by the open positions",
        (PASSED, "return grad * self.is_open / max(self.is_open.sum(), 1)"),
        explanation="Your `backward` divides the gradient by the number of positive inputs.",
        hint="Feed x = [3] and then x = [3, 3]. Should the first number's gradient change?",
    ),
    relu(
        "learning rate in ReLU",
        (PASSED, "return 0.1 * grad * self.is_open"),
        explanation="Your `backward` makes the gradient ten times smaller.",
        hint="For x = 3, by how much does the output move when x moves by 0.1? "
        "Does this layer take steps?",
    ),
    relu(
        "gradient summed over the batch",
        (PASSED, "return (grad * self.is_open).sum(axis=0)"),
        explanation="Your `backward` adds up the gradients of all rows.",
        hint="Print the shapes of x and of what you return. Do the rows share one x?",
    ),
    relu(
        "gradient transposed",
        (PASSED, "return (grad * self.is_open).T"),
        explanation="What your `backward` returns lies on its side.",
        hint="Print the shapes of x and of what you return.",
    ),
    relu(
        "matrix product with the mask",
        (PASSED, "return grad @ self.is_open"),
        explanation="Your `backward` takes the matrix product (`@`) of gradient and mask.",
        hint="ReLU treats each number by itself. Which operation does that?",
    ),
    relu(
        "gradient picked out",
        (PASSED, "return grad[self.is_open]"),
        explanation="Your `backward` picks the open positions out, and the shape is gone.",
        hint="Print the shapes of x and of what you return. "
        "What should stand where the layer is closed?",
    ),
    relu(
        "clipped gradient",
        (PASSED, "return np.clip(grad * self.is_open, -1, 1)"),
        explanation="What your `backward` returns never gets larger than 1.",
        hint="For x = [3], try the upstream gradients [1] and [3].",
    ),
    relu(
        "gradient scaled to length one",
        (PASSED, "return grad * self.is_open / (np.linalg.norm(grad) + 1e-8)"),
        explanation="Your `backward` divides the gradient by its length.",
        hint="Call `backward` with twice the gradient. Should the same come back?",
    ),
    relu(
        "gradient cut to integers",
        (PASSED, "return (grad * self.is_open).astype(int)"),
        explanation="Your `backward` cuts off what stands after the decimal point.",
        hint="How large are gradients in this notebook? What is left of 0.3?",
    ),
    relu(
        "one decision for the whole array",
        (PASSED, "return grad * np.any(self.is_open)"),
        explanation="Your `backward` opens everything as soon as one input is positive.",
        hint="For x = [-2, 3], should the second number decide about the first?",
    ),
    relu(
        "closed unless all are positive",
        (PASSED, "return grad * np.all(self.is_open)"),
        explanation="Your `backward` closes everything as soon as one input is not positive.",
        hint="For x = [-2, 3], should the first number decide about the second?",
    ),
    relu(
        "mask of the last row",
        (PASSED, "return grad * self.is_open[-1]"),
        explanation="Your `backward` opens the same columns for all rows: "
        "those that are positive in the last.",
        hint="Feed x = [[1], [-1]]. Which of the two rows should pass the gradient on?",
    ),
    relu(
        "mask of the first column",
        (PASSED, "return grad * self.is_open[:, :1]"),
        explanation="Your `backward` opens whole rows: those whose first number is positive.",
        hint="Feed x = [[1, -1]]. Which of the two numbers should pass the gradient on?",
    ),
    relu(
        "mask cut to integers first",
        (MASK, "self.is_open = input.astype(int) > 0"),
        explanation="Your mask cuts x off to integers first, so what lies between 0 and 1 counts "
        "as closed.",
        hint="Feed x = [0.5]. Is the output 0 there?",
    ),
    relu(
        "mask from minus one on",
        (MASK, "self.is_open = input > -1"),
        explanation="Your mask also opens what lies between -1 and 0.",
        hint="For x = -0.5, how much does the output move when x moves a little?",
    ),
    relu(
        "mask above one in backward",
        (MASK, "self.is_open = input > 1"),
        explanation="Your mask stays closed up to 1; your `forward` opens at 0.",
        hint="For x = 0.5, how much does the output move when x moves a little?",
    ),
    relu(
        "nothing returned from ReLU's backward",
        (PASSED, "self.grad = grad * self.is_open"),
        explanation="Your `backward` computes a gradient and hands nothing back.",
        hint="Print what `relu.backward(grad)` gives. What would the layer below be fed?",
    ),
    relu(
        "mask not stored",
        (MASK, "is_open = input > 0"),
        explanation="Your `backward` reads a mask that your `forward` forgets when it returns.",
        hint="`backward` is only given a gradient. What must `forward` leave behind for it?",
    ),
    relu(
        "input wanted by backward",
        ("def backward(self, grad):", "def backward(self, grad, input):"),
        explanation="Your `backward` wants two arguments, and `Sequential` gives it one.",
        hint="Look at how `Sequential` calls `backward`. When has the layer seen its input?",
    ),
]
