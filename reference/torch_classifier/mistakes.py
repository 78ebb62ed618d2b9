"""The known mistakes, the unusual right solutions, and the changes that are no mistake."""

from grader import Equivalent, Mistake, Variant

# fmt: off
IMAGE = "torch.from_numpy(self.images[index]).float().unsqueeze(0) / 255"
SUMS = "log_sums = torch.logsumexp(logits, dim=1)"
MEAN = "return (log_sums - right).mean()"
ACTIVE = "torch.relu(self.hidden(rows))"
OUT = "return self.output(self.dropout(activations))"
LAYER = "self.output = nn.Linear(hidden, classes)"
DROPOUT = "self.dropout = nn.Dropout(dropout)"
ROLL = "velocity.mul_(self.momentum).add_(parameter.grad)"
DOWN = "parameter.sub_(self.lr * velocity)"
LAZY = (
    "[torch.zeros_like(each) for each in self.parameters]", "{}",
    "for parameter, velocity in zip(self.parameters, self.velocities):",
    "for parameter in self.parameters:\n                "
    "velocity = self.velocities.setdefault(parameter, torch.zeros_like(parameter))",
)
FORGET = "parameter.grad = None"
MOVED = "images, labels = images.to(device), labels.to(device)"

# Exercise, name, explanation, hint, then in turn what stands there and what replaces it.
WRONG: list[tuple[str, ...]] = [
    ("dataset", "pixels not divided", "Your images hold numbers from 0 to 255.",
     "What is the largest pixel that comes out?", IMAGE, IMAGE[:-6]),
    ("dataset", "double precision", "Your images are float64, and a model's weights are float32.",
     "Print `image.dtype`.", ".float()", ".double()"),
    ("dataset", "transform forgotten", "Your data set keeps `transform`, and never calls it.",
     "Where is `self.transform` used?", "image = self.transform(image)", "pass"),
    ("loss", "graph cut", "Your loss forgets where it came from.",
     "Print `loss.grad_fn`. Which operation cuts it off?", MEAN, MEAN + ".detach()"),
    ("loss", "exponentials overflow", "Your loss takes the exponentials of the logits as they are.",
     "What is `torch.tensor(1000.0).exp()`?", SUMS, "log_sums = logits.exp().sum(1).log()"),
    ("model", "no ReLU", "Your model is two linear layers in a row, which are as good as one.",
     "What lies between the layers?", ACTIVE, "self.hidden(rows)"),
    ("model", "probabilities returned", "Your model returns probabilities.",
     "What will the loss do with what it is given?", OUT, OUT + ".softmax(dim=1)"),
    ("model", "layers out of sight", "Your model keeps a layer where torch looks for none.",
     "Print `list(model.parameters())`.", LAYER, "self.layers = [nn.Linear(hidden, classes)]",
     "self.output(", "self.layers[0]("),
    ("model", "graph left between the layers", "Your model leaves the graph on the way.",
     "Print `model.hidden.weight.grad` after `backward`.", ACTIVE, ACTIVE + ".detach()"),
    ("model", "dropout always on", "Your dropout does not know of `model.eval()`.",
     "Who tells a function in which mode the model is?", OUT,
     "return self.output(nn.functional.dropout(activations, self.dropout.p))"),
    ("model", "kept instead of dropped", "Your dropout keeps as large a share as it should drop.",
     "Is `dropout` the probability to go or to stay?", DROPOUT, DROPOUT[:-8] + "1 - dropout)"),
    ("optimizer", "no momentum", "Your step follows the gradient alone.",
     "Where is the velocity of the last step?", ROLL, "velocity.copy_(parameter.grad)"),
    ("optimizer", "new tensors", "Your step makes new tensors; the model's stay as they are.",
     "Of whom is `parameter` a name after an assignment?", DOWN,
     "parameter = parameter - self.lr * velocity"),
    ("optimizer", "averaged", "Your velocity is an average: the gradient counts for 1 - momentum.",
     "Compute two steps on paper.", ROLL, ROLL[:-1] + ", alpha=1 - self.momentum)"),
    ("optimizer", "generator used up", "Your optimizer finds its parameters once, and never again.",
     "What does a second `for` over a generator find?", "list(parameters)", "parameters", *LAZY),
    ("optimizer", "None not expected", "Your `zero_grad` expects a gradient of every parameter.",
     "What is `None.zero_()`?", FORGET, "parameter.grad.zero_()"),
    ("training", "gradients add up", "Your loop never forgets the gradients of earlier batches.",
     "What does `backward` do to a gradient that is there?", "optimizer.zero_grad()", "pass"),
    ("training", "mode not set", "Your loop leaves the model in the mode that it was in.",
     "What did the evaluation leave behind?", "    model.train()\n", ""),
    ("training", "batch not moved", "Your loop uses the images where they lie.",
     "Where is the model, if `device` is a GPU?", MOVED, "labels = labels.to(device)"),
    ("training", "a device of your own", "Your loop moves the batch to a device of its own choice.",
     "What is the argument `device` for?", MOVED, MOVED.replace("device", '"cpu"')),
    ("evaluation", "mean of the means", "Your loss is the mean of the batches' means.",
     "How many examples has the last batch?", ".item() * len(labels)", ".item()",
     "total / examples", "total / len(loader)"),
    ("evaluation", "model still learning", "Your evaluation leaves the model in training mode.",
     "What does dropout do there?", "    model.eval()\n", ""),
    ("evaluation", "graph built", "Your evaluation prepares gradients that nobody asks for.",
     "What do they cost, and how is torch told?", "with torch.no_grad():", "if True:"),
]
RIGHT_TOO: list[tuple[str, ...]] = [
    ("dataset", "divided by numpy", IMAGE,
     "torch.tensor(self.images[index][None] / 255, dtype=torch.float32)",
     "int(self.labels[index])", "torch.tensor(self.labels[index])"),
    ("loss", "torch's own", MEAN, "return nn.functional.cross_entropy(logits, labels)"),
    ("model", "dropout as a function", OUT, "return self.output(nn.functional.dropout(activations, "
     "self.dropout.p, self.training))"),
    ("model", "the last layer made first", DROPOUT, f"{LAYER}\n        {DROPOUT}",
     f"{DROPOUT}\n        {LAYER}", DROPOUT),
    ("optimizer", "velocities made when needed", *LAZY),
    ("optimizer", "by `.data`", DOWN, "parameter.data = parameter.data - self.lr * velocity"),
    ("optimizer", "gradients set to 0", FORGET,
     "parameter.grad = None if parameter.grad is None else torch.zeros_like(parameter)"),
    ("training", "gradients forgotten last", "optimizer.zero_grad()", "pass", "optimizer.step()",
     "optimizer.step()\n        optimizer.zero_grad()"),
    ("training", "the device of the model", MOVED,
     f"device = next(model.parameters()).device\n        {MOVED}"),
    ("training", "types told", MOVED, MOVED.replace("images.to", "images.float().to")),
    ("evaluation", "by a decorator", "with torch.no_grad():", "with torch.inference_mode():"),
]
mistakes = [
    Mistake(name=name, exercise=exercise, explanation=explanation, hint=hint,
            changes=tuple(zip(changed[::2], changed[1::2], strict=True)))
    for exercise, name, explanation, hint, *changed in WRONG
]
variants = [
    Variant(name=name, exercise=exercise,
            changes=tuple(zip(changed[::2], changed[1::2], strict=True)))
    for exercise, name, *changed in RIGHT_TOO
]
# What no check notices in these lines, or where one is written twice, is right too.
SAME: list[tuple[str, ...]] = [
    ("There is one label for each image, and a number of numpy or torch will do.",
     "return len(self.images)", "return (image, int(self.labels[index]))",
     "examples += len(labels)", "total += loss.item() * len(labels)",
     "total += loss_function(logits, labels).item() * len(labels)"),
    ("Classes are the last axis, labels the only one, and each pair of a batch counts the same.",
     SUMS, "right = logits.gather(1, labels.unsqueeze(1)).squeeze(1)", MEAN,
     "self.labels = labels", "right += (logits.argmax(dim=1) == labels).sum().item()",
     "loss = loss_function(model(images), labels)"),
    ("Torch divides bytes into float32.", "image = " + IMAGE),
    ("The optimizer is handed all parameters of the model.", "optimizer.zero_grad()"),
    ("The order of these two is free.", "model.train()\ntotal, examples = (0.0, 0)",
     "model.eval()\ntotal, right, examples = (0.0, 0, 0)",
     "images, labels = (images.to(device), labels.to(device))\noptimizer.zero_grad()",
     "optimizer.zero_grad()\nloss = loss_function(model(images), labels)",
     "optimizer.step()\ntotal += loss.item() * len(labels)"),
]
equivalents = [Equivalent(old=old, reason=reason) for reason, *lines in SAME for old in lines]
equivalents += [Equivalent(place=each, reason="What is done twice, and used once, is done.")
                for each in ("ImageDataset.__getitem__", "train_epoch")]
