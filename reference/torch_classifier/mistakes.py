"""The known mistakes, the unusual right solutions, and the changes that are no mistake."""

from grader import Equivalent, Mistake, Variant

IMAGE = "torch.from_numpy(self.images[index]).float().unsqueeze(0) / 255"
SUMS = "log_sums = torch.logsumexp(logits, dim=1)"
MEAN = "return (log_sums - right).mean()"
ACTIVE = "torch.relu(self.hidden(rows))"
OUT = "return self.output(self.dropout(activations))"
LAYER = "self.output = nn.Linear(hidden, classes)"
DROPOUT = "self.dropout = nn.Dropout(dropout)"
ROLL = "velocity.mul_(self.momentum).add_(parameter.grad)"
DOWN = "parameter.sub_(self.lr * velocity)"
MADE = "[torch.zeros_like(each) for each in self.parameters]"
ZIPPED = "for parameter, velocity in zip(self.parameters, self.velocities):"
LAZY = (
    "for parameter in self.parameters:\n                "
    "velocity = self.velocities.setdefault(parameter, torch.zeros_like(parameter))"
)
FORGET = "parameter.grad = None"
ADDED = "total += loss.item() * len(labels)"
MOVED = "images, labels = images.to(device), labels.to(device)"
RIGHT = "right += (logits.argmax(dim=1) == labels).sum().item()"
RATIOS = "return total / examples, right / examples"
SLOW = "the mean of the batches' means: a last batch that is smaller counts as much as the others."

# For each exercise: name, explanation, hint, then in turn what stands there and what replaces it.
# fmt: off
WRONG: dict[str, list[tuple[str, ...]]] = {
    "dataset": [
        ("pixels not divided", "Your images hold numbers from 0 to 255.",
         "What is the largest pixel that comes out?", IMAGE, IMAGE[:-6]),
        ("no channel", "Your images lack the axis of their channel.",
         "Which shape has an image of 28 by 28?", ".unsqueeze(0)", ""),
        ("channel last", "Your images have the axis of their channel at the end.",
         "Where does torch look for channels?", ".unsqueeze(0)", ".unsqueeze(-1)"),
        ("double precision", "Your images are float64, and a model's weights are float32.",
         "Print `image.dtype`.", ".float()", ".double()"),
        ("transform forgotten", "Your data set keeps `transform`, and never calls it.",
         "Where is `self.transform` used?", "image = self.transform(image)", "pass"),
    ],
    "loss": [
        ("sum of the batch", "Your loss is the sum over the batch.",
         "Feed each example twice. Should the loss change?", MEAN, MEAN[:-6] + "sum()"),
        ("one loss per example", "Your loss still has an axis: one number for each example.",
         "Of what can the gradient be taken?", ".mean()", ""),
        ("graph cut", "Your loss forgets where it came from.",
         "Print `loss.grad_fn`. Which operation cuts it off?", MEAN, MEAN + ".detach()"),
        ("exponentials overflow", "Your loss takes the exponentials of the logits as they are.",
         "What is `torch.tensor(1000.0).exp()`?", SUMS, "log_sums = logits.exp().sum(1).log()"),
        ("sign turned", "Your loss is the negative of what it should be.",
         "Which loss has a model that is sure, and right?", "log_sums - right", "right - log_sums"),
    ],
    "model": [
        ("no ReLU", "Your model is two linear layers in a row, which are as good as one.",
         "What lies between the layers?", ACTIVE, "self.hidden(rows)"),
        ("probabilities returned", "Your model returns probabilities.",
         "What will the loss do with what it is given?", OUT, OUT + ".softmax(dim=1)"),
        ("layers out of sight", "Your model keeps a layer where torch does not look for layers.",
         "Print `list(model.parameters())`.", LAYER, "self.layers = [nn.Linear(hidden, classes)]",
         "self.output(", "self.layers[0]("),
        ("graph left between the layers", "Your model takes numbers out of the graph on the way.",
         "Print `model.hidden.weight.grad` after `backward`.", ACTIVE, ACTIVE + ".detach()"),
        ("dropout always on", "Your dropout does not know of `model.eval()`.",
         "Who tells a function in which mode the model is?", OUT,
         "return self.output(nn.functional.dropout(activations, self.dropout.p))"),
        ("kept instead of dropped", "Your dropout keeps as large a share as it should drop.",
         "Is `dropout` the probability to go or to stay?", DROPOUT, DROPOUT[:-8] + "1 - dropout)"),
    ],
    "optimizer": [
        ("no momentum", "Your step follows the gradient alone.",
         "Where is the velocity of the last step?", ROLL, "velocity.copy_(parameter.grad)"),
        ("uphill", "Your step goes up the gradient.", "Which way does the loss become smaller?",
         DOWN, DOWN.replace("sub", "add")),
        ("new tensors", "Your step makes new tensors, and the model's stay where they are.",
         "Of whom is `parameter` a name after an assignment?", DOWN,
         "parameter = parameter - self.lr * velocity"),
        ("averaged", "Your velocity is an average: the gradient counts for 1 - momentum.",
         "Compute two steps on paper.", ROLL, ROLL[:-1] + ", alpha=1 - self.momentum)"),
        ("generator used up", "Your optimizer walks through its parameters once, and never again.",
         "What does a `for` over a generator find the second time?", "list(parameters)",
         "parameters", MADE, "{}", ZIPPED, LAZY),
        ("gradients kept", "Your `zero_grad` leaves the gradients as they are.",
         "Print a gradient after it.", FORGET, "parameter.grad"),
        ("None not expected", "Your `zero_grad` expects that every parameter has a gradient.",
         "What is `None.zero_()`?", FORGET, "parameter.grad.zero_()"),
    ],
    "training": [
        ("gradients add up", "Your loop never forgets the gradients of earlier batches.",
         "What does `backward` do to a gradient that is there?", "optimizer.zero_grad()", "pass"),
        ("no step", "Your loop computes gradients, and nobody goes down them.",
         "Which line moves the parameters?", "optimizer.step()", "pass"),
        ("batches weigh the same", f"Your loss is {SLOW}", "How many examples has each batch?",
         ADDED, "total += loss.item()", "total / examples", "total / len(loader)"),
        ("sum returned", "Your loop returns the sum of the losses.",
         "Does it depend on how many images there are?", "total / examples", "total"),
        ("mode not set", "Your loop leaves the model in the mode that it was in.",
         "What did the evaluation leave behind?", "    model.train()\n", ""),
        ("batch not moved", "Your loop uses the images where they lie.",
         "Where is the model, if `device` is a GPU?", MOVED, "labels = labels.to(device)"),
        ("a device of your own", "Your loop moves the batch to a device that nobody asked for.",
         "What is the argument `device` for?", MOVED, MOVED.replace("device", '"cpu"')),
    ],
    "evaluation": [
        ("mean of the means", f"Your loss is {SLOW}", "How many examples has each batch?",
         ".item() * len(labels)", ".item()", "total / examples", "total / len(loader)"),
        ("hits counted", "Your accuracy is the number of hits.", "What is the share?",
         RATIOS, "return total / examples, right"),
        ("model still learning", "Your evaluation leaves the model in training mode.",
         "What does dropout do there?", "    model.eval()\n", ""),
        ("graph built", "Your evaluation prepares gradients that nobody asks for.",
         "What do they cost, and how is torch told?", "with torch.no_grad():", "if True:"),
        ("largest logit, not its class", "Your evaluation compares logits with labels.",
         "What is the largest logit, and where is it?", ".argmax(dim=1)", ".max(dim=1).values"),
        ("turned round", "Your evaluation returns the accuracy first.", "What comes first?",
         RATIOS, "return right / examples, total / examples"),
    ],
}
mistakes = [
    Mistake(name=name, exercise=exercise, explanation=explanation, hint=hint,
            changes=tuple(zip(changed[::2], changed[1::2], strict=True)))
    for exercise, each in WRONG.items() for name, explanation, hint, *changed in each
]

