"""Mistakes in the weights that `Linear` starts from."""

from .mistakes_lines import START_W, linear

mistakes = [
    linear(
        "weights of zeros",
        (START_W, "self.W = np.zeros((in_channels, out_channels))"),
        explanation="Your layer starts with weights of 0, so all its outputs are the same and "
        "stay so.",
        hint="Which gradients do two outputs with the same weights get? "
        "Can they ever become different?",
    ),
    linear(
        "weights of ones",
        (START_W, "self.W = np.ones((in_channels, out_channels))"),
        explanation="Your layer starts with weights of 1, so all its outputs are the same and "
        "stay so.",
        hint="Which gradients do two outputs with the same weights get? "
        "Can they ever become different?",
    ),
    linear(
        "one column of weights for all outputs",
        (START_W, "self.W = np.repeat(0.01 * np.random.randn(in_channels, 1), out_channels, 1)"),
        explanation="Your layer starts with the same column of weights for each output, so all "
        "its outputs are the same and stay so.",
        hint="Which gradients do two outputs with the same weights get? "
        "Can they ever become different?",
    ),
    linear(
        "normal weights that are not made smaller",
        (START_W, "self.W = np.random.normal(size=(in_channels, out_channels))"),
        explanation="Your layer starts with weights that are about 1 in size. Outputs of many such "
        "weights are so large that the softmax has made up its mind before anything was learnt.",
        hint="How large are the outputs of 784 such weights, and their softmax?",
    ),
    linear(
        "uniform weights between 0 and 1",
        (START_W, "self.W = np.random.rand(in_channels, out_channels)"),
        explanation="Your layer starts with weights between 0 and 1, which are large and all of "
        "one sign.",
        hint="How large are the outputs of 784 such weights, and their softmax?",
    ),
]
