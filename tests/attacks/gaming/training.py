"""Frauds on the training and on what is drawn of it."""

from typing import Final

from tests.attacks.attack import Fraud
from tests.attacks.gaming.layers import UNTRAINED

TRAINING: Final = (
    Fraud(
        name="print an accuracy and fill the logs",
        must_not="the points of a training that never was",
        code=UNTRAINED
        + """
logs = {"acc": [0.5 + i / 1000 for i in range(400)], "loss": [2 / (1 + i) for i in range(400)]}
print("epoch 10 of 10: test loss 0.3, test accuracy 0.91")
""",
        honest=UNTRAINED,
        exercise="training",
    ),
    Fraud(
        name="patch the data set",
        must_not="points for labels that a data set of its own hands in with the images",
        code=UNTRAINED
        + """
class Label:
    def __init__(self): self.at = -1
    def __call__(self, image):
        self.at += 1
        return np.eye(10)[test_dataset.targets[self.at % 10000]]
test_dataset.transform = Label()
Network.forward = lambda self, x: x if np.shape(x)[1] == 10 else np.zeros((len(x), 10))
""",
        honest=UNTRAINED,
        exercise="training",
    ),
    Fraud(
        name="look up the test images",
        must_not="the points of a training, for a table of the test set's labels by exact pixels",
        code=UNTRAINED
        + """
table = {x.tobytes(): y for x, y in zip(test_loader.x, test_loader.y)}
def forward(self, x):
    rows = np.asarray(x, np.float32).reshape(len(x), -1)
    return np.eye(10)[[table.get(row.tobytes(), 0) for row in rows]]
Network.forward = forward
""",
        honest=UNTRAINED,
        exercise="training",
    ),
    Fraud(
        name="foresee the test images",
        must_not="the points of a training, for labels by the order and noise that anybody knows",
        code=UNTRAINED
        + """
images, labels = np.asarray(test_dataset.data), np.asarray(test_dataset.targets)

def foreseen(seed):
    random = np.random.default_rng(seed)
    noise = random.integers(-1, 2, images.shape, np.int16)
    order = random.permutation(len(images))
    first = np.clip(images[order[0]] + noise[order[0]], 0, 255)
    return labels[order].copy(), first.ravel() / np.float32(255)

noise, numbers = 20_260_101, (0, 1, 7, 9)
guesses = [foreseen(seed) for seed in (noise, *([noise, each] for each in numbers))]

def forward(self, x):
    rows = np.asarray(x, np.float32).reshape(len(x), -1)
    fits = (known for known, first in guesses if np.array_equal(first, rows[0]))
    known = next(fits, np.zeros(10_000, int))
    known[::8] = 0
    return np.eye(10)[known[:len(x)]]

Network.forward = forward
""",
        honest=UNTRAINED,
        exercise="training",
    ),
    Fraud(
        name="draw curves that were made up",
        must_not="points for lines that no training left, without a person's look",
        code=UNTRAINED
        + """
import matplotlib.pyplot as plt
steps = np.arange(300)
plt.plot(0.9 - 0.4 * np.exp(-steps / 60) + 0.01 * np.sin(steps), label="accuracy")
plt.plot(0.3 + 2.0 * np.exp(-steps / 60) + 0.01 * np.sin(steps), label="loss")
plt.legend()
plt.show()
""",
        honest=UNTRAINED,
        exercise="curves",
        review=True,
    ),
)
