"""Mistakes in the step that `Linear.backward` takes."""

from .mistakes_lines import GRADIENT_W, RATE, STEP_B, STEP_W, linear, lines

mistakes = [
    linear(
        "no update",
        (STEP_W, "pass"),
        (STEP_B, "pass"),
        explanation="Your `backward` computes gradients and leaves W and b where they are.",
        hint="Print W before and after one `backward`. When does the layer learn?",
    ),
    linear(
        "only W updated",
        (STEP_B, "pass"),
        explanation="Your `backward` moves W; b stays where it started.",
        hint="Print b before and after one `backward`. What is `grad_b` for?",
    ),
    linear(
        "only b updated",
        (STEP_W, "pass"),
        explanation="Your `backward` moves b; W stays where it started.",
        hint="Print W before and after one `backward`. What is `grad_W` for?",
    ),
    linear(
        "gradient ascent",
        (STEP_W, "self.W = self.W + self.learning_rate * self.grad_W"),
        (STEP_B, "self.b = self.b + self.learning_rate * self.grad_b"),
        explanation="Your step follows the gradients, so the loss grows.",
        hint="Let W = [[1]] have the gradient [[1]]. Where is W after your step, "
        "and is the loss smaller there?",
    ),
    linear(
        "W moves uphill",
        (STEP_W, "self.W = self.W + self.learning_rate * self.grad_W"),
        explanation="Your step moves b downhill and W uphill.",
        hint="Let W = [[1]] have the gradient [[1]]. Where is W after your step, "
        "and is the loss smaller there?",
    ),
    linear(
        "b moves uphill",
        (STEP_B, "self.b = self.b + self.learning_rate * self.grad_b"),
        explanation="Your step moves W downhill and b uphill.",
        hint="Let b = [1] have the gradient [1]. Where is b after your step, "
        "and is the loss smaller there?",
    ),
    linear(
        "updated twice",
        (STEP_W, lines(STEP_W, "self.W = self.W - self.learning_rate * self.grad_W")),
        (STEP_B, lines(STEP_B, "self.b = self.b - self.learning_rate * self.grad_b")),
        explanation="One `backward` of your layer takes two steps.",
        hint="Let W = [[1]] have the gradient [[1]], with learning rate 0.1. Where is W after "
        "one `backward`?",
    ),
    linear(
        "W updated twice",
        (STEP_W, "self.W = self.W - 2 * self.learning_rate * self.grad_W"),
        explanation="W takes steps twice as long as the learning rate says; b does not.",
        hint="Let W = [[1]] have the gradient [[1]], with learning rate 0.1. Where is W after "
        "one `backward`?",
    ),
    linear(
        "a doubled rate for b",
        (STEP_B, "self.b = self.b - 2 * self.learning_rate * self.grad_b"),
        explanation="b takes steps twice as long as the learning rate says; W does not.",
        hint="Let b = [1] have the gradient [1], with learning rate 0.1. Where is b after "
        "one `backward`?",
    ),
    linear(
        "averaged step",
        (STEP_W, "self.W = self.W - self.learning_rate * self.grad_W / len(grad)"),
        (STEP_B, "self.b = self.b - self.learning_rate * self.grad_b / len(grad)"),
        explanation="Your gradients are right, but your step gets shorter the more examples a "
        "batch has.",
        hint="The loss of this notebook is a mean over the batch. "
        "What has already been divided before the gradient reaches you?",
    ),
    linear(
        "averaged step of W",
        (STEP_W, "self.W = self.W - self.learning_rate * self.grad_W / len(grad)"),
        explanation="Your gradients are right, but the step of W gets shorter the more examples a "
        "batch has.",
        hint="The loss of this notebook is a mean over the batch. "
        "What has already been divided before the gradient reaches you?",
    ),
    linear(
        "averaged step of b",
        (STEP_B, "self.b = self.b - self.learning_rate * grad.mean(axis=0)"),
        explanation="`grad_b` is right, but b moves by the mean over the examples.",
        hint="Compare how far b moved with `grad_b`. Which of the two gradients for b is meant?",
    ),
    linear(
        "learning rate fixed at 0.1",
        (RATE, "self.learning_rate = 0.1"),
        explanation="Your layer takes steps of the rate 0.1 whatever learning rate it is given.",
        hint="Make two layers with the rates 0.1 and 0.5 and compare how far W moves. "
        "Where does your step get its size?",
    ),
    linear(
        "learning rate fixed at 0.01",
        (RATE, "self.learning_rate = 0.01"),
        explanation="Your layer takes steps of the rate 0.01 whatever learning rate it is given.",
        hint="Make two layers with the rates 0.1 and 0.5 and compare how far W moves. "
        "Where does your step get its size?",
    ),
    linear(
        "no learning rate",
        (STEP_W, "self.W = self.W - self.grad_W"),
        (STEP_B, "self.b = self.b - self.grad_b"),
        explanation="Your step subtracts the whole gradients.",
        hint="Make two layers with the rates 0.1 and 0.5 and compare how far W moves. "
        "Where does your step get its size?",
    ),
    linear(
        "learning rate for W only",
        (STEP_B, "self.b = self.b - self.grad_b"),
        explanation="Your step uses the learning rate for W and subtracts all of `grad_b` from b.",
        hint="Make two layers with the rates 0.1 and 0.5 and compare how far b moves.",
    ),
    linear(
        "learning rate for b only",
        (STEP_W, "self.W = self.W - self.grad_W"),
        explanation="Your step uses the learning rate for b and subtracts all of `grad_W` from W.",
        hint="Make two layers with the rates 0.1 and 0.5 and compare how far W moves.",
    ),
    linear(
        "a fixed rate for b",
        (STEP_B, "self.b = self.b - 0.1 * self.grad_b"),
        explanation="b takes steps of the rate 0.1 whatever learning rate the layer is given.",
        hint="Make two layers with the rates 0.1 and 0.5 and compare how far b moves.",
    ),
    linear(
        "a fixed rate for W",
        (STEP_W, "self.W = self.W - 0.1 * self.grad_W"),
        explanation="W takes steps of the rate 0.1 whatever learning rate the layer is given.",
        hint="Make two layers with the rates 0.1 and 0.5 and compare how far W moves.",
    ),
    linear(
        "learning rate squared",
        (RATE, "self.learning_rate = learning_rate**2"),
        explanation="Your steps have the length that the square of the learning rate gives.",
        hint="Let W = [[1]] have the gradient [[1]], with learning rate 0.1. Where is W after "
        "one `backward`, and how often is the rate in that?",
    ),
    linear(
        "divided by the learning rate",
        (STEP_W, "self.W = self.W - self.grad_W / self.learning_rate"),
        (STEP_B, "self.b = self.b - self.grad_b / self.learning_rate"),
        explanation="The smaller the learning rate, the longer your steps.",
        hint="What should a learning rate of 0 do, and what does yours do then?",
    ),
    linear(
        "replaced instead of moved",
        (STEP_W, "self.W = -self.learning_rate * self.grad_W"),
        (STEP_B, "self.b = -self.learning_rate * self.grad_b"),
        explanation="Your step forgets where W and b were and puts the change in their place.",
        hint="With learning rate 0, where are W and b after one `backward`?",
    ),
    linear(
        "learning rate outside the bracket",
        (STEP_W, "self.W = self.learning_rate * (self.W - self.grad_W)"),
        (STEP_B, "self.b = self.learning_rate * (self.b - self.grad_b)"),
        explanation="Your step multiplies W and b themselves with the learning rate.",
        hint="With learning rate 0, where are W and b after one `backward`?",
    ),
    linear(
        "step in proportion to the weight",
        (STEP_W, "self.W = self.W * (1 - self.learning_rate * self.grad_W)"),
        (STEP_B, "self.b = self.b * (1 - self.learning_rate * self.grad_b)"),
        explanation="Your step multiplies W and b, so that what is 0 stays 0 for ever.",
        hint="b starts at zeros. How far does it get?",
    ),
    linear(
        "step by sign",
        (STEP_W, "self.W = self.W - self.learning_rate * np.sign(self.grad_W)"),
        (STEP_B, "self.b = self.b - self.learning_rate * np.sign(self.grad_b)"),
        explanation="All numbers of W and b move equally far, however steep the loss is there.",
        hint="Compare how far W moves for the gradients [[1]] and [[2]].",
    ),
    linear(
        "clipped step",
        (STEP_W, "self.W = self.W - self.learning_rate * self.grad_W.clip(-1, 1)"),
        (STEP_B, "self.b = self.b - self.learning_rate * self.grad_b.clip(-1, 1)"),
        explanation="Your gradients are right, but your step cuts them off at 1.",
        hint="Compare how far W moves for the gradients [[1]] and [[3]].",
    ),
    linear(
        "step scaled to length one",
        (
            STEP_W,
            "self.W = self.W - self.learning_rate * self.grad_W / np.linalg.norm(self.grad_W)",
        ),
        (
            STEP_B,
            "self.b = self.b - self.learning_rate * self.grad_b / np.linalg.norm(self.grad_b)",
        ),
        explanation="Your gradients are right, but every step of W and b has the same length.",
        hint="Compare how far W moves for the gradients [[1]] and [[3]].",
    ),
    linear(
        "weight decay in the step",
        (STEP_W, "self.W = self.W - self.learning_rate * (self.grad_W + 0.01 * self.W)"),
        explanation="Your step also pulls W towards 0, which nobody asked for.",
        hint="Call `backward` with zeros and a large W. Why does W move?",
    ),
    linear(
        "b moves by the unsummed gradient",
        (STEP_B, "self.b = self.b - self.learning_rate * grad"),
        explanation="`grad_b` is right, but the step of b uses the upstream gradient, "
        "so b becomes a matrix with a row for each example.",
        hint="Print `layer.b.shape` before and after one `backward`.",
    ),
    linear(
        "b moves with the weight gradient",
        (STEP_B, "self.b = self.b - self.learning_rate * self.grad_W"),
        explanation="Your step of b uses the gradient for W.",
        hint="Print the shapes of b before and after one `backward`. Which gradient belongs to b?",
    ),
    linear(
        "rounded weights",
        (STEP_W, "self.W = np.round(self.W - self.learning_rate * self.grad_W, 2)"),
        explanation="After each step your W is rounded to two digits, so small steps are lost.",
        hint="W starts at numbers around 0.01. What is left of them after one `backward`?",
    ),
    linear(
        "decayed learning rate",
        (GRADIENT_W, lines("self.learning_rate *= 0.9", GRADIENT_W)),
        explanation="Your layer makes its learning rate smaller before each step.",
        hint="Print `layer.learning_rate` before and after a `backward`. Who may change it?",
    ),
    linear(
        "momentum",
        (RATE, lines(RATE, "self.speed_W = 0", "self.speed_b = 0")),
        (
            STEP_W,
            lines(
                "self.speed_W = 0.9 * self.speed_W + self.grad_W",
                "self.W = self.W - self.learning_rate * self.speed_W",
            ),
        ),
        (
            STEP_B,
            lines(
                "self.speed_b = 0.9 * self.speed_b + self.grad_b",
                "self.b = self.b - self.learning_rate * self.speed_b",
            ),
        ),
        explanation="Your steps still contain most of the steps before.",
        hint="Call `backward` once, and then again with zeros. Why do the weights move "
        "the second time?",
    ),
    linear(
        "only the first step taken",
        (RATE, lines(RATE, "self.stepped = False")),
        (
            STEP_W,
            lines(
                "step = 0 if self.stepped else self.learning_rate",
                "self.stepped = True",
                "self.W = self.W - step * self.grad_W",
            ),
        ),
        (STEP_B, "self.b = self.b - step * self.grad_b"),
        explanation="Your layer takes one step in its life and then stays where it is.",
        hint="Call `forward` and `backward` twice and print W each time.",
    ),
    linear(
        "step of the batch before",
        (STEP_W, "self.W = self.W - self.learning_rate * late_W"),
        (STEP_B, "self.b = self.b - self.learning_rate * late_b"),
        (
            GRADIENT_W,
            lines(
                "late_W = 0 if self.grad_W is None else self.grad_W",
                "late_b = 0 if self.grad_b is None else self.grad_b",
                GRADIENT_W,
            ),
        ),
        explanation="Your step uses the gradients of the batch before.",
        hint="Print W before and after the very first `backward`. Which gradients does it use?",
    ),
]
