"""Mistakes in what `Linear.backward` hands to the layer below."""

from .mistakes_lines import (
    GRADIENT_X,
    OUTPUT,
    RETURN,
    STEP_B,
    linear,
    lines,
)

_SHAPES = "x is (batch, inputs), and what you return is (batch, outputs). "

mistakes = [
    linear(
        "input gradient after the update",
        (GRADIENT_X, "self.grad = None"),
        (STEP_B, lines(STEP_B, "self.grad = grad @ self.W.T")),
        explanation="What your `backward` returns depends on the learning rate.",
        hint="What you return is right with learning rate 0 and wrong with a larger one. "
        "When does `backward` read W, and when does it change it?",
    ),
    linear(
        "returns the upstream gradient",
        (GRADIENT_X, "self.grad = grad"),
        explanation="Your `backward` hands on the gradient that it was given.",
        hint=_SHAPES + "What connects these two shapes?",
    ),
    linear(
        "returns the weight gradient",
        (RETURN, "return self.grad_W\n"),
        explanation="Your `backward` returns the gradient for W.",
        hint="The layer below knows nothing of this W. Which of its own numbers does it need "
        "the gradient for?",
    ),
    linear(
        "returns the bias gradient",
        (RETURN, "return self.grad_b\n"),
        explanation="Your `backward` returns the gradient for b.",
        hint="The layer below knows nothing of this b. Which of its own numbers does it need "
        "the gradient for?",
    ),
    linear(
        "nothing returned from backward",
        (RETURN, "\n"),
        explanation="Your `backward` computes gradients and hands nothing back.",
        hint="Print what `layer.backward(grad)` gives. What would the layer below be fed?",
    ),
    linear(
        "all gradients returned",
        (RETURN, "return self.grad, self.grad_W, self.grad_b\n"),
        explanation="Your `backward` returns three gradients at once.",
        hint="`Sequential` hands on what `backward` returns. Which one does the layer below need, "
        "and where are the others kept?",
    ),
    linear(
        "returns the input",
        (RETURN, "return self.x\n"),
        explanation="Your `backward` returns x itself.",
        hint="Call `backward` with zeros. If the loss does not feel y, what should come back?",
    ),
    linear(
        "input gradient of zeros",
        (GRADIENT_X, "self.grad = np.zeros_like(self.x)"),
        explanation="Your `backward` returns zeros, so no layer below learns anything.",
        hint="With W = [[1]], does the loss not feel a change of x?",
    ),
    linear(
        "input gradient of ones",
        (GRADIENT_X, "self.grad = np.ones_like(grad) @ self.W.T"),
        explanation="What your `backward` returns stays the same whatever arrives from above.",
        hint="Call `backward` with zeros. If the loss does not feel y, what should come back?",
    ),
    linear(
        "W taken as it is",
        (GRADIENT_X, "self.grad = grad @ self.W"),
        explanation="Your `backward` multiplies the upstream gradient with W as it is.",
        hint="grad is (batch, outputs), W is (inputs, outputs). What has to be done for "
        "(batch, inputs)?",
    ),
    linear(
        "factors in the wrong order in backward",
        (GRADIENT_X, "self.grad = self.W @ grad"),
        explanation="Your `backward` puts W on the left and the upstream gradient on the right.",
        hint="grad is (batch, outputs), W is (inputs, outputs). Which axis has to disappear, "
        "and which has to come first?",
    ),
    linear(
        "W reshaped",
        (GRADIENT_X, "self.grad = grad @ self.W.reshape(self.W.shape[::-1])"),
        explanation="You gave W the right shape for the product with `reshape`, which shuffles "
        "its numbers.",
        hint="Print np.arange(6).reshape(2, 3).reshape(3, 2) and np.arange(6).reshape(2, 3).T.",
    ),
    linear(
        "input gradient transposed",
        (GRADIENT_X, "self.grad = self.W @ grad.T"),
        explanation="What your `backward` returns lies on its side: examples are columns.",
        hint="Print the shapes of x and of what you return, for a batch of 5.",
    ),
    linear(
        "elementwise product in backward",
        (GRADIENT_X, "self.grad = grad * self.W"),
        explanation="Your `backward` multiplies the upstream gradient and W number by number.",
        hint="One input acts on all outputs. Where are their gradients added up?",
    ),
    linear(
        "averaged input gradient",
        (GRADIENT_X, "self.grad = grad @ self.W.T / len(grad)"),
        explanation="What your `backward` returns is divided by the number of examples.",
        hint="Feed one row, then the same row twice, with the same upstream gradient for each. "
        "Should a row's gradient depend on the company it is in?",
    ),
    linear(
        "input gradient divided by the number of outputs",
        (GRADIENT_X, "self.grad = grad @ self.W.T / grad.shape[1]"),
        explanation="What your `backward` returns is a mean over the outputs.",
        hint="Take W = [[1, 1]] and the upstream gradient [[1, 1]]. By how much does the loss "
        "grow when x grows by 1?",
    ),
    linear(
        "learning rate in the input gradient",
        (GRADIENT_X, "self.grad = self.learning_rate * grad @ self.W.T"),
        explanation="What your `backward` returns is multiplied by the learning rate.",
        hint="Set the learning rate to 0 and look at what comes back. "
        "What does this layer's step have to do with the layer below?",
    ),
    linear(
        "negative input gradient",
        (GRADIENT_X, "self.grad = -grad @ self.W.T"),
        explanation="What your `backward` returns has the wrong sign.",
        hint="With W = [[1]] and the upstream gradient [[1]], does the loss rise or fall "
        "when x grows?",
    ),
    linear(
        "absolute weights in backward",
        (GRADIENT_X, "self.grad = grad @ np.abs(self.W.T)"),
        explanation="What your `backward` returns forgets the signs of the weights.",
        hint="Compare what W = [[2]] and W = [[-2]] give for the upstream gradient [[1]].",
    ),
    linear(
        "bias subtracted in backward",
        (GRADIENT_X, "self.grad = (grad - self.b) @ self.W.T"),
        explanation="Your `backward` takes b off the upstream gradient, as if it ran `forward` "
        "the other way round.",
        hint="Call `backward` with zeros and b = [1]. If the loss does not feel y, "
        "what should come back?",
    ),
    linear(
        "input gradient multiplied by the input",
        (GRADIENT_X, "self.grad = grad @ self.W.T * self.x"),
        explanation="What your `backward` returns contains x as a factor.",
        hint="Feed zeros as x. Differentiate w * x by x: is x in the result?",
    ),
    linear(
        "input gradient closed where x is negative",
        (GRADIENT_X, "self.grad = grad @ self.W.T * (self.x > 0)"),
        explanation="Your linear layer hands on gradients only where its input was positive.",
        hint="Compare x = [[1]] and x = [[-1]]. Which layer closes positions?",
    ),
    linear(
        "input gradient summed over the batch",
        (GRADIENT_X, "self.grad = grad.sum(axis=0) @ self.W.T"),
        explanation="What your `backward` returns is one row for all examples together.",
        hint="Print its shape for a batch of 5. Do the examples share one x?",
    ),
    linear(
        "outputs' gradients summed before W",
        (GRADIENT_X, "self.grad = grad.sum(axis=1, keepdims=True) * self.W.sum(axis=1)"),
        explanation="Your `backward` adds up the gradients of all outputs and all weights of an "
        "input before it multiplies them.",
        hint="Take W = [[1, -1]] and the upstream gradient [[1, -1]]. Go through both outputs "
        "by hand: how much does each add?",
    ),
    linear(
        "clipped input gradient",
        (GRADIENT_X, "self.grad = np.clip(grad @ self.W.T, -1, 1)"),
        explanation="What your `backward` returns never gets larger than 1.",
        hint="With W = [[3]] and the upstream gradient [[1]], how steep is the loss really?",
    ),
    linear(
        "input gradient with a column for the bias",
        (GRADIENT_X, "self.grad = grad @ np.vstack([self.W, self.b]).T"),
        explanation="What your `backward` returns has a column too many: that of the ones which "
        "belong to b.",
        hint="Print the shapes of x and of what you return. Does the layer below know of the ones?",
    ),
    linear(
        "forward run on the gradient",
        (GRADIENT_X, "self.grad = self.forward(grad)"),
        explanation="Your `backward` sends the upstream gradient through `forward`.",
        hint="Print the shapes of x and of the upstream gradient. Which of them does `forward` "
        "expect, and what does it overwrite?",
    ),
    linear(
        "outputs in the input gradient",
        (OUTPUT, lines("self.y = x @ self.W + self.b", "return self.y")),
        (GRADIENT_X, "self.grad = (grad * self.y) @ self.W.T"),
        explanation="What your `backward` returns contains y as a factor.",
        hint="Choose b so that y is 0. Does the loss not feel a change of x then?",
    ),
]
