"""Mistakes in what `ReLU.forward` returns."""

from .mistakes_lines import MASK, VALUES, lines, relu

_AT_POSITIVE = "Feed x = [-2, 0.5, 3]. What becomes of each of the three numbers, "

mistakes = [
    relu(
        "identity",
        (VALUES, "return input"),
        explanation="Your `forward` lets everything through unchanged.",
        hint="Feed x = [-2, 3]. What becomes of the negative number?",
    ),
    relu(
        "leaky ReLU",
        (MASK, "self.is_open = np.where(input > 0, 1, 0.01)"),
        (VALUES, "return input * self.is_open"),
        explanation="Your layer lets a hundredth of the negative numbers and of their gradients "
        "through: that is another layer, the leaky ReLU.",
        hint="Feed x = [-2, 3]. What becomes of the negative number?",
    ),
    relu(
        "leaky in forward only",
        (VALUES, "return np.maximum(input, 0.01 * input)"),
        explanation="Your `forward` lets a hundredth of the negative numbers through; "
        "your `backward` does not.",
        hint="Feed x = [-2, 3]. What becomes of the negative number?",
    ),
    relu(
        "absolute value",
        (VALUES, "return np.abs(input)"),
        explanation="Your `forward` turns negative numbers into positive ones.",
        hint="Feed x = [-2, 3]. What becomes of the negative number?",
    ),
    relu(
        "minimum",
        (VALUES, "return np.minimum(input, 0)"),
        explanation="Your `forward` keeps negative numbers and cuts off positive ones.",
        hint="Feed x = [-2, 3]. Which of the two should survive?",
    ),
    relu(
        "everything the other way round",
        (MASK, "self.is_open = input < 0"),
        (VALUES, "return input * self.is_open"),
        explanation="Your layer keeps negative numbers and closes positive ones, "
        "both forward and backward.",
        hint="Feed x = [-2, 3]. Which of the two should survive?",
    ),
    relu(
        "sign turned",
        (VALUES, "return np.maximum(-input, 0)"),
        explanation="Your `forward` returns the negative numbers as positive ones and nothing "
        "else.",
        hint=_AT_POSITIVE + "and where did 3 go?",
    ),
    relu(
        "negative outputs",
        (VALUES, "return -np.maximum(input, 0)"),
        explanation="Your `forward` closes the right positions and turns the signs of the others.",
        hint=_AT_POSITIVE + "and which sign has 3 in the end?",
    ),
    relu(
        "sigmoid instead of ReLU",
        (VALUES, "return 1 / (1 + np.exp(-input))"),
        explanation="Your `forward` computes a sigmoid: everything ends up between 0 and 1.",
        hint=_AT_POSITIVE + "and which should stay as it is?",
    ),
    relu(
        "tanh instead of ReLU",
        (VALUES, "return np.tanh(input)"),
        explanation="Your `forward` computes tanh: everything ends up between -1 and 1.",
        hint=_AT_POSITIVE + "and which should stay as it is?",
    ),
    relu(
        "softplus",
        (VALUES, "return np.logaddexp(0, input)"),
        explanation="Your `forward` computes a smooth curve near the one that is asked for.",
        hint="Feed x = [0]. What should come back, exactly?",
    ),
    relu(
        "ELU",
        (VALUES, "return np.where(input > 0, input, np.exp(input) - 1)"),
        explanation="Your `forward` lets negative numbers bend down to -1 instead of "
        "ending them at one value.",
        hint="Feed x = [-1, -2]. Should they give different outputs?",
    ),
    relu(
        "swish",
        (VALUES, "return input / (1 + np.exp(-input))"),
        explanation="Your `forward` multiplies the input with its sigmoid: that is another layer.",
        hint=_AT_POSITIVE + "and which should stay as it is?",
    ),
    relu(
        "threshold at one",
        (MASK, "self.is_open = input > 1"),
        (VALUES, "return input * self.is_open"),
        explanation="Your layer closes everything up to 1.",
        hint=_AT_POSITIVE + "and at which number should the layer open?",
    ),
    relu(
        "at least one",
        (VALUES, "return np.maximum(input, 1)"),
        explanation="Your `forward` lifts everything below 1 up to 1.",
        hint=_AT_POSITIVE + "and what is the smallest that may come back?",
    ),
    relu(
        "threshold at the mean",
        (MASK, "self.is_open = input > input.mean()"),
        (VALUES, "return input * self.is_open"),
        explanation="Your layer closes what lies below the mean of its input.",
        hint="Feed x = [1, 3]. Should the 1 be closed because of the 3?",
    ),
    relu(
        "clipped at six",
        (VALUES, "return np.clip(input, 0, 6)"),
        explanation="Your `forward` cuts off what is larger than 6.",
        hint="Feed x = [1, 10]. What becomes of the large number?",
    ),
    relu(
        "clipped at one",
        (VALUES, "return np.clip(input, 0, 1)"),
        explanation="Your `forward` cuts off what is larger than 1.",
        hint="Feed x = [0.5, 3]. What becomes of the larger number?",
    ),
    relu(
        "shifted upwards",
        (VALUES, "return np.maximum(input, 0) + 0.01"),
        explanation="Your `forward` adds a little to every output.",
        hint="Feed x = [0]. What should come back, exactly?",
    ),
    relu(
        "squared",
        (VALUES, "return np.maximum(input, 0) * input"),
        explanation="Your `forward` multiplies what it lets through with the input once more.",
        hint="Feed x = [1, 3]. Which of the two comes back as it was?",
    ),
    relu(
        "mask returned",
        (VALUES, "return (input > 0).astype(float)"),
        explanation="Your `forward` tells where the input is positive, not how large it is there.",
        hint="Feed x = [1, 3]. Should both give the same?",
    ),
    relu(
        "sign returned",
        (VALUES, "return np.sign(input)"),
        explanation="Your `forward` returns -1, 0 and 1: the signs of the input.",
        hint="Feed x = [1, 3]. Should both give the same?",
    ),
    relu(
        "np.max",
        (VALUES, "return np.max(input, 0)"),
        explanation="`np.max(input, 0)` looks for the largest number along axis 0; "
        "its 0 is no number to compare with.",
        hint="Print the shape of what you return. What does `help(np.max)` say about its second "
        "argument, and which other function of numpy takes two arrays?",
    ),
    relu(
        "Python's max",
        (VALUES, "return max(input, 0)"),
        explanation="`max` asks which of two things is larger as a whole, "
        "and an array has no answer to that.",
        hint="Try `max(np.array([-1, 2]), 0)` in a cell. Which function compares number by number?",
    ),
    relu(
        "all or nothing",
        (VALUES, "return input if np.all(input > 0) else np.zeros_like(input)"),
        explanation="Your `forward` decides once for the whole array: "
        "one negative number closes everything.",
        hint="Feed x = [-2, 3]. Should the first number decide about the second?",
    ),
    relu(
        "open as soon as one is positive",
        (VALUES, "return input if np.any(input > 0) else np.zeros_like(input)"),
        explanation="Your `forward` decides once for the whole array: "
        "one positive number lets everything through.",
        hint="Feed x = [-2, 3]. Should the second number decide about the first?",
    ),
    relu(
        "numbers picked out",
        (VALUES, "return input[input > 0]"),
        explanation="Your `forward` picks the positive numbers out, and the shape is gone.",
        hint="Print the shapes of x and of what you return. What should stand where the "
        "negative numbers were?",
    ),
    relu(
        "ReLU cut to integers",
        (VALUES, "return np.maximum(input, 0).astype(int)"),
        explanation="Your `forward` cuts off what stands after the decimal point.",
        hint="Feed x = [0.9] and print what comes back, with its `dtype`.",
    ),
    relu(
        "half precision in ReLU",
        (VALUES, "return np.maximum(input, 0).astype(np.float16).astype(float)"),
        explanation="Your outputs pass through float16, which keeps about three digits.",
        hint="Feed x = [1.0001]. How many digits survive?",
    ),
    relu(
        "scaled to one",
        (VALUES, "return np.maximum(input, 0) / (np.max(np.abs(input)) + 1e-8)"),
        explanation="Your `forward` divides its outputs by the largest number of the batch.",
        hint="Feed x = [3] and then x = [3, 6]. Should the 3 depend on its neighbours?",
    ),
    relu(
        "mean taken off first",
        (MASK, lines("input = input - input.mean(axis=0)", MASK)),
        explanation="Your layer shifts its input by the mean of the batch before it decides.",
        hint="Feed a batch of one row. What is left of it?",
    ),
    relu(
        "nothing returned from ReLU",
        (VALUES, "self.out = np.maximum(input, 0)"),
        explanation="Your `forward` computes outputs and hands nothing back.",
        hint="Print what `relu.forward(x)` gives. What would the next layer be fed?",
    ),
    relu(
        "mask handed out",
        (VALUES, "return np.maximum(input, 0), self.is_open"),
        explanation="Your `forward` returns a pair: the outputs, and the mask for `backward`.",
        hint="`Sequential` hands on what `forward` returns. What would the next layer be fed, "
        "and where else can a layer keep things?",
    ),
    relu(
        "flattened",
        (VALUES, "return np.maximum(input.ravel(), 0)"),
        explanation="Your `forward` returns all numbers in one row.",
        hint="Print the shapes of x and of what you return.",
    ),
    relu(
        "a list instead of an array from ReLU",
        (VALUES, "return np.maximum(input, 0).tolist()"),
        explanation="Your `forward` returns the right numbers as a list, and the next layer "
        "needs a numpy array.",
        hint="Print `type(relu.forward(x))`. What does the next layer ask of its input that a "
        "list cannot do?",
    ),
    relu(
        "only for matrices",
        (VALUES, lines("rows, columns = input.shape", VALUES)),
        explanation="Your `forward` takes for granted that its input has two axes.",
        hint="Feed x = np.array([-1.0, 2.0]). Does ReLU need to know rows from columns?",
    ),
    relu(
        "each row by itself as a list",
        (VALUES, "return np.array([[max(v, 0.0) for v in row] for row in input])"),
        explanation="Your `forward` goes through rows and columns with Python loops: it is slow, "
        "and takes for granted that there are two axes.",
        hint="Feed x = np.array([-1.0, 2.0]). Which operation handles all elements at once, "
        "whatever the shape?",
    ),
    relu(
        "Python loop in ReLU",
        (VALUES, "return np.array([np.maximum(each, 0) for each in input])"),
        explanation="Your `forward` gives the right numbers, but one row at a time.",
        hint="Which operation handles all elements at once?",
    ),
    relu(
        "zeros written into the input",
        (VALUES, lines("input[input < 0] = 0", "return input")),
        explanation="Your outputs are right, but your `forward` writes its zeros into the "
        "caller's own array.",
        hint="Print x before and after `forward`. Who may still need it?",
    ),
    relu(
        "zeros written into the input before the mask",
        (MASK, lines("input[input < 0] = 0", "self.is_open = input >= 0")),
        (VALUES, "return input"),
        explanation="Your `forward` writes its zeros into the caller's array and then asks it "
        "where it is open: by then nothing is negative any more.",
        hint="Print the mask for x = [-2, 3]. When is it made, and when does x change?",
    ),
]
