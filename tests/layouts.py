"""Ways in which students lay out the training of the first assignment, and what they play with."""

from typing import Final

NETWORK: Final = """\
network = Sequential([Linear(784, 40), ReLU(), Linear(40, 40), ReLU(), Linear(40, 10)])
epochs = {epochs}
logs = defaultdict(list)
"""

FUNCTIONS: Final = (
    """\
def learn(loader):
    for images, labels in loader:
        logits = network.forward(images)
        network.backward(grad_softmax_crossentropy_with_logits(logits, labels))

def measure(loader):
    for images, labels in loader:
        logits = network.forward(images)
        logs["loss"].append(softmax_crossentropy_with_logits(logits, labels))
        logs["acc"].append(np.mean(logits.argmax(axis=-1) == labels))

"""
    + NETWORK,
    """\
for epoch in range(epochs):
    learn(train_loader)
    measure(test_loader)
    print(f"accuracy {np.mean(logs['acc'][-len(test_loader):]):.3f}")
""",
)

_STEP = """\
            logits = net.forward(images)
            net.backward(grad_softmax_crossentropy_with_logits(logits, labels))
"""

LAYOUTS: Final = {
    "functions": FUNCTIONS,
    "fit with a global loader": (
        NETWORK,
        f"""\
def fit(net, epochs):
    for epoch in range(epochs):
        for images, labels in train_loader:
{_STEP}
""",
        "fit(network, epochs)",
    ),
    "a trainer": (
        f"""\
class Trainer:
    def __init__(self, network):
        self.network = network

    def run(self, epochs):
        net = self.network
        for images, labels in (batch for _ in range(epochs) for batch in train_loader):
{_STEP}
""",
        NETWORK + "trainer = Trainer(network)\n",
        "trainer.run(epochs)",
    ),
    "an alias": (
        NETWORK,
        f"""\
model = network
for net in [model] * epochs:
    if net is model:
        for images, labels in train_loader:
{_STEP}
""",
    ),
    "loaders in a dictionary": (
        NETWORK + 'loaders = {{"train": train_loader, "test": test_loader}}\nparts = [network]\n',
        f"""\
for net in parts * epochs:
    for part in ["train"]:
        for images, labels in loaders[part]:
{_STEP}
""",
    ),
    "minibatches of arrays": (
        "X, Y = train_loader.x, train_loader.y\n" + NETWORK,
        f"""\
for net in [network] * epochs:
    for start in [0]:
        order = np.random.permutation(len(X))
        for rows in order.reshape(-1, 32):
            images, labels = X[rows], Y[rows]
{_STEP}
""",
    ),
    "one cell": (NETWORK + FUNCTIONS[0].partition("network = ")[0] + FUNCTIONS[1],),
}

# Played below what is graded, each for a few steps.
PLAYED: Final = {
    "a deeper network": """\
network = Sequential([Linear(784, 40), ReLU(), Linear(40, 40), ReLU(), Linear(40, 40), ReLU(),
                      Linear(40, 10)])
for _, (images, labels) in zip(range(20), train_loader):
    network.backward(grad_softmax_crossentropy_with_logits(network.forward(images), labels))
""",
    "a rate of 1": """\
network = Sequential([Linear(784, 40, 1000.0), ReLU(), Linear(40, 10, 1000.0)])
with np.errstate(all="ignore"):
    for _, (images, labels) in zip(range(20), train_loader):
        network.backward(grad_softmax_crossentropy_with_logits(network.forward(images), labels))
""",
    "weights of zeros": """\
for layer in network.layers:
    if isinstance(layer, Linear):
        layer.W = np.zeros_like(layer.W)
for _, (images, labels) in zip(range(20), train_loader):
    network.backward(grad_softmax_crossentropy_with_logits(network.forward(images), labels))
""",
}

WEIGHT_DECAY: Final = """\
class Linear(Linear):
    def backward(self, grad):
        self.W = self.W * 0.99
        return super().backward(grad)
"""


def cells(layout: str, epochs: int) -> list[str]:
    """Return the cells of a layout."""
    return [
        cell.replace("{epochs}", str(epochs)).replace("{{", "{").replace("}}", "}")
        if "{epochs}" in cell
        else cell
        for cell in LAYOUTS[layout]
    ]
