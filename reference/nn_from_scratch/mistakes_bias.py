"""Mistakes in what the bias of `Linear` does to the outputs."""

from .mistakes_lines import OUTPUT, linear, lines

mistakes = [
    linear(
        "no bias",
        (OUTPUT, "return x @ self.W"),
        explanation="Your outputs stay the same whatever b is.",
        hint="Feed your layer zeros, with b = [1, 2]. What should a zero input give?",
    ),
    linear(
        "bias subtracted",
        (OUTPUT, "return x @ self.W - self.b"),
        explanation="Where b goes up by 1, your outputs go down by 1.",
        hint="Feed your layer zeros, with b = [1, 2]. Which signs come back?",
    ),
    linear(
        "bias added twice",
        (OUTPUT, "return x @ self.W + 2 * self.b"),
        explanation="Where b goes up by 1, your outputs go up by 2.",
        hint="Feed your layer zeros, with b = [1, 2]. How often is b in what comes back?",
    ),
    linear(
        "bias for the first example only",
        (OUTPUT, lines("out = x @ self.W", "out[0] += self.b", "return out")),
        explanation="Your `forward` adds b to the first row of the outputs and to no other.",
        hint="Feed your layer two rows of zeros, with b = [1, 2]. "
        "Should two equal examples get different outputs?",
    ),
    linear(
        "bias for the last example only",
        (OUTPUT, lines("out = x @ self.W", "out[-1] += self.b", "return out")),
        explanation="Your `forward` adds b to the last row of the outputs and to no other.",
        hint="Feed your layer two rows of zeros, with b = [1, 2]. "
        "Should two equal examples get different outputs?",
    ),
    linear(
        "mean of the biases",
        (OUTPUT, "return x @ self.W + self.b.mean()"),
        explanation="Your `forward` adds the mean of b, the same number to every output.",
        hint="With x = 0 and b = [1, 3], what do the two outputs of a row look like? "
        "Which of them should feel a change of b[0]?",
    ),
    linear(
        "sum of the biases",
        (OUTPUT, "return x @ self.W + self.b.sum()"),
        explanation="Your `forward` adds up all of b and gives the sum to every output.",
        hint="With x = 0 and b = [1, 3], what do the two outputs of a row look like? "
        "Which of them should feel a change of b[0]?",
    ),
    linear(
        "one bias for all outputs",
        (OUTPUT, "return x @ self.W + self.b[0]"),
        explanation="Only b[0] makes a difference to your outputs.",
        hint="Change b[1] alone and run `forward` again. Which output should move?",
    ),
    linear(
        "bias divided by the batch size",
        (OUTPUT, "return x @ self.W + self.b / len(x)"),
        explanation="The more rows a batch has, the less of b your outputs contain.",
        hint="Feed the same row alone, and then twice in one batch. "
        "Should its output depend on the company it is in?",
    ),
    linear(
        "bias multiplied",
        (OUTPUT, "return x @ self.W * self.b"),
        explanation="Your `forward` multiplies the product of x and W with b, number by number.",
        hint="Set b to zeros. What comes back, and what should be left when there is no bias?",
    ),
    linear(
        "bias laid along the batch",
        (OUTPUT, "return x @ self.W + self.b[:, None]"),
        explanation="You turned b into a column, so that its numbers belong to the rows of the "
        "batch instead of to its columns.",
        hint="Take a batch of 2 and 3 outputs. What is the shape of the product, what is that of "
        "your b, and which axes meet?",
    ),
    linear(
        "bias added to the input",
        (OUTPUT, "return (x + self.b) @ self.W"),
        explanation="Your `forward` adds b before the product, so W is applied to b as well.",
        hint="How long is b, and how long is a row of x? What do the numbers of b stand for?",
    ),
    linear(
        "bias added once for every input",
        (OUTPUT, "return (x[:, :, None] * self.W + self.b).sum(axis=1)"),
        explanation="Your `forward` adds b inside the sum over the inputs, so it counts as often "
        "as there are inputs.",
        hint="With x = 0 and b = [1], compare a layer of one input with a layer of three.",
    ),
    linear(
        "ones and bias at opposite ends",
        (
            OUTPUT,
            lines(
                "ones = np.ones((len(x), 1))",
                "return np.hstack([ones, x]) @ np.vstack([self.W, self.b])",
            ),
        ),
        explanation="Your column of ones stands before x, while b stands below W: the ones meet "
        "the first row of W, and b meets an input.",
        hint="Write both enlarged matrices for one row and two inputs on paper. "
        "With which row should the column of ones be multiplied?",
    ),
]
