"""Mistakes in the gradient with respect to b, and in those of W and b together."""

from .mistakes_lines import (
    GRADIENT_B,
    GRADIENT_W,
    OUTPUT,
    STEP_B,
    STEP_W,
    Change,
    linear,
    lines,
)

_AUGMENTED: Change = (
    OUTPUT,
    lines(
        "self.x = np.hstack([x, np.ones((len(x), 1))])",
        "return self.x @ np.vstack([self.W, self.b])",
    ),
)

mistakes = [
    linear(
        "averaged bias gradient",
        (GRADIENT_B, "self.grad_b = grad.mean(axis=0)"),
        explanation="Your gradient for b is too small, and the more so the more examples a batch "
        "has; that for W is not.",
        hint="The loss of this notebook is a mean over the batch. "
        "What has already been divided before the gradient reaches you?",
    ),
    linear(
        "bias gradient squeezed, and its shape asserted",
        (
            GRADIENT_B,
            lines(
                "self.grad_b = np.squeeze(grad.sum(axis=0))",
                "assert self.grad_b.shape == self.b.shape",
            ),
        ),
        explanation="Your gradient for b loses its axis where there is one output, and your own "
        "`assert` ends `backward` there.",
        hint="Print the shape of the sum for 1 output and for 3, before and after the `squeeze`.",
    ),
    linear(
        "bias gradient in one number",
        (GRADIENT_B, "self.grad_b = grad.sum()"),
        explanation="Your gradient for b is a single number, the sum over examples and outputs.",
        hint="Print `grad_b.shape` and `b.shape` for 3 outputs. Which axis counts the examples?",
    ),
    linear(
        "mean of the whole upstream gradient",
        (GRADIENT_B, "self.grad_b = grad.mean()"),
        explanation="Your gradient for b is a single number, the mean over examples and outputs.",
        hint="Print `grad_b.shape` and `b.shape` for 3 outputs. Which axis counts the examples?",
    ),
    linear(
        "one number for every bias",
        (GRADIENT_B, "self.grad_b = np.full(self.b.shape, grad.sum())"),
        explanation="All numbers of your gradient for b are equal: the sum over everything.",
        hint="Let only the first column of the upstream gradient be other than 0. "
        "Which bias should move?",
    ),
    linear(
        "bias gradient summed over the outputs",
        (GRADIENT_B, "self.grad_b = grad.sum(axis=1)"),
        explanation="Your gradient for b has a number for each example instead of each output.",
        hint="Print grad.sum(axis=0).shape and grad.sum(axis=1).shape for a batch of 2 and 3 "
        "outputs. How many biases are there?",
    ),
    linear(
        "bias gradient averaged over the outputs",
        (GRADIENT_B, "self.grad_b = grad.mean(axis=1)"),
        explanation="Your gradient for b has a number for each example: a mean over the outputs.",
        hint="How many biases does a layer of 3 outputs have, and how many numbers does "
        "your gradient have for a batch of 2?",
    ),
    linear(
        "a bias gradient for each example",
        (GRADIENT_B, "self.grad_b = grad"),
        explanation="Your gradient for b is the upstream gradient as it came, "
        "with a row for each example.",
        hint="Print `layer.b.shape` before and after a `backward`. "
        "How do the examples of a batch share one bias?",
    ),
    linear(
        "bias gradient of the first example only",
        (GRADIENT_B, "self.grad_b = grad[0]"),
        explanation="Your gradient for b is the first row of the upstream gradient.",
        hint="Change the second row of the upstream gradient alone. Does b not feel it?",
    ),
    linear(
        "bias gradient of the last example only",
        (GRADIENT_B, "self.grad_b = grad[-1]"),
        explanation="Your gradient for b is the last row of the upstream gradient.",
        hint="Change the first row of the upstream gradient alone. Does b not feel it?",
    ),
    linear(
        "largest gradient of the examples",
        (GRADIENT_B, "self.grad_b = grad.max(axis=0)"),
        explanation="Your gradient for b is the largest of the examples' gradients.",
        hint="Feed the upstream gradient [[1], [1]]. Both examples use b: by how much does the "
        "loss grow when b grows by 1?",
    ),
    linear(
        "bias gradient of ones",
        (GRADIENT_B, "self.grad_b = np.ones_like(self.b)"),
        explanation="Your gradient for b is 1 whatever arrives from above.",
        hint="Call `backward` with zeros. If the loss does not feel y, can it feel b?",
    ),
    linear(
        "bias gradient counts examples",
        (GRADIENT_B, "self.grad_b = np.ones_like(grad).sum(axis=0)"),
        explanation="Your gradient for b is the number of examples, whatever arrives from above.",
        hint="Call `backward` with zeros. If the loss does not feel y, can it feel b?",
    ),
    linear(
        "keepdims",
        (GRADIENT_B, "self.grad_b = grad.sum(axis=0, keepdims=True)"),
        explanation="The numbers of your gradient for b are right, but it is a matrix of one row, "
        "and the step turns b into one too.",
        hint="Print `layer.b.shape` before and after one `backward`.",
    ),
    linear(
        "bias gradient in a column",
        (GRADIENT_B, "self.grad_b = grad.sum(axis=0)[:, None]"),
        explanation="The numbers of your gradient for b are right, but stand in a column, "
        "and the step turns b into a square.",
        hint="Print `layer.b.shape` before and after one `backward`.",
    ),
    linear(
        "bias gradient multiplied by b",
        (GRADIENT_B, "self.grad_b = grad.sum(axis=0) * self.b"),
        explanation="Your gradient for b contains b as a factor; from b = 0 it never moves.",
        hint="b starts at zeros. What is your gradient then? Differentiate w * x + b by b.",
    ),
    linear(
        "bias gradient from the weight gradient",
        (GRADIENT_B, "self.grad_b = self.grad_W.sum(axis=0)"),
        explanation="Your gradient for b is the sum of the gradient for W over the inputs.",
        hint="Feed zeros as x. Should b not learn from them?",
    ),
    linear(
        "bias gradient from the inputs",
        (GRADIENT_B, "self.grad_b = self.x.sum(axis=0)"),
        explanation="Your gradient for b is a sum over x, with a number for each input.",
        hint="How long is b, and how long is your gradient, for 2 inputs and 3 outputs? "
        "Where is x in what b does?",
    ),
    linear(
        "absolute bias gradient",
        (GRADIENT_B, "self.grad_b = np.abs(grad).sum(axis=0)"),
        explanation="Your gradient for b adds up the upstream gradient without its signs.",
        hint="Feed the upstream gradient [[1], [-1]]. What do the two examples want of b together?",
    ),
    linear(
        "negative bias gradient",
        (GRADIENT_B, "self.grad_b = -grad.sum(axis=0)"),
        explanation="Your gradient for b has the wrong sign, so the step leads uphill for b.",
        hint="With the upstream gradient [[1]], does the loss rise or fall when b grows? "
        "Does the sign belong in the gradient or in the step?",
    ),
    linear(
        "negative gradients",
        (GRADIENT_W, "self.grad_W = -self.x.T @ grad"),
        (GRADIENT_B, "self.grad_b = -grad.sum(axis=0)"),
        (STEP_W, "self.W = self.W + self.learning_rate * self.grad_W"),
        (STEP_B, "self.b = self.b + self.learning_rate * self.grad_b"),
        explanation="What you keep as gradients are the directions downhill; "
        "your step is right for them.",
        hint="With x = [[1]] and the upstream gradient [[1]], does the loss rise or fall when W "
        "grows? Does the sign belong in the gradient or in the step?",
    ),
    linear(
        "learning rate inside the gradients",
        (GRADIENT_W, "self.grad_W = self.learning_rate * self.x.T @ grad"),
        (GRADIENT_B, "self.grad_b = self.learning_rate * grad.sum(axis=0)"),
        (STEP_W, "self.W = self.W - self.grad_W"),
        (STEP_B, "self.b = self.b - self.grad_b"),
        explanation="Your step is right, but what you keep as gradients are whole steps: "
        "the learning rate is already in them.",
        hint="Compare `grad_W` of two layers that differ in their learning rate alone. "
        "Does the slope of a hill depend on how far one walks?",
    ),
    linear(
        "learning rate in gradient and step",
        (GRADIENT_W, "self.grad_W = self.learning_rate * self.x.T @ grad"),
        (GRADIENT_B, "self.grad_b = self.learning_rate * grad.sum(axis=0)"),
        explanation="The learning rate is in your gradients and again in your step.",
        hint="Compare `grad_W` of two layers that differ in their learning rate alone. "
        "Does the slope of a hill depend on how far one walks?",
    ),
    linear(
        "clipped gradients",
        (GRADIENT_W, "self.grad_W = np.clip(self.x.T @ grad, -1, 1)"),
        (GRADIENT_B, "self.grad_b = np.clip(grad.sum(axis=0), -1, 1)"),
        explanation="Your gradients never get larger than 1.",
        hint="Feed x = [[3]] and the upstream gradient [[1]]. How steep is the loss really?",
    ),
    linear(
        "gradients scaled to length one",
        (GRADIENT_W, "self.grad_W = self.x.T @ grad / (np.linalg.norm(self.x.T @ grad) + 1e-8)"),
        (GRADIENT_B, "self.grad_b = grad.sum(0) / (np.linalg.norm(grad.sum(0)) + 1e-8)"),
        explanation="Your gradients have the right direction, but always the length 1.",
        hint="Double the upstream gradient. Should `grad_W` stay as it is?",
    ),
    linear(
        "rounded gradients",
        (GRADIENT_W, "self.grad_W = np.round(self.x.T @ grad, 1)"),
        (GRADIENT_B, "self.grad_b = np.round(grad.sum(axis=0), 1)"),
        explanation="Your gradients are rounded, so small ones vanish.",
        hint="Feed x = [[1]] and the upstream gradient [[0.01]]. "
        "How large are gradients in a network that has nearly learnt?",
    ),
    linear(
        "weight decay in the gradient",
        (GRADIENT_W, "self.grad_W = self.x.T @ grad + 0.01 * self.W"),
        explanation="Your gradient for W contains a share of W that pulls it towards 0.",
        hint="Call `backward` with zeros. Which term of the loss in this notebook knows W?",
    ),
    linear(
        "gradients not stored",
        (GRADIENT_W, "grad_W = self.x.T @ grad"),
        (GRADIENT_B, "grad_b = grad.sum(axis=0)"),
        (STEP_W, "self.W = self.W - self.learning_rate * grad_W"),
        (STEP_B, "self.b = self.b - self.learning_rate * grad_b"),
        explanation="Your `backward` uses its gradients and then forgets them: "
        "`grad_W` and `grad_b` of the layer stay as they were.",
        hint="Print `layer.grad_W` after a `backward`. What lives on when a method returns?",
    ),
    linear(
        "bias gradient not stored",
        (GRADIENT_B, "grad_b = grad.sum(axis=0)"),
        (STEP_B, "self.b = self.b - self.learning_rate * grad_b"),
        explanation="Your `backward` uses a gradient for b and then forgets it: "
        "`grad_b` of the layer stays as it was.",
        hint="Print `layer.grad_b` after a `backward`. What lives on when a method returns?",
    ),
    linear(
        "bias as a further row of the weight gradient",
        _AUGMENTED,
        (GRADIENT_B, "self.grad_b = self.grad_W[-1]"),
        (STEP_W, "self.W = self.W - self.learning_rate * self.grad_W[:-1]"),
        explanation="You enlarged x by a column of ones, and the gradient that you keep for W "
        "has a row too many.",
        hint="Print `grad_W.shape` and `W.shape`. To whom does the last row belong?",
    ),
]
