"""Mistakes in what `ReLU` keeps from call to call, shares with other layers, and changes."""

from .mistakes_lines import MASK, PASSED, VALUES, lines, relu

mistakes = [
    relu(
        "first mask kept for ever",
        (MASK, lines("if not hasattr(self, 'is_open'):", "    self.is_open = input > 0")),
        explanation="Your layer stores the mask of the first input that it sees, "
        "and every later `backward` uses that one.",
        hint="Run `forward` with [3] and then with [-3]. What does `backward` go by now?",
    ),
    relu(
        "mask that only narrows",
        (MASK, "self.is_open = (input > 0) & getattr(self, 'is_open', True)"),
        explanation="What was closed once stays closed in your layer, whatever comes in later.",
        hint="Run `forward` with [-3] and then with [3]. What does `backward` go by now?",
    ),
    relu(
        "mask that only widens",
        (MASK, "self.is_open = (input > 0) | getattr(self, 'is_open', False)"),
        explanation="What was open once stays open in your layer, whatever comes in later.",
        hint="Run `forward` with [3] and then with [-3]. What does `backward` go by now?",
    ),
    relu(
        "mask shared by all layers",
        (MASK, "ReLU.is_open = input > 0"),
        explanation="Your `backward` goes by the mask of whichever ReLU layer was asked last.",
        hint="Make two layers, run `forward` of both with different inputs, then `backward` of "
        "the first. What do two layers share?",
    ),
    relu(
        "oldest mask used first",
        (
            MASK,
            lines(
                "self.masks = getattr(self, 'masks', [])",
                "self.masks.append(input > 0)",
            ),
        ),
        (PASSED, "return grad * self.masks.pop(0)"),
        explanation="Your layer queues its masks, and `backward` takes the oldest, also where a "
        "`forward` was never followed by a `backward`.",
        hint="Measuring on the test images runs `forward` alone. Which mask does the next "
        "`backward` find?",
    ),
    relu(
        "gradients accumulated in ReLU",
        (
            PASSED,
            lines(
                "self.grad = getattr(self, 'grad', 0) + grad * self.is_open",
                "return self.grad",
            ),
        ),
        explanation="What your `backward` returns still contains what it returned before.",
        hint="Call `forward` and `backward` twice with the same arrays and print what comes back "
        "each time.",
    ),
    relu(
        "gradient computed once",
        (
            PASSED,
            lines(
                "if not hasattr(self, 'grad'):",
                "    self.grad = grad * self.is_open",
                "return self.grad",
            ),
        ),
        explanation="Your layer computes a gradient in its first `backward` and returns it "
        "for ever.",
        hint="Call `forward` and `backward` with two different inputs. Should the same come back?",
    ),
    relu(
        "zeros written into the upstream gradient",
        (PASSED, lines("grad[~self.is_open] = 0", "return grad")),
        explanation="The numbers are right, but your `backward` writes its zeros into the array "
        "that it was given. In a network the layer above may still keep it as a gradient of its "
        "own.",
        hint="Print the upstream gradient before and after `backward`. Whose array is it?",
    ),
    relu(
        "zeros written into the upstream gradient below zero",
        (MASK, "self.x = input"),
        (PASSED, lines("grad[self.x < 0] = 0", "return grad")),
        explanation="The numbers are right, but your `backward` writes zeros, where x was "
        "negative, into the array that it was given. In a network the layer above may still keep "
        "it as a gradient of its own.",
        hint="Print the upstream gradient before and after `backward`. Whose array is it?",
    ),
    relu(
        "kept input turned into the mask",
        (MASK, "self.x = input"),
        (
            PASSED,
            lines(
                "self.x[self.x <= 0] = 0",
                "self.x[self.x > 0] = 1",
                "return grad * self.x",
            ),
        ),
        explanation="The numbers are right, but your `backward` writes zeros and ones into the "
        "input that it kept, which is the array of the layer below.",
        hint="Print x before `forward` and after `backward`. "
        "Does `self.x = input` make a second array?",
    ),
    relu(
        "outputs counted upwards",
        (
            VALUES,
            lines(
                "self.total = getattr(self, 'total', 0) + np.maximum(input, 0)",
                "return self.total",
            ),
        ),
        explanation="What your `forward` returns still contains what it returned before.",
        hint="Call `forward` twice with the same x and print what comes back each time.",
    ),
]
