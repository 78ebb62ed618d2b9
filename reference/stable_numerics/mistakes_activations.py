"""Mistakes in `Sigmoid` and `Tanh`."""

from .lines import (
    HYPERBOLIC,
    LOGISTIC,
    SIGMOID_BACK,
    SMALL,
    TANH_BACK,
    method,
    mistakes_of,
)

sigmoid, tanh = mistakes_of("sigmoid"), mistakes_of("tanh")

_SLOPE = "For x = 0, by how much does the output move when x moves by 0.1?"
_FAR = "What is np.exp(1000.0), and what is that divided by itself?"
_WHO = "Call `backward` with twice the gradient. Should the same come back?"
_LATEST = "Call `forward` with one input, and then with another. Which one is `backward` about?"

mistakes = [
    sigmoid(
        "fraction of two exponentials",
        "Your `forward` divides exp(x) by 1 + exp(x).",
        _FAR,
        (LOGISTIC, "self.y = np.exp(x) / (1 + np.exp(x))"),
    ),
    sigmoid(
        "a list instead of an array from Sigmoid",
        "Your `forward` returns the right numbers as a list, and the next layer needs a numpy "
        "array.",
        "Print `type(layer.forward(x))`. Which line makes a list of an array?",
        (f"{LOGISTIC}\n        return self.y", f"{LOGISTIC}\n        return self.y.tolist()"),
    ),
    sigmoid(
        "clipped input",
        "Your `forward` clips x to a narrow range.",
        "How far is your answer for x = -100 from the one for x = -5?",
        (SMALL, method("x = np.clip(x, -5, 5)", SMALL)),
    ),
    sigmoid(
        "sign of x",
        "Your `forward` falls where it should rise.",
        "What should come out for a large positive x?",
        (LOGISTIC, "self.y = np.where(x >= 0, small, 1) / (1 + small)"),
    ),
    sigmoid(
        "small exponential everywhere",
        "Your `forward` gives the same for x and for -x.",
        "What should come out for x = -3?",
        (LOGISTIC, "self.y = 1 / (1 + small)"),
    ),
    sigmoid(
        "tanh for a sigmoid",
        "Your `forward` computes a hyperbolic tangent.",
        "What should come out for x = 0?",
        (LOGISTIC, "self.y = np.tanh(x)"),
    ),
    sigmoid(
        "a straight line for a sigmoid",
        "Your `forward` is a straight line, cut off at 0 and 1.",
        "Compare sigmoid(1) and sigmoid(2) with a calculator.",
        (LOGISTIC, "self.y = np.clip(0.25 * x + 0.5, 0, 1)"),
    ),
    sigmoid(
        "output times one minus output, without the gradient",
        "Your `backward` returns the slope, whatever arrives from above.",
        _WHO,
        (SIGMOID_BACK, "return self.y * (1 - self.y)"),
    ),
    sigmoid(
        "output alone",
        "Your `backward` multiplies the gradient with the output.",
        _SLOPE,
        (SIGMOID_BACK, "return grad * self.y"),
    ),
    sigmoid(
        "one minus output alone",
        "Your `backward` multiplies the gradient by 1 minus the output.",
        _SLOPE,
        (SIGMOID_BACK, "return grad * (1 - self.y)"),
    ),
    sigmoid(
        "slope of the tanh",
        "Your `backward` has the slope of the other function of this section.",
        _SLOPE,
        (SIGMOID_BACK, "return grad * (1 - self.y**2)"),
    ),
    sigmoid(
        "slope from the input",
        "Your `backward` puts x where the formula has the output.",
        "Which of the two does your note hold?",
        (SMALL, method("self.x = x", SMALL)),
        (SIGMOID_BACK, "return grad * self.x * (1 - self.x)"),
    ),
    sigmoid(
        "negative slope",
        "Your `backward` has the opposite sign.",
        "Does the output rise or fall when x rises?",
        (SIGMOID_BACK, "return grad * self.y * (self.y - 1)"),
    ),
    sigmoid(
        "sigmoid of the output",
        "Your `backward` takes the function of what has been through it already.",
        "What does your note hold: x, or the output?",
        (
            SIGMOID_BACK,
            method("again = 1 / (1 + np.exp(-self.y))", "return grad * again * (1 - again)"),
        ),
    ),
    sigmoid(
        "gradient of the sigmoid averaged",
        "Your `backward` divides by the number of rows.",
        "The layer takes no mean. What has been divided before the gradient reaches you?",
        (SIGMOID_BACK, "return grad * self.y * (1 - self.y) / len(grad)"),
    ),
    sigmoid(
        "first output kept",
        "Your layer keeps the output of its first `forward` for good.",
        _LATEST,
        (
            LOGISTIC,
            method(
                "y = np.where(x >= 0, 1, small) / (1 + small)",
                "if not hasattr(self, 'y'):",
                "    self.y = y",
                "return y",
            ),
        ),
    ),
    sigmoid(
        "output shared by all layers",
        "Your layers share one note: it belongs to the class, not to the layer.",
        "What do two layers have in common? Where does `forward` put what `backward` needs?",
        (LOGISTIC, LOGISTIC.replace("self.y", "y") + method("", "Sigmoid.y = y", "return y")),
    ),
    sigmoid(
        "gradient overwritten",
        "Your `backward` multiplies the array of its caller in place.",
        "Print the gradient before and after the call. Who may still need it?",
        (SIGMOID_BACK, method("grad *= self.y * (1 - self.y)", "return grad")),
    ),
    sigmoid(
        "number by number",
        "Your `forward` goes through the numbers one by one.",
        "Which of numpy's functions handles an array at once?",
        (
            LOGISTIC,
            "self.y = np.array([1 / (1 + np.exp(-float(each))) for each in x.ravel()])"
            ".reshape(x.shape)",
        ),
    ),
    tanh(
        "two sums of exponentials",
        "Your `forward` divides one sum of exponentials by another.",
        _FAR,
        (HYPERBOLIC, "self.y = (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))"),
    ),
    tanh(
        "one exponential that overflows",
        "Your `forward` takes the exponential of 2x, whatever sign x has.",
        _FAR,
        (HYPERBOLIC, "self.y = (np.exp(2 * x) - 1) / (np.exp(2 * x) + 1)"),
    ),
    tanh(
        "sigmoid for a tanh",
        "Your `forward` computes a sigmoid.",
        "What should come out for x = 0?",
        (HYPERBOLIC, "self.y = 1 / (1 + np.exp(-x))"),
    ),
    tanh(
        "sine for a tanh",
        "Your `forward` computes a hyperbolic sine.",
        "Between which two numbers does the hyperbolic tangent lie?",
        (HYPERBOLIC, "self.y = np.sinh(x)"),
    ),
    tanh(
        "half the argument",
        "Your `forward` is the hyperbolic tangent of x / 2.",
        "Compare with a calculator for x = 1.",
        (HYPERBOLIC, "self.y = np.tanh(x / 2)"),
    ),
    tanh(
        "tangent for a tanh",
        "Your `forward` computes a tangent, not a hyperbolic one.",
        "Between which two numbers does the hyperbolic tangent lie?",
        (HYPERBOLIC, "self.y = np.tan(x)"),
    ),
    tanh(
        "square forgotten",
        "Your `backward` multiplies by 1 minus the output.",
        _SLOPE,
        (TANH_BACK, "return grad * (1 - self.y)"),
    ),
    tanh(
        "square of the input",
        "Your `backward` squares x, where the formula has the output.",
        "Which of the two does your note hold?",
        (HYPERBOLIC, method("self.x = x", HYPERBOLIC)),
        (TANH_BACK, "return grad * (1 - self.x**2)"),
    ),
    tanh(
        "square of a difference",
        "Your `backward` squares the whole bracket.",
        "What is 1 - y² for y = 0.5, and what is (1 - y)²?",
        (TANH_BACK, "return grad * (1 - self.y) ** 2"),
    ),
    tanh(
        "plus the square",
        "Your `backward` adds the square of the output.",
        "Where is the curve steeper: at 0, or far out?",
        (TANH_BACK, "return grad * (1 + self.y**2)"),
    ),
    tanh(
        "slope of the sigmoid",
        "Your `backward` has the slope of the other function of this section.",
        _SLOPE,
        (TANH_BACK, "return grad * self.y * (1 - self.y)"),
    ),
    tanh(
        "slope alone",
        "Your `backward` returns the slope, whatever arrives from above.",
        _WHO,
        (TANH_BACK, "return 1 - self.y**2"),
    ),
    tanh(
        "gradient passed on",
        "Your `backward` hands on the gradient that it was given.",
        "Far out the curve is nearly flat. What does that make of the gradient?",
        (TANH_BACK, "return grad"),
    ),
    tanh(
        "square of the gradient",
        "Your `backward` subtracts the square of the gradient, not of the output.",
        _WHO,
        (TANH_BACK, "return grad * (1 - grad**2)"),
    ),
    tanh(
        "tanh of the output",
        "Your `backward` takes the function of what has been through it already.",
        "What does your note hold: x, or the output?",
        (TANH_BACK, "return grad * (1 - np.tanh(self.y) ** 2)"),
    ),
    tanh(
        "summed over the batch",
        "Your `backward` adds up the gradients of all rows.",
        "Print the shapes of x and of what you return. Do the rows share one x?",
        (TANH_BACK, "return (grad * (1 - self.y**2)).sum(axis=0)"),
    ),
    tanh(
        "notes used up from the front",
        "Your layer keeps a list of its outputs, and `backward` uses the oldest.",
        _LATEST,
        (
            HYPERBOLIC,
            method(
                "self.notes = getattr(self, 'notes', [])", HYPERBOLIC, "self.notes.append(self.y)"
            ),
        ),
        (TANH_BACK, "return grad * (1 - self.notes[0] ** 2)"),
    ),
    tanh(
        "a list instead of an array from Tanh",
        "Your `forward` returns the right numbers as a list, and the next layer needs a numpy "
        "array.",
        "Print `type(layer.forward(x))`. Which line makes a list of an array?",
        (f"{HYPERBOLIC}\n        return self.y", f"{HYPERBOLIC}\n        return self.y.tolist()"),
    ),
    tanh(
        "input overwritten",
        "Your `forward` writes its output into the array of x.",
        "Print x before and after the call. Who may still need it?",
        (HYPERBOLIC, method("np.tanh(x, out=x)", "self.y = x.copy()")),
    ),
    tanh(
        "rows one by one",
        "Your `forward` goes through the rows one by one.",
        "Which of numpy's functions handles an array at once?",
        (HYPERBOLIC, "self.y = np.array([np.tanh(row) for row in x])"),
    ),
]
