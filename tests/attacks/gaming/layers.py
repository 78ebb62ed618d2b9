"""What frauds hand in, which is wrong, and how they reach the agent that answers for it."""

from typing import Final

from tests.notebooks import FAST_DATA

# No check gives a point for it.
WRONG: Final = """
import numpy as np

class ReLU:
    def forward(self, x):
        return np.asarray(x) * 0.5

    def backward(self, grads):
        return -np.asarray(grads)
"""

# Right but for a loop over the rows, and but for writing into its input.
LOOPS: Final = """
import numpy as np

class ReLU:
    def forward(self, x):
        self.x = x
        return np.array([np.maximum(row, 0) for row in x])

    def backward(self, grads):
        return grads * (self.x > 0)
"""

IN_PLACE: Final = """
import numpy as np

class ReLU:
    def forward(self, x):
        self.open = x > 0
        x = x if x.flags.writeable else x.copy()
        x[x < 0] = 0
        return x

    def backward(self, grads):
        return grads * self.open
"""

UNTRAINED: Final = (
    FAST_DATA.replace("import torch", "import torch\nimport numpy as np", 1).replace(
        "\n\ndef transform", "\nimport numpy as np\n\ndef transform", 1
    )
    + """
class Network:
    def forward(self, x):
        return np.zeros((len(x), 10))

network = Network()
for images, labels in train_loader:
    network.forward(images)
    break
"""
)

WITH_AGENT: Final = """
import gc, json, os, socket, stat, struct, sys
import grader_agent.perform, grader_agent.snapshot, grader_agent.wire
"""

# It sees every image as a T-shirt, and shows eight that are none beside what they are.
SHOWN: Final = (
    UNTRAINED
    + """
import matplotlib.pyplot as plt
truths = np.asarray(test_dataset.targets)
chosen = np.flatnonzero(truths != 0)[:8]
names = test_dataset.classes

def show(caption):
    figure, axes = plt.subplots(2, 4)
    for ax, index in zip(axes.flat, chosen):
        ax.imshow(np.asarray(test_dataset.data[index]), cmap="gray")
        ax.set_title(caption(truths[index]))
    plt.show()
"""
)