RIGHT_TOO: list[tuple[str, ...]] = [
    ("dataset", "torch tensors from the start", "self.images = images",
     "self.images = torch.as_tensor(images)", "torch.from_numpy(self.images[index])",
     "self.images[index]"),
    ("dataset", "numpy divides", IMAGE,
     "torch.tensor(self.images[index][None] / 255, dtype=torch.float32)"),
    ("dataset", "the label as a tensor", "int(self.labels[index])",
     "torch.tensor(self.labels[index])"),
    ("loss", "torch's own", MEAN, "return nn.functional.cross_entropy(logits, labels)"),
    ("loss", "log_softmax and indices", MEAN,
     "return -logits.log_softmax(1)[torch.arange(len(labels)), labels].mean()"),
    ("loss", "the largest taken off", SUMS, "top = logits.max(dim=1, keepdim=True).values\n    "
     "log_sums = top.squeeze(1) + (logits - top).exp().sum(dim=1).log()"),
    ("model", "layers in a row", OUT,
     "return nn.Sequential(self.dropout, self.output)(activations)"),
    ("model", "dropout as a function", OUT, "return self.output(nn.functional.dropout(activations, "
     "self.dropout.p, self.training))"),
    ("model", "the last layer made first", DROPOUT, f"{LAYER}\n        {DROPOUT}",
     f"{DROPOUT}\n        {LAYER}", DROPOUT),
    ("optimizer", "velocities made when needed", MADE, "{}", ZIPPED, LAZY),
    ("optimizer", "by `.data`", DOWN, "parameter.data = parameter.data - self.lr * velocity"),
    ("optimizer", "gradients set to 0", FORGET,
     "parameter.grad = None if parameter.grad is None else torch.zeros_like(parameter)"),
    ("training", "gradients forgotten last", "optimizer.zero_grad()", "pass", "optimizer.step()",
     "optimizer.step()\n        optimizer.zero_grad()"),
    ("training", "the device of the model", MOVED,
     f"device = next(model.parameters()).device\n        {MOVED}"),
    ("training", "losses in a list", ADDED, "total = total + loss.detach() * labels.shape[0]"),
    ("evaluation", "by a decorator", "with torch.no_grad():", "with torch.inference_mode():"),
    ("evaluation", "accuracy as a mean", RIGHT,
     "right += (logits.max(dim=1).indices == labels).float().mean().item() * len(labels)"),
]
variants = [
    Variant(name=name, exercise=exercise,
            changes=tuple(zip(changed[::2], changed[1::2], strict=True)))
    for exercise, name, *changed in RIGHT_TOO
]

equivalents: list[Equivalent] = []
