"""Mistakes in the gradient with respect to W."""

from .mistakes_lines import GRADIENT_B, GRADIENT_W, KEEP, OUTPUT, STEP_W, linear, lines

_SHAPES = (
    "x is (batch, inputs), the upstream gradient (batch, outputs) and W (inputs, outputs). "
    "Write them side by side: "
)

mistakes = [
    linear(
        "averaged weight gradient",
        (GRADIENT_W, "self.grad_W = self.x.T @ grad / len(grad)"),
        explanation="Your gradient for W is too small, and the more so the more examples a batch "
        "has; that for b is not.",
        hint="The loss of this notebook is a mean over the batch. "
        "What has already been divided before the gradient reaches you?",
    ),
    linear(
        "averaged weight and bias gradients",
        (GRADIENT_W, "self.grad_W = self.x.T @ grad / len(grad)"),
        (GRADIENT_B, "self.grad_b = grad.mean(axis=0)"),
        explanation="Your gradients for W and b are too small, and the more so the more examples a "
        "batch has.",
        hint="The loss of this notebook is a mean over the batch. "
        "What has already been divided before the gradient reaches you?",
    ),
    linear(
        "everything averaged",
        (GRADIENT_W, lines("grad = grad / len(grad)", GRADIENT_W)),
        explanation="Your `backward` first divides the upstream gradient by the number of "
        "examples, so all three gradients are too small by that factor, and each layer below "
        "divides once more.",
        hint="The loss of this notebook is a mean over the batch. "
        "What has already been divided before the gradient reaches you?",
    ),
    linear(
        "weight gradient divided by the number of inputs",
        (GRADIENT_W, "self.grad_W = self.x.T @ grad / self.x.shape[1]"),
        explanation="Your gradient for W gets smaller the more inputs the layer has.",
        hint="Take one example, x = [[1, 1]]: by how much does y change when W[0, 0] grows "
        "by 1? Does the second input matter?",
    ),
    linear(
        "weight gradient divided by the number of outputs",
        (GRADIENT_W, "self.grad_W = self.x.T @ grad / grad.shape[1]"),
        explanation="Your gradient for W gets smaller the more outputs the layer has.",
        hint="Take one example and a layer of two outputs. "
        "On which of them does W[0, 0] act, and does the other matter?",
    ),
    linear(
        "a batch size of 32 written into the gradient",
        (GRADIENT_W, "self.grad_W = self.x.T @ grad / 32"),
        explanation="Your gradient for W is divided by 32, whatever batch came in.",
        hint="Feed a batch of one. Where does the number come from, and who has divided already?",
    ),
    linear(
        "weight gradient multiplied by the batch size",
        (GRADIENT_W, "self.grad_W = self.x.T @ grad * len(grad)"),
        explanation="Your gradient for W counts every example as often as there are examples.",
        hint="Feed one row, then the same row twice, each with the upstream gradient [[1]]. "
        "By which factor should the gradient grow?",
    ),
    linear(
        "weight gradient doubled",
        (GRADIENT_W, "self.grad_W = 2 * self.x.T @ grad"),
        explanation="There is a factor of 2 in your gradient for W, "
        "as if a square had been differentiated here.",
        hint="Where is the square in y? Which part of the notebook knows the loss?",
    ),
    linear(
        "negative weight gradient",
        (GRADIENT_W, "self.grad_W = -self.x.T @ grad"),
        explanation="Your gradient for W has the wrong sign, so the step leads uphill for W.",
        hint="With x = [[1]] and the upstream gradient [[1]], does the loss rise or fall "
        "when W grows? Does the sign belong in the gradient or in the step?",
    ),
    linear(
        "weight gradient transposed",
        (GRADIENT_W, "self.grad_W = grad.T @ self.x"),
        explanation="Your gradient for W lies on its side: it has the shape (outputs, inputs).",
        hint="Print the shapes of `grad_W` and of `W` for a layer of 2 inputs and 3 outputs.",
    ),
    linear(
        "examples multiplied by examples",
        (GRADIENT_W, "self.grad_W = self.x @ grad.T"),
        explanation="Your gradient for W has an axis for the examples, and sums over another.",
        hint=_SHAPES + "which axis has to disappear?",
    ),
    linear(
        "x taken as it is",
        (GRADIENT_W, "self.grad_W = self.x @ grad"),
        explanation="Your `backward` multiplies x with the upstream gradient as they are.",
        hint=_SHAPES + "which axis has to disappear, and where must it stand for that?",
    ),
    linear(
        "x reshaped",
        (GRADIENT_W, "self.grad_W = self.x.reshape(self.x.shape[::-1]) @ grad"),
        explanation="You gave x the right shape for the product with `reshape`, which shuffles "
        "the numbers between examples.",
        hint="Print np.arange(6).reshape(2, 3).reshape(3, 2). Is the first row an input "
        "of both examples?",
    ),
    linear(
        "product of sums",
        (GRADIENT_W, "self.grad_W = np.outer(self.x.sum(axis=0), grad.sum(axis=0))"),
        explanation="Your `backward` sums x and the upstream gradient over the batch first and "
        "multiplies the sums, so examples mix.",
        hint="Take x = [[1], [-1]] and the upstream gradient [[1], [-1]]. Add up the gradients "
        "of the two examples by hand. What does your layer say?",
    ),
    linear(
        "product of means",
        (GRADIENT_W, "self.grad_W = np.outer(self.x.mean(axis=0), grad.mean(axis=0))"),
        explanation="Your `backward` averages x and the upstream gradient over the batch first "
        "and multiplies the means, so examples mix.",
        hint="Take x = [[1], [-1]] and the upstream gradient [[1], [-1]]. Add up the gradients "
        "of the two examples by hand. What does your layer say?",
    ),
    linear(
        "weight gradient of the first example only",
        (GRADIENT_W, "self.grad_W = np.outer(self.x[0], grad[0])"),
        explanation="Your gradient for W uses the first example and no other.",
        hint="Feed two different examples and swap them. Should the gradient change?",
    ),
    linear(
        "weight gradient of the last example only",
        (GRADIENT_W, "self.grad_W = np.outer(self.x[-1], grad[-1])"),
        explanation="Your gradient for W uses the last example and no other.",
        hint="Feed two different examples and swap them. Should the gradient change?",
    ),
    linear(
        "one weight gradient for each example",
        (GRADIENT_W, "self.grad_W = self.x[:, :, None] * grad[:, None, :]"),
        explanation="Your gradient for W keeps an axis for the examples: one matrix for each.",
        hint="Print `grad_W.shape` for a batch of 5. How do the examples of a batch share one W?",
    ),
    linear(
        "upstream gradient ignored",
        (GRADIENT_W, "self.grad_W = self.x.T @ np.ones_like(grad)"),
        explanation="Your gradient for W stays the same whatever gradient arrives from above.",
        hint="Call `backward` with zeros. If the loss does not feel y, can it feel W?",
    ),
    linear(
        "weight gradient from the sum of the inputs",
        (GRADIENT_W, "self.grad_W = self.x.sum(axis=0)[:, None]"),
        explanation="Your gradient for W is a single column, the sum of the inputs.",
        hint="Print `grad_W.shape` for a layer of 2 inputs and 3 outputs. "
        "Where is the gradient that arrives from above?",
    ),
    linear(
        "weight gradient multiplied by W",
        (GRADIENT_W, "self.grad_W = self.x.T @ grad * self.W"),
        explanation="Your gradient for W contains W itself as a factor.",
        hint="Set W to zeros and call `backward`. Differentiate w * x by w: is w in the result?",
    ),
    linear(
        "bias in the weight gradient",
        (GRADIENT_W, "self.grad_W = self.x.T @ grad + self.b"),
        explanation="Your `backward` adds b to the gradient for W, as `forward` does to y.",
        hint="Call `backward` with zeros and b = [1, 2]. What should the gradient be?",
    ),
    linear(
        "absolute gradient",
        (GRADIENT_W, "self.grad_W = np.abs(self.x.T @ grad)"),
        explanation="Your gradient for W is never negative.",
        hint="With x = [[-1]] and the upstream gradient [[1]], which way should W move?",
    ),
    linear(
        "only the sign of the gradient",
        (GRADIENT_W, "self.grad_W = np.sign(self.x.T @ grad)"),
        explanation="Your gradient for W consists of -1, 0 and 1: how steep it is gets lost.",
        hint="Double the upstream gradient. Should `grad_W` stay as it is?",
    ),
    linear(
        "only positive gradients",
        (GRADIENT_W, "self.grad_W = np.maximum(self.x.T @ grad, 0)"),
        explanation="Your gradient for W has zeros where it should be negative.",
        hint="With x = [[-1]] and the upstream gradient [[1]], which way should W move? "
        "Which layer cuts off negative numbers?",
    ),
    linear(
        "ReLU's mask inside Linear",
        (GRADIENT_W, "self.grad_W = self.x.T @ (grad * (grad > 0))"),
        explanation="Your gradient for W leaves out what is negative in the upstream gradient.",
        hint="With x = [[1]], compare the upstream gradients [[1]] and [[-1]]. "
        "Which layer closes positions?",
    ),
    linear(
        "outputs kept",
        (OUTPUT, lines("self.x = x @ self.W + self.b", "return self.x")),
        explanation="What your `forward` keeps under `self.x` is y, so the gradient for W "
        "is made of outputs.",
        hint="Print `self.x.shape` in `backward` for a layer of 2 inputs and 3 outputs. "
        "What does y = w * x, differentiated by w, consist of?",
    ),
    linear(
        "weight gradient made of W",
        (GRADIENT_W, "self.grad_W = self.W * grad.sum(axis=0)"),
        explanation="Your gradient for W is made of W and the upstream gradient; x is not in it.",
        hint="Set x to zeros and call `backward`. Can W matter then?",
    ),
    linear(
        "input not stored",
        (KEEP, "x = x"),
        explanation="Your `backward` reads `self.x`, which your `forward` never sets.",
        hint="`backward` is only given a gradient. What must `forward` leave behind for it?",
    ),
    linear(
        "weight gradient not stored",
        (GRADIENT_W, "grad_W = self.x.T @ grad"),
        (STEP_W, "self.W = self.W - self.learning_rate * grad_W"),
        explanation="Your `backward` uses a gradient for W and then forgets it: "
        "`grad_W` of the layer stays as it was.",
        hint="Print `layer.grad_W` after a `backward`. What lives on when a method returns?",
    ),
]
